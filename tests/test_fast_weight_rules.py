"""Learning rules, feature maps and separation functions: equations, special cases, inner gradients, kernels."""

from decimal import Decimal

import numpy as np
import pytest

import neuromem as nm
from neuromem.kernels import fast_weights as rules
from neuromem.kernels import feature_maps as features
from neuromem.kernels import separation
from neuromem.models.pavlov import Pavlov

KEYS, VALUES = (np.random.default_rng(0).normal(size=s) / 3 for s in ((12, 6), (12, 4)))
S = np.random.default_rng(1).normal(size=(4, 6))


def run(rule, keys=KEYS, values=VALUES, **settings):
    """The weights after all pairs, one after the other."""
    state = rules.RULES[rule].start(values[0][:, None] * keys[0][None, :] * 0)
    for key, value in zip(keys, values, strict=True):
        state = rules.RULES[rule].step(state, key, value, **settings)
    return rules.RULES[rule].weights(state, 0.1)


def test_delta_is_a_gradient_step_on_half_the_squared_error():
    torch = pytest.importorskip("torch")
    weights = torch.tensor(S, requires_grad=True)
    key, value = torch.tensor(KEYS[0]), torch.tensor(VALUES[0])
    (((value - weights @ key) ** 2).sum() / 2).backward()
    np.testing.assert_allclose(rules.delta(S, KEYS[0], VALUES[0], rate=0.3), S - 0.3 * weights.grad.numpy(), rtol=1e-12)
    moved, surprise = rules.momentum((S, 2 * S), KEYS[0], VALUES[0], rate=0.3, decay=0.9, momentum=0.7)
    np.testing.assert_allclose(surprise, 1.4 * S - 0.3 * weights.grad.numpy(), rtol=1e-12)
    np.testing.assert_allclose(moved, 0.9 * S + surprise, rtol=1e-12)


def test_delta_product_is_delta_on_each_of_its_pairs():
    step = rules.delta(rules.delta(0.9 * S, KEYS[0], VALUES[0], rate=0.5), KEYS[1], VALUES[1], rate=0.5)
    np.testing.assert_allclose(rules.delta_product(S, KEYS[:2], VALUES[:2], rate=0.5, decay=0.9), step, rtol=1e-12)


def test_delta_product_with_rate_2_reflects():
    """Two reflections turn: I - 2 k k^T has the eigenvalue -1, which one delta step with rate <= 1 can't have."""
    keys = np.array([[1.0, 0.0], [np.sqrt(0.5), np.sqrt(0.5)]])
    turned = rules.delta_product(np.eye(2), keys, np.zeros((2, 2)), rate=2.0)
    np.testing.assert_allclose(turned, [[0, 1], [-1, 0]], atol=1e-12)


def test_delta_product_follows_every_product_of_three_letters():
    """S_3: a token is a permutation as two reflections of the plane; the state is their product, to any length."""
    corners = np.array([[np.cos(a), np.sin(a)] for a in 2 * np.pi * np.arange(3) / 3])
    mirrors = [np.array([np.cos(a), np.sin(a)]) for a in np.pi * (np.arange(3) / 3 + 1 / 2)]
    rng = np.random.default_rng(0)
    told = rng.integers(0, 3, (60, 2))
    memory = Pavlov(2, rule="delta_product", rate=2.0).store(np.eye(2), np.eye(2) / 2)  # S = I
    memory.store(np.array([[mirrors[a], mirrors[b]] for a, b in told]), np.zeros((60, 2, 2)))
    product = np.eye(2)
    for mirror in told.ravel():
        product = product @ (np.eye(2) - 2 * np.outer(mirrors[mirror], mirrors[mirror]))
    np.testing.assert_allclose(memory.weights, product, atol=1e-12)
    moved = memory.recall(corners).items
    assert sorted(np.linalg.norm(moved[:, None] - corners, axis=2).argmin(1)) == [0, 1, 2]
    np.testing.assert_allclose(np.linalg.norm(moved[:, None] - corners, axis=2).min(1), 0, atol=1e-12)
    assert memory.stored == 62


