"""A folder of one-idea files as a mapping {name: object}, each file imported when it is asked for."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .checks import choice, nearest, refusal


class Catalogue(Mapping[str, Any]):
    """The files of `package` by name; the entry of a file is its attribute `attribute`.

    attribute=None: the class of the same name, `ca3_attractor.py` -> `CA3Attractor`.
    A file whose name begins with an underscore is a helper and no entry.
    """

    def __init__(self, package: str, kind: str, attribute: str | None = None):
        self._package, self._kind, self._attribute = package, kind, attribute
        self._path = list(importlib.import_module(package).__path__)
        self._names = sorted(m.name for m in pkgutil.iter_modules(self._path) if not m.name.startswith("_"))

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        module = importlib.import_module(f"{self._package}.{name}")
        if self._attribute:
            return getattr(module, self._attribute)
        return next(v for k, v in vars(module).items() if isinstance(v, type) and k.lower() == name.replace("_", ""))

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def named(self, name: str) -> Any:
        """The entry of that name; an unknown name is refused with the nearest known one."""
        if name not in self._names:
            raise refusal(self._kind, "be a known name", f"was {name!r}", nearest(name, self._names))
        return self[name]

    def about(self, name: str) -> str:
        """The first line of the file's docstring, or of its entry's, read without importing it."""
        tree = ast.parse(Path(self._path[0], f"{name}.py").read_text(encoding="utf-8"))
        entries = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
        wanted = self._attribute or name.replace("_", "")
        texts = [ast.get_docstring(tree), *(ast.get_docstring(n) for n in entries if n.name.lower() == wanted)]
        return next((text.splitlines()[0] for text in texts if text), "")


def chosen(spec: str, argument: str, named: Callable[[str], Any], given: tuple[str, ...]) -> tuple[Any, dict[str, Any]]:
    """(class, settings) from text, NAME or NAME:KEY=VALUE:...; an unknown KEY is refused with the nearest known one.

    named: gives the class of a name.  given: the parameters that the caller gives and the text can't.

    >>> chosen("folder:kine=model", "folder", {"folder": Catalogue}.__getitem__, given=("package",))
    Traceback (most recent call last):
    neuromem.checks.InputError: the setting of folder must be one of 2 names, but was 'kine'; did you mean 'kind'? known: \
attribute, kind.
    """
    name, *settings = spec.split(":")
    kind = named(name)
    known = [key for key in inspect.signature(kind).parameters if key not in given]
    options: dict[str, Any] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            must = "be NAME or NAME:KEY=VALUE:..."
            raise refusal(argument, must, f"was {spec!r}", "write for example hopfield:rule=projection")
        choice(f"the setting of {name}", key, known)
        try:
            options[key] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            options[key] = value
    return kind, options


RULES = {"pavlov": "hebb", "fast_weights": "delta"}  # what is known by its rule, and its rule by default


def short(spec: str, without: tuple[str, ...] = ()) -> str:
    """A name for tables and pictures: the rule or kind, and the settings, except those in `without`; A + B for a hybrid.

    >>> short("pavlov:rule=delta:decay=0.9"), short("fast_weights+attention:heads=4:steps=1", without=("steps",))
    ('delta, decay 0.9', 'delta + attention, heads 4')
    """
    names = []
    for one in spec.split("+"):
        kind, *settings = one.split(":")
        given = dict(setting.partition("=")[::2] for setting in settings)
        rule = given.pop("rule", RULES.get(kind, ""))
        words = [rule if kind in RULES else f"{kind} {rule}".strip()]
        names.append(", ".join(words + [f"{key} {value}" for key, value in given.items() if key not in without]))
    return " + ".join(names).replace("_", " ")
