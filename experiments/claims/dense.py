"""Claims about dense Hebbian networks: P-body interactions and their exponential limit."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from neuromem import metrics, patterns, theory
from neuromem.experiments.claims.claim import Answer, claim, share
from neuromem.models import make

KROTOV = "Krotov & Hopfield 2016, NeurIPS"
KROTOV_LINK = "arXiv:1606.01164"
GARDNER = "Gardner 1987, Journal of Physics A 20, 3453; Abbott & Arian 1987, Physical Review A 36, 5091 (equations)"
GARDNER_DOI = "10.1088/0305-4470/20/11/046"
REM = "Lucibello & Mézard 2024, Physical Review Letters 132, 077301"
REM_DOI = "10.1103/PhysRevLett.132.077301"
SOLVED = "two numerical solutions of the same equations"


@claim(
    "P40",
    "With all indices distinct, retrieval at temperature 0 ends at loads 0.1261, 0.032977 and 0.001314 for P = 3, 4, 6.",
    GARDNER,
    link=GARDNER_DOI,
    standing="simulation",
    published=(0.1261, 0.032977, 0.001314),
    within="0.05%",
    why=SOLVED + ", printed with four digits",
    cost="instant",
)
def distinct_spinodal() -> Answer:
    return [theory.dense.critical_load(order) for order in (3, 4, 6)]


@claim(
    "P41",
    "With all indices, retrieval at temperature 0 ends at loads 0.084063, 0.013191 and 0.00016686 for P = 3, 4, 6.",
    KROTOV + " (their energy; replica-symmetric equations)",
    link=KROTOV_LINK,
    standing="simulation",
    published=(0.084063, 0.013191, 0.00016686),
    within="0.01%",
    why=SOLVED,
    cost="instant",
)
def full_spinodal() -> Answer:
    return [theory.dense.critical_load(order, interactions="full") for order in (3, 4, 6)]


def _edge(exists: Callable[[float], bool]) -> float:
    """The temperature below 1 where `exists(temperature)` ends."""
    low, high = 0.05, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if exists(middle) else (low, middle)
    return low


@claim(
    "P42",
    "Without load the largest retrieval temperature of P = 4 is 0.49579.",
    "exact: mean field without disorder",
    standing="exact",
    published=0.495786,
    within=5e-4,
    why="the edge is found by halving",
    cost="seconds",
    independent=lambda: _unloaded_edge(),
)
def largest_temperature() -> Answer:
    return _edge(lambda temperature: theory.dense.critical_load(4, temperature) > 0)


def _unloaded_edge() -> float:
    """The largest T at which m = tanh(m^3 / T) has a solution above 0: max m^3 / artanh m."""
    m = np.linspace(0.5, 0.99999, 2_000_001)
    return float((m**3 / np.arctanh(m)).max())


@claim(
    "P43",
    "Without load the retrieval state of P = 4 is the ground state below temperature 0.36295.",
    "exact: mean field without disorder",
    standing="exact",
    published=0.362949,
    within=5e-4,
    why="the edge is found by halving",
    cost="seconds",
    independent=lambda: _unloaded_transition(),
)
def transition_temperature() -> Answer:
    return _edge(lambda temperature: theory.dense.transition_load(4, temperature) > 0)


def _unloaded_transition() -> float:
    """The T at which m = tanh(m^3 / T) has the free energy -T ln 2 of m = 0.

    Its own is 3 m^4 / 4 - T ln 2 cosh(m^3 / T).
    """

    def difference(temperature: float) -> float:
        m = 1.0
        for _ in range(2000):
            m = math.tanh(m**3 / temperature)
        return 0.75 * m**4 - temperature * math.log(math.cosh(m**3 / temperature))

    return float(brentq(difference, 0.3, 0.45))


@claim(
    "P45",
    "At temperature 0.3, P = 4 distinct: retrieval ends at load 0.036522, and is the ground state below 0.018462.",
    "independent solution, one step of replica symmetry breaking for the glass",
    standing="simulation",
    published=(0.036522, 0.018462),
    within="1%",
    why=SOLVED,
    cost="seconds",
)
def warm_loads() -> Answer:
    return theory.dense.critical_load(4, 0.3), theory.dense.transition_load(4, 0.3)


@claim(
    "P47",
    "Errors of one update: 0.0049 (n = 2, N = 400, K = 60), 0.0271 (3, 100, 900), 0.0206 (4, 100, 16000).",
    KROTOV + ", equation of P_error",
    link=KROTOV_LINK,
    published=(0.0049, 0.0271, 0.0206),
    within="2%",
    why="rounding in print",
    cost="instant",
)
def one_step_errors() -> Answer:
    return [theory.dense.one_step_error(n, k, units) for n, units, k in ((2, 400, 60), (3, 100, 900), (4, 100, 16000))]


@claim(
    "P48",
    "Errors of one update measured by brute force, n = 3, N = 100, K = 900.",
    KROTOV + ", energy of F(x) = x^3",
    link=KROTOV_LINK,
    published=0.0271,
    within=0.006,
    why="three standard errors, and the formula is for large N",
    cost="seconds",
)
def one_step_errors_measured(seed: int) -> Answer:
    wrong = asked = 0
    for k in range(6):
        items = patterns.random(900, 100, rng=seed + k).astype(float)
        overlaps = items @ items.T
        for i in range(100):
            without = overlaps - np.outer(items[:, i], items[:, i])
            wrong += int((np.sign(_field(without, items[:, i])) != items[:, i]).sum())
            asked += len(items)
    return share(wrong, asked)


def _field(without: np.ndarray, column: np.ndarray) -> np.ndarray:
    """E(-1) - E(+1) of a unit for every item as state: sum_mu (y + x_mu)^3 - (y - x_mu)^3."""
    return ((without + column) ** 3 - (without - column) ** 3).sum(1)


@claim(
    "P49",
    "Half a per cent of one-step errors is reached at a load of 0.14 to 0.15 for n = 2.",
    KROTOV + ": K = 0.14 N",
    link=KROTOV_LINK,
    published=0.15,
    within=0.002,
    why="the value that the formula gives is 0.1507",
    cost="instant",
)
def load_of_half_a_percent() -> Answer:
    units = 10**6
    return brentq(lambda load: theory.dense.one_step_error(2, round(load * units), units) - 0.005, 0.05, 0.5)


@claim(
    "P50",
    "The exponential network holds exp(N ln 2 / 2) items so that all are stable.",
    "Demircigil, Heusel, Löwe, Upgang & Vermet 2017, Journal of Statistical Physics 168, 288",
    link="10.1007/s10955-017-1806-y",
    published=math.log(2) / 2,
    within=1e-5,
    why="a closed form",
    cost="instant",
)
def exponential_load() -> Answer:
    return theory.dense.exponential_load(1, every=True)


@claim(
    "P51",
    "The exponential network of 30 units with 8103 items, exp(0.3 N), mends one flipped unit.",
    "Demircigil, Heusel, Löwe, Upgang & Vermet 2017, Journal of Statistical Physics 168, 288",
    link="10.1007/s10955-017-1806-y",
    published=1.0,
    within=0.03,
    why="three standard errors, and finite size",
    cost="seconds",
)
def exponential_mends(seed: int) -> Answer:
    items = patterns.random(8103, 30, rng=seed)
    asked = items[:200]
    flipped = asked.copy()
    flipped[np.arange(200), np.random.default_rng(seed).integers(30, size=200)] *= -1
    right = metrics.exact(make("dense_hebbian:order=exponential", 30).store(items).recall(flipped), asked)
    return share(int(right.sum()), 200)


@claim(
    "P52",
    "Thresholds exp(alpha N) of the exponential network with weight exp(lambda N m): alpha of lambda 0.5, 1, 1.5, 2.",
    REM,
    link=REM_DOI,
    standing="exact",
    published=(0.37989, 0.56622, 0.64456, 0.67500),
    within=1e-5,
    why="lambda - ln cosh lambda",
    cost="instant",
)
def random_energy_loads() -> Answer:
    return [theory.dense.exponential_load(steepness) for steepness in (0.5, 1.0, 1.5, 2.0)]


@claim(
    "P53",
    "Of exp(0.4 N) and exp(0.5 N) items of 24 units, a share of 1 and 0.9 are stable.",
    REM + "; independent simulation",
    link=REM_DOI,
    standing="simulation",
    published=(1.0, 0.9),
    within=0.06,
    why="three standard errors of 300 items",
    cost="minutes",
)
def exponential_stability(seed: int) -> Answer:
    stay = []
    for alpha in (0.4, 0.5):
        items = patterns.random(round(math.exp(alpha * 24)), 24, rng=seed)
        asked = items[:300]
        stay.append(int(metrics.exact(make("dense_hebbian:order=exponential", 24).store(items).recall(asked), asked).sum()))
    return share(stay, 300)