def test_delta_product_of_one_step_is_delta_and_steps_share_one_decay():
    one = Pavlov(6, rule="delta_product", rate=0.4, decay=0.9).store(KEYS, VALUES)
    np.testing.assert_allclose(one.weights, Pavlov(6, rule="delta", rate=0.4, decay=0.9).store(KEYS, VALUES).weights)
    pairs = Pavlov(6, rule="delta_product", rate=0.4, decay=0.9, normalise="none")
    pairs.store(KEYS.reshape(6, 2, 6), VALUES.reshape(6, 2, 4))
    state = np.zeros((4, 6))
    for i, (k, v) in enumerate(zip(KEYS, VALUES, strict=True)):
        state = state * (0.9 if i % 2 == 0 else 1.0)
        state = state + 0.4 * np.outer(v - state @ k, k)
    np.testing.assert_allclose(pairs.weights, state, rtol=1e-12)
    with pytest.raises(nm.InputError, match=r"values must have shape \(6, 2, value unit\)"):
        Pavlov(6, rule="delta_product").store(KEYS.reshape(6, 2, 6), VALUES)
    with pytest.raises(nm.InputError, match=r"keys must have shape \(item, 6\)"):
        Pavlov(6).store(KEYS.reshape(6, 2, 6))


def test_each_step_of_delta_product_may_have_its_own_rate():
    rate = np.array([2.0, 0.5])[:, None, None]
    step = rules.delta(rules.delta(0.9 * S, KEYS[0], VALUES[0], rate=2.0), KEYS[1], VALUES[1], rate=0.5)
    np.testing.assert_allclose(rules.delta_product(S, KEYS[:2], VALUES[:2], rate=rate, decay=0.9), step, rtol=1e-12)


def test_momentum_without_momentum_is_delta():
    np.testing.assert_allclose(run("momentum", momentum=0.0, rate=0.4), run("delta", rate=0.4), rtol=1e-12)


def test_oja_is_delta_with_key_and_value_exchanged():
    values = VALUES / np.linalg.norm(VALUES, axis=1, keepdims=True)
    np.testing.assert_allclose(run("oja", values=values, rate=0.3), run("delta", values, KEYS, rate=0.3).T, rtol=1e-12)
    twice = rules.oja(rules.oja(S, KEYS[0], 5 * VALUES[0]), KEYS[0], 5 * VALUES[0])
    np.testing.assert_allclose(twice, rules.oja(S, KEYS[0], 5 * VALUES[0]), atol=1e-12)  # whatever the length of v


def test_bcm_threshold_is_the_sliding_mean_square():
    state = (np.zeros((1, 6)), np.zeros(1))
    for key in KEYS:
        state = rules.bcm(state, key, np.ones(1), period=10.0)
    left = 0.9 ** np.arange(12)
    np.testing.assert_allclose(state[1], 1 - 0.9**12, rtol=1e-12)
    np.testing.assert_allclose(state[0][0], left @ KEYS, rtol=1e-12)


@pytest.mark.parametrize("decay", [1.0, 0.9])
def test_least_squares_minimises_its_cost(decay):
    torch = pytest.importorskip("torch")
    weights = torch.tensor(run("least_squares", decay=decay), requires_grad=True)
    keys, values = torch.tensor(KEYS), torch.tensor(VALUES)
    weight = torch.tensor(decay ** np.arange(11.0, -1, -1))
    ((weight * ((values - keys @ weights.T) ** 2).sum(1)).sum() + 0.1 * (weights**2).sum()).backward()
    assert weights.grad.abs().max() < 1e-12
    assert weights.detach().abs().max() > 0.1


def test_least_squares_is_the_recursive_form():
    """P <- P - P k k^T P / (1 + k^T P k) with gain P k, from P = I / ridge: recursive least squares."""
    inverse, weights = np.eye(6) / 0.1, np.zeros((4, 6))
    for k, v in zip(KEYS, VALUES, strict=True):
        gain = inverse @ k / (1 + k @ inverse @ k)
        weights, inverse = weights + np.outer(v - weights @ k, gain), inverse - np.outer(gain, k @ inverse)
    np.testing.assert_allclose(run("least_squares"), weights, rtol=1e-10)


@pytest.mark.parametrize("rule", sorted(set(rules.RULES) - {"delta_product"}))
def test_leading_axes_are_independent_memories(rule):
    keys, values = np.stack([KEYS, KEYS[::-1]], 1), np.stack([VALUES, 2 * VALUES], 1)  # (time, batch, unit)
    state = rules.RULES[rule].start(np.zeros((2, 4, 6)))
    for key, value in zip(keys, values, strict=True):
        state = rules.RULES[rule].step(state, key, value, decay=0.9)
    both = rules.RULES[rule].weights(state, 0.1)
    for b in range(2):
        np.testing.assert_allclose(both[b], run(rule, keys[:, b], values[:, b], decay=0.9), rtol=1e-9)


