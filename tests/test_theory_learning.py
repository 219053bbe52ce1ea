"""The theory of learning from noisy examples against its limits, tables solved independently, and simulation."""

import numpy as np
import pytest
from scipy import integrate, special, stats

import neuromem as nm
from neuromem.theory import dense, hopfield, learning

QUALITY = np.array([0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
REDUCED = 1 / 6  # load of P = 4 over the reduced load a


def test_low_load_is_a_majority_vote():
    """At zero load m = E sign(B), the archetype's majority over its examples, with and without supervision."""
    expected = [0.30000, 0.52966, 0.82505, 0.99781]
    for order, supervised in ((2, True), (2, False), (4, True), (4, False)):
        assert learning.overlap(order, 0.0, 0.3, [1, 5, 20, 100], supervised) == pytest.approx(expected, abs=1e-5)
    assert learning.overlap(2, 0.0, 0.3, [2, 4]) == pytest.approx([0.3, 0.4365], abs=1e-12)  # ties count half
    assert learning.overlap(2, 0.0, 0.3, 20, True, 0.02) == pytest.approx(expected[2], abs=1e-4)
    assert learning.examples_needed(2, 0.0, 0.3, overlap=0.8) == 17


def test_perfect_or_endless_examples_are_archetypes():
    for supervised in (True, False):
        assert learning.overlap(4, 0.02, 1.0, 3, supervised, 0.3) == pytest.approx(dense.overlap(4, 0.02, 0.3), abs=1e-12)
        assert learning.overlap(2, 0.1, 1.0, 3, supervised) == pytest.approx(hopfield.overlap(0.1), abs=1e-12)
        assert learning.overlap(4, 0.02, 0.5, 10**9, supervised) == pytest.approx(dense.overlap(4, 0.02), abs=1e-5)
        assert learning.overlap(2, 0.1, 0.5, 10**9, supervised) == pytest.approx(hopfield.overlap(0.1), abs=1e-5)
    # units shared by the examples of one archetype are a noise of 9 / r^4 + 6 that never leaves full interactions
    endless = learning.overlap(4, 0.03 / 15, 0.6, 10**9, False, interactions="full")
    assert endless == pytest.approx(dense.overlap(4, 0.03 / 15 * (9 / 0.6**4 + 6) / 15, interactions="full"), abs=1e-5)


def test_pairwise_overlaps():
    assert learning.overlap(2, 0.02, 0.5, [10, 20, 40]) == pytest.approx([0.861, 0.972, 0.998], abs=6e-4)
    assert learning.overlap(2, 0.02, 0.3, [40, 80, 160]) == pytest.approx([0.910, 0.987, 0.999], abs=6e-4)
    assert learning.overlap(2, 0.02, 0.5, [10, 20, 40], False) == pytest.approx([0.845, 0.968, 0.997], abs=6e-4)
    assert learning.overlap(2, 0.02, 0.3, [40, 80, 160], False) == pytest.approx([0.853, 0.977, 0.998], abs=6e-4)
    assert learning.overlap(2, 0.08, 0.5, 80) == pytest.approx(0.993, abs=6e-4)
    assert learning.overlap(2, 0.08, 0.5, 80, False) == pytest.approx(0.990, abs=6e-4)
    assert learning.overlap(2, 0.03, 0.5, [80, 20], True, 0.2) == pytest.approx([0.9967, 0.939], abs=6e-4)
    assert learning.overlap(2, 0.03, 0.5, [80, 20], False, 0.2) == pytest.approx([0.9963, 0.930], abs=6e-4)
    # section 9's anchors, each within three standard errors of its simulation of N = 1000 units or 0.006
    assert learning.overlap(2, 0.02, 0.3, 80) == pytest.approx(0.9868, abs=1e-4)
    assert learning.overlap(2, 0.02, 0.3, 80, False) == pytest.approx(0.9774, abs=1e-4)


def test_four_body_overlaps():
    assert learning.overlap(4, 0.03 * REDUCED, 0.3, [20, 40, 80]) == pytest.approx([0.785, 0.915, 0.982], abs=6e-4)
    assert learning.overlap(4, 0.1 * REDUCED, 0.3, 160) == pytest.approx(0.972, abs=6e-4)
    assert learning.overlap(4, 0.06 * REDUCED, 0.5, [6, 12, 24], True, 0.1) == pytest.approx(
        [0.744, 0.8727, 0.956], abs=6e-4
    )
    assert learning.overlap(4, 0.06 * REDUCED, 0.7, [12, 24], False, 0.1) == pytest.approx([0.944, 0.986], abs=6e-4)
    assert learning.overlap(4, 0.1 * REDUCED, 0.8, [8, 4], False, 0.1) == pytest.approx([0.940, 0.8616], abs=6e-4)
    full = learning.overlap(4, 0.03 / 15, 0.6, [40, 60], False, interactions="full")
    assert full == pytest.approx([0.897, 0.948], abs=6e-4)


def test_four_body_simulations():
    """Measured overlaps at P = 4 with their standard errors: three of these, and the distance to infinite N where known."""
    assert abs(learning.overlap(4, 0.06 * REDUCED, 0.5, 12, True, 0.1) - 0.875) < 3 * 0.013
    assert abs(learning.overlap(4, 0.06 * REDUCED, 0.5, 24, True, 0.1) - 0.960) < 3 * 0.004
    assert abs(learning.overlap(4, 0.1 * REDUCED, 0.8, 8, False, 0.1) - 0.939) < 3 * 0.010
    assert abs(learning.overlap(4, 0.03 * REDUCED, 0.7, 20, False, 0.1) - 0.9915) < 3 * 0.0032


def test_examples_needed():
    supervised = [176, 74, 39, 22, 14, 8, 5]
    unsupervised = [401998, 15620, 1575, 268, 63, 19, 6]
    assert learning.examples_needed(4, 0.1 * REDUCED, QUALITY) == pytest.approx(supervised, rel=0.01)
    found = learning.examples_needed(4, 0.1 * REDUCED, QUALITY, False)
    assert found == pytest.approx(unsupervised, rel=0.01)
    assert found[:3] * QUALITY[:3] ** 8 == pytest.approx(1.03, rel=0.03)
    assert learning.examples_needed(2, 0.05, QUALITY) == pytest.approx([153, 65, 34, 20, 12, 7, 4], rel=0.01)
    assert learning.examples_needed(2, 0.05, QUALITY, False) == pytest.approx([321, 94, 42, 22, 13, 7, 4], rel=0.01)
    assert learning.examples_needed(4, 0.1 * REDUCED, 1.0) == 1
    assert learning.examples_needed(4, 0.04, 0.5) == np.inf


@pytest.mark.parametrize(
    ("order", "load", "supervised", "target"), [(4, 0.02, False, 0.9), (2, 0.05, True, 0.9), (4, 0.005, True, 0.8)]
)
def test_examples_needed_is_the_first_number_that_is_enough(order, load, supervised, target):
    enough = learning.examples_needed(order, load, 0.6, supervised, target)
    assert learning.overlap(order, load, 0.6, enough, supervised) >= target
    assert learning.overlap(order, load, 0.6, enough - 1, supervised) < target


def test_supervised_spinodal():
    """Largest rho with a retrieval state at reduced load a, P = 4, B Gaussian: published to four digits."""
    for a, rho in ((0.05, 0.9318), (0.08, 0.3101), (0.10, 0.1944), (0.12, 0.1263), (0.15, 0.0620), (0.18, 0.0195)):
        r = 0.01
        critical = learning.network(4, r, (1 - r**2) / (rho * r**2)).critical_load(np.zeros(1))[0]
        assert 6 * critical == pytest.approx(a, rel=2e-3)


@pytest.mark.parametrize("supervised", [True, False])
def test_overlap_solves_the_saddle_point_equations(supervised):
    """Equations (1) and (3) of the pairwise network, by iteration and an independent integrator."""
    load, r, examples, beta = 0.03, 0.5, 20, 5.0
    rho = (1 - r**2) / (examples * r**2)
    e = 0 if supervised else rho / (1 + rho)
    blur, weight = learning._blur(r, examples)
    assert blur @ weight == pytest.approx(1)
    assert (blur - 1) ** 2 @ weight == pytest.approx(rho)

    def mean(function, n, noise):
        z = np.linspace(-9, 9, 6001)[:, None]
        density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        values = density * function(beta * (n * blur / (1 + rho) + noise * z))
        return integrate.simpson(values, x=z[:, 0], axis=0)

    n, q = 1.0, 1.0
    for _ in range(400):
        c = beta * (1 - q)
        noise = np.sqrt(load * (q / (1 - c) ** 2 + (examples - 1) * e**2 * q / (1 - e * c) ** 2))
        n, q = mean(np.tanh, n, noise) @ (weight * blur), mean(lambda h: np.tanh(h) ** 2, n, noise) @ weight
    m = mean(np.tanh, n, noise) @ weight
    assert m > 0.9
    assert learning.overlap(2, load, r, examples, supervised, 1 / beta) == pytest.approx(m, abs=1e-7)


def test_domains():
    with pytest.raises(nm.InputError, match=r"quality must hold finite numbers of at least 0.0001 and of at most 1"):
        learning.overlap(4, 0.1, 0.0, 10)
    with pytest.raises(nm.InputError, match=r"examples must hold whole numbers"):
        learning.overlap(4, 0.1, 0.5, 10.5)
    with pytest.raises(nm.InputError, match="overlap must be a finite number"):
        learning.examples_needed(4, 0.1, 0.5, overlap=1.0)
    assert isinstance(learning.overlap(4, 0.01, 0.5, 20), float)
    assert learning.overlap(4, [0.01, 0.02], [[0.5], [0.6], [0.7]], 50).shape == (3, 2)


@pytest.mark.parametrize(
    ("load", "quality", "target", "number"),
    [(1e-3, 0.4, 0.802, 9), (1e-3, 0.6, 0.79199, 3), (0.0, 0.5, 0.5, 1), (0.0, 0.5, 0.82, 7)],
)
def test_an_odd_number_of_examples_may_do_where_the_next_even_one_does_not(load, quality, target, number):
    """The first of all numbers, by iteration of (1) and (3) at a low temperature, or by counting votes at load 0."""

    def kept(examples):
        right = np.arange(examples + 1)
        blur = (2 * right - examples) / (examples * quality)
        weight = stats.binom.pmf(right, examples, (1 + quality) / 2)
        if load == 0:
            return weight @ np.sign(blur)
        rho, n, c = (1 - quality**2) / (examples * quality**2), 1.0, 0.0
        for _ in range(3000):
            s = np.sqrt(load) / (1 - c)
            x = n * blur / (1 + rho) / s
            n = weight @ (blur * special.erf(x / np.sqrt(2)))
            c = (c + weight @ np.exp(-(x**2) / 2) * np.sqrt(2 / np.pi) / s) / 2
        return weight @ special.erf(n * blur / (1 + rho) / s / np.sqrt(2))

    reached = [kept(examples) >= target - 1e-9 for examples in range(1, number + 1)]
    assert reached == [False] * (number - 1) + [True]
    assert learning.examples_needed(2, load, quality, overlap=target) == number
