"""The operations of CA3 as input spikes, and the answers to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from neuromem import checks
from neuromem.arrays import to_host
from neuromem.spiking import Record

Operation = tuple[str, int, Iterable[int]] | tuple[str, int] | tuple[str, Iterable[int]]

LEARN_MS, RECALL_MS = 7, 6  # the shortest safe intervals, by the authors' documents
OUT_MS = 5  # from an operation to its first spikes at the output


class Schedule(NamedTuple):
    """When operations happen, and the input spikes of them.

    Parameters
    ----------
    starts : list of int
        When each operation begins, and then when the last one ends, ms.
    spikes : list of tuple of str, int and int
        Source population, time in ms, and neuron of each spike.
    """

    starts: list[int]
    spikes: list[tuple[str, int, int]]


def schedule(
    operations: Sequence[Operation], learn_interval_ms: int, recall_interval_ms: int, cues: int | None, units: int
) -> Schedule:
    """Lay out operations in time.

    A learning has spikes of its cue and its content at t, t + 1 and t + 2, and of InAch at t; a
    recall has one spike of each neuron, at t.

    Parameters
    ----------
    operations : sequence of tuple
        Each is ("learn", cue, content), ("cue", cue) or ("content", neurons).
    learn_interval_ms, recall_interval_ms : int
        Time from the start of a learning, or of a recall, to that of the next operation, ms.
    cues : int or None
        Number of cue neurons; None: as many as are needed.
    units : int
        Number of content neurons.

    Returns
    -------
    Schedule
        The starts and the spikes.

    Raises
    ------
    InputError
        If there is no operation, or one is of another form or has a neuron that does not exist.

    Examples
    --------
    >>> schedule([("learn", 0, [1]), ("cue", 0)], 14, 14, cues=5, units=10).starts
    [0, 14, 28]
    """
    if not isinstance(operations, Sequence) or not operations:
        way_out = 'give [("cue", 0)]'
        raise checks.refusal("operations", "hold at least one operation", checks.shown(operations), way_out)
    starts, spikes = [0], []
    for n, operation in enumerate(operations):
        kind, cue, content = _read(n, operation, cues, units)
        t = starts[-1]
        for at in range(t, t + (3 if kind == "learn" else 1)):
            spikes += [("InCue", at, cue)] * (kind != "content") + [("InCont", at, neuron) for neuron in content]
        spikes += [("InAch", t, 0)] * (kind == "learn")
        starts.append(t + (learn_interval_ms if kind == "learn" else recall_interval_ms))
    return Schedule(starts, spikes)


def _read(n: int, operation: Operation, cues: int | None, units: int) -> tuple[str, int, list[int]]:
    """(kind, cue, content) of the n-th operation, checked; cues=None: as many as there may be."""
    cue: Any = 0
    content: Any = ()
    match operation:
        case ("learn", cue, content):
            kind = "learn"
        case ("cue", cue):
            kind = "cue"
        case ("content", content):
            kind = "content"
        case _:
            form = 'be ("learn", cue, content), ("cue", cue) or ("content", neurons)'
            raise checks.refusal(f"operations[{n}]", form, checks.shown(operation))
    most = checks.LARGEST if cues is None else cues - 1
    cue = checks.whole(f"cue of operations[{n}]", cue, least=0, most=most, way_out="make the memory with more cues=")
    if not isinstance(content, Iterable):
        raise checks.refusal(f"content of operations[{n}]", "be neurons such as [0, 3]", checks.shown(content))
    neurons = [checks.whole(f"content of operations[{n}]", i, least=0, most=units - 1) for i in content]
    if kind != "cue" and not neurons:
        raise checks.refusal(f"content of operations[{n}]", "hold at least one neuron", "was empty")
    return kind, cue, neurons


def answers(record: Record, starts: Sequence[int], copy: int = 0) -> list[tuple[set[int], set[int]]]:
    """Return what came out for each operation.

    Parameters
    ----------
    record : Record
        A run of the network.
    starts : sequence of int
        The starts of its `schedule`, and the end of the last operation, ms.
    copy : int, default 0
        The copy of the network.

    Returns
    -------
    list of tuple of two sets of int
        Cue neurons, and content neurons, that spiked at the output from 5 ms after the start of an
        operation to 5 ms after its end, or for the last one to the end of the record.

    Raises
    ------
    InputError
        If the starts are fewer than two, or don't rise, or there is no such copy.

    Examples
    --------
    >>> from neuromem.models.ca3 import CA3
    >>> operations = [("learn", 0, [1, 8]), ("cue", 0)]
    >>> starts, _ = schedule(operations, 14, 14, cues=5, units=10)
    >>> answers(CA3(10, cues=5).simulate(operations), starts)
    [({0}, {8, 1}), ({0}, {8, 1})]
    """
    checks.instance("record", record, Record)
    times = to_host(checks.array("starts", starts, ("start",)))
    if len(times) < 2 or (np.diff(times) <= 0).any():
        raise checks.refusal(
            "starts", "rise from the start of the first operation to the end of the last", checks.shown(starts)
        )
    copy = checks.whole("copy", copy, least=0, most=len(record.events) - 1)
    sets: list[tuple[set[int], set[int]]] = [(set(), set()) for _ in times[1:]]
    for side, population in enumerate(("OutCue", "OutCont")):
        mine = record.of(population) & (record.copy == copy)
        which = np.searchsorted(times + OUT_MS, record.time_ms[mine], side="right") - 1
        for n, neuron in zip(which.tolist(), record.neuron[mine].tolist(), strict=True):
            if n >= 0:
                sets[min(n, len(sets) - 1)][side].add(neuron)
    return sets


def one_after_the_other(
    by_content: Record, by_cue: Record | None, answer: np.ndarray, latest: np.ndarray
) -> tuple[Record, list[tuple[float, int, int, int]]]:
    """Join the two parts of a recall into one record, in which each cue recalls its items in turn.

    Parameters
    ----------
    by_content : Record
        Recall by content, a copy for each cue.
    by_cue : Record or None
        Recall by cue, a copy for each cue neuron that answered to any.
    answer : ndarray of bool, (cue, cue neuron)
        Which cue neurons answered.
    latest : ndarray of float, (cue,)
        When the recall by content is over, ms.

    Returns
    -------
    tuple
        All spikes, and the output's of the recall by cue as (ms, cue, unit, 1).
    """
    columns = [(by_content.copy, by_content.time_ms, by_content.place, by_content.neuron)]
    changes: list[tuple[float, int, int, int]] = []
    turns, copies = np.cumsum(answer, 1) - 1, np.cumsum(answer.any(0)) - 1
    for cue, neuron in zip(*np.nonzero(answer), strict=True):
        assert by_cue is not None
        mine = by_cue.copy == copies[neuron]
        time = by_cue.time_ms[mine] + latest[cue] + RECALL_MS * turns[cue, neuron]
        columns.append((np.full(len(time), cue), time, by_cue.place[mine], by_cue.neuron[mine]))
        out = by_cue.of("OutCont")[mine]
        changes += [
            (float(ms), int(cue), int(unit), 1) for ms, unit in zip(time[out], by_cue.neuron[mine][out], strict=True)
        ]
    copy, time, place, unit = (np.concatenate(column) for column in zip(*columns, strict=True))
    order = np.lexsort((unit, place, time, copy))
    events = by_content.events if by_cue is None else by_content.events + answer[:, answer.any(0)] @ by_cue.events
    end = float((latest + RECALL_MS * answer.sum(1)).max())
    names, sizes = by_content.names, by_content.sizes
    seconds = by_content.seconds + (0 if by_cue is None else by_cue.seconds)
    record = Record(copy[order], time[order], place[order], unit[order], names, sizes, end, {}, events, seconds)
    return record, changes
