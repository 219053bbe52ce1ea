"""Extreme and odd arguments of the theory: the right limit, or the argument by its name."""

import numpy as np
import pytest

import neuromem as nm
from neuromem.theory import (
    attention,
    cliques,
    dense,
    fast_weights,
    heavy_tail,
    hopfield,
    learning,
    multitasking,
    sdm,
    willshaw,
)

ODD = [
    (lambda: dense.network([3]), "order"),
    (lambda: dense.overlap(3, 0.1, interactions={}), "interactions"),
    (lambda: dense.glass_temperature(np.array(4), 0.1), "order"),
    (lambda: dense.exponential_load(1.0, every="no"), "every"),
    (lambda: dense.overlap(3, []), "load"),
    (lambda: multitasking.overlaps(2, ()), "dilution"),
    (lambda: learning.network(3, "0.5", 10), "quality"),
    (lambda: learning.network(3, 0.5, np.nan), "examples"),
    (lambda: learning.overlap(2, 0.1, 5e-324, 10), "quality"),
    (lambda: learning.overlap(2, 0.1, 0.5, 10, supervised=np.ones(2)), "supervised"),
    (lambda: learning.examples_needed(2, 0.1, 0.5, supervised="yes"), "supervised"),
    (lambda: attention.capacity_base(20, 1e308, 3.0, 0.001), "beta"),
    (lambda: attention.retrieval_error(10, 1.0, 1.0, distance=2**31), "distance"),
    (lambda: fast_weights.stacked_error(32, 16, 3, 4, depth=1e200), "depth"),
    (lambda: fast_weights.delta_error(16, 10**7), "stored"),
    (lambda: heavy_tail.frequencies([3, 4], 1.0), "facts"),
    (lambda: heavy_tail.frequencies(2**31 - 1, 1.0), "facts"),
    (lambda: sdm.capacity(0.1, 1, 1000), "exact"),
    (lambda: sdm.intersection(64, 20, 4, locations=np.nan), "locations"),
    (lambda: sdm.beta(64, 3, distances=[1, 2, 40]), "distances"),
    (lambda: sdm.best_radius(2000, 10, 1000, goal="distance"), "units"),
    (lambda: willshaw.best(2**31 - 1), "units"),
    (lambda: willshaw.best(10**6, active=2000), "active"),
    (lambda: willshaw.fill(3, 64, 4, auto=1), "auto"),
    (lambda: willshaw.spurious(3, 64, 4, mean_field="no"), "mean_field"),
]


@pytest.mark.parametrize(("call", "name"), ODD, ids=[f"{n}-{name}" for n, (_, name) in enumerate(ODD)])
def test_the_argument_is_named(call, name):
    with pytest.raises(nm.InputError, match=rf"^{name} must "):
        call()


def test_limits():
    """A temperature that can't be told from 0 is 0; without shared locations a unit is right by chance."""
    assert hopfield.critical_load(5e-324) == hopfield.critical_load(0.0) == pytest.approx(0.137905, abs=1e-6)
    assert dense.overlap(4, 0.01, 1e-300) == dense.overlap(4, 0.01)
    assert sdm.one_read(2000, 0, 5, 10)[7] == pytest.approx(1000)
    assert sdm.capacity(0.01, 256, 1e308) == pytest.approx(1 / 0.01**2 / 2.7804**2, rel=1e-3)  # z of (1/2)^(1/256)
    assert sdm.capacity(1e-300, 256, 1000.0) == 0
    assert sdm.signal_to_noise(1e-300, 1e300, 1e308) == pytest.approx(5e7)
    assert cliques.full(np.int8(8), np.int16(256)) == 28672
    assert np.isinf(learning.examples_needed(4, 1e200, 0.5))  # no number is enough


def test_sums_of_the_largest_numbers():
    """With r = 1e308 locations, (5) has no noise but that of the other items."""
    after = sdm.one_read(64, 20, 1e300, 1e308)
    assert np.isfinite(after).all()
    assert (after >= 0).all()
    assert (after <= 64).all()
