"""Items, damage and metrics: their definitions, their statistics, and any kind of array."""

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import neuromem as nm
from neuromem.arrays import same_kind, to_host

sizes = st.integers(1, 40)


@given(items=sizes, units=sizes, seed=st.integers(0, 2**40))
@settings(max_examples=30, deadline=None)
def test_random_items_are_spins_and_depend_on_the_seed_alone(items, units, seed):
    x = nm.patterns.random(items, units, rng=seed)
    assert x.shape == (items, units)
    assert set(np.unique(x)) <= {-1, 1}
    np.testing.assert_array_equal(x, nm.patterns.random(items, units, rng=np.random.default_rng(seed)))


def test_random_items_are_unbiased_and_uncorrelated():
    x = nm.patterns.random(400, 1000, rng=0).astype(float)
    assert abs(x.mean()) < 4 / np.sqrt(x.size)
    between = (x @ x.T / 1000)[np.triu_indices(400, 1)]
    assert abs(between.var() * 1000 - 1) < 4 * np.sqrt(2 / between.size)


@pytest.mark.parametrize("correlation", [0.0, 0.3, 1.0])
def test_correlated_items_have_that_correlation(correlation):
    pairs = [
        (x[0] * x[1]).mean() for x in (nm.patterns.correlated(2, 500, correlation=correlation, rng=s) for s in range(200))
    ]
    assert abs(np.mean(pairs) - correlation) <= 4 * np.std(pairs) / np.sqrt(200)


def test_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    grey, names = load_digits(return_X_y=True)
    images, labels = nm.patterns.digits()
    np.testing.assert_array_equal(images, np.where(grey > 7.5, 1, -1))
    np.testing.assert_array_equal(labels, names)


def test_digits_are_images_of_their_labels():
    images, labels = nm.patterns.digits()
    assert images.shape == (1797, 64)
    assert np.bincount(labels).min() > 170
    means = np.stack([images[labels == k].mean(0) for k in range(10)])
    assert (np.argmax(images @ means.T - (means**2).sum(1) / 2, 1) == labels).mean() > 0.85  # nearest mean image
    few, names = nm.patterns.digits(7, rng=3)
    found = [(images == image).all(1) & (labels == name) for image, name in zip(few, names, strict=True)]
    assert np.array(found).any(1).all()


