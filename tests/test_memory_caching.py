"""Memory caching: the laws that make it one state, or attention, and the gain that its gate needs."""

import numpy as np
import pytest

import neuromem as nm

MemoryCaching, Pavlov, Attention = (nm.models.ALL[name] for name in ("memory_caching", "pavlov", "attention"))
RNG = np.random.default_rng(0)
KEYS, VALUES, CUES = RNG.normal(size=(22, 8)), RNG.normal(size=(22, 5)), RNG.normal(size=(6, 8))


class Bare:
    """A memory of one's own that does not show its synapses."""

    step_unit, cost, stored = "reads", nm.Cost(1, 1, 1.0), 0
    store = recall = clear = None

    def __init__(self, units):
        self.units = units


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def read(**settings):
    return MemoryCaching(8, segment=5, **settings).store(KEYS, VALUES).recall(CUES).items


def by_hand(gates, first=0):
    """Linear states of the segments, read by einsum; `first` segments back each one begins."""
    starts = range(0, 22, 5)
    states = np.stack([VALUES[max(0, s - 5 * first) : s + 5].T @ unit(KEYS[max(0, s - 5 * first) : s + 5]) for s in starts])
    return np.einsum("qs,svk,qk->qv", gates, states, unit(CUES))


def gates(beta=1.0):
    scores = np.exp(beta * np.stack([unit(CUES) @ unit(KEYS[s : s + 5]).sum(0) for s in range(0, 22, 5)], 1))
    return scores / scores.sum(1, keepdims=True)


def test_the_sum_of_linear_states_is_one_state():
    np.testing.assert_allclose(read(read="residual"), Pavlov(8).store(KEYS, VALUES).recall(CUES).items, rtol=1e-10)


def test_a_state_that_goes_on_counts_early_items_once_for_every_later_segment():
    ones = np.ones((6, 5))
    np.testing.assert_allclose(read(read="residual", fresh=False), by_hand(ones, first=5), rtol=1e-10)
    assert np.abs(by_hand(ones, first=5) - by_hand(ones)).max() > 1


@pytest.mark.parametrize("beta", [0.2, 1.0, 3.0])
def test_gated_states_are_those_of_the_equation_and_the_soup_of_linear_ones_is_the_same(beta):
    np.testing.assert_allclose(read(beta=beta), by_hand(gates(beta)), rtol=1e-10)
    np.testing.assert_allclose(read(beta=beta, read="soup"), by_hand(gates(beta)), rtol=1e-10)


def test_the_soup_of_deep_memories_is_another_memory():
    settings = {"memory": "deep_memory:rate=0.5"}
    soup, sum_of_answers = read(read="soup", **settings), read(**settings)
    assert np.isfinite(soup).all()
    assert np.abs(soup - sum_of_answers).max() > 1e-3
    same = read(read="soup", beta=1e-12, **settings)  # equal weights: the mean of the synapses
    states = [deep().store(KEYS[s : s + 5], VALUES[s : s + 5]).synapses for s in range(0, 22, 5)]
    mean = deep().store(KEYS[:5], VALUES[:5])
    mean.synapses = {name: sum(one[name] for one in states) / 5 for name in states[0]}
    np.testing.assert_allclose(same, mean.recall(CUES).items, rtol=1e-9)


def deep():
    return nm.models.make("deep_memory:rate=0.5", 8)


def test_segments_of_one_item_whose_states_are_their_values_are_softmax_attention():
    """A memory of attention with one item answers with its value, whatever the cue."""
    cached = MemoryCaching(8, memory="attention", segment=1, beta=2.5).store(KEYS, VALUES).recall(CUES).items
    weights = np.exp(2.5 * unit(CUES) @ unit(KEYS).T)
    np.testing.assert_allclose(cached, weights / weights.sum(1, keepdims=True) @ VALUES, rtol=1e-10)


def test_few_segments_and_the_last_one_are_read():
    scores = gates()
    for cue, row in enumerate(scores):
        read_at_all = set(np.argsort(row[:-1])[-2:]) | {4}
        scores[cue, [i for i in range(5) if i not in read_at_all]] = 0
    scores /= scores.sum(1, keepdims=True)
    memory = MemoryCaching(8, segment=5, read="sparse", chosen=2).store(KEYS, VALUES)
    recall = memory.recall(CUES)
    np.testing.assert_allclose(recall.items, by_hand(scores), rtol=1e-10)
    np.testing.assert_array_equal(recall.operations, 3 * 40 + 5 * 8)  # three states of 5 x 8, and five sums
    np.testing.assert_allclose(read(read="sparse", chosen=4), by_hand(gates()), rtol=1e-10)


