"""The hippocampal loop, DG - CA3 - CA1: contents learnt and recalled at binary addresses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from neuromem import checks, spiking
from neuromem.models.ca3.operations import LEARN_MS, RECALL_MS, Operation, answers, schedule
from neuromem.models.ca3.wiring import OUT, RULE, SLOW, SYNAPSE
from neuromem.spiking import LIF, Circuit, Pairs, Population, Projection, Record, Spikes

GATE = LIF(0.1, 0.1, tau_refrac=0.0, tau_syn_e=0.1, tau_syn_i=0.1, v_rest=-65.0, v_reset=-65.0, v_thresh=-64.91)
LEAST = 0.9  # nA that fire a gate, which has forgotten them a step later
LAST_MS = 8  # from a learning to its last spike at the output


def hippocampal_loop(cues: int = 64, units: int = 32) -> Circuit:
    """Make the loop as published; weights are nA, delays ms, a the address of cue a - 1.

    The input is the address in binary, and the content. A gate of DG stands for an address of b
    ones, each bit of which excites it if it is 1 there, and inhibits it if 0; CA1 turns the one
    cell of CA3 that stands for an address back into its bits. STDP alone joins addresses and
    contents:

        DG_a     gets 0.9 / (b - 1/2) from each 1 of a and -1.8 from each 0, so fires for a only (1)
        CA3cue_a follows DG_a; CA3mem_j follows bit j of a content that comes in
        CA3cue_a -> CA3mem_j learns as `STDP` does, from 0 to 6 nA                               (2)
        CA1_i    fires if one of the CA3cue_a does whose a has a 1 at place i                    (3)

    Address 0 is not used, as it has no spike. The authors make (1) of NOT and AND gates and a clock
    that spikes in every step; here a gate is one cell, with spikes at the same times.

    Parameters
    ----------
    cues : int, default 64
        Number of addresses, of which each holds one content.
    units : int, default 32
        Number of bits of a content.

    Returns
    -------
    Circuit
        The network, from InCue and InCont to OutCue and OutCont; bit 0 of a cue is the lowest.

    Raises
    ------
    InputError
        If a size is no positive whole number, or the network would not fit in the memory.

    References
    ----------
    Casanueva-Morato, D., Ayuso-Martinez, A., Dominguez-Morales, J. P., Jimenez-Fernandez, A. &
    Jimenez-Moreno, G. (2024). A bio-inspired implementation of a sparse-learning spike-based
    hippocampus memory model. IEEE Transactions on Emerging Topics in Computing.

    Examples
    --------
    >>> {p.name: p.size for p in hippocampal_loop(cues=5, units=10).populations if p.cell}
    {'DG': 5, 'CA3cue': 5, 'CA3mem': 10, 'CA1': 3, 'OutCue': 3, 'OutCont': 10}
    """
    cues, units = checks.whole("cues", cues), checks.whole("units", units)
    bits = cues.bit_length()
    checks.fits("units", SYNAPSE * cues * (units + 2 * bits), f"use fewer units, or fewer cues than {cues:,}")
    one = np.arange(1, cues + 1)[:, None] >> np.arange(bits) & 1  # (cue, bit)
    weight = LEAST / (one.sum(1) - 0.5)
    (cue, bit), (other, zero) = (map(tuple, np.nonzero(which)) for which in (one, 1 - one))
    sizes = {"InCue": (bits, None), "InCont": (units, None), "DG": (cues, GATE), "CA3cue": (cues, SLOW)}
    sizes |= {"CA3mem": (units, OUT), "CA1": (bits, GATE), "OutCue": (bits, OUT), "OutCont": (units, OUT)}
    to = Projection
    wires = (
        to("InCue", "DG", Pairs(bit, cue), tuple(weight[list(cue)]), 3),  # (1)
        to("InCue", "DG", Pairs(zero, other), 2 * LEAST, 3, "inhibitory"),
        to("DG", "CA3cue", "one-to-one", 6.0, 1),
        to("InCont", "CA3mem", "one-to-one", 6.0, 4),
        to("CA3cue", "CA3mem", "all-to-all", 0.0, 1, plasticity=RULE),  # (2)
        to("CA3cue", "CA1", Pairs(cue, bit), 1.0, 1),  # (3)
        to("CA1", "OutCue", "one-to-one", 6.0, 1),
        to("CA3mem", "OutCont", "one-to-one", 6.0, 2),
    )
    return Circuit(tuple(Population(name, size, cell) for name, (size, cell) in sizes.items()), wires)


def learn_and_recall(
    operations: Sequence[Operation],
    *,
    cues: int = 64,
    units: int = 32,
    learn_interval_ms: int = LEARN_MS,
    recall_interval_ms: int = RECALL_MS,
    engine: Literal["fast", "brian2"] | Callable[..., Record] = "fast",
) -> tuple[Record, list[tuple[set[int], set[int]]]]:
    """Run operations of the loop one after the other, from synapses of 0.

    The operations are those of `CA3`, but a content alone recalls nothing here. Learning another
    content at a cue forgets the one before, which leaks to the output once, 7 ms later.

        learn: cue and content spike at t, t + 1, t + 2; both come out at t + 6 and t + 8        (4)
        recall: the cue spikes at t and comes out at t + 6, its content at t + 7                 (5)

    Parameters
    ----------
    operations : sequence of tuple
        Each is ("learn", cue, content) or ("cue", cue); cue n has the address n + 1.
    cues, units : int, default 64 and 32
        Sizes of the loop.
    learn_interval_ms, recall_interval_ms : int, default 7 and 6
        Time from the start of a learning, or of a recall, to that of the next operation, ms.
    engine : {"fast", "brian2"}, default "fast"
        What runs the network; both give the same spikes.

    Returns
    -------
    tuple of Record and list
        Every spike of every population; and for each operation the cues and the content that came
        out, a set of each, as from `answers`.

    Raises
    ------
    InputError
        If an operation is of another form, or has a neuron that does not exist.

    Examples
    --------
    >>> learn_and_recall([("learn", 4, [7, 8, 9]), ("cue", 4)], cues=5, units=10)[1]
    [({4}, {8, 9, 7}), ({4}, {8, 9, 7})]
    """
    circuit = hippocampal_loop(cues, units)
    learn = checks.whole("learn_interval_ms", learn_interval_ms, least=3)
    recall = checks.whole("recall_interval_ms", recall_interval_ms)
    starts, spikes = schedule(operations, learn, recall, cues, units)
    for n, operation in enumerate(operations):
        if operation[0] == "content":
            raise checks.refusal(f"operations[{n}]", 'be ("learn", cue, content) or ("cue", cue)', f"was {operation}")
    inputs = [one for spike in spikes for one in _bits(*spike)]
    name, time, neuron = (np.array(column) for column in zip(*inputs, strict=True))
    end = max(starts[-1], starts[-2] + LAST_MS + 1)
    record = spiking.engine(engine)(circuit, end, inputs=Spikes(np.zeros(len(inputs), int), time, name, neuron))
    said = [({sum(1 << bit for bit in address) - 1} - {-1}, content) for address, content in answers(record, starts)]
    return record, said


def _bits(population: str, time: int, neuron: int) -> list[tuple[str, int, int]]:
    """A spike of CA3's input as those of the loop's: a cue as the bits of its address."""
    if population == "InCue":
        address = neuron + 1
        return [(population, time, bit) for bit in range(address.bit_length()) if address >> bit & 1]
    return [(population, time, neuron)] * (population == "InCont")
