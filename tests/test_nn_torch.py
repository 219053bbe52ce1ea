"""Any torch module as a layer, a memory in the place of a torch model's attention, masks, and values of another width."""

import pickle
from functools import partial
from pathlib import Path

import cloudpickle
import numpy as np
import pytest
import torch

import neuromem as nm
from neuromem.nn import Attention, FastWeights, FromTorch, GatedAssociative, Hopfield, MemoryMosaic, Sparsey, Transformer
from tests.mixers import MIXERS, WIDTH, Kernel

every = pytest.mark.parametrize("name", list(MIXERS))
MINE = """
import torch

class Nearest(torch.nn.Module):
    def __init__(self, width, sharpness=8.0):
        super().__init__()
        self.embed_dim, self.sharpness = width, torch.nn.Parameter(torch.tensor(sharpness))

    def forward(self, query, key, value):
        return (self.sharpness * query @ key.mT / self.embed_dim).softmax(-1) @ value
"""


def test_multihead_attention_as_a_layer_is_torch_with_its_causal_mask():
    for batch_first in (False, True):
        torch.manual_seed(0)
        attention = torch.nn.MultiheadAttention(WIDTH, 4, batch_first=batch_first).double()
        x = torch.randn(3, 7, WIDTH, dtype=torch.float64)
        turned = x if batch_first else x.transpose(0, 1)
        mask = torch.ones(7, 7, dtype=torch.bool).triu(1)
        reference = attention(turned, turned, turned, attn_mask=mask)[0]
        torch.testing.assert_close(FromTorch(attention)(x), reference if batch_first else reference.transpose(0, 1))
        full = attention(turned, turned, turned)[0]
        torch.testing.assert_close(FromTorch(attention)(x, causal=False), full if batch_first else full.transpose(0, 1))


def test_a_module_without_a_mask_is_made_causal_and_learns_in_a_transformer():
    torch.manual_seed(0)
    lessons, test = (nm.nn.tasks.mqar(n, length=16, pairs=2, vocabulary=32, rng=rng) for n, rng in ((1280, 0), (64, 1)))
    model = Transformer(32, 32, 1, mixer=Kernel)
    progress = nm.nn.training.train(model, lessons, test, rate=0.02, steps=150)
    assert model.blocks[0].mixer.module.scale.grad is not None
    assert progress.accuracy > 0.5  # chance is 1 of 16 values


