"""Attention: its equations, its energy, the bounds of Ramsauer et al., and recall that works by default."""

import numpy as np
import pytest
import torch

import neuromem as nm
from neuromem.models.attention import Attention


def softmax(scores):
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


KEYS, VALUES, CUES = normal(12, 20, seed=0), normal(12, 7, seed=1), normal(5, 20, seed=2)


def test_one_step_is_the_softmax_attention_of_spins():
    items, cues = nm.patterns.random(30, 40, rng=0), nm.patterns.random(6, 40, rng=1)
    cues[:, :13] = 0
    expected = softmax(0.3 * cues @ items.T.astype(float)) @ items
    np.testing.assert_allclose(Attention(40, beta=0.3, steps=1).store(items).recall(cues).items, expected, rtol=1e-12)


def test_real_keys_to_values_is_regression_with_a_gaussian_kernel():
    expected = softmax(-0.7 / 2 * ((CUES[:, None] - KEYS) ** 2).sum(-1)) @ VALUES
    recalled = Attention(20, beta=0.7, steps=1).store(KEYS, VALUES).recall(CUES)
    np.testing.assert_allclose(recalled.items, expected, rtol=1e-12)


def test_steps_before_the_last_clean_the_key():
    state = CUES
    for _ in range(3):
        attention = softmax(-0.05 / 2 * ((state[:, None] - KEYS) ** 2).sum(-1))
        state = attention @ KEYS
    recalled = Attention(20, beta=0.05, steps=3).store(KEYS, VALUES).recall(CUES)
    np.testing.assert_allclose(recalled.items, attention @ VALUES, rtol=1e-12)
    assert recalled.steps.tolist() == [3] * 5


@pytest.mark.parametrize("beta", [0.02, 0.2, 2.0, None])
def test_energy_is_the_equation_and_never_rises(beta):
    memory, state = Attention(20, beta=beta, steps=1).store(KEYS), CUES
    distance = ((CUES[:, None] - KEYS) ** 2).sum(-1)
    expected = -np.log(np.exp(-memory.beta / 2 * distance).sum(1)) / memory.beta
    np.testing.assert_allclose(memory.energy(CUES), expected, rtol=1e-9)
    energies = [memory.energy(state)]
    for _ in range(20):
        state = memory.recall(state).items
        energies.append(memory.energy(state))
    assert np.diff(energies, axis=0).max() <= 1e-12
    assert (energies[-1] < energies[0] - 0.1).all()


def test_energy_of_spins_is_that_of_ramsauer():
    items = nm.patterns.random(9, 20, rng=0)
    ramsauer = -np.log(np.exp(0.4 * CUES @ items.T).sum(1)) / 0.4 + (CUES**2).sum(1) / 2
    np.testing.assert_allclose(Attention(20, beta=0.4).store(items).energy(CUES), ramsauer + 20 / 2, rtol=1e-9)


@pytest.mark.parametrize(
    ("units", "items", "beta", "separated"), [(64, 100, 1.0, True), (64, 1000, 0.5, True), (32, 50, 0.25, False)]
)
def test_bounds_of_ramsauer(units, items, beta, separated):
    """Theorems 4 and 5 for starts near items on a sphere of radius M = sqrt(units); informative where well separated."""
    size, items_axis = np.sqrt(units), np.arange(items)
    x = normal(items, units, seed=3)
    x *= size / np.linalg.norm(x, axis=1, keepdims=True)
    start = x + 0.02 * normal(items, units, seed=4)
    end, fixed = (Attention(units, beta=beta, steps=n).store(x).recall(start).items for n in (1, 60))
    product = x @ x.T
    product[items_axis, items_axis] = -np.inf
    gap = size**2 - product.max(1)
    reach = 2 * size * np.maximum(np.linalg.norm(start - x, axis=1), np.linalg.norm(fixed - x, axis=1))
    far = np.exp(-beta * (gap - reach)) * (items - 1)
    assert (np.linalg.norm(end - x, axis=1) <= 2 * far * size).all()  # theorem 5
    contraction = 2 * beta * items * size**2 * far
    assert (np.linalg.norm(end - fixed, axis=1) <= contraction * np.linalg.norm(start - fixed, axis=1) + 1e-9).all()  # 4
    well = gap >= 2 / (beta * items) + np.log(2 * (items - 1) * items * beta * size**2) / beta
    assert well.any() == separated
    assert not separated or (2 * far * size)[well].min() < 0.1


