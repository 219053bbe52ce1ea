"""Whatever a layer is given: what it can use, or an error that names the argument."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
import torch

import neuromem as nm
from neuromem import InputError
from neuromem.kernels.fast_weights import RULES
from neuromem.nn import (
    Attention,
    External,
    FastWeights,
    GatedAssociative,
    Hopfield,
    LocalLinear,
    Mixer,
    MixtureOfMemories,
    Sparsey,
    Transformer,
    tasks,
    training,
)
from neuromem.nn.convolution import ShortConvolution
from tests.mixers import MIXERS, WIDTH

X = torch.randn(2, 5, WIDTH, generator=torch.Generator().manual_seed(0))
HOLDING = [
    Attention(WIDTH, heads=2),
    Hopfield(WIDTH, heads=2),
    Sparsey(WIDTH, heads=2, modules=3),
    External(nm.Hopfield(2 * WIDTH)),
    *(FastWeights(WIDTH, heads=2, rule=rule) for rule in RULES),
]
ODD = [3, "odd", (1, 2), [None], torch.zeros(3), (torch.zeros(2, 3), torch.zeros(2, 3))]


def named(layer: Mixer) -> str:
    return f"{type(layer).__name__} {getattr(layer, 'rule', '')}".strip()


@pytest.mark.parametrize("layer", HOLDING, ids=named)
@pytest.mark.parametrize("state", ODD, ids=lambda state: f"{state!s:.12}")
def test_a_state_that_is_none_is_refused(layer, state):
    for call in (layer.read, layer.advance, lambda x, state: layer.write(x, x, state)):
        with pytest.raises(InputError, match=r"^state must"):
            call(X, state)


@pytest.mark.parametrize("layer", HOLDING, ids=named)
def test_a_state_of_other_sequences_is_refused_and_its_own_is_taken(layer):
    state = layer.advance(X, layer.write(X, X))[1]
    assert layer.read(X, state).shape == layer.advance(X, state)[0].shape == X.shape
    with pytest.raises(InputError, match=r"^state must .* was|^state must .* has"):
        layer.advance(X[:1], state)
    with pytest.raises(InputError, match=r"^state must hold what was stored, but was None"):
        layer.read(X, None)


def test_the_error_names_the_argument():
    layer, wrong = Attention(WIDTH), X[..., 1:]
    state = layer.write(X, X)
    for name, call in (
        ("x", lambda: layer.advance(wrong)),
        ("keys", lambda: layer.write(wrong, X)),
        ("values", lambda: layer.write(X, wrong)),
        ("values", lambda: layer.write(X, X[:, 1:])),
        ("cues", lambda: layer.read(wrong, state)),
        ("xi", lambda: Hopfield(WIDTH, heads=2).energy(X, X[:, None, :, :8].expand(2, 2, 5, 8))),
        ("keys", lambda: Hopfield(WIDTH).energy(X[:, None], X[..., 1:])),
        ("keys", lambda: Hopfield(WIDTH).energy(X, X * torch.nan)),
        ("x", lambda: ShortConvolution(WIDTH)(wrong)),
        ("state", lambda: ShortConvolution(WIDTH).advance(X, X)),
        ("state", lambda: Transformer(16, WIDTH).advance(torch.ones(1, 2, dtype=torch.int64), [3])),
        ("tokens", lambda: Transformer(16, WIDTH)(torch.ones(1, 2, dtype=torch.bool))),
        ("model", lambda: training.accuracy(layer, tasks.mqar(2))),
        (
            "targets",
            lambda: training.loss(Transformer(16, WIDTH), torch.ones(1, 2, dtype=torch.int64), -torch.ones(1, 2).long()),
        ),
        ("batch", lambda: training.order(0, 3, 4, 0)),
    ):
        with pytest.raises(InputError, match=f"^{name} must"):
            call()


@pytest.mark.parametrize("task", tasks.TASKS.values(), ids=tasks.TASKS)
def test_more_sequences_than_fit_are_refused(task):
    with pytest.raises(InputError, match=r"^sequences must make arrays that fit"):
        task(2**31 - 1)


def test_the_type_of_a_width_changes_nothing():
    """The weights come from torch's generator: the same seed, the same layer."""
    made = []
    for width in (WIDTH, np.int64(WIDTH)):
        torch.manual_seed(0)
        made.append(GatedAssociative(width)(X))
    assert torch.equal(*made)


