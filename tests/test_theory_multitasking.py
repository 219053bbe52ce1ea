"""The theory of the multitasking network against closed forms, simulation, and its own free energy."""

import numpy as np
import pytest
from scipy.optimize import brentq

import neuromem as nm
from neuromem.theory import multitasking

# patterns, dilution, temperature, overlaps of the theory, overlaps measured with N = 20,000 units by heat bath
MEASURED = [
    (2, 0.30, 0.05, (0.7000, 0.2099), (0.6987, 0.2109)),
    (3, 0.30, 0.05, (0.7000, 0.2098, 0.0458), (0.7006, 0.2119, 0.051)),
    (3, 0.50, 0.02, (0.5000, 0.2500, 0.1250), (0.498, 0.246, 0.123)),
    (3, 0.30, 0.30, (0.6857, 0.0, 0.0), (0.6874, -0.011, 0.003)),
    (3, 0.58, 0.01, (0.420, 0.244, 0.141), (0.421, 0.240, 0.137)),
    (3, 0.70, 0.01, (0.2865, 0.2235, 0.1605), (0.291, 0.218, 0.166)),
]


@pytest.mark.parametrize(("patterns", "dilution", "temperature", "theory", "measured"), MEASURED)
def test_overlaps_measured(patterns, dilution, temperature, theory, measured):
    found = multitasking.overlaps(patterns, dilution, temperature)
    assert found == pytest.approx(np.array(theory), abs=6e-4)
    assert found == pytest.approx(np.array(measured), abs=2 / np.sqrt(20_000))


@pytest.mark.parametrize("patterns", [1, 2, 3, 4, 6])
def test_hierarchical_state(patterns):
    limit = multitasking.stability_dilution(patterns)
    for dilution in (0.0, 0.2, 0.45, limit - 1e-3):
        m = multitasking.overlaps(patterns, dilution)
        assert m == pytest.approx((1 - dilution) * dilution ** np.arange(patterns), abs=1e-12)
        energy = -((1 - dilution) ** 2) * (1 - dilution ** (2 * patterns)) / (1 - dilution**2) / 2
        assert multitasking.free_energy(m, dilution) == pytest.approx(energy, abs=1e-12)
    if patterns > 2:
        beyond = limit + 1e-3
        assert abs(multitasking.overlaps(patterns, beyond) - (1 - beyond) * beyond ** np.arange(patterns)).max() > 1e-4


def test_limits_of_the_hierarchical_state():
    expected = [1.0, 1.0, 0.618034, 0.543689, 0.518790, 0.508660, 0.502017]
    assert multitasking.stability_dilution([1, 2, 3, 4, 5, 6, 8]) == pytest.approx(expected, abs=1e-6)
    assert multitasking.stability_dilution(60) == pytest.approx(0.5, abs=1e-12)


def test_parallel_state_of_three_patterns():
    """Beyond the limit m = ((1-d) - D, (1-d) d + D, (1-d) d^2 + D), D = (1-d)^3/2; lower in energy from d = 0.546918."""

    def parallel(d):
        return (1 - d) * d ** np.arange(3) + np.array([-1, 1, 1]) * (1 - d) ** 3 / 2

    for dilution in (0.63, 0.8, 0.95):
        assert multitasking.overlaps(3, dilution) == pytest.approx(np.sort(parallel(dilution))[::-1], abs=1e-12)

    def advantage(d):
        hierarchical = (1 - d) * d ** np.arange(3)
        return multitasking.free_energy(parallel(d), d) - multitasking.free_energy(hierarchical, d)

    assert brentq(advantage, 0.5, 0.6) == pytest.approx(0.546918, abs=1e-6)
    assert brentq(advantage, 0.5, 0.6) == pytest.approx((1 + 2 * np.sqrt(2)) / 7, abs=1e-12)


def test_overlaps_are_stationary_points_of_the_free_energy():
    for patterns, dilution, temperature in ((3, 0.4, 0.1), (4, 0.6, 0.05), (2, 0.2, 0.75)):
        m = multitasking.overlaps(patterns, dilution, temperature)
        assert m[0] > 0.1
        for axis in np.eye(patterns) * 1e-5:
            above, below = (multitasking.free_energy(m + sign * axis, dilution, temperature) for sign in (1, -1))
            assert above - below == pytest.approx(0, abs=1e-11)


def test_one_pattern_is_retrieved_below_a_temperature_of_its_activity():
    d = 0.4
    assert multitasking.overlaps(3, d, 1 - d - 0.02)[0] > 0.1
    assert multitasking.overlaps(3, d, 1 - d + 0.02) == pytest.approx(np.zeros(3), abs=1e-9)
    # one pattern alone: Curie and Weiss on the units that it uses
    m = multitasking.overlaps(1, d, 0.3)[0]
    assert m == pytest.approx((1 - d) * np.tanh(m / 0.3), abs=1e-10)


