"""A circuit built on a PyNN simulator.

PyNN's names mean the same everywhere, but the steps of a simulator are its own. A current that
arrives in a step moves v in the next one in NEST and in Brian2, where the delay is therefore
`delay_ms` - dt; on others, which were not tried, it is taken to move v in that step. Brian2 counts
the step of a spike as refractory. Both integrate a current that decays within the step, so that
weights are those of equation (1) of `engines/nest.py` there.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from neuromem import checks

from ._exact import exact_weight
from .cells import LIF, AdEx, Receptor
from .lattice import steps
from .plasticity import STDP
from .populations import Background, Input, Poisson, Population
from .projections import Projection

Ends = Callable[[Projection], tuple[np.ndarray, np.ndarray]]
DENDRITIC = {"NEST": 1.0, "Brian2": 0.0}  # the share of a delay behind the synapse that a simulator has


class Built(NamedTuple):
    """PyNN's populations and projections of a circuit by their names.

    A background is the population "NAME background" and the projection of that name. `scale` is
    what the weights of a projection, with those that are learnt, are multiplied by in PyNN.
    """

    populations: dict[str, Any]
    projections: dict[str, Any]
    scale: dict[str, float]


def build(
    sim: Any,
    populations: Sequence[Population],
    projections: Sequence[Projection],
    inputs: Sequence[Input],
    step_ms: float,
    ends: Ends,
) -> Built:
    """Set up a simulator and build the parts of a circuit there, or refuse what PyNN has not."""
    for name in ("setup", "Population", "Projection", "SpikeSourceArray"):
        if not hasattr(sim, name):
            raise checks.refusal("sim", "be a PyNN simulator", checks.shown(sim), "give a module such as pyNN.nest")
    bodies = {p.name: p.body for p in populations}
    kind = getattr(getattr(sim, "simulator", None), "name", "")
    late = {p.name: _late(kind, p) for p in populations}
    made = {p.name: _cell(p, kind, step_ms) for p in populations}
    learns = {p.name: _rule(p, kind, step_ms, late[p.post]) for p in projections}
    trains = {p.name: _trains(p, inputs, kind, step_ms) for p in populations if p.cell is None}
    sequence = importlib.import_module("pyNN.parameters").Sequence
    exact = {"spike_precision": "on_grid"} if kind == "NEST" else {}  # times between steps are nobody else's
    sim.setup(timestep=step_ms, min_delay=step_ms, **exact)
    built = Built({}, {}, {})
    for p in populations:
        name, settings = made[p.name]
        if p.cell is None:
            times = [sequence(times) for times in trains[p.name]]
            settings = {"spike_times": times if p.size > 1 else times[0]}  # Brian2 takes no list of one
        built.populations[p.name] = sim.Population(p.size, getattr(sim, name)(**settings), label=p.name)
        if isinstance(p.body, LIF | AdEx):
            built.populations[p.name].initialize(v=p.body.v_rest)
    for q in projections:
        pre, post = ends(q)
        learning, scale = learns[q.name], _scale(kind, bodies[q.post], q.receptor, step_ms)
        synapse = _synapse(sim, *learning, scale) if learning else sim.StaticSynapse()
        weight = np.broadcast_to(q.weight, len(pre)) * _sign(bodies[q.post], q.receptor) * scale
        built.scale[q.name] = scale
        delay = np.full(len(pre), q.delay_ms - late[q.post] * step_ms)
        listed = sim.FromListConnector(list(zip(pre.tolist(), post.tolist(), weight.tolist(), delay.tolist(), strict=True)))
        between = built.populations[q.pre], built.populations[q.post]
        built.projections[q.name] = sim.Projection(*between, listed, synapse, receptor_type=q.receptor, label=q.name)
    for p in populations:
        if p.background:
            _outside(sim, p, p.background, built, step_ms, _scale(kind, p.body, p.background.receptor, step_ms))
    return built


def _late(kind: str, p: Population) -> int:
    """Steps from the arrival of a spike to the one in which it moves v."""
    return kind == "Brian2" or (kind == "NEST" and p.body is not None and p.body.synapses != "delta")


def _cell(p: Population, kind: str, dt: float) -> tuple[str, dict[str, Any]]:
    """PyNN's name of a kind of cell, and its parameters in PyNN's units."""
    if p.noise:
        raise checks.refusal(f"noise of {p.name}", "be 0 in PyNN", f"was {p.noise:g}", "give it a background instead")
    if isinstance(p.cell, Poisson):
        return "SpikeSourcePoisson", {"rate": p.cell.rate_hz}
    if p.cell is None:
        return "SpikeSourceArray", {}
    cell = p.cell
    if not isinstance(cell, LIF | AdEx) or (isinstance(cell, AdEx) and cell.synapses != "conductance"):
        must = "be a LIF, or an AdEx with conductances, in PyNN, whose simulators scale the others differently"
        raise checks.refusal(f"cell of {p.name}", must, f"was {cell}")
    same = ("cm", "tau_m", "v_rest", "v_reset", "v_thresh", "i_offset")
    settings = {name: getattr(cell, name) for name in same}
    settings["tau_refrac"] = cell.tau_refrac + (dt if kind == "Brian2" else 0)
    if cell.synapses != "delta":
        settings |= {"tau_syn_E": cell.tau_syn_e, "tau_syn_I": cell.tau_syn_i}
    if cell.synapses == "conductance":
        settings |= {"e_rev_E": cell.e_rev_e, "e_rev_I": cell.e_rev_i}
    if isinstance(cell, AdEx):
        settings |= {"a": 1000 * cell.a, "b": cell.b, "delta_T": cell.delta_t, "tau_w": cell.tau_w, "v_spike": cell.v_spike}
        return "EIF_cond_exp_isfa_ista", settings
    return {"current": "IF_curr_exp", "delta": "IF_curr_delta", "conductance": "IF_cond_exp"}[cell.synapses], settings


def _rule(p: Projection, kind: str, dt: float, late: int) -> tuple[STDP, float] | None:
    """The rule of a projection, and the share of its delay that is dendritic."""
    delay, rule = steps("delay_ms", p.delay_ms, dt), p.plasticity
    if delay <= late:
        must = f"be two steps or more in PyNN on {kind}, where a spike moves v a step after its arrival"
        raise checks.refusal(f"delay_ms of {p.name}", must, f"was {p.delay_ms:g} ms")
    if rule is None:
        return None
    if not isinstance(rule, STDP):
        raise checks.refusal(f"plasticity of {p.name}", "be an STDP in PyNN", "was a Hebbian, which PyNN has not")
    if rule.pairing != "all":
        raise checks.refusal(f"pairing of {p.name}", "be all in PyNN", f"was {rule.pairing!r}")
    if rule.gate is not None:
        raise checks.refusal(f"gate of {p.name}", "be None in PyNN, whose STDP has no gate", f"was {rule.gate!r}")
    share = DENDRITIC.get(kind, 1.0)
    back = round((2 * delay - 1 - late) if share else 0)  # Delta = t_post - t_pre + D, or - D
    if steps("back_ms", rule.back_ms, dt, least=0) != back:
        where = f"whose delay is {'dendritic' if share else 'axonal'} as a whole" + (f" on {kind}" if kind else "")
        raise checks.refusal(f"back_ms of {p.name}", f"be {back * dt:g} ms in PyNN, {where}", f"was {rule.back_ms:g} ms")
    if kind == "Brian2" and rule.first != "pre":
        must = "be pre in PyNN on Brian2, which takes the source first of two spikes that are seen in one step"
        raise checks.refusal(f"first of {p.name}", must, f"was {rule.first!r}")
    return rule, share


def _synapse(sim: Any, rule: STDP, share: float, scale: float) -> Any:
    """The pair rule, whose amplitudes are shares of w_max in PyNN."""
    amplitudes = {"A_plus": rule.a_plus / rule.w_max, "A_minus": rule.a_minus / rule.w_max}
    return sim.STDPMechanism(
        timing_dependence=sim.SpikePairRule(tau_plus=rule.tau_plus, tau_minus=rule.tau_minus, **amplitudes),
        weight_dependence=sim.AdditiveWeightDependence(w_min=0.0, w_max=scale * rule.w_max),
        dendritic_delay_fraction=share,
    )


def _sign(body: Any, receptor: str) -> int:
    """PyNN's weights are negative where currents or potentials are lowered."""
    return -1 if receptor == "inhibitory" and body.synapses != "conductance" else 1


