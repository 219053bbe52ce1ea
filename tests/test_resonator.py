"""Vector-symbolic memories: bundles against theory and published numbers, resonators at their published capacity."""

import numpy as np
import pytest

import neuromem as nm
from neuromem.models.resonator import bind, bundle
from neuromem.theory import vsa as theory

# items in the bundle, theory, simulation; 1000 units, 27 codebook items
BUNDLES = [(50, 0.986, 0.993), (100, 0.854, 0.853), (200, 0.593, 0.600)]


@pytest.mark.parametrize(("items", "expected", "simulated"), BUNDLES)
def test_reading_a_bundle(items, expected, simulated):
    """Theory to its digits; 30 bundles, 4 standard errors and 0.01 for the Gaussian noise of (1)."""
    assert theory.bundle_accuracy(1000, items, 27) == pytest.approx(expected, abs=6e-4)
    right = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        codebook, keys = nm.patterns.random(27, 1000, rng=rng), nm.patterns.random(items, 1000, rng=rng)
        chosen = rng.integers(0, 27, items)
        trace = bundle(bind(keys, codebook[chosen]).astype(int))
        memory = nm.Resonator(1000).store(codebook)
        right.append((memory.factor(bind(keys, trace))[:, 0] == chosen).mean())
    error = np.std(right, ddof=1) / 30**0.5
    assert abs(np.mean(right) - expected) < 4 * error + 0.01
    assert abs(np.mean(right) - simulated) < 4 * error + 0.01


def test_bundle_capacity_inverts_its_accuracy():
    for accuracy in (0.5, 0.99):
        assert theory.bundle_accuracy(1000, theory.bundle_items(1000, 27, accuracy=accuracy), 27) == pytest.approx(accuracy)
    assert theory.bundle_accuracy(1000, 1e9, 27) == pytest.approx(1 / 27, abs=1e-3)


def test_published_capacity_grows_as_the_square_of_the_units():
    for factors, coefficient in ((3, 1.5), (4, 1.44), (5, 0.80)):
        units = max(n for f, n in theory.RESONATOR if f == factors)
        assert theory.RESONATOR[factors, units] ** factors / units**2 == pytest.approx(coefficient, rel=0.02)


def solved(units, size, factors, runs, trials=5, **settings):
    """Fraction of random products that are factored, and the median of the sweeps; other codebooks in each run."""
    right, steps = [], []
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        memory = nm.Resonator(units, factors=factors, **settings).store(nm.patterns.random(size * factors, units, rng=rng))
        chosen = rng.integers(0, size, (trials, factors))
        product = bind(*[book[chosen[:, f]] for f, book in enumerate(memory.codebooks)])
        right.append((memory.factor(product) == chosen).all(1).mean())
        recall = memory.recall(product)
        steps.append(recall.steps)
        exact = nm.metrics.exact(recall, product)
        assert exact[(memory.factor(product) == chosen).all(1)].all()
    return np.mean(right), np.std(right, ddof=1) / runs**0.5, np.median(steps)


@pytest.mark.slow
def test_three_factors_at_the_published_capacity():
    """79 items in each of 3 codebooks, 1500 units: .975 (200 trials), median 37.5 sweeps; 99 % published."""
    right, error, sweeps = solved(1500, 79, 3, runs=16)
    assert abs(right - 0.975) < 4 * max(error, 0.011)
    assert 25 < sweeps < 55


def test_two_factors_at_the_published_capacity():
    """340 items in each of 2 codebooks, 1000 units: 99 % published; 4 standard errors."""
    right, error, _ = solved(1000, theory.RESONATOR[2, 1000], 2, runs=6)
    assert abs(right - 0.99) < 4 * max(error, 0.02)


def test_projection_factors_more_than_hebb_and_softmax_settles_sooner():
    hebb, _, slow = solved(500, 30, 3, runs=6, trials=10, steps=200)
    projection, *_ = solved(500, 30, 3, runs=6, trials=10, steps=200, cleanup="projection")
    softmax, _, quick = solved(500, 12, 3, runs=6, trials=10, steps=200, cleanup="softmax")
    assert projection > hebb > 0.4
    assert softmax > 0.9
    assert quick < slow / 3


@pytest.mark.parametrize("cleanup", ["hebb", "projection", "softmax"])
def test_noisy_products_come_back_clean(cleanup):
    x = nm.patterns.random(20, 1000, rng=0)
    memory = nm.Resonator(1000, factors=2, cleanup=cleanup).store(x)
    product = bind(x[0::2], x[1::2])
    for cues in (nm.cues.flip(product, 0.2, rng=1), nm.cues.erase(product, 0.5, rng=2), nm.cues.noise(product, 1.0, rng=3)):
        recall = memory.recall(cues)
        np.testing.assert_array_equal(np.asarray(recall), product)
        assert recall.converged.all()


def test_binding_is_undone_by_binding():
    x, y = nm.patterns.random(5, 100, rng=0), nm.patterns.random(5, 100, rng=1)
    np.testing.assert_array_equal(bind(bind(x, y), y), x)
    assert (bundle(np.concatenate([x, -x])) == 0).all()


def test_bits_are_held_as_bits():
    memory = nm.Resonator(1000, factors=3).store(nm.patterns.random(60, 1000, rng=0))
    assert memory.cost.bits == pytest.approx(60 * 1000, rel=0.1)
    assert [len(book) for book in memory.codebooks] == [20, 20, 20]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nm.Resonator(64, factors=0), "factors must be a positive whole number"),
        (lambda: nm.Resonator(64, cleanup="soft"), "did you mean 'softmax'"),
        (lambda: nm.Resonator(4, factors=3).store(np.ones((2, 4))).recall(np.ones((1, 4))), "every factor an item"),
        (lambda: nm.Resonator(4).store(np.ones((1, 4)), np.ones((1, 4))), "values must be None"),
        (lambda: theory.bundle_accuracy(0, 1, 2), "must be positive"),
        (lambda: theory.bundle_items(100, 4, accuracy=0.2), "between chance, 0.25, and 1"),
    ],
)
def test_what_can_not_be_is_refused(make, message):
    with pytest.raises(nm.InputError, match=message):
        make()
