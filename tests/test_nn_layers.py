"""Layers: causal, the same in parts as in one piece, the memory they are named for, and good torch citizens."""

import io
from functools import partial

import numpy as np
import pytest
import torch

import neuromem as nm
from neuromem.kernels import chunked, fast_weights, separation
from neuromem.nn import Attention, External, FastWeights, GatedAssociative, Hopfield, ReBased, Sparsey, Transformer
from neuromem.nn.catalogue import LAYERS
from tests.mixers import MIXERS, WIDTH

every = pytest.mark.parametrize("name", list(MIXERS))


def layer_and_tokens(name, batch=2, time=11):
    """A layer in double precision, and a sequence."""
    torch.manual_seed(0)
    return MIXERS[name](WIDTH).double(), torch.randn(batch, time, WIDTH, dtype=torch.float64)


@every
def test_causal(name):
    layer, x = layer_and_tokens(name)
    y = layer(x)
    assert y.shape == x.shape
    assert (y[:, 1:].abs().sum(-1) > 0).any()
    changed = x.clone()
    changed[:, 6:] = torch.randn_like(changed[:, 6:])
    torch.testing.assert_close(layer(changed)[:, :6], y[:, :6], rtol=0, atol=1e-12)
    assert not torch.allclose(layer(changed)[:, 6:], y[:, 6:])


@every
@pytest.mark.parametrize("parts", [[1] * 11, [5, 6]])
def test_in_parts_as_in_one_piece_and_each_sequence_alone(name, parts):
    layer, x = layer_and_tokens(name)
    state, outputs = None, []
    for part in x.split(parts, 1):
        y, state = layer.advance(part, state)
        outputs.append(y)
    torch.testing.assert_close(torch.cat(outputs, 1), layer(x), rtol=0, atol=1e-10)
    torch.testing.assert_close(torch.cat([layer(one[None]) for one in x]), layer(x), rtol=0, atol=1e-10)


def test_fast_weights_are_the_rule_with_their_projections():
    torch.manual_seed(0)
    layer = FastWeights(WIDTH, rule="delta", rate=0.5).double()
    x = torch.randn(1, 6, WIDTH, dtype=torch.float64)
    state = torch.zeros(WIDTH, WIDTH, dtype=torch.float64)
    for t in range(6):
        query, key = (torch.nn.functional.normalize(w(x[0, t]), dim=0) for w in (layer.query, layer.key))
        state = fast_weights.delta(state, key, layer.value(x[0, t]), rate=0.5)
        torch.testing.assert_close(layer.output(fast_weights.read(state, query)), layer(x)[0, t])


@pytest.mark.parametrize("settings", [{}, {"reflect": True}, {"decay": None}], ids=str)
def test_momentum_as_it_is_stays_of_the_size_of_its_values(settings):
    """Its errors go on to ten times the first step, so that the rate at first must be small."""
    torch.manual_seed(0)
    layer, x = FastWeights(64, heads=4, rule="momentum", **settings), torch.randn(1, 1000, 64)
    assert layer(x).abs().max() < 1.2 * x.abs().max()
    memory = nm.nn.as_memory(layer).store(x[0, :16])
    assert nm.metrics.overlap(memory.recall(x[0, :8]), x[0, :8]).mean() > 0.7  # the last go on to be learnt


@pytest.mark.parametrize("own", [False, True])
def test_delta_product_in_chunks_is_its_recurrence(own):
    torch.manual_seed(0)
    query, key, value = (torch.randn(2, 9, *n, 4, dtype=torch.float64) / 2 for n in ((), (3,), (3,)))
    rate, decay = torch.rand(2, 9, 3, dtype=torch.float64), torch.rand(2, 9, dtype=torch.float64)
    rate = 2 * rate if own else rate[..., 0]
    ours = chunked.chunked(query, key, value, rate, decay, rule="delta_product", chunk=4)
    reference = chunked.recurrent(query, key, value, rate, decay, rule="delta_product")
    for one, other in zip(ours, reference, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)
    state = torch.zeros(2, 4, 4, dtype=torch.float64)
    for t in range(9):
        state = decay[:, t, None, None] * state
        for j in range(3):
            b = rate[:, t, j] if own else rate[:, t]
            error = value[:, t, j] - torch.einsum("bvk,bk->bv", state, key[:, t, j])
            state = state + b[:, None, None] * torch.einsum("bv,bk->bvk", error, key[:, t, j])
    torch.testing.assert_close(ours[1], state, rtol=0, atol=1e-12)


