"""Capacity of fast weights: theory against simulation within standard errors, and what depends on the criterion."""

import math

import numpy as np
import pytest

import neuromem as nm
from neuromem import patterns
from neuromem.experiments import interference
from neuromem.models.attention import Attention
from neuromem.models.pavlov import Pavlov
from neuromem.theory import fast_weights as theory
from neuromem.theory import top_one


def pairs(items, units, rng):
    return interference.pairs("unique", items, units, rng)


def close(samples, expected, errors=4.0):
    """The mean is within so many of its standard errors of what is expected."""
    return abs(np.mean(samples) - expected) < errors * np.std(samples) / np.sqrt(len(samples))


@pytest.mark.parametrize("rate", [1.0, 0.4])
def test_error_of_the_delta_rule_for_every_age(rate):
    rng, errors = np.random.default_rng(0), []
    for _ in range(300):
        keys, values = pairs(40, 16, rng)
        errors.append(((Pavlov(16, rule="delta", rate=rate).store(keys, values).recall(keys).items - values) ** 2).sum(1))
    expected = theory.delta_error(16, 40, rate)
    error = np.std(errors, 0) / np.sqrt(300)
    assert (np.abs(np.mean(errors, 0) - expected) <= 4 * error + 1e-9).all()
    assert expected[0] > 2 * expected[-1]


def test_error_of_hebb_and_of_least_squares():
    rng, hebb, fit = np.random.default_rng(1), [], []
    for _ in range(60):
        keys, values = pairs(48, 32, rng)
        hebb.append(((Pavlov(32).store(keys, values).recall(keys).items - values) ** 2).sum(1).mean())
        memory = Pavlov(32, rule="least_squares", ridge=1e-9).store(keys, values)
        fit.append(((memory.recall(keys).items - values) ** 2).sum(1).mean())
    assert close(hebb, theory.hebb_error(32, 48))
    assert close(fit, theory.least_squares_error(32, 48))


@pytest.mark.parametrize("decay", [0.9, 0.99])
def test_signal_to_noise_with_decay(decay):
    rng, ratio = np.random.default_rng(2), []
    for _ in range(200):
        keys, values = pairs(20, 64, rng)
        recalled = Pavlov(64, decay=decay).store(keys, values).recall(keys).items[14]
        ratio.append(((recalled - decay**5 * values[14]) ** 2).sum() / decay**10)
    assert close(ratio, 1 / theory.decayed_signal_to_noise(64, 20, decay, 5))


def test_no_pair_is_older_than_the_first():
    assert theory.decayed_signal_to_noise(64, 2, 0.5, [0, 1]) == pytest.approx([64 / 0.25, 64 * 0.25])  # one other pair
    for stored, age, was in ((8, 20, 20), (8, 8, 8), ([9, 8], [8, 9], 9)):
        with pytest.raises(nm.InputError, match=f"^age must be less than stored, but holds {was}; the oldest"):
            theory.decayed_signal_to_noise(64, stored, 0.9, age)


def test_signal_to_noise_of_softmax_attention():
    """Unnormalised weights: power of the crosstalk over that of the signal, at beta = d / 16."""
    rng, ratio = np.random.default_rng(3), []
    for _ in range(40):
        keys, values = pairs(64, 64, rng)
        weight = np.exp(4 * keys @ keys.T)
        noise = (weight - np.diag(np.diag(weight))) @ values
        ratio.append((noise**2).sum(1).mean() / np.exp(8))
        o = Attention(64, beta=4.0, steps=1, similarity="dot").store(keys, values).recall(keys).items
        np.testing.assert_allclose(o, weight @ values / weight.sum(1, keepdims=True), rtol=1e-9)
    assert close(ratio, 1 / theory.softmax_signal_to_noise(64, 64, 4.0))


@pytest.mark.parametrize("beta", [0.0, 4.0, 8.0, 16.0, 300.0])
@pytest.mark.parametrize("units", [3, 64])
def test_signal_to_noise_of_softmax_is_exact(units, beta):
    """The mean square of a wrong weight, by a fine sum over the cosines of two random vectors."""
    cosine = np.linspace(-1, 1, 2_000_001)
    density = (1 - cosine**2) ** ((units - 3) / 2)
    exact = density.sum() / (density * np.exp(2 * beta * (cosine - 1))).sum() / 63
    assert theory.softmax_signal_to_noise(units, 64, beta) == pytest.approx(exact, rel=2e-3)


