"""Layers of the fast-weight memories: each is its paper's equation, written out here token by token."""

import math

import numpy as np
import pytest
import torch

import neuromem as nm
from neuromem.kernels.chunked import chunked, quadratic
from neuromem.kernels.separation import local_linear
from neuromem.nn import (
    Attention,
    LocalLinear,
    MemoryMosaic,
    MixtureOfMemories,
    Palimpsa,
    PhaseAssociative,
    ReBased,
    StateSpace,
)
from neuromem.nn.local_linear import fit
from neuromem.nn.palimpsa import over_time

WIDTH, TIME = 8, 13


def tokens(seed=0, time=TIME, width=WIDTH):
    torch.manual_seed(seed)
    return torch.randn(1, time, width, dtype=torch.float64)


def shaken(layer, x):
    """The layer with weights that are not those of the start, and its projections of x, as arrays (time, unit)."""
    layer = layer.double()
    with torch.no_grad():
        for weight in layer.parameters():
            weight.add_(0.3 * torch.randn_like(weight))
        three = (layer.query(x), layer.key(x), layer.value(x))
    return layer, *(one[0].detach().numpy() for one in three)


def mixed(layer, x):
    """What the layer gives, before W_o, as an array."""
    return torch.linalg.solve(layer.output.weight, layer(x)[0].mT).mT.detach().numpy()


def lengths(x):
    return np.linalg.norm(x, axis=-1, keepdims=True)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gate_of(linear, x):
    return linear(x)[0].detach().numpy()


@pytest.mark.parametrize("chunk", [1, 4, 16])
def test_palimpsa_is_the_published_recurrence_of_mean_and_importance(chunk):
    rng = np.random.default_rng(0)
    q, k = rng.normal(size=(2, TIME, 5))
    v, b = rng.normal(size=(TIME, 3)), rng.uniform(0, 2, (TIME, 3))
    s, g, prior = rng.uniform(0.1, 1, TIME), rng.uniform(0.5, 1, TIME), 0.7
    mean, importance, expected = np.zeros((3, 5)), np.full((3, 5), prior), []
    for t in range(TIME):
        new = b[t][:, None] * k[t] ** 2 + g[t] * importance + (1 - g[t]) * prior
        mean = (s[t] * np.outer(v[t], k[t]) + g[t] * mean * importance) / new
        importance = new
        expected.append(mean @ q[t])
    ours = over_time(*map(torch.tensor, (q, k, v, s, b, g)), prior=prior, chunk=chunk)[0]
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-12)
    zero = over_time(*map(torch.tensor, (q, k, v, s)), 0.0, torch.tensor(g), prior=prior, chunk=chunk)[0]
    linear = chunked(*map(torch.tensor, (q, k, v, s, g)), rule="hebb")[0] / prior
    torch.testing.assert_close(zero, linear, rtol=0, atol=1e-12)


def test_palimpsa_layer_is_its_memory():
    x = np.random.default_rng(0).normal(size=(10, WIDTH))
    torch.manual_seed(0)
    for features in ("silu", "softmax", "identity"):
        layer = Palimpsa(WIDTH, rate=1.0, decay=0.9, features=features).double()
        with torch.no_grad():
            for weight in (layer.query, layer.key, layer.value, layer.output):
                weight.weight.copy_(torch.eye(WIDTH))
        settings = {"decay": 0.9, "prior": 1.0, "features": features}
        ours = nm.nn.as_memory(layer).store(x).recall(x).items
        reference = nm.models.ALL["palimpsa"](WIDTH, **settings).store(x).recall(x).items
        np.testing.assert_allclose(ours, reference, rtol=0, atol=1e-12)


def test_softmax_keys_with_a_weak_prior_tell_more_pairs_apart():
    """Top-1 of 64 random pairs of 64 units: Hebb .72, prior 1 .79, prior 0.01 .93 (independent simulation, +-.03)."""
    right = {"hebb": [], 1.0: [], 0.01: []}
    for seed in range(8):
        rng = np.random.default_rng(seed)
        keys, values = (x / lengths(x) for x in rng.normal(size=(2, 64, 64)))
        for prior in right:
            layer = Palimpsa(64, rate=1.0, prior=1.0 if prior == "hebb" else prior, features="softmax").double()
            query, value = layer.phi(layer.split(layer.key(torch.tensor(keys)[None]))), torch.tensor(values)[None, None]
            strength = 0.0 if prior == "hebb" else 1.0
            state = over_time(query, query, value, 1.0, strength, 1.0, prior=1.0)[1]
            read = (
                query @ state[0].mT
                if prior == "hebb"
                else layer.look_up(layer.split(layer.query(torch.tensor(keys)[None])), state)
            )
            right[prior].append((read[0, 0].detach().numpy() @ values.T).argmax(1) == np.arange(64))
    assert [abs(np.mean(hits) - goal) < 0.04 for hits, goal in zip(right.values(), (0.72, 0.79, 0.93), strict=True)] == [
        True
    ] * 3


