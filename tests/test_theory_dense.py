"""The theory of dense associative memories against published numbers, its own equations solved otherwise, and simulation."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

import neuromem as nm
from neuromem.theory import _glass, _interactions, attention, dense, hopfield

# P, a_c, m_c, gamma_c distinct, gamma_c full
COLD = np.array(
    [
        (3, 0.252190, 0.838482, 1.26095e-1, 8.40635e-2),
        (4, 0.197860, 0.917922, 3.29767e-2, 1.31907e-2),
        (5, 0.172773, 0.947243, 7.19886e-3, 1.64545e-3),
        (6, 0.157680, 0.961987, 1.31400e-3, 1.66857e-4),
        (8, 0.139700, 0.976369, 2.77183e-5, 1.03378e-6),
        (10, 0.128936, 0.983235, 3.55313e-7, 3.74168e-9),
    ]
)
# T, P = 4: distinct gamma_M and gamma of the transition, the same two for full; 0: none
WARM = np.array(
    [
        (0.00, 0.032977, 0.031714, 0.013191, 0.008186),
        (0.05, 0.034781, 0.031654, 0.013546, 0.008213),
        (0.10, 0.036278, 0.031667, 0.013657, 0.008171),
        (0.15, 0.037443, 0.031699, 0.013490, 0.008002),
        (0.20, 0.038195, 0.031613, 0.012995, 0.007583),
        (0.25, 0.038257, 0.027809, 0.012112, 0.006534),
        (0.30, 0.036522, 0.018462, 0.010766, 0.004378),
        (0.35, 0.031346, 0.004342, 0.008883, 0.001051),
        (0.40, 0.022768, 0.0, 0.006413, 0.0),
        (0.45, 0.011652, 0.0, 0.003339, 0.0),
    ]
)
REDUCED = {0.06: 0.999955, 0.08: 0.999586, 0.10: 0.998348, 0.12: 0.995613, 0.14: 0.990628, 0.16: 0.982134, 0.18: 0.966857, 0.19: 0.952762}  # fmt: skip # noqa: E501


def gaussian_mean(function):
    return integrate.quad(lambda z: function(z) * np.exp(-z * z / 2) / np.sqrt(2 * np.pi), -9, 9, limit=400)[0]


def test_critical_loads_at_zero_temperature():
    for order, reduced, overlap, distinct, full in COLD:
        p = int(order)
        assert dense.critical_load(p) == pytest.approx(distinct, rel=1e-5)
        assert dense.critical_load(p, interactions="full") == pytest.approx(full, rel=1e-5)
        assert dense.critical_load(p) * math.factorial(p - 1) == pytest.approx(reduced, abs=1e-6)
        assert dense.overlap(p, dense.critical_load(p) * (1 - 1e-12)) == pytest.approx(overlap, abs=1e-5)


def test_overlap_at_zero_temperature_depends_on_the_reduced_load():
    a, m = np.array(list(REDUCED)), np.array(list(REDUCED.values()))
    assert dense.overlap(4, a / 6) == pytest.approx(m, abs=1e-6)
    assert dense.overlap(4, a / 15, interactions="full") == pytest.approx(m, abs=1e-6)


def test_lines_of_the_phase_diagram():
    t, spinodal, transition, spinodal_full, transition_full = WARM.T
    assert dense.critical_load(4, t) == pytest.approx(spinodal, abs=1e-6)
    assert dense.critical_load(4, t, "full") == pytest.approx(spinodal_full, abs=1e-6)
    assert dense.transition_load(4, t) == pytest.approx(transition, abs=1e-6)
    assert dense.transition_load(4, t, "full") == pytest.approx(transition_full, abs=1e-6)


def test_without_disorder():
    """m = tanh(beta m^3) has a solution up to T = 0.495786, where m = 0.88944; it is the better state up to 0.362949."""
    assert dense.overlap(4, 0.0, 0.4957859) == pytest.approx(0.88944, abs=2e-3)
    assert dense.overlap(4, 0.0, 0.495787) == dense.critical_load(4, 0.495787) == 0
    assert 0 < dense.critical_load(4, 0.49578) < 1e-5
    assert 0 < dense.transition_load(4, 0.36294) < 1e-5
    assert dense.transition_load(4, 0.36296) == 0


@pytest.mark.parametrize("interactions", ["distinct", "full"])
@pytest.mark.parametrize(("fraction", "temperature"), [(0.3, 0.05), (0.9, 0.1), (0.5, 0.3), (0.99, 0.3), (0.5, 0.45)])
def test_overlap_solves_the_saddle_point_equations(interactions, fraction, temperature):
    load = fraction * dense.critical_load(4, temperature, interactions)
    m, q = dense.overlap(4, load, temperature, interactions), 1.0
    for _ in range(400):
        noise = np.sqrt(load * (6 * q**3 + (9 * q if interactions == "full" else 0)))
        q = (q + gaussian_mean(lambda z, noise=noise: np.tanh((m**3 + noise * z) / temperature) ** 2)) / 2
    assert m > 0.8
    assert gaussian_mean(lambda z: np.tanh((m**3 + noise * z) / temperature)) == pytest.approx(m, abs=1e-8)


def test_heat_bath_simulations():
    """Measured overlaps of N = 200 units at P = 4, with their standard errors; three of these plus 0.002 are allowed."""
    assert abs(dense.overlap(4, 0.06 / 6, 0.3) - 0.9898) < 3 * 0.0013
    assert abs(dense.overlap(4, 0.10 / 6, 0.3) - 0.9726) < 3 * 0.0029
    assert abs(dense.overlap(4, 0.10 / 6, 0.2) - 0.991) < 3 * 0.001
    assert abs(dense.overlap(4, 0.06 / 15, 0.3, "full") - 0.9899) < 3 * 0.0014
    assert dense.overlap(4, 0.06 / 6, 0.3) == pytest.approx(0.9896, abs=5e-5)


def test_glass():
    """Ising p-spin glasses of energy variance N/2: p = 3 E = -0.8135, T_s = 0.651; p = 4 E = -0.8255, T_s = 0.617."""
    for p, energy, temperature in ((3, -0.81353, 0.6512), (4, -0.82547, 0.6166)):
        load = p**2 / math.factorial(p) / 2
        assert _glass.glass_free_energy(p, "distinct", load, np.array(0.0)) == pytest.approx(energy, abs=1e-5)
        assert dense.glass_temperature(p, load) == pytest.approx(temperature, abs=4e-4)
    assert dense.glass_temperature(6, 1.0, "full") > 15  # before the paramagnet's pairwise instability, as at no lower order
    assert dense.glass_temperature(4, 0.01, "full") == pytest.approx(3 * np.sqrt(0.01), abs=1e-12)


def test_transition_at_a_high_order_is_that_of_random_energies():
    """The ground state of random energies of variance N gamma P! / P^2 reaches retrieval's -1/P at gamma = 1/(2 ln 2 P!)."""
    assert dense.transition_load(30) * math.factorial(30) == pytest.approx(1 / (2 * np.log(2)), rel=1e-3)


