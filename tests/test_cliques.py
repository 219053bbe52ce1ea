"""Clique networks: kernel against reference, theory against published numbers, the memory."""

import numpy as np
import pytest

import neuromem as nm
from neuromem.kernels import bits, cliques
from neuromem.theory import cliques as theory


@pytest.mark.parametrize(("clusters", "cells"), [(2, 2), (5, 4), (7, 16), (3, 32), (3, 64), (4, 128)])
def test_kernel_equals_its_reference(clusters, cells):
    rng = np.random.default_rng(clusters)
    width = clusters * cells
    edges = rng.random((width, width)) < 0.3
    own = np.arange(width) // cells
    edges = (edges | edges.T) & (own[:, None] != own[None])
    states = rng.random((9, width)) < 0.2
    states[0] = False
    before = states.copy()
    for steps in (1, 6):
        ours = cliques.retrieve(bits.pack(edges), np.asfortranarray(states), cells, steps)
        for one, other in zip(ours, cliques.retrieve_reference(bits.pack(edges), states, cells, steps), strict=True):
            np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(states, before)
    assert ours[0].any()


def erased(memory, items, clusters):
    """Cues in which the first `clusters` of the clusters are unknown."""
    codes = memory.encoder.encode(items)
    codes[:, : clusters * memory.cells] = 0
    return memory.encoder.decode(codes)


PUBLISHED = [  # items, one pass, theory, sum of max up to 8 passes; 400 tests
    (5000, 0.0375, 0.029, 0.0),
    (10_000, 0.410, 0.336, 0.0),
    (12_000, 0.550, 0.551, 0.0125),
    (15_000, 0.830, 0.833, 0.025),
    (20_000, 0.995, 0.993, 0.1075),
]


@pytest.mark.parametrize(("items", "one_pass", "expected", "iterated"), PUBLISHED)
def test_errors_at_half_the_clusters_erased(items, one_pass, expected, iterated):
    """8 clusters of 256 cells, 4 erased, 400 tests: theory to its digits, simulations within 4 SE.

    The standard error is that of the difference of two runs of 400 tests.
    """
    assert theory.error(items, 8, 256, 4) == pytest.approx(expected, abs=6e-4)
    x = nm.patterns.random(items, 64, rng=items)
    for steps, published in ((1, one_pass), (8, iterated)):
        memory = nm.Cliques(64, cluster=8, steps=steps).store(x)
        cues = erased(memory, x[:400], 4)
        assert ((cues == 0).sum(1) == 32).all()
        wrong = 1 - nm.metrics.exact(memory.recall(cues), x[:400]).mean()
        spread = np.sqrt(2 * max(published * (1 - published), 0.01) / 400)
        assert abs(wrong - published) < 4 * spread


def test_density_and_full_load():
    x = nm.patterns.random(3000, 48, rng=0)
    memory = nm.Cliques(48, cluster=6).store(x)
    measured = bits.unpack(memory.edges, memory.encoder.units).sum() / memory.cost.synapses
    assert measured == pytest.approx(theory.density(3000, 8, 64), abs=0.004)
    assert theory.full(8, 256) == 28_672
    assert theory.density(100, 8, 256, total=100) < theory.density(100, 8, 256)


def test_edges_are_symmetric_and_join_different_clusters():
    memory = nm.Cliques(60, cluster=5).store(nm.patterns.random(50, 60, rng=0))
    edges = bits.unpack(memory.edges, memory.encoder.units)
    cluster = np.arange(len(edges)) // 32
    np.testing.assert_array_equal(edges, edges.T)
    assert not edges[cluster[:, None] == cluster].any()


def test_wrong_clusters_are_mended():
    """One unit flipped in each of 2 of 8 clusters: an erasure and an insertion each."""
    x = nm.patterns.random(2000, 64, rng=0)
    memory = nm.Cliques(64, cluster=8).store(x)
    codes = memory.encoder.encode(x)
    wrong = memory.encoder.encode(-x)
    codes[:, : 2 * 256] = wrong[:, : 2 * 256]
    recalled = memory.recall(memory.encoder.decode(codes))
    assert nm.metrics.exact(recalled, x).mean() > 0.98


def test_doubt_turns_noise_into_insertions_that_recall_mends():
    """Units near 0 taken as unknown, against units taken at their sign."""
    x = nm.patterns.random(1000, 64, rng=0)
    cues = nm.cues.noise(x, 0.9, rng=1)
    bold, careful = (
        nm.metrics.exact(nm.Cliques(64, cluster=8, doubt=doubt).store(x).recall(cues), x).mean() for doubt in (0.0, 0.5)
    )
    assert careful > bold + 0.05


def test_bits_are_held_as_bits():
    memory = nm.Cliques(64, cluster=8).store(nm.patterns.random(10, 64, rng=0))
    assert memory.edges.nbytes * 8 == 2048**2
    assert memory.cost.bits == memory.edges.nbytes * 8 + memory.encoder.bits
    assert memory.cost.synapses == 2048 * (2048 - 256)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nm.Cliques(64, cluster=17), "cluster must be a whole number from 1 to 16"),
        (lambda: nm.Cliques(10_000, cluster=16), "would need"),
        (lambda: nm.Cliques(64, doubt=-1), "doubt must be"),
        (lambda: nm.Cliques(4).store(np.ones((1, 4)), np.ones((1, 4))), "values must be None"),
        (lambda: theory.error(10, 8, 16, 8), "erased must be a whole number from 0 to 7"),
        (lambda: theory.density(10, 8, 16, total=7), "clusters must be a whole number from 2 to 7"),
    ],
)
def test_what_can_not_be_is_refused(make, message):
    with pytest.raises(nm.InputError, match=message):
        make()


def test_synapses_are_bits_that_can_be_replaced():
    items = nm.patterns.random(5, 130, rng=0)
    memory = nm.Cliques(130).store(items)
    held = memory.synapses["edges"]
    assert held.sum() == np.bitwise_count(memory.edges).sum() > 0
    memory.synapses = {"edges": held.astype(float)}
    np.testing.assert_array_equal(np.asarray(memory.recall(items)), items)
    memory.synapses = {"edges": held * (np.arange(len(held)) % 3 > 0)}
    assert 0 < memory.synapses["edges"].sum() < held.sum()
    with pytest.raises(nm.InputError, match="zeros and ones"):
        memory.synapses = {"edges": 0.5 * held}
    with pytest.raises(nm.InputError, match="shape"):
        memory.synapses = {"edges": held[:-1]}


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16])
def test_a_number_of_the_size_of_doubt_is_unknown_at_any_precision(kind):
    """float32(0.1) is more than 0.1."""
    items = nm.patterns.random(3, 64, rng=0)
    memory = nm.models.ALL["cliques"](64, doubt=0.1).store(items)
    cues = np.where(np.arange(64) < 40, -0.1 * items, items).astype(kind)
    np.testing.assert_array_equal(memory.recall(cues).items, items)


def test_small_types_of_numbers_do_not_overflow():
    """(1) in whole numbers of Python."""
    for stored, c, cells, kind in ((100, 20, 30, np.uint8), (1000, 200, 64, np.int16)):
        expected = 1 - (1 - 1 / cells**2) ** stored
        assert theory.density(stored, kind(c), kind(cells)) == pytest.approx(expected)
        few = 1 - expected ** (c - 5)
        assert theory.error(stored, kind(c), kind(cells), kind(5)) == pytest.approx(1 - few ** (5 * (cells - 1)), abs=1e-12)
