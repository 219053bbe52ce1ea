"""Sparsey: the code selection algorithm against its reference, its published behaviour and its claims."""

from fractions import Fraction

import numpy as np
import pytest

import neuromem as nm
from neuromem.kernels import bits, selection


def test_packed_bits_are_the_booleans():
    rows = np.random.default_rng(0).random((5, 131)) < 0.3
    packed = bits.pack(rows)
    assert packed.shape == (5, 3)
    assert (bits.unpack(packed, 131) == rows).all()
    assert (bits.ones(packed).sum(1) == rows.sum(1)).all()


@pytest.mark.parametrize(("inputs", "modules", "cells", "power"), [(7, 1, 2, 1.0), (64, 3, 5, 3.0), (131, 300, 17, 8.0)])
def test_kernel_selects_as_the_reference(inputs, modules, cells, power):
    lines = np.random.default_rng(1).random((40, inputs)) < 0.3
    lines[3] = False  # an input without any active line
    gain, seed = selection.Gain(power=power), 2**62 + 7
    weights = np.zeros((inputs, modules, cells), bool)
    packed = np.zeros((modules * cells, bits.words(inputs)), np.uint64)
    codes, familiarity = selection.reference(weights, lines, gain, seed, first=5, learn=True)
    for part in (slice(0, 11), slice(11, 40)):  # a batch equals a loop
        mine, G = selection.learn(packed, bits.pack(lines[part]), modules, gain, seed, 5 + part.start)
        np.testing.assert_array_equal(mine, codes[part])
        np.testing.assert_allclose(G, familiarity[part], rtol=1e-12)
    np.testing.assert_array_equal(bits.unpack(packed, inputs), weights.reshape(inputs, -1).T)

    codes, familiarity = selection.reference(weights, lines, gain, seed)
    mine, G = selection.recognise(packed, np.asfortranarray(bits.pack(lines)), modules, gain, seed)
    np.testing.assert_array_equal(mine, codes)
    np.testing.assert_allclose(G, familiarity, rtol=1e-12)
    known = np.stack([weights[:, np.arange(modules), code].sum(1) for code in codes])  # (item, line)
    for quorum in (1, modules // 2 + 1, modules):
        on = selection.decode(packed, codes, inputs, quorum)
        np.testing.assert_array_equal(on, np.where(known >= quorum, 1, -1))
    units = inputs // 2
    votes = known[:, :units] - known[:, units : 2 * units]
    np.testing.assert_array_equal(selection.decode(packed, codes, units), np.sign(votes))


def test_one_trial_stores_exactly_and_half_an_image_brings_back_the_whole():
    digits, _ = nm.patterns.digits(20, rng=0)
    memory = nm.Sparsey(64).store(digits)
    assert nm.metrics.exact(memory.recall(digits), digits).mean() >= 0.95
    assert nm.metrics.overlap(memory.recall(nm.cues.erase(digits, 0.5, rng=1)), digits).mean() > 0.97
    sparse = nm.patterns.sparse(20, 144, activity=12 / 144, rng=0)
    memory = nm.Sparsey(144, modules=24, cells=16, lines="on").store(sparse)
    assert nm.metrics.exact(memory.recall(sparse), sparse).all()


def test_familiarity_and_likelihood_know_what_was_stored():
    items = nm.patterns.random(30, 256, rng=0)
    memory = nm.Sparsey(256).store(items[:20])
    G = memory.familiarity(items)
    assert (G[:20] == 1).all()
    assert G[20:].max() < 0.3
    likelihood = memory.likelihood(nm.cues.flip(items[:20], 0.1, rng=0))
    assert (likelihood.argmax(1) == np.arange(20)).all()
    assert (likelihood.max(1) > 0.8).all()


def test_work_does_not_grow_with_what_is_stored():
    items = nm.patterns.random(10_000, 64, rng=0)
    memory = nm.Sparsey(64, modules=8, cells=8)
    counted = []
    for part in (items[:10], items[10:]):
        memory.store(part)
        counted.append((memory.store_operations, memory.recall(items[:5]).operations.tolist(), memory.cost.bits))
    assert counted[0] == counted[1]
    assert counted[0][0] > 0
    assert memory.cost.bits == 2 * 64 * 8 * 8


def test_a_code_depends_on_seed_and_history_not_on_batches_or_unit_order():
    items, order = nm.patterns.random(30, 100, rng=0), np.random.default_rng(0).permutation(100)
    whole = nm.Sparsey(100, rng=3).store(items)
    parts = nm.Sparsey(100, rng=3).store(items[:7]).store(items[7:])
    permuted = nm.Sparsey(100, rng=3).store(items[:, order])
    for other in (parts, permuted):
        np.testing.assert_array_equal(whole.codes, other.codes)
    assert (nm.Sparsey(100, rng=4).store(items).codes != whole.codes).any()


def test_a_macrocolumn_acts_within_its_activity_alone():
    items = nm.patterns.sparse(5, 100, activity=0.1, rng=0)
    memory = nm.Sparsey(100, lines="on", active_range=(0.05, 0.2)).store(items)
    before = memory.codes.copy()
    with pytest.raises(nm.InputError, match="keys must activate 5 to 20 of 100 input lines, but an item has 30"):
        memory.store(np.vstack([items, nm.patterns.sparse(1, 100, activity=0.3)]))
    np.testing.assert_array_equal(memory.codes, before)
    recalled = memory.recall(np.vstack([items, np.zeros((1, 100))]))
    assert recalled.converged.tolist() == [True] * 5 + [False]
    assert not recalled.items[-1].any()
    np.testing.assert_array_equal(recalled.items[:5], items)
    half = np.where(np.arange(100) < 50, items, 0)  # about 5 of 50 known units are active, as before
    assert memory.recall(half[(half > 0).sum(1) >= 3]).converged.all()


@pytest.mark.parametrize("modules", [255, 256, 65_535, 65_536, 70_000])
def test_votes_of_many_modules_are_counted_to_the_last(modules):
    """A line that all winners know gets `modules` votes, beyond what 8 or 16 bits hold."""
    items = np.array([[1, -1], [-1, 1]])
    for lines in ("both", "on"):
        memory = nm.Sparsey(2, modules=modules, cells=2, lines=lines, quorum=1).store(items[:1])
        np.testing.assert_array_equal(memory.recall(items[:1]).items, items[:1])


def test_weights_are_read_and_replaced():
    items = nm.patterns.random(5, 70, rng=0)
    memory = nm.Sparsey(70, modules=6, cells=8).store(items)
    weights = memory.synapses["weights"]
    by_hand = np.zeros((6, 8, 140), int)
    for item, code in zip(items, memory.codes, strict=True):
        by_hand[np.arange(6), code] |= np.concatenate([item > 0, item < 0])
    np.testing.assert_array_equal(weights, by_hand)
    weights[:, :, :70] = 0  # the lines for +1 of all units
    memory.synapses = {"weights": weights}
    assert (memory.recall(items).items[items > 0] <= 0).all()
    for wrong in (weights + 0.5, 2 * weights):
        with pytest.raises(nm.InputError, match="must hold only 0 and 1"):
            memory.synapses = {"weights": wrong}
    with pytest.raises(nm.InputError, match="shape"):
        memory.synapses = {"weights": weights[0]}


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"units": 10_000_000, "modules": 1000, "cells": 1000}, "units, modules and cells must make arrays that fit"),
        ({"units": 10**30}, "units must be a whole number from 1 to"),
        ({"units": 8, "modules": 2**63}, "modules must be a whole number from 1 to"),
        ({"units": 8, "power": 10**400}, "power must be a finite number"),
        ({"units": 8, "active_range": (0.5, 0.1)}, "active_range must be two rising fractions"),
        ({"units": 8, "active_range": "all"}, "active_range must"),
        ({"units": 8, "active_range": None}, "active_range must"),
        ({"units": 8, "active_range": (np.nan, 1)}, "active_range must"),
    ],
)
def test_what_can_not_be_is_refused_beforehand(settings, text):
    with pytest.raises(nm.InputError, match=text):
        nm.Sparsey(**settings)


