"""The parts of a circuit out of a Brian2 network.

Brian2 steps a linear cell exactly, in SI units; a cell here gets a capacity of tau_m, so that its
currents are mV. A spike that arrives in a step moves v in the next one: delay_ms = delay + dt. Of a
synapse onto a current, with a the gain of dv/dt, the weight is then, as in NEST,

    a w P / (k (1 - exp(-dt / tau_m))),  P = exp(-dt / tau_m) (1 - exp(-b dt)) / b             (1)
    b = 1 / tau_syn - 1 / tau_m

and of one onto v it is w exp(-dt / tau_m), as Brian2 lets v decay before it looks at the threshold.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from neuromem import checks

from .cells import LIF, Receptor
from .populations import Input, Poisson, Population
from .projections import Pairs, Projection

FORM = (
    "give cells as dv/dt linear in v and in currents that decay, solved exactly, with threshold 'v > a' and reset 'v = b', "
    "and synapses as on_pre='v += w' or 'current += w'"
)


class Parts(NamedTuple):
    """What a circuit is made of."""

    populations: tuple[Population, ...]
    projections: tuple[Projection, ...]
    inputs: tuple[Input, ...]
    step_ms: float


class _Cell(NamedTuple):
    """A linear cell in ms and mV: gain and time constant of each current that it has."""

    group: Any
    tau_m: float
    level: float
    gain: dict[str, float]
    tau: dict[str, float]


class _Wire(NamedTuple):
    """Synapses of one delay and sign, of weights in mV or mV/ms."""

    label: str
    pre: str
    post: str
    current: str | None
    receptor: Receptor
    delay: int
    pairs: Pairs
    weight: np.ndarray


def read(network: Any, namespace: Mapping[str, Any]) -> Parts:
    """Return the parts of a Brian2 network, or refuse by its name what a circuit can't hold."""
    import brian2

    checks.instance("network", network, brian2.Network, words="be a brian2.Network")
    kinds = brian2.NeuronGroup, brian2.SpikeGeneratorGroup, brian2.PoissonGroup, brian2.Synapses
    parts = [
        x for x in network.objects if not isinstance(x, brian2.SpikeMonitor | brian2.StateMonitor | brian2.EventMonitor)
    ]
    parts.sort(key=lambda part: part.name)
    for part in parts:
        if not isinstance(part, kinds):
            raise _refused(part, f"is a {type(part).__name__}")
    clocks = {float(part.clock.dt) * 1000 for part in parts}
    if len(clocks) != 1:
        raise checks.refusal("network", "have one step", f"has {len(clocks)}")
    step = clocks.pop()
    cells = {g.name: _cell(g, namespace) for g in parts if isinstance(g, brian2.NeuronGroup)}
    others = [g for g in parts if isinstance(g, brian2.SpikeGeneratorGroup | brian2.PoissonGroup)]
    names = {*cells, *(g.name for g in others)}
    wires = [w for s in parts if isinstance(s, brian2.Synapses) for w in _wires(s, names, cells, namespace, step)]
    populations = [_population(cell, [w for w in wires if w.post == name], namespace, step) for name, cell in cells.items()]
    bodies = {p.name: p.cell for p in populations}
    projections = [_projection(wire, cells[wire.post], bodies[wire.post], step) for wire in wires]
    inputs = []
    for group in others:
        if isinstance(group, brian2.PoissonGroup):
            populations.append(Population(group.name, len(group), Poisson(_one(group, "its rates", group.rates_[:]))))
            continue
        populations.append(Population(group.name, len(group)))
        times = np.rint(np.asarray(group._spike_time) * 1000 / step) * step  # noqa: SLF001 (no public name)
        neurons = np.asarray(group._neuron_index).tolist()  # noqa: SLF001
        inputs.append(Input(group.name, tuple(neurons), tuple(times.tolist())))
    return Parts(tuple(populations), tuple(projections), tuple(inputs), step)


def _refused(part: Any, was: str) -> checks.InputError:
    return checks.refusal(part.name, "be what a circuit can hold", was, FORM)


def _one(part: Any, what: str, values: Any) -> float:
    """The number that all entries are."""
    several = np.unique(values)
    if len(several) != 1:
        raise _refused(part, f"has several values of {what}")
    return float(several[0])


