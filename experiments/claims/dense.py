"""Claims about dense Hebbian networks: P-body interactions and their exponential limit."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from neuromem import metrics, patterns, theory
from neuromem.experiments.claims.claim import EXACT, PRINTED, SOLVED, Answer, Paper, claim, mean, share
from neuromem.models import make
from neuromem.models.dense_hebbian import DenseHebbian

KROTOV = Paper("Krotov & Hopfield 2016, NeurIPS", "arXiv:1606.01164")
GARDNER = Paper("Gardner 1987, Journal of Physics A 20, 3453", "10.1088/0305-4470/20/11/046") + " (equations, solved again)"
REM = Paper("Lucibello & Mézard 2024, Physical Review Letters 132, 077301", "10.1103/PhysRevLett.132.077301")
DEMIRCIGIL = Paper(
    "Demircigil, Heusel, Löwe, Upgang & Vermet 2017, Journal of Statistical Physics 168, 288", "10.1007/s10955-017-1806-y"
)
GROSS = Paper("Gross & Mézard 1984, Nuclear Physics B 240, 431", "10.1016/0550-3213(84)90237-2")


def largest(order: int) -> float:
    """The maximum of erf(x)^(2P - 2) / (2 x^2), where m = erf(m^(P-1) / sqrt(2 a)) ends."""
    x = np.linspace(0.5, 4, 700_001)
    erf = np.array([math.erf(one) for one in x[::10]])
    return float((np.interp(x, x[::10], erf) ** (2 * order - 2) / (2 * x**2)).max())


@claim(
    "P40",
    GARDNER,
    standing="simulation",
    published=(0.1261, 0.032977, 0.001314),
    within="0.05%",
    why=SOLVED + ", printed with four digits",
    cost="instant",
    independent=lambda: [largest(order) / math.factorial(order - 1) for order in (3, 4, 6)],
)
def distinct_spinodal() -> Answer:
    """With distinct indices retrieval at temperature 0 ends at loads 0.1261, 0.032977 and
    0.001314 for P = 3, 4 and 6."""
    return [theory.dense.critical_load(order) for order in (3, 4, 6)]


@claim(
    "P41",
    KROTOV + " (their energy; replica-symmetric equations)",
    standing="simulation",
    published=(0.084063, 0.013191, 0.00016686),
    within="0.01%",
    why=SOLVED,
    cost="instant",
    independent=lambda: [largest(order) / math.prod(range(1, 2 * order - 2, 2)) for order in (3, 4, 6)],
)
def full_spinodal() -> Answer:
    """With all indices retrieval at temperature 0 ends at loads 0.084063, 0.013191 and
    0.00016686 for P = 3, 4 and 6."""
    return [theory.dense.critical_load(order, interactions="full") for order in (3, 4, 6)]


def _edge(exists: Callable[[float], bool]) -> float:
    """The temperature below 1 where `exists(temperature)` ends."""
    low, high = 0.05, 1.0
    for _ in range(16):
        middle = (low + high) / 2
        low, high = (middle, high) if exists(middle) else (low, middle)
    return low


@claim(
    "P42",
    "exact: mean field without disorder",
    standing="exact",
    published=0.495786,
    within=5e-4,
    why="the edge is found by halving",
    cost="seconds",
    independent=lambda: _unloaded_edge(),
)
def largest_temperature() -> Answer:
    """Without load the largest temperature at which P = 4 retrieves is 0.49579."""
    return _edge(lambda temperature: theory.dense.critical_load(4, temperature) > 0)


def _unloaded_edge() -> float:
    """The largest temperature at which m = tanh(m^3 / T) has a solution above 0: the maximum of
    m^3 / artanh m."""
    m = np.linspace(0.5, 0.99999, 2_000_001)
    return float((m**3 / np.arctanh(m)).max())


@claim(
    "P43",
    "exact: mean field without disorder",
    standing="exact",
    published=0.362949,
    within=5e-4,
    why="the edge is found by halving",
    cost="seconds",
    independent=lambda: _unloaded_transition(),
)
def transition_temperature() -> Answer:
    """Without load the retrieval state of P = 4 is the ground state below temperature 0.36295."""
    return _edge(lambda temperature: theory.dense.transition_load(4, temperature) > 0)


def _unloaded_transition() -> float:
    """Where the free energy of m = tanh(m^3 / T), 3 m^4 / 4 - T ln 2 cosh(m^3 / T), equals that
    of m = 0, -T ln 2."""

    def difference(temperature: float) -> float:
        m = 1.0
        for _ in range(2000):
            m = math.tanh(m**3 / temperature)
        return 0.75 * m**4 - temperature * math.log(math.cosh(m**3 / temperature))

    return float(brentq(difference, 0.3, 0.45))


@claim(
    "P44",
    GROSS + " (p-spin glass with one step of replica symmetry breaking; constants of the literature)",
    standing="memory",
    published=(0.6512, 0.6166),
    within=5e-4,
    why=SOLVED,
    cost="seconds",
)
def glass_temperature() -> Answer:
    """The p-spin glass of energy variance N / 2 freezes at temperature 0.6512 for p = 3 and
    0.6166 for p = 4, and the dense network's glass is that one."""
    return [theory.dense.glass_temperature(p, 1.0) / math.sqrt(2 * math.factorial(p) / p**2) for p in (3, 4)]


