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
from .lattice import CLOSE, all_steps
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
    if network.t_:
        raise checks.refusal("network", "not have run", f"is at {network.t_ * 1000:g} ms", "read it before its first run")
    kinds = brian2.NeuronGroup, brian2.SpikeGeneratorGroup, brian2.PoissonGroup, brian2.Synapses
    monitors = brian2.EventMonitor, brian2.StateMonitor, brian2.PopulationRateMonitor
    parts = [x for x in network.objects if not isinstance(x, monitors) or x.contained_objects]
    parts.sort(key=lambda part: part.name)
    for part in parts:
        _as_usual(part, parts, network.schedule)
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
            rate = _rate(group, namespace)
            if rate * step > 100:  # in Hz and ms
                must = "fire at 0.1 a step or less, as a step has one spike at most in Brian2, and any number here"
                was = f"fires at {rate:g} Hz, {rate * step / 1000:g} a step"
                raise checks.refusal(group.name, must, was, "take smaller steps")
            populations.append(Population(group.name, len(group), Poisson(rate)))
        else:
            populations.append(Population(group.name, len(group)))
            inputs.append(_input(group, step))
    return Parts(tuple(populations), tuple(projections), tuple(inputs), step)


def _refused(part: Any, was: str) -> checks.InputError:
    return checks.refusal(part.name, "be what a circuit can hold", was, FORM)


def _as_usual(part: Any, parts: list[Any], schedule: list[str]) -> None:
    """Refuse a part that is switched off, runs other code, or does its own at another time."""
    from brian2 import SpikeGeneratorGroup
    from brian2.groups.neurongroup import Resetter, StateUpdater, Thresholder
    from brian2.synapses.synapses import SynapticPathway

    slots = {StateUpdater: "groups", Thresholder: "thresholds", SynapticPathway: "synapses", Resetter: "resets"}
    runs = {one: slots.get(type(one)) for one in part.contained_objects if one not in parts}
    for one, slot in runs.items():
        if slot is None or one.contained_objects:
            what = "run_regularly, '(summed)', '(constant over dt)', or an equation of a synapse"
            raise _refused(part, f"has code of its own, {one.name} ({what})")
    if any(one.event != "spike" for one in runs if hasattr(one, "event")):
        raise _refused(part, "has events of its own")
    if isinstance(part, SpikeGeneratorGroup):
        runs[part] = "thresholds"
    if not all(one.active for one in (part, *runs)):
        raise _refused(part, "is not active, or a part of it is not")
    order = [*slots.values()]
    if any(one.when != slot for one, slot in runs.items()) or [slot for slot in schedule if slot in order] != order:
        raise _refused(part, f"is run in another order than {', '.join(order)}")


def _rate(group: Any, namespace: Mapping[str, Any]) -> float:
    """The rate of a Poisson group in Hz."""
    rates = group.variables["rates"]
    if hasattr(rates, "expr"):
        return _linear(group, rates.expr, set(), namespace)[""]
    return _one(group, "rates", rates.get_value())


def _input(group: Any, step: float) -> Input:
    """The spikes of a generator."""
    period = float(group.variables["period"].get_value()[0])
    if 0 < period < math.inf:
        raise _refused(group, f"repeats its spikes with a period of {period * 1000:g} ms")
    times = all_steps(f"times of {group.name}", np.asarray(group._spike_time) * 1000, step) * step  # noqa: SLF001 (no public name)
    neurons = np.asarray(group._neuron_index).tolist()  # noqa: SLF001
    return Input(group.name, tuple(neurons), tuple(times.tolist()))


def _one(part: Any, what: str, values: Any) -> float:
    """The number that all entries are."""
    several = np.unique(values)
    if len(several) != 1:
        raise _refused(part, f"has several values of {what}")
    return float(several[0])


def _parsed(part: Any, text: str) -> Any:
    """An expression, whose functions are those of numbers alone: none draws, or is the user's."""
    from brian2.parsing.sympytools import str_to_sympy
    from sympy.core.function import AppliedUndef

    try:
        formula = str_to_sympy(text)
        calls = {call.func.__name__ for call in formula.atoms(AppliedUndef)} - {"clip", "int_", "sqrt"}
    except (SyntaxError, AttributeError):
        raise _refused(part, f"has {text!r}, which is no number") from None
    if calls:
        raise _refused(part, f"has {text!r}, which calls {', '.join(sorted(calls))}()")
    return formula


