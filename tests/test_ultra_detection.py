"""Ultra-detection against its energy, its theory, and a simulation of its own."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import erf, erfinv

import neuromem as nm
from neuromem.kernels import counter, glauber, pair_features
from neuromem.theory import detection


def features(items, units, noise, rng):
    z = np.triu(rng.normal(size=(items, units, units)), 1)
    x = rng.choice([-1.0, 1.0], (items, units))
    eta = x[:, :, None] * x[:, None, :] + noise * (z + z.transpose(0, 2, 1))
    eta[:, np.arange(units), np.arange(units)] = 0
    return eta


def energy(eta, s):
    return -sum((s @ one @ s) ** 2 for one in eta) / (4 * len(s) ** 3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layout", ["C", "F"])
@pytest.mark.parametrize(("items", "units", "beta"), [(1, 2, math.inf), (3, 9, math.inf), (5, 14, math.inf), (4, 11, 1.3)])
def test_spins_follow_the_energies_of_their_two_states(items, units, beta, layout, dtype):
    """The reference flips a spin by the two energies alone, a term at a time, and knows no field."""
    rng = np.random.default_rng(units)
    eta = features(items, units, 0.3 * units**0.5, rng)
    eta = eta.astype(dtype).astype(float)
    spins = rng.choice([-1, 1], (6, units)).astype(np.int8)
    seed, steps = 5, 4
    orders = counter.orders(seed, glauber.ORDERS, units)
    expected = spins.astype(float)
    for cue, s in enumerate(expected):
        for sweep in range(steps):
            order = orders[sweep]
            if beta < math.inf:
                pick = counter.uniforms(seed, counter.Stream.TURN, cue, sweep, 0)
                order = orders[int(pick * len(orders))]
            for i in order:
                up, down = s.copy(), s.copy()
                up[i], down[i] = 1, -1
                gap = energy(eta, down) - energy(eta, up)
                if beta < math.inf:
                    heat = counter.uniforms(seed, counter.Stream.HEAT, cue, sweep, int(i))
                    s[i] = 1 if heat < 1 / (1 + math.exp(-beta * gap)) else -1
                elif abs(gap) > 1e-9:
                    s[i] = np.sign(gap)
    held = np.asarray(np.moveaxis(eta, 0, -1).astype(dtype), order=layout)
    ended = pair_features.settle(held, spins, beta=beta, steps=steps, seed=seed)
    np.testing.assert_array_equal(ended.spins, expected)
    np.testing.assert_allclose(pair_features.energy(held, ended.spins), [energy(eta, s) for s in expected], rtol=1e-5)


def test_no_update_raises_the_energy_and_the_noise_is_drawn_once():
    items = nm.patterns.random(6, 40, rng=1)
    memory = nm.UltraDetection(40, noise=3.0, steps=1).store(items)
    state, before = nm.cues.flip(items, 0.2, rng=2), math.inf
    for _ in range(6):
        now = memory.energy(state).sum()
        assert now <= before + 1e-9
        state, before = np.asarray(memory.recall(state)), now
    whole, parts = nm.UltraDetection(40).store(items), nm.UltraDetection(40)
    for item in items:
        parts.store(item[None])
    np.testing.assert_array_equal(whole.synapses["features"], parts.synapses["features"])
    eta = whole.synapses["features"]
    z = (eta - items[:, :, None] * items[:, None, :])[:, *np.triu_indices(40, 1)] / 0.5
    assert abs(z.mean()) < 4 / z.size**0.5
    assert abs(z.var() - 1) < 4 * (2 / z.size) ** 0.5
    assert abs(np.corrcoef(z)[np.triu_indices(6, 1)]).max() < 5 / z.shape[1] ** 0.5  # every item has its own


@pytest.mark.parametrize("load", [0.0, 0.05, 0.4])
def test_the_closed_form_solves_its_equation_and_ends_where_no_root_is_left(load):
    m = np.linspace(1e-3, 1 - 1e-12, 400_001)

    def gap(c):
        return erf(m**3 / (c * np.sqrt(2 * m**4 + 4 * load * c**2))) - m

    end = detection.critical_noise(load)
    for c in (0.3, 0.45, 0.999 * end):
        roots = m[np.flatnonzero(np.diff(np.sign(gap(c))))]
        assert detection.overlap(c, load) == pytest.approx(roots.max(), abs=1e-4)
    assert (gap(1.001 * end)[1:] < 0).all()
    assert detection.overlap(1.001 * end, load) == 0


def test_the_equations_at_a_temperature_hold_and_cool_to_those_of_zero():
    c, load, t = 0.5, 0.1, 0.2
    m = detection.overlap(c, load, t)

    def expected(function, field, width):
        return quad(lambda g: function(field + width * g) * math.exp(-g * g / 2) / math.sqrt(2 * math.pi), -9, 9)[0]

    q = m
    for _ in range(200):  # q alone, at the overlap that was found
        d = 1 - c**2 * (1 - q**2) / t
        v = m**2 / d
        width = math.sqrt(c**2 * q * v**2 + 2 * load * c**4 * q**3 / d**2) / t
        q = expected(lambda h: math.tanh(h) ** 2, v * m / t, width)
    assert expected(math.tanh, v * m / t, width) == pytest.approx(m, abs=1e-6)
    assert detection.overlap(c, load, 0.005) == pytest.approx(detection.overlap(c, load), abs=2e-3)
    assert detection.overlap(c, load, 2.0) == 0


@pytest.mark.parametrize(("w", "load"), [(0.25, 0.02), (0.5, 0.02), (0.8, 0.0)])
def test_the_rivals_equations_by_iteration(w, load):
    m, n, c = 1.0, 0.0, 0.0
    for _ in range(3000):
        field = m + w * n
        s = math.sqrt((field * w) ** 2 + load * (1 + w**2) ** 2 / (1 - (1 + w**2) * c) ** 2)
        bell = math.sqrt(2 / math.pi) * math.exp(-((field / s) ** 2) / 2)
        m, n, c = math.erf(field / s / math.sqrt(2)), bell * field * w / s, bell / s
    assert m > 0.7
    assert detection.pairwise_overlap(w, load) == pytest.approx(m, abs=1e-9)


def test_a_network_follows_the_theory_and_its_rival_falls():
    """Within four standard errors and 0.004 for 200 units, which an independent simulation found."""
    found = {}
    for order in (4, 2):
        runs = []
        for seed in range(8):
            items = nm.patterns.random(20, 200, rng=seed)
            memory = nm.UltraDetection(200, order=order, noise=0.4 * 200**0.5, rng=seed).store(items)
            runs.append(nm.metrics.overlap(memory.recall(items), items).mean())
        found[order] = np.mean(runs), np.std(runs, ddof=1) / len(runs) ** 0.5
    mean, error = found[4]
    assert abs(mean - detection.overlap(0.4, 0.1)) < 4 * error + 0.004
    assert found[2][0] < 0.3
    assert detection.pairwise_overlap(0.4 * 200**0.5, 0.1) == 0


def test_what_is_no_order_is_refused():
    with pytest.raises(nm.InputError, match="order must be 2 or 4, but was 3"):
        nm.UltraDetection(8, order=3)
    with pytest.raises(nm.InputError, match="noise"):
        nm.UltraDetection(8, noise=-1)


@pytest.mark.parametrize("order", [2, 4])
def test_of_features_that_are_set_the_symmetric_part_without_diagonal_counts(order):
    """s_i s_j is s_j s_i: no update raises the energy, which is that of the sums over pairs of two units."""
    items = nm.patterns.random(4, 20, rng=1)
    memory = nm.UltraDetection(20, order=order, steps=1).store(items)
    eta = np.random.default_rng(0).normal(size=memory.synapses["features"].shape)
    memory.synapses = {"features": eta}
    np.testing.assert_array_equal(memory.synapses["features"], eta)
    states = nm.patterns.random(30, 20, rng=2)
    if order == 4:
        s, (i, j) = states.astype(float), np.nonzero(~np.eye(20, dtype=bool))
        v = np.stack([(one[i, j] * s[:, i] * s[:, j]).sum(1) for one in eta], axis=1)
        np.testing.assert_allclose(memory.energy(states), -(v**2).sum(1) / (4 * 20**3), rtol=1e-9)
    for _ in range(5):
        after = np.asarray(memory.recall(states))
        assert (memory.energy(after) <= memory.energy(states) + 1e-9).all()
        states = after


@pytest.mark.parametrize(
    ("c", "load", "t", "m"),
    [
        (0.75, 0.0, 0.52, 0.56338),  # noise makes states above the temperature of a lone item, 0.4958
        (0.7, 0.001, 0.52, 0.60684),
        (0.65, 0.01, 0.51, 0.64022),
        (0.6, 0.0, 0.497, 0.68970),
        (0.1, 0.0, 0.49, 0.90843),  # below it there may be none between little noise and much
        (0.3, 0.0, 0.49, 0.0),
        (0.5, 0.0, 0.49, 0.71980),
    ],
)
def test_states_above_and_below_the_temperature_of_a_lone_item(c, load, t, m):
    """By iteration of (1) to (3) from the item, on a grid of its own."""
    g = np.linspace(-9, 9, 1201)
    weight = np.exp(-(g**2) / 2) / np.exp(-(g**2) / 2).sum()
    found, q = 1.0, 1.0
    for _ in range(3000):
        v = found**2 / (1 - c**2 * (1 - q**2) / t)
        s = np.sqrt(c**2 * q * v**2 + 2 * load * c**4 * q**3 * (v / found**2) ** 2) if found > 1e-6 else 0.0
        x = np.tanh((v * found + s * g) / t)
        found, q = (found + weight @ x) / 2, (q + weight @ x**2) / 2
    assert found == pytest.approx(m, abs=2e-5)
    assert detection.overlap(c, load, t) == pytest.approx(m, abs=5e-4)


def test_a_lone_item_has_closed_forms():
    assert detection.critical_noise() == math.sqrt(2 / math.pi)
    for m in (1e-3, 0.01, 0.3):  # c = m / (sqrt(2) y) where m = erf(y)
        assert detection.overlap(m / (math.sqrt(2) * erfinv(m))) == pytest.approx(m, rel=1e-6)
    rival = detection.pairwise_overlap([0.0, 800.0, 1000.0, 1e6])
    expected = [1.0, *(math.erf(1 / (w * math.sqrt(2))) for w in (800, 1000, 1e6))]
    assert rival == pytest.approx(expected, rel=1e-12)
