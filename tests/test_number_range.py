"""Memories of real items in any floating type, at any size, with any setting: right, or refused; gradients at borders."""

from functools import partial

import numpy as np
import pytest
import torch

import neuromem as nm
from neuromem.models import (
    attention,
    gated_associative,
    memory_mosaic,
    mixture_of_memories,
    palimpsa,
    pavlov,
    phase_associative,
    sparse_pointer,
    test_time_regression,
)

UNITS = 16
RNG = np.random.default_rng(0)
ITEMS = RNG.normal(size=(5, UNITS))
CUES = ITEMS[[0, 2, 3]] * (RNG.random((3, UNITS)) > 0.2)
Attention, Pavlov, Regression = attention.Attention, pavlov.Pavlov, test_time_regression.TestTimeRegression
MEMORIES = {
    "attention": Attention,
    "attention, dot": partial(Attention, similarity="dot"),
    "attention, cosine": partial(Attention, similarity="cosine"),
    "attention, sparsemax": partial(Attention, separation="sparsemax"),
    "attention, polynomial": partial(Attention, separation="polynomial"),
    "attention, local linear": partial(Attention, separation="local_linear"),
    **{f"pavlov, {rule}": partial(Pavlov, rule=rule) for rule in ("hebb", "delta", "oja", "least_squares", "momentum")},
    "palimpsa": palimpsa.Palimpsa,
    "palimpsa, softmax": partial(palimpsa.Palimpsa, features="softmax"),
    "regression": Regression,
    "regression, affine": partial(Regression, function="affine", beta=4.0),
    "regression, stochastic": partial(Regression, optimiser="stochastic"),
    "mixture": mixture_of_memories.MixtureOfMemories,
    "mosaic": memory_mosaic.MemoryMosaic,
    "phases": phase_associative.PhaseAssociative,
    "pointer": sparse_pointer.SparsePointer,
}
every = pytest.mark.parametrize("name", MEMORIES)


def answer(name, items, cues):
    return MEMORIES[name](UNITS).store(items).recall(cues).items


@every
@pytest.mark.parametrize("exponent", [-1000, -600, -60, 60, 600, 1000])
def test_items_of_any_size_are_recalled_at_their_size(name, exponent):
    """2^1000 is 1e301: squares would be infinite, or 0."""
    expected, scale = answer(name, ITEMS, CUES), 2.0**exponent
    np.testing.assert_allclose(answer(name, scale * ITEMS, scale * CUES) / scale, expected, rtol=1e-9, atol=1e-12)


@every
@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, "float16"])
def test_half_precision_gives_what_float32_gives(name, kind):
    """Pictures of 784 units, 0 to 255, whose squares are beyond float16."""
    pictures = np.random.default_rng(1).integers(1, 256, (5, 784)).astype(np.float32)
    half = pictures.astype(kind) if isinstance(kind, str) else torch.tensor(pictures).to(kind)
    wide = half.astype(np.float32) if isinstance(kind, str) else half.float()
    memories = [MEMORIES[name](784).store(x).recall(x[:3]).items for x in (half, wide)]
    assert "float32" in str(memories[0].dtype)
    scale = np.abs(np.asarray(memories[1])).max()
    np.testing.assert_allclose(np.asarray(memories[0]) / scale, np.asarray(memories[1]) / scale, atol=1e-5)


def test_half_precision_pictures_come_back():
    pictures = np.random.default_rng(1).integers(0, 256, (5, 784)).astype(np.float16)
    np.testing.assert_array_equal(nm.Attention(784).store(pictures).recall(pictures).items, pictures)