def test_a_torch_module_is_a_memory_wherever_one_is_named(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    items = nm.patterns.random(5, 64, rng=0)
    cues = nm.cues.flip(items, 0.1, rng=1)
    scores = np.exp(20 * (cues.astype(float) @ items.T) / 64)
    expected = (scores / scores.sum(1, keepdims=True)) @ items
    memory = nm.models.make("mine.py:Nearest:sharpness=20.0", 64)
    np.testing.assert_allclose(memory.store(items).recall(cues).items, expected, atol=1e-5)
    assert memory.cost.operations == 2 * 5 * 64  # scores and sum: two multiply-adds a unit and item
    made = nm.models.make("mine.py:Nearest", 64).layer.module
    for spec in (made, type(made), lambda units: type(made)(units)):
        recalled = nm.models.make(spec, 64).store(items).recall(items)
        assert nm.metrics.exact(recalled, items).all()
    with nm.sweep.on(workers=2):
        data = nm.experiments.ALL["completion"](
            models=("mine.py:Nearest", "torch.nn:MultiheadAttention:num_heads=4"), stored=3, fractions=(0.0, 0.2), trials=1
        )
        assert (data.overlap.sel(model="mine.py:Nearest").mean("item") > 0.9).all()
        settings = {
            "memories": ("pavlov",),
            "pairs": (2,),
            "taught": 2,
            "rates": (0.01,),
            "length": 16,
            "vocabulary": 32,
            "lessons": 640,
            "asked": 8,
        }
        data = nm.experiments.ALL["associative_recall"](
            deep=("mine.py:Nearest+attention", "mine.py:Nearest"), **settings, widths=(16,), steps=50, trials=1
        )
    assert (data.loss > 0).all()
    assert list(data.mixer.values) == ["mine.py:Nearest+attention", "mine.py:Nearest"]
    with pytest.raises(nm.InputError, match=r"deep must name something of mine.py, but was 'Nearst'"):
        nm.experiments.ALL["associative_recall"](deep=("mine.py:Nearst",))


def test_what_is_no_module_of_query_key_and_value_is_refused_at_once():
    for module in (torch.nn.Linear(4, 4), torch.nn.GRU(4, 4), torch.nn.Identity()):
        with pytest.raises(nm.InputError, match=r"layer must be a mixer of neuromem.nn, or a torch module that maps"):
            nm.nn.as_memory(module)
    with pytest.raises(nm.InputError, match="width must be given for a Plain"):
        nm.nn.as_memory(type("Plain", (torch.nn.Module,), {"forward": lambda self, query, key, value: query})())
    with pytest.raises(nm.InputError, match=r"layer must map .* MultiheadAttention fails on queries and keys of 8 units"):
        FromTorch(torch.nn.MultiheadAttention(4, 2), 8)
    less = type("Less", (torch.nn.Module,), {"forward": lambda self, query, key, value: value.sum(1)})
    with pytest.raises(nm.InputError, match=r"layer must give an answer .* Less gives"):
        FromTorch(less(), 8)
    with pytest.raises(nm.InputError, match="mixer must take tokens of width 32 here, but Attention takes 16"):
        nm.nn.make(Attention(16), 32)


@every
def test_padding_is_as_if_it_were_not_there(name):
    """At the end, at the start, in the middle, and where a sequence is nothing else; causal or not."""
    torch.manual_seed(0)
    layer, x = MIXERS[name](WIDTH).double(), torch.randn(4, 6, WIDTH, dtype=torch.float64)
    padding = torch.zeros(4, 6, dtype=torch.bool)
    padding[0, 4:], padding[1, :2], padding[2, 3], padding[3] = True, True, True, True
    ours, all_ours = layer(x, padding=padding), layer(x, causal=False, padding=padding)
    for one, hidden in enumerate(padding):
        kept = x[one, ~hidden][None]
        assert (ours[one, hidden] == 0).all()
        if hidden.all():
            assert (all_ours[one] == 0).all()
            continue
        torch.testing.assert_close(ours[one, ~hidden][None], layer(kept))
        torch.testing.assert_close(all_ours[one][None], layer.read(x[one][None], layer.write(kept, kept)))
    assert all_ours[:3].abs().max() > 0.01
    with pytest.raises(nm.InputError, match=r"padding must be a bool tensor of shape \(4, 6\)"):
        layer(x, padding=padding[:, 1:])


@every
def test_without_causality_the_first_token_reads_the_last(name):
    torch.manual_seed(0)
    layer, x = MIXERS[name](WIDTH).double(), torch.randn(2, 5, WIDTH, dtype=torch.float64)
    changed = x.clone()
    changed[:, 4] = torch.randn(2, WIDTH)
    ours, other = layer(x, causal=False), layer(changed, causal=False)
    if name not in ("gated associative", "external", "external, auto"):  # no memory; recalls that may stay
        assert (ours - other)[:, 0].abs().max() > 1e-6
    asked = torch.randn(2, 3, WIDTH, dtype=torch.float64)  # cross attention
    torch.testing.assert_close(layer(asked, x, x, causal=False), layer.read(asked, layer.write(x, x)))
    with pytest.raises(nm.InputError, match="key must have the batch and times of x"):
        layer(asked, x, x)


@pytest.mark.parametrize("kind", [Attention, Hopfield, FastWeights, partial(FastWeights, rule="least_squares"), Sparsey])
def test_values_of_another_width(kind):
    torch.manual_seed(0)
    layer = kind(32, heads=2, value_width=6)
    keys, values = nm.patterns.random(3, 32, rng=0), nm.patterns.random(3, 6, rng=1)
    recalled = nm.nn.as_memory(layer).store(keys, values).recall(keys)
    assert nm.metrics.exact(recalled, values).all()
    x, y = torch.randn(2, 5, 32), torch.randn(2, 5, 6)
    assert layer(x, x, y).shape == (2, 5, 6)
    torch.testing.assert_close(layer(x, x, y)[:, -1], layer(x, x, y, causal=False)[:, -1])
    with pytest.raises(nm.InputError, match=r"values must have shape \(item, 6\)"):
        nm.nn.as_memory(layer).store(keys)


def encoder(**settings):
    torch.manual_seed(0)
    layer = torch.nn.TransformerEncoderLayer(WIDTH, 4, 32, dropout=0.0, **settings)
    model = torch.nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).double()
    with torch.no_grad():
        for weight in model.parameters():  # biases other than 0 too
            weight.add_(0.1 * torch.randn_like(weight))
    return model


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("settings", [{"batch_first": True}, {}, {"batch_first": True, "bias": False, "norm_first": True}])
def test_attention_in_the_place_of_torch_s_own_changes_nothing(settings, training):
    model, x = encoder(**settings).train(training), torch.randn(3, 5, WIDTH, dtype=torch.float64)
    x = x if settings.get("batch_first") else x.transpose(0, 1)
    causal = torch.nn.Transformer.generate_square_subsequent_mask(5, dtype=torch.float64)
    padding = torch.arange(5) >= torch.tensor([5, 3, 4])[:, None]
    asked = [{}, {"mask": causal, "is_causal": True}, {"mask": causal}, {"src_key_padding_mask": padding}]
    before = [model(x, **one) for one in asked]
    replaced = nm.nn.replace(model, partial(Attention, heads=4))
    assert not any(isinstance(part, torch.nn.MultiheadAttention) for part in replaced.modules())
    for one, reference in zip(asked, before, strict=True):
        real = ~padding if "src_key_padding_mask" in one else torch.ones(3, 5, dtype=torch.bool)
        real = real if settings.get("batch_first") else real.T
        torch.testing.assert_close(replaced(x, **one)[real], reference[real])