def test_items_at_a_bound_of_the_active_range_are_taken():
    """7 of 100 units, where .07 times 100 is more than 7 in floats."""
    items = nm.patterns.sparse(3, 100, activity=0.07, rng=0)
    assert 0.07 * 100 > 7
    for bounds in ((0.07, 0.5), (0.0, 0.07)):
        memory = nm.Sparsey(100, lines="on", active_range=bounds).store(items)
        assert memory.recall(items).converged.all()
    for bounds in ((0.0701, 0.5), (0.0, 0.0699)):
        with pytest.raises(nm.InputError, match="keys must activate"):
            nm.Sparsey(100, lines="on", active_range=bounds).store(items)


@pytest.mark.parametrize(("modules", "quorum"), [(5, 0.5), (16, 0.9), (10, 0.7), (4, 0.6), (3, 1 / 3)])
def test_a_pixel_is_on_where_a_quorum_of_the_winners_know_it_and_no_fewer(modules, quorum):
    """In fractions of small numbers: the least n with n >= quorum times the winners."""
    least = next(n for n in range(1, modules + 1) if Fraction(n) >= Fraction(quorum).limit_denominator(100) * modules)
    memory = nm.Sparsey(1, modules=modules, cells=2, lines="on", quorum=quorum).store([[1]])
    for known in (least - 1, least):
        weights = np.zeros((modules, 2, 1))
        weights[:known, 0] = 1
        memory.synapses = {"weights": weights}
        assert memory.regenerate(np.zeros((1, modules), int)).tolist() == [[1 if known == least else -1]]