def test_the_largest_beta_gives_the_nearest_item():
    distance = ((np.where(CUES[:, None] == 0, 0, CUES[:, None] - ITEMS)) ** 2).sum(2)
    for beta in (1e20, 1e308):
        for scale in (1e-3, 1.0, 1e200):
            recalled = Attention(UNITS, beta=beta, steps=1).store(scale * ITEMS).recall(scale * CUES)
            np.testing.assert_allclose(recalled.items / scale, ITEMS[distance.argmin(1)], rtol=1e-12)
    pointer = sparse_pointer.SparsePointer(UNITS, beta=1e308).store(ITEMS).recall(ITEMS)
    np.testing.assert_allclose(pointer.items, ITEMS, rtol=1e-12)
    recalled = gated_associative.GatedAssociative(UNITS, bank=ITEMS, gate=0, beta=1e308).store(ITEMS).recall(ITEMS)
    np.testing.assert_allclose(recalled.items, ITEMS, rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "scale"),
    [
        (partial(Pavlov, rate=1e308), 1e10),
        (partial(Pavlov, rule="bcm"), 1e200),
        (partial(Pavlov, rule="delta", normalise="none"), 1e200),
        (partial(palimpsa.Palimpsa, rate=1e308), 1e10),
        (partial(Regression, normalise="none", optimiser="batch"), 1e200),
        (partial(mixture_of_memories.MixtureOfMemories, rate=1e308), 1e10),
    ],
)
def test_what_no_number_can_hold_is_refused(make, scale):
    with (
        pytest.raises(nm.InputError, match=r"must stay within float64, but gives NaN or infinity"),
        np.errstate(all="ignore"),
    ):
        make(UNITS).store(scale * ITEMS).store(scale * ITEMS).recall(scale * CUES)


def test_an_energy_beyond_its_type_is_refused_and_below_it_is_right():
    memory = Attention(UNITS, steps=1).store(1e100 * ITEMS)
    beta = 4 / ITEMS.var(0).mean()
    distance = ((CUES[:, None] - ITEMS) ** 2).sum(2)
    expected = -np.log(np.exp(-beta / 2 * distance).sum(1)) / beta
    np.testing.assert_allclose(memory.energy(1e100 * CUES) / 1e200, expected, rtol=1e-9)
    with pytest.raises(nm.InputError, match="states must stay within float64"), np.errstate(all="ignore"):
        Attention(UNITS).store(1e200 * ITEMS).energy(1e200 * CUES)


def test_a_store_that_overflows_changes_nothing():
    memory = Pavlov(UNITS, rate=1e308).store(1e-10 * ITEMS)
    before = memory.recall(CUES).items
    with pytest.raises(nm.InputError, match="store must stay within"), np.errstate(all="ignore"):
        memory.store(1e10 * ITEMS)
    np.testing.assert_array_equal(memory.recall(CUES).items, before)
    assert memory.stored == len(ITEMS)


def gradients(make):
    """Whether autograd agrees with finite differences, for keys, values and cues with unknown units."""
    tensors = [torch.tensor(x, requires_grad=True) for x in (ITEMS[:4, :6], ITEMS[:4, 6:9], ITEMS[2:4, 3:9])]
    known = torch.tensor([[1.0, 1, 0, 1, 1, 1], [1, 1, 1, 1, 1, 1]], dtype=torch.float64)

    def read(keys, values, cues):
        return make(6).store(keys, values).recall(cues * known).items

    return torch.autograd.gradcheck(read, tensors)


BORDERS = {
    **MEMORIES,
    "attention, one step": partial(Attention, steps=1),
    "attention, softmax_one": partial(Attention, separation="softmax_one", similarity="cosine"),
    **{
        f"pavlov, {rule}, decay {decay}": partial(Pavlov, rule=rule, decay=decay, rate=0.3)
        for rule in ("hebb", "delta", "delta_product", "oja", "bcm", "least_squares", "momentum")
        for decay in (0.0, 1.0)
    },
    "momentum 0": partial(Pavlov, rule="momentum", momentum=0.0),
    "rate 2": partial(Pavlov, rule="delta", rate=2.0),
    "period 1": partial(Pavlov, rule="bcm", period=1.0),
    "average": partial(Pavlov, features="elu", average=True),
    "palimpsa, decay 0": partial(palimpsa.Palimpsa, decay=0.0),
    "regression, beta 0": partial(Regression, beta=0.0),
    "one of one memory": partial(mixture_of_memories.MixtureOfMemories, memories=1, chosen=1, decay=0.0),
    "mosaic, no leak": partial(memory_mosaic.MemoryMosaic, leak=0.0),
    "one slot": partial(sparse_pointer.SparsePointer, slots=1, beta=2.0),
    "phases, decay 0": partial(phase_associative.PhaseAssociative, decay=0.0),
    "gate 0": lambda units: GatedPairs(units, gate=0.0),
    "gate 1": lambda units: GatedPairs(units, gate=1.0),
}


class GatedPairs(gated_associative.GatedAssociative):
    """The control takes no values; here they are left out."""

    def store(self, keys, values=None):
        self.bank = keys
        return super().store(keys)