def test_any_memory_is_cached_and_items_come_in_any_portions():
    items = nm.patterns.random(30, 64, rng=1)
    shown = nm.cues.flip(items, 0.05, rng=2)
    for name in ("hopfield", "pavlov:rule=delta", nm.Willshaw, "memory_caching"):
        memory = MemoryCaching(64, memory=name, segment=7).store(items)
        parts = MemoryCaching(64, memory=name, segment=7)
        for part in (slice(3), slice(3, 20), slice(20, 30)):
            parts.store(items[part])
        np.testing.assert_allclose(parts.recall(shown).items, memory.recall(shown).items, rtol=1e-12, atol=1e-12)
        assert memory.stored == parts.stored == 30
    cached = MemoryCaching(64, memory="hopfield", segment=7).store(items).recall(shown)
    alone = nm.Hopfield(64).store(items).recall(shown)
    assert nm.metrics.overlap(cached, items).mean() > nm.metrics.overlap(alone, items).mean() + 0.2


def test_a_fault_in_a_later_segment_changes_nothing():
    memory = MemoryCaching(8, segment=2, memory="willshaw").store(np.sign(KEYS[:3]))
    before = memory.recall(CUES).items
    with pytest.raises(nm.InputError):
        memory.store(KEYS)
    assert memory.stored == 3
    np.testing.assert_array_equal(memory.recall(CUES).items, before)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"memory": "hopfeild"}, "model must be a known name.*hopfield"),
        ({"memory": 3}, "memory must be NAME"),
        ({"memory": Bare, "read": "soup"}, "read='gated'"),
        ({"read": "mean"}, "read must be one of 4 names"),
        ({"segment": 0}, "segment must be a positive whole number"),
    ],
)
def test_bad_settings(settings, text):
    with pytest.raises(nm.InputError, match=text):
        MemoryCaching(8, **settings)


def test_a_soup_of_states_that_grow_is_refused():
    memory = MemoryCaching(8, memory="attention", read="soup", segment=3).store(KEYS[:4], VALUES[:4])
    with pytest.raises(nm.InputError, match="have synapses of one shape"):
        memory.recall(CUES)


def test_without_the_gain_the_gate_is_flat():
    """16 segments of 64 pairs, 64 units: the published gate, and its gain, beside one state."""
    rng = np.random.default_rng(5)
    keys, values = unit(rng.normal(size=(1024, 64))), unit(rng.normal(size=(1024, 64)))
    right = {}
    for name, settings in {"one": {"read": "residual"}, "published": {"beta": 1 / 64}, "gain": {}}.items():
        answers = MemoryCaching(64, segment=64, **settings).store(keys, values).recall(keys).items
        right[name] = ((answers @ values.T).argmax(1) == np.arange(1024)).mean()
    assert abs(right["published"] - right["one"]) < 0.05
    assert right["gain"] > 3 * right["one"]


def test_a_sum_beyond_float64_is_refused():
    memory = MemoryCaching(8, segment=1, read="residual").store(np.ones((3, 8)), np.full((3, 1), 1e308))
    with pytest.raises(nm.InputError, match="recall must stay within float64"):
        memory.recall(np.ones((1, 8)))


def test_sparse_reads_as_many_segments_as_are_chosen_the_first_of_equal_ones():
    """Sums of +1/-1 keys are whole numbers, so that equal scores are known exactly."""
    x = nm.patterns.random(160, 64, rng=1)
    products = x.astype(int) @ x.reshape(10, 16, 64).sum(1, dtype=int).T
    memory = nm.MemoryCaching(64, read="sparse").store(x)
    expected = np.zeros((160, 10), bool)
    np.put_along_axis(expected, np.argsort(-products[:, :-1], axis=1, kind="stable")[:, :4], True, axis=1)
    expected[:, -1] = True
    np.testing.assert_array_equal(memory.gates(x) > 0, expected)
    np.testing.assert_array_equal(np.concatenate([memory.gates(cue[None]) for cue in x]) > 0, expected)


@pytest.mark.parametrize("fresh", [True, False])
def test_values_of_another_length_are_refused_at_the_border_of_a_segment(fresh):
    memory = nm.MemoryCaching(4, segment=2, fresh=fresh).store(np.eye(4)[:2], np.ones((2, 3)))
    with pytest.raises(nm.InputError, match="values must have length 3"):
        memory.store(np.eye(4)[2:], np.ones((2, 5)))
    assert memory.stored == 2
    memory.clear()
    assert memory.store(np.eye(4), np.ones((4, 5))).recall(np.eye(4)).items.shape == (4, 5)
