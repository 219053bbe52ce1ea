"""Laws that every memory in `nm.models.ALL`, and every layer as one, obeys, with no argument but the length of an item."""

from collections import ChainMap

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import neuromem as nm
from neuromem.arrays import require_host

UNITS = 64


def layer(build):
    """The memory around a new layer, always with the same weights."""

    def make(units):
        torch.manual_seed(0)
        return nm.nn.as_memory(build(units))

    return make


LAYERS = {
    "nn.Attention": layer(nm.nn.Attention),
    "nn.Hopfield": layer(nm.nn.Hopfield),
    "nn.FastWeights": layer(nm.nn.FastWeights),
    "nn.FastWeights:rule=hebb": layer(lambda width: nm.nn.FastWeights(width, rule="hebb", decay=None)),
    "nn.Sparsey": layer(nm.nn.Sparsey),
    "nn.External": layer(lambda width: nm.nn.External(nm.models.ALL["willshaw"](width))),
}
MEMORIES = ChainMap(LAYERS, nm.models.ALL)
every = pytest.mark.parametrize("name", [*nm.models.ALL, *LAYERS])


def disjoint(rng):
    """Two items that share no active unit: a random one and its opposite. Low load for every memory."""
    x = nm.patterns.random(1, UNITS, rng=rng)
    return np.concatenate([x, -x])


def stored(name):
    """A memory with two items in it, and the items."""
    x = disjoint(rng=1)
    return MEMORIES[name](UNITS).store(x), x


@every
def test_protocol(name):
    memory, x = stored(name)
    assert isinstance(memory, nm.Memory)
    assert memory.units == UNITS
    assert memory.store(x) is memory
    recall = memory.recall(x)
    assert np.asarray(recall).shape == x.shape
    assert recall.steps.shape == recall.converged.shape == recall.operations.shape == (len(x),)
    assert recall.converged.dtype == bool
    assert isinstance(memory.step_unit, str)


@every
def test_stored_items_come_back_exactly_at_low_load(name):
    memory, x = stored(name)
    assert nm.metrics.exact(memory.recall(x), x).all()


CONTROLS = {"gated_associative": "a negative control: it keeps nothing of what it is given"}


@every
@pytest.mark.parametrize("damage", [nm.cues.flip, nm.cues.erase])
def test_a_lone_item_comes_back_from_damaged_cues(name, damage):
    if name in CONTROLS:
        pytest.skip(CONTROLS[name])
    x = nm.patterns.random(1, UNITS, rng=2)
    cues = damage(np.repeat(x, 20, axis=0), 0.1, rng=2)
    recall = MEMORIES[name](UNITS).store(x).recall(cues)
    assert nm.metrics.exact(recall, np.repeat(x, 20, axis=0)).mean() >= 0.95


MERGES = {"ca3": "as published it answers with every item that shares an active unit with the cue, and merges them"}


@every
def test_two_random_items_are_kept_apart(name):
    if name in MERGES | CONTROLS:
        pytest.skip((MERGES | CONTROLS)[name])
    x = nm.patterns.random(2, UNITS, rng=3)
    memory = MEMORIES[name](UNITS).store(x)
    assert nm.metrics.exact(memory.recall(x), x).all()
    cues = nm.cues.erase(np.repeat(x, 10, axis=0), 0.1, rng=4)
    assert nm.metrics.overlap(memory.recall(cues), np.repeat(x, 10, axis=0)).mean() > 0.95


@every
def test_a_batch_equals_a_loop_and_recall_changes_nothing(name):
    memory, x = stored(name)
    cues = nm.cues.erase(nm.cues.flip(x, 0.1, rng=3), 0.1, rng=4)
    cues = np.concatenate([cues, x])
    batch = memory.recall(cues)
    again = memory.recall(cues)
    alone = np.concatenate([np.asarray(memory.recall(cue[None])) for cue in cues])
    np.testing.assert_array_equal(np.asarray(batch), np.asarray(again))
    np.testing.assert_allclose(np.asarray(batch), alone, rtol=1e-6, atol=1e-6)


@every
def test_storing_in_two_calls_recalls_as_storing_in_one(name):
    x = disjoint(rng=5)
    memory = MEMORIES[name](UNITS).store(x[:1]).store(x[1:])
    assert nm.metrics.exact(memory.recall(x), x).all()


