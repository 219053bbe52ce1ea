"""Memories of slots: CAMELoT's averages and queue, Larimar's projection and Kalman filter, each against its equation."""

import numpy as np
import pytest

import neuromem as nm

Camelot, Larimar, Hopfield = (nm.models.ALL[name] for name in ("camelot", "larimar", "hopfield"))
RNG = np.random.default_rng(0)
KEYS, VALUES, CUES = RNG.normal(size=(12, 20)), RNG.normal(size=(12, 3)), RNG.normal(size=(7, 20))


def test_a_cosine_of_one_makes_a_queue():
    memory = Camelot(20, slots=5, least_cosine=1.0).store(KEYS, VALUES)
    np.testing.assert_array_equal(memory.recall(KEYS[-5:]).items, VALUES[-5:])
    gone = memory.recall(KEYS[:-5]).items
    assert not any((VALUES[:-5] == one).all(1).any() for one in gone)


def test_a_cosine_of_minus_one_makes_one_mean():
    memory = Camelot(20, least_cosine=-1.0).store(KEYS, VALUES)
    np.testing.assert_allclose(memory.recall(CUES).items, np.repeat(VALUES.mean(0)[None], 7, 0), rtol=1e-12)
    np.testing.assert_allclose(memory.synapses["keys"][0], KEYS.mean(0), rtol=1e-12)
    assert memory.synapses["numbers"].tolist() == [12] + [0] * 63


def test_what_comes_again_stays_and_the_oldest_gives_way():
    """Three slots: a, b, c, a again, then d takes the place of b."""
    a, b, c, d = np.eye(4)
    memory = Camelot(4, slots=3).store(np.stack([a, b, c, a, d]), np.arange(5.0)[:, None])
    assert memory.recall(np.stack([a, c, d])).items.ravel().tolist() == [1.5, 2.0, 4.0]
    assert memory.synapses["keys"].tolist() == np.stack([a, d, c]).tolist()
    assert memory.synapses["ages"].tolist() == [1, 0, 2]


def orthogonal(number, units=128):
    return np.linalg.qr(np.random.default_rng(1).normal(size=(units, number)))[0].T


@pytest.mark.parametrize("slots", [16, 40])
def test_up_to_as_many_items_as_slots_a_cue_is_projected_on_the_items(slots):
    items = KEYS
    memory = Larimar(20, slots=slots).store(items)
    np.testing.assert_allclose(memory.recall(CUES).items, CUES @ np.linalg.pinv(items) @ items, atol=1e-8)
    signs = nm.patterns.random(12, 64, rng=0)
    projection = Hopfield(64, rule="projection").store(signs).weights
    ours = Larimar(64, slots=slots).store(signs).recall(np.eye(64)).items
    off = ~np.eye(64, dtype=bool)  # Hopfield has no weight of a unit on itself
    np.testing.assert_allclose(ours[off], np.asarray(projection)[off], atol=1e-6)


def test_of_more_items_than_slots_a_part_of_each_is_left():
    items = orthogonal(64)
    for stored in (16, 32, 64):
        recalled = Larimar(128, slots=32).store(items[:stored]).recall(items[:stored]).items
        cosines = (recalled * items[:stored]).sum(1) / np.linalg.norm(recalled, axis=1)
        assert np.mean(cosines**2) == pytest.approx(min(1, 32 / stored), abs=1e-8)


def test_a_direct_write_is_that_of_the_paper():
    """With pseudo-inverses by singular values: W = Z M0^+, M = W^+ Z, o = z M^+ M."""
    items = RNG.normal(size=(30, 20))
    prior = np.random.default_rng(5).normal(size=(8, 20))
    m = np.linalg.pinv(items @ np.linalg.pinv(prior)) @ items
    expected = CUES @ np.linalg.pinv(m) @ m
    np.testing.assert_allclose(Larimar(20, slots=8, rng=5).store(items).recall(CUES).items, expected, atol=1e-10)


