"""The theory of the Hopfield network against published numbers, its own equations solved otherwise, and its limits."""

import time

import numpy as np
import pytest
from scipy import integrate

import neuromem as nm
from neuromem.theory import hopfield, sparse

# alpha, T_M, T_c, T_g, m at T_M; T_c = 0: the spin glass is the better state at every temperature
LINES = np.array(
    [
        (0.001, 0.93781, 0.91610, 1.03162, 0.3302),
        (0.0025, 0.90135, 0.86570, 1.05000, 0.4137),
        (0.005, 0.85999, 0.80736, 1.07071, 0.4895),
        (0.01, 0.80102, 0.72162, 1.10000, 0.5772),
        (0.02, 0.71648, 0.59130, 1.14142, 0.6766),
        (0.03, 0.65042, 0.47879, 1.17321, 0.7392),
        (0.04, 0.59357, 0.36523, 1.20000, 0.7848),
        (0.05, 0.54226, 0.21638, 1.22361, 0.8203),
        (0.06, 0.49448, 0.0, 1.24495, 0.8491),
        (0.08, 0.40457, 0.0, 1.28284, 0.8930),
        (0.10, 0.31543, 0.0, 1.31623, 0.9248),
        (0.12, 0.21509, 0.0, 1.34641, 0.9483),
        (0.13, 0.14892, 0.0, 1.36056, 0.9579),
        (0.135, 0.10061, 0.0, 1.36742, 0.9625),
    ]
)
COLD = {
    0.02: 1.000000, 0.05: 0.999992, 0.06: 0.999955, 0.08: 0.999557, 0.09: 0.999002, 0.10: 0.997999, 0.11: 0.996264,
    0.12: 0.993223, 0.125: 0.990805, 0.13: 0.987212, 0.135: 0.980791, 0.137: 0.975444, 0.1375: 0.972953,
}  # fmt: skip


def gaussian_mean(function):
    return integrate.quad(lambda z: function(z) * np.exp(-z * z / 2) / np.sqrt(2 * np.pi), -9, 9, limit=400)[0]


def test_critical_loads():
    assert hopfield.critical_load() == pytest.approx(0.137906, abs=1e-6)
    assert hopfield.overlap(hopfield.critical_load() - 1e-12) == pytest.approx(0.967417, abs=1e-5)
    assert hopfield.transition_load() == pytest.approx(0.051854, abs=1e-6)
    temperature = np.linspace(0, 0.1, 101)
    loads = hopfield.critical_load(temperature)
    assert loads.max() == pytest.approx(0.138189, abs=1e-6)
    assert temperature[loads.argmax()] == pytest.approx(0.0229, abs=1e-3)


def test_overlap_at_zero_temperature():
    assert hopfield.overlap(np.array(list(COLD))) == pytest.approx(np.array(list(COLD.values())), abs=1e-6)


def test_lines_of_the_phase_diagram():
    load, spinodal, transition, glass, overlap = LINES.T
    assert hopfield.retrieval_temperature(load) == pytest.approx(spinodal, abs=1.5e-5)
    assert hopfield.transition_temperature(load) == pytest.approx(transition, abs=1.5e-5)
    assert hopfield.glass_temperature(load) == pytest.approx(glass, abs=1e-5)
    assert hopfield.overlap(load, hopfield.retrieval_temperature(load) - 1e-8) == pytest.approx(overlap, abs=2e-3)


@pytest.mark.parametrize(("load", "temperature"), [(0.01, 0.7), (0.05, 0.5), (0.1, 0.2), (0.13, 0.05), (0.137, 0.01)])
def test_overlap_solves_the_saddle_point_equations(load, temperature):
    """Equations (1) and (2) with an independent integrator; r is found by iterating at the given m."""
    m, beta, q = hopfield.overlap(load, temperature), 1 / temperature, 1.0
    for _ in range(300):
        noise = np.sqrt(load * q) / (1 - beta * (1 - q))
        q = (q + gaussian_mean(lambda z, noise=noise: np.tanh(beta * (m + noise * z)) ** 2)) / 2
    assert m > 0.5
    assert gaussian_mean(lambda z: np.tanh(beta * (m + noise * z))) == pytest.approx(m, abs=1e-8)


def test_spinodal_is_the_edge_of_retrieval():
    for temperature in (0.0, 1e-6, 0.01, 0.3, 0.9, 0.999):
        edge = hopfield.critical_load(temperature)
        assert hopfield.overlap(edge * (1 - 1e-9), temperature) > 0
        assert hopfield.overlap(edge * (1 + 1e-9), temperature) == 0
    load = np.array([1e-6, 0.03, 0.138])
    assert hopfield.critical_load(hopfield.retrieval_temperature(load)) == pytest.approx(load, rel=1e-6)


def test_limits():
    assert hopfield.critical_load(1e-4) == pytest.approx(hopfield.critical_load(), abs=1e-5)
    assert hopfield.transition_load(1e-4) == pytest.approx(hopfield.transition_load(), abs=1e-5)
    m = hopfield.overlap(0.0, 0.6)
    assert m == pytest.approx(np.tanh(m / 0.6), abs=1e-12)  # Curie-Weiss
    assert m > 0.5
    assert hopfield.overlap(0.0) == hopfield.retrieval_temperature(0.0) == hopfield.transition_temperature(0.0) == 1
    assert hopfield.overlap([0.0, 0.05, 0.2], [1.0, 0.55, 0.0]).tolist() == [0, 0, 0]
    assert hopfield.critical_load([1.0, 2.0]).tolist() == [0, 0]
    assert hopfield.retrieval_temperature(0.14) == hopfield.transition_temperature(0.06) == 0
    # T_M = 1 - 1.95 sqrt(alpha) at small loads
    assert (1 - hopfield.retrieval_temperature([1e-4, 1e-3])) / np.sqrt([1e-4, 1e-3]) == pytest.approx(
        [1.958, 1.966], abs=1e-3
    )


