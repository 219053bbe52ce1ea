"""Test-time regression and its special cases; the further fast-weight memories, each against its equation."""

import numpy as np
import pytest

import neuromem as nm
from neuromem.models.attention import Attention
from neuromem.models.gated_associative import GatedAssociative
from neuromem.models.memory_mosaic import MemoryMosaic
from neuromem.models.mixture_of_memories import MixtureOfMemories
from neuromem.models.palimpsa import Palimpsa
from neuromem.models.pavlov import Pavlov
from neuromem.models.phase_associative import PhaseAssociative
from neuromem.models.sparse_pointer import SparsePointer
from neuromem.models.test_time_regression import TestTimeRegression

RNG = np.random.default_rng(0)
KEYS, VALUES, CUES = RNG.normal(size=(15, 6)), RNG.normal(size=(15, 4)), RNG.normal(size=(5, 6))
ONE_STEP = [MixtureOfMemories, Palimpsa, PhaseAssociative, SparsePointer, TestTimeRegression]


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def read(memory):
    return memory.store(KEYS, VALUES).recall(CUES).items


@pytest.mark.parametrize("decay", [1.0, 0.8])
@pytest.mark.parametrize(("optimiser", "rule"), [("batch", "hebb"), ("stochastic", "delta"), ("exact", "least_squares")])
def test_linear_regression_is_linear_attention_deltanet_and_mesa(optimiser, rule, decay):
    parent = read(TestTimeRegression(6, optimiser=optimiser, decay=decay, ridge=0.2))
    np.testing.assert_allclose(parent, read(Pavlov(6, rule=rule, decay=decay, ridge=0.2)), rtol=1e-10)


@pytest.mark.parametrize("beta", [0.1, 1.0, 5.0])
def test_local_constant_regression_is_softmax_attention(beta):
    parent = read(TestTimeRegression(6, function="constant", beta=beta, normalise="none"))
    np.testing.assert_allclose(parent, read(Attention(6, beta=beta, steps=1, similarity="dot")), rtol=1e-10)


def test_local_affine_regression_is_local_linear_attention():
    ridge = 0.1 * KEYS.var(0).mean()
    parent = read(TestTimeRegression(6, function="affine", beta=0.5, ridge=ridge, normalise="none"))
    child = read(Attention(6, beta=0.5, steps=1, similarity="dot", separation="local_linear"))
    np.testing.assert_allclose(parent, child, rtol=1e-9)


def test_a_flat_kernel_is_no_kernel():
    flat = read(TestTimeRegression(6, beta=0.0, ridge=0.2 / 15))  # its weights are 1 / 15
    np.testing.assert_allclose(flat, read(TestTimeRegression(6, ridge=0.2)), rtol=1e-10)


def test_constant_regression_without_kernel_is_the_mean_value():
    np.testing.assert_allclose(read(TestTimeRegression(6, function="constant")), [VALUES.mean(0)] * 5, rtol=1e-12)


def test_many_small_stochastic_steps_reach_the_exact_fit():
    keys, values = KEYS[:4], VALUES[:4]
    memory = TestTimeRegression(6, optimiser="stochastic")
    for _ in range(400):
        memory.store(keys, values)
    np.testing.assert_allclose(memory.recall(keys).items, values, atol=1e-6)


def test_phases_have_a_gaussian_kernel():
    """One stored pair: the response is the kernel of key and cue times the value, within 4 / sqrt(2 D)."""
    memory = PhaseAssociative(6, phases=2000, beta=2.0).store(KEYS[:1], [[1.0]])
    kernel = np.exp(-((unit(CUES) - unit(KEYS[:1])) ** 2).sum(1))
    np.testing.assert_allclose(memory.recall(CUES).items[:, 0], kernel, atol=4 / np.sqrt(2 * 12000))
    np.testing.assert_allclose(memory.recall(KEYS[:1]).items, [[1.0]], rtol=1e-12)
    assert memory.cost.bits == 128 * 12000


