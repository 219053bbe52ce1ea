"""A spiking circuit as data: populations, projections, inputs. It prints as tables, and is saved to and loaded from JSON.

One lattice of steps of dt. A leaky integrate-and-fire cell with exponential currents, v measured from rest, R = tau_m / cm:

    I  = Ie - Ii + I_offset + noise * xi                                                       (1)
    v <- R I + (v - R I) exp(-dt / tau_m)                        skipped while refractory      (2)
    Ie <- Ie exp(-dt / tau_syn_e),  Ii <- Ii exp(-dt / tau_syn_i)                              (3)
    spike if v >= v_thresh; then v <- v_reset and the next tau_refrac / dt steps skip (2)      (4)
    a spike at t raises the current of its target by w k at the end of step t + delay - dt,
    so that v first sees it at t + delay;  k = (tau_syn / dt) (1 - exp(-dt / tau_syn))         (5)

w, I nA; v mV; times ms; cm nF; xi an independent standard normal number for each cell and step. This is the scheme of
sPyNNaker's `IF_curr_exp` (Rhodes et al. 2018, Front. Neurosci. 12:816), with the meaning that PyNN gives to a delay.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from neuromem import checks

from . import _text


def _freeze(part: Any, *names: str) -> None:
    """Turns lists and arrays among the fields of a frozen dataclass into tuples."""
    for name in names:
        value = getattr(part, name)
        if isinstance(value, list | np.ndarray):
            object.__setattr__(part, name, tuple(value.tolist() if isinstance(value, np.ndarray) else value))


@dataclass(frozen=True)
class LIF:
    """A leaky integrate-and-fire cell, equations (1) to (4). Times ms, potentials mV, cm nF, currents nA."""

    cm: float
    tau_m: float
    tau_refrac: float = 1.0
    tau_syn_e: float = 0.3
    tau_syn_i: float = 0.3
    v_rest: float = -60.0
    v_reset: float = -60.0
    v_thresh: float = -57.0
    i_offset: float = 0.0

    def __post_init__(self) -> None:
        for name in ("cm", "tau_m", "tau_syn_e", "tau_syn_i"):
            checks.real(name, getattr(self, name), above=0)
        checks.real("tau_refrac", self.tau_refrac, least=0)
        checks.real("v_thresh", self.v_thresh, above=max(self.v_rest, self.v_reset), way_out="set it above rest and reset")


@dataclass(frozen=True)
class Population:
    """`size` cells of one kind; cell=None: sources, which spike when the inputs say so. noise: its deviation in nA."""

    name: str
    size: int
    cell: LIF | None = None
    noise: float = 0.0

    def __post_init__(self) -> None:
        checks.whole(f"size of {self.name}", self.size)
        if not isinstance(self.cell, LIF | None):
            raise checks.refusal(f"cell of {self.name}", "be a LIF, or None for sources", f"was {self.cell!r}")
        checks.real(f"noise of {self.name}", self.noise, least=0)


@dataclass(frozen=True)
class STDP:
    """Pair rule with all-to-all traces, additive, clipped to [0, w_max] after every event.

    a spike of the source arrives:            w <- w - a_minus x_target;  x_source <- x_source + 1;  w is delivered      (6)
    a spike of the target, back_ms after it:  x_target <- x_target + 1;  w <- w + a_plus x_source                        (7)

    Traces decay as exp(-t / tau). In one step (7) comes before (6), so a tie counts as depression. Amplitudes in nA.

    gate: a population whose spikes stand for a neuromodulator. A spike of it at t clears the traces, and only from t to
    t + gate_ms, both included, do (6) and (7) change traces and weights; None: always.
    """

    tau_plus: float
    tau_minus: float
    a_plus: float
    a_minus: float
    w_max: float
    back_ms: float = 1.0
    gate: str | None = None
    gate_ms: float = 0.0

    def __post_init__(self) -> None:
        checks.real("gate_ms", self.gate_ms, least=0)
        for name in ("tau_plus", "tau_minus", "w_max"):
            checks.real(name, getattr(self, name), above=0)
        for name in ("a_plus", "a_minus"):
            checks.real(name, getattr(self, name), least=0)


@dataclass(frozen=True)
class Hebbian:
    """Clipped Hebbian: w <- w_max as soon as both sides have spiked within `window_ms`; it never falls.

    Times are those at the synapse: arrival for the source, back_ms after its spike for the target. gate as in STDP.
    """

    w_max: float
    window_ms: float
    back_ms: float = 1.0
    gate: str | None = None
    gate_ms: float = 0.0

    def __post_init__(self) -> None:
        checks.real("gate_ms", self.gate_ms, least=0)
        checks.real("w_max", self.w_max, above=0)
        checks.real("window_ms", self.window_ms, least=0)


@dataclass(frozen=True)
class Random:
    """Each pair is joined with `probability`, independently; the pairs depend on `seed` alone."""

    probability: float
    seed: int = 0

    def __post_init__(self) -> None:
        checks.fraction("probability", self.probability)
        checks.seed(self.seed)


@dataclass(frozen=True)
class Pairs:
    """Explicit pairs: pre[k] -> post[k]."""

    pre: tuple[int, ...]
    post: tuple[int, ...]

    def __post_init__(self) -> None:
        _freeze(self, "pre", "post")
        if len(self.pre) != len(self.post):
            raise checks.refusal("post", f"have {len(self.pre)} entries, one for each of pre", f"has {len(self.post)}")


Named = Literal["one-to-one", "all-to-all", "all-but-self"]
Pattern = Named | Random | Pairs


@dataclass(frozen=True)
class Projection:
    """Synapses from population `pre` to `post`; weight nA, one number or one for each synapse, never negative.

    The sign is the receptor's. A plastic projection starts from `weight`. label: tells two projections between the same
    populations with the same receptor apart.
    """

    pre: str
    post: str
    pattern: Pattern
    weight: float | tuple[float, ...]
    delay_ms: float = 1.0
    receptor: Literal["excitatory", "inhibitory"] = "excitatory"
    plasticity: STDP | Hebbian | None = None
    label: str = ""

    def __post_init__(self) -> None:
        _freeze(self, "weight")
        checks.choice(f"receptor of {self.name}", self.receptor, ("excitatory", "inhibitory"))
        if not isinstance(self.pattern, Random | Pairs):
            checks.choice(f"pattern of {self.name}", self.pattern, ("one-to-one", "all-to-all", "all-but-self"))
        lowest = min(self.weight, default=0.0) if isinstance(self.weight, tuple) else self.weight
        checks.real(f"weight of {self.name}", lowest, least=0, way_out="give its size; the receptor gives the sign")
        if self.plasticity:
            checks.real(f"weight of {self.name}", np.max(self.weight, initial=0.0), most=self.plasticity.w_max)

    @property
    def name(self) -> str:
        """'pre->post', or 'pre-|post' where it inhibits, and the label."""
        return f"{self.pre}{'->' if self.receptor == 'excitatory' else '-|'}{self.post}{self.label and ' ' + self.label}"


@dataclass(frozen=True)
class Input:
    """Spikes of a source population: neuron[k] at time_ms[k], or at the step nearest to it."""

    population: str
    neuron: tuple[int, ...]
    time_ms: tuple[float, ...]

    def __post_init__(self) -> None:
        _freeze(self, "neuron", "time_ms")
        if len(self.time_ms) != len(self.neuron):
            raise checks.refusal("time_ms", f"have {len(self.neuron)} entries, one a neuron", f"has {len(self.time_ms)}")


@dataclass(frozen=True)
class Circuit:
    """Populations, the projections between them and the spikes put in, on a lattice of `step_ms`.

    >>> cell = LIF(cm=0.27, tau_m=3.0)
    >>> print(Circuit((Population("In", 1), Population("Out", 2, cell)), (Projection("In", "Out", "all-to-all", 6.0),)))
    population  size  cell
    In             1  source
    Out            2  LIF(cm=0.27, tau_m=3.0)
    <BLANKLINE>
    projection  pattern     synapses  weight nA  delay ms  plasticity
    In->Out     all-to-all         2        6.0       1.0  -
    """

    populations: tuple[Population, ...]
    projections: tuple[Projection, ...] = ()
    inputs: tuple[Input, ...] = ()
    step_ms: float = 1.0

    def __post_init__(self) -> None:
        _freeze(self, "populations", "projections", "inputs")
        checks.real("step_ms", self.step_ms, above=0)
        checks.whole("number of populations", len(self.populations))
        for name in {*self.names} if len({*self.names}) < len(self.populations) else ():
            checks.whole(f"populations called {name!r}", self.names.count(name), most=1)
        names = [p.name for p in self.projections]
        for name in {*names}:
            checks.whole(f"projections called {name!r}", names.count(name), most=1, way_out="tell them apart by label=")
        for p in self.projections:
            for end in (p.pre, p.post):
                checks.choice(f"an end of {p.name}", end, self.names)
            if self[p.post].cell is None:
                raise checks.refusal(f"target of {p.name}", "be a population of cells", "was one of sources")
            self.steps(f"delay of {p.name}", p.delay_ms)
            if p.plasticity:
                self.steps(f"back_ms of {p.name}", p.plasticity.back_ms)
                if p.plasticity.gate is not None:
                    checks.choice(f"gate of {p.name}", p.plasticity.gate, self.names)
            if p.pattern in ("one-to-one", "all-but-self") and self[p.pre].size != self[p.post].size:
                sizes = f"were {self[p.pre].size} and {self[p.post].size}"
                raise checks.refusal(f"sizes of {p.name}", f"be equal for {p.pattern}", sizes)
            if isinstance(p.pattern, Pairs):
                for end, neurons in ((p.pre, p.pattern.pre), (p.post, p.pattern.post)):
                    for neuron in {min(neurons), max(neurons)} if neurons else ():
                        checks.whole(f"a neuron of {end} in {p.name}", neuron, least=0, most=self[end].size - 1)
            if isinstance(p.weight, tuple) and len(p.weight) != self.synapses(p):
                raise checks.refusal(f"weight of {p.name}", f"have {self.synapses(p)} entries", f"has {len(p.weight)}")

    @property
    def names(self) -> list[str]:
        return [p.name for p in self.populations]

    def __getitem__(self, name: str) -> Population:
        return next(p for p in self.populations if p.name == name)

    def steps(self, name: str, time_ms: float, least: int = 1) -> int:
        """`time_ms` as a whole number of steps, at least `least`."""
        way_out = f"give a multiple of the step, {self.step_ms:g} ms"
        steps = round(checks.real(name, time_ms, least=least * self.step_ms, way_out=way_out) / self.step_ms)
        if abs(steps * self.step_ms - time_ms) > 1e-6 * self.step_ms:
            raise checks.refusal(name, "lie on the lattice of steps", f"was {time_ms:g} ms", way_out)
        return steps

    def connections(self, projection: Projection) -> tuple[np.ndarray, np.ndarray]:
        """(pre, post), int64 (synapse,), of one projection, in the order of its weights."""
        m, n = self[projection.pre].size, self[projection.post].size
        match projection.pattern:
            case Pairs(pre, post):
                return np.array(pre, np.int64), np.array(post, np.int64)
            case Random(probability, seed):
                rng, rows = np.random.default_rng(seed), max(10**7 // n, 1)  # a block of rows at a time, to bound the memory
                tops = range(0, m, rows)
                blocks = [np.nonzero(rng.random((min(rows, m - top), n)) < probability) for top in tops]
                sources = [top + block[0] for top, block in zip(tops, blocks, strict=True)]
                return np.concatenate(sources), np.concatenate([block[1] for block in blocks])
            case "one-to-one":
                return np.arange(n), np.arange(n)
            case "all-to-all":
                return np.repeat(np.arange(m), n), np.tile(np.arange(n), m)
        others = np.argwhere(~np.eye(n, dtype=bool))
        return others[:, 0], others[:, 1]

    def synapses(self, projection: Projection) -> int:
        """Number of synapses of one projection; the expected one, without drawing them, where it is large and random."""
        m, n = self[projection.pre].size, self[projection.post].size
        if isinstance(projection.pattern, Random) and m * n > 10**8:
            return round(projection.pattern.probability * m * n)
        if isinstance(projection.pattern, Random | Pairs):
            return len(self.connections(projection)[0])
        return {"one-to-one": n, "all-to-all": m * n, "all-but-self": n * (n - 1)}[projection.pattern]

    def fits(self, copies: int = 1) -> None:
        """Refuses a circuit whose cells, synapses and plastic weights would not fit in this machine's memory."""
        cells = sum(p.size for p in self.populations)
        shared = sum(self.synapses(p) for p in self.projections)
        own = sum(self.synapses(p) for p in self.projections if p.plasticity)
        need, have = 40 * (cells + shared) + 8 * own * copies, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        if need > have:
            was = f"needs {need / 2**30:.1f} GiB for {cells} cells, {shared} synapses and {copies} copies"
            raise checks.refusal("circuit", f"fit in memory, {have / 2**30:.1f} GiB", was, "make it smaller or sparser")

    def to_json(self) -> str:
        """The circuit as JSON text; `Circuit.from_json` gives it back."""
        return _text.to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Circuit:
        """The circuit that `to_json` wrote.

        >>> circuit = Circuit((Population("In", 3),), inputs=(Input("In", (0, 2), (1.0, 4.0)),))
        >>> Circuit.from_json(circuit.to_json()) == circuit
        True
        """
        way_out = "make one with Circuit.to_json"
        try:
            circuit = _text.from_json(text, (LIF, Population, STDP, Hebbian, Random, Pairs, Projection, Input, cls))
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            was = f"can't be read ({type(error).__name__}: {error})"
            raise checks.refusal("text", "be a circuit in JSON", was, way_out) from None
        if not isinstance(circuit, cls):
            raise checks.refusal("text", "be a circuit in JSON", "is something else", way_out)
        return circuit

    def save(self, path: str | Path) -> Path:
        """Writes `to_json` to `path`, whole or not at all."""
        from neuromem import results  # brings xarray

        return results.write_whole(path, lambda beside: beside.write_text(self.to_json()))

    @classmethod
    def load(cls, path: str | Path) -> Circuit:
        """The circuit saved at `path`."""
        if not Path(path).is_file():
            raise checks.refusal("path", "be a saved circuit", f"{str(path)!r} does not exist", "make one with Circuit.save")
        return cls.from_json(Path(path).read_text())

    def __str__(self) -> str:
        """Two tables: populations and projections; parameters at their default are left out."""
        cells = [("population", "size", "cell")]
        for p in self.populations:
            noise = f" + {p.noise:g} nA noise" if p.noise else ""
            cells.append((p.name, str(p.size), _text.brief(p.cell or "source") + noise))
        wires = [("projection", "pattern", "synapses", "weight nA", "delay ms", "plasticity")]
        for q in self.projections:
            pattern = "pairs" if isinstance(q.pattern, Pairs) else _text.brief(q.pattern)
            weight = "various" if isinstance(q.weight, tuple) else str(q.weight)
            plasticity = _text.brief(q.plasticity or "-")
            wires.append((q.name, pattern, str(self.synapses(q)), weight, str(q.delay_ms), plasticity))
        return _text.table(cells, right={1}) + "\n\n" + _text.table(wires, right={2, 3, 4})