def _expression(part: Any, text: str, free: set[str], namespace: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """An expression with its constants as numbers in SI units, and its free symbols by name."""
    from brian2.parsing.sympytools import str_to_sympy

    formula = str_to_sympy(text)
    symbols = {symbol.name: symbol for symbol in formula.free_symbols}
    constants = symbols.keys() - free
    if constants & {"t", "t_in_timesteps", "xi"}:
        raise _refused(part, f"has {text!r}, which changes with time")
    found = _found(part, constants, namespace)
    numbers = {symbols[name]: _one(part, name, variable.get_value()) for name, variable in found.items()}
    return formula.subs(numbers), {name: symbol for name, symbol in symbols.items() if name in free}


def _found(part: Any, names: Iterable[str], namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Brian2's variables of these names."""
    try:
        found: dict[str, Any] = part.resolve_all(set(names), namespace)
    except KeyError as error:
        was = f"has not all of them: {error.args[0]}"
        raise checks.refusal("namespace", f"hold the constants {', '.join(sorted(names))}", was) from None
    return found


def _linear(part: Any, text: str, free: set[str], namespace: Mapping[str, Any]) -> dict[str, float]:
    """The coefficients of a linear expression, that of "" being its constant."""
    formula, symbols = _expression(part, text, free, namespace)
    slopes = {name: formula.diff(symbol) for name, symbol in symbols.items()}
    try:
        constant = float(formula.subs(dict.fromkeys(symbols.values(), 0)))
        return {"": constant, **{name: float(slope) for name, slope in slopes.items()}}
    except TypeError:
        raise _refused(part, f"has {text!r}, which is not linear") from None


def _cell(group: Any, namespace: Mapping[str, Any]) -> _Cell:
    """The equations of a group."""
    from brian2.groups.group import CodeRunner

    method = group.method_choice  # by default "exact" comes first
    if method not in (None, "exact", "linear"):
        raise _refused(group, f"is solved by {method!r}")
    if len(group.events) != 1 or any(type(one) is CodeRunner for one in group.contained_objects):
        raise _refused(group, "has events or code of its own (custom events, run_regularly)")
    equations = dict(group.equations.get_substituted_expressions(group.variables))
    names = set(group.equations.diff_eq_names)
    if "v" not in names or group.equations.is_stochastic:
        raise _refused(group, "has no equation dv/dt" if "v" not in names else "has noise")
    slopes = {
        name: _linear(group, equations[name].code.replace("int(not_refractory)", "1"), names, namespace) for name in names
    }
    tau, unit = {}, _unit(group)
    for name in names - {"v"}:
        if {key for key, value in slopes[name].items() if value} != {name} or slopes[name][name] > 0:
            raise _refused(group, f"has a d{name}/dt other than -{name} / tau")
        tau[name] = -1000 / slopes[name][name]
    if slopes["v"].get("v", 0) >= 0:
        raise _refused(group, "has a dv/dt without a leak")
    tau_m = -1000 / slopes["v"]["v"]
    gain = {name: slopes["v"].get(name, 0) * unit / 1000 for name in tau}
    return _Cell(group, tau_m, slopes["v"][""] * unit / 1000 * tau_m, gain, tau)


def _unit(group: Any) -> float:
    """mV in the unit of v, which is volt or none."""
    return 1.0 if group.variables["v"].dim.is_dimensionless else 1000.0


def _population(cell: _Cell, wires: list[_Wire], namespace: Mapping[str, Any], step: float) -> Population:
    """A group as a LIF that begins at rest."""
    group, unit = cell.group, _unit(cell.group)
    threshold = re.fullmatch(r"\s*v\s*>=?\s*(.+)", group.events["spike"])
    reset = re.fullmatch(r"\s*v\s*=\s*([^\n;]+?)\s*", group.event_codes.get("spike") or "")
    if threshold is None or reset is None:
        raise _refused(group, "has another threshold or reset")
    ends = [_linear(group, found[1], set(), namespace)[""] * unit for found in (threshold, reset)]
    begin = _one(group, "v", group.variables["v"].get_value()) * unit
    for name in cell.tau:
        if _one(group, name, group.variables[name].get_value()):
            raise _refused(group, f"begins with a current {name}")
    held = "unless refractory" in group.equations["v"].flags
    refractory = 0.0 if group._refractory is False else group._refractory  # noqa: SLF001 (no public name)
    if isinstance(refractory, str):
        raise _refused(group, "has a refractory time that is a text")
    wait = max(float(refractory) * 1000 - step, 0.0)  # Brian2 counts the step of the spike
    if bool(wait) != held and wait:
        raise _refused(group, "is refractory without '(unless refractory)'")
    onto = {wire.current for wire in wires}
    if None in onto:
        if len(onto) > 1 or not math.isclose(ends[1], cell.level, abs_tol=1e-9):
            raise _refused(group, "gets 'v +=' beside currents, or is reset to elsewhere than where it rests")
        wait = max(float(refractory) * 1000, step)  # what arrives with a spike is lost, by its reset
    taus = {r: {cell.tau[w.current] for w in wires if w.current and w.receptor == r} for r in ("excitatory", "inhibitory")}
    if any(len(several) > 1 for several in taus.values()):
        raise _refused(group, "has two time constants of one sign")
    e, i = (several.pop() if several else 1.0 for several in taus.values())
    body = LIF(
        cm=cell.tau_m,  # nF, so that a current of 1 nA is one of 1 mV
        tau_m=cell.tau_m,
        tau_refrac=wait,
        tau_syn_e=e,
        tau_syn_i=i,
        v_rest=begin,
        v_reset=ends[1],
        v_thresh=ends[0],
        i_offset=cell.level - begin,
        synapses="delta" if None in onto else "current",
    )
    return Population(group.name, len(group), body)


def _wires(s: Any, names: set[str], cells: dict[str, _Cell], namespace: Mapping[str, Any], step: float) -> list[_Wire]:
    """Synapses, apart by sign and delay."""
    pre, post = s.source.name, s.target.name
    if pre not in names or post not in cells:
        raise _refused(s, f"joins {pre} to {post}, of which one is part of a group, or not in the network")
    pathways = list(s._pathways)  # noqa: SLF001 (no public name)
    adds = re.fullmatch(r"\s*(\w+?)(?:_post)?\s*\+=\s*([^\n;]+?)\s*", pathways[0].code) if len(pathways) == 1 else None
    if adds is None or pathways[0].prepost != "pre" or pathways[0].event != "spike" or s.equations.diff_eq_names:
        raise _refused(s, "learns, or does something else than to add a number when its source spikes")
    if adds[1] != "v" and adds[1] not in cells[post].tau:
        raise _refused(s, f"adds to {adds[1]}, which is no current of {post}")
    current = None if adds[1] == "v" else adds[1]
    scale = cells[post].gain[current] if current else _unit(cells[post].group)
    weight = _per_synapse(s, adds[2], namespace) * scale
    late = np.broadcast_to(np.rint(pathways[0].variables["delay"].get_value() * 1000 / step).astype(int), len(s))
    i, j = np.asarray(s.i), np.asarray(s.j)
    found = []
    for delay, below in sorted(set(zip(late.tolist(), (weight < 0).tolist(), strict=True))):
        mine = (late == delay) & ((weight < 0) == below)
        receptor: Receptor = "inhibitory" if below else "excitatory"
        label = s.name if len(np.unique(late)) == 1 else f"{s.name} {delay}"
        found.append(_Wire(label, pre, post, current, receptor, delay, Pairs(i[mine], j[mine]), np.abs(weight[mine])))
    return found


def _per_synapse(s: Any, text: str, namespace: Mapping[str, Any]) -> np.ndarray:
    """The value of an expression at each synapse, SI."""
    from brian2.parsing.sympytools import str_to_sympy
    from sympy import lambdify

    formula = str_to_sympy(text)
    names = sorted(symbol.name for symbol in formula.free_symbols)
    found = _found(s, names, namespace)
    values = [np.asarray(found[name].get_value(), float) for name in names]
    if any(value.size not in (1, len(s)) for value in values):
        raise _refused(s, f"adds {text!r}, which is no number of the synapse")
    return np.broadcast_to(lambdify(names, formula)(*values), len(s)).astype(float)


def _projection(wire: _Wire, cell: _Cell, body: Any, step: float) -> Projection:
    """Equation (1)."""
    decay = math.exp(-step / cell.tau_m)
    factor = decay
    if wire.current:
        b = 1 / cell.tau[wire.current] - 1 / cell.tau_m
        moved = decay * (-math.expm1(-b * step) / b if b else step)
        factor = moved / (body.arrival(wire.receptor, step).k * (1 - decay))
    weight = tuple((wire.weight * factor).tolist())
    return Projection(wire.pre, wire.post, wire.pairs, weight, (wire.delay + 1) * step, wire.receptor, label=wire.label)