@given(fraction=st.floats(0, 1), units=st.integers(1, 60), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_damage_touches_exactly_the_stated_number_of_units(fraction, units, seed):
    x = nm.patterns.random(5, units, rng=seed)
    number = round(fraction * units)
    assert ((nm.cues.flip(x, fraction, rng=seed) != x).sum(1) == number).all()
    erased = nm.cues.erase(x, fraction, rng=seed)
    assert ((erased == 0).sum(1) == number).all()
    assert ((erased == x) | (erased == 0)).all()
    hidden = nm.cues.occlude(x, fraction, rng=seed) == 0
    assert (hidden.sum(1) == number).all()
    assert (np.abs(np.diff(hidden, axis=1, prepend=False, append=False)).sum(1) <= 2).all()  # one run


def test_occluded_block_is_a_rectangle_within_the_image():
    hidden = (nm.cues.occlude(np.ones((50, 64)), 0.25, shape=(8, 8), rng=0) == 0).reshape(50, 8, 8)
    assert (hidden.any(2).sum(1) == 4).all()
    assert (hidden.any(1).sum(1) == 4).all()
    assert (hidden.sum((1, 2)) == 16).all()
    assert len({tuple(np.argwhere(h)[0]) for h in hidden}) > 5


def test_noise_has_that_deviation():
    x = nm.patterns.random(100, 1000, rng=0)
    assert abs((nm.cues.noise(x, 0.7, rng=1) - x).std() - 0.7) < 0.7 * 4 / np.sqrt(2 * x.size)


def test_metrics_by_hand():
    y = np.array([[1, 1, -1, -1], [1, 1, 1, 1]])
    x = np.array([[1, 1, -1, -1], [1, 1, -1, 0]])
    np.testing.assert_allclose(nm.metrics.overlap(x, y), [1, 1 / np.sqrt(3 * 4)])
    np.testing.assert_array_equal(nm.metrics.exact(x, y), [True, False])
    np.testing.assert_allclose(nm.metrics.bit_error(x, y), [0, 1.5 / 4])
    assert nm.metrics.overlap(np.zeros_like(y), y).tolist() == [0, 0]


@pytest.mark.parametrize("dtype", [">f8", np.float64, np.float32])
def test_rounding_is_no_sign(dtype):
    y = nm.patterns.random(40, 30, rng=0)
    x = np.where(np.random.default_rng(1).random(y.shape) < 0.03, 0.0, 0.3 * y)  # 0 where two answers differ
    coins = np.random.default_rng(2).choice([-1, 1], y.shape)
    rounded = np.where(x == 0, 4 * np.finfo(dtype).eps * coins, x).astype(dtype)
    np.testing.assert_array_equal(nm.metrics.signs(rounded), np.sign(x))
    for metric in (nm.metrics.exact, nm.metrics.bit_error):
        np.testing.assert_array_equal(metric(rounded, y), metric(np.sign(x), y))
    assert nm.metrics.information(rounded, y) == nm.metrics.information(np.sign(x), y)
    np.testing.assert_array_equal(nm.metrics.signs((1e-3 * x).astype(dtype) + (x == 0)), np.sign(x) + (x == 0))


@pytest.mark.parametrize("error", [0.0, 0.1, 0.5])
def test_information_is_that_of_a_binary_symmetric_channel(error):
    y = nm.patterns.random(200, 1000, rng=0)
    x = np.where(np.random.default_rng(1).random(y.shape) < error, -y, y)
    entropy = 0 if error == 0 else -(error * np.log2(error) + (1 - error) * np.log2(1 - error))
    assert nm.metrics.information(x, y) / y.size == pytest.approx(1 - entropy, abs=0.003)
    cues = nm.cues.erase(y, 0.25, rng=2)
    assert nm.metrics.information(y, y, cues) / y.size == pytest.approx(0.25, abs=0.003)


KINDS = {
    "frame": pd.DataFrame,
    "labelled": xr.DataArray,
    "big-endian": lambda x: x.astype(">f8"),
    "fortran": lambda x: np.asfortranarray(x.astype(">i4")),
    "read-only": lambda x: np.frombuffer(x.tobytes(), np.int8).reshape(x.shape),
    "list": lambda x: x.tolist(),
    "float16": lambda x: x.astype(np.float16),
    "bfloat16": lambda x: torch.tensor(x).to(torch.bfloat16),
    "gradient": lambda x: torch.tensor(x, dtype=torch.float32, requires_grad=True),
    "recall": lambda x: nm.Hopfield(32).store(x).recall(x),
}


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_every_kind_of_array_gives_the_numbers_of_int8(make):
    x = nm.patterns.random(3, 32, rng=0)
    y = nm.cues.flip(x, 0.3, rng=1)
    for damage in (nm.cues.flip, nm.cues.erase, nm.cues.occlude):
        np.testing.assert_array_equal(to_host(damage(make(x), 0.4, rng=2)), damage(x, 0.4, rng=2))
    for metric in (nm.metrics.overlap, nm.metrics.exact, nm.metrics.bit_error, nm.metrics.information):
        np.testing.assert_array_equal(metric(y, make(x)), metric(y, x))
        np.testing.assert_array_equal(metric(make(x), y), metric(x, y))
    for one, other in zip(
        nm.patterns.examples(make(x), 2, quality=0.5), nm.patterns.examples(x, 2, quality=0.5), strict=True
    ):
        np.testing.assert_array_equal(to_host(one), other)


def test_damage_stays_in_the_array_library_and_keeps_the_gradient():
    x = torch.tensor(nm.patterns.random(3, 8, rng=0), dtype=torch.float32, requires_grad=True)
    for damage in (nm.cues.flip, nm.cues.erase, nm.cues.occlude, nm.cues.noise):
        damaged = damage(x, 0.5)
        assert isinstance(damaged, torch.Tensor)
        assert damaged.dtype == torch.float32
        (slope,) = torch.autograd.grad(damaged.sum(), x)
        expected = {"flip": damaged / x, "noise": torch.ones_like(x)}.get(damage.__name__, (damaged != 0).float())
        np.testing.assert_array_equal(slope, expected.detach())


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "u8"])
def test_unsigned_numbers_have_their_minus_one(dtype):
    flipped = nm.cues.flip(np.ones((2, 10), dtype), 0.2, rng=0)
    assert sorted(flipped[0].tolist()) == [-1] * 2 + [1] * 8
    with pytest.raises(nm.InputError, match=r"only \+1 and -1, but holds 0; .* np.where\(items > 0, 1, -1\)"):
        nm.cues.flip(np.eye(4, dtype=dtype), 0.2)
    bits = np.eye(4, dtype=dtype)
    assert set(np.where(bits > 0, 1, -1).ravel()) == {-1, 1}  # what the error says
    assert nm.metrics.bit_error(bits, -np.ones((4, 4))).tolist() == [0.625] * 4  # 3 of 4 unknown, 1 wrong
    assert same_kind(np.array([-1, 1], np.int8), bits).tolist() == [-1, 1]
    assert same_kind(np.array([-1, 1], np.int8), torch.ones(2, dtype=torch.uint8)).tolist() == [-1, 1]


