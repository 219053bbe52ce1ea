"""Every kind of layer under one name each, for the tests that hold for all of them."""

from functools import partial

import torch

import neuromem as nm
from neuromem.nn import (
    HAX,
    Attention,
    DeepMemory,
    External,
    FastWeights,
    FromTorch,
    GatedAssociative,
    Hopfield,
    LocalLinear,
    MemoryMosaic,
    Mixer,
    MixtureOfMemories,
    Palimpsa,
    PhaseAssociative,
    ReBased,
    SparsePointer,
    Sparsey,
    StateSpace,
)

WIDTH = 16


class Mean(Mixer):
    """The mean of all values so far: a layer that a user wrote, as the documentation of `Mixer` shows it."""

    holds = ("sum", "count")

    def mix(self, query, key, value, state, **gates):
        total, count = state or (0 * value[:, :, :1], value.new_zeros(len(value)))
        number = count[:, None] + torch.arange(1, value.shape[2] + 1).to(value)
        sums = total + value.cumsum(2)
        return sums / number[:, None, :, None], (sums[:, :, -1:], number[:, -1])

    def look_up(self, query, state):
        return (state[0] / state[1][:, None, None, None]).expand_as(query)

    def operations(self, state):
        return self.value_width


class Kernel(torch.nn.Module):
    """A torch module that knows nothing of neuromem, of masks or of heads: each query sees all keys that it is given."""

    def __init__(self, width):
        super().__init__()
        self.width, self.scale = width, torch.nn.Parameter(torch.tensor(8.0 / width))

    def forward(self, query, key, value):
        return (self.scale * query @ key.mT).softmax(-1) @ value


def multihead(width, **settings):
    return FromTorch(torch.nn.MultiheadAttention(width, 4, **settings))


MIXERS = {
    "attention": Attention,
    "attention, 4 heads": partial(Attention, heads=4),
    "attention, window": partial(Attention, heads=2, window=4),
    "attention, softmax_one": partial(Attention, separation="softmax_one", offset=1.0),
    "attention, window of softmax_one": partial(Attention, separation="softmax_one", window=3),
    "hax": partial(HAX, pairs=4, hashes=2, chunk=4),
    "hax, 2 heads": partial(HAX, heads=2, pairs=64),
    "hopfield": partial(Hopfield, heads=2, steps=3),
    "local linear": partial(LocalLinear, chunk=4),
    "local linear, 2 heads": partial(LocalLinear, heads=2, ridge=1.0),
    "memory mosaic": MemoryMosaic,
    "memory mosaic, 4 heads": partial(MemoryMosaic, heads=4),
    "mixture of memories": partial(MixtureOfMemories, heads=2, chunk=4),
    "mixture of memories, gated": partial(MixtureOfMemories, decay=None, rule="hebb", shared=False, chosen=1),
    "palimpsa": partial(Palimpsa, heads=2, decay=None, chunk=4),
    "palimpsa, softmax": partial(Palimpsa, features="softmax", prior=0.01, rate=1.0),
    "phase associative": partial(PhaseAssociative, chunk=4),
    "phase associative, gated": partial(PhaseAssociative, heads=2, decay=None),
    "rebased": partial(ReBased, heads=2, chunk=4),
    "sparse pointer": partial(SparsePointer, slots=3, chunk=4),
    "sparse pointer, 2 heads": partial(SparsePointer, heads=2, slots=64, beta=8.0),
    "state space": partial(StateSpace, heads=2, chunk=4),
    "hebb": partial(FastWeights, rule="hebb", rate=1.0),
    "gated hebb": partial(FastWeights, rule="hebb", decay=None),
    "averaged hebb": partial(FastWeights, rule="hebb", rate=1.0, features="elu", average=True),
    "averaged": partial(FastWeights, features="softmax", average=True, rule="hebb", rate=1.0),
    "delta": partial(FastWeights, heads=2, chunk=4),
    "gated delta, dpfp": partial(FastWeights, decay=None, features="dpfp", expansion=2),
    "delta_product": partial(FastWeights, rule="delta_product", decay=None),
    "delta_product, 3 reflections": partial(FastWeights, heads=2, rule="delta_product", products=3, reflect=True),
    "delta_product, 1 step": partial(FastWeights, rule="delta_product", products=1, rate=0.5),
    "deep, linear momentum": partial(DeepMemory, depth=1, optimiser="momentum", heads=2),
    "deep, gated": partial(DeepMemory, optimiser="momentum", decay=None, expansion=2),
    "deep, huber of 3 levels": partial(DeepMemory, objective="huber", period=(1, 2, 4), rate=0.1, expansion=1),
    "deep, moneta": partial(DeepMemory, objective="lp", retention="lq_published", depth=1, rate=0.05),
    "deep, memora": partial(DeepMemory, retention="simplex", depth=1, rate=1.0),
    "bcm": partial(FastWeights, rule="bcm", rate=0.1),
    "least_squares": partial(FastWeights, rule="least_squares"),
    "momentum": partial(FastWeights, rule="momentum", rate=0.1),
    "sparsey": partial(Sparsey, heads=2),
    "gated associative": GatedAssociative,
    "external": lambda width: External(nm.models.ALL["pavlov"](width)),
    "external, auto": lambda width: External(nm.models.ALL["hopfield"](2 * width)),
    "multihead": multihead,
    "multihead, batch first": partial(multihead, batch_first=True),
    "torch module": lambda width: FromTorch(Kernel(width)),
    "own mixer": Mean,
}
STEPS = ("delta_product", "delta_product, 3 reflections")  # the first steps of a token store what is not its item
DEEP = ("deep, huber of 3 levels", "deep, moneta", "deep, memora")  # slow, started at random, and for positive values
UNTRAINED = (  # no memories as they are
    "multihead",
    "multihead, batch first",
    "own mixer",
    "state space",
    "hax",
    "hax, 2 heads",
    *STEPS,
    *DEEP,
)
