"""The network of CA3 as tables of its populations and projections."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

from neuromem import checks
from neuromem.spiking import LIF, STDP, Circuit, Pairs, Population, Projection

SLOW = LIF(cm=0.27, tau_m=3.0)
FAST = LIF(cm=0.14, tau_m=0.5)
OUT = LIF(cm=0.27, tau_m=3.0, v_thresh=-57.5)
SEARCH = LIF(cm=0.14, tau_m=0.5, tau_syn_i=1.0)  # its inhibition outlasts the learning that it silences it for
RULE = STDP(tau_plus=3.0, tau_minus=3.0, a_plus=6.0, a_minus=6.0, w_max=6.0)
GATED = replace(RULE, gate="InAch", gate_ms=6.0)
SHARP = replace(GATED, a_plus=24.0, tau_plus=0.7)  # leaves less in a forgotten synapse: 1.4 nA instead of 3.1
TO_CONTENT, TO_CUE = "CueCue->ContCue", "ContCont->CueCont"  # the plastic projections
LEAST = 3.0 * 0.14 / 0.5 / (0.3 * (1 - math.exp(-1 / 0.3)) * (1 - math.exp(-1 / 0.5)))  # nA that fire a FAST cell
SYNAPSE = 200  # bytes that a synapse with a weight of its own takes while the network is made
_BIAS = 5.0  # nA, what a cue that holds the whole fragment is left with; it fires from 3.36 nA on


def fits(cues: int, units: int, match: str) -> None:
    """Refuse a network that would not fit in the memory, before it is made.

    Parameters
    ----------
    cues : int
        Number of cue neurons.
    units : int
        Number of content neurons.
    match : {"any", "best"}
        How a fragment is matched.

    Raises
    ------
    InputError
        If it would not fit.
    """
    listed = (3 if match == "best" else 2) * cues * units
    checks.fits("units", SYNAPSE * listed, f"use fewer units, or fewer cues (items) than {cues:,}")


ROLES = {  # of the populations that spike in a recall
    "InCont": "the fragment comes in",
    "ContCue": "relays the fragment, and later the content",
    "Int": "lets the fragment pass, where no cue leads",
    "Cond": "lets the fragment pass, where no cue leads",
    "ContCont": "drives the learnt synapses from contents to cues",
    "CueCont": "the cue cell that was paired with the fragment",
    "MergeCont": "on the way out",
    "MergeCue": "on the way out",
    "OutCue": "the index of the item is out",
    "InCue": "the index comes in as a cue",
    "CueCue": "drives the learnt synapses from cues to contents",
    "OutCont": "the echo of the fragment, and at the end the whole content",
}


def circuit(cues: int, units: int, *, gated: bool = False, match: Literal["any", "best"] = "any") -> Circuit:
    """Make the published network; weights are nA, delays ms.

    Parameters
    ----------
    cues : int
        Number of cue neurons nc, of which each stands for one item.
    units : int
        Number of content neurons nk.
    gated : bool, default False
        Whether there is plasticity only after a spike of InAch.
    match : {"any", "best"}, default "any"
        "any": the published network, in which each cue that holds a neuron of a fragment answers.
        "best": with the search for the cue that holds most of it.

    Returns
    -------
    Circuit
        The network, with 3 nc + 4 nk + 1 cells inside (published form).

    Raises
    ------
    InputError
        If a size is no positive whole number, or the network would not fit in the memory.

    References
    ----------
    Casanueva-Morato, D. et al. (2024). Bio-inspired computational memory model of the Hippocampus:
    an approach to a neuromorphic spike-based Content-Addressable Memory. Neural Networks.
    https://arxiv.org/abs/2310.05868

    Examples
    --------
    >>> net = circuit(cues=5, units=10)
    >>> sum(p.size for p in net.populations if p.cell and not p.name.startswith("Out"))
    56
    """
    cues, units = checks.whole("cues", cues), checks.whole("units", units, least=2)
    gated = checks.flag("gated", gated)
    checks.choice("match", match, ("any", "best"))
    fits(cues, units, match)
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
    """The wires that make a cue answer the sooner the more of the fragment it holds.

    A fragment of n neurons reaches CueCont in rounds of 3 ms. In round r a cue that holds m of them
    gets

        6 m - 6 n + 5 + 6 r  nA,   fires from 3.36 nA on, so first in round r = n - m            (4)

    6 m by the learnt synapses; -6 n by one Basket cell for each neuron of the fragment
    (feed-forward inhibition); 5 by Drive, and 5 + 6 r by cell r of the chain Release, which also
    lets the fragment go another round. The first cue to fire silences the other cues (the published
    lateral inhibition) and the chain. The chain ends by itself at r = n - 1, before a cue that
    holds nothing would fire. CueCue drives CueCont twice as hard, so that the lateral inhibition
    that many answers leave behind can't keep the next learning from it. While a cue neuron is
    driven, in learning and in recall by cue, CueCue silences Basket and Drive.
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