def test_one_memory_of_one_is_pavlov():
    for rule in ("hebb", "delta", "oja"):
        one = MixtureOfMemories(6, memories=1, chosen=1, rule=rule, decay=0.9, rate=0.5)
        np.testing.assert_allclose(read(one), read(Pavlov(6, rule=rule, decay=0.9, rate=0.5)), rtol=1e-10)


def test_items_routed_apart_do_not_disturb_each_other():
    memory = MixtureOfMemories(6, memories=4, chosen=1).store(KEYS, VALUES)
    route = memory.gates(KEYS).argmax(1)
    assert len(set(route)) > 1
    alone = [
        Pavlov(6).store(KEYS[route == m], VALUES[route == m]).recall(KEYS[i : i + 1]).items[0] for i, m in enumerate(route)
    ]
    np.testing.assert_allclose(memory.recall(KEYS).items, alone, rtol=1e-9)


def test_palimpsa_is_the_posterior_of_a_diagonal_regression():
    keys, cues = unit(KEYS), unit(CUES)
    decay = 0.9 ** np.arange(14, -1, -1)
    importance = (2 * decay[:, None] * keys**2).sum(0) + 3
    mean = (2 * decay[:, None, None] * VALUES[:, :, None] * keys[:, None, :]).sum(0) / importance
    memory = Palimpsa(6, decay=0.9, rate=2.0, prior=3.0, features="identity")
    np.testing.assert_allclose(read(memory), cues @ mean.T, rtol=1e-10)
    np.testing.assert_allclose(memory.variance(CUES), np.repeat((cues**2 / importance).sum(1)[:, None], 4, 1), rtol=1e-10)


def test_palimpsa_is_exact_bayes_for_orthogonal_keys():
    """Posterior mean of a weight with prior precision 1 after one noisy value of precision 1: half the value."""
    np.testing.assert_allclose(Palimpsa(6).store(np.eye(6), VALUES[:6]).recall(np.eye(6)).items, VALUES[:6] / 2)


def test_palimpsa_on_sharp_keys_decodes_what_hebb_confuses():
    """64 random pairs of 64 units, keys exp(20 x) over its sum: the prior of 0.01 weighs rarely used synapses more."""
    right = {"hebb": [], "palimpsa": [], "by hand": []}
    for seed in range(5):
        keys, values = (unit(x) for x in np.random.default_rng(seed).normal(size=(2, 64, 64)))
        sharp = np.exp(20 * keys)
        sharp /= sharp.sum(1, keepdims=True)
        evidence, importance = values.T @ sharp, (sharp**2).sum(0)
        responses = {
            "by hand": sharp @ (evidence / (importance + 0.01)).T,
            "hebb": Pavlov(64, features="softmax", normalise="none").store(keys, values).recall(keys).items,
            "palimpsa": Palimpsa(64, features="softmax", prior=0.01).store(keys, values).recall(keys).items,
        }
        np.testing.assert_allclose(responses["hebb"], sharp @ evidence.T, rtol=1e-9)
        np.testing.assert_allclose(responses["palimpsa"], responses["by hand"], rtol=1e-9)
        for name, response in responses.items():
            right[name].append(((response @ values.T).argmax(1) == np.arange(64)).mean())
    assert np.mean(right["palimpsa"]) == pytest.approx(0.93, abs=0.02)
    assert np.mean(right["hebb"]) == pytest.approx(0.72, abs=0.02)


def test_published_keys_of_palimpsa_make_it_hebb_as_long_as_nothing_trains_them():
    keys, values = (unit(x) for x in np.random.default_rng(0).normal(size=(2, 64, 64)))
    x = 8 * keys
    silu = unit(x / (1 + np.exp(-x)))
    o = Palimpsa(64).store(keys, values).recall(keys).items
    np.testing.assert_allclose(o, silu @ (values.T @ silu / ((silu**2).sum(0) + 1)).T, rtol=1e-9)
    assert np.corrcoef(o.ravel(), (silu @ silu.T @ values).ravel())[0, 1] > 0.98