@pytest.mark.parametrize("units", [64, 256, 784])
@pytest.mark.parametrize("correlation", [0.0, 0.5])
def test_damaged_spins_come_back_by_default(units, correlation):
    items = nm.patterns.correlated(50, units, correlation=correlation, rng=1)
    memory = Attention(units).store(items)
    assert nm.metrics.exact(memory.recall(nm.cues.erase(items, 0.5, rng=2)), items).all()
    flipped = memory.recall(nm.cues.flip(items, 0.3, rng=2))
    assert nm.metrics.exact(flipped, items).mean() >= (0.98 if units > 64 else 0.5)


def test_damaged_digits_come_back_as_well_as_their_nearest_stored_digit():
    items, _ = nm.patterns.digits(100, rng=0)
    memory = Attention(64).store(items)
    erased, flipped = nm.cues.erase(items, 0.5, rng=2), nm.cues.flip(items, 0.3, rng=2)
    assert nm.metrics.exact(memory.recall(erased), items).mean() > 0.95
    nearest = items[(flipped.astype(int) @ items.T.astype(int)).argmax(1)]
    assert nm.metrics.overlap(memory.recall(flipped), items).mean() > nm.metrics.overlap(nearest, items).mean() - 0.01


@pytest.mark.parametrize(("scale", "offset"), [(1.0, 0.0), (1e-3, 5.0), (80.0, 1000.0)])
def test_damaged_real_items_come_back_whatever_their_scale_and_offset(scale, offset):
    rng = np.random.default_rng(0)
    items = offset + scale * rng.gamma(1.0, size=(100, 128)) * rng.gamma(1.0, size=(100, 1)) + scale * normal(100, 128)
    memory = Attention(128).store(items)
    for cues in (nm.cues.erase(items, 0.5, rng=1), nm.cues.noise(items, scale / 2, rng=1)):
        recalled = memory.recall(cues)
        assert np.abs(recalled.items - items).max() < 1e-2 * scale
        assert recalled.converged.all()


@pytest.mark.parametrize("separation", ["softmax", "sparsemax", "local_linear"])
@pytest.mark.parametrize("offset", [1e3, 1e5])
def test_single_precision_tells_items_apart_that_are_far_from_0_and_close_together(separation, offset):
    items = (offset + normal(50, 64)).astype(np.float32)
    noisy = (items + 0.3 * normal(50, 64)).astype(np.float32)
    for cues in (noisy, nm.cues.erase(noisy, 0.3, rng=1)):
        memory, exact = (Attention(64, separation=separation).store(x) for x in (items, items.astype(float)))
        recalled, expected = memory.recall(cues), exact.recall(cues.astype(float))
        assert recalled.items.dtype == np.float32
        assert np.abs(recalled.items - expected.items).max() < 0.1
        assert np.abs(memory.attend(items) - exact.attend(items.astype(float))).max() < 0.01


def test_images_whose_black_is_0_come_back_where_0_is_a_value():
    """Of 0/1 digits, half are lost where their black pixels count as unknown; each is its own nearest image."""
    digits, _ = nm.patterns.digits(1797, rng=0)
    items = np.unique((digits > 0).astype(float), axis=0)
    for cues in (items, items.astype(np.uint8)):
        back = Attention(64, unknown=None).store(items).recall(cues).items
        assert np.abs(back - items).max() < 0.5
    lost = np.abs(Attention(64).store(items).recall(items).items - items).max(1) > 0.5
    assert lost.mean() > 0.3
    some, hidden = items[:100], np.arange(64) < 20
    alone = ((some[:, None, ~hidden] != some[None, :, ~hidden]).sum(2) == 0).sum(1) == 1  # no other is like it elsewhere
    back = Attention(64, beta=1e6, unknown=-1).store(some).recall(np.where(hidden, -1.0, some)).items
    assert alone.mean() > 0.5
    assert np.allclose(back[alone], some[alone])
    with pytest.raises(nm.InputError, match=r"^unknown must be a finite number"):
        Attention(64, unknown="none")


def test_more_can_be_added_and_all_forgotten():
    parts = Attention(20).store(KEYS[:5], VALUES[:5]).store(KEYS[5:], VALUES[5:])
    np.testing.assert_array_equal(parts.recall(CUES).items, Attention(20).store(KEYS, VALUES).recall(CUES).items)
    assert parts.cost.bits == 64 * 12 * 27
    parts.clear()
    with pytest.raises(nm.InputError, match="holds no item"):
        parts.recall(CUES)


