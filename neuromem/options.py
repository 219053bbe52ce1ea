"""Options of experiments: checked by the types in the signature, before any work starts."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from . import checks

SEEDS = 2**63 - 1
COUNTS = 2**31 - 1


def checked(function: Callable[..., Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of `function`, each of the type that its signature names.

    Parameters
    ----------
    function : function
        Its annotations are int, float, str, bool, Literal, tuple[X, ...], or one of them | None.
        Whole numbers are counts.
    given : mapping of str to object
        A value for each option.

    Returns
    -------
    dict of str to object
        The same values; a sequence of several is a tuple.

    Raises
    ------
    InputError
        If a value is of another type, or a number is not finite or too large, or a sequence holds
        a value twice, or is empty where the default is not.

    Examples
    --------
    >>> def run(*, rules: tuple[str, ...] = ("hebb",), trials: int = 1): ...
    >>> checked(run, {"rules": ["a", "b"], "trials": 3})
    {'rules': ('a', 'b'), 'trials': 3}
    >>> checked(run, {"rules": "a", "trials": 3})
    Traceback (most recent call last):
    neuromem.checks.InputError: rules must be a sequence, but was 'a'; give ('a',) for a single one.
    """
    hints, defaults = typing.get_type_hints(function), function.__kwdefaults__ or {}
    return {name: _checked(name, value, hints.get(name, Any), defaults.get(name)) for name, value in given.items()}


def _checked(name: str, value: Any, hint: Any, default: Any = None) -> Any:
    arguments = typing.get_args(hint)
    if type(None) in arguments:
        return value if value is None else _checked(name, value, next(one for one in arguments if one is not type(None)))
    if typing.get_origin(hint) is typing.Literal:
        return checks.choice(name, value, arguments)
    if typing.get_origin(hint) is tuple:
        if isinstance(value, str) or not isinstance(value, Iterable) or getattr(value, "ndim", 1) == 0:
            was = checks.shown(value)
            raise checks.refusal(name, "be a sequence", was, f"give ({was.removeprefix('was ')},) for a single one")
        values = tuple(_checked(name, one, arguments[0]) for one in value)
        if default and not values:
            raise checks.refusal(name, "hold at least one value", "was empty")
        if len(set(map(repr, values))) < len(values):
            raise checks.refusal(name, "hold different values", f"was {values}")
        return values
    if hint is int:
        return checks.whole(name, value, least=0, most=SEEDS if name == "seed" else COUNTS)
    if hint is float:
        return checks.real(name, value)
    if hint is str:
        return checks.instance(name, value, str, words="be a text")
    return checks.flag(name, value) if hint is bool else value