def test_the_steps_of_a_product_have_rates_of_their_own_that_can_reach_2():
    layer = FastWeights(WIDTH, heads=2, rule="delta_product", products=3, reflect=True)
    with torch.no_grad():
        layer.to_rate.bias.copy_(torch.tensor([-100.0, 0, 100, 0, 1, 2]))  # head x step
    rate = layer.gates(torch.randn(1, 4, WIDTH))["rate"]
    expected = torch.tensor([[0.0, 1, 2], [1, 1.4621, 1.7616]])
    torch.testing.assert_close(rate, expected[None, :, None].expand(1, 2, 4, 3), atol=1e-4, rtol=0)


def test_attention_as_a_memory_is_softmax_retrieval_of_the_items_themselves():
    torch.manual_seed(0)
    x = nm.patterns.random(20, 64, rng=0)
    cues = nm.cues.flip(x, 0.2, rng=1).astype(float)
    recalled = nm.nn.as_memory(Attention(64, beta=0.1).double()).store(x).recall(cues)
    np.testing.assert_allclose(recalled.items, separation.softmax(0.1 * cues @ x.T) @ x, atol=1e-5)


def test_an_update_of_the_hopfield_layer_never_raises_its_energy():
    torch.manual_seed(0)
    layer = Hopfield(WIDTH, beta=3.0).double()
    keys = torch.nn.functional.normalize(torch.randn(1, 1, 10, WIDTH, dtype=torch.float64), dim=-1)
    xi = torch.randn(1, 1, 50, WIDTH, dtype=torch.float64)
    energies = []
    for _ in range(6):
        energies.append(layer.energy(xi, keys))
        xi = (3.0 * xi @ keys.mT).softmax(-1) @ keys
    falls = -torch.stack(energies).diff(dim=0)
    assert (falls > -1e-12).all()
    assert falls[0].min() > 0.01


def test_sparsey_layer_keeps_binary_weights_and_lets_a_gradient_pass_straight_through():
    torch.manual_seed(0)
    layer = Sparsey(WIDTH)
    x = torch.randn(1, 8, WIDTH)
    y, (on, off) = layer.advance(x)
    assert on.dtype == off.dtype == torch.bool
    assert 0 < on.float().mean() < 0.5
    torch.testing.assert_close(y[:, :1], x[:, :1].sign())  # the one pair stored so far comes back whole
    y.square().sum().backward()
    for weight in layer.parameters():
        assert weight.grad.abs().max() > 0


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_sparsey_layer_answers_by_signs_alone_however_large_the_values(kind):
    torch.manual_seed(0)
    layer = Sparsey(64, modules=4).to(kind)
    layer.output, x = torch.nn.Identity(), torch.randn(1, 40, 64, dtype=kind)
    answers = [layer.exchange(x, x, size * x)[0] for size in (1.0, 4096.0, 2.0**30)]
    assert answers[0].unique().numel() == 9  # votes of 4 winners for or against
    assert torch.equal(answers[0], answers[1])
    assert torch.equal(answers[0], answers[2])


def test_external_writes_and_reads_any_memory_and_only_its_output_learns():
    codes = torch.tensor(nm.patterns.random(4, WIDTH, rng=0), dtype=torch.float32)
    tokens = [0, 1, 2, 3, 0]  # 0 is followed by 1
    for memory in (nm.models.ALL["pavlov"](WIDTH), nm.models.ALL["hopfield"](2 * WIDTH)):
        layer = External(memory)
        keys = codes[None]
        assert layer.operations(layer.write(keys, keys)) == 0  # nothing was recalled yet
        y = layer(codes[tokens][None])
        assert (y[0, 0] == 0).all()
        assert (y[0, 4].sign() == codes[1]).all()
        y.sum().backward()
        assert [name for name, weight in layer.named_parameters() if weight.grad is not None] == ["output.weight"]