def test_order_two_is_the_hopfield_network():
    load, temperature = np.array([0.02, 0.1, 0.2]), np.array([[0.0], [0.2]])
    assert dense.overlap(2, load, temperature).tolist() == hopfield.overlap(load, temperature).tolist()
    assert dense.critical_load(2, 0.1, "full") == hopfield.critical_load(0.1)


def test_one_step_error():
    expected = {
        (2, 60, 400): 0.0049,
        (2, 100, 400): 0.0228,
        (3, 900, 100): 0.0271,
        (4, 16000, 100): 0.0206,
        (4, 3600, 60): 0.023,
    }
    for (order, items, units), error in expected.items():
        assert dense.one_step_error(order, items, units) == pytest.approx(error, abs=6e-4)
    # 0.5% errors at K = 0.1507 N^(n-1) / (2n-3)!!
    assert dense.one_step_error(3, 0.1507e10 // 3, 1e5) == pytest.approx(0.005, rel=1e-3)
    # distinct interactions: the error of full ones at 6/15 of the load
    assert dense.one_step_error(4, 15001, 100, "distinct") == pytest.approx(dense.one_step_error(4, 6001, 100))


def test_one_step_error_measured():
    """n = 3, N = 60, K = 300: the fraction of wrong signs of F(m + x/N) - F(m - x/N); 4 standard errors over 40 draws."""
    rng = np.random.default_rng(0)
    measured = []
    for _ in range(40):
        x = 2 * rng.integers(0, 2, (300, 60)) - 1
        rest = (x @ x[0])[:, None] - x * x[0]  # N times the overlap without unit i, shape (item, unit)
        field = ((rest + x) ** 3 - (rest - x) ** 3).sum(0)
        measured.append(np.mean(field * x[0] <= 0))
    error = np.std(measured, ddof=1) / np.sqrt(len(measured))
    assert abs(np.mean(measured) - dense.one_step_error(3, 300, 60)) < 4 * error
    assert np.mean(measured) > 0.02


def test_noise_of_the_two_energies():
    """Field-noise variance at P = 4 in units of the load: 15 against 6; the spread over 4000 items gives 6% each."""
    rng = np.random.default_rng(1)
    n, k = 200, 4000
    x = 2.0 * rng.integers(0, 2, (k, n)) - 1
    y = x.sum(1)[:, None] - x  # the state is all +1
    full, distinct = x * (y**3 + y) / n**1.5, x * (y**3 - (3 * (n - 1) - 2) * y) / n**1.5
    for field, interactions, variance in ((full, "full", 15), (distinct, "distinct", 6)):
        slope = _interactions.derivative_of(dense.covariance(4, interactions), 1.0) / 16
        assert slope == pytest.approx(variance)
        assert (field**2).mean() == pytest.approx(slope, rel=0.1)


def test_exponential_loads():
    steepness = [0.5, 1, 1.5, 2, 50]
    assert dense.exponential_load(steepness) == pytest.approx([0.37989, 0.56622, 0.64456, 0.67500, np.log(2)], abs=1e-5)
    assert dense.exponential_load(steepness, every=True) == pytest.approx([np.log(2) / 2] * 5)
    steepness = [0.25, 0.5, 1, 2, 4, 10]
    expected = [0.21965, 0.38701, 0.62257, 0.90875, 1.22436, 1.66379]
    assert dense.exponential_load(steepness, "spherical") == pytest.approx(expected, abs=1e-5)
    assert dense.exponential_load([0.5, 1, 3], "gaussian") == pytest.approx([0.375, 0.5, 0.5])


def test_exponential_loads_of_any_steepness():
    """At a large lambda the spherical one is 1/2 + ln(lambda)/2, at a small one all are lambda."""
    large = np.array([1e8, 1e16, 1e100, 1e308])
    assert dense.exponential_load(large, "spherical") == pytest.approx(0.5 + np.log(large) / 2, rel=1e-8)
    for items in ("spins", "spherical", "gaussian"):
        assert dense.exponential_load([1e-300, 1e-20, 1e-9], items) == pytest.approx([1e-300, 1e-20, 1e-9], rel=1e-8, abs=0)


def test_exponential_load_measured():
    """lambda = 1, N = 20: all items' exact one-flip stability is certain at a load of 0.3 and rare at 0.6, around 0.566."""
    rng = np.random.default_rng(0)

    def stable(load, trials=20):
        count = 0
        for _ in range(trials):
            x = (2 * rng.integers(0, 2, (round(np.exp(load * 20)), 20)) - 1).astype(np.int8)
            rest = (x @ x[0].astype(int))[:, None] - x * x[0]
            field = (np.exp(rest + x - 20.0) - np.exp(rest - x - 20.0)).sum(0)
            count += bool((field * x[0] > 0).all())
        return count / trials

    assert stable(0.3) == 1
    assert stable(0.62, 6) < 0.7


def test_attention_bounds():
    assert attention.capacity_base(20, 1.0, 3.0, 0.001) == pytest.approx(3.1546, abs=1e-4)
    assert attention.capacity_base(75, 1.0, 1.0, 0.001) == pytest.approx(1.3719, abs=1e-4)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, 64))
    x *= 8 / np.linalg.norm(x, axis=1, keepdims=True)
    overlaps = x @ x.T
    separation = 64 - (overlaps - 1e9 * np.eye(100)).max(1)
    good = separation >= attention.required_separation(100, 1.0, 8.0)
    assert good.sum() > 50

    def update(y):
        weight = np.exp(y @ x.T - (y @ x.T).max(1, keepdims=True))
        return weight / weight.sum(1, keepdims=True) @ x

    cue = x + 0.1 * rng.normal(size=x.shape) / 8
    fixed = cue
    for _ in range(20):
        fixed = update(fixed)
    distance = np.maximum(np.linalg.norm(cue - x, axis=1), np.linalg.norm(fixed - x, axis=1))
    bound = attention.retrieval_error(100, 1.0, separation, distance, 8.0)
    assert (np.linalg.norm(update(cue) - x, axis=1) <= bound + 1e-12)[good].all()
    assert bound[good].max() < 1


