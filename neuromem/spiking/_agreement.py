"""Whether a projection fits into its circuit."""

from __future__ import annotations

from typing import Any

from neuromem import checks

from .plasticity import Hebbian
from .projections import Pairs, Projection


def check(circuit: Any, p: Projection) -> None:
    """Refuse a projection whose ends, synapses or times don't fit the others."""
    _check_ends(circuit, p)
    _check_synapses(circuit, p)
    _check_times(circuit, p)


def _check_ends(circuit: Any, p: Projection) -> None:
    for end in (p.pre, p.post):
        checks.choice(f"an end of {p.name}", end, circuit.names)
    if circuit[p.post].body is None:
        raise checks.refusal(f"target of {p.name}", "be a population of cells", "was one of sources")
    if p.plasticity and p.plasticity.gate is not None:
        checks.choice(f"gate of {p.name}", p.plasticity.gate, circuit.names)


def _check_synapses(circuit: Any, p: Projection) -> None:
    if p.pattern in ("one-to-one", "all-but-self") and circuit[p.pre].size != circuit[p.post].size:
        sizes = f"were {circuit[p.pre].size} and {circuit[p.post].size}"
        raise checks.refusal(f"sizes of {p.name}", f"be equal for {p.pattern}", sizes)
    if isinstance(p.pattern, Pairs) and p.pattern.pre:
        for end, neurons in ((p.pre, p.pattern.pre), (p.post, p.pattern.post)):
            checks.whole(f"a neuron of {end} in {p.name}", max(neurons), least=0, most=circuit[end].size - 1)
    if isinstance(p.weight, tuple) and len(p.weight) != circuit.synapses(p):
        raise checks.refusal(f"weight of {p.name}", f"have {circuit.synapses(p)} entries", f"has {len(p.weight)}")


def _check_times(circuit: Any, p: Projection) -> None:
    circuit.steps(f"delay_ms of {p.name}", p.delay_ms)
    rule = p.plasticity
    if rule:
        circuit.steps(f"back_ms of {p.name}", rule.back_ms, least=0)
        circuit.steps(f"gate_ms of {p.name}", rule.gate_ms, least=0)
        if isinstance(rule, Hebbian):
            circuit.steps(f"window_ms of {p.name}", rule.window_ms, least=0)
