"""All that can be set on the page, as one value, which a link carries."""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import neuromem.explorer.settings as settings
from neuromem import checks, models
from neuromem.announced import announced
from neuromem.named_code import code_in
from neuromem.source import Source

SOURCES = ("random", "sparse", "correlated", "digits", "fashion", "drawn")
DAMAGES = ("flip", "erase", "occlude", "noise")
EQUAL = ("load", "bits")
MOST_UNITS, MOST_STORED = 4096, 4000  # what a page answers in time
WHOLE = {
    "units": (2, MOST_UNITS),
    "stored": (1, MOST_STORED),
    "seed": (0, 2**31),
    "item": (0, MOST_STORED - 1),
    "step": (-1, 10**6),
}
SHARES = ("fraction", "activity", "correlation")


@dataclass(frozen=True)
class Named:
    """What the user who started the page has named; a link can ask for no other file or code.

    Parameters
    ----------
    memories : tuple of str or Source
        Memories, also of the user's own files, packages and notebooks.
    items : tuple of str
        Files of items.
    results : tuple of str
        Saved results.
    """

    memories: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    results: tuple[str, ...] = ()

    @functools.cached_property
    def choices(self) -> list[str]:
        """The names of all memories that the page offers."""
        known = [*models.ALL, *announced(models.GROUP)]
        own = [name for spec in self.memories if (name := settings.split(spec)[0]) not in known]
        return [*dict.fromkeys([*own, *known])]

    @functools.cached_property
    def code(self) -> list[str]:
        """What the texts of the memories name, such as rules in their settings."""
        return [one for spec in self.memories for one in code_in(spec)]

    def known(self, name: str) -> list[settings.Setting]:
        """Return the settings of a memory that the page offers.

        Parameters
        ----------
        name : str
            One of `choices`, or "".

        Returns
        -------
        list of Setting
            Empty for an object that is made already.
        """
        if self._own(name) is None:
            return settings.known(name) if name else []
        thing = self.thing(name)
        return settings.of(thing) if callable(thing) else []

    def _own(self, name: str) -> Source | None:
        return next((one for one in self.memories if isinstance(one, Source) and settings.split(one)[0] == name), None)

    def thing(self, name: str) -> Any:
        """Return what one of `choices` names, without settings; None for a layer.

        Parameters
        ----------
        name : str
            One of `choices`.

        Returns
        -------
        object
            A class, a function, or an object that is made already.
        """
        own = self._own(name)
        return (models.source(name) if own is None else own).thing


def unlike(paths: Sequence[str]) -> dict[str, str]:
    """Name each path by its last part, or where another ends alike by the whole.

    Parameters
    ----------
    paths : sequence of str
        Paths.

    Returns
    -------
    dict of str to str
        The paths by their names.
    """
    ends = Counter(Path(path).name for path in paths)
    return {path if ends[Path(path).name] > 1 else Path(path).name: path for path in paths}


@dataclass(frozen=True)
class State:
    """One setting of the page; two that are equal show the same.

    Parameters
    ----------
    memory : str
        A memory with its settings, such as "hopfield:rule=storkey".
    items : str
        Where items come from: one of `SOURCES`, or a file that was named.
    units : int
        Length of the items that are made; files and images have their own.
    stored : int
        Number of items stored.
    activity, correlation : float
        Of sparse and of correlated items.
    damage : str
        One of `DAMAGES`.
    fraction : float
        Share of the units that is damaged, or deviation of the noise.
    seed : int
        Of the items, the damage and the memory.
    item : int
        The item that is shown.
    step : int
        The step that is shown; -1 is the last.
    beside : str
        A second memory, or "".
    equal : {"load", "bits"}
        What both memories have alike.
    drawn : str
        Items that were drawn, each as a number in base 16 whose bits are the units.
    """

    memory: str = "hopfield"
    items: str = "random"
    units: int = 64
    stored: int = 4
    activity: float = 0.1
    correlation: float = 0.3
    damage: str = "flip"
    fraction: float = 0.2
    seed: int = 0
    item: int = 0
    step: int = -1
    beside: str = ""
    equal: str = "load"
    drawn: str = ""

    def but(self, **changes: Any) -> State:
        """Return the state with changes.

        Parameters
        ----------
        **changes
            Fields and their new values.

        Returns
        -------
        State
            The new one.
        """
        return dataclasses.replace(self, **changes)

    @property
    def link(self) -> str:
        """The query of an address that opens the page in this state, without what is at default."""
        plain = State()
        return urlencode({n: v for n, v in dataclasses.asdict(self).items() if v != getattr(plain, n)}, safe=":=,./")


def read(link: str, named: Named) -> State:
    """Read a state from the query of an address, and refuse what was not named.

    Parameters
    ----------
    link : str
        Such as "memory=attention&stored=20"; a "?" may stand before it.
    named : Named
        What may be asked for besides what neuromem has.

    Returns
    -------
    State
        Checked.

    Raises
    ------
    InputError
        If a value is none that the page could give.

    Examples
    --------
    >>> read("?memory=attention&stored=20", Named()).stored
    20
    """
    known = {field.name for field in dataclasses.fields(State)}
    given: dict[str, Any] = {name: value for name, value in parse_qsl(link.lstrip("?")) if name in known}
    for name in given:
        if name in (*WHOLE, *SHARES):
            given[name] = _number(name, given[name], int if name in WHOLE else float)
    state = State(**given)
    check(state, named)
    return state


def _number(name: str, text: str, kind: type) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise checks.refusal(name, "be a number", f"was {text[:40]!r}", "correct the link") from None


def check(state: State, named: Named) -> None:
    """Refuse a state out of bounds, or that asks for a file or a memory that was not named.

    Parameters
    ----------
    state : State
        Any.
    named : Named
        What may be asked for besides what neuromem has.

    Raises
    ------
    InputError
        If it asks for something else.
    """
    for name, (least, most) in WHOLE.items():
        checks.whole(name, getattr(state, name), least=least, most=most)
    for name in SHARES:
        checks.fraction(name, getattr(state, name))
    checks.choice("damage", state.damage, DAMAGES)
    checks.choice("equal", state.equal, EQUAL)
    way_out = "name it where the page is started: neuromem explore MEMORY --items FILE"
    if state.items not in (*SOURCES, *named.items):
        raise checks.refusal(
            "items", f"be {', '.join(SOURCES)}, or a file that was named", checks.shown(state.items), way_out
        )
    for name, spec in (("memory", state.memory), ("beside", state.beside)):
        own = settings.split(spec)[0]
        if spec and own not in named.choices:
            raise checks.refusal(name, "be one that neuromem has, or that was named", checks.shown(own[:60]), way_out)
        if spec != own and spec not in named.memories:
            thing = named.thing(own)
            values = settings.given(spec, thing).values() if callable(thing) else [spec]
            other = {text for value in values if isinstance(value, str) for text in code_in(value)} - set(named.code)
            if not callable(thing) or other:
                raise checks.refusal(name, "name no file or code that was not named", checks.shown(spec[:60]), way_out)
    if not set(state.drawn) <= set("0123456789abcdef,"):
        raise checks.refusal("drawn", "hold numbers in base 16", checks.shown(state.drawn[:40]), "draw again")
