"""Items, damage and metrics: their definitions, their statistics, their errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neuromem as nm

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


@pytest.mark.parametrize("error", [0.0, 0.1, 0.5])
def test_information_is_that_of_a_binary_symmetric_channel(error):
    y = nm.patterns.random(200, 1000, rng=0)
    x = np.where(np.random.default_rng(1).random(y.shape) < error, -y, y)
    entropy = 0 if error == 0 else -(error * np.log2(error) + (1 - error) * np.log2(1 - error))
    assert nm.metrics.information(x, y) / y.size == pytest.approx(1 - entropy, abs=0.003)
    cues = nm.cues.erase(y, 0.25, rng=2)
    assert nm.metrics.information(y, y, cues) / y.size == pytest.approx(0.25, abs=0.003)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nm.patterns.random(0, 5), "items must be a positive whole number, but was 0"),
        (lambda: nm.patterns.random(3, 5, rng=-1), "rng must be"),
        (lambda: nm.patterns.random(3, 5, rng=1.5), "rng must be"),
        (lambda: nm.patterns.sparse(3, 10, activity=0.01), "make at least one of 10 units active"),
        (lambda: nm.patterns.sparse(3, 10, activity=1.5), r"activity must be in \[0, 1\]"),
        (lambda: nm.patterns.digits(5000), "there are 1797 images"),
        (lambda: nm.cues.flip(np.ones((2, 4)), 1.5), r"fraction must be in \[0, 1\], but was 1.5"),
        (lambda: nm.cues.erase(np.ones((2, 4)), float("nan")), "fraction must be a finite number"),
        (lambda: nm.cues.noise(np.ones((2, 4)), -1), "deviation must be"),
        (lambda: nm.cues.occlude(np.ones((2, 4)), 0.5, shape=(3, 3)), "shape must multiply to 4 units"),
        (lambda: nm.cues.flip([[1, 2], [1]], 0.5), "rows differ in length"),
        (lambda: nm.cues.flip(np.ones((2, 2), bool), 0.5), "2 \\* items - 1"),
        (
            lambda: nm.metrics.overlap(np.ones((2, 3)), np.ones((2, 4))),
            r"recalled must have shape \(2, 4\), but has shape \(2, 3\)",
        ),
        (lambda: nm.models.make("hopfield:nonsense", 4), "NAME:KEY=VALUE"),
        (lambda: nm.models.make("hopfeild", 4), "did you mean 'hopfield'"),
        (lambda: nm.models.make("hopfield:rulee=hebb", 4), "did you mean 'rule'"),
    ],
)
def test_errors_say_what_it_must_be_what_it_was_and_the_way_out(call, message):
    with pytest.raises(nm.InputError, match=message):
        call()