def test_auto_association_holds_an_item_once_until_values_come():
    memory = Attention(20).store(KEYS)
    assert memory.cost.synapses == 12 * 20
    memory.store(KEYS, -KEYS)
    assert memory.cost.synapses == 2 * 24 * 20
    np.testing.assert_allclose(memory.recall(KEYS).items, 0, atol=1e-12)


def test_stored_items_are_copies():
    mine = KEYS.copy()
    memory = Attention(20).store(mine)
    mine[:] = 0
    np.testing.assert_array_equal(memory.recall(CUES).items, Attention(20).store(KEYS).recall(CUES).items)


def test_a_state_that_still_moves_has_not_converged():
    items, _ = nm.patterns.digits(50, rng=0)
    cues = nm.cues.flip(items, 0.3, rng=1)
    short, long = (Attention(64, beta=0.1, steps=n).store(items).recall(cues) for n in (2, 500))
    assert not short.converged.any()
    assert long.converged.all()
    assert (long.steps > 2).all()
    assert (long.steps < 500).all()
    again = Attention(64, beta=0.1, steps=1).store(items).recall(long.items)
    np.testing.assert_allclose(again.items, long.items, atol=1e-3)


def test_torch_gives_the_same_with_gradients():
    torch = pytest.importorskip("torch")
    tensors = [torch.tensor(x, requires_grad=True) for x in (KEYS, VALUES, CUES)]

    def read(keys, values, cues):
        return Attention(20, beta=0.3, steps=2).store(keys, values).recall(cues).items

    np.testing.assert_allclose(read(*tensors).detach(), read(KEYS, VALUES, CUES), rtol=1e-12)
    assert torch.autograd.gradcheck(read, tensors)
    assert Attention(20).store(tensors[0].float()).recall(tensors[2].float()).items.dtype == torch.float32


@pytest.mark.parametrize("bad", [{"beta": 0}, {"beta": np.nan}, {"steps": 0}, {"steps": 1.5}])
def test_bad_settings_are_refused(bad):
    with pytest.raises(nm.InputError, match=next(iter(bad))):
        Attention(8, **bad)


def test_libraries_do_not_mix():
    torch = pytest.importorskip("torch")
    memory = Attention(20).store(KEYS)
    with pytest.raises(nm.InputError, match="keys must be an array of torch"):
        memory.recall(torch.ones(1, 20))
    with pytest.raises(nm.InputError, match="keys must be an array of numpy"):
        memory.store(torch.ones(1, 20))


@pytest.mark.parametrize("separation", ["sparsemax", "softmax_one", "polynomial"])
@pytest.mark.parametrize("similarity", ["distance", "dot", "cosine"])
def test_every_separation_and_similarity_recalls_damaged_spins(separation, similarity):
    items = nm.patterns.random(50, 128, rng=1)
    memory = Attention(128, separation=separation, similarity=similarity).store(items)
    assert nm.metrics.exact(memory.recall(nm.cues.erase(items, 0.5, rng=2)), items).all()
    assert nm.metrics.exact(memory.recall(nm.cues.flip(items, 0.25, rng=2)), items).all()


@pytest.mark.parametrize("separation", ["softmax", "sparsemax", "softmax_one"])
@pytest.mark.parametrize("similarity", ["distance", "dot"])
@pytest.mark.parametrize("beta", [0.05, 0.3, 2.0])
def test_no_energy_rises(separation, similarity, beta):
    memory = Attention(20, beta=beta, steps=1, separation=separation, similarity=similarity).store(KEYS)
    state, energies = CUES, [memory.energy(CUES)]
    for _ in range(20):
        state = memory.recall(state).items
        if (state == 0).any():
            break  # softmax_one that attends to nothing leaves 0, which a cue reads as unknown
        energies.append(memory.energy(state))
    assert np.diff(energies, axis=0).max() <= 1e-10
    assert (energies[-1] < energies[0] - 0.1).all()


@pytest.mark.parametrize("separation", ["softmax", "sparsemax", "softmax_one"])
def test_an_update_goes_down_the_gradient_of_the_energy(separation):
    """x - update = dE/dx."""
    torch = pytest.importorskip("torch")
    state = torch.tensor(CUES, requires_grad=True)
    memory = Attention(20, beta=0.2, steps=1, separation=separation).store(torch.tensor(KEYS))
    memory.energy(state).sum().backward()
    np.testing.assert_allclose(state.grad, CUES - memory.recall(state.detach()).items.numpy(), atol=1e-12)


