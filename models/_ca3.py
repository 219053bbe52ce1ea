"""The network of CA3 as tables, its operations as input spikes, and their answers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from neuromem import checks
from neuromem.spiking import LIF, STDP, Circuit, Pairs, Population, Projection, Record

Operation = tuple[str, int, Iterable[int]] | tuple[str, int] | tuple[str, Iterable[int]]

SLOW = LIF(cm=0.27, tau_m=3.0)
FAST = LIF(cm=0.14, tau_m=0.5)
OUT = LIF(cm=0.27, tau_m=3.0, v_thresh=-57.5)
SEARCH = LIF(cm=0.14, tau_m=0.5, tau_syn_i=1.0)  # its inhibition outlasts the learning that it silences it for
RULE = STDP(tau_plus=3.0, tau_minus=3.0, a_plus=6.0, a_minus=6.0, w_max=6.0)
GATED = replace(RULE, gate="InAch", gate_ms=6.0)
SHARP = replace(GATED, a_plus=24.0, tau_plus=0.7)  # leaves less in a forgotten synapse: 1.4 nA instead of 3.1
LEARN_MS, RECALL_MS = 7, 6  # the shortest safe intervals, by the authors' documents
TO_CONTENT, TO_CUE = "CueCue->ContCue", "ContCont->CueCont"  # the plastic projections
LEAST = 3.0 * 0.14 / 0.5 / (0.3 * (1 - math.exp(-1 / 0.3)) * (1 - math.exp(-1 / 0.5)))  # nA that fire a FAST cell
_BIAS = 5.0  # nA, what a cue that holds the whole fragment is left with; it fires from 3.36 nA on


def circuit(cues: int, units: int, *, gated: bool = False, match: str = "any") -> Circuit:
    """The published network for `cues` one-hot cue neurons and `units` content neurons; weights nA, delays ms.

    gated: plasticity only after a spike of InAch.  match="best": with the search of `_search`.
    """
    nc, nk = cues, units
    sizes = {"InCue": (nc, None), "InCont": (nk, None), "CueCue": (nc, SLOW), "CueCont": (nc, FAST), "ContCue": (nk, SLOW)}
    sizes |= {"ContCont": (nk, SLOW), "Cond": (nk, FAST), "Int": (1, FAST), "MergeCue": (nc, SLOW), "MergeCont": (nk, SLOW)}
    sizes |= {"OutCue": (nc, OUT), "OutCont": (nk, OUT)}
    sizes |= {"InAch": (1, None)} if gated else {}
    sizes |= {"Basket": (nk, SEARCH), "Drive": (1, SEARCH), "Release": (nk, SEARCH)} if match == "best" else {}
    to = Projection
    wires = (
        to("InCue", "CueCue", "one-to-one", 6.0, 1),
        to("InCont", "ContCue", "one-to-one", 6.0, 1),
        to("CueCue", "ContCue", "all-to-all", 0.0, 1, plasticity=GATED if gated else RULE),
        to("ContCont", "CueCont", "all-to-all", 0.0, 1, plasticity=SHARP if gated else RULE),
        to("CueCue", "CueCont", "one-to-one", 12.0 if match == "best" else 6.0, 2),
        to("CueCue", "CueCont", "all-but-self", 6.0 * nk, 3, "inhibitory"),
        to("CueCont", "CueCont", "all-but-self", 6.0 * nk, 2, "inhibitory"),
        to("CueCue", "Cond", "all-to-all", 6.0, 2, "inhibitory"),
        to("ContCue", "Cond", "one-to-one", 9.0, 1),
        to("ContCue", "Int", "all-to-all", 6.0, 1),
        to("Int", "Cond", "all-to-all", 2.0, 1),
        to("Cond", "ContCont", "one-to-one", 6.0, 1),
        to("CueCue", "MergeCue", "one-to-one", 6.0, 3),
        to("ContCue", "MergeCont", "one-to-one", 6.0, 3),
        to("CueCont", "MergeCue", "one-to-one", 6.0, 1),
        to("ContCont", "MergeCont", "one-to-one", 6.0, 1),
        to("MergeCue", "OutCue", "one-to-one", 6.0, 1),
        to("MergeCont", "OutCont", "one-to-one", 6.0, 1),
    )
    populations = tuple(Population(name, size, cell) for name, (size, cell) in sizes.items())
    return Circuit(populations, wires + (_search(nc, nk) if match == "best" else ()))


def _search(cues: int, units: int) -> tuple[Projection, ...]:
    """The best match first: wires that make a cue answer the sooner the more of the fragment it holds.

    A fragment of n neurons reaches CueCont in rounds of 3 ms. In round r a cue that holds m of them gets

        6 m - 6 n + 5 + 6 r  nA,   fires from 3.36 nA on, so first in round r = n - m                     (4)

    6 m by the learnt synapses; -6 n by one Basket cell for each neuron of the fragment (feed-forward inhibition); 5 by
    Drive, and 5 + 6 r by cell r of the chain Release, which also lets the fragment go another round. The first cue to fire
    silences the other cues (the published lateral inhibition) and the chain. The chain ends by itself at r = n - 1, before
    a cue that holds nothing would fire. CueCue drives CueCont twice as hard, so that the lateral inhibition that many
    answers leave behind can't keep the next learning from it. While a cue neuron is driven, in learning and in recall by
    cue, CueCue silences Basket and Drive.
    """
    count = LEAST / (units + 1)  # nA from each neuron of the fragment, so that cell r of the chain fires if n > r
    chain = tuple(LEAST - count * (r + 0.5) for r in range(2, units + 1))
    raised = tuple(_BIAS + 6.0 * r for r in range(1, units + 1) for _ in range(cues))
    along = Pairs(tuple(range(units - 1)), tuple(range(1, units)))
    to = Projection
    return (
        to("Cond", "Basket", "one-to-one", 6.0, 1),
        to("Basket", "CueCont", "all-to-all", 6.0, 1, "inhibitory"),
        to("Int", "Drive", "all-to-all", 6.0, 1),
        to("Drive", "CueCont", "all-to-all", _BIAS, 1),
        to("Drive", "Release", Pairs((0,), (0,)), LEAST - 1.5 * count, 2),
        to("Release", "Release", along, chain, 3),
        to("ContCont", "Release", "all-to-all", count, 2),
        to("Release", "CueCont", "all-to-all", raised, 2),
        to("ContCont", "ContCont", "one-to-one", 3.0, 3),
        to("Release", "ContCont", "all-to-all", 0.8, 1),
        to("ContCont", "Basket", "one-to-one", 3.0, 3),
        to("Release", "Basket", "all-to-all", 0.8, 1),
        to("CueCont", "Release", "all-to-all", 6.0, 1, "inhibitory"),
        to("CueCue", "Basket", "all-to-all", 12.0, 2, "inhibitory"),
        to("CueCue", "Drive", "all-to-all", 12.0, 2, "inhibitory"),
    )


def schedule(
    operations: Sequence[Operation], learn_interval: int, recall_interval: int, cues: int | None, units: int
) -> tuple[list[int], list[tuple[str, int, int]]]:
    """When each operation begins, then when the last one ends, in ms; and the input spikes (source, time, neuron).

    learn: cue and content spike at t, t + 1, t + 2, InAch at t.  recall: one spike at t.
    """
    if not operations:
        raise checks.refusal("operations", "hold at least one operation", "was empty", 'give [("cue", 0)]')
    starts, spikes = [0], []
    for n, operation in enumerate(operations):
        kind, cue, content = _read(n, operation, cues, units)
        t = starts[-1]
        for at in range(t, t + (3 if kind == "learn" else 1)):
            spikes += [("InCue", at, cue)] * (kind != "content") + [("InCont", at, neuron) for neuron in content]
        spikes += [("InAch", t, 0)] * (kind == "learn")
        starts.append(t + (learn_interval if kind == "learn" else recall_interval))
    return starts, spikes


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
            raise checks.refusal(f"operation {n}", form, f"was {operation!r}")
    most = 2**31 if cues is None else cues - 1
    cue = checks.whole(f"cue of operation {n}", cue, least=0, most=most, way_out="make the memory with more cues=")
    if not isinstance(content, Iterable):
        raise checks.refusal(f"content of operation {n}", "be neurons such as [0, 3]", f"was {content!r}")
    neurons = [checks.whole(f"content of operation {n}", i, least=0, most=units - 1) for i in content]
    if kind != "cue" and not neurons:
        raise checks.refusal(f"content of operation {n}", "hold at least one neuron", "was empty")
    return kind, cue, neurons


def answers(record: Record, starts: Sequence[int], copy: int = 0) -> list[tuple[set[int], set[int]]]:
    """(cues, content) that came out for each operation of `schedule`, from 5 ms after its start to 5 ms after its end."""
    sets: list[tuple[set[int], set[int]]] = [(set(), set()) for _ in starts[1:]]
    for side, population in enumerate(("OutCue", "OutCont")):
        mine = record.of(population) & (record.copy == copy)
        which = np.searchsorted(np.asarray(starts) + 5, record.time_ms[mine], side="right") - 1
        for n, neuron in zip(which.tolist(), record.neuron[mine].tolist(), strict=True):
            sets[min(n, len(sets) - 1)][side].add(neuron)
    return sets
