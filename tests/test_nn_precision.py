"""Layers in half precision, under autocast, and as memories: files, what they hold, whether they settled."""

import math

import numpy as np
import pytest
import torch

import neuromem as nm
from neuromem.nn import Attention, FastWeights, GatedAssociative, Hopfield, Mixer, ReBased, Sparsey, Transformer
from neuromem.nn.vectors import unit
from tests.mixers import MIXERS, UNTRAINED, WIDTH

every = pytest.mark.parametrize("name", MIXERS)
halves = pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])


def layer_and_tokens(name):
    torch.manual_seed(0)
    return MIXERS[name](WIDTH), torch.randn(2, 40, WIDTH)


@every
@halves
def test_a_layer_of_half_precision_runs_forward_and_backward(name, kind):
    layer, x = layer_and_tokens(name)
    full = layer(x)
    half = layer.to(kind)
    x = x.to(kind).requires_grad_("external" not in name)
    y = half(x)
    assert y.dtype == kind
    y.square().mean().backward()
    for weight in half.parameters():
        assert weight.grad is None or (torch.isfinite(weight.grad).all() and weight.grad.dtype == kind)
    assert max((weight.grad.abs().max() for weight in half.parameters() if weight.grad is not None), default=1) > 0
    first, state = half.advance(x[:, :17])
    second, _ = half.advance(x[:, 17:], state)
    close = 0.1 if name != "sparsey" else math.inf  # whose winners may be others
    assert (torch.cat([first, second], 1) - y).abs().median() < close
    assert (y - full).abs().median() < close * full.abs().max()


@every
@halves
def test_a_model_runs_under_autocast(name, kind):
    torch.manual_seed(0)
    model = Transformer(12, WIDTH, 2, mixer=MIXERS[name], expansion=2)
    front, tokens = torch.nn.Linear(WIDTH, WIDTH), torch.randint(0, 12, (2, 40))
    plain = model(tokens)
    with torch.autocast("cpu", kind):
        logits = model(tokens)
        assert front(model.features(tokens)).dtype == kind
        after_a_linear_layer = MIXERS[name](WIDTH)(front(torch.randn(2, 5, WIDTH)))
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1).float(), tokens.flatten())
    loss.backward()
    assert after_a_linear_layer.shape == (2, 5, WIDTH)
    assert torch.isfinite(model.embedding.weight.grad).all()
    assert model.embedding.weight.grad.abs().max() > 0
    assert (logits - plain).abs().median() < (0.05 if name != "sparsey" else 1) * plain.abs().max()


@every
@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float32])
def test_a_layer_as_a_memory_in_half_precision(name, kind):
    layer, _ = layer_and_tokens(name)
    x = nm.patterns.random(2, WIDTH, rng=0)
    recalled = nm.nn.as_memory(layer.to(kind)).store(x).recall(x)
    assert recalled.items.dtype == np.float32
    assert name in UNTRAINED or nm.metrics.exact(recalled, x).all()


def test_fifty_vectors_of_length_1_come_back_from_attention():
    """A transformer's beta, 1 / 8 for 64 units, is for tokens of mean square 1; at length 1 it gives one average."""
    x = np.random.default_rng(0).normal(size=(50, 64))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    weights = np.exp(1 / 8 * 64 * x @ x.T)
    expected = weights / weights.sum(1, keepdims=True) @ x
    torch.manual_seed(0)
    recalled = nm.nn.as_memory(Attention(64)).store(x).recall(x)
    np.testing.assert_allclose(recalled.items, expected, atol=1e-5)
    assert ((recalled.items @ x.T).argmax(1) == np.arange(50)).all()
    for size in (1e-200, 1e200):
        np.testing.assert_allclose(
            nm.nn.as_memory(Attention(64)).store(size * x, x).recall(size * x).items, expected, atol=1e-5
        )


@pytest.mark.parametrize(
    ("layer", "settles"), [(Hopfield(64), True), (Attention(64, beta=4.0), True), (Attention(64), False)]
)
def test_a_layer_that_one_more_update_would_move_has_not_converged(layer, settles):
    """At beta 1/8, 50 items keep some weight in each answer; at 4 the answer to an item is that item."""
    x = nm.patterns.random(50, 64, rng=0)
    memory = nm.nn.as_memory(layer).store(x)
    assert memory.recall(x).converged.all() == settles
    assert not nm.nn.as_memory(Attention(64, beta=1e-3)).store(x).recall(x).converged.any()
    unlike = nm.nn.as_memory(Attention(64, beta=4.0)).store(x).recall(nm.cues.flip(x, 0.1, rng=1))
    assert nm.metrics.exact(unlike, x).all()
    assert not unlike.converged.any()  # the one update moved the cue


@every
def test_synapses_of_a_layer_are_named_copies_and_can_be_set(name):
    layer, _ = layer_and_tokens(name)
    x, other = nm.patterns.random(4, WIDTH, rng=0), nm.patterns.random(4, WIDTH, rng=1)
    memory, fresh = (nm.nn.as_memory(layer).store(items) for items in (x, other))
    if name == "gated associative":
        assert not hasattr(memory, "synapses")
        return
    held = memory.synapses
    assert all(isinstance(array, np.ndarray) for array in held.values())
    ours, theirs = memory.recall(x).items, fresh.recall(x).items
    assert np.abs(ours - theirs).max() > 0.1 * np.abs(ours).max()
    fresh.synapses = held
    np.testing.assert_allclose(fresh.recall(x).items, ours, atol=1e-6)
    if name == "sparsey":
        with pytest.raises(nm.InputError, match="hold only 0 and 1"):
            memory.synapses = {key: 0.5 * array for key, array in held.items()}


