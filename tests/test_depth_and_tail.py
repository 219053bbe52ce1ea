"""Stacks of heads and facts of a heavy tail: theory against simulation, and what each experiment is to show."""

import numpy as np
import pytest

import neuromem as nm
from neuromem import figures, patterns
from neuromem.experiments import depth, heavy_tail
from neuromem.theory import fast_weights
from neuromem.theory import heavy_tail as theory


@pytest.mark.parametrize(("heads", "units", "width"), [(1, 8, 32), (4, 8, 32), (1, 32, 32)])
def test_error_of_a_stack_of_linear_heads(heads, units, width):
    """Mean squared error after each of three layers, within 4 standard errors."""
    items = patterns.itemset("normal", units=width, real=True)
    settings = {"model": "pavlov:normalise=none", "heads": heads, "pairs": 12, "items": items, "units": units, "depth": 3}
    found = np.array([depth.point(seed=seed, **settings)["distance"][1] for seed in range(60)])
    expected = fast_weights.stacked_error(width, units, 12, heads, np.arange(1, 4))
    assert (np.abs(found.mean(0) - expected) < 4 * found.std(0) / np.sqrt(60)).all()
    assert expected[2] > 3 * expected[0] > 0.3


def test_redundancy_stops_at_the_crosstalk_of_the_width():
    error = fast_weights.stacked_error(128, 16, 24, np.array([1, 8, 1e9]), 1)
    assert error[0] > 3 * error[1] > 3 * error[2]
    assert error[2] == pytest.approx(fast_weights.hebb_error(128, 24))
    assert fast_weights.stacked_error(64, 64, 33, 5, 1) == fast_weights.hebb_error(64, 33)  # heads of full width are one


@pytest.fixture(scope="module")
def stacks():
    with nm.sweep.on(workers=1):
        return depth.run(heads=(1, 8), depth=5, trials=3)


def test_softmax_heads_correct_errors_and_linear_ones_add_them_up(stacks):
    right = stacks.correct.median("trial").isel(depth=-1)
    sharp, linear, fit = "attention:similarity=cosine:beta=8:steps=1", "pavlov", "pavlov:rule=least_squares"
    assert right.sel(model=sharp, heads=1) == 1
    assert right.sel(model=linear, heads=1) < 0.3 < right.sel(model=linear, heads=8) < right.sel(model=fit, heads=8)


def test_a_fact_of_zipf_learnt_by_gradient_descent_follows_its_margin():
    """No draws, rate 0.5: error of every class within 0.01 of the flow."""
    settings = {"facts": 15, "exponent": 1.0, "batch": 0, "steps": 200}
    found = heavy_tail.point(seed=0, embedding="rotated", optimiser="sgd", rate=0.5, **settings)["wrong"][1]
    time, p = 0.5 * heavy_tail.looks(200), theory.frequencies(15, 1.0)
    expected = theory.error(theory.gradient_margin(time[:, None], p, 15), 15)
    by_class = np.stack([expected[:, heavy_tail.octaves(15) == one].mean(1) for one in range(4)], 1)
    np.testing.assert_allclose(found, by_class, atol=0.01)
    assert found[-1, 0] < 0.1 < found[-1, 3]


def test_margins_solve_their_equations():
    margin = theory.gradient_margin([0.0, 1.0, 1e3, 1e6], 0.01, 100)
    np.testing.assert_allclose(np.exp(margin) + 99 * margin, 1 + 0.01 * 100 * np.array([0, 1, 1e3, 1e6]))
    assert theory.error(np.log(99), 100) == pytest.approx(0.5)
    for exponent in (0.0, 1.0, 2.0):
        assert np.abs(theory.polar_rates(theory.frequencies(100, exponent)) - 1).max() < 0.03


@pytest.mark.parametrize(
    ("time", "margin"),
    [(0.0, 0.0), (1e-6, 9.99999999609e-8), (100.0, 6.20137232113), (1e17, 41.6933917518), (1e20, 48.6011470308)],
)
def test_margins_after_any_time(time, margin):
    """The root of (2) by bisection with 60 digits."""
    found = theory.gradient_margin(time, 0.1, 128)
    assert found == pytest.approx(margin, rel=1e-11, abs=1e-15)
    assert np.exp(found) + 127 * found == pytest.approx(1 + 12.8 * time)