def test_domains():
    with pytest.raises(nm.InputError, match="order must be a whole number from 2 to 30"):
        dense.overlap(1, 0.1)
    with pytest.raises(nm.InputError, match="interactions must be one of 2 names"):
        dense.critical_load(4, interactions="all")
    with pytest.raises(nm.InputError, match="order must be even for full interactions"):
        dense.transition_load(3, 0.1, "full")
    with pytest.raises(nm.InputError, match="order must be at least 3"):
        dense.glass_temperature(2, 0.1)
    with pytest.raises(nm.InputError, match="units must hold whole numbers"):
        dense.one_step_error(3, 10, 20.5)
    with pytest.raises(nm.InputError, match="known for spins only"):
        dense.exponential_load(1.0, "gaussian", every=True)
    assert isinstance(dense.overlap(4, 0.01), float)
    assert dense.overlap(4, [0.01, 0.02], [[0.0], [0.3]]).shape == (2, 2)


@pytest.mark.parametrize(("items", "units"), [(60, 400), (600, 4000), (5, 40), (2, 10)])
def test_one_step_error_counts_the_other_items(items, units):
    """P = 2 exactly: (K - 1)(N - 1) signs against N - 1, a tie counting half; 2% where there are many, 20% at few."""
    signs = (items - 1) * (units - 1)
    most = (signs - (units - 1)) / 2
    exact = stats.binom.cdf(math.ceil(most) - 1, signs, 0.5)
    if most == round(most):
        exact += stats.binom.pmf(most, signs, 0.5) / 2
    if items > 2:
        assert dense.one_step_error(2, items, units) == pytest.approx(exact, rel=0.02 if items > 5 else 0.2)
    else:
        assert dense.one_step_error(2, items, units) < 2e-3  # 0.00098 are ties
    assert dense.one_step_error(2, 1, units) == 0  # nothing disturbs a lone item