@every
def test_inputs_are_not_changed(name):
    x = disjoint(rng=6)
    cues = nm.cues.erase(x, 0.2, rng=7)
    before = x.copy(), cues.copy()
    x.flags.writeable = cues.flags.writeable = False
    MEMORIES[name](UNITS).store(x).recall(cues)
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(cues, before[1])


@every
def test_recall_does_not_depend_on_later_changes_of_the_stored_array(name):
    memory, x = stored(name)
    kept = x.copy()
    x[:] = 1
    assert nm.metrics.exact(memory.recall(kept), kept).all()


@every
def test_clear_forgets_everything(name):
    memory, x = stored(name)
    memory.clear()
    with pytest.raises(nm.InputError, match="recall must come after store"):
        memory.recall(x)
    other = disjoint(rng=8)
    fresh = MEMORIES[name](UNITS).store(other).recall(other)
    np.testing.assert_array_equal(np.asarray(memory.store(other).recall(other)), np.asarray(fresh))


@every
def test_same_numbers_in_another_memory_order_and_type(name):
    memory, x = stored(name)
    other = MEMORIES[name](UNITS).store(np.asfortranarray(x.astype(float)))
    cues = nm.cues.flip(x, 0.1, rng=9)
    np.testing.assert_allclose(
        np.asarray(memory.recall(cues), float),
        np.asarray(other.recall(np.asfortranarray(cues.astype(float))), float),
        atol=1e-5,
    )


@every
def test_cost_is_counted(name):
    memory, x = stored(name)
    assert np.isnan(memory.cost.operations)
    recall = memory.recall(x)
    assert memory.cost.bits > 0
    assert memory.cost.synapses > 0
    assert memory.cost.operations == pytest.approx(recall.operations.mean())
    assert (recall.operations > 0).all()


@every
def test_negated_cue_or_unrelated_cue_is_no_crash(name):
    memory, x = stored(name)
    for cues in (-x, np.zeros_like(x), nm.patterns.random(3, UNITS, rng=10), nm.cues.noise(x, 0.3, rng=11)):
        assert np.isfinite(require_host(memory.recall(cues).items)).all()


@every
@pytest.mark.parametrize("units", [0, -3, 2.5, "64", None, True])
def test_bad_size(name, units):
    with pytest.raises(nm.InputError, match=r"(units|width) must be a positive whole number"):
        MEMORIES[name](units)


@every
@pytest.mark.parametrize(
    ("cues", "message"),
    [
        (np.ones((2, UNITS + 1)), r"cues must have shape \(cue, 64\), but has shape \(2, 65\)"),
        (np.ones(UNITS), r"give a single one as cues\[None\]"),
        (np.ones((0, UNITS)), "not be empty"),
        (np.full((1, UNITS), np.nan), "finite"),
        (np.full((1, UNITS), np.inf), "finite"),
        ([["a"] * UNITS], "real numbers"),
    ],
)
def test_bad_cues(name, cues, message):
    memory, x = stored(name)
    with pytest.raises(nm.InputError, match=message):
        memory.recall(cues)
    assert nm.metrics.exact(memory.recall(x), x).all()


@every
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_bad_items_change_nothing(name, data):
    memory, x = stored(name)
    before = np.asarray(memory.recall(x))
    shape = data.draw(st.tuples(st.integers(0, 3), st.integers(0, 80)).filter(lambda s: s[1] != UNITS or not s[0]))
    wrong = data.draw(
        st.one_of(
            st.just(np.ones(shape)),
            hnp.arrays(float, (2, UNITS), elements=st.sampled_from([1.0, -1.0]), fill=st.just(np.nan)).filter(
                lambda a: np.isnan(a).any()
            ),
        )
    )
    with pytest.raises(nm.InputError):
        memory.store(wrong)
    np.testing.assert_array_equal(np.asarray(memory.recall(x)), before)


def test_every_file_of_the_folder_is_a_memory():
    assert {nm.models.ALL[name].__name__.lower() for name in nm.models.ALL} == {
        name.replace("_", "") for name in nm.models.ALL
    }
    assert len(nm.models.ALL) >= 5
