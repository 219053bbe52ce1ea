"""Claims about spiking cells and sparse networks of them."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from neuromem.experiments import brunel
from neuromem.experiments.claims.claim import PRINTED, Answer, Measured, Paper, claim
from neuromem.spiking import LIF, AdEx, Circuit, Izhikevich, Population, fast
from neuromem.spiking.cells import Cell
from neuromem.theory import integrate_and_fire

BRUNEL = Paper("Brunel 2000, Journal of Computational Neuroscience 8, 183", "10.1023/A:1008925309027")
RUNS = Paper("an independent simulation of the network of " + str(BRUNEL) + " over 0.5 s", BRUNEL.link)
WATCHED = {
    "asynchronous irregular": 1500.0,
    "slow oscillation": 2000.0,
    "fast oscillation": 500.0,
    "synchronous regular": 200.0,
}


@functools.cache
def seen(state: str, seed: int) -> dict[str, Any]:
    """What the network of 12,500 cells does in one of the four states."""
    circuit = brunel.network(12500, *brunel.STATES[state], 0.1, 10.0, seed)
    return brunel.read(fast.run(circuit, 200 + WATCHED[state], rng=seed), 200.0, WATCHED[state])


def rates(seed: int, *states: str) -> Measured:
    """Rates of the excitatory cells, with their standard errors over windows."""
    found = [seen(state, seed) for state in states]
    return Measured(np.array([one["rate"] for one in found]), np.array([one["rate_error"] for one in found]))


@claim(
    "B18",
    BRUNEL + ", figure 8C",
    standing="memory",
    published=37.7,
    within=0.9,
    why="the paper watched less than a second, in which the rate of the network has a standard error of 0.3 Hz",
    cost="minutes",
)
def asynchronous_rate(seed: int) -> Answer:
    """At g = 5 and eta = 2 a network of 12,500 cells fires asynchronously and irregularly, at
    37.7 Hz."""
    return rates(seed, "asynchronous irregular")


@claim(
    "B18b",
    BRUNEL + ", figure 8B and 8D",
    standing="memory",
    published=(60.7, 5.5),
    within=(3.0, 0.7),
    why="the paper watched less than a second of an oscillation",
    cost="minutes",
)
def oscillating_rates(seed: int) -> Answer:
    """The network oscillates fast at g = 6 and eta = 4, its cells at 60.7 Hz, and slowly at g = 4.5
    and eta = 0.9, its cells at 5.5 Hz."""
    return rates(seed, "fast oscillation", "slow oscillation")


@claim(
    "B18c",
    RUNS,
    standing="simulation",
    published=(37.9, 58.3, 5.67, 330.0),
    within=(1.0, 2.0, 0.7, 4.0),
    why="three standard errors of half a second there, and of ours",
    cost="minutes",
)
def all_rates(seed: int) -> Answer:
    """The rates are 37.9 Hz in the asynchronous irregular state, 58.3 and 5.67 Hz in the fast and
    the slow oscillation, and 330 Hz in the synchronous regular state."""
    return rates(seed, "asynchronous irregular", "fast oscillation", "slow oscillation", "synchronous regular")


@claim(
    "B18d",
    RUNS,
    standing="simulation",
    published=(0.41, 0.69, 0.0),
    within=(0.03, 0.05, 0.02),
    why="the intervals of half a second",
    cost="minutes",
)
def irregularity(seed: int) -> Answer:
    """A cell's intervals have a coefficient of variation of 0.41 in the asynchronous state, 0.69 in
    the fast oscillation, and 0 in the synchronous regular state."""
    states = "asynchronous irregular", "fast oscillation", "synchronous regular"
    return [seen(state, seed)["variation"] for state in states]


@claim(
    "B18e",
    RUNS,
    standing="simulation",
    published=(185.0, 17.0),
    within=(12.0, 6.0),
    why="the resolution of half a second, and the width of the peaks",
    cost="minutes",
)
def frequencies(seed: int) -> Answer:
    """The rate of the network oscillates at 185 Hz in the fast and at 17 Hz in the slow state, both
    far from the rates of its cells."""
    return [seen(state, seed)["frequency"] for state in ("fast oscillation", "slow oscillation")]


@claim(
    "B18f", BRUNEL + ", figure 8", standing="memory", published=(55.8, 38.0, 6.5), within=0.06, why=PRINTED, cost="instant"
)
def mean_field() -> Answer:
    """Mean field gives 55.8 Hz at g = 6 and eta = 4, 38.0 Hz at 5 and 2, and 6.5 Hz at 4.5 and
    0.9."""
    return [integrate_and_fire.balanced_rate(g, eta) for g, eta in ((6.0, 4.0), (5.0, 2.0), (4.5, 0.9))]


def independent_mean_field() -> list[float]:
    """The fixed points by the trapezium rule and by relaxation, without quad and brentq."""
    from scipy.special import erfc

    found = []
    for g, eta, reset in ((5.0, 2.0, 0.0), (6.0, 4.0, 0.0), (4.5, 0.9, 0.0), (3.0, 2.0, 10.0)):
        nu = 0.02
        for _ in range(1000):
            mu = 100 * 20 * (eta * 0.01 + nu * (1 - g / 4))
            s = np.sqrt(0.01 * 1000 * 20 * (eta * 0.01 + nu * (1 + g**2 / 4)))
            u = np.linspace((reset - mu) / s, (20 - mu) / s, 4001)
            rate = 1 / (2 + 20 * np.sqrt(np.pi) * np.trapezoid(np.exp(u**2) * erfc(-u), u))
            nu += 0.05 * (rate - nu)
        found.append(1000 * float(nu))
    return found


@claim(
    "B18g",
    "NEST's example brunel_delta_nest, whose reset is 0 (own derivation)",
    standing="exact",
    published=(32.03, 49.15, 5.83, 327.0),
    within=(0.006, 0.006, 0.006, 0.06),
    why=PRINTED,
    cost="instant",
    independent=independent_mean_field,
)
def other_mean_field() -> Answer:
    """With a reset of 0, as in NEST's example, mean field gives 32.03, 49.15 and 5.83 Hz at (5, 2),
    (6, 4) and (4.5, 0.9); with one of 10 mV it gives 327.0 Hz at (3, 2)."""
    points = ((5.0, 2.0, 0.0), (6.0, 4.0, 0.0), (4.5, 0.9, 0.0), (3.0, 2.0, 10.0))
    return [integrate_and_fire.balanced_rate(g, eta, reset=reset) for g, eta, reset in points]


@claim(
    "B18h",
    "the same circuit in NEST 3.10 over 2 s, where it has 45.80 Hz with a standard error of 1.08",
    standing="simulation",
    published=45.8,
    within=4.2,
    why="three standard errors of both",
    cost="seconds",
)
def small_network(seed: int) -> Answer:
    """A network of 2,500 cells with synapses of 0.5 mV fires at 45.8 Hz at g = 5 and eta = 2."""
    record = fast.run(brunel.network(2500, 5.0, 2.0, 0.5, 10.0, seed), 2200.0, rng=seed)
    found = brunel.read(record, 200.0, 2000.0)
    return Measured(np.array([found["rate"]]), np.array([found["rate_error"]]))


def trains(cells: Sequence[Cell], step_ms: float, duration_ms: float) -> list[np.ndarray]:
    """When each of some cells spikes, ms; they are not joined."""
    names = [f"{number:03d}" for number in range(len(cells))]
    parts = tuple(Population(name, 1, cell) for name, cell in zip(names, cells, strict=True))
    record = fast.run(Circuit(parts, step_ms=step_ms), duration_ms)
    return [record.time_ms[record.of(name)] for name in names]


NEST_CELL = LIF(cm=0.25, tau_m=10.0, tau_refrac=2.0, v_rest=-70.0, v_reset=-70.0, v_thresh=-55.0)  # by default


@claim(
    "B35",
    "NEST's iaf_psc_exp with its defaults, t_ref + h ceil(T / h) on the grid of 0.1 ms (own derivation)",
    standing="exact",
    published=(33.557, 62.893, 147.06, 0.0),
    within=0.006,
    why=PRINTED,
    cost="instant",
    independent=lambda: [1000 / (2 + 0.1 * np.ceil(100 * np.log(x / (x - 15)))) for x in (16.0, 20.0, 40.0)] + [0.0],
)
def current_frequency() -> Answer:
    """Currents of 400, 500 and 1000 pA fire an integrate-and-fire cell at 33.557, 62.893 and
    147.06 Hz, one of 370 pA never: a step finds the threshold at its end."""
    found = trains([replace(NEST_CELL, i_offset=current) for current in (0.4, 0.5, 1.0, 0.37)], 0.1, 2000.0)
    return [1000 * (len(train) - 1) / (train[-1] - train[0]) if len(train) else 0.0 for train in found]


IZHIKEVICH = Paper("Izhikevich 2003, IEEE Transactions on Neural Networks 14, 1569", "10.1109/TNN.2003.820440")
BRETTE = Paper("Brette & Gerstner 2005, Journal of Neurophysiology 94, 3637", "10.1152/jn.00686.2005")
KINDS = {  # a, b, c, d of the paper
    "regular spiking": (0.02, 0.2, -65.0, 8.0),
    "intrinsically bursting": (0.02, 0.2, -55.0, 4.0),
    "chattering": (0.02, 0.2, -50.0, 2.0),
    "fast spiking": (0.1, 0.2, -65.0, 2.0),
    "low threshold": (0.02, 0.25, -65.0, 2.0),
}


def simulation_of(paper: Paper, how: str) -> Paper:
    """The source of a number that nobody published, by the equations of a paper."""
    return Paper(f"an independent simulation of the equations of {paper} {how}", paper.link)


@claim(
    "B36",
    simulation_of(IZHIKEVICH, "in steps of 0.005 ms"),
    standing="simulation",
    published=(7.0, 22.0, 8.5, 32.0, 21.0, 85.0, 25.5, 135.5, 33.0, 74.5),
    within=(0.6, 0.6, 0.6, 0.6, 2.6, 2.6, 0.6, 0.6, 0.6, 0.6),
    why="counted over 2 s there and here: a spike more or less, and for chattering cells a burst",
    cost="seconds",
)
def izhikevich_rates() -> Answer:
    """Drives of 4 and 10 fire regular spiking cells at 7.0 and 22.0 Hz, intrinsically bursting ones
    at 8.5 and 32.0, chattering ones at 21 and 85, fast spiking ones at 25.5 and 135.5, and low
    threshold ones at 33.0 and 74.5 Hz."""
    cells = [Izhikevich(*kind, i_offset=drive) for kind in KINDS.values() for drive in (4.0, 10.0)]
    return [float((train >= 500).sum() / 2) for train in trains(cells, 0.005, 2500.0)]


@claim("B37", IZHIKEVICH + ", figure 2", published=(0, 1, 1, 0), within=0, why="yes or no", cost="instant")
def izhikevich_patterns() -> Answer:
    """Under a drive of 10 a regular spiking cell never bursts (0), an intrinsically bursting one
    bursts once and then spikes regularly (1), a chattering one bursts again and again (1), and a
    fast spiking one keeps its rate (0)."""
    cells = [Izhikevich(*kind, i_offset=10.0) for kind in KINDS.values()]
    regular, bursting, chattering, quick, _ = map(np.diff, trains(cells, 0.1, 1000.0))
    return [
        float((regular[2:] < 0.5 * np.median(regular)).any()),
        float(bursting[0] < 0.3 * np.median(bursting) and bursting[5:].std() < 0.05 * bursting[5:].mean()),
        float(chattering[20:].max() > 4 * chattering[20:].min()),
        float(quick[5:].max() > 1.2 * quick[5:].min()),
    ]


@claim(
    "B38",
    simulation_of(BRETTE, "by Euler's rule in steps of 0.01 ms"),
    standing="simulation",
    published=(0.0, 4.0, 7.7, 15.0, 27.7, 56.3),
    within=(0.0, 0.4, 0.4, 0.4, 0.4, 0.6),
    why="spikes of 3 s, and another rule in steps of 0.02 ms",
    cost="seconds",
)
def adaptive_rates() -> Answer:
    """Under 500, 650, 700, 800, 1000 and 1500 pA the cell of the paper fires at 0, 4.0, 7.7, 15.0,
    27.7 and 56.3 Hz once it has adapted."""
    currents = (0.5, 0.65, 0.7, 0.8, 1.0, 1.5)
    found = []
    for train in trains([AdEx(i_offset=current) for current in currents], 0.02, 3000.0):
        late = train[train >= 1000]
        found.append(1000 * (len(late) - 1) / (late[-1] - late[0]) if len(late) > 1 else 0.0)
    return found


@claim(
    "B39",
    simulation_of(BRETTE, "by Euler's rule in steps of 0.01 ms"),
    standing="simulation",
    published=(49.5, 31.7, 17.7, 6.7),
    within=(0.3, 0.1, 0.1, 0.1),
    why="rounding there, and another rule",
    cost="seconds",
)
def first_spikes() -> Answer:
    """The first spike under 600, 650, 800 and 1500 pA comes after 49.5, 31.7, 17.7 and 6.7 ms; 600
    pA give no second one."""
    lone, *others = trains([AdEx(i_offset=current) for current in (0.6, 0.65, 0.8, 1.5)], 0.01, 400.0)
    return [lone[0] if len(lone) == 1 else np.nan, *(train[0] for train in others)]


@claim(
    "B40",
    Paper("Naud, Marcille, Clopath & Gerstner 2008, Biological Cybernetics 99, 335", "10.1007/s00422-008-0264-7"),
    published=(1, 1, 1),
    within=0,
    why="yes or no",
    cost="instant",
)
def adaptive_patterns() -> Answer:
    """A step of current makes the adaptive exponential cell spike tonically where nothing adapts,
    ever more slowly where spikes adapt it, and in bursts where its reset is above the threshold."""
    cell = AdEx(i_offset=0.8)
    bursts = replace(cell, b=0.5, tau_w=20.0, v_reset=cell.v_thresh + 5.0)
    kinds = trains([replace(cell, a=0.0, b=0.0), cell, bursts], 0.05, 800.0)
    tonic, adapting, bursting = map(np.diff, kinds)
    return [
        float(np.ptp(tonic) < 0.11),
        float((np.diff(adapting[:6]) > 0).all() and adapting[-1] > 1.5 * adapting[0]),
        float(bursting[4:].max() > 4 * bursting[4:].min()),
    ]
