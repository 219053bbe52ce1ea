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


def test_shapes_and_domains():
    assert multitasking.overlaps(3, np.array([0.1, 0.2]), np.array([[0.0], [0.1], [0.2]])).shape == (3, 2, 3)
    assert isinstance(multitasking.stability_dilution(4), float)
    with pytest.raises(nm.InputError, match="patterns must be a whole number from 1 to 10"):
        multitasking.overlaps(11, 0.5)
    with pytest.raises(nm.InputError, match="dilution must hold finite numbers"):
        multitasking.overlaps(3, 1.5)
    with pytest.raises(nm.InputError, match="patterns must hold whole numbers"):
        multitasking.stability_dilution(2.5)
