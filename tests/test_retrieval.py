"""Spikes against attention: the theory of matching by counting, the memories against it, and the experiment."""

import io

import numpy as np
import pytest

import neuromem as nm
from neuromem import figures
from neuromem.experiments import retrieval
from neuromem.models import make
from neuromem.theory.matching import exact_recall

UNITS, ACTIVE, ITEMS = 48, 4, 10
DAMAGED = [("erase", 0.0), ("erase", 0.5), ("erase", 0.75), ("flip", 0.05), ("flip", 0.15), ("flip", 0.3)]


def matched(match, items, cues):
    """Whether the item of each cue, and no other, matches it: the definition, one row after the other."""
    exact = []
    for i, cue in enumerate(cues):
        score = (items * cue).sum(1) if match == "nearest" else ((items > 0) & (cue > 0)).sum(1)
        best = score > 0 if match == "any" else (score == score.max()) & ((score > 0) | (match == "nearest"))
        exact.append(best[i] and best.sum() == 1)
    return np.mean(exact)


@pytest.mark.parametrize("match", ["nearest", "best", "any"])
@pytest.mark.parametrize(("damage", "fraction"), DAMAGED)
def test_theory_counts_what_matching_finds(match, damage, fraction):
    found = []
    for trial in range(250):
        x = nm.patterns.sparse(ITEMS, UNITS, activity=ACTIVE / UNITS, rng=trial)
        cues = retrieval.DAMAGES[damage](x, fraction, rng=10_000 + trial)
        found.append(matched(match, x.astype(int), cues))
    expected = exact_recall(match, UNITS, ACTIVE, ITEMS, damage, fraction)
    assert abs(np.mean(found) - expected) < 4 * np.std(found) / np.sqrt(250) + 1e-3


@pytest.mark.parametrize(
    ("spec", "match"), [("attention", "nearest"), ("ca3:gated=True:match=best", "best"), ("ca3", "any")]
)
@pytest.mark.parametrize(("damage", "fraction"), DAMAGED)
def test_memories_recall_what_theory_says(spec, match, damage, fraction):
    found = []
    for trial in range(25):
        x = nm.patterns.sparse(ITEMS, UNITS, activity=ACTIVE / UNITS, rng=trial)
        cues = retrieval.DAMAGES[damage](x, fraction, rng=10_000 + trial)
        found.append(nm.metrics.exact(make(spec, UNITS).store(x).recall(cues), x).mean())
    expected = exact_recall(match, UNITS, ACTIVE, ITEMS, damage, fraction)
    assert abs(np.mean(found) - expected) < 4 * max(np.std(found), 0.03) / np.sqrt(25)


def test_limits_of_theory():
    assert exact_recall("nearest", 100, 5, 1, "erase", 1.0) == pytest.approx(1)  # the only item is the nearest
    assert exact_recall("best", 100, 5, 1, "erase", 1.0) == 0  # nothing to match
    assert exact_recall("any", 10, 6, 2, "erase", 0.0) == 0  # two items of six of ten units always meet
    with pytest.raises(nm.InputError, match="match"):
        exact_recall("closest", 100, 5, 2, "erase", 0.5)


@pytest.fixture(scope="module")
def data():
    return retrieval.run(stored=(2, 16), units=64, erased=(0.0, 0.5), flipped=(0.05,), training=20, trials=2)


def test_everyone_meets_the_same_items_and_cost_is_priced(data):
    assert data.sizes["model"] == 6
    attention, best = (data.sel(model=name) for name in ("attention", "ca3:gated=True:match=best"))
    np.testing.assert_array_equal(attention.bits.sel(stored=16), 8 * 16 * 64)
    np.testing.assert_array_equal(best.bits.sel(stored=16), 2 * 32 * 16 * 64)
    np.testing.assert_allclose(best.energy, 23.6 * best.operations)
    np.testing.assert_allclose(attention.energy, 4.6 * attention.operations)
    assert (attention.exact.isel(condition=0) == 1).all()
    assert (best.spiking == 1).all()
    assert (attention.spiking == 0).all()