@pytest.mark.parametrize("size", [1e308, 1e200, 1e-200, 5e-324])
def test_overlap_of_the_largest_and_the_smallest_numbers(size):
    x, y = size * np.array([[1.0, 1, 1, 1]]), np.array([[1.0, 1, 1, -1]])
    np.testing.assert_allclose([nm.metrics.overlap(x, y), nm.metrics.overlap(y, x)], 0.5, rtol=1e-12)


@pytest.mark.parametrize("number", [2**62, 2**31 - 1, 10**30])
def test_a_number_of_examples_that_no_machine_can_hold_is_refused(number):
    for call in (
        lambda: nm.patterns.examples(np.ones((2, 50)), number, quality=0.5),
        lambda: nm.patterns.random(number, 10**6),
        lambda: nm.patterns.sparse(10**6, number, activity=0.5),
        lambda: nm.patterns.correlated(number, 10**6, correlation=0.5),
    ):
        with pytest.raises(nm.InputError, match=r"must (be a whole number|make arrays that fit)"):
            call()


def test_a_memory_without_synapses_has_no_bits_for_each():
    x = nm.patterns.random(2, 8, rng=0)
    with pytest.raises(nm.InputError, match="memory must have synapses"):
        nm.metrics.bits_per_synapse(x, x, nm.Attention(8))
    for memory in (None, nm.Hopfield, 3):
        with pytest.raises(nm.InputError, match="memory must be a memory"):
            nm.metrics.bits_per_synapse(x, x, memory)


def test_information_counts_blanks_as_a_state():
    """By hand: H of (1/2, 1/4, 1/4) is 3/2 bits, and a constant tells nothing."""
    items = np.array([[0, 0, 1, -1]])
    assert nm.metrics.information(items, items) == pytest.approx(4 * 1.5)
    assert nm.metrics.information(np.ones((1, 4)), items) == pytest.approx(0)


@pytest.mark.parametrize("units", [1, 5, 101])
def test_the_activity_of_drawn_items_of_an_odd_number_of_units(units):
    """Their mean over many draws: only sparse items have a fixed count."""
    for text, correlation in (("random", 0.0), ("correlated:correlation=0.2", 0.2)):
        found = nm.patterns.itemset(text, units=units)
        assert (found.activity, found.correlation) == (0.5, correlation)
        assert abs(np.mean([found.draw(1, rng=seed) for seed in range(400)])) < 4 / 400**0.5
    found = nm.patterns.itemset("sparse:activity=0.3", units=5)
    assert found.activity == (found.draw(1) > 0).mean() == 0.4


@pytest.mark.parametrize("cut", ["mean", "median"])
def test_a_row_of_equal_values_is_silent(cut):
    """No value is above the mean of equal ones, whatever its rounding."""
    for value in (0.1, 0.3, 0.7):
        for units in range(2, 40):
            assert (nm.patterns.load(np.full((1, units), value), cut=cut) == -1).all()