def test_softmax_one_attends_to_nothing_where_nothing_is_alike():
    items = nm.patterns.random(20, 256, rng=0)
    memory = Attention(256, separation="softmax_one").store(items)
    other = nm.patterns.random(5, 256, rng=1)
    assert np.abs(memory.recall(other).items).max() < 1e-6
    np.testing.assert_allclose(memory.recall(items).items, items, atol=1e-6)


def test_cosine_is_blind_to_the_lengths_of_keys_and_queries():
    sizes = np.random.default_rng(0).gamma(1.0, size=(12, 1)) + 0.1
    plain = Attention(20, similarity="cosine", steps=1, beta=3).store(KEYS, VALUES).recall(CUES).items
    scaled = Attention(20, similarity="cosine", steps=1, beta=3).store(KEYS * sizes, VALUES).recall(CUES * 7).items
    np.testing.assert_allclose(scaled, plain, rtol=1e-10)


def test_local_linear_attention_is_the_local_regression():
    """Weighted ridge regression of values on [1, k - q], its constant read at q."""
    keys, values, cues = normal(40, 3, seed=5), normal(40, 2, seed=6), normal(4, 3, seed=7)
    recalled = Attention(3, beta=1.0, steps=1, separation="local_linear").store(keys, values).recall(cues).items
    ridge = 0.1 * keys.var(0).mean()
    for q, y in zip(cues, recalled, strict=True):
        weight = softmax(-((q - keys) ** 2).sum(1) / 2)
        design = np.hstack([np.ones((40, 1)), keys - q])
        normal_matrix = design.T @ (weight[:, None] * design) + ridge * np.diag([0, 1, 1, 1])
        np.testing.assert_allclose(y, np.linalg.solve(normal_matrix, design.T @ (weight[:, None] * values))[0], rtol=1e-9)


def test_local_linear_attention_regresses_a_line_better_than_softmax():
    keys, cues = normal(200, 4, seed=5), 0.5 * normal(20, 4, seed=6)
    slope = normal(4, 3, seed=7)
    errors = {
        name: np.abs(
            Attention(4, beta=2.0, steps=1, separation=name).store(keys, keys @ slope).recall(cues).items - cues @ slope
        )
        for name in ("softmax", "local_linear")
    }
    assert errors["local_linear"].mean() < 0.5 * errors["softmax"].mean()


def test_an_energy_needs_a_potential():
    with pytest.raises(nm.InputError, match="for an energy, but was 'polynomial'"):
        Attention(20, separation="polynomial").store(KEYS).energy(CUES)


@pytest.mark.parametrize("beta", [None, 20.0])
@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_the_cosine_knows_no_scale(scale, beta):
    x = np.random.default_rng(0).normal(size=(30, 32))
    cues = nm.cues.noise(x, 2.5, rng=1)
    one, other = (
        nm.Attention(32, similarity="cosine", steps=100, beta=beta).store(s * x).recall(s * cues) for s in (1.0, scale)
    )
    np.testing.assert_array_equal(one.steps, other.steps)
    np.testing.assert_allclose(other.items / scale, one.items, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16, torch.float32])
def test_the_number_for_unknown_is_found_in_cues_of_any_precision(kind):
    """float32(0.1) is not 0.1."""
    keys = np.random.default_rng(0).normal(size=(4, 6))
    shown = keys.copy()
    shown[:, :3] = 0.1
    cues = torch.tensor(shown, dtype=kind) if isinstance(kind, torch.dtype) else shown.astype(kind)
    stored = torch.tensor(keys) if isinstance(kind, torch.dtype) else keys
    np.testing.assert_allclose(nm.Attention(6, unknown=0.1).store(stored).recall(cues).items, keys, atol=1e-3)


def test_no_whole_number_is_the_0_1_that_means_unknown():
    keys = np.eye(4)
    items = nm.Attention(4, unknown=0.1).store(keys).recall(np.eye(4, dtype=np.int8)).items
    np.testing.assert_allclose(items, keys, atol=1e-6)
    assert (nm.Attention(4, unknown=-1).store(keys).recall(np.eye(4, dtype=np.uint8)).items == items).all()
