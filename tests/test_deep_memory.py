"""Memories that learn at test time: laws of their papers, and the layer beside the memory."""

import math
import re

import numpy as np
import pytest
import torch

import neuromem as nm
from neuromem.kernels.chain import forward, gradients
from neuromem.kernels.chunked import recurrent
from neuromem.kernels.deep import kept, loss_gradient, retained
from neuromem.nn.deep_memory import DeepMemory as Layer

DeepMemory, Pavlov = nm.models.ALL["deep_memory"], nm.models.ALL["pavlov"]
PAPERS = {
    "titans": {"optimiser": "momentum", "decay": 0.99},
    "moneta": {"objective": "lp", "retention": "lq_published", "rate": 0.05},
    "yaad": {"objective": "huber", "threshold": 0.5},
    "memora": {"retention": "simplex"},
    "continuum": {"period": (1, 2, 4)},
}


def pairs(number, units=8, seed=0, outputs=None):
    rng = np.random.default_rng(seed)
    keys, values = rng.normal(size=(number, units)), rng.normal(size=(number, outputs or units))
    return (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (keys, values))


@pytest.mark.parametrize("decay", [1.0, 0.9])
def test_a_linear_network_with_momentum_is_the_momentum_rule(decay):
    keys, values = pairs(30, outputs=5)
    settings = {"rate": 0.3, "decay": decay, "momentum": 0.6}
    ours = DeepMemory(8, depth=1, optimiser="momentum", **settings).store(keys, values)
    reference = Pavlov(8, rule="momentum", **settings).store(keys, values)
    np.testing.assert_allclose(ours.recall(keys).items, reference.recall(keys).items, rtol=0, atol=1e-14)
    assert ours.cost.operations == reference.cost.operations == 5 * 8  # one for each entry of W
    assert np.abs(reference.recall(keys).items).max() > 0.1


def test_titans_decays_what_was_held_before_the_error_is_taken():
    """Gated DeltaNet takes the error after the decay: (a, b, v) there is (a, b / a, a v) here."""
    keys, values = pairs(20)
    ours = DeepMemory(8, depth=1, decay=0.9, rate=0.3).store(keys, values)
    other = Pavlov(8, rule="delta", decay=0.9, rate=0.3 / 0.9).store(keys, 0.9 * values)
    np.testing.assert_allclose(ours.synapses["weights_0_0"], other.weights, rtol=0, atol=1e-14)


def test_huber_without_a_threshold_and_the_second_power_are_the_square():
    keys, values = pairs(20)
    reference = DeepMemory(8).store(keys, values).recall(keys).items
    for settings in (
        {"objective": "huber", "threshold": 1e9},
        {"objective": "lp", "power": 2.0},
        {"retention": "lq", "norm": 2.0},
    ):
        ours = DeepMemory(8, **settings).store(keys, values).recall(keys).items
        np.testing.assert_allclose(ours, reference, rtol=0, atol=1e-14)


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("levels", [1, 3])
@pytest.mark.parametrize("objective", ["l2", "lp", "huber"])
def test_gradients_are_those_of_torch(objective, levels, depth):
    torch.manual_seed(0)
    sizes = [(6, 6)] * levels if depth == 1 else [(9, 6), (6, 9)] * levels
    flat = [torch.randn(2, *size, dtype=torch.float64, requires_grad=True) for size in sizes]
    network = [tuple(flat[i : i + depth]) for i in range(0, len(flat), depth)]
    key, value = torch.randn(2, 2, 4, 6, dtype=torch.float64).unbind()
    y, weight = forward(network, key), torch.rand(2, 4, 1, dtype=torch.float64)
    e = y - value
    size = e.norm(dim=-1, keepdim=True)
    losses = {
        "l2": (e**2).sum(-1, keepdim=True) / 2,
        "lp": ((e**2 + 1e-6) ** 1.5).sum(-1, keepdim=True) / 3,
        "huber": torch.where(size < 3, size**2 / 2, 3 * size - 4.5),
    }
    loss = (weight * losses[objective]).sum()
    ours = gradients(network, key, value, loss_gradient(objective, 3.0, 3.0), weight)
    for mine, reference in zip([one for level in ours for one in level], torch.autograd.grad(loss, flat), strict=True):
        torch.testing.assert_close(mine, reference, rtol=1e-10, atol=1e-10)


def test_memora_keeps_positive_rows_of_a_constant_sum():
    rng = np.random.default_rng(0)
    keys, values = rng.dirichlet(np.ones(16), size=(2, 8))
    memory = DeepMemory(16, depth=1, retention="simplex", rate=5.0, decay=0.9)
    for _ in range(20):
        memory.store(keys, values)
    weights = np.exp(memory.synapses["weights_0_0"])
    np.testing.assert_allclose(weights.sum(1), 1, rtol=0, atol=1e-12)
    assert weights.min() > 0
    before = np.log(rng.dirichlet(np.ones(5), size=3))
    np.testing.assert_allclose(kept("simplex", before, 0 * before, 1.0), before, rtol=0, atol=1e-14)
    still = kept("simplex", before, 1e-9 * rng.normal(size=(3, 5)), 1.0)
    assert 0 < np.abs(still - before).max() < 1e-8


