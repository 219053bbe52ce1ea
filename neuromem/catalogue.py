"""A folder of one-idea files as a mapping {name: object}; each is imported when asked for."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from . import display
from .announced import announced, opened
from .checks import InputError, choice, nearest, refusal, shown, unique
from .settings import hints

Entry = TypeVar("Entry")


class Catalogue(Mapping[str, Entry]):
    """The files and packages in a folder by their names; an entry is imported when it is asked for.

    A file or package whose name begins with an underscore is a helper and no entry.

    Parameters
    ----------
    package : str
        The package whose files are entries, such as "neuromem.models".
    kind : str
        What an entry is, for errors, such as "model".
    attribute : str, optional
        The name of the entry in its file; without it, the class that is called as the file is:
        `CA3Attractor` of `ca3_attractor.py`, `Sparsey` of the package `sparsey`.
    group : str, optional
        Entry points by which installed packages announce more entries, such as
        "neuromem.experiments". The folder's own names come before theirs.

    Raises
    ------
    InputError
        By `named`, if there is no such entry.

    Examples
    --------
    >>> Catalogue("neuromem.models", "model")["hopfield"].__name__
    'Hopfield'
    """

    def __init__(self, package: str, kind: str, attribute: str | None = None, group: str = ""):
        self._package, self._kind, self._attribute = package, kind, attribute
        self._path = list(importlib.import_module(package).__path__)
        self.files = sorted(m.name for m in pkgutil.iter_modules(self._path) if not m.name.startswith("_"))
        self._announced = {name: point for name, point in announced(group).items() if name not in self.files}
        self._names = sorted([*self.files, *self._announced])

    def __getitem__(self, name: str) -> Entry:
        if name not in self:
            raise KeyError(name)
        if name in self._announced:
            return opened(self._announced[name], self._kind)
        module = importlib.import_module(f"{self._package}.{name}")
        for key, value in vars(module).items():
            if key == self._attribute or (isinstance(value, type) and key.lower() == self._called(name)):
                return value
        raise refusal(self._kind, f"define {self._called(name)}", f"{module.__file__} does not")

    def _called(self, name: str) -> str:
        """The name of an entry in its file; that of a class in lower case."""
        return self._attribute or name.replace("_", "")

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __repr__(self) -> str:
        return f"{len(self)} {self._kind}s: {', '.join(self)}"

    def _repr_html_(self) -> str:
        return display.table(f"{len(self)} {self._kind}s", {name: self.about(name) for name in self})

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def named(self, name: str) -> Entry:
        """Give the entry of that name; an unknown name is refused with the nearest known one.

        Parameters
        ----------
        name : str
            Name of the file or package.

        Returns
        -------
        object
            The entry.

        Raises
        ------
        InputError
            If there is none of that name.
        """
        if name not in self:
            raise refusal(self._kind, "be a known name", shown(name), nearest(name, self._names))
        return self[name]

    def about(self, name: str) -> str:
        """Give the first line of the docstring of a file, or of its entry, without importing it.

        Parameters
        ----------
        name : str
            Name of the file or package.

        Returns
        -------
        str
            The line.
        """
        if name in self._announced:
            try:
                return (inspect.getdoc(self[name]) or "").partition("\n")[0]
            except InputError as error:  # a broken package does not hide the others
                return str(error)
        home = Path(self._path[0], name)
        file = home / "__init__.py" if home.is_dir() else home.with_suffix(".py")
        tree = ast.parse(file.read_text(encoding="utf-8"))
        entries = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
        texts = [ast.get_docstring(tree), *(ast.get_docstring(n) for n in entries if n.name.lower() == self._called(name))]
        return next((text.splitlines()[0] for text in texts if text), "")


SETTING = re.compile(r""":([^\W\d]\w*)=('[^']*'|"[^"]*"|.*?)(?=:[^\W\d]\w*=|$)""", re.DOTALL)
HYBRID = re.compile(r"""\+(?=[^\W\d])(?=(?:[^'"]|'[^']*'|"[^"]*")*$)""")


def parse(spec: str, argument: str) -> tuple[str, dict[str, str]]:
    """Split NAME or NAME:KEY=VALUE:KEY=VALUE... into the name and the settings, as text.

    A colon separates only where an identifier and "=" follow it, so that a value may hold colons.
    A value in quotes may hold anything but that quote; it keeps its quotes here.

    Parameters
    ----------
    spec : str
        The text.
    argument : str
        What the text is given for, for the error.

    Returns
    -------
    tuple of str and dict
        The name, and the text of each setting.

    Raises
    ------
    InputError
        If `spec` is no text, or gives a setting without a value or twice.

    Examples
    --------
    >>> parse("fast_weights:weights=C:/layer.pt:heads=2", "mixer")
    ('fast_weights', {'weights': 'C:/layer.pt', 'heads': '2'})
    """
    must, example = 'be NAME or NAME:KEY=VALUE:..., with ":" before each KEY', "write for example hopfield:rule=projection"
    if not isinstance(spec, str):
        raise refusal(argument, must, f"was of type {type(spec).__name__}", example)
    found = list(SETTING.finditer(spec))
    name = spec[: found[0].start()] if found else spec
    if not name or ":" in name or "=" in name or sum(len(one[0]) for one in found) != len(spec) - len(name):
        raise refusal(argument, must, shown(spec), example)
    unique(f"the settings of {name}", (one[1] for one in found))
    return name, {one[1]: one[2] for one in found}