@pytest.mark.parametrize("name", BORDERS)
def test_gradients_are_whole_at_the_borders_of_every_setting(name):
    assert gradients(BORDERS[name])


def test_the_gradient_of_attention_passes_through_its_default_beta():
    """Finite difference of the equations by hand, beta being 4 / variance."""

    full = ITEMS.copy()
    cues = np.where(CUES == 0, 0.1, CUES)

    def by_hand(keys):
        beta = 4 / keys.var(0).mean()
        score = -beta / 2 * ((cues[:, None] - keys) ** 2).sum(2)
        weight = np.exp(score - score.max(1, keepdims=True))
        return (weight / weight.sum(1, keepdims=True) @ keys)[0, 0]

    keys = torch.tensor(full, requires_grad=True)
    Attention(UNITS, steps=1).store(keys).recall(torch.tensor(cues)).items[0, 0].backward()
    step = np.zeros_like(full)
    step[0, 0] = 1e-6
    finite = (by_hand(full + step) - by_hand(full - step)) / 2e-6
    assert keys.grad[0, 0].item() == pytest.approx(finite, rel=1e-5)


@every
def test_what_is_stored_is_a_copy_of_floats_too(name):
    mine = ITEMS.copy()
    memory = MEMORIES[name](UNITS).store(mine)
    before = memory.recall(CUES).items
    mine[:] = 0
    np.testing.assert_array_equal(memory.recall(CUES).items, before)


@every
def test_synapses_are_named_copies_and_what_is_set_is_recalled_with(name):
    memory = MEMORIES[name](UNITS).store(ITEMS, ITEMS[:, :3])
    assert memory.synapses
    other = MEMORIES[name](UNITS).store(np.zeros_like(ITEMS) + RNG.normal(size=ITEMS.shape), np.ones((5, 3)))
    other.synapses = memory.synapses
    np.testing.assert_allclose(other.recall(CUES).items, memory.recall(CUES).items, rtol=1e-12)
    with pytest.raises(nm.InputError, match="synapses"):
        memory.synapses = {}
    assert MEMORIES[name](UNITS).synapses == {}


def test_whole_numbers_are_not_cut_in_synapses():
    memory = Attention(4).store(np.array([[1, -1, 1, 1], [1, 1, -1, 1]], np.int8))
    memory.synapses = {"keys": memory.synapses["keys"] * 0.5}
    np.testing.assert_allclose(memory.recall([[1, -1, 1, 1.0]]).items, [[0.5, -0.5, 0.5, 0.5]], atol=1e-3)


@pytest.mark.parametrize(
    "kind", [Pavlov, palimpsa.Palimpsa, mixture_of_memories.MixtureOfMemories, sparse_pointer.SparsePointer]
)
def test_a_state_that_no_machine_holds_is_refused_before_the_work(kind):
    with pytest.raises(nm.InputError, match="units must make arrays that fit"):
        kind(2_000_000).store(np.ones((1, 2_000_000), np.int8))
    with pytest.raises(nm.InputError, match="must make arrays that fit"):
        phase_associative.PhaseAssociative(2_000_000)


def test_gates_energies_and_overlaps_of_any_size():
    """Shares of a softmax are right for keys of any size; what leaves float64 is refused by its name."""
    items = nm.patterns.random(4, 16, rng=0).astype(float)
    mixture = nm.MixtureOfMemories(16)
    assert np.allclose(mixture.gates(1e300 * items), mixture.gates(items))
    assert np.allclose(mixture.gates(items.astype(np.int8)).sum(1), 1)
    for wrong in (None, items[:, 1:], np.nan * items):
        with pytest.raises(nm.InputError, match=r"^keys must "):
            mixture.gates(wrong)
    tasks = nm.Multitasking(16).store(items)
    with np.errstate(all="ignore"):
        for call in (tasks.energy, tasks.overlaps, nm.Attention(16).store(items).energy):
            with pytest.raises(nm.InputError, match=r"^states must "):
                call(1e308 * items)
            with pytest.raises(nm.InputError, match=r"^states must "):
                call(items[:, 1:])


def test_settings_that_are_arrays_are_refused_like_any_other():
    for setting in ("interactions", "order"):
        with pytest.raises(nm.InputError, match=f"^{setting} must "):
            nm.DenseHebbian(16, **{setting: np.ones(3)})
