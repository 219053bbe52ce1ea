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
        stored = theory.bundle_capacity(1000, 27, accuracy=accuracy)
        assert theory.bundle_accuracy(1000, stored, 27) == pytest.approx(accuracy)
    assert theory.bundle_accuracy(1000, 1e9, 27) == pytest.approx(1 / 27, abs=1e-3)


def test_published_codebooks_against_the_square_of_the_units():
    """D^F / N^2 of each published size, as the docstring of the theory says."""
    ratios = {(f, n): size**f / n**2 for (f, n), size in theory.RESONATOR.items()}
    expected = {(3, 1500): 0.22, (3, 2000): 0.52, (3, 7000): 1.52, (4, 10_000): 1.44, (5, 5000): 0.59}
    expected |= {(5, 10_000): 0.80, (6, 10_000): 0.50, (7, 10_000): 0.37, (2, 1000): 0.12}
    for key, ratio in expected.items():
        assert ratios[key] == pytest.approx(ratio, abs=0.005)
    three = [ratios[3, n] for n in (1500, 2000, 3000, 5000, 7000)]
    assert (np.diff(three[:3]) > 0).all()
    assert min(r for (f, _), r in ratios.items() if f > 2) == ratios[3, 1500]
    assert max(ratios.values()) == ratios[3, 7000]


def solved(units, size, factors, runs, trials=5, **settings):
    """Fraction of random products that are factored, and the median of the sweeps; other codebooks in each run."""
    right, steps = [], []
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        memory = nm.Resonator(units, factors=factors, **settings).store(nm.patterns.random(size * factors, units, rng=rng))
        chosen = rng.integers(0, size, (trials, factors))
        product = bind(*[book[chosen[:, f]] for f, book in enumerate(memory.codebooks)])
        recall = memory.recall(product)
        right.append(nm.metrics.exact(recall, product).mean())
        steps.append(recall.steps)
    return np.mean(right), np.std(right, ddof=1) / runs**0.5, np.median(steps)


def test_three_factors_at_the_published_capacity():
    """79 items in each of 3 codebooks, 1500 units: .975 (200 trials), median 37.5 sweeps; 99 % published."""
    right, error, sweeps = solved(1500, 79, 3, runs=16)
    assert abs(right - 0.975) < 4 * max(error, 0.011)
    assert 25 < sweeps < 55


def test_two_factors_at_the_published_capacity():
    """340 items in each of 2 codebooks, 1000 units: 99 % published; 4 standard errors."""
    right, error, _ = solved(1000, theory.RESONATOR[2, 1000], 2, runs=6)
    assert abs(right - 0.99) < 4 * max(error, 0.02)


def test_projection_factors_more_than_hebb():
    hebb, *_ = solved(500, 30, 3, runs=6, trials=10, steps=200)
    projection, *_ = solved(500, 30, 3, runs=6, trials=10, steps=200, cleanup="projection")
    assert projection > hebb > 0.4


def test_noise_on_its_scores_makes_the_softmax_find_more_than_hebb():
    """80 items in each of three codebooks, 500 units: the docstring's 82 %, 18 % and 10 % within 4 standard errors."""
    for settings, expected in ({"cleanup": "softmax"}, 0.82), ({}, 0.18), ({"cleanup": "softmax", "noise": 0}, 0.10):
        right, error, _ = solved(500, 80, 3, runs=8, trials=10, **settings)
        assert abs(right - expected) < 4 * max(error, 0.03), (settings, right, error)


def factored_by_hand(books, s, beta, noise, rng, sweeps):
    """Products found by equation (4) in plain NumPy, one cue after the other: the product of the answers is the cue."""
    right = []
    for cue in s:
        state = [book.mean(0) for book in books]
        for _ in range(sweeps):
            answers = []
            for f, book in enumerate(books):
                y = cue * np.prod([other for g, other in enumerate(state) if g != f], axis=0)
                match = book @ y
                scores = match / np.sqrt(y @ y * len(cue)) + noise / np.sqrt(len(cue)) * rng.normal(size=len(book))
                weight = np.exp(beta * (scores - scores.max()))
                state[f] = weight @ book / weight.sum()
                answers.append(book[np.abs(match).argmax()])
            if abs(cue @ np.prod(answers, axis=0)) == len(cue):
                break
        right.append(abs(cue @ np.prod(answers, axis=0)) == len(cue))
    return np.mean(right)


def test_the_noisy_softmax_finds_as_much_as_its_equation_by_hand():
    """60 items in each of three codebooks, 400 units, at most 216 sweeps; 4 standard errors of two means."""
    by_hand = []
    for seed in range(8):
        rng = np.random.default_rng([7, seed])
        books = rng.choice((-1.0, 1.0), (3, 60, 400))
        s = np.prod([book[rng.integers(0, 60, 10)] for book in books], axis=0)
        by_hand.append(factored_by_hand(books, s, 400**0.5, 1.5, rng, sweeps=216))
    right, error, _ = solved(400, 60, 3, runs=8, trials=10, cleanup="softmax")
    assert abs(right - np.mean(by_hand)) < 4 * np.hypot(error, np.std(by_hand, ddof=1) / 8**0.5)
    assert 0.5 < right < 1


def test_each_recall_draws_new_noise_and_the_seed_fixes_them_all():
    x = nm.patterns.random(150, 300, rng=0)
    product = bind(x[0:12:3], x[1:12:3], x[2:12:3])

    def history(rng):
        memory = nm.Resonator(300, factors=3, cleanup="softmax", rng=rng).store(x)
        return [memory.recall(product).steps.tolist() for _ in range(2)]

    assert history(1) == history(1)
    assert history(1)[0] != history(1)[1]
    assert history(1) != history(2)


