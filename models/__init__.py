"""Every memory in a file of its own, close to its equations; `ALL` maps files to classes."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from neuromem import __version__, checks
from neuromem.announced import announced, opened
from neuromem.catalogue import Catalogue, chosen
from neuromem.memory import Memory
from neuromem.named_code import find, split
from neuromem.patterns import ItemSet
from neuromem.source import FORMS, Source, distinct, of_object, with_functions

ALL: Catalogue[type[Memory]] = Catalogue(__name__, "model")
GROUP = "neuromem.memories"  # entry points by which installed packages announce memories
PARTS = ("store", "recall", "clear", "cost", "units", "step_unit")

Spec = str | Source | type[Memory] | Memory | Callable[..., Memory]


def source(spec: Spec, argument: str = "model") -> Source:
    """Find what names, holds or makes a memory.

    Parameters
    ----------
    spec : str, Source, class, memory or callable
        NAME or NAME:KEY=VALUE:..., where NAME is one of `ALL`, nn.LAYER, the name that an installed
        package announces by the entry-point group "neuromem.memories", FILE.py:NAME or
        PACKAGE.MODULE:NAME; or a class; or a memory, of which empty copies are made; or a function
        of (units) or (units, rng). A torch module that maps (query, key, value), its class, or what
        makes it, is a memory by `nn.as_memory`.
    argument : str, default "model"
        What it is given for, for the error.

    Returns
    -------
    Source
        The text, with what it names. Other processes get it by value.

    Raises
    ------
    InputError
        If nothing is found, or a setting is unknown.

    Examples
    --------
    >>> source("hopfield:rule=storkey").settings
    {'rule': 'storkey'}
    >>> import neuromem as nm
    >>> str(source(nm.Hopfield(64, rule="storkey")))
    'Hopfield'
    """
    if isinstance(spec, Source):
        return spec
    if not isinstance(spec, str):
        if not callable(spec) and not all(hasattr(spec, part) for part in PARTS):
            raise checks.refusal(argument, f"be {FORMS}, or a memory, its class or a function", checks.shown(spec))
        return of_object(spec, argument)
    if spec.startswith("nn."):
        return Source(spec, None, {}, f"neuromem {__version__}", "")
    place = split(spec)
    if place and place[0] not in ALL:  # "hopfield:rule" lacks a value, and names no module
        path, rest = place
        name = rest.partition(":")[0]
        thing, origin, digest = find(path, name, argument)
        if _of_torch(thing):
            return _layer(spec, argument)
        _, settings = chosen(rest, argument, lambda _: thing, given=("units",))
        return Source(spec, thing, settings, origin, digest)
    name = spec.partition(":")[0]
    entries = {} if name in ALL else announced(GROUP)  # 20 ms, as each installed package is read
    if name in entries:
        thing = opened(entries[name], argument)
        _, settings = chosen(spec, argument, lambda _: thing, given=("units",))
        package = entries[name].dist
        return Source(spec, thing, settings, f"{package.name} {package.version}" if package else entries[name].value, "")
    thing, settings = chosen(spec, argument, ALL.named, given=("units",))
    return Source(spec, thing, settings, f"neuromem {__version__}", "")


def sources(specs: Iterable[Spec], units: int | ItemSet | None = None) -> tuple[Source, ...]:
    """Find several memories, and refuse at once what can't be one.

    Parameters
    ----------
    specs : iterable
        What `source` takes.
    units : int or ItemSet, optional
        A length at which each is made once, to see that it is a memory; or items, a few of which
        are then also stored and recalled by memories that are not neuromem's own.

    Returns
    -------
    tuple of Source
        With different labels.

    Raises
    ------
    InputError
        If something can't be found or made, or lacks a part of the protocol.
    """
    if isinstance(specs, str) or not isinstance(specs, Iterable):
        raise checks.refusal(
            "models", "be a sequence of memories", checks.shown(specs), f"give ({specs!r},) for a single one"
        )
    found = tuple(distinct([with_functions(source(spec, "models")) for spec in specs], "models"))
    if not found:
        raise checks.refusal("models", "name at least one memory", "was empty", f"known: {', '.join(ALL)}")
    length = units.units if isinstance(units, ItemSet) else units
    for one in found if length is not None else ():
        memory = make(one, length or 1)
        if isinstance(units, ItemSet) and one.sha256:
            _try(memory, one, units.draw(min(2, units.number or 2)))
    return found


def _try(memory: Memory, found: Source, items: np.ndarray) -> None:
    """Refuse a memory that does not store and recall some items."""
    with checks.running("models", "store and recall items", found, f"see more with: neuromem check {found}"):
        memory.store(items)
        shape = np.asarray(memory.recall(items)).shape
    if shape != items.shape:
        was = f"{found} gives the shape {shape}"
        raise checks.refusal("models", f"recall items of the shape of the cues, {items.shape}", was, "see neuromem.Memory")


def make(spec: Spec, units: int, *, rng: int | np.random.Generator = 0) -> Memory:
    """Make a new, empty memory.

    Parameters
    ----------
    spec : str, Source, class, memory or callable
        As `source` takes it. nn.NAME is a layer of `neuromem.nn` as a memory (`nn.memory`),
        untrained unless the setting `weights` names a file.
    units : int
        Length of an item.
    rng : int or numpy.random.Generator, default 0
        Given to what takes one.

    Returns
    -------
    Memory
        Empty.

    Raises
    ------
    InputError
        If it can't be made, or lacks a part of the protocol.

    Examples
    --------
    >>> make("hopfield:rule=projection", 64).rule, make("nn.attention:heads=4", 64).layer.heads
    ('projection', 4)
    """
    found = source(spec)
    if found.thing is None or _of_torch(found.thing):  # a layer
        from neuromem import nn

        layer = nn.source(found.removeprefix("nn."), "models") if found.thing is None else found
        return nn.memory(layer, units, rng=rng)
    if isinstance(found.thing, Memory) and not inspect.isclass(found.thing):
        return _emptied(found.thing, found, units)
    with checks.running("models", "make a memory from its units", found):
        made = _built(found, units, rng)
    return _whole(made, found, units)


def _of_torch(thing: Any) -> bool:
    """Whether it is a torch module or its class, or a layer that `neuromem.nn` has found."""
    if isinstance(thing, tuple):
        return True
    torch = sys.modules.get("torch")  # whoever has a module has imported it
    kind = thing if inspect.isclass(thing) else type(thing)
    return torch is not None and issubclass(kind, torch.nn.Module)


def _layer(spec: str, argument: str) -> Source:
    from neuromem import nn

    return nn.source(spec, argument)


def _built(found: Source, units: int, rng: int | np.random.Generator) -> Any:
    kind, settings = found.thing, found.settings
    takes = inspect.signature(kind).parameters
    if "rng" in takes:
        return kind(units, **{"rng": rng, **settings})
    places = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    asked = [one for one in takes.values() if one.default is one.empty and one.kind in places]
    return kind(units, rng, **settings) if len(asked) == 2 else kind(units, **settings)


def _emptied(memory: Any, found: Source, units: int) -> Memory:
    if memory.units != units:
        way_out = "give its class, or one of that length"
        raise checks.refusal("models", f"hold items of {units} units here", f"{found} holds {memory.units}", way_out)
    twin = checks.copied("models", memory)
    twin.clear()
    return twin


def _whole(memory: Any, found: Source, units: int) -> Memory:
    """The memory, if it has all parts of the protocol; a torch module as one."""
    if _of_torch(memory):
        from neuromem import nn

        return nn.as_memory(memory, units)
    missing = [part for part in PARTS if not hasattr(memory, part)]
    if missing:
        was = f"{found} makes a {type(memory).__name__} without {', '.join(missing)}"
        raise checks.refusal("models", f"make memories, which have {', '.join(PARTS)}", was, "see neuromem.Memory")
    return memory