@pytest.mark.parametrize("shared", [True, False])
def test_a_mixture_writes_and_fades_only_what_its_router_chooses(shared):
    x = tokens()
    layer = MixtureOfMemories(WIDTH, memories=5, chosen=2, shared=shared, decay=None, chunk=4)
    layer, q, k, v = shaken(layer, x)
    logits, b, a = gate_of(layer.router, x), sigmoid(gate_of(layer.to_rate, x)), sigmoid(gate_of(layer.to_decay, x))
    maps, values = (one[0].detach().numpy() for one in (layer.keys, layer.values))
    states, expected = np.zeros((6, WIDTH, WIDTH)), []
    for t in range(TIME):
        best = np.argsort(-logits[t])[:2]
        weights = np.exp(logits[t][best])
        used = [(m, w, maps[m], values[m]) for m, w in zip(best, weights / weights.sum(), strict=True)]
        used += [(5, 1.0, np.eye(WIDTH), np.eye(WIDTH))] * shared
        out = 0
        for m, w, of_key, of_value in used:
            key, query = (of_key @ one[t] / lengths(of_key @ one[t]) for one in (k, q))
            states[m] *= a[t]
            states[m] += b[t] * np.outer(of_value @ v[t] - states[m] @ key, key)
            out = out + w * states[m] @ query
        expected.append(out)
    np.testing.assert_allclose(mixed(layer, x), expected, rtol=0, atol=1e-10)


def test_a_balanced_router_has_the_loss_1():
    layer = MixtureOfMemories(4, memories=4, chosen=1)
    with torch.no_grad():
        layer.router.weight.copy_(5 * torch.eye(4))
    assert math.isclose(layer.balance(torch.eye(4)[None]).item(), 1, rel_tol=1e-6)
    assert layer.balance(torch.eye(4)[:1].repeat(4, 1)[None]).item() > 3.5  # all to one memory