def test_published_steps_are_those_of_the_pseudo_inverse():
    """A <- 2 A - A X A from 5e-4 X^T, for all three pseudo-inverses."""

    def plus(x, a=None):
        a = 5e-4 * x.T
        for _ in range(3):
            a = 2 * a - a @ x @ a
        return a

    prior = np.random.default_rng(0).normal(size=(8, 20))
    m = plus(KEYS @ plus(prior)) @ KEYS
    ours = Larimar(20, slots=8, newton_steps=3).store(KEYS).recall(CUES).items
    np.testing.assert_allclose(ours, CUES @ plus(m) @ m, rtol=1e-9)


def test_a_sequential_write_is_a_kalman_filter():
    """M is the posterior mean, and U the covariance, of a regression on the addresses from M0 and I, solved at once."""
    noise, slots = 0.3, 6
    memory = Larimar(20, slots=slots, write="sequential", noise=noise).store(KEYS)
    m, square, product = memory_start(slots), np.eye(slots), memory_start(slots)
    for z in KEYS:
        w = m @ z @ np.linalg.inv(m @ m.T + noise**2 * np.eye(slots))
        square, product = square + np.outer(w, w) / noise**2, product + np.outer(w, z) / noise**2
        m = np.linalg.solve(square, product)
    np.testing.assert_allclose(memory.synapses["slots"], m, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(memory.synapses["uncertainty"], np.linalg.inv(square), rtol=1e-8, atol=1e-10)
    parts = Larimar(20, slots=slots, write="sequential", noise=noise).store(KEYS[:5]).store(KEYS[5:])
    np.testing.assert_allclose(parts.recall(CUES).items, memory.recall(CUES).items, rtol=1e-9)


def memory_start(slots):
    return np.random.default_rng(0).normal(size=(slots, 20))


def test_after_as_many_items_as_slots_nothing_is_uncertain_and_little_is_written():
    items = orthogonal(24) * 10
    before, written = None, []
    memory = Larimar(128, slots=12, write="sequential")
    for z in items:
        memory.store(z[None])
        now = memory.synapses["slots"]
        written.append(np.linalg.norm(now - (before if before is not None else now)))
        before = now
    assert min(written[1:12]) > 20 * max(written[12:])


def test_an_iteration_that_diverges_says_so():
    with pytest.raises(nm.InputError, match="stay within float64"):
        Larimar(20, newton_steps=40).store(100 * KEYS).recall(CUES)


def test_values_are_refused():
    with pytest.raises(nm.InputError, match="values must be None for Larimar"):
        Larimar(20).store(KEYS, VALUES)


def test_a_cosine_of_minus_one_joins_opposite_items_too():
    memory = nm.Camelot(2, least_cosine=-1.0).store([[1.0, 0.0], [-1.0, 0.0], [0.0, 3.0]], [[1.0], [2.0], [6.0]])
    assert memory.synapses["numbers"].tolist() == [3.0, *[0.0] * 63]
    assert memory.recall([[1.0, 1.0]]).items.tolist() == [[3.0]]


def test_of_equal_cosines_the_first_slot_answers_in_a_batch_and_alone():
    """Inner products of +1/-1 items are whole numbers, so that equal ones are known exactly."""
    items, cues = nm.patterns.random(40, 100, rng=1), nm.patterns.random(200, 100, rng=2)
    products = cues.astype(int) @ items.T.astype(int)
    assert ((products == products.max(1, keepdims=True)).sum(1) > 1).sum() > 10
    memory = nm.Camelot(100, least_cosine=1.0).store(items)
    expected = items[products.argmax(1)]
    np.testing.assert_array_equal(memory.recall(cues).items, expected)
    np.testing.assert_array_equal(np.concatenate([memory.recall(cue[None]).items for cue in cues]), expected)


def test_what_only_learning_reads_is_no_cost_of_a_recall():
    """Ages of slots, and the covariance of a Kalman filter."""
    x = nm.patterns.random(3, 16, rng=0)
    for memory, read in (
        (nm.Camelot(16, slots=8), 8 * (16 + 16 + 1)),
        (nm.Larimar(16, slots=8, write="sequential"), 8 * 16),
    ):
        assert memory.store(x).recall(x).operations.tolist() == [read] * 3