def test_what_is_one_tensor_stays_one():
    """A memory of moments has no queries beside its keys."""
    x, causal = torch.randn(3, 5, WIDTH, dtype=torch.float64), torch.ones(5, 5, dtype=torch.bool).triu(1)
    ours, turned = (nm.nn.replace(encoder(batch_first=first), MemoryMosaic) for first in (True, False))
    torch.testing.assert_close(turned(x.transpose(0, 1), mask=causal).transpose(0, 1), ours(x, mask=causal))
    torch.testing.assert_close(turned(x[0], mask=causal), ours(x[:1], mask=causal)[0])


def test_a_memory_in_a_transformer_of_torch_with_its_decoder():
    torch.manual_seed(0)
    model = torch.nn.Transformer(WIDTH, 4, 1, 1, 32, dropout=0.0, batch_first=True).double()
    source, target = torch.randn(2, 6, WIDTH, dtype=torch.float64), torch.randn(2, 3, WIDTH, dtype=torch.float64)
    before = model(
        source, target, tgt_is_causal=True, tgt_mask=model.generate_square_subsequent_mask(3, dtype=torch.float64)
    )
    same = nm.nn.replace(model, partial(Attention, heads=4))
    mask = model.generate_square_subsequent_mask(3, dtype=torch.float64)
    torch.testing.assert_close(same(source, target, tgt_mask=mask), before)
    other = nm.nn.replace(torch.nn.Transformer(WIDTH, 4, 1, 1, 32, batch_first=True), partial(FastWeights, heads=4))
    other(source.float(), target.float(), tgt_mask=mask.float()).sum().backward()
    assert other.decoder.layers[0].multihead_attn.mixer.query.weight.grad.abs().max() > 0


@pytest.mark.parametrize("name", ["StateSpace", "FastWeights", "MemoryMosaic"])
def test_the_first_token_by_itself_is_that_of_a_longer_prompt(name):
    """The causal mask of one token is a 0, as is a mask that hides nothing."""
    torch.manual_seed(0)
    model = nm.nn.replace(torch.nn.MultiheadAttention(WIDTH, 4, batch_first=True).double(), getattr(nm.nn, name))
    x = torch.randn(2, 5, WIDTH, dtype=torch.float64)
    first = x[:, :1]
    for kind in (torch.bool, torch.float64):
        long, short = (torch.ones(n, n).triu(1).bool() for n in (5, 1))
        if kind != torch.bool:
            long, short = (torch.zeros(m.shape, dtype=kind).masked_fill(m, -torch.inf) for m in (long, short))
        prompt = model(x, x, x, attn_mask=long)[0]
        torch.testing.assert_close(model(first, first, first, attn_mask=short)[0], prompt[:, :1])