def test_phases_are_the_complex_hebbian_rule_with_protection():
    x = tokens()
    layer, q, k, v = shaken(PhaseAssociative(WIDTH, decay=None, chunk=4), x)
    gates = gate_of(layer.to_gates, x)
    protect = sigmoid(gates[:, 1])
    kept = np.exp(-np.log1p(np.exp(gates[:, 0]))) * (1 - protect) + protect
    q, k, v = (one[:, ::2] + 1j * one[:, 1::2] for one in (q / lengths(q), k / lengths(k), v))
    state, expected = np.zeros((WIDTH // 2,) * 2, complex), []
    for t in range(TIME):
        state = kept[t] * state + (1 - protect[t]) * np.outer(v[t], k[t].conj())
        out = state @ q[t]
        expected.append(np.stack([out.real, out.imag], -1).ravel())
    np.testing.assert_allclose(mixed(layer, x), expected, rtol=0, atol=1e-12)
    first = PhaseAssociative(WIDTH, decay=None).gates(x.float())
    assert abs(first["decay"][0, 0, 0].item() - 0.98201) < 5e-4  # the published gate
    with pytest.raises(nm.InputError, match="width must be even for each of 2 heads, but was 6"):
        PhaseAssociative(6, heads=2)


def test_rebased_is_attention_with_squared_products():
    x = tokens()
    layer, q, k, v = shaken(ReBased(WIDTH, chunk=4), x)
    gain, shift = layer.gain.detach().numpy(), layer.shift.detach().numpy()
    q, k = (gain * (one - one.mean(1, keepdims=True)) / np.sqrt(one.var(1, keepdims=True) + 1e-5) + shift for one in (q, k))
    weights = np.tril((q @ k.T) ** 2 / WIDTH)
    expected = weights @ v / (weights.sum(1, keepdims=True) + 1e-6)
    np.testing.assert_allclose(mixed(layer, x), expected, rtol=0, atol=1e-10)


def test_a_key_and_its_opposite_weigh_the_same_in_rebased():
    """16.0 both ways at 16 units; the mean weight of random pairs is 16 / 15."""
    x = torch.tensor(np.random.default_rng(0).normal(size=(4000, 16)))
    phi = ReBased(16).double().phi
    weight = (phi(x) * phi(-x)).sum(-1)
    torch.testing.assert_close(weight, (phi(x) * phi(x)).sum(-1))
    torch.testing.assert_close(weight, torch.full_like(weight, 16.0), rtol=1e-3, atol=0)
    between = (phi(x[::2]) * phi(x[1::2])).sum(-1)
    error = between.std() / math.sqrt(len(between))
    assert abs(between.mean() - 16 / 15) < 4 * error


def test_state_space_duality():
    """The recurrence h <- exp(-A d) h + d v B^T and the masked attention of the paper give the same."""
    x = tokens()
    layer, q, k, v = shaken(StateSpace(WIDTH, chunk=4), x)
    q, k, v, z = (one * sigmoid(one) for one in (q, k, v, gate_of(layer.to_gate, x)))
    step = np.log1p(np.exp(gate_of(layer.to_step, x)[:, 0]))
    fade = np.exp(-np.exp(layer.log_decay.item()) * step)
    state, expected = 0, []
    for t in range(TIME):
        state = fade[t] * state + step[t] * np.outer(v[t], k[t])
        expected.append((state @ q[t] + layer.skip.item() * v[t]) * z[t])
    np.testing.assert_allclose(mixed(layer, x), expected, rtol=0, atol=1e-12)
    attention = quadratic(*map(torch.tensor, (q, k, v, step, fade)), rule="hebb").numpy()
    np.testing.assert_allclose((attention + layer.skip.item() * v) * z, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("ridge", [0.01, 1.0])
def test_local_linear_attention_is_a_weighted_regression_around_each_query(ridge):
    x = tokens()
    layer, q, k, v = shaken(LocalLinear(WIDTH, beta=0.5, ridge=ridge, chunk=4), x)
    expected = []
    for t in range(TIME):
        scores = 0.5 * k[: t + 1] @ q[t]
        root = np.sqrt(np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum())[:, None]
        rows = root * np.hstack([np.ones((t + 1, 1)), k[: t + 1] - q[t]])
        penalty = math.sqrt(ridge) * np.eye(WIDTH + 1)[1:]
        fit = np.linalg.lstsq(np.vstack([rows, penalty]), np.vstack([root * v[: t + 1], np.zeros((WIDTH, WIDTH))]))[0]
        expected.append(fit[0])
    np.testing.assert_allclose(mixed(layer, x), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("ridge", [1e-2, 1e-4, 3e-5, 1e-6, 1e-9])
@pytest.mark.parametrize("offset", [0.0, 30.0])
def test_local_linear_attention_has_its_digits_at_any_ridge_in_float32(ridge, offset):
    """The first tokens see fewer pairs than a key has units, so that C alone has no inverse."""
    rng = np.random.default_rng(0)
    q, k, v = (rng.normal(size=(6, WIDTH)).astype(np.float32) + np.float32(offset) for _ in range(3))
    layer = fit(*map(torch.tensor, (q, k, v)), torch.ones(6, 6, dtype=torch.bool).tril(), beta=0.01, ridge=ridge)
    for t in range(6):
        x, keys, values = (one.astype(float) for one in (q[t], k[: t + 1], v[: t + 1]))
        w = np.exp(0.01 * (keys - keys[0]) @ x)
        w = w / w.sum()
        u, s, vt = np.linalg.svd(np.sqrt(w)[:, None] * (keys - w @ keys), full_matrices=False)
        more = np.sqrt(w) * ((u * (s / (s**2 + ridge))) @ vt @ (x - w @ keys))
        expected = w @ values + more @ (values - w @ values)
        of_kernel = local_linear(w.astype(np.float32), k[: t + 1], q[t], ridge) @ v[: t + 1]
        for ours, within in ((layer[t].numpy(), 1e-6), (of_kernel, 1e-4)):  # weights of float32 are of any size and sum to 1
            np.testing.assert_allclose(ours, expected, rtol=0, atol=within * np.abs(expected).max())


def test_local_linear_attention_gets_affine_data_right_where_softmax_does_not():
    """d = 8, 64 normal keys: errors of .016 with a ridge of 0.001 and 6.3 by softmax (independent simulation, one set)."""
    rng = np.random.default_rng(0)
    keys, queries = rng.normal(size=(64, 8)), rng.normal(size=(64, 8))
    a, c = rng.normal(size=(8, 8)), rng.normal(size=8)
    three = [torch.tensor(one)[None, None] for one in (queries, keys, keys @ a.T + c)]

    def error(layer):
        return lengths(layer.look_up(three[0], tuple(three[1:]))[0, 0].numpy() - queries @ a.T - c).mean()

    assert 0.008 < error(LocalLinear(8, ridge=1e-3)) < 0.024
    assert error(LocalLinear(8, ridge=1e-9)) < 1e-7
    assert 4.5 < error(Attention(8)) < 8


def test_a_mosaic_is_regression_from_leaky_averages_to_what_came_next():
    x = tokens()
    layer, _, k, v = shaken(MemoryMosaic(WIDTH), x)
    leak, c, gain = math.exp(layer.leak.item()), sigmoid(layer.mixing.item()), math.exp(layer.gain.item())
    averages = np.array([sum(math.exp(-leak * (t - s)) * k[s] for s in range(t + 1)) for t in range(TIME)])
    keys = gain * averages / lengths(averages)
    ahead = (1 - c) * v[1:] + c * v[:-1]
    ahead = math.sqrt(WIDTH) * ahead / lengths(ahead)
    expected = [np.zeros(WIDTH)]
    for t in range(1, TIME):
        weights = np.exp(keys[:t] @ keys[t])
        expected.append(weights @ ahead[:t] / weights.sum())
    np.testing.assert_allclose(mixed(layer, x), expected, rtol=0, atol=1e-10)


def test_a_mosaic_predicts_a_song_that_it_has_heard_once():
    """Without any training, 24 tokens and the first 12 of them again: what comes next is read, as by the memory."""
    codes = torch.tensor(nm.patterns.random(24, 64, rng=0), dtype=torch.float32)
    torch.manual_seed(0)
    song = torch.cat([codes, codes[:12]])[None]
    read = MemoryMosaic(64)(song)[0, 25:]
    assert ((read @ codes.T).argmax(1) == torch.arange(2, 13)).all()


def test_softmax_one_is_softmax_with_a_place_for_nothing():
    x = tokens()
    layer, q, k, v = shaken(Attention(WIDTH, beta=0.5, separation="softmax_one", offset=0.3), x)
    weights = np.tril(np.exp(0.5 * q @ k.T))
    expected = weights @ v / (math.exp(0.3) + weights.sum(1, keepdims=True))
    np.testing.assert_allclose(mixed(layer, x), expected, rtol=0, atol=1e-12)
    large = layer.look_up(
        1e4 * torch.ones(1, 1, 2, WIDTH, dtype=torch.float64), (torch.ones(1, 1, 1, WIDTH, dtype=torch.float64),) * 2
    )
    assert torch.isfinite(large).all()


@pytest.mark.parametrize(("beta", "offset"), [(8, 0), (8, 4), (32, 16)])
def test_softmax_one_abstains_only_with_an_offset(beta, offset):
    """50 unit patterns of 64 units: the weight that a random query gives, beside a sum of random cosines."""
    rng = np.random.default_rng(0)
    cosines = (rng.beta(31.5, 31.5, size=(4000, 50)) - 0.5) * 2  # of a random pair in 64 dimensions
    sums = np.exp(beta * cosines - offset).sum(1)
    expected, error = (sums / (1 + sums)).mean(), (sums / (1 + sums)).std() / math.sqrt(4000)
    layer = Attention(64, beta=float(beta), separation="softmax_one", offset=float(offset))
    keys, queries = (torch.tensor(x / lengths(x))[:, None] for x in rng.normal(size=(2, 4000 // 50, 50, 64)))
    one = torch.ones(len(keys), 1, 50, 1, dtype=torch.float64)
    given, known = (layer.look_up(asked, (keys, one)).mean((1, 2, 3)).numpy() for asked in (queries, keys))  # a set
    unknown, known = given.mean(), known.mean()
    assert abs(unknown - expected) < 4 * math.hypot(error, given.std() / math.sqrt(len(given)))
    assert (unknown > 0.97) == (offset == 0)
    assert known > 0.97


def test_a_window_sees_the_last_tokens_and_holds_no_more():
    x = tokens()
    layer, q, k, v = shaken(Attention(WIDTH, beta=0.5, window=4), x)
    weights = np.tril(np.exp(0.5 * q @ k.T)) * np.triu(np.ones((TIME, TIME)), -3)
    np.testing.assert_allclose(mixed(layer, x), weights @ v / weights.sum(1, keepdims=True), rtol=0, atol=1e-12)
    state = layer.advance(x)[1]
    assert state[0].shape == (1, 1, 4, WIDTH)
    assert layer.held(state)[0] == 64 * 2 * 4 * WIDTH
    items = nm.patterns.random(6, 64, rng=0)
    torch.manual_seed(0)
    recalled = nm.nn.as_memory(Attention(64, window=2, beta=1.0)).store(items).recall(items)
    assert nm.metrics.exact(recalled, items).tolist() == [False] * 4 + [True] * 2


def test_kurtosis_of_normal_numbers_and_of_one_that_stands_out():
    """3.00 and, with one entry of 60 in 4096, 894 (independent simulation)."""
    x = torch.tensor(np.random.default_rng(0).normal(size=(20, 4096)))
    found = nm.nn.kurtosis(x)
    assert abs(found.mean() - 3) < 4 * found.std() / math.sqrt(20)
    for scale in (1e-6, 1e6):  # it has no units
        torch.testing.assert_close(nm.nn.kurtosis(scale * x), found)
    for value in (1.0, 0.1, 0.3, 1.1, -7e-5):
        for number in (2, 3, 7, 10, 100, 1000):  # whose mean is rounded
            assert nm.nn.kurtosis(torch.full((2, number), value)).tolist() == [0, 0]
    one = torch.zeros(1, 10_000)
    one[0, 0] = 1
    for kind in (torch.float32, torch.float16, torch.bfloat16):  # n - 4 + 6 / n ..., of one among n
        assert abs(nm.nn.kurtosis(one.to(kind)).item() - 9996) < 0.1
    x[:, 0] = 60
    assert abs(nm.nn.kurtosis(x).mean() / 894 - 1) < 0.02
    with pytest.raises(nm.InputError, match="x must be a tensor of real numbers"):
        nm.nn.kurtosis(torch.ones(3))
    with pytest.raises(nm.InputError, match=r"x must have two numbers or more in a sequence, but has shape \(3, 1\)"):
        nm.nn.kurtosis(torch.ones(3, 1))


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_every_type_has_the_levels_of_any_weights(kind, bits):
    """The maps of gates are all 0 at first, and the largest number must stay finite."""
    torch.manual_seed(0)
    model = nm.nn.Transformer(32, 32, 1, mixer=nm.nn.FastWeights).to(kind)
    model.blocks[0].mixer.output.weight.data[0, 0] = torch.finfo(kind).max
    twin = nm.nn.quantised(model, bits)
    for weight, coarse in zip(model.parameters(), twin.parameters(), strict=True):
        level, own = weight.abs().max().double() / (2 ** (bits - 1) - 1), torch.finfo(kind).eps * weight.abs().double()
        assert ((coarse.double() - weight.double()).abs() <= 0.51 * level + own).all()


def test_one_large_activation_costs_a_model_its_int8_accuracy():
    torch.manual_seed(0)
    lessons, test = (nm.nn.tasks.mqar(n, length=16, pairs=2, vocabulary=32, rng=rng) for n, rng in ((1280, 0), (200, 1)))
    model = nm.nn.Transformer(32, 32, 1, mixer=nm.nn.FastWeights)
    nm.nn.training.train(model, lessons, test, rate=0.01, steps=60)
    accuracy = nm.nn.training.accuracy
    whole, tokens = accuracy(model, test), torch.as_tensor(test.inputs)
    assert whole > 0.8
    assert accuracy(nm.nn.quantised(model), test) > whole - 0.02
    assert accuracy(nm.nn.quantised(model, bits=2), test) < 0.5
    before = nm.nn.outliers(model, tokens)
    with torch.no_grad():  # one unit is made large, and read as much less: the answers stay
        model.norm.weight[3] *= 1e3
        model.head.weight = torch.nn.Parameter(model.head.weight.detach().clone())
        model.head.weight[:, 3] /= 1e3
    assert abs(accuracy(model, test) - whole) < 0.01
    assert accuracy(nm.nn.quantised(model), test) < whole - 0.1
    assert before.largest > 0
    assert 1 < before.kurtosis <= before.highest_kurtosis


@pytest.mark.parametrize("module", [torch.nn.MultiheadAttention(32, 4), torch.nn.GRU(32, 32)])
def test_what_hides_the_inputs_of_its_linear_maps_is_not_quantised(module):
    class Inner(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = module

        def forward(self, query, key, value):
            return query

    model = nm.nn.Transformer(32, 32, 1, mixer=lambda width: nm.nn.FromTorch(Inner(), width))
    with pytest.raises(nm.InputError, match=f"model must call its linear maps .* is a torch.nn.{type(module).__name__}"):
        nm.nn.quantised(model)