LARGE = {"nan": float("nan"), "infinity": float("-inf"), "huge": 3e38}


@pytest.mark.parametrize("layer", HOLDING, ids=named)
@pytest.mark.parametrize("kind", LARGE)
def test_tokens_that_are_not_finite_are_refused_and_no_answer_is(layer, kind):
    """One number of one token; a huge one is taken where the layer looks at signs or lengths alone."""
    odd = X.clone()
    odd[1, 2, 3] = LARGE[kind]
    for name, call in (
        ("x", layer),
        ("cues", lambda x: layer.read(x, layer.write(X, X))),
        ("keys", lambda x: layer.write(x, x)),
    ):
        refused = pytest.raises(InputError, match=f"^{name} must ")
        with refused if kind != "huge" else contextlib.suppress(InputError):
            answer = call(odd)
            assert not isinstance(answer, torch.Tensor) or answer.isfinite().all()


def test_a_state_that_is_not_finite_is_refused():
    for layer in (Attention(WIDTH), Hopfield(WIDTH), FastWeights(WIDTH), FastWeights(WIDTH, rule="least_squares")):
        state = layer.write(X, X)
        odd = state * float("nan") if isinstance(state, torch.Tensor) else (state[0] * float("inf"), *state[1:])
        with pytest.raises(InputError, match=r"^state must hold a finite number at every place, but holds NaN or infinity"):
            layer.advance(X, odd)
    with pytest.raises(InputError, match=r"^state must hold a finite number at every place, but was torch.sparse_coo"):
        FastWeights(WIDTH).read(X, FastWeights(WIDTH).write(X, X).to_sparse())
    with pytest.raises(InputError, match=r"^x must stay within float32, but gives NaN or infinity"):
        Attention(WIDTH, beta=1e308)(X)


def test_a_layer_may_be_batched_and_compiled_all_the_same():
    """torch.vmap asks for no number."""
    layer = FastWeights(WIDTH)
    batched = torch.vmap(lambda x: layer(x[None])[0])(X)
    assert torch.allclose(batched, layer(X), atol=1e-6)


@pytest.mark.parametrize("name", MIXERS)
def test_a_batch_of_no_sequence_is_taken_and_a_sequence_of_no_token_refused(name):
    torch.manual_seed(0)
    layer = MIXERS[name](WIDTH)
    for time in (1, 11):
        x = torch.zeros(0, time, WIDTH, requires_grad=True)
        y, state = layer.advance(x)
        assert layer.advance(x, state)[0].shape == y.shape == layer(x).shape == x.shape
        assert layer.read(x, layer.write(x, x)).shape == layer(x, causal=False).shape == x.shape
        assert layer.held(state)[1] == 0 or isinstance(layer, GatedAssociative)
        assert all(len(array) == 0 for array in layer.arrays(state).values() if not isinstance(layer, External))
        y.sum().backward()
        assert x.grad is None or x.grad.shape == x.shape
    none, two = torch.zeros(2, 0, WIDTH), torch.randn(2, 3, WIDTH)
    for argument, call in (
        ("x", lambda: layer(none)),
        ("x", lambda: layer.advance(none, layer.advance(two)[1])),
        ("keys", lambda: layer.write(none, none)),
        ("cues", lambda: layer.read(none, layer.write(two, two))),
    ):
        with pytest.raises(InputError, match=f"^{argument} must hold one token or more, but has shape"):
            call()