def parts(spec: str) -> list[str]:
    """Split the text of a hybrid, A:KEY=VALUE+B, at each "+" before a name.

    A "+" in quotes or in a number is left.

    Parameters
    ----------
    spec : str
        The text.

    Returns
    -------
    list of str
        The texts of its parts.

    Examples
    --------
    >>> parts("fast_weights:rate=1e+3+attention")
    ['fast_weights:rate=1e+3', 'attention']
    """
    return HYBRID.split(spec)


def chosen(
    spec: str, argument: str, named: Callable[[str], Any], given: tuple[str, ...], also: tuple[str, ...] = ()
) -> tuple[Any, dict[str, Any]]:
    """Read a class and its settings from text, NAME or NAME:KEY=VALUE:..., as `parse` splits it.

    A value takes the type of the parameter: "false" is False where a parameter is a bool, and "1"
    is a text where it is one.

    Parameters
    ----------
    spec : str
        The text.
    argument : str
        What the text is given for, for the error.
    named : callable
        Gives the class of a name.
    given : tuple of str
        Parameters that the caller gives and the text can't.
    also : tuple of str, optional
        Settings that the caller takes beside the parameters of the class; their values stay text.

    Returns
    -------
    tuple of type and dict
        The class, and the settings by their names.

    Raises
    ------
    InputError
        If the text can't be split or a setting is unknown; the error says the nearest known one.

    Examples
    --------
    >>> chosen("folder:kine=model", "folder", {"folder": Catalogue}.__getitem__, given=("package",))
    Traceback (most recent call last):
    neuromem.checks.InputError: the setting of folder must be one of 3 names, but was 'kine'; \
did you mean 'kind'? known: attribute, group, kind.
    """
    name, texts = parse(spec, argument)
    kind = named(name)
    takes = types_taken(kind)
    known = [*(key for key in takes if key not in given), *also]
    for key in texts:
        choice(f"the setting of {name}", key, known)
    return kind, {key: _value(key, text, takes.get(key, {str})) for key, text in texts.items()}


def types_taken(kind: Callable[..., Any]) -> dict[str, set[Any]]:
    """Return the types that each parameter takes, by its annotation, or else its default.

    Parameters
    ----------
    kind : callable
        A class or a function.

    Returns
    -------
    dict of str to set
        Types of each parameter by its name.
    """
    told, parameters = hints(kind), inspect.signature(kind).parameters.items()
    return {key: _members(told[key]) if key in told else {type(parameter.default)} for key, parameter in parameters}


def _members(hint: Any) -> set[Any]:
    """The types of an annotation: {int, NoneType} of int | None, {str} of Literal["a", "b"]."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return set().union(*map(_members, arguments))
    if origin is typing.Literal:
        return {type(argument) for argument in arguments}
    return _members(arguments[0]) if origin is typing.Annotated else {origin or hint}


def _value(key: str, text: str, kinds: set[Any]) -> Any:
    """The value that `text` says for a parameter of those types, or `text` if it fits none."""
    if text[:1] in ("'", '"') and text[-1:] == text[:1] and len(text) > 1:
        return text[1:-1]
    word = text.strip().lower()
    if word == "none" and types.NoneType in kinds:
        return None
    if bool in kinds and word in ("true", "false"):
        return word == "true"
    if bool in kinds and not kinds & {str, int, float}:
        raise refusal(key, "be True or False", f"was {text!r}")
    if kinds <= {str, types.NoneType}:
        return text
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):  # the last two: a text of endless nesting
        return text


RULES = {"pavlov": "hebb", "fast_weights": "delta"}  # what is known by its rule, and its rule by default


def short(spec: str, without: tuple[str, ...] = ()) -> str:
    """Make a name for tables and pictures: the rule or kind, and the settings.

    Parameters
    ----------
    spec : str
        The text of a memory or a layer, or of a hybrid.
    without : tuple of str, optional
        Settings that are left out.

    Returns
    -------
    str
        The name.

    Examples
    --------
    >>> short("pavlov:rule=delta:decay=0.9")
    'delta, decay 0.9'
    >>> short("fast_weights+attention:heads=4:steps=1", without=("steps",))
    'delta + attention, heads 4'
    """
    names = []
    for one in parts(spec):
        kind, given = parse(one, "the name")
        rule = given.pop("rule", RULES.get(kind, ""))
        words = [rule if kind in RULES else f"{kind} {rule}".strip()]
        names.append(", ".join(words + [f"{key} {value}" for key, value in given.items() if key not in without]))
    return " + ".join(names).replace("_", " ")