@pytest.mark.parametrize("rule", rules.RULES)
def test_pavlov_runs_every_rule_in_torch_with_gradients(rule):
    torch = pytest.importorskip("torch")
    tensors = [torch.tensor(x, requires_grad=True) for x in (KEYS[:4], VALUES[:4], KEYS[4:6])]

    def read(keys, values, cues):
        return Pavlov(6, rule=rule, decay=0.9, rate=0.3, ridge=0.1).store(keys, values).recall(cues).items

    expected = Pavlov(6, rule=rule, decay=0.9, rate=0.3, ridge=0.1).store(KEYS[:4], VALUES[:4]).recall(KEYS[4:6]).items
    np.testing.assert_allclose(read(*tensors).detach(), expected, rtol=1e-9)
    assert torch.autograd.gradcheck(read, tensors)


@pytest.mark.parametrize("rule", rules.RULES)
def test_every_rule_recalls_orthogonal_keys(rule):
    keys, values = np.eye(8)[:4], np.random.default_rng(2).choice([-1.0, 1.0], (4, 32))
    settings = {"rate": 0.1} if rule == "momentum" else {}
    recalled = Pavlov(8, rule=rule, **settings).store(keys, values).recall(keys)
    if rule == "oja":  # forgets by value: exact for orthogonal values alone
        assert nm.metrics.overlap(recalled, values).min() > 0.8
    else:
        assert nm.metrics.exact(recalled, values).all()


def test_the_average_is_divided_by_the_read_of_a_constant():
    keys, values, cues = abs(KEYS), VALUES, abs(KEYS[:3]) + 0.1
    recalled = Pavlov(6, features="elu", normalise="none", average=True, decay=0.9).store(keys, values).recall(cues)
    weight = (cues + 1) @ (keys + 1).T * 0.9 ** np.arange(11, -1, -1)
    np.testing.assert_allclose(recalled.items, weight @ values / weight.sum(1, keepdims=True), rtol=1e-12)


@pytest.mark.parametrize("bad", [{"average": True}, {"normalise": "sum", "features": "taylor"}])
def test_an_average_needs_positive_features(bad):
    with pytest.raises(nm.InputError, match="features must be positive"):
        Pavlov(6, **bad)


def test_random_features_have_the_exponential_kernel_on_average():
    rng = np.random.default_rng(0)
    q, k = rng.normal(size=(2, 8)) / 4
    products = [features.random(q, 1, seed) @ features.random(k, 1, seed) for seed in range(4000)]
    assert abs(np.mean(products) - np.exp(q @ k)) < 4 * np.std(products) / np.sqrt(4000)


def test_taylor_features_have_the_second_order_kernel():
    q, k = KEYS[:2]
    assert features.taylor(q) @ features.taylor(k) == pytest.approx(1 + q @ k + (q @ k) ** 2 / 2)
    assert features.taylor(q).shape == (1 + 6 + 36,)


def test_dpfp_is_its_definition():
    x = np.array([1.0, -2.0, 3.0])
    r = np.array([1, 0, 3, 0, 2, 0])
    expected = np.concatenate([r * np.roll(r, 1), r * np.roll(r, 2)])
    np.testing.assert_array_equal(features.dpfp(x, 2), expected)


@pytest.mark.parametrize("name", features.FEATURES)
def test_feature_maps_are_the_same_in_torch(name):
    torch = pytest.importorskip("torch")
    phi = features.feature_map(name, 2, 3)
    tensor = torch.tensor(KEYS, requires_grad=True)
    np.testing.assert_allclose(phi(tensor).detach(), phi(KEYS), rtol=1e-12)
    assert torch.autograd.gradcheck(phi, tensor)
    assert name not in features.POSITIVE or (phi(KEYS) >= 0).all()


@pytest.mark.parametrize("name", separation.SEPARATIONS)
def test_separations_weigh_the_best_most_and_are_the_same_in_torch(name):
    torch = pytest.importorskip("torch")
    scores = 3 * np.random.default_rng(0).normal(size=(20, 9))
    weights = separation.SEPARATIONS[name](scores)
    assert (weights >= 0).all()
    assert (weights.argmax(1) == scores.argmax(1)).all()
    if name != "softmax_one":
        np.testing.assert_allclose(weights.sum(1), 1, rtol=1e-12)
    tensor = torch.tensor(scores, requires_grad=True)
    np.testing.assert_allclose(separation.SEPARATIONS[name](tensor).detach(), weights, rtol=1e-12)
    assert torch.autograd.gradcheck(separation.SEPARATIONS[name], tensor)