def test_equal_bits_is_what_fits(data):
    right = retrieval.equal_bits(data, condition=0)
    assert right.budget == 64**2  # of the attractor: one bit a synapse, whatever the number of items
    assert (right.sel(model="ca3_attractor") >= 8).all()
    assert (right.sel(model="attention") == 2).all()  # 8 bits a unit
    assert (right.sel(model="ca3:gated=True:match=best") == 0).all()  # 64 bits a pair of synapses
    assert (right.sel(model="pavlov:rule=least_squares") == 0).all()  # its matrix does not fit


def test_a_rule_that_takes_no_activity_is_made_without():
    items = nm.patterns.itemset("sparse", units=50, activity=0.1)
    assert retrieval.build("hopfield", items, 1, 0).rule == "hebb"
    assert retrieval.build("hopfield:rule=covariance", items, 1, 0).activity == 0.1
    assert retrieval.build("willshaw:activity=0.3", items, 1, 0).activity == 0.3


def test_items_of_one_name_and_other_sizes_are_not_taken_for_one_another():
    sets = [nm.patterns.itemset("sparse", units=units, activity=a) for units, a in ((20, 0.1), (30, 0.1), (30, 0.3))]
    layers = [retrieval.build("trained", one, 3, 0).layer for one in sets]
    assert [retrieval.build("trained", one, 3, 0).layer for one in sets] == layers  # trained once
    sizes = [sum(weight.numel() for weight in layer.parameters()) for layer in layers]
    assert sizes[0] < sizes[1] == sizes[2]
    weights = [next(iter(layer.parameters())).detach() for layer in layers[1:]]
    assert (weights[0] != weights[1]).any()


@pytest.mark.slow
def test_training_helps_at_heavy_erasing():
    right = {steps: [] for steps in (1, 300)}
    for steps, shares in right.items():
        memory = retrieval.build("trained", nm.patterns.itemset("sparse", units=128, activity=6 / 128), steps, 0)
        for trial in range(4):
            x = nm.patterns.sparse(64, 128, activity=6 / 128, rng=trial)
            memory.clear()
            shares.append(nm.metrics.exact(memory.store(x).recall(nm.cues.erase(x, 0.7, rng=9)), x).mean())
    assert np.mean(right[300]) > np.mean(right[1]) + 0.03


def test_figure_and_table(data):
    assert retrieval.summary(data).row_count == 6
    assert [len(draw(data).axes) for draw in figures.pictures("retrieval").values()] == [2 * 6 + 1 + 2, 2]


@pytest.mark.parametrize(
    "bad", [{"models": ("ca33",)}, {"active": 500}, {"erased": (1.5,)}, {"stored": (0,)}, {"erased": (0.1, 0.1)}]
)
def test_bad_input_is_refused(bad):
    with pytest.raises(nm.InputError):
        retrieval.run(**bad)


def test_a_memory_that_recalls_nothing_has_its_place_in_the_picture(data):
    nothing = data.copy()
    nothing["exact"] = data.exact.where(data.model != "attention", 0.0)
    for draw in figures.pictures("retrieval").values():
        assert draw(nothing).axes


def test_a_memory_that_does_not_fit_wins_nothing(data):
    for left_out, winner in ((data.spiking > 0, 1), (data.spiking >= 0, 0)):  # attention, neither
        kept = data.assign(exact=data.exact.where(~left_out))
        figures.pictures("retrieval")["cost"](kept.where(~left_out)).savefig(io.BytesIO())
        for axes in figures.ALL["retrieval"](kept).axes[:2]:
            assert set(axes.collections[0].get_array().ravel().tolist()) == {winner}


def test_threads_and_random_numbers_of_torch_stay_the_callers(monkeypatch):
    """Threads are limited within alone: what torch.set_num_threads sets stays, and more threads again may hang in MKL."""
    import torch

    def forbidden(number):
        raise AssertionError

    monkeypatch.setattr(torch, "set_num_threads", forbidden)
    torch.manual_seed(5)
    expected, threads = torch.rand(3), torch.get_num_threads()
    torch.manual_seed(5)
    retrieval.build("trained", nm.patterns.itemset("random", units=16), 1, 7)
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads
