"""Oscillators: locking and memory against theory, and theory against integrals of its own."""

import math

import numpy as np
import pytest

import neuromem as nm
from neuromem import figures, sweep
from neuromem.experiments import oscillators
from neuromem.theory import oscillators as theory


@pytest.mark.parametrize("density", ["normal", "lorentz", "uniform"])
def test_the_order_parameter_is_that_of_many_frequencies_that_are_locked_or_drift(density):
    """R = mean over the frequencies of sqrt(1 - (w / K R)^2), of those that can lock: a sum, not an integral."""
    omega = oscillators.frequencies(density, 2_000_001)
    for factor in (1.05, 1.4, 3.0):
        k = factor * theory.critical_coupling(density)
        r = theory.order_parameter(k, density)
        inside = np.abs(omega) < k * r
        assert np.sqrt(1 - (omega[inside] / (k * r)) ** 2).sum() / len(omega) == pytest.approx(r, abs=1e-5)
    assert theory.order_parameter(0.99 * theory.critical_coupling(density), density) == 0
    assert theory.order_parameter(4 / math.pi * (1 + 1e-7), "uniform") == pytest.approx(math.pi / 4, abs=1e-3)


def test_strong_couplings_lock_all_oscillators():
    """R = sqrt(1 - 2/K) of Lorentz frequencies, and 1 - <w^2> / 2 K^2 of those with a variance."""
    k = np.array([30.0, 1e3, 1e6, 1e12, 1e200])
    np.testing.assert_allclose(theory.order_parameter(k, "lorentz"), np.sqrt(1 - 2 / k), rtol=1e-9)
    for density, variance in (("normal", 1.0), ("uniform", 1 / 3)):
        np.testing.assert_allclose(theory.order_parameter(k, density), 1 - variance / 2 / k / k, atol=3 / 30**4)


def test_the_frequencies_lock_as_theory_says():
    """Heun's steps; 0.03 is left to 1500 oscillators and to the time that they have."""
    found = oscillators.locking(seed=1, density="normal", couplings=(1.0, 2.0, 3.0), oscillators=1500, duration=60.0)
    r = found["locked"][1]
    assert r[0] < 0.1
    np.testing.assert_allclose(r[1:], theory.order_parameter([2.0, 3.0]), atol=0.03)


def test_turning_units_follow_the_steps_written_out_and_lower_the_energy():
    """One unit and one sum at a time, in plain Python floats."""
    items = nm.patterns.random(2, 12, rng=0)
    memory = nm.Oscillators(12, dimensions=3, steps=1, rng=4).store(items)
    start = nm.Oscillators(12, dimensions=3, steps=1, rate=1e-300, rng=4).store(items).vectors(items)[0]
    after = memory.vectors(items)[0]
    w = memory.synapses["weights"]
    for cue in range(2):
        for i in range(12):
            y = [sum(w[i, j] * start[cue, j, d] for j in range(12)) for d in range(3)]
            along = sum(y[d] * start[cue, i, d] for d in range(3))
            turned = [start[cue, i, d] + 0.5 * (y[d] - along * start[cue, i, d]) for d in range(3)]
            length = math.sqrt(sum(value**2 for value in turned))
            np.testing.assert_allclose(after[cue, i], np.array(turned) / length, rtol=1e-12)
    assert (memory.energy(after) < memory.energy(start)).all()
    np.testing.assert_allclose(np.linalg.norm(after, axis=-1), 1)
    np.testing.assert_allclose(memory.energy(items), nm.Hopfield(12).store(items).energy(items))


def test_two_dimensions_keep_the_overlap_of_theory_and_lose_it_beyond_its_end():
    """Within four standard errors and 0.015 for 800 units."""
    runs = []
    for seed in range(4):
        x = nm.patterns.random(16, 800, rng=seed)
        vectors = nm.Oscillators(800, rng=seed).store(x).vectors(x[:3])[0]
        runs.append(np.linalg.norm(np.einsum("cu,cud->cd", x[:3], vectors), axis=1).mean() / 800)
    assert abs(np.mean(runs) - theory.overlap(0.02)) < 4 * np.std(runs, ddof=1) / 2 + 0.015
    assert theory.overlap(0.0398) == 0
    assert theory.overlap(1e-6) == pytest.approx(1, abs=2e-3)