def test_softmax_one_is_softmax_beside_a_score_of_zero():
    scores = np.random.default_rng(0).normal(size=(5, 4)) * 300
    top = np.maximum(scores.max(1, keepdims=True), 0)
    beside = np.exp(scores - top) / (np.exp(-top) + np.exp(scores - top).sum(1, keepdims=True))
    np.testing.assert_allclose(separation.softmax_one(scores), beside, rtol=1e-12)


@pytest.mark.parametrize("name", ["softmax", "softmax_one", "sparsemax"])
def test_separations_multiply_scores_by_beta_up_to_the_largest_number(name):
    scores = np.random.default_rng(0).normal(size=(20, 9)) + 1
    this = separation.SEPARATIONS[name]
    np.testing.assert_allclose(this(scores, 0.7), this(0.7 * scores), rtol=1e-12)
    np.testing.assert_array_equal(this(1e9 * scores, 1e308), np.eye(9)[scores.argmax(1)] * (scores.max(1) > 0)[:, None])


@pytest.mark.parametrize("name", ["softmax", "softmax_one", "sparsemax"])
def test_the_gradient_of_a_potential_is_its_separation(name):
    torch = pytest.importorskip("torch")
    scores = torch.tensor(np.random.default_rng(0).normal(size=(20, 9)), requires_grad=True)
    separation.POTENTIALS[name](scores, 1.7).sum().backward()
    expected = separation.SEPARATIONS[name](1.7 * scores.detach())
    np.testing.assert_allclose(scores.grad, expected, rtol=1e-9, atol=1e-12)


def test_sparsemax_is_the_nearest_point_of_the_simplex():
    """Optimality: the scores less the weights are one number where a weight is above 0, and no more elsewhere."""
    scores = np.random.default_rng(0).normal(size=(200, 7))
    weights = separation.sparsemax(scores)
    np.testing.assert_allclose(weights.sum(1), 1, rtol=1e-12)
    for s, p in zip(scores, weights, strict=True):
        threshold = (s - p)[p > 0]
        assert np.ptp(threshold) < 1e-12
        assert (s[p == 0] <= threshold[0] + 1e-12).all()
    assert (weights == 0).any()


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_silu_and_its_slope_are_numbers_wherever_x_is(kind):
    """x / (1 + exp(-x)) in many digits; for x far below 0 it is 0, and so is its slope."""
    torch = pytest.importorskip("torch")
    x = np.array([-6e4, -800, -100, -89, -20, -10.5, -9, -1, 0, 1, 9, 10.5, 20, 100, 6e4])
    exact = np.array([float(Decimal(v) / (1 + (-Decimal(v)).exp())) for v in x])
    close = {"float16": 2e-3, "float32": 1e-6, "float64": 1e-12}[kind]
    with np.errstate(all="raise", under="ignore"):
        found = features.silu(x.astype(kind))
    np.testing.assert_allclose(found, exact, rtol=close, atol=1e-7 if kind == "float16" else 1e-37)
    tensor = torch.tensor(x, dtype=getattr(torch, kind), requires_grad=True)
    features.silu(tensor).sum().backward()
    s = np.array([float(1 / (1 + (-Decimal(v)).exp())) for v in x])
    np.testing.assert_allclose(tensor.grad.double(), s + exact * (1 - s), rtol=5 * close, atol=close)


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_softmax_is_over_the_known_units_alone(kind):
    torch = pytest.importorskip("torch")
    for x, right in (
        ([-10, 0], [1, 0]),
        ([-1, 0], [1, 0]),
        ([0, 0], [0, 0]),
        ([-10, -10, 0], [0.5, 0.5, 0]),
        ([9, 0], [1, 0]),
    ):
        with np.errstate(all="raise", under="ignore"):
            assert features.softmax(np.array(x, kind)).tolist() == right
        tensor = torch.tensor(x, dtype=getattr(torch, kind), requires_grad=True)
        y = features.softmax(tensor)
        assert y.tolist() == right
        y.square().sum().backward()
        assert torch.isfinite(tensor.grad).all()