@pytest.mark.parametrize("items", [9, 66, 256])
def test_signal_to_noise_as_it_is_measured(items):
    """The power along the right value holds some of the crosstalk: at 66 pairs the ratio is above 1."""
    rng, along, across = np.random.default_rng(7), [], []
    for _ in range(200):
        keys, values = pairs(items, 64, rng)
        recalled = Pavlov(64).store(keys, values).recall(keys).items
        along.append(((recalled * values).sum(1) ** 2).mean())
        across.append((recalled**2).sum(1).mean() - along[-1])
    ratio = theory.along_over_across(theory.hebb_signal_to_noise(64, items), 64)
    assert close(np.array(along) - ratio * np.array(across), 0)
    assert (ratio > 1) == (items < 67)


@pytest.mark.parametrize(("units", "share"), [(64, 0.33), (128, 0.38), (256, 0.43)])
def test_where_99_percent_lies_below_the_leading_order_of_top_one(units, share):
    capacity = top_one.capacity(units)
    assert capacity / top_one.leading_capacity(units) == pytest.approx(share, abs=0.005)
    assert top_one.accuracy(units, int(capacity)) > 0.99 > top_one.accuracy(units, int(capacity) + 1)


@pytest.mark.parametrize(
    ("units", "items", "runs"), [(16, 16, 600), (32, 28, 150), (32, 64, 300), (64, 110, 100), (64, 256, 40)]
)
def test_top_one_accuracy_of_hebb(units, items, runs):
    rng, right = np.random.default_rng(4), []
    for _ in range(runs):
        keys, values = pairs(items, units, rng)
        recalled = Pavlov(units).store(keys, values).recall(keys).items
        right.append(((recalled @ values.T).argmax(1) == np.arange(items)).mean())
    assert close(right, top_one.accuracy(units, items))


def test_capacities_solve_their_equations():
    n = top_one.leading_capacity(100.0)
    assert 2 * n * np.log(n) == pytest.approx(100**2)
    assert theory.hebb_signal_to_noise(64, 65) == 1
    assert theory.worst_case_capacity(100) == 10


@pytest.fixture(scope="module")
def data():
    models = ("pavlov", "pavlov:rule=delta", "pavlov:rule=least_squares:ridge=0.001")
    return interference.run(models=models, units=(32,), trials=8)


def test_capacity_and_order_depend_on_the_criterion(data):
    """By error the delta rule beats Hebb, by top-1 Hebb beats the delta rule; the exact fit beats both."""
    held = data.capacity.isel(units=0).sel(setting="unique").median("trial")
    hebb, delta, fit = (held.sel(model=model) for model in data.model.values)
    error, top = (dict(criterion=name) for name in ("squared error 1/2", "top-1 99%"))
    assert hebb.sel(error) < delta.sel(error) < fit.sel(error)
    assert delta.sel(top) < hebb.sel(top) < fit.sel(top)
    assert float(hebb.sel(criterion="signal/noise 1")) == pytest.approx(33, rel=0.15)
    assert float(fit.sel(error)) == pytest.approx(64, rel=0.1)


def test_only_the_delta_rule_follows_reassigned_keys(data):
    right = data.correct.isel(units=0).sel(setting="reassigned", load=0.5).mean("trial")
    hebb, delta, fit = right.values
    assert delta > 0.95
    assert abs(hebb - 0.5) < 0.2
    assert abs(fit - 0.5) < 0.2


def test_two_values_that_fit_alike_share_the_answer():
    """One key with two values: Hebb's rule returns their sum, and rounding must not choose."""
    normal = patterns.itemset("normal", units=16, real=True)
    for seed in range(5):
        found = interference.point(seed=seed, model="pavlov", units=16, setting="reassigned", loads=(0.125,), items=[normal])
        assert found["correct"][1].tolist() == [0.5]


def test_figure_and_table(data):
    from neuromem import figures

    assert [len(draw(data).axes) for draw in figures.pictures("interference").values()] == [2, 4]
    assert interference.summary(data).row_count == 3


@pytest.mark.parametrize("bad", [{"loads": (1.0, 0.5)}, {"units": (2,)}, {"models": ("pavlof",)}])
def test_bad_input_is_refused(bad):
    with pytest.raises(nm.InputError):
        interference.run(**bad)


@pytest.mark.parametrize("decay", [1e-150, 1e-9, 1e-8, 0.3, 1 - 1e-12, 1 - 1e-15, 1.0])
def test_signal_to_noise_at_any_decay(decay):
    """The sum over the other pairs, term by term."""
    for stored, age in ((2, 0), (2, 1), (8, 1), (8, 0)):
        others = math.fsum(decay ** (2 * b) for b in range(stored) if b != age)
        assert theory.decayed_signal_to_noise(64, stored, decay, age) == pytest.approx(64 * decay ** (2 * age) / others)
    with pytest.raises(nm.InputError, match="decay must leave the answer within float64"):
        theory.decayed_signal_to_noise(64, 2, 1e-160, 0)
