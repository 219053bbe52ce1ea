"""Fields of frozen dataclasses, checked and put into one form while the object is made."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuromem import checks
from neuromem.arrays import to_host


def set_fields(part: Any, **fields: Any) -> None:
    """Set fields of a frozen dataclass that is being made."""
    for name, value in fields.items():
        object.__setattr__(part, name, value)


def word(name: str, value: object) -> str:
    """Return a name; refuse what is no text."""
    if not isinstance(value, str) or not value:
        raise checks.refusal(name, "be a name", checks.shown(value), "give a text such as 'Out'")
    return value


def empty(value: Any) -> bool:
    """Return whether a sequence holds nothing."""
    return (isinstance(value, list | tuple) and not value) or (isinstance(value, np.ndarray) and not value.size)


def numbers(name: str, value: Any, whole: bool = False) -> tuple[Any, ...]:
    """Return a sequence of real numbers, or of whole ones from 0, as a tuple; it may be empty."""
    if empty(value):
        return ()
    array = to_host(checks.array(name, value, ("entry",)))
    if whole and (array.dtype.kind not in "iu" or array.min() < 0 or array.max() > checks.LARGEST):
        raise checks.refusal(name, f"hold whole numbers from 0 to {checks.LARGEST}", checks.shown(value))
    return tuple(array.tolist())


def parts(name: str, value: Any, kind: type) -> tuple[Any, ...]:
    """Return a sequence of objects of one class as a tuple."""
    must = f"be a sequence of {kind.__name__}"
    if not isinstance(value, list | tuple):
        raise checks.refusal(name, must, checks.shown(value), f"give one as ({kind.__name__}(...),)")
    return tuple(checks.instance(f"each of {name}", part, kind) for part in value)
