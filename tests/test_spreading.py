"""Memories of a graph and of chunks: PageRank on a path, chains, and the chunks that a summary finds."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

import neuromem as nm


def test_activation_on_a_path_is_that_of_personal_pagerank():
    a, b, c = nm.patterns.random(3, 64, rng=0)
    memory = nm.Spreading(64).store([a, b, b, c], [b, a, c, b])
    np.testing.assert_allclose(memory.spread([a]), [[0.34527, 0.45946, 0.19527]], atol=5e-6)


def test_activation_on_a_random_graph_solves_the_equation_of_pagerank():
    """A linear solve, one seed at a time; nodes without links send their activation back to the seed."""
    rng, items = np.random.default_rng(1), nm.patterns.random(30, 128, rng=1)
    pairs = rng.integers(0, 30, (40, 2))
    memory = nm.Spreading(128, damping=0.7).store(items).store(items[pairs[:, 0]], items[pairs[:, 1]])
    for seed in (0, 7):
        chance = np.zeros((30, 30))
        for pre, post in pairs:
            chance[pre, post] += 1 / (pairs[:, 0] == pre).sum()
        chance[chance.sum(1) == 0, seed] = 1
        expected = np.linalg.solve(np.eye(30) - 0.7 * chance.T, 0.3 * np.eye(30)[seed])
        np.testing.assert_allclose(memory.spread(items[[seed]])[0], expected, atol=1e-9)
        assert expected.sum() == pytest.approx(1)


def test_two_links_away_is_above_all_that_is_not_linked_and_hops_follow_a_chain():
    x = nm.patterns.random(60, 96, rng=2).reshape(20, 3, 96)
    memory = nm.Spreading(96).store(x[:, 0], x[:, 1]).store(x[:, 1], x[:, 2])
    cue = nm.cues.flip(x[:, 0], 0.1, rng=3)
    p = memory.spread(cue)
    own = np.arange(20)
    node = {item.tobytes(): at for at, item in enumerate(memory.synapses["items"])}
    first, second, third = (np.array([node[item.tobytes()] for item in x[:, hop]]) for hop in range(3))
    rest = p.copy()
    rest[own, first] = rest[own, second] = 0
    assert (rest.argmax(1) == third).all()
    hop = memory.recall(cue).items
    assert np.array_equal(hop, x[:, 1])
    assert np.array_equal(memory.recall(hop).items, x[:, 2])
    assert np.array_equal(memory.recall(x[:, 2]).items, x[:, 2])  # a node without links answers for itself


@pytest.mark.parametrize(("chunk", "number"), [(4, 64), (16, 256)])
def test_a_summary_finds_its_chunk_as_often_as_theory_says(chunk, number):
    """The own summary is 1 + sqrt((c - 1) / N) g, and others are sqrt(c / N) g, over c."""
    units, right = 64, []
    for seed in range(12):
        x = nm.patterns.random(number, units, rng=seed)
        memory = nm.TwoStage(units, chunk=chunk, top=1).store(x)
        right.append((memory.chunks(x)[:, 0] == np.arange(number) // chunk).mean())
    own, other, rivals = ((chunk - 1) / units) ** 0.5, (chunk / units) ** 0.5, number // chunk - 1
    line = quad(lambda g: norm.pdf(g) * norm.cdf((1 + own * g) / other) ** rivals, -8, 8)[0]
    assert abs(np.mean(right) - line) < 4 * np.std(right, ddof=1) / 12**0.5 + 0.01
    assert line < 0.995


def test_all_chunks_are_attention_and_sqrt_n_chunks_cost_n_to_the_half():
    x, cue = nm.patterns.random(50, 40, rng=4), nm.patterns.random(7, 40, rng=5)
    all_of_them = nm.TwoStage(40, chunk=8, top=7, beta=9.0).store(x, x[:, :6]).recall(cue).items
    p = np.exp(9.0 * cue.astype(float) @ x.T / 40)
    np.testing.assert_allclose(all_of_them, p / p.sum(1, keepdims=True) @ x[:, :6], rtol=1e-9)
    spent = []
    for number in (64, 4096):
        memory = nm.TwoStage(8, top=1).store(nm.patterns.random(number, 8, rng=6))
        memory.recall(x[:1, :8])
        spent.append(number * memory.cost.operations)
    assert np.log(spent[1] / spent[0]) / np.log(64) == pytest.approx(1.5)


def test_synapses_of_another_type_are_used_as_they_are_and_learn_on():
    x = nm.patterns.random(4, 64, rng=0)
    memory = nm.models.ALL["spreading"](64).store(x[:2], x[2:])
    memory.synapses = {name: array.astype(float) for name, array in memory.synapses.items()}
    memory.store(x[:1], x[1:2])
    assert {name: array.shape for name, array in memory.synapses.items()} == {"items": (4, 64), "links": (4, 4)}
    assert memory.synapses["links"].sum() == 3
    assert memory.recall(x[1:2]).items.tolist() == x[3:].tolist()


def test_of_equal_summaries_the_first_chunk_is_found_in_a_batch_and_alone():
    """Sums of +1/-1 keys are whole numbers, so that equal ones are known exactly; 36 items, in 6 chunks of 6."""
    items, cues = nm.patterns.random(36, 100, rng=1), nm.patterns.random(200, 100, rng=2)
    memory = nm.TwoStage(100).store(items)
    products = cues.astype(int) @ items.reshape(6, 6, 100).sum(1, dtype=int).T
    expected = np.argsort(-products, axis=1, kind="stable")[:, :2]
    assert (np.diff(np.sort(products, axis=1)[:, -3:]) == 0).any(1).sum() > 5
    np.testing.assert_array_equal(memory.chunks(cues), expected)
    np.testing.assert_array_equal(np.concatenate([memory.chunks(cue[None]) for cue in cues]), expected)


def test_links_of_any_size_are_shares_of_their_row():
    """Equation (3): links of 0.1 and 0.3 activate their ends as those of 1 and 3 do."""
    a, b, c = nm.patterns.random(3, 64, rng=0)
    memory = nm.models.ALL["spreading"](64).store([a, a, a, a], [b, c, c, c])
    before = memory.spread([a])
    memory.synapses = memory.synapses | {"links": memory.synapses["links"] / 10}
    np.testing.assert_allclose(memory.spread([a]), before, atol=1e-12)
    assert before.sum() == pytest.approx(1)


def test_of_equal_activations_the_first_item_is_the_answer():
    """Seven keys that are equally active, whose links to two values have the same sizes in another order."""
    x = nm.patterns.random(10, 64, rng=0)
    for seed in range(40):
        sizes = np.random.default_rng(seed).integers(11, 15, 7)
        memory = nm.models.ALL["spreading"](64, damping=0.0).store(np.repeat(x[:7], 3, axis=0), np.tile(x[7:], (7, 1)))
        links = np.zeros((10, 10))
        links[:7, 7:] = np.stack([sizes, np.roll(sizes[::-1], seed), 30 - sizes - np.roll(sizes[::-1], seed)], axis=1)
        order = np.array([0, 7, 8, 9, 1, 2, 3, 4, 5, 6])  # as they are stored: values after the first key
        memory.synapses = {"items": x[order], "links": links[np.ix_(order, order)]}
        assert (memory.recall(np.zeros((1, 64))).items == x[7]).all()