def test_sizes_of_any_type_of_whole_number():
    for layer in (Sparsey(np.uint8(16), cells=np.int8(100)), Transformer(np.int8(100), np.int8(100), np.uint8(1))):
        assert sum(weight.numel() for weight in layer.parameters()) > 10_000
    assert tasks.mqar(np.int8(100), length=np.uint8(200), pairs=np.int8(3)).inputs.shape == (100, 200)


def broken(width: int) -> torch.nn.Module:
    raise ZeroDivisionError("mine")


KURTOSIS = {
    "sparse": X.to_sparse(),
    "meta": X.to("meta"),
    "8 bits": X.to(torch.float8_e4m3fn),
    "NaN": torch.full((2, 3), torch.nan),
}
REFUSED = {
    "values of another width": (lambda: Attention(WIDTH, value_width=3)(X), "value must have the 3 features of value_width"),
    **{
        f"a ridge of {ridge:g}": (lambda ridge=ridge: LocalLinear(WIDTH, ridge=ridge)(X), r"ridge must be at least 2e-12 of")
        for ridge in (1e-29, 1e-12)
    },
    "a ridge above float32": (lambda: LocalLinear(WIDTH, ridge=1e300), "ridge must be a finite number and at least 1e-30"),
    "a rate above float32": (lambda: MixtureOfMemories(WIDTH, rate=1e200)(X), "x must stay within float32"),
    "endless passes": (lambda: Hopfield(WIDTH, steps=2**31 - 1), "steps must be a whole number from 1 to 10000"),
    "a width of 5000 digits": (lambda: nm.nn.make("attention", 10**5000), "width must"),
    "a maker for a model": (
        lambda: Transformer(8, 4, mixer=broken),
        "mixer must .* but broken raises ZeroDivisionError: mine",
    ),
    "a maker for a layer": (lambda: nm.nn.make(broken, 4), "mixer must .* but .*broken.* raises ZeroDivisionError: mine"),
    "a maker for a memory": (lambda: nm.models.make(broken, 4), "models must .* raises ZeroDivisionError: mine"),
    "a module without its heads": (lambda: nm.nn.make("torch.nn:MultiheadAttention", 4), "mixer must .* 'num_heads'"),
    **{f"kurtosis of {kind}": (lambda x=x: nm.nn.kurtosis(x), "x must") for kind, x in KURTOSIS.items()},
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_layer_cannot_be_made_of_or_used_with_is_refused(case):
    call, words = REFUSED[case]
    with pytest.raises(InputError, match=words):
        call()


def test_sizes_of_eight_bits_do_not_overflow():
    """32 memories of 16 x 16 weights are more than int8 counts to."""
    whole, small = (MixtureOfMemories(WIDTH, memories=n, chosen=n) for n in (32, np.int8(32)))
    assert [x.shape for x in small.parameters()] == [x.shape for x in whole.parameters()]


@pytest.mark.parametrize("name", [name for name in MIXERS if "external" not in name])
@pytest.mark.filterwarnings("ignore:There is a performance drop")
def test_gradients_of_each_sequence_are_batched(name):
    """torch.vmap of torch.func.grad gives what a loop does, in every layer but that of a memory in NumPy."""
    torch.manual_seed(0)
    layer, tokens = MIXERS[name](WIDTH), torch.randn(3, 7, WIDTH)
    weights = {key: weight for key, weight in layer.named_parameters() if weight.requires_grad}
    learns = torch.func.grad(lambda w, x: torch.func.functional_call(layer, w, (x[None],)).square().sum())
    batched = torch.vmap(learns, (None, 0))(weights, tokens)
    for i, one in enumerate(tokens):
        for key, gradient in learns(weights, one).items():
            torch.testing.assert_close(batched[key][i], gradient, rtol=1e-3, atol=1e-4)
    assert not weights or max(gradient.abs().max() for gradient in batched.values()) > 0