@claim(
    "P45",
    "independent solution, one step of replica symmetry breaking for the glass",
    standing="simulation",
    published=(0.036522, 0.018462),
    within="1%",
    why=SOLVED,
    cost="seconds",
)
def warm_loads() -> Answer:
    """At temperature 0.3 and P = 4 with distinct indices retrieval ends at load 0.036522 and is
    the ground state below 0.018462."""
    return theory.dense.critical_load(4, 0.3), theory.dense.transition_load(4, 0.3)


@claim(
    "P46",
    "independent heat bath at 200 units (0.9898); " + GARDNER,
    standing="exact",
    published=0.9896,
    within=0.006,
    why="the median of 12 recalls at 140 units; the mean would be dragged by single escapes",
    cost="minutes",
)
def warm_overlap(seed: int) -> Answer:
    """At temperature 0.3, reduced load 0.06 and P = 4 with distinct indices the overlap is
    0.9896."""
    units = 140
    items = patterns.random(round(0.06 * units**3 / 6), units, rng=seed)
    memory = make("dense_hebbian:order=4:interactions=distinct:temperature=0.3:steps=40", units, rng=seed).store(items)
    return float(np.median(metrics.overlap(memory.recall(items[:12]), items[:12])))


@claim("P47", KROTOV + ", equation of P_error", published=(0.0049, 0.0271, 0.0206), within="2%", why=PRINTED, cost="instant")
def one_step_errors() -> Answer:
    """A first update is wrong with probability 0.0049 at n = 2, N = 400, K = 60; 0.0271 at 3,
    100, 900; 0.0206 at 4, 100, 16000, where K is the number of the other items."""
    asked = ((2, 400, 60), (3, 100, 900), (4, 100, 16000))
    return [theory.dense.one_step_error(n, k + 1, units) for n, units, k in asked]


@claim(
    "P48",
    KROTOV + ", energy of F(x) = x^3",
    published=0.0271,
    within=0.006,
    why="three standard errors, and the formula is for large N",
    cost="minutes",
)
def one_step_errors_measured(seed: int) -> Answer:
    """Of the units of 900 items of length 100, a share 0.0271 lowers the energy of n = 3 when it
    is flipped."""
    wrong = []
    for k in range(3):
        items = patterns.random(900, 100, rng=seed + k)
        memory = DenseHebbian(100, order=3).store(items)
        states = np.repeat(items[:40], 101, 0).reshape(40, 101, 100)
        states[:, np.arange(100), np.arange(100)] *= -1  # the last of each 101 is the item itself
        energy = np.asarray(memory.energy(states.reshape(-1, 100))).reshape(40, 101)
        wrong.append((energy[:, :100] < energy[:, 100:]).mean(1))
    return mean(np.concatenate(wrong))