def test_what_can_not_be_replaced_is_said():
    with pytest.raises(nm.InputError, match=r"model must hold a torch.nn.MultiheadAttention, but Linear has none"):
        nm.nn.replace(torch.nn.Linear(2, 2), Attention)
    for settings, reason in (
        ({"kdim": 3}, "keys of 3 and values of 4 units beside queries of 4"),
        ({"add_bias_kv": True}, "add_bias_kv"),
        ({"add_zero_attn": True}, "add_zero_attn"),
    ):
        model = torch.nn.ModuleList([torch.nn.MultiheadAttention(4, 2), torch.nn.MultiheadAttention(4, 2, **settings)])
        with pytest.raises(nm.InputError, match=f"model must hold attention that can be replaced, but 1 has {reason}"):
            nm.nn.replace(model, Attention)
        assert isinstance(model[0], torch.nn.MultiheadAttention)
    model = nm.nn.replace(encoder(batch_first=True), FastWeights)
    with pytest.raises(nm.InputError, match="attn_mask must be None or causal"):
        model(torch.randn(1, 4, WIDTH, dtype=torch.float64), mask=torch.eye(4, dtype=torch.bool))
    part = model.layers[0].self_attn
    x, hidden = torch.randn(1, 3, WIDTH, dtype=torch.float64), torch.tensor([[False, False, True]])
    infinite = torch.zeros(1, 3, dtype=torch.float64).masked_fill(hidden, -torch.inf)
    torch.testing.assert_close(part(x, x, x, key_padding_mask=infinite)[0], part(x, x, x, key_padding_mask=hidden)[0])
    for name, mask in (("key_padding_mask", -1e9 * hidden), ("attn_mask", -1e9 * torch.ones(3, 3).triu(1))):
        with pytest.raises(nm.InputError, match=f"{name} must be of bool, or hold 0 and -inf alone"):
            part(x, x, x, **{name: mask})
    with pytest.raises(nm.InputError, match="mixer must be a call width -> Mixer"):
        nm.nn.replace(encoder(), "attention")


def test_an_environment_in_the_current_folder_is_installed(monkeypatch):
    """Such as a .venv: torch goes to other processes by its name; its classes can't go by value."""
    monkeypatch.chdir(Path(torch.__file__).parents[2])
    before = cloudpickle.list_registry_pickle_by_value()
    for given in ("torch.nn:MultiheadAttention:num_heads=2", GatedAssociative(WIDTH), "neuromem.nn:FastWeights"):
        found = nm.nn.source(given)
        sent = cloudpickle.dumps(found)
        assert isinstance(nm.nn.make(pickle.loads(sent), WIDTH), nm.nn.Mixer)
        assert len(sent) < 20_000
    assert cloudpickle.list_registry_pickle_by_value() == before


def test_a_layer_is_named_by_text_class_or_module():
    assert isinstance(nm.nn.make("torch.nn:MultiheadAttention:num_heads=2", WIDTH).module, torch.nn.MultiheadAttention)
    assert nm.nn.make(partial(FastWeights, heads=4), WIDTH).heads == 4
    given = GatedAssociative(WIDTH)
    assert nm.nn.make(given, WIDTH) is not given
    with pytest.raises(nm.InputError, match=r"mixer must be a layer, its class or its name"):
        nm.nn.make(3, WIDTH)
    with pytest.raises(nm.InputError, match=r"mixer must be one layer, but was 'attention.hopfield'"):
        nm.nn.make("attention+hopfield", WIDTH)


def test_an_installed_package_announces_layers(tmp_path, monkeypatch):
    path = tmp_path / "theirs-1.0.dist-info"
    path.mkdir()
    (path / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    names = "theirs = torch.nn:MultiheadAttention\nbroken = no_such_package:Layer\n"
    (path / "entry_points.txt").write_text(f"[neuromem.layers]\n{names}")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert nm.nn.source("theirs:num_heads=2").origin == "theirs 1.0"
    assert nm.nn.make("theirs:num_heads=2", WIDTH).module.num_heads == 2
    with pytest.raises(nm.InputError, match="broken of no_such_package:Layer raises ModuleNotFoundError"):
        nm.nn.make("broken", WIDTH)


OWN = """
import torch


class Mine(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.key = torch.nn.Linear(width, width, bias=False)

    def forward(self, query, key, value):
        return torch.softmax(query @ self.key(key).mT, -1) @ value
"""


@pytest.mark.parametrize("holder", ["itself", "layer"])
def test_a_module_of_ones_own_is_given_the_weights_that_it_was_trained_to(holder, tmp_path, monkeypatch):
    """Saved by itself, or as the layer of a transformer."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(OWN)
    layer = nm.nn.make("mine.py:Mine", WIDTH)
    with torch.no_grad():
        layer.module.key.weight.copy_(3 * torch.eye(WIDTH))
    torch.save((layer.module if holder == "itself" else layer).state_dict(), "mine.pt")
    found = nm.models.make("mine.py:Mine:weights=mine.pt", WIDTH).layer.module
    assert torch.equal(found.key.weight, 3 * torch.eye(WIDTH))
    with pytest.raises(nm.InputError, match="hold the weights of Mine of width 6"):
        nm.nn.make("mine.py:Mine:weights=mine.pt", 6)
    with pytest.raises(nm.InputError, match=r"width must be given for a Mine, .* as_memory\(layer, 64\)"):
        nm.nn.as_memory(found)