def test_mosaic_is_kernel_regression_on_unit_keys():
    weight = np.exp(3 * unit(CUES) @ unit(KEYS).T)
    np.testing.assert_allclose(read(MemoryMosaic(6, beta=3.0)), weight @ VALUES / weight.sum(1, keepdims=True), rtol=1e-10)


def test_mosaic_predicts_what_its_context_tells():
    """Two songs share a note; what comes next can be told from the notes before it, and not without them."""
    songs = nm.patterns.random(10, 64, rng=0).reshape(2, 5, 64).astype(float)
    songs[1, 3] = songs[0, 3]
    cues = songs[:, :4]
    assert nm.metrics.exact(MemoryMosaic(64, leak=0.5).store(songs).recall(cues), songs[:, 4]).all()
    blind = MemoryMosaic(64, leak=0.0).store(songs).recall(cues)
    np.testing.assert_allclose(blind.items[0], songs[:, 4].mean(0), atol=1e-6)


def test_a_gated_bank_binds_no_new_pair():
    items = nm.patterns.random(20, 64, rng=0)
    cues = nm.cues.flip(items, 0.25, rng=1)
    new, trained = GatedAssociative(64, rng=5).store(items), GatedAssociative(64, bank=items, gate=0.25).store(items)
    np.testing.assert_array_equal(nm.metrics.bit_error(new.recall(cues), items), 0.25)
    assert nm.metrics.exact(trained.recall(cues), items).mean() > 0.8
    before = GatedAssociative(64, rng=5).store(nm.patterns.random(3, 64, rng=9)).recall(cues).items
    np.testing.assert_array_equal(new.recall(cues).items, before)


def test_slots_hold_the_last_pairs_and_the_state_all():
    rng = np.random.default_rng(1)
    keys, values = unit(rng.normal(size=(40, 64))), rng.normal(size=(40, 8))
    recalled = SparsePointer(64, slots=10, beta=200.0).store(keys[:17], values[:17]).store(keys[17:], values[17:])
    state = Pavlov(64).store(keys, values)
    np.testing.assert_allclose(recalled.recall(keys[-10:]).items, values[-10:], atol=1e-6)
    np.testing.assert_allclose(recalled.recall(keys[:30]).items, state.recall(keys[:30]).items, atol=1e-2)


@pytest.mark.parametrize("kind", ONE_STEP)
def test_torch_gives_the_same_with_gradients(kind):
    torch = pytest.importorskip("torch")
    tensors = [torch.tensor(x, requires_grad=True) for x in (KEYS[:4], VALUES[:4], CUES[:2])]

    def recalled(keys, values, cues):
        return kind(6).store(keys[:2], values[:2]).store(keys[2:], values[2:]).recall(cues).items

    np.testing.assert_allclose(recalled(*tensors).detach(), recalled(KEYS[:4], VALUES[:4], CUES[:2]), rtol=1e-9)
    assert torch.autograd.gradcheck(recalled, tensors)


@pytest.mark.parametrize("kind", ONE_STEP)
def test_forgotten_is_as_new(kind):
    memory = kind(6).store(CUES, -CUES)
    memory.clear()
    with pytest.raises(nm.InputError, match="holds no item"):
        memory.recall(CUES)
    np.testing.assert_array_equal(read(memory), read(kind(6)))


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        (TestTimeRegression, {"function": "quadratic"}),
        (TestTimeRegression, {"decay": 0}),
        (MixtureOfMemories, {"chosen": 5}),
        (MemoryMosaic, {"leak": 1}),
        (Palimpsa, {"prior": 0}),
        (GatedAssociative, {"bank": np.ones((3, 5))}),
        (SparsePointer, {"slots": 0}),
        (PhaseAssociative, {"beta": -1}),
    ],
)
def test_bad_settings_are_refused(kind, bad):
    with pytest.raises(nm.InputError, match=next(iter(bad))):
        kind(6, **bad)