def _scale(kind: str, body: Any, receptor: Receptor, dt: float) -> float:
    """Weights in PyNN over those here."""
    exact = kind in DENDRITIC and isinstance(body, LIF) and body.synapses == "current"
    return exact_weight(body, receptor, dt) if exact else 1.0


def _trains(p: Population, inputs: Sequence[Input], kind: str, dt: float) -> list[np.ndarray]:
    """The times at which each source spikes, sorted."""
    mine = [given for given in inputs if given.population == p.name]
    neuron = np.array([i for given in mine for i in given.neuron], np.int64)
    time = np.array([t for given in mine for t in given.time_ms], float)
    if kind == "NEST" and len(time) and time.min() < 1.5 * dt:
        must = f"come two steps or more after the start in PyNN on NEST, at {2 * dt:g} ms or later"
        raise checks.refusal(f"input spikes of {p.name}", must, f"began at {time.min():g} ms", "let all inputs be later")
    order = np.lexsort((time, neuron))
    return np.split(time[order], np.searchsorted(neuron[order], np.arange(1, p.size)))


def _outside(sim: Any, p: Population, drive: Background, built: Built, step_ms: float, scale: float) -> None:
    """A background as a Poisson source for each cell."""
    name = f"{p.name} background"
    source = sim.Population(p.size, sim.SpikeSourcePoisson(rate=drive.rate_hz), label=name)
    synapse = sim.StaticSynapse(weight=drive.weight * _sign(p.body, drive.receptor) * scale, delay=step_ms)
    wire = source, built.populations[p.name], sim.OneToOneConnector(), synapse
    built.populations[name], built.scale[name] = source, scale
    built.projections[name] = sim.Projection(*wire, receptor_type=drive.receptor, label=name)
