"""Recognition: its theory against own Gaussian noise and against networks, and the experiment's answers."""

import math

import numpy as np
import pytest

import neuromem as nm
from neuromem import figures, sweep
from neuromem.experiments import recognition
from neuromem.theory import recognition as theory


def test_accuracy_is_that_of_two_gaussians_that_are_drawn():
    """Means e N(N-1)/2 and 0, variance S N(N-1)/2, and answers by comparing numbers; within four standard errors."""
    rng, n, s, e, draws = np.random.default_rng(0), 60, 500.0, 2.0, 400_000
    half = n * (n - 1) / 2
    seen, new = rng.normal((e * half, 0), np.sqrt(s * half), (draws, 2)).T
    yes_no = ((seen > e * half / 2).mean() + (new < e * half / 2).mean()) / 2
    for measured, choices in ((yes_no, 1), ((seen > new).mean(), 2)):
        assert abs(measured - theory.accuracy(n, s, e, choices=choices)) < 4 * 0.5 / draws**0.5


@pytest.mark.parametrize("choices", [1, 2])
def test_the_error_at_capacity_is_the_one_asked_for(choices):
    stored = theory.capacity(300, 0.02, choices=choices)
    assert theory.accuracy(300, stored - 1, choices=choices) == pytest.approx(0.98, abs=1e-12)


def test_an_error_below_rounding_still_has_its_capacity():
    """1 - 1e-17 is 1; the error at the capacity is found again by the complement of the error function."""
    stored = theory.capacity(1000, 1e-17)
    assert math.erfc(math.sqrt(1000 * 999 / (2 * (stored - 1))) / 2 / math.sqrt(2)) / 2 == pytest.approx(1e-17, rel=1e-9)


@pytest.fixture(scope="module")
def data():
    with sweep.on(workers=1):
        return recognition.run(models=("hopfield", "attention"), later=(0, 20, 200), trials=20, new=100, seed=3)


def test_the_networks_energy_follows_the_theory_for_one_and_three_exposures(data):
    """Within four standard errors, and 0.01 for a threshold that is estimated from ten items."""
    found = data.yes_no.sel(model="hopfield", measure="own")
    error = found.std("trial", ddof=1) / data.sizes["trial"] ** 0.5
    assert bool((abs(found.mean("trial") - data.theory_yes_no) < 4 * error + 0.01).all())


def test_recognition_outlives_recall(data):
    last = data.sel(model="hopfield").isel(later=-1, exposures=0).mean("trial")
    assert last.recalled == 0
    assert last.yes_no.sel(measure="own") > 0.95
    kept = data.sel(model="attention")
    assert bool((kept.recalled == 1).all())
    assert bool((kept.choice == 1).all())


def test_a_memory_without_an_energy_is_asked_by_its_match_alone():
    items = nm.patterns.random(5, 64, rng=0)
    own, match = recognition.familiarity(nm.Willshaw(64).store(items), items)
    assert np.isnan(own).all()
    np.testing.assert_array_equal(match, 1)


def test_ties_count_half_and_order_alone_counts():
    seen, new = np.array([[3.0, 2.0]]), np.array([[2.0, 1.0]])
    yes_no, choice = recognition.told(seen, new)
    assert choice == (1 + 1 + 0.5 + 1) / 4
    assert yes_no == ((1 + 0.5) / 2 + (0.5 + 1) / 2) / 2  # the middle is 2
    assert recognition.told(1e3 * seen, 1e3 * new)[1] == choice
    assert recognition.told(new, seen)[1] == 1 - choice


def test_table_and_figure_and_bad_settings(data):
    assert recognition.summary(data).row_count == 3
    assert figures.ALL["recognition"](data).axes
    with pytest.raises(nm.InputError, match="later must be rising numbers"):
        recognition.run(later=(10, 0))
    for bad in ((), (-5, 10), (0.5, 2)):
        with pytest.raises(nm.InputError, match="later"):
            recognition.run(later=bad)
    with pytest.raises(nm.InputError, match="exposures"):
        recognition.run(exposures=(0,))