def test_the_published_map_of_moneta_shrinks_what_grows_and_the_dual_map_does_not():
    """A scaled by .1, 1, 10 at q = 4: |W| falls as 1/|A| as published; by the dual map its dual norm is |A|_q."""
    a = np.random.default_rng(0).normal(size=(8, 8))
    published, dual = (
        [np.linalg.norm(retained(name, s * a, 4.0)) for s in (0.1, 1.0, 10.0)] for name in ("lq_published", "lq")
    )
    np.testing.assert_allclose(np.array(published) / published[1], [10, 1, 0.1])
    np.testing.assert_allclose(np.array(dual) / dual[1], [0.1, 1, 10])
    w = retained("lq", a, 4.0)
    q_norm, dual_norm = (np.abs(a) ** 4).sum() ** (1 / 4), (np.abs(w) ** (4 / 3)).sum() ** (3 / 4)
    assert math.isclose(q_norm, dual_norm, rel_tol=1e-12)  # of the conjugate functions |A|_q^2 / 2 and |W|_q*^2 / 2
    assert math.isclose((a * w).sum(), q_norm**2, rel_tol=1e-12)


PULLS = {  # what an error e adds to the weights
    "l2": lambda e: e,
    "huber": lambda e: e * min(1, 0.5 / np.linalg.norm(e)),
    "l1": lambda e: e / np.sqrt(e * e + 1e-6),
}


@pytest.mark.parametrize(("objective", "rate", "stands"), [("l2", 0.5, False), ("huber", 0.5, True), ("l1", 0.05, True)])
def test_losses_that_grow_slowly_stand_outliers_in_the_values(objective, rate, stands):
    """24 keys of 64 units, 60 passes, a quarter of the values with noise of norm 20: as W written out, pair by pair."""
    kind = {"objective": "lp", "power": 1.0} if objective == "l1" else {"objective": objective, "threshold": 0.5}
    for seed in range(3):
        keys, values = pairs(24, 64, seed)
        rng = np.random.default_rng(seed + 100)
        memory, w = DeepMemory(64, depth=1, rate=rate, **kind), np.zeros((64, 64))
        for number in range(60):
            noise = rng.normal(size=values.shape)
            noise *= 20 * (rng.random((24, 1)) < 0.25) / np.linalg.norm(noise, axis=1, keepdims=True)
            memory.store(keys, values + noise)
            for k, v in zip(keys, values + noise, strict=True):
                w = w + rate * np.outer(PULLS[objective](v - w @ k), k)
            read = memory.recall(keys).items
            if number == 0 or objective != "l1":  # whose jump at 0 later makes a rounding large
                np.testing.assert_allclose(read, keys @ w.T, rtol=0, atol=1e-9)
        assert ((read @ values.T).argmax(1) == np.arange(24)).all() == stands


def test_the_cube_of_an_outlier_diverges_and_says_so():
    keys, values = pairs(24, 64)
    memory = DeepMemory(64, depth=1, objective="lp", power=3.0, rate=0.5)
    with pytest.raises(nm.InputError, match="must stay within float64"):
        memory.store(np.tile(keys, (60, 1)), np.tile(20 * values, (60, 1)))


