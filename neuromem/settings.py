"""The settings of an object, as they were given to its constructor."""

from __future__ import annotations

import functools
import inspect
import typing
from typing import Any


def hints(kind: Any, extras: bool = False) -> dict[str, Any]:
    """Return the annotations of the parameters of a function or of the constructor of a class.

    Parameters
    ----------
    kind : callable
        A function or a class.
    extras : bool, default False
        Keep the words of Annotated.

    Returns
    -------
    dict of str to object
        Annotations by their names; none where one names what is not there at run time.
    """
    try:
        return typing.get_type_hints(kind.__init__ if isinstance(kind, type) else kind, include_extras=extras)  # type: ignore[misc]
    except (NameError, TypeError, AttributeError):
        return {}


def settings(thing: Any, changed: bool = False) -> dict[str, Any]:
    """Return the settings that an object was made with, its length `units` left out.

    A setting is found under its own name, with or without an underscore before it; `rng` is kept
    as `seed`.

    Parameters
    ----------
    thing : object
        Such as a memory.
    changed : bool, default False
        Leave out those that are as they are when none is given.

    Returns
    -------
    dict of str to object
        The settings that the object has kept, in the order of its constructor.

    Examples
    --------
    >>> import neuromem as nm
    >>> settings(nm.Hopfield(64, rule="storkey"), changed=True)
    {'rule': 'storkey'}
    """
    found = {}
    for name, parameter in inspect.signature(type(thing)).parameters.items():
        if name == "units" or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        kept = vars(thing) if hasattr(thing, "__dict__") else {}
        places = [place for place in (*(["seed"] if name == "rng" else []), f"_{name}", name) if place in kept]
        if places:
            found[name] = kept[places[0]]
    kind: Any = type(thing)
    if changed:
        defaults = inspect.signature(kind).parameters
        found = {name: value for name, value in found.items() if not _same(value, defaults[name].default)}
    if changed and found:  # a default may be kept as another value, such as None as a number
        usual = _usual(kind, getattr(thing, "units", 1))
        return {name: value for name, value in found.items() if name not in usual or not _same(value, usual[name])}
    return found


def _same(value: Any, default: Any) -> bool:
    if hasattr(value, "shape") or hasattr(default, "shape"):
        return getattr(value, "shape", ()) == getattr(default, "shape", ()) and bool((value == default).all())
    return bool(value is default or value == default)


@functools.lru_cache(maxsize=256)
def _usual(kind: type, units: Any) -> dict[str, Any]:
    """What an object of that length keeps of its settings when none is given."""
    try:
        return settings(kind(units))
    except Exception:  # a class of somebody's own may need more
        return {name: one.default for name, one in inspect.signature(kind).parameters.items()}