def test_gated_associative_layer_holds_no_pair():
    torch.manual_seed(0)
    layer = GatedAssociative(WIDTH)
    x = torch.randn(1, 9, WIDTH)
    torch.testing.assert_close(layer(x), torch.cat([layer(x[:, t : t + 1]) for t in range(9)], 1))
    assert nm.nn.as_memory(layer).store(np.ones((2, WIDTH))).cost.bits == nm.nn.as_memory(layer).cost.bits


def test_as_memory_passes_gradients_and_takes_pairs():
    torch.manual_seed(0)
    keys, values = torch.randn(2, 5, WIDTH, requires_grad=True).unbind()
    memory = nm.nn.as_memory(FastWeights(WIDTH, rule="least_squares", rate=1.0)).store(keys, values)
    recalled = memory.recall(keys).items
    assert nm.metrics.overlap(recalled, values).min() > 0.99
    assert torch.autograd.grad(recalled.sum(), keys)[0].abs().max() > 0
    assert memory.recall(keys.detach().numpy()).items.shape == (5, WIDTH)


def test_a_layer_runs_in_an_experiment_trained_or_not(tmp_path):
    torch.manual_seed(0)
    layer = FastWeights(64, heads=2)
    torch.save(layer.state_dict(), tmp_path / "layer.pt")
    spec = f"nn.fast_weights:heads=2:weights={tmp_path / 'layer.pt'}"
    x = nm.patterns.random(3, 64, rng=0)
    ours, loaded = (memory.store(x).recall(x).items for memory in (nm.nn.as_memory(layer), nm.models.make(spec, 64)))
    np.testing.assert_array_equal(ours.detach() if hasattr(ours, "detach") else ours, loaded)
    again = [nm.models.make("nn.fast_weights:heads=2", 64, rng=rng).store(x).recall(x).items for rng in (1, 1, 2)]
    np.testing.assert_array_equal(again[0], again[1])
    assert np.abs(again[0] - again[2]).max() > 1e-3
    with nm.sweep.on(workers=1):
        data = nm.experiments.ALL["completion"](models=(spec, "nn.attention"), stored=3, fractions=(0.0, 0.2), trials=1)
    assert (data.overlap.sel(fraction=0.0).mean("item") > 0.8).all()
    with pytest.raises(nm.InputError, match=r"weights must hold the weights of fast_weights of width 32"):
        nm.models.make(spec, 32)
    with pytest.raises(nm.InputError, match=r"weights must hold .* 'nothing.pt' does not"):
        nm.models.make("nn.attention:weights=nothing.pt", 32)
    with pytest.raises(nm.InputError, match="did you mean 'attention'"):
        nm.models.make("nn.atention", 32)


@every
def test_transformer_generates_as_it_would_without_a_cache(name):
    torch.manual_seed(0)
    model = Transformer(12, WIDTH, 2, mixer=MIXERS[name], expansion=2).double()
    prompt = torch.randint(0, 12, (2, 5))
    generated = model.generate(prompt, 4)
    for time in range(5, 9):
        assert (generated[:, time] == model(generated[:, :time])[:, -1].argmax(-1)).all()
    assert (generated[:, :5] == prompt).all()


@every
def test_saved_weights_give_the_same_model(name):
    torch.manual_seed(0)
    model, other = (Transformer(12, WIDTH, 1, mixer=MIXERS[name]) for _ in range(2))
    tokens = torch.randint(0, 12, (2, 5))
    assert not torch.equal(model(tokens), other(tokens))
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    file.seek(0)
    other.load_state_dict(torch.load(file, weights_only=True))
    torch.testing.assert_close(model(tokens), other(tokens), rtol=0, atol=0)


@pytest.mark.parametrize("name", ["attention", "hopfield", "hebb", "delta", "delta_product", "sparsey", "hax", "external"])
def test_compiled_as_uncompiled(name):
    torch.manual_seed(0)
    model = Transformer(12, WIDTH, 1, mixer=MIXERS[name])
    tokens = torch.randint(0, 12, (2, 9))
    compiled = torch.compile(model, backend="aot_eager", fullgraph=name != "external")
    torch.testing.assert_close(compiled(tokens), model(tokens))
    loss = compiled(tokens).square().mean()
    ours = torch.autograd.grad(loss, model.embedding.weight)[0]
    reference = torch.autograd.grad(model(tokens).square().mean(), model.embedding.weight)[0]
    torch.testing.assert_close(ours, reference)


