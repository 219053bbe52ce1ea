"""Every memory in `nm.models.ALL`, and every layer as one, obeys the laws; fake memories break those that they should."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections import ChainMap

import numpy as np
import pytest
import torch

import neuromem as nm
from neuromem import laws

LENGTHS = (1, 2, 7, 16, 257)


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
    "nn.GatedAssociative": layer(nm.nn.GatedAssociative),
    "nn.Sparsey": layer(nm.nn.Sparsey),
    "nn.External": layer(lambda width: nm.nn.External(nm.models.ALL["willshaw"](width))),
}
MEMORIES = ChainMap(LAYERS, nm.models.ALL)


@pytest.mark.parametrize("law", laws.LAWS)
@pytest.mark.parametrize("name", [*nm.models.ALL, *LAYERS])
def test_the_law_holds(name, law):
    """Or it is broken, and the memory says that it is, and why."""
    known = laws.exceptions(MEMORIES[name](laws.UNITS)).get(law)
    with pytest.raises((AssertionError, nm.InputError)) if known else contextlib.nullcontext():
        laws.LAWS[law](MEMORIES[name], laws.UNITS)


def test_an_exception_is_from_a_law_and_has_its_reason():
    for name in MEMORIES:
        for law, why in laws.exceptions(MEMORIES[name](laws.UNITS)).items():
            assert law in laws.LAWS
            assert len(why) > 20, "say why"


@pytest.mark.parametrize("units", LENGTHS)
@pytest.mark.parametrize("name", [*nm.models.ALL, *LAYERS])
def test_the_laws_hold_at_any_length(name, units):
    """Or the constructor refuses a length that is too short, by the name of the argument."""
    with contextlib.suppress(nm.InputError):
        MEMORIES[name](units)
        for law in ("meets_the_protocol", "stored_items_come_back", "a_batch_equals_a_loop", "strange_cues_are_answered"):
            laws.LAWS[law](MEMORIES[name], units)
        return
    assert units < 16
    assert laws.refused_text(MEMORIES[name], units).startswith(("units must", "width must"))


@pytest.mark.parametrize("name", nm.models.ALL)
def test_synapses_are_held_without_rounding_whatever_the_type_of_the_items(name):
    """Thirds, which float32 has not; a memory of binary synapses refuses them. What was read may be written back."""
    items = laws.opposites(64, rng=1).astype(np.float32)
    memory = nm.models.ALL[name](64).store(items)
    if not hasattr(memory, "synapses"):
        return
    held = memory.synapses
    thirds = {key: array.astype(float) / 3 for key, array in held.items()}
    with contextlib.suppress(nm.InputError):
        memory.synapses = thirds
        for key, array in memory.synapses.items():
            np.testing.assert_array_equal(array, thirds[key])


class Zeros:
    """A fake that answers with zeros."""

    step_unit = "step"

    def __init__(self, units: int):
        self.units, self.items, self.operations = nm.checks.whole("units", units), np.zeros((0, units)), np.nan

    def store(self, keys, values=None):
        self.items = np.concatenate([self.items, nm.checks.items("items", keys, self.units)])
        return self

    def answer(self, cues):
        return cues * 0

    def recall(self, cues):
        cues = np.asarray(nm.checks.cues(cues, self.units))
        nm.checks.stored(self, len(self.items))
        self.operations, ones = 1.0, np.ones(len(cues))
        return nm.Recall(self.answer(cues), ones.astype(int), ones.astype(bool), ones)

    def clear(self):
        self.items = self.items[:0]

    @property
    def stored(self):
        return len(self.items)

    @property
    def cost(self):
        return nm.Cost(64, 1, self.operations)


class Echo(Zeros):
    """A fake that gives the cue back."""

    def answer(self, cues):
        return cues


class LastItem(Zeros):
    """A fake that keeps the last item alone."""

    def answer(self, cues):
        return np.repeat(self.items[-1:], len(cues), axis=0)


KEEPS = {"two_random_items_are_kept_apart", "several_random_items_are_kept_apart"}
LONE = {"a_lone_item_comes_back_from_erased_cues", "a_lone_item_comes_back_from_flipped_cues"}
BROKEN = {
    Zeros: {"stored_items_come_back", "what_is_stored_is_a_copy", *KEEPS, *LONE},
    Echo: {*KEEPS, *LONE},
    LastItem: {"stored_items_come_back", "what_is_stored_is_a_copy", "the_order_of_storing_does_not_matter", *KEEPS},
}


@pytest.mark.parametrize("fake", BROKEN)
def test_a_fake_breaks_the_laws_that_it_should(fake):
    assert {name for name, fault in laws.examine(fake) if fault} == BROKEN[fake]


def test_every_file_of_the_folder_is_a_memory():
    assert {nm.models.ALL[name].__name__.lower() for name in nm.models.ALL} == {
        name.replace("_", "") for name in nm.models.ALL
    }
    assert len(nm.models.ALL) >= 5


@pytest.mark.parametrize("name", nm.models.ALL)
def test_lists_and_tensors_are_taken_whatever_their_floating_type(name):
    """A tensor of another type than what is stored gives the same numbers, as a tensor; so do lists, as an array."""
    items = laws.opposites(16, rng=1)
    shown = nm.cues.flip(items, 0.1, rng=9)
    expected = laws.recalled(nm.models.ALL[name](16).store(items.astype(np.float32)), shown.astype(float))
    memory = nm.models.ALL[name](16).store(torch.tensor(items, dtype=torch.float32))
    found = memory.recall(torch.tensor(shown, dtype=torch.float64)).items
    assert isinstance(found, torch.Tensor)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    lists = nm.models.ALL[name](16).store(items.tolist()).recall(shown.tolist()).items
    assert isinstance(lists, np.ndarray)
    np.testing.assert_allclose(lists, expected, atol=1e-4)
    memory.store(torch.tensor(items, dtype=torch.float64)).recall(torch.tensor(shown, dtype=torch.float32))


def test_laws_that_python_leaves_out_are_not_said_to_hold():
    words = "import neuromem as nm; list(nm.laws.examine(nm.Hopfield))"
    done = subprocess.run([sys.executable, "-O", "-c", words], capture_output=True, text=True)
    assert "InputError: Python must keep its assertions" in done.stderr