def test_optimal_weights():
    margin = np.array([0, 0.1, 0.25, 0.5, 1, 1.5, 2])
    expected = [2.0, 1.709632, 1.364643, 0.961205, 0.519572, 0.309871, 0.200231]
    assert hopfield.gardner_load(margin) == pytest.approx(expected, abs=1e-6)


def test_sparse_patterns():
    activity = np.array([0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 1e-3, 1e-4])
    plain = [0.06907, 0.19376, 0.44097, 0.94295, 2.3141, 4.3677, 34.019, 273.41]
    centred = [0.13791, 0.24020, 0.48416, 0.98377, 2.3523, 4.4037, 34.047, 273.43]
    assert sparse.critical_load(activity) == pytest.approx(plain, rel=5e-5)
    assert sparse.critical_load(activity, centred=True) == pytest.approx(centred, rel=5e-5)
    assert sparse.critical_load(0.5, centred=True) == pytest.approx(hopfield.critical_load(), abs=1e-6)


def test_scalars_arrays_and_domains():
    assert isinstance(hopfield.overlap(0.1), float)
    assert isinstance(hopfield.retrieval_temperature(0.1), float)
    grid = hopfield.overlap(np.array([0.02, 0.1, 0.2]), np.array([[0.0], [0.3]]))
    assert grid.shape == (2, 3)
    assert grid[1, 0] == pytest.approx(hopfield.overlap(0.02, 0.3), abs=1e-12)
    for wrong in (-0.1, np.nan, "0.1", None, [0.1, -1]):
        with pytest.raises(nm.InputError, match="load must hold finite numbers of at least 0"):
            hopfield.overlap(wrong)
    with pytest.raises(nm.InputError, match="temperature must hold"):
        hopfield.critical_load(-1)
    with pytest.raises(nm.InputError, match="activity must hold finite numbers of at most 0"):
        sparse.critical_load(0.7)
    with pytest.raises(nm.InputError, match="margin must hold"):
        hopfield.gardner_load(-1)


def test_a_line_of_a_hundred_points_is_drawn_at_once():
    hopfield._line.cache_clear()
    start = time.process_time()
    hopfield.retrieval_temperature(np.linspace(0, 0.138, 100))
    hopfield.transition_temperature(np.linspace(0, 0.053, 100))
    hopfield.overlap(np.linspace(0, 0.13, 100), 0.1)
    assert time.process_time() - start < 10  # of the processor; about 1 on an idle core


@pytest.mark.parametrize(
    ("counted", "load", "theta", "centred"),
    [
        (False, [0.0691, 0.1938, 0.4410, 0.9429, 4.3677], [0.0170, 0.4088, 0.5583, 0.6231, 0.6800], [0, 0.3948, 0.5481]),
        (True, [0.1379, 0.2402, 0.4846, 0.9849, 4.4049], [-0.0690, 0.3488, 0.5058, 0.5783, 0.6428], [0, 0.3969, 0.5542]),
    ],
)
def test_best_thresholds_of_sparse_items(counted, load, theta, centred):
    """Another program in other variables, with the answer of a unit to itself; items with and without a fixed count."""
    activity = np.array([0.5, 0.2, 0.1, 0.05, 0.01])
    assert sparse.critical_load(activity, counted=counted) == pytest.approx(load, abs=1.1e-4)
    assert sparse.best_threshold(activity, counted=counted) == pytest.approx(theta, abs=2e-4)
    assert sparse.best_threshold(activity[:3], centred=True, counted=counted) == pytest.approx(centred, abs=2e-4)


def test_a_unit_of_0_and_1_answers_itself():
    """In a heat bath of independent 0/1 items at f = 1/2 more than half of the units are active at theta = 0.

    Without the term load C / (1 - C) / 2 of (3) it is half of them, and 0.5434 with it.
    """
    rng, units, heat = np.random.default_rng(0), 1000, 0.6
    x = rng.integers(0, 2, (units // 2, units)) - 0.5
    weights = x.T @ x / (units / 4)
    np.fill_diagonal(weights, 0)
    state = rng.integers(0, 2, units).astype(float)
    field, active = weights @ state, []
    for sweep in range(60):
        level = heat * np.log(1 / rng.random(units) - 1)
        for i in rng.permutation(units):
            new = float(field[i] > level[i])
            if new != state[i]:
                field += (new - state[i]) * weights[i]
                state[i] = new
        if sweep >= 20:
            active.append(state.mean())
    z, a, q = np.linspace(-8, 8, 801), 0.5, 0.25
    weight = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
    for _ in range(2000):
        c = (a - q) / heat
        p = 1 / (1 + np.exp(-(np.sqrt(0.5 * q) / (1 - c) * z + 0.25 * c / (1 - c)) / heat))
        a, q = (2 * a + weight @ p) / 3, (2 * q + weight @ p**2) / 3
    assert a == pytest.approx(0.5434, abs=1e-3)
    assert np.mean(active) == pytest.approx(a, abs=0.012)