def _expression(part: Any, text: str, free: set[str], namespace: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """An expression with its constants as numbers in SI units, and its free symbols by name."""
    formula = _parsed(part, text)
    symbols = {symbol.name: symbol for symbol in formula.free_symbols}
    found = _constants(part, text, symbols.keys() - free, namespace)
    numbers = {symbols[name]: _one(part, name, variable.get_value()) for name, variable in found.items()}
    return formula.subs(numbers), {name: symbol for name, symbol in symbols.items() if name in free}


def _constants(part: Any, text: str, names: Iterable[str], namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Brian2's variables of these names in a text, none of which changes in a run."""
    try:
        found: dict[str, Any] = part.resolve_all(set(names), namespace)
    except KeyError as error:
        was = f"has not all of them: {error.args[0]}"
        raise checks.refusal("namespace", f"hold the constants {', '.join(sorted(names))}", was) from None
    equations = getattr(part, "user_equations", getattr(part, "equations", {}))  # a group adds its own
    own = {name for name, one in equations.items() if one.type == "parameter" and "linked" not in one.flags}
    for name, variable in sorted(found.items()):
        if name not in own and not getattr(variable, "constant", False):
            raise _refused(part, f"has {text!r}, of which {name} is an expression or changes with time")
    return found


def _linear(part: Any, text: str, free: set[str], namespace: Mapping[str, Any]) -> dict[str, float]:
    """The coefficients of a linear expression, that of "" being its constant."""
    formula, symbols = _expression(part, text, free, namespace)
    try:
        slopes = {name: float(formula.diff(symbol)) for name, symbol in symbols.items()}
        return {"": float(formula.subs(dict.fromkeys(symbols.values(), 0))), **slopes}
    except (TypeError, AttributeError):  # AttributeError: a comparison has no slope
        raise _refused(part, f"has {text!r}, which is not linear") from None


def _cell(group: Any, namespace: Mapping[str, Any]) -> _Cell:
    """The equations of a group."""
    method = group.method_choice  # a tuple, of which Brian2 takes the first that can solve the equations, unless named
    if (method[0] if isinstance(method, tuple) else method) not in (None, "exact", "linear"):
        raise _refused(group, f"is solved by {method!r}")
    if not group.events:
        raise _refused(group, "has no threshold")
    equations = dict(group.user_equations.get_substituted_expressions(group.variables))
    names = set(group.equations.diff_eq_names)
    if "v" not in names or group.equations.is_stochastic:
        raise _refused(group, "has no equation dv/dt" if "v" not in names else "has noise")
    slopes = {name: _linear(group, equations[name].code, names, namespace) for name in names}
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
    refractory = _refractory(group, step)
    wait = max(refractory - step, 0.0)  # Brian2 counts the step of the spike
    onto = {wire.current for wire in wires}
    if None in onto:
        if len(onto) > 1 or not math.isclose(ends[1], cell.level, abs_tol=1e-9):
            raise _refused(group, "gets 'v +=' beside currents, or is reset to elsewhere than where it rests")
        wait = max(refractory, step)  # what arrives with a spike is lost, by its reset
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


def _refractory(group: Any, step: float) -> float:
    """How long v of a group waits, and nothing else, ms."""
    given = group._refractory  # noqa: SLF001 (no public name)
    if given is False:
        return 0.0
    if isinstance(given, str) or np.size(given) != 1:
        raise _refused(group, "has a refractory time that is not one number")
    held = {name for name in group.equations.diff_eq_names if "unless refractory" in group.equations[name].flags}
    if held - {"v"}:
        raise _refused(group, f"has d{min(held - {'v'})}/dt '(unless refractory)', which is of v alone here")
    if float(given) * 1000 > step and not held:
        raise _refused(group, "is refractory without '(unless refractory)'")
    if group.variables["lastspike"].get_value().max() + float(given) > 0:
        raise _refused(group, "begins with a spike (lastspike)")
    return float(given) * 1000


def _wires(s: Any, names: set[str], cells: dict[str, _Cell], namespace: Mapping[str, Any], step: float) -> list[_Wire]:
    """Synapses, apart by sign and delay."""
    pre, post = s.source.name, s.target.name
    if pre not in names or post not in cells:
        raise _refused(s, f"joins {pre} to {post}, of which one is part of a group, or not in the network")
    pathways = list(s._pathways)  # noqa: SLF001 (no public name)
    adds = re.fullmatch(r"\s*(\w+?)(?:_post)?\s*\+=\s*([^\n;]+?)\s*", pathways[0].code) if len(pathways) == 1 else None
    if adds is None or pathways[0].prepost != "pre":
        raise _refused(s, "learns, or does something else than to add a number when its source spikes")
    if adds[1] != "v" and adds[1] not in cells[post].tau:
        raise _refused(s, f"adds to {adds[1]}, which is no current of {post}")
    current = None if adds[1] == "v" else adds[1]
    scale = cells[post].gain[current] if current else _unit(cells[post].group)
    weight = _per_synapse(s, adds[2], namespace) * scale
    delays = pathways[0].variables["delay"].get_value() * 1000 / step
    if np.any(np.abs(delays % 1 - 0.5) < CLOSE):
        raise _refused(s, "has a delay half way between two steps, which Brian2 rounds up if compiled, else to even")
    late = np.broadcast_to(np.rint(delays).astype(int), len(s))
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
    from sympy import lambdify

    formula = _parsed(s, text)
    names = sorted(symbol.name for symbol in formula.free_symbols)
    found = _constants(s, text, names, namespace)
    for name in names:
        if not found[name].scalar and s.variables.indices[name] != "_idx":
            raise _refused(s, f"adds {text!r}, of which {name} is no number of the synapse")
    values = [np.asarray(found[name].get_value(), float) for name in names]
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