@claim(
    "P49",
    KROTOV + ", equation of P_error (solved)",
    standing="exact",
    published=0.1507,
    within=1e-4,
    why=PRINTED,
    cost="instant",
    independent=lambda: norm.isf(0.005) ** -2,
)
def load_of_half_a_percent() -> Answer:
    """Half a per cent of one-step errors is reached at a load of 0.1507 for n = 2, where
    retrieval itself ends at 0.14."""
    units = 10**6
    return brentq(lambda load: theory.dense.one_step_error(2, round(load * units), units) - 0.005, 0.05, 0.5)


@claim("P50", DEMIRCIGIL, published=math.log(2) / 2, within=1e-5, why=EXACT, cost="instant")
def exponential_load() -> Answer:
    """The exponential network holds exp(N ln 2 / 2) items so that all are stable."""
    return theory.dense.exponential_load(1, every=True)


@claim("P51", DEMIRCIGIL, published=1.0, within=0.03, why="three standard errors, and finite size", cost="minutes")
def exponential_mends(seed: int) -> Answer:
    """The exponential network of 30 units with 8103 items, exp(0.3 N), mends one flipped unit."""
    items = patterns.random(8103, 30, rng=seed)
    asked = items[:200]
    flipped = asked.copy()
    flipped[np.arange(200), np.random.default_rng(seed).integers(30, size=200)] *= -1
    right = metrics.exact(make("dense_hebbian:order=exponential", 30).store(items).recall(flipped), asked)
    return share(int(right.sum()), 200)


@claim(
    "P52",
    REM,
    standing="exact",
    published=(0.37989, 0.56622, 0.64456, 0.67500),
    within=1e-5,
    why="lambda - ln cosh lambda",
    cost="instant",
    independent=lambda: [x - math.log(math.cosh(x)) for x in (0.5, 1.0, 1.5, 2.0)],
)
def random_energy_loads() -> Answer:
    """Weights exp(lambda N m) hold exp(alpha N) spin items up to alpha = 0.37989, 0.56622,
    0.64456 and 0.67500 for lambda = 0.5, 1, 1.5 and 2."""
    return [theory.dense.exponential_load(steepness) for steepness in (0.5, 1.0, 1.5, 2.0)]


@claim(
    "P53",
    REM + "; independent simulation",
    standing="simulation",
    published=(1.0, 0.9),
    within=0.06,
    why="three standard errors of 300 items",
    cost="minutes",
)
def exponential_stability(seed: int) -> Answer:
    """Of exp(0.4 N) and exp(0.5 N) items of 24 units all and a share 0.9 are stable in the
    exponential network."""
    stay = []
    for alpha in (0.4, 0.5):
        items = patterns.random(round(math.exp(alpha * 24)), 24, rng=seed)
        asked = items[:300]
        stay.append(int(metrics.exact(make("dense_hebbian:order=exponential", 24).store(items).recall(asked), asked).sum()))
    return share(stay, 300)


@claim(
    "P54",
    REM + " (own solution for items on a sphere)",
    standing="exact",
    published=(0.38701, 0.62257, 0.90875),
    within=1e-5,
    why=EXACT,
    cost="instant",
    independent=lambda: [_spherical(steepness) for steepness in (0.5, 1.0, 2.0)],
)
def spherical_loads() -> Answer:
    """Items on a sphere are held up to alpha = 0.38701, 0.62257 and 0.90875 for lambda = 0.5, 1
    and 2."""
    return [theory.dense.exponential_load(steepness, "spherical") for steepness in (0.5, 1.0, 2.0)]


def _spherical(steepness: float) -> float:
    """The load at which the largest of alpha + ln(1 - m^2) / 2 + lambda m over m is lambda."""
    m = np.linspace(0, 1, 1_000_001)[:-1]
    return float(steepness - (np.log1p(-(m**2)) / 2 + steepness * m).max())


@claim(
    "P55",
    REM + " (own solution for normal items)",
    standing="exact",
    published=(0.375, 0.5, 0.5),
    within=1e-9,
    why=EXACT,
    cost="instant",
)
def normal_loads() -> Answer:
    """Normal items are held up to alpha = lambda - lambda^2 / 2, and 1/2 from lambda = 1: 0.375,
    0.5 and 0.5 for 0.5, 1 and 2."""
    return [theory.dense.exponential_load(steepness, "gaussian") for steepness in (0.5, 1.0, 2.0)]