def test_values_that_the_type_of_the_layer_cannot_hold_are_refused():
    with pytest.raises(nm.InputError, match="values must stay within float32"):
        nm.nn.as_memory(Attention(4)).store(np.ones((1, 4)), np.full((1, 4), 1e300))


def test_files_that_hold_no_weights_are_refused_with_a_reason(tmp_path):
    odd = {"empty": b"", "zip": b"PK\x03\x04", "text": b"root:x:0:0\n", "pickle": b"\x80\x04N.", "bytes": bytes(range(256))}
    for name, content in odd.items():
        (tmp_path / name).write_bytes(content)
    torch.save({"query.weight": 3}, tmp_path / "other")
    torch.save([1, 2], tmp_path / "list")
    torch.save({}, tmp_path / "nothing")
    for name in [*odd, "other", "list", "nothing", "missing", ""]:
        with pytest.raises(
            nm.InputError, match=r"weights must hold the weights of attention of width 16, but '.*' does not \(.+\)"
        ):
            nm.nn.memory(f"attention:weights={tmp_path / name}", WIDTH)
    with pytest.raises(nm.InputError, match=r"weights must hold .* '/dev/null' does not \(there is no such file\)"):
        nm.nn.memory("attention:weights=/dev/null", WIDTH)


def test_weights_of_nan_are_refused_and_a_path_may_hold_colons(tmp_path):
    layer = Attention(WIDTH)
    torch.save(layer.state_dict(), tmp_path / "C:layer:a.pt")
    loaded = nm.nn.memory(f"attention:weights={tmp_path / 'C:layer:a.pt'}:heads=1", WIDTH)
    assert torch.equal(loaded.layer.key.weight, layer.key.weight)
    with torch.no_grad():
        layer.key.weight[0, 0] = math.nan
    torch.save(layer.state_dict(), tmp_path / "nan.pt")
    with pytest.raises(nm.InputError, match=r"weights must hold finite numbers, but key.weight in .* holds NaN"):
        nm.nn.memory(f"attention:weights={tmp_path / 'nan.pt'}", WIDTH)
    with pytest.raises(nm.InputError, match="keys must stay within float32"):
        nm.nn.as_memory(layer).store(np.ones((1, WIDTH)))
    with torch.no_grad():
        loaded.layer.output.weight[0, 0] = math.nan
    with pytest.raises(nm.InputError, match="cues must stay within float32"):
        loaded.store(np.ones((1, WIDTH))).recall(np.ones((1, WIDTH)))


@pytest.mark.parametrize("kind", [Attention, Hopfield, FastWeights, Sparsey, GatedAssociative, Mixer])
def test_widths_that_no_machine_holds_are_refused(kind):
    for width in (10**7, 2**31 - 1, 10**30):
        with pytest.raises(nm.InputError, match="width must"):
            kind(width)
    with pytest.raises(nm.InputError, match="vocabulary must make arrays that fit"):
        Transformer(2**31 - 1, 4096)


@pytest.mark.parametrize("mixer", [torch.nn.Identity, lambda width: None, "attention", [], 3, ["attention"]])
def test_what_gives_no_mixer_is_refused(mixer):
    with pytest.raises(nm.InputError, match="mixer must"):
        Transformer(12, WIDTH, mixer=mixer)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32])
def test_sums_beyond_a_type_have_an_average_within_it(kind):
    """One token over and over: the average of its values is its value."""
    for layer, time in ((ReBased(64), 3000), (FastWeights(4, rule="hebb", features="elu", average=True), 70_000)):
        torch.manual_seed(0)
        x = torch.randn(1, 1, layer.width).to(kind).expand(1, time, layer.width).contiguous()
        assert (layer.to(kind)(x)[:, -1] - x[:, -1]).abs().max() < 8 * torch.finfo(kind).eps * x.abs().max() + 1e-3


@halves
def test_a_token_of_zeros_has_no_gradient_that_is_none(kind):
    torch.manual_seed(0)
    layer, x = Hopfield(8).to(kind), torch.randn(1, 6, 8).to(kind)
    x[0, 2] = 0
    layer(x).square().sum().backward()
    assert torch.isfinite(layer.query.weight.grad).all()
    assert layer.query.weight.grad.abs().max() > 0
    zero = torch.zeros(3, dtype=kind, requires_grad=True)
    unit(zero).sum().backward()
    assert zero.grad.tolist() == [0, 0, 0]


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float32, torch.float64])
def test_a_length_beyond_the_root_of_the_largest_number(kind):
    """3, 4 and 12 are 13 long, in any unit, also batched, compiled and in the gradient."""
    largest = 1e200 if kind == torch.float64 else 1e37
    for scale in (1e-9, 1, 1e10, 1e20, largest):
        x = (torch.tensor([3.0, 4, 12], dtype=torch.float64) * scale).to(kind)
        right = (torch.tensor([3.0, 4, 12], dtype=torch.float64) / 13).to(kind)
        for way in (unit, lambda x: torch.vmap(unit)(x[None])[0]):
            torch.testing.assert_close(way(x), right, rtol=2 * torch.finfo(kind).eps, atol=0)
        x.requires_grad_()
        (slope,) = torch.autograd.grad(unit(x)[0], x)
        expected = (torch.tensor([160.0, -12, -36], dtype=torch.float64) / 13**3 / scale).to(kind)  # (1 - y y^T) / |x|
        torch.testing.assert_close(slope, expected, rtol=0.03 if kind == torch.bfloat16 else 1e-5, atol=0)
    torch.manual_seed(0)
    layer, tokens = Hopfield(4).to(kind), torch.randn(1, 5, 4).to(kind)
    close = 0.05 if kind == torch.bfloat16 else 1e-5
    torch.testing.assert_close(layer(tokens * 1e20) / 1e20, layer(tokens), rtol=close, atol=close)