def test_a_level_of_a_long_period_adds_up_what_its_pairs_ask_for():
    """By hand: within a period nothing changes, and then the sum of the gradients at the state before it."""
    keys, values = pairs(7)
    memory = DeepMemory(8, depth=1, period=3, rate=0.4).store(keys, values)
    w = np.zeros((8, 8))
    for start in (0, 3):
        k, v = keys[start : start + 3], values[start : start + 3]
        w = w + 0.4 * (v - k @ w.T).T @ k
    np.testing.assert_allclose(memory.synapses["weights_0_0"], w, rtol=0, atol=1e-14)
    parts = DeepMemory(8, depth=1, period=3, rate=0.4)
    for i in range(7):
        parts.store(keys[i : i + 1], values[i : i + 1])
    np.testing.assert_allclose(parts.synapses["weights_0_0"], w, rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", PAPERS)
@pytest.mark.parametrize("depth", [1, 2])
def test_the_layer_is_the_memory(name, depth):
    settings = {"depth": depth, "rate": 0.3, **PAPERS[name]}
    torch.manual_seed(0)
    layer = Layer(8, momentum=0.9, **settings).double()
    memory = DeepMemory(8, momentum=0.9, **settings)
    keys, values = pairs(9)
    positive = settings.get("retention") == "simplex"
    keys, values = (np.abs(keys), np.abs(values)) if positive else (keys, values)
    with torch.no_grad():
        for part in (layer.query, layer.key, layer.value, layer.output):
            part.weight.copy_(torch.eye(8))
    ours = nm.nn.as_memory(layer)
    ours.store(keys[:4], values[:4])
    held = {key: array[0] for key, array in ours.synapses.items() if key != "tokens"}  # of the one head
    memory.store(keys[:4], values[:4])
    memory.synapses = held  # the two were drawn from different generators
    for one in (ours, memory):
        one.store(keys[4:], values[4:])
    np.testing.assert_allclose(ours.recall(keys).items, memory.recall(keys).items, rtol=0, atol=1e-12)
    levels = len(memory.kind.periods)
    assert memory.cost.operations == levels * (8 * 8 if depth == 1 else 2 * 4 * 8 * 8)  # what learns alone is not read


def test_a_linear_layer_is_the_recurrence_of_its_rule_at_any_gate():
    torch.manual_seed(0)
    x = torch.randn(2, 11, 8, dtype=torch.float64)
    layer = Layer(8, heads=2, depth=1, optimiser="momentum", decay=None, momentum=0.9).double()
    with torch.no_grad():
        for gate in (layer.to_rate, layer.to_decay):
            gate.weight.add_(torch.randn_like(gate.weight))
    query, key, value = (layer.split(part(x)) for part in (layer.query, layer.key, layer.value))
    query, key = (torch.nn.functional.normalize(part, dim=-1) for part in (query, key))
    gates = layer.gates(x)
    expected = recurrent(query, key, value, gates["rate"], gates["decay"], rule="momentum", momentum=0.9)[0]
    torch.testing.assert_close(layer(x), layer.output(layer.join(expected)), rtol=0, atol=1e-12)


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.95}, {"objective": "lp"}], ids=str)
def test_a_layer_with_momentum_as_it_is_stays_of_the_size_of_its_values(settings):
    torch.manual_seed(0)
    layer, x = Layer(64, heads=4, optimiser="momentum", **settings), torch.randn(1, 400, 64)
    y = layer(x)
    assert y.abs().max() < x.abs().max()
    assert y[:, -50:].std() > 0.1  # and learns
    plain = Layer(64, heads=4, **{**settings, "momentum": None})  # what a token changes in all is the same
    assert 0.3 < y[:, -50:].std() / plain(x)[:, -50:].std() < 3


def test_training_goes_through_the_steps_of_the_memory():
    torch.manual_seed(0)
    layer = Layer(8, optimiser="momentum", decay=None, expansion=1).double()
    x = torch.randn(1, 5, 8, dtype=torch.float64)

    def loss(first):
        return torch.func.functional_call(layer, {"first.0_0": first}, (x,)).square().sum()

    assert torch.autograd.gradcheck(loss, (layer.first["0_0"].detach().requires_grad_(),))
    layer(x).square().sum().backward()
    assert all(weight.grad.abs().max() > 0 for weight in layer.parameters())


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("settings", [{"retention": "lq"}, {"retention": "lq", "norm": 2.5}, {"objective": "huber"}])
def test_a_memory_of_zeros_can_be_trained_on_a_value_of_zeros(settings, depth):
    """Roots and powers of 0 have no slope; as a part that is not chosen they must not make NaN of the gradient."""
    torch.manual_seed(0)
    layer = Layer(8, depth=depth, **settings).double()
    x = torch.randn(1, 5, 8, dtype=torch.float64)
    x[0, 0] = 0
    layer(x).square().sum().backward()
    assert all(weight.grad is None or weight.grad.isfinite().all() for weight in layer.parameters())
    direction = torch.randn_like(layer.value.weight)
    slope, step, losses = (layer.value.weight.grad * direction).sum(), 1e-5, []
    for sign in (1, -1):
        with torch.no_grad():
            layer.value.weight.add_(sign * step * direction)
            losses.append(layer(x).square().sum())
            layer.value.weight.sub_(sign * step * direction)
    assert abs(slope) > 0
    torch.testing.assert_close(slope, (losses[0] - losses[1]) / (2 * step), rtol=1e-6, atol=0)


def test_bad_settings():
    for settings, must in (
        ({"objective": "l3"}, "objective must be one of 3 names"),
        ({"period": ()}, "period must be one or several whole numbers, but was empty"),
        ({"period": (1, 0)}, "period must be a positive whole number"),
        ({"depth": 3}, "depth must"),
    ):
        for kind in (DeepMemory, Layer):
            with pytest.raises(nm.InputError, match=re.escape(must)):
                kind(8, **settings)
