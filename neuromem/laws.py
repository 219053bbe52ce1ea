"""The laws that every memory obeys, as functions that raise AssertionError where one is broken.

A law takes a maker, which gives a new empty memory of a length, and that length. `LAWS` holds all
of them by name, and `examine` tries them one after the other.

>>> import neuromem as nm
>>> [law for law, fault in examine(nm.Hopfield) if fault]
[]
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from . import checks, cues, metrics, patterns
from .checks import InputError
from .memory import Memory
from .storage import load, save

UNITS = 64
Maker = Callable[[int], Memory]
LAWS: dict[str, Callable[[Maker, int], None]] = {}


def law(function: Callable[[Maker, int], None]) -> Callable[[Maker, int], None]:
    """Enter a function into `LAWS`, under its name.

    Parameters
    ----------
    function : callable
        Takes a maker of memories and a length, and raises AssertionError where the law is broken.

    Returns
    -------
    callable
        The function.
    """
    LAWS[function.__name__] = function
    return function


def examine(make: Maker, units: int = UNITS) -> Iterator[tuple[str, str]]:
    """Try every law on a memory.

    Parameters
    ----------
    make : callable
        Gives a new empty memory of the length that it is called with, such as a memory's class.
    units : int, default 64
        Length of the items.

    Yields
    ------
    tuple of str
        The name of a law and a line that says what broke it, which is empty if the law holds.

    Raises
    ------
    InputError
        If Python leaves assertions out (-O), under which every law would seem to hold.
    """
    if not __debug__:
        raise checks.refusal("Python", "keep its assertions, which the laws are", "leaves them out", "start it without -O")
    for name, tried in LAWS.items():
        try:
            tried(make, units)
        except Exception as error:  # a memory under test raises whatever it raises
            yield name, reason(error)
        else:
            yield name, ""


def exceptions(memory: Any) -> Mapping[str, str]:
    """Return the laws that a memory breaks by design, as it says itself by `exceptions`.

    Parameters
    ----------
    memory : Memory
        Any.

    Returns
    -------
    mapping of str to str
        The name of a law to the reason why it does not hold for this memory.
    """
    return getattr(memory, "exceptions", {})


def reason(error: Exception) -> str:
    """Say in one line why a law is broken.

    Parameters
    ----------
    error : Exception
        What a law raised.

    Returns
    -------
    str
        The first lines of its text; the error's name too, unless the law itself raised it.
    """
    said = "; ".join(line.strip() for line in str(error).splitlines() if line.strip())[:160] or "it is not so"
    return said if isinstance(error, AssertionError) else f"{type(error).__name__}: {said}"


def assert_memory(make: Maker, units: int, label: str) -> None:
    """Refuse what is no memory, which is not worth trying the other laws on.

    Parameters
    ----------
    make : callable
        Gives a new empty memory of the length that it is called with.
    units : int
        Length of the items.
    label : str
        What the memory is called in the error.

    Raises
    ------
    InputError
        If it lacks a part of the protocol, raises an error, or answers in another shape.
    """
    try:
        meets_the_protocol(make, units)
    except InputError:
        raise
    except Exception as error:
        was = f"{label} at {units} units: {reason(error)}"
        raise checks.refusal("a memory", "meet the protocol", was, "see neuromem.Memory") from error


def opposites(units: int, rng: int) -> np.ndarray:
    """Make a random item and its opposite, the lowest load of two: they share no active unit.

    Parameters
    ----------
    units : int
        Length of the items.
    rng : int
        Seed.

    Returns
    -------
    ndarray of shape (2, units)
        The two items.
    """
    item = patterns.random(1, units, rng=rng)
    return np.concatenate([item, -item])


def recalled(memory: Memory, shown: Any) -> np.ndarray:
    """Recall cues.

    Parameters
    ----------
    memory : Memory
        With items in it.
    shown : array of shape (cue, unit)
        The cues.

    Returns
    -------
    ndarray of float64
        What the memory gives back.
    """
    return np.asarray(memory.recall(shown), dtype=float)


def assert_exact(memory: Memory, items: np.ndarray, shown: np.ndarray, share: float = 1.0) -> None:
    """Raise AssertionError unless a share of the cues brings its item back exactly.

    Parameters
    ----------
    memory : Memory
        With the items in it.
    items, shown : array of shape (cue, unit)
        The item of each cue, and the cues.
    share : float, default 1
        The least share.
    """
    right = metrics.exact(memory.recall(shown), items).mean()
    assert right >= share, f"{right:.0%} of the cues bring their item back exactly, not {share:.0%}"


@law
def meets_the_protocol(make: Maker, units: int) -> None:
    """`units`, `step_unit`, `store`, `recall`, `clear`, `cost` are there, of the right shape."""
    memory, items = make(units), opposites(units, rng=1)
    missing = [name for name in ("units", "step_unit", "store", "recall", "clear", "cost") if not hasattr(memory, name)]
    assert not missing, f"a memory has {', '.join(missing)}"
    assert memory.units == units, f"units is {memory.units}, not {units}"
    assert isinstance(memory.step_unit, str), "step_unit is a text such as 'sweep'"
    assert memory.store(items) is memory, "store returns the memory itself"
    recall = memory.recall(items)
    assert np.asarray(recall).shape == items.shape, f"Recall.items has shape {np.asarray(recall).shape}"
    for name in ("steps", "converged", "operations"):
        shape = getattr(recall, name).shape
        assert shape == (2,), f"Recall.{name} has shape {shape}, not (cue,)"
    assert recall.converged.dtype == bool, "Recall.converged holds True and False"


@law
def stored_items_come_back(make: Maker, units: int) -> None:
    """Two opposite items come back exactly from themselves."""
    items = opposites(units, rng=1)
    assert_exact(make(units).store(items), items, items)


@law
def a_lone_item_comes_back_from_erased_cues(make: Maker, units: int) -> None:
    """One item comes back from cues of which a tenth is unknown."""
    items = np.repeat(patterns.random(1, units, rng=2), 20, axis=0)
    assert_exact(make(units).store(items[:1]), items, cues.erase(items, 0.1, rng=2), share=0.95)


@law
def a_lone_item_comes_back_from_flipped_cues(make: Maker, units: int) -> None:
    """One item comes back from cues of which a tenth is inverted."""
    items = np.repeat(patterns.random(1, units, rng=2), 20, axis=0)
    assert_exact(make(units).store(items[:1]), items, cues.flip(items, 0.1, rng=2), share=0.95)


def refused_text(call: Callable[[Any], Any], argument: Any) -> str:
    """Find the text of the InputError that `call(argument)` raises.

    Parameters
    ----------
    call : callable
        What must refuse the argument.
    argument : object
        What must be refused.

    Returns
    -------
    str
        The error's text.
    """
    try:
        call(argument)
    except InputError as error:
        return str(error)
    raise AssertionError(f"{str(argument)[:40]} is taken")


def gain(memory: Memory, items: np.ndarray, shown: np.ndarray) -> float:
    """Find the share of what a cue lacks that the signs of the recall restore: 1 all, 0 none.

    Parameters
    ----------
    memory : Memory
        With the items in it.
    items, shown : array of shape (cue, unit)
        The item of each cue, and the cues.

    Returns
    -------
    float
        The share, over all cues.
    """
    given = metrics.signs(recalled(memory, shown))
    before, after = (metrics.overlap(one, items).mean() for one in (shown, given))
    return float((after - before) / (1 - before))


@law
def two_random_items_are_kept_apart(make: Maker, units: int) -> None:
    """Each of two random items comes back from itself, and damage of a tenth is mostly mended."""
    items = patterns.random(2, units, rng=3)
    memory, many = make(units).store(items), np.repeat(items, 10, axis=0)
    assert_exact(memory, items, items)
    for damage in (cues.erase, cues.flip):
        mended = gain(memory, many, damage(many, 0.1, rng=4))
        assert mended >= 0.5, f"{mended:.0%} of the damage of {damage.__name__} is mended, not half"


@law
def several_random_items_are_kept_apart(make: Maker, units: int) -> None:
    """Of three random items, a load of 0.047 at 64 units, damage of a tenth is mostly mended."""
    items = patterns.random(3, units, rng=5)
    memory, many = make(units).store(items), np.repeat(items, 20, axis=0)
    shown = cues.erase(many, 0.1, rng=6)
    for item in range(3):
        own = slice(20 * item, 20 * item + 20)
        mended = gain(memory, many[own], shown[own])
        assert mended >= 0.5, f"{mended:.0%} of what is erased of item {item} comes back, not half"


@law
def a_batch_equals_a_loop(make: Maker, units: int) -> None:
    """Each cue is recalled alone, and recall changes nothing that is stored."""
    items = opposites(units, rng=1)
    memory = make(units).store(items)
    shown = np.concatenate([cues.erase(cues.flip(items, 0.1, rng=3), 0.1, rng=4), items])
    batch, again = recalled(memory, shown), recalled(memory, shown)
    alone = np.concatenate([recalled(memory, cue[None]) for cue in shown])
    np.testing.assert_array_equal(batch, again, "the same cues give something else the second time")
    np.testing.assert_allclose(batch, alone, rtol=1e-6, atol=1e-6, err_msg="a batch is not a loop over its cues")


@law
def items_may_come_one_at_a_time(make: Maker, units: int) -> None:
    """Storing items one after the other is storing them at once."""
    items = patterns.random(3, units, rng=5)
    at_once, one_by_one = make(units).store(items), make(units)
    for item in items:
        one_by_one.store(item[None])
    shown = cues.erase(items, 0.1, rng=6)
    np.testing.assert_allclose(recalled(one_by_one, shown), recalled(at_once, shown), rtol=1e-4, atol=1e-4)


@law
def the_order_of_storing_does_not_matter(make: Maker, units: int) -> None:
    """Items stored in another order are recalled alike."""
    items = patterns.random(3, units, rng=5)
    shown = cues.erase(items, 0.1, rng=6)
    forth, back = make(units).store(items), make(units).store(items[::-1])
    np.testing.assert_allclose(recalled(forth, shown), recalled(back, shown), rtol=1e-4, atol=1e-4)


@law
def inputs_are_not_changed(make: Maker, units: int) -> None:
    """Neither items nor cues are written to, and read-only arrays are taken."""
    items = opposites(units, rng=6)
    shown = cues.erase(items, 0.2, rng=7)
    before = items.copy(), shown.copy()
    items.flags.writeable = shown.flags.writeable = False
    make(units).store(items).recall(shown)
    np.testing.assert_array_equal(items, before[0])
    np.testing.assert_array_equal(shown, before[1])


@law
def what_is_stored_is_a_copy(make: Maker, units: int) -> None:
    """Recall does not depend on later changes of the array that was stored."""
    for kind in (np.int8, float):  # others than those that a memory holds are copied anyway
        items = opposites(units, rng=1).astype(kind)
        memory, kept = make(units).store(items), items.copy()
        items[:] = 1
        assert_exact(memory, kept, kept)


@law
def clear_forgets_everything(make: Maker, units: int) -> None:
    """A cleared memory refuses to recall, and is as good as new."""
    memory, other = make(units).store(opposites(units, rng=1)), opposites(units, rng=8)
    memory.clear()
    text = refused_text(memory.recall, other)
    assert "recall must come after store" in text, f"the error says: {text}"
    fresh = make(units).store(other)
    np.testing.assert_array_equal(recalled(memory.store(other), other), recalled(fresh, other))
    memory.clear()
    memory.store(2 * np.eye(units, dtype=np.int8)[:2] - 1)  # few active units, which may be held in another way
    memory.clear()
    old, new = memory.cost, make(units).cost
    assert (old.bits, old.synapses) == (new.bits, new.synapses), f"a cleared memory has {old}, and a new one {new}"


@law
def the_layout_and_type_of_arrays_do_not_matter(make: Maker, units: int) -> None:
    """Fortran order, floating types and unsigned cues give the same numbers as int8."""
    items = opposites(units, rng=1)
    memory, other = make(units).store(items), make(units).store(np.asfortranarray(items.astype(float)))
    shown = cues.flip(items, 0.1, rng=9)
    for kind in (np.float64, np.float32, np.float16):
        same = recalled(other, np.asfortranarray(shown.astype(kind)))
        np.testing.assert_allclose(recalled(memory, shown), same, atol=1e-2 if kind is np.float16 else 1e-5)
    known = np.maximum(shown, 0)  # +1 on, 0 unknown
    np.testing.assert_allclose(recalled(memory, known.astype(np.uint8)), recalled(memory, known), atol=1e-5)


@law
def cost_is_counted(make: Maker, units: int) -> None:
    """`bits` and `synapses` are positive; `operations` is NaN before a recall, then its mean."""
    items = opposites(units, rng=1)
    memory = make(units).store(items)
    assert np.isnan(memory.cost.operations), "operations are NaN before the first recall"
    recall = memory.recall(items)
    assert memory.cost.bits > 0, "bits must be positive"
    assert memory.cost.synapses > 0, "synapses must be positive"
    assert (recall.operations > 0).all(), "a recall takes operations"
    np.testing.assert_allclose(memory.cost.operations, recall.operations.mean())


@law
def stored_items_are_counted(make: Maker, units: int) -> None:
    """`stored` is the number of items held, and 0 when there are none."""
    memory = make(units)
    counts = [memory.stored, memory.store(opposites(units, rng=1)).stored]  # type: ignore[attr-defined]
    memory.clear()
    counts.append(memory.stored)  # type: ignore[attr-defined]
    assert counts == [0, 2, 0], f"stored is {counts} before and after storing two items and after clear, not [0, 2, 0]"


@law
def strange_cues_are_answered(make: Maker, units: int) -> None:
    """Opposite, empty, unrelated and real cues get a finite answer."""
    items = opposites(units, rng=1)
    memory = make(units).store(items)
    unrelated = patterns.random(3, units, rng=10)
    for shown in (-items, np.zeros_like(items), unrelated, cues.noise(items, 0.3, rng=11)):
        assert np.isfinite(recalled(memory, shown)).all(), "an answer is not finite"


@law
def a_bad_size_is_refused(make: Maker, units: int) -> None:
    """A length that is no positive whole number raises InputError, which names the argument."""
    bad: tuple[Any, ...] = (0, -3, 2.5, "64", None, True, 10**30)
    for size in bad:
        text = refused_text(make, size)
        assert text.startswith(("units must", "width must")), f"for {size!r} the error says: {text}"


@law
def bad_arrays_are_refused_and_change_nothing(make: Maker, units: int) -> None:
    """Items and cues that are wrong or not finite raise InputError and change nothing."""
    items = opposites(units, rng=1)
    memory = make(units).store(items)
    before = recalled(memory, items)
    bad = [
        np.ones((2, units + 1)),
        np.ones(units),
        np.ones((0, units)),
        np.ones((2, 2, 2, units)),
        np.full((1, units), np.nan),
        np.full((1, units), np.inf),
        np.ones((1, units), complex),
        np.ma.masked_equal(np.ones((1, units)), 1),
        [["a"] * units],
        [[1], [1, -1]],
        None,
        1,
    ]
    for wrong in bad:
        refused_text(memory.store, wrong)
        refused_text(memory.recall, wrong)
    np.testing.assert_array_equal(recalled(memory, items), before, "a refused array has changed the memory")


@law
def a_saved_memory_goes_on_as_it_was(make: Maker, units: int) -> None:
    """A loaded memory recalls the same, draws the same random numbers, and stores on alike.

    So does one that holds pairs, where a memory takes values, as long as keys or not.
    """
    items = patterns.random(4, units, rng=3)
    shown = cues.erase(items, 0.1, rng=4)
    for length in (None, units, units + 3):
        values = None if length is None else patterns.random(4, length, rng=5)
        memory: Any = make(units)
        try:
            memory.store(*_part(items, values, slice(0, 2)))
        except InputError:
            if values is None:
                raise
            continue
        memory.recall(shown)
        with tempfile.TemporaryDirectory() as folder:
            twin = load(save(memory, Path(folder, "memory.npz")), kind=type(memory))
        for more in (None, slice(2, 4)):
            if more is not None:
                memory.store(*_part(items, values, more))
                twin.store(*_part(items, values, more))
            assert memory.stored == twin.stored, f"stored is {twin.stored}, not {memory.stored}"
            for _ in range(2):
                np.testing.assert_array_equal(
                    recalled(twin, shown), recalled(memory, shown), "a loaded memory recalls otherwise"
                )
            assert memory.cost == twin.cost, f"cost is {twin.cost}, not {memory.cost}"


def _part(items: np.ndarray, values: np.ndarray | None, part: slice) -> list[np.ndarray]:
    """Some of the items, with their values if there are any."""
    return [given[part] for given in (items, values) if given is not None]


@law
def synapses_are_read_and_replaced(make: Maker, units: int) -> None:
    """`synapses`, if any, are copies; written back they change nothing, and zeros do."""
    items = patterns.random(2, units, rng=3)
    memory: Any = make(units).store(items)
    if not hasattr(memory, "synapses"):
        return
    shown = cues.erase(items, 0.1, rng=4)
    before, held = recalled(memory, shown), memory.synapses
    assert held, "synapses is empty"
    for values in held.values():
        np.asarray(values)[...] = 0
    np.testing.assert_array_equal(recalled(memory, shown), before, "synapses is no copy")
    memory.synapses = memory.synapses
    np.testing.assert_allclose(recalled(memory, shown), before, atol=1e-6, err_msg="written back, synapses recall otherwise")
    memory.synapses = held
    assert not np.allclose(recalled(memory, shown), items), "with all synapses at 0 the items still come back"


@law
def a_trace_is_the_way_of_a_recall(make: Maker, units: int) -> None:
    """`trace`, where there is one, goes from the cue to what `recall` gives, in as many steps."""
    items = patterns.random(3, units, rng=5)
    shown = cues.erase(cues.flip(items, 0.1, rng=6), 0.1, rng=7)
    memory: Any = make(units).store(items)
    twin = make(units).store(items)
    if not hasattr(memory, "trace"):
        return
    trace, recall = memory.trace(shown), twin.recall(shown)
    steps, answer = recall.steps, np.asarray(recall)
    for name in ("steps", "converged", "operations"):
        np.testing.assert_array_equal(getattr(trace.recall, name), getattr(recall, name), f"Recall.{name} differs")
    assert trace.step_unit == memory.step_unit
    assert trace.states.shape == (len(trace), *shown.shape), f"states have shape {trace.states.shape}"
    assert ((trace.states[0] == shown) | ((trace.states[0] == 0) & (shown < 0))).all(), "the first state is not the cue"
    np.testing.assert_array_equal(trace.states[-1], answer, "the last state is not what recall gives")
    assert trace.time[0] == 0
    assert trace.time[-1] == steps.max(), f"the trace ends at {trace.time[-1]}, and recall takes {steps.max()}"
    assert (np.diff(trace.time) > 0).all(), "time goes on"
    for cue, end in enumerate(steps):
        still = trace.states[trace.time >= end, cue]
        assert (still == answer[cue]).all(), f"cue {cue} moves on after its {end} {trace.step_unit}"
    other: Any = make(units).store(items)
    sparse = other.trace(shown, every=2)
    kept = np.isin(trace.time, sparse.time)
    np.testing.assert_array_equal(sparse.states, trace.states[kept], "every=2 gives other states")
    assert sparse.time[-1] == trace.time[-1], "every=2 leaves out the end"


@law
def energy_never_rises_on_the_way(make: Maker, units: int) -> None:
    """The energy of a trace, where there is one, never rises from cues without unknown units."""
    items = patterns.random(5, units, rng=8)
    memory: Any = make(units).store(items)
    if not hasattr(memory, "trace"):
        return
    trace = memory.trace(cues.flip(items, 0.2, rng=9))
    if trace.energy is None:
        return
    assert trace.energy.shape == trace.states.shape[:2], f"energy has shape {trace.energy.shape}"
    rise = np.diff(trace.energy, axis=0).max()
    assert rise <= 1e-9 * np.abs(trace.energy).max(), f"the energy rises by {rise:g}"
    assert (trace.energy[0] > trace.energy[-1]).any(), "no energy falls"
