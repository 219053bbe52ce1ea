"""Harm to memories: what is done to synapses, by the numbers, and what a memory shows that can't be harmed so."""

from pathlib import Path

import numpy as np
import pytest

import neuromem as nm
from neuromem import figures, results, sweep
from neuromem.experiments import robustness
from neuromem.experiments.robustness import HARMS
from neuromem.models import make

ITEMS = nm.patterns.random(30, 200, rng=0)


def harmed(memory, harm, level, seed=1):
    """The synapses before and after, and what `harm` gives."""
    before = {name: array.copy() for name, array in memory.synapses.items()}
    left = HARMS[harm](memory, ITEMS.astype(float), level, np.random.default_rng(seed))
    return before, memory.synapses, left


@pytest.mark.parametrize("rule", ["hebb", "projection"])
def test_noise_of_a_tenth_leaves_96_percent_of_a_weight(rule):
    """E[clip(1 + a z, 0, 1)] = 1 - a / sqrt(2 pi) for a small; weights of whole numbers are not cut to whole numbers."""
    before, after, _ = harmed(nm.Hopfield(200, rule=rule).store(ITEMS), "noisy weights", 0.1)
    there = before["weights"] != 0
    left = after["weights"][there] / before["weights"][there]
    assert left.mean() == pytest.approx(1 - 0.1 / np.sqrt(2 * np.pi), abs=4 * left.std() / np.sqrt(left.size))
    assert left.min() > 0.4
    assert left.max() <= 1 + 1e-6


@pytest.mark.parametrize("spec", ["hopfield", "hopfield:rule=projection", "attention", "pavlov"])
def test_as_many_synapses_are_lost_as_asked(spec):
    before, after, _ = harmed(make(spec, 200, rng=0).store(ITEMS), "lost synapses", 0.3)
    for name, array in before.items():
        lost = (after[name] == 0)[array != 0]
        assert lost.mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.3 * 0.7 / lost.size))
        np.testing.assert_array_equal(after[name][after[name] != 0], array[after[name] != 0])


def test_a_dead_unit_has_no_synapses_and_no_part_in_cue_or_score():
    memory = nm.Hopfield(200).store(ITEMS)
    before, after, (cues, alive) = harmed(memory, "dead cells", 0.25)
    assert 0.1 < 1 - alive.mean() < 0.4
    both = np.outer(alive, alive)
    assert not after["weights"][~both].any()
    np.testing.assert_array_equal(after["weights"][both], before["weights"][both])
    np.testing.assert_array_equal(cues, ITEMS * alive)


@pytest.mark.parametrize("harm", HARMS)
def test_no_harm_at_level_0(harm):
    memory, whole = (nm.Hopfield(200, rule="projection").store(ITEMS) for _ in range(2))
    left = HARMS[harm](memory, ITEMS.astype(float), 0.0, np.random.default_rng(0))
    if harm in ("late input", "evicted items"):
        assert left is None  # no spikes, and no items one by one
    else:
        np.testing.assert_array_equal(left[0], ITEMS)
        assert left[1].all()
        np.testing.assert_array_equal(memory.synapses["weights"], whole.synapses["weights"])


class Echo:
    """A memory with no synapses to show."""

    step_unit, stored = "steps", 0

    def __init__(self, units):
        self.units = units

    def store(self, keys, values=None):
        return self

    def recall(self, cues):
        done = np.ones(len(cues))
        return nm.Recall(np.sign(cues), done, done > 0, done)

    def clear(self):
        pass

    cost = nm.Cost(0, 0, 0.0)


def test_input_is_harmed_as_asked_and_a_memory_without_synapses_shows_that_alone():
    cues, rng = np.sign(nm.patterns.sparse(200, 100, activity=0.2, rng=0).astype(float)), np.random.default_rng(0)
    fewer, _ = HARMS["missing input"](Echo(100), cues, 0.3, rng)
    assert (fewer == 0)[cues > 0].mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / 4000))
    np.testing.assert_array_equal(fewer[cues < 0], -1)
    more, _ = HARMS["spurious input"](Echo(100), cues, 0.3, rng)
    assert (more > cues).sum() / (cues > 0).sum() == pytest.approx(0.3, abs=4 * np.sqrt(0.3 / 4000))
    assert (more[cues > 0] == 1).all()
    for harm in ("late input", "lost synapses", "noisy weights", "dead cells"):
        assert HARMS[harm](Echo(100), cues, 0.3, rng) is None


def test_late_input_delays_every_spike_within_its_limit():
    seen = []

    class Spiking(Echo):
        @staticmethod
        def engine(circuit, duration_ms, *, inputs, **options):
            seen.append(inputs.time_ms)

    memory = Spiking(10)
    HARMS["late input"](memory, np.ones((1, 10)), 0.4, np.random.default_rng(0))
    zero = np.zeros(1000, int)
    memory.engine(None, 5, inputs=nm.spiking.Spikes(zero, zero + 3.0, np.full(1000, "In"), zero))
    late = seen[0] - 3
    assert set(late) == {0, 1, 2, 3, 4}


def test_harm_harms_where_it_means_something():
    models = ("ca3:gated=True:match=best", "ca3_attractor:activity=0.1", "willshaw:activity=0.1")
    with sweep.on(workers=1):
        data = robustness.run(models=models, levels=(0.0, 0.5), stored=5, trials=2).exact
    means_nothing = data.isnull().all("trial").sel(level=0.5)
    for model, harm in (("willshaw:activity=0.1", "late input"), ("willshaw:activity=0.1", "noisy weights")):
        assert bool(means_nothing.sel(model=model, harmed=harm))
    assert means_nothing.sel(harmed="evicted items").all()  # no cache of keys
    assert int(means_nothing.sum()) == 2 + len(models)
    assert (data.sel(level=0.0).fillna(1) == 1).all()
    lost = data.sel(harmed="lost synapses", level=0.5)
    assert float(lost.mean()) < 0.9


def test_the_items_that_are_not_evicted_come_back_and_the_others_do_not():
    memory = make("attention", 200).store(ITEMS)
    assert HARMS["evicted items"](memory, ITEMS.astype(float), 0.3, np.random.default_rng(0)) is not None
    kept = {tuple(row) for row in memory.synapses["keys"].tolist()}
    assert len(kept) == memory.stored == 21
    back = (np.asarray(memory.recall(ITEMS)) == ITEMS).all(1)
    assert back.tolist() == [tuple(row) in kept for row in ITEMS.tolist()]
    assert HARMS["evicted items"](memory, ITEMS.astype(float), 1.0, np.random.default_rng(0)) is not None
    assert memory.stored == 1


@pytest.mark.parametrize("spec", ["hopfield", "camelot", "sparse_pointer"])
def test_items_that_are_not_held_as_they_came_are_not_evicted(spec):
    assert HARMS["evicted items"](make(spec, 200).store(ITEMS), ITEMS.astype(float), 0.3, np.random.default_rng(0)) is None


def test_a_picture_of_memories_that_recall_nothing_unharmed_has_all_harms():
    data = results.load(Path(figures.__file__).with_name("robustness.nc"))
    figure = figures.ALL["robustness"](data.assign(exact=0 * data.exact))
    assert len([axes for axes in figure.axes if axes.get_xlabel()]) == data.sizes["harmed"]