OTHERS = (
    "local linear",
    "memory mosaic",
    "mixture of memories",
    "palimpsa",
    "phase associative",
    "rebased",
    "sparse pointer",
    "state space",
    "deep, linear momentum",
    "gated associative",
    "hax, 2 heads",
)


@pytest.mark.parametrize("name", OTHERS)
def test_every_layer_gives_one_graph(name):
    torch.compiler.reset()  # torch compiles one function, such as the forward of all layers, eight times at most
    layer, x = layer_and_tokens(name, time=5)
    torch.testing.assert_close(torch.compile(layer, backend="eager", fullgraph=True)(x), layer(x))


def test_a_hybrid_takes_its_mixers_in_turn():
    model = Transformer(12, WIDTH, 3, mixer=[FastWeights, Attention], convolution=0)
    assert [type(block.mixer) for block in model.blocks] == [FastWeights, Attention, FastWeights]


def test_bad_input():
    with pytest.raises(nm.InputError, match=r"heads must divide the width 16, but was 3; give for example 2\."):
        Attention(16, heads=3)
    with pytest.raises(nm.InputError, match=r"heads must leave a head two units or more, but were 8 of a width of 8\."):
        ReBased(8, heads=8)
    with pytest.raises(nm.InputError, match="width must be a positive whole number"):
        Transformer(12, 0)
    with pytest.raises(nm.InputError, match="did you mean 'delta'"):
        FastWeights(16, rule="deta")
    with pytest.raises(nm.InputError, match="features must be positive for average=True"):
        FastWeights(16, average=True)
    layer = Attention(16)
    with pytest.raises(nm.InputError, match=r"x must be a tensor of shape \(batch, time, 16\), but has shape \(2, 5, 8\)"):
        layer(torch.zeros(2, 5, 8))
    with pytest.raises(nm.InputError, match=r"x must be torch.float32 on cpu like the layer, but was torch.float64 on cpu"):
        layer(torch.zeros(2, 5, 16).double())
    with pytest.raises(nm.InputError, match=r"x must be a tensor .* but was of type ndarray"):
        layer(np.zeros((2, 5, 16), np.float32))
    with pytest.raises(nm.InputError, match="even number of units"):
        External(nm.models.ALL["hopfield"](15))
    with pytest.raises(nm.InputError, match="tokens must be whole numbers from 0 to 11"):
        Transformer(12, 16)(torch.tensor([[0, 12]]))
    with pytest.raises(nm.InputError, match="tokens must be whole numbers from 0 to 11"):
        Transformer(12, 16)(torch.tensor([[0.5, 1]]))
    with pytest.raises(nm.InputError, match="but are a list; turn them into one"):
        Transformer(12, 16)([[0, 1]])
    with pytest.raises(nm.InputError, match="memory must be a memory, but was str"):
        External("hopfield")


@pytest.mark.parametrize(
    ("name", "more"),
    [  # beside 4 maps of 32^2, the embedding, two norms and the convolution: own weights, and what reads the state
        ("state_space", 1 + 1 + 33 + 33 * 32 + 32**2),
        ("gated_associative", 64 * 32 + 32 + 64 * 32),
        ("hax", 1 + 1 + 33 + 33 * 32 + 2 * 32**2 + (65 * 64) * 2 + 65 + 32 + 32**2 + 4 * 32 + 10 * 64),
        ("sparsey", 32 * 24 * 8 + 2 * 24 * 32),
        ("mixture_of_memories", 4 * 32 + 8 * 32**2 + 33 + 3 * 32**2),
        ("attention", 10 * 64),
        ("fast_weights", 33 + 32**2),
        ("multihead", 9 * 2 * 32**2 + 10 * 64),  # torch makes the keys and values of all tokens anew
    ],
)
def test_a_token_takes_each_weight_once_and_the_reading_of_the_state(name, more):
    kind = partial(torch.nn.MultiheadAttention, num_heads=4, bias=False) if name == "multihead" else LAYERS[name]
    model = Transformer(16, 32, 1, mixer=kind)
    _, state = model.advance(torch.zeros(1, 10, dtype=torch.long))
    assert model.operations(state) == 4 * 32**2 + 16 * 32 + 2 * 32 + 4 * 32 + more