def test_the_overlap_near_its_end_is_that_of_a_solver_with_other_points_and_angles():
    """Gauss-Hermite along the item, 256 angles and Newton's steps, and iteration in place of roots."""
    z1, w1 = np.polynomial.hermite_e.hermegauss(50)
    z2 = (np.arange(120) + 0.5) * 0.055
    weight = np.outer(w1, np.exp(-(z2**2) / 2)).ravel()
    weight, z1, z2 = weight / weight.sum(), np.repeat(z1, 120), np.tile(z2, 50)
    grid = (np.arange(256) + 0.5) * np.pi / 256  # z2 > 0 has s_y > 0
    for load, start in ((0.03, 0.8), (0.037, 0.75)):
        m, sx, sy, gx, gy = start, 0.15, 0.6, 0.01, 0.15
        for _ in range(150):
            hx, hy = m + sx * z1, sy * z2
            value = np.outer(hx, np.cos(grid)) + np.outer(hy, np.sin(grid)) + (gx - gy) / 2 * np.cos(grid) ** 2
            angle = grid[value.argmax(1)]
            for _ in range(3):
                sine, cosine = np.sin(angle), np.cos(angle)
                slope = -hx * sine + hy * cosine + (gy - gx) * sine * cosine
                angle = angle - slope / (-hx * cosine - hy * sine + (gy - gx) * np.cos(2 * angle))
            x, y = np.cos(angle), np.sin(angle)
            m, along, across = (weight * x).sum(), (weight * z1 * x).sum(), (weight * z2 * y).sum()
            noise_x, noise_y = (np.sqrt(load * (weight * side**2).sum()) for side in (x, y))
            sx, sy = along + noise_x, across + noise_y  # s (1 - C) = noise, with s C = E z s
            gx, gy = load * along / noise_x, load * across / noise_y
        assert theory.overlap(load) == pytest.approx(m, abs=1e-3)


@pytest.fixture(scope="module")
def data():
    with sweep.on(workers=1):
        return oscillators.run(**oscillators.QUICK)


def test_spins_hold_more_than_oscillators(data):
    kept = data.length.mean("trial").sel(load=0.1)
    assert kept.sel(dimensions=1) > 0.9 > 0.6 > kept.sel(dimensions=2)


def test_table_and_figure_and_bad_settings(data):
    assert (
        oscillators.summary(data).row_count == 3 * 3 + 2 * 2 * 3
    )  # densities and couplings; dimensions, loads, and two lengths
    assert figures.ALL["oscillators"](data).axes
    with pytest.raises(nm.InputError, match="dimensions"):
        nm.Oscillators(8, dimensions=1)
    with pytest.raises(nm.InputError, match="couplings"):
        oscillators.run(couplings=(-1.0,))


@pytest.mark.parametrize("states", ["odd", np.full((2, 6), np.nan), np.ones((2, 5)), np.ones((2, 5, 2)), np.ones(6), None])
def test_the_energy_of_no_states_of_the_network_is_refused(states):
    with pytest.raises(nm.InputError, match="states must"):
        nm.Oscillators(6).store(nm.patterns.random(2, 6, rng=0)).energy(states)


def test_vectors_that_do_not_fit_are_refused_before_they_are_made():
    with pytest.raises(nm.InputError, match="dimensions must make arrays that fit"):
        nm.Oscillators(64, dimensions=10**9)
    memory = nm.Oscillators(2, dimensions=10**6).store([[1, -1]])
    with pytest.raises(nm.InputError, match="cues must make arrays that fit"):
        memory.recall(np.broadcast_to(np.int8(1), (10**6, 2)))