@pytest.mark.parametrize("below", [1e-2, 1e-3, 1e-4, 1e-6, 1e-9])
def test_close_below_the_highest_temperature_there_is_a_pattern_by_itself(below):
    """Of several overlaps none is left there; the one solves m = (1 - d) tanh(m / T)."""
    for patterns, d in ((1, 0.5), (3, 0.5), (3, 0.2), (5, 0.5)):
        t = (1 - d) * (1 - below)
        m = brentq(lambda m, d=d, t=t: (1 - d) * np.tanh(m / t) / m - 1, 1e-6, 1)
        assert multitasking.overlaps(patterns, d, t) == pytest.approx([m] + [0] * (patterns - 1), abs=1e-5 + 1e-4 * m)


def test_at_and_above_the_highest_temperature_nothing_is_retrieved():
    assert (multitasking.overlaps(3, 0.5, [0.5, 0.6, 10.0]) == 0).all()
    assert (multitasking.overlaps(3, 1.0, [0.0, 0.1]) == 0).all()
    assert multitasking.overlaps(3, 0.5, 0.499)[0] == pytest.approx(0.0387, abs=5e-5)


def test_shapes_and_domains():
    assert multitasking.overlaps(3, np.array([0.1, 0.2]), np.array([[0.0], [0.1], [0.2]])).shape == (3, 2, 3)
    assert isinstance(multitasking.stability_dilution(4), float)
    with pytest.raises(nm.InputError, match="patterns must be a whole number from 1 to 10"):
        multitasking.overlaps(11, 0.5)
    with pytest.raises(nm.InputError, match="dilution must hold finite numbers"):
        multitasking.overlaps(3, 1.5)
    with pytest.raises(nm.InputError, match="patterns must hold whole numbers"):
        multitasking.stability_dilution(2.5)


@pytest.mark.parametrize(("dilution", "quality", "examples"), [(0.3, 0.3, 40), (0.2, 0.5, 15)])
def test_overlaps_of_what_is_learnt_are_those_of_the_states_of_drawn_examples(dilution, quality, examples):
    """The self-consistent state of 200,000 units with drawn sums, synchronously; four standard errors."""
    rng, units = np.random.default_rng(5), 200_000
    x = rng.choice([-1, 1], (2, units)) * (rng.random((2, units)) >= dilution)
    b = (2 * rng.binomial(examples, (1 + quality) / 2, (2, units)) - examples) / (examples * quality)
    n = (1 - dilution) * np.array([1.0, dilution])
    for _ in range(60):
        s = np.sign(np.round(n @ (b * x), 12))
        n = (n + (b * x) @ s / units) / 2
    found = x @ s / units
    np.testing.assert_allclose(multitasking.learnt_overlaps(dilution, quality, examples), found, atol=0.01)


def test_many_examples_teach_the_hierarchical_state_and_one_of_quality_1_is_an_item():
    np.testing.assert_allclose(multitasking.learnt_overlaps(0.2, 1.0, 1), [0.8, 0.16], atol=1e-12)
    np.testing.assert_allclose(multitasking.learnt_overlaps(0.2, 0.5, 1000), [0.8, 0.16], atol=2e-3)


def test_a_network_learns_from_examples_with_and_without_labels():
    rng, units, examples = np.random.default_rng(6), 4000, 40
    x = rng.choice([-1, 1], (2, units)) * (rng.random((2, units)) >= 0.3)
    shown = np.repeat(x, examples, axis=0) * np.where(rng.random((2 * examples, units)) < 0.65, 1, -1)
    line = multitasking.learnt_overlaps(0.3, 0.3, examples)
    for labels in (None, np.repeat([0, 1], examples)):
        memory = nm.Multitasking(units).learn(shown, labels, quality=0.3, classes=2)
        assert memory.stored == 2
        m = np.abs(np.asarray(memory.recall(x[:1]), float)[0] @ x.T) / units  # either sign of the second
        np.testing.assert_allclose(m, line, atol=0.05)  # three standard errors at 4000 units
    means = shown.reshape(2, examples, units).mean(1)
    ratio = memory.synapses["patterns"][means != 0] / means[means != 0]
    np.testing.assert_allclose(ratio, 1 / np.sqrt(0.3**2 + (1 - 0.3**2) / examples), rtol=1e-12)
    assert (memory.store(x).synapses["patterns"][2:] == x).all()
    with pytest.raises(nm.InputError, match=r"examples must hold only \+1, -1 and 0"):
        nm.Multitasking(3).learn([[1, 2, 0]])
