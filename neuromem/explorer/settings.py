"""The settings of a memory as widgets need them, read from its signature and its docstring."""

from __future__ import annotations

import inspect
import re
import types
import typing
from dataclasses import dataclass
from typing import Any, Literal

from neuromem import catalogue, models
from neuromem.checks import InputError
from neuromem.settings import hints

Kind = Literal["switch", "choice", "slider", "whole", "text"]
HIDDEN = ("units", "rng", "self")  # set elsewhere on the page
RANGES = {  # of a slider, from CONTRIBUTING's table of names: least, most, step
    "temperature": (0.0, 2.0, 0.02),
    "decay": (0.5, 1.0, 0.01),
    "rate": (0.0, 2.0, 0.05),
    "gate": (0.0, 1.0, 0.05),
    "quorum": (0.05, 1.0, 0.05),
    "momentum": (0.0, 0.99, 0.01),
    "leak": (0.0, 0.95, 0.05),
    "least_cosine": (0.0, 1.0, 0.05),
}


@dataclass(frozen=True)
class Setting:
    """One setting of a memory.

    Parameters
    ----------
    name : str
        Of the keyword.
    kind : {"switch", "choice", "slider", "whole", "text"}
        What sets it.
    default : object
        Its default; None is shown as an empty text.
    choices : tuple
        Of a choice.
    about : str
        The first sentence of its entry in the docstring.
    """

    name: str
    kind: Kind
    default: Any
    choices: tuple[Any, ...] = ()
    about: str = ""


def of(kind: Any) -> list[Setting]:
    """Return the settings of a memory's class or function.

    Parameters
    ----------
    kind : callable
        The class or function.

    Returns
    -------
    list of Setting
        In the order of the signature, without the length of items and the randomness.

    Examples
    --------
    >>> import neuromem as nm
    >>> [(one.name, one.kind) for one in of(nm.models.ALL["willshaw"])]
    [('activity', 'text'), ('decision', 'choice'), ('threshold', 'text'), ('steps', 'whole')]
    """
    told, texts, found = hints(kind), _entries(inspect.getdoc(kind) or ""), []
    for name, parameter in inspect.signature(kind).parameters.items():
        fixed = parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL) or parameter.default is parameter.empty
        if name not in HIDDEN and not fixed:
            found.append(_setting(name, parameter.default, told.get(name), texts.get(name, "")))
    return found


def _setting(name: str, default: Any, hint: Any, entry: str) -> Setting:
    about = re.split(r"(?<=[.;]) ", entry)[0].rstrip(".;")
    literals = [one for one in (hint, *typing.get_args(hint)) if typing.get_origin(one) is Literal]
    options = next((typing.get_args(one) for one in literals if default in typing.get_args(one)), ())
    if not options and isinstance(default, str) and hint is str:  # the docstring names them in quotes
        named = tuple(dict.fromkeys(re.findall(r'"([\w.]+)"', entry)))
        options = named if default in named and len(named) > 1 else ()
    if options:
        return Setting(name, "choice", default, tuple(options), about)
    if isinstance(default, bool):
        return Setting(name, "switch", default, (), about)
    if isinstance(default, float) and name in RANGES and RANGES[name][0] <= default <= RANGES[name][1]:
        return Setting(name, "slider", default, RANGES[name], about)
    mixed = typing.get_origin(hint) in (typing.Union, types.UnionType)
    return Setting(name, "whole" if isinstance(default, int) and not mixed else "text", default, (), about)


def _entries(docstring: str) -> dict[str, str]:
    """The texts under the names in the section Parameters."""
    found = re.search(r"Parameters\n-+\n(.*?)(?:\n\n[A-Z][A-Za-z ]+\n-+\n|\Z)", docstring, re.DOTALL)
    blocks = re.findall(r"^(\w[\w, ]*?) :[^\n]*\n((?:[ \t]+[^\n]*\n?|\n)*)", f"{found[1]}\n" if found else "", re.MULTILINE)
    return {name.strip(): " ".join(text.split()) for names, text in blocks for name in names.split(",")}


def split(spec: str) -> tuple[str, dict[str, str]]:
    """Separate the name of a memory from the settings in a text.

    Parameters
    ----------
    spec : str
        Such as "hopfield:rule=storkey".

    Returns
    -------
    tuple of str and dict
        The name, which may be FILE.py:NAME, and the text of each setting.

    Examples
    --------
    >>> split("my.py:Mine:depth=3"), split("attention")
    (('my.py:Mine', {'depth': '3'}), ('attention', {}))
    """
    given = {name: value for name, value in catalogue.SETTING.findall(spec)}
    first = catalogue.SETTING.search(spec)
    return (spec[: first.start()] if first else spec), given


def given(spec: str, thing: Any) -> dict[str, Any]:
    """Return the values of the settings in a text, of the types that what it names takes.

    Parameters
    ----------
    spec : str
        Such as "my.py:Mine:depth=3".
    thing : callable
        The class or function that it names.

    Returns
    -------
    dict of str to object
        Each by its name.

    Raises
    ------
    InputError
        If a setting is not known.

    Examples
    --------
    >>> import neuromem as nm
    >>> given("my.py:Mine:temperature=0.2", nm.Hopfield)
    {'temperature': 0.2}
    """
    texts = spec[len(split(spec)[0]) :]
    return catalogue.chosen(f"memory{texts}", "memory", lambda name: thing, given=("units",))[1]


def join(name: str, given: dict[str, Any], known: list[Setting]) -> str:
    """Join a name and settings to the text of a memory, leaving out those at their default.

    Parameters
    ----------
    name : str
        Of the memory.
    given : dict
        Values of settings; None and "" stand for the default.
    known : list of Setting
        The memory's own; others are left out.

    Returns
    -------
    str
        The text that `models.source` takes.

    Examples
    --------
    >>> import neuromem as nm
    >>> join("hopfield", {"temperature": 0.3, "steps": 100, "rule": "storkey"}, of(nm.Hopfield))
    'hopfield:rule=storkey:temperature=0.3'
    """
    texts = []
    for one in known:
        value = given.get(one.name)
        if value not in (None, "") and str(value) != str(one.default):
            texts.append(f":{one.name}={value:g}" if isinstance(value, float) else f":{one.name}={value}")
    return name + "".join(texts)


def known(spec: str) -> list[Setting]:
    """Return the settings of what a text names.

    Parameters
    ----------
    spec : str
        A memory as `models.source` takes it.

    Returns
    -------
    list of Setting
        Empty for a layer or an object, whose settings the page doesn't know.
    """
    try:
        thing = models.source(split(spec)[0]).thing
    except InputError:
        return []
    return of(thing) if callable(thing) else []