def test_the_direction_of_the_gradient_learns_all_facts_alike():
    """Steps along the polar factor, taken from the singular values: every margin is r_k time."""
    p = theory.frequencies(20, 1.0)
    weights = np.zeros((20, 20))
    for _ in range(50):
        right = np.exp(weights) / np.exp(weights).sum(0)
        left, _, other = np.linalg.svd((np.eye(20) - right) * p)
        weights += 0.1 * left[:, :-1] @ other[:-1]
    wrong = 1 - (np.exp(weights) / np.exp(weights).sum(0)).diagonal()
    np.testing.assert_allclose(wrong, theory.error(5 * theory.polar_rates(p), 20), atol=0.01)
    slow = theory.error(theory.gradient_margin(120.0, p, 20), 20)
    assert wrong.max() / wrong.min() < 1.5
    assert slow.min() < wrong.min() < wrong.max() < 0.2 * slow.max()


@pytest.fixture(scope="module")
def tail():
    with nm.sweep.on(workers=1):
        return heavy_tail.run(embeddings=("one-hot", "rotated"), rates=(0.01, 0.1, 3.0), facts=31, steps=400, trials=2)


def test_muon_is_fair_in_any_basis_adam_in_one(tail):
    """How much longer the rarest class takes than the most frequent fact."""
    learnt = tail.learnt.isel({"class": [0, -1]})

    def ratio(embedding, optimiser, rate):
        first, last = learnt.sel(embedding=embedding, optimiser=optimiser, rate=rate).median("trial").values
        return last / first

    assert ratio("rotated", "sgd", 3.0) > 10
    assert ratio("rotated", "adam", 0.01) > 4
    assert ratio("one-hot", "adam", 0.01) < 2
    for embedding in ("one-hot", "rotated"):
        assert ratio(embedding, "muon", 0.1) < 1.6


def test_figures_and_tables(stacks, tail):
    for name, experiment, data in (("depth", depth, stacks), ("heavy_tail", heavy_tail, tail)):
        assert experiment.summary(data).row_count == 6
        assert figures.ALL[name](data).axes


@pytest.mark.parametrize(
    ("experiment", "bad"),
    [
        (depth, {"units": 300}),
        (depth, {"models": ("pavlof",)}),
        (depth, {"heads": (0,)}),
        (heavy_tail, {"optimisers": ("moon",)}),
        (heavy_tail, {"embeddings": ("onehot",)}),
        (heavy_tail, {"rates": (0.0,)}),
        (heavy_tail, {"facts": 3}),
    ],
)
def test_bad_input_is_refused(experiment, bad):
    with pytest.raises(nm.InputError):
        experiment.run(**bad)


def test_the_rates_of_rare_facts_have_their_digits():
    """The polar factor with 60 digits in mpmath, for 12 facts whose frequencies span 17 orders and for equal ones."""
    rates = theory.polar_rates(theory.frequencies(12, 16.0))
    expected = [0.9794719245617598, 0.951683336254938, 0.9037570152564706, 0.7915561241426701, 0.20386360376166462]
    np.testing.assert_allclose(rates[-5:], expected, rtol=1e-12)
    rates = theory.polar_rates([0.3, 0.3, 0.1, 0.1, 0.1, 0.05, 1e-9, 1e-9])
    np.testing.assert_allclose(
        rates[3:], [1.0399355077982682] * 2 + [1.0109075786641426] + [0.5714285802409799] * 2, rtol=1e-12
    )
    np.testing.assert_allclose(theory.polar_rates(theory.frequencies(1000, 5.0)), 1, atol=0.01)


def test_margins_of_the_first_moment_have_their_digits():
    """At a small time the margin is p time (1 - p time / (2 K))."""
    for time in (1e-300, 1e-15, 1e-10, 1e-7, 1e-6):
        for facts in (2, 3, 1000):
            assert theory.gradient_margin(time, 1.0, facts) == pytest.approx(time * (1 - time / (2 * facts)), rel=1e-12)


def test_heads_wider_than_their_layer_are_refused():
    with pytest.raises(nm.InputError, match="units must be at most the width, but holds 64"):
        fast_weights.stacked_error(16, [8, 64], 33, 1, 1)