def test_the_noise_of_a_cue_depends_on_no_other_cue():
    x = nm.patterns.random(90, 300, rng=0)
    product = bind(x[0:12:3], x[1:12:3], x[2:12:3])
    one, each = (nm.Resonator(300, factors=3, cleanup="softmax").store(x) for _ in range(2))
    whole, alone = one.recall(product), [each.recall(cue[None]) for cue in product]
    assert whole.steps.tolist() == [recall.steps[0] for recall in alone]
    np.testing.assert_array_equal(whole.items, [recall.items[0] for recall in alone])
    assert len(set(whole.steps.tolist())) > 1  # they end at several sweeps, so that later sweeps have fewer cues


def test_other_items_can_take_the_place_of_those_stored():
    x = nm.patterns.random(20, 200, rng=0)
    memory = nm.Resonator(200).store(x)
    half = memory.synapses["items"] / 2
    memory.synapses = {"items": half}
    np.testing.assert_array_equal(memory.recall(x).items, x / 2)
    np.testing.assert_array_equal(memory.store(x[:1]).synapses["items"], np.concatenate([half, x[:1]]))
    assert memory.cost.bits == 21 * 200 * 64
    memory.synapses = {"items": np.sign(memory.synapses["items"])}
    np.testing.assert_array_equal(memory.recall(x).items, x)
    assert memory.cost.bits == 21 * 256


@pytest.mark.parametrize("cleanup", ["hebb", "projection", "softmax"])
def test_noisy_products_come_back_clean(cleanup):
    x = nm.patterns.random(20, 1000, rng=0)
    memory = nm.Resonator(1000, factors=2, cleanup=cleanup).store(x)
    product = bind(x[0::2], x[1::2])
    for cues in (nm.cues.flip(product, 0.2, rng=1), nm.cues.erase(product, 0.5, rng=2), nm.cues.noise(product, 1.0, rng=3)):
        recall = memory.recall(cues)
        np.testing.assert_array_equal(np.asarray(recall), product)
        assert recall.converged.all()


def test_the_factors_are_those_whose_product_comes_back():
    memory = nm.Resonator(300, factors=3).store(nm.patterns.random(60, 300, rng=0))
    chosen = np.random.default_rng(1).integers(0, 20, (10, 3))
    product = bind(*[book[chosen[:, f]] for f, book in enumerate(memory.codebooks)])
    np.testing.assert_array_equal(memory.recall(product).items, product)
    np.testing.assert_array_equal(memory.factor(product), chosen)


def test_products_and_sums_that_no_type_holds_are_refused():
    large = np.array([[2**40, -(2**40)]])
    assert bind(large, [[-(2**22), 2]]).tolist() == [[-(2**62), -(2**41)]]
    for call in (
        lambda: bind(large, large),
        lambda: bind([[2**63]], [[1]]),
        lambda: bind([[1e200]], [[1e200]]),
        lambda: bundle([[2**62], [2**62]]),
        lambda: bundle(np.full((2, 1), 6e4, np.float16)),
    ):
        with pytest.raises(nm.InputError, match=r"^items must have a result that .* holds, but are too large"):
            call()


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
        (lambda: nm.Resonator(64, noise=-1), "noise must be"),
        (lambda: nm.Resonator(10**30), "units must be a whole number from 1 to"),
        (lambda: bind(np.ones(3), np.ones(4)), "items must have shapes that fit each other"),
        (lambda: bind(), "items must be one array or more"),
        (lambda: bind([[1], [1, 2]]), "items must"),
        (lambda: bundle([["a"]]), "items must be an array of real numbers"),
        (lambda: theory.bundle_accuracy(0, 1, 2), "units must be a finite number and above 0"),
        (lambda: theory.bundle_accuracy(10, 1, 2.5), "codebook must be a positive whole number"),
        (lambda: theory.bundle_accuracy("a", 1, 2), "units must be"),
        (lambda: theory.bundle_capacity(100, 4, accuracy=0.2), "between chance, 0.25, and 1"),
    ],
)
def test_what_can_not_be_is_refused(make, message):
    with pytest.raises(nm.InputError, match=message):
        make()


@pytest.mark.parametrize("cleanup", ["hebb", "projection"])
def test_units_in_another_order_are_factored_alike(cleanup):
    """Sums in another order round in another way, which must decide no unit whose field is 0."""
    for seed in range(60):
        items, order = nm.patterns.random(6, 16, rng=seed), np.random.default_rng(seed).permutation(16)
        cues = nm.patterns.random(10, 16, rng=seed + 99)
        one, other = (nm.Resonator(16, factors=2, cleanup=cleanup).store(x) for x in (items, items[:, order]))
        a, b = one.recall(cues), other.recall(cues[:, order])
        np.testing.assert_array_equal(a.items[:, order], b.items)
        np.testing.assert_array_equal(a.steps, b.steps)


@pytest.mark.parametrize(
    ("units", "stored", "codebook", "accuracy"),
    [
        (1, 1e14, 10**6, 1.0000004862898621e-6),
        (0.09, 1, 2 * 10**9, 3.074128588067226e-9),
        (1000, 300, 10**9, 1.371287423347e-5),
    ],
)
def test_reading_one_of_very_many_items(units, stored, codebook, accuracy):
    """(1) with 30 digits in mpmath; without a signal it is 1 / D."""
    assert theory.bundle_accuracy(units, stored, codebook) == pytest.approx(accuracy, rel=1e-9)
    assert theory.bundle_accuracy(1, 1e30, codebook) == pytest.approx(1 / codebook, rel=1e-6)
