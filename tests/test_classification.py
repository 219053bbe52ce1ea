"""The dense memory that is trained as a classifier: its slope, and that it learns."""

import itertools

import numpy as np

from neuromem import patterns
from neuromem.experiments import classification


def test_the_first_step_goes_down_the_slope_of_the_square_error():
    """Each change against differences of the error, computed one image and one class at a time."""
    rng = np.random.default_rng(0)
    images, labels = rng.choice([-1.0, 1.0], (7, 6)), np.array([0, 1, 2, 0, 1, 2, 0])
    start = np.clip(np.random.default_rng(3).normal(-0.3, 0.3, (2, 9)), -1, 1)
    after = next(classification.learn(images, labels, order=3, memories=2, rate=1e-6, rng=np.random.default_rng(3)))

    def error(items):
        total = 0.0
        for image, label in zip(images, labels, strict=True):
            for c in range(3):
                on = np.full(3, -1.0)
                on[c] = 1
                fields = [np.maximum(items @ np.r_[image, classes], 0) ** 3 for classes in (on, np.full(3, -1.0))]
                total += (
                    np.tanh((fields[0] - fields[1]).sum() / (classification.HEAT * 6) ** 3) - (1 if c == label else -1)
                ) ** 8
        return total

    slope = np.zeros_like(start)
    for at in np.ndindex(start.shape):
        step = np.zeros_like(start)
        step[at] = 1e-5
        slope[at] = (error(start + step) - error(start - step)) / 2e-5
    expected = np.clip(start - 1e-6 * slope / np.abs(slope).max(1, keepdims=True), -1, 1) - start
    np.testing.assert_allclose(after - start, expected, atol=1e-9)


def test_it_learns_digits():
    images, labels = patterns.digits(1797, rng=0)  # mixed: the writers of the last ones are others
    images, rng = images.astype(float), np.random.default_rng(0)
    passes = classification.learn(images[:1400], labels[:1400], order=3, memories=60, rate=0.03, rng=rng)
    items = next(itertools.islice(passes, 25, None))
    gain = classification.margins(items, images[1400:], 3, 10)[2]
    assert (gain.argmax(1) == labels[1400:]).mean() > 0.88
    assert np.abs(items).max() <= 1
