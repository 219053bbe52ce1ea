"""Fast weights as a layer: linear attention by any rule, with learned or fixed rate and decay."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from neuromem import checks
from neuromem.kernels.chunked import CHUNKED, chunked, recurrent, wide
from neuromem.kernels.fast_weights import RULES
from neuromem.kernels.feature_maps import FEATURES, POSITIVE, feature_map

from .mixer import Mixer
from .vectors import unit

RIDGE = 0.01  # of least_squares


class FastWeights(Mixer):
    """Causal fast weights S, one matrix a head, written by one of several rules.

    Equations, numbered as in the code's comments:

        k_t = phi(x) / |phi(x)|, x = W_k x_t of length 1; q_t likewise                         (1)
        hebb:   S <- a S + b v k^T                      linear attention; a < 1: RetNet        (2)
        delta:  S <- a S;  S <- S + b (v - S k) k^T     DeltaNet; a from the token: gated      (3)
        o = S q                                                                                (4)

    It is the layer of the memory `Pavlov`; the rules are those of
    `neuromem.kernels.fast_weights`. The state is that of the rule, S (batch, head, value unit,
    feature), which is held in float32 at least. hebb, delta and delta_product run in chunks of
    tokens, the other rules token by token.

    Parameters
    ----------
    width, heads, value_width : int
        As in `Mixer`.
    rule : str, default "delta"
        One of `RULES`.
    rate : float, optional
        b; by default it is learned for each head from the token, b = sigmoid(w.x + 2), 0.88 at
        first. For momentum it is sigmoid(w.x - 2.34), 0.088 at first: with a momentum of 0.9 a
        correction goes on to ten times its first step.
    decay : float, optional, default 1
        a; None for one that is learned for each head from the token, a = sigmoid(w.x + 4).
    features : str, default "identity"
        Feature map phi: identity, elu, dpfp, taylor, random, silu or softmax.
    expansion : int, default 1
        Features for each unit, for dpfp (twice as many) and random.
    average : bool, default False
        Whether each value carries a last unit of 1, by whose read-out (4) is divided; for positive
        features.
    products : int, default 2
        Steps a token of delta_product, each with a key, a value and a learned rate of its own.
    reflect : bool, default False
        Whether a learned rate reaches 2, b = 2 sigmoid(w.x), so that a step can turn the sign of
        what a key holds, as following a changing state (parity, permutations) needs. For momentum
        it is 2 sigmoid(w.x - 2.94), 0.1 at first.
    chunk : int, default 32
        Tokens a chunk; it changes the speed alone.

    References
    ----------
    Yang, S. et al. (2024). Parallelizing linear transformers with the delta rule over sequence
    length. https://arxiv.org/abs/2406.06484

    Yang, S. et al. (2024). Gated delta networks. https://arxiv.org/abs/2412.06464

    Siems, J. et al. (2025). DeltaProduct. https://arxiv.org/abs/2502.10297

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> FastWeights(8, heads=2, rule="delta")(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    exceptions = dict.fromkeys(
        ("the_order_of_storing_does_not_matter",),
        "the delta rule corrects what is there, and what decays fades: the last item comes back best",
    )

    def __init__(
        self,
        width: int,
        *,
        heads: int = 1,
        value_width: int | None = None,
        rule: str = "delta",
        rate: float | None = None,
        decay: float | None = 1.0,
        features: str = "identity",
        expansion: int = 1,
        average: bool = False,
        products: int = 2,
        reflect: bool = False,
        chunk: int = 32,
    ):
        super().__init__(width, heads=heads, value_width=value_width)
        width, heads = self.width, self.heads
        self.rule = checks.choice("rule", rule, RULES)
        self.holds = RULES[rule].names
        self.rate = None if rate is None else checks.real("rate", rate, above=0, way_out="give a learning rate such as 1")
        self.decay = None if decay is None else checks.fraction("decay", decay, way_out="1 keeps all")
        self.features = checks.choice("features", features, FEATURES)
        self.average = checks.flag("average", average)
        if self.average and features not in POSITIVE:
            raise checks.refusal("features", "be positive for average=True", f"was {features!r}", f"take {POSITIVE[0]}")
        self.expansion = checks.whole("expansion", expansion)
        self.phi = feature_map(features, self.expansion)
        self.products = checks.whole("products", products) if rule == "delta_product" else 1
        self.chunk = checks.whole("chunk", chunk)
        self.most = 2.0 if checks.flag("reflect", reflect) else 1.0
        first = (-2.94 if reflect else -2.34) if rule == "momentum" else 0.0 if reflect else 2.0
        self.to_rate = gate(width, heads * self.products, first) if rate is None else None
        self.to_decay = gate(width, heads, 4.0) if decay is None else None
        more = self.products - 1  # keys and values of the further steps
        self.further = nn.Linear(width, more * (width + self.value_width), bias=False) if more else None

    def gates(self, x: Tensor) -> dict[str, Any]:
        """Return rate and decay, (batch, head, time) or a number, and what further steps store.

        The rate of delta_product is (batch, head, time, step).
        """
        rate: Any = self.rate
        if self.to_rate is not None:
            rate = self.to_rate(x).sigmoid().mT  # (batch, head x step, time)
            rate = rate if self.most == 1 else self.most * rate
            if self.rule == "delta_product":
                rate = rate.unflatten(1, (self.heads, self.products)).mT
        return {
            "rate": rate,
            "decay": self.decay if self.to_decay is None else self.to_decay(x).sigmoid().mT,
            **({} if self.further is None else {"further": self.further(x)}),
        }

    def mix(
        self, query: Tensor, key: Tensor, value: Tensor, state: Any, further: Tensor | None = None, **gates: Any
    ) -> tuple[Tensor, Any]:
        """Return (o, the rule's state after the last token), equations (1) to (4)."""
        query, key = self._features(query), self._features(key)
        if further is not None:
            sizes = [(self.products - 1) * size for size in (self.width, self.value_width)]
            keys, values = (self.split(x) for x in further.split(sizes, -1))  # (batch, head, time, further step x unit)
            keys, values = (x.unflatten(-1, (self.products - 1, -1)) for x in (keys, values))
            key = torch.cat([self._features(keys), key[..., None, :]], -2)
            value = torch.cat([values, value[..., None, :]], -2)
        elif self.rule == "delta_product":
            key, value = key[..., None, :], value[..., None, :]
        kind = value.dtype
        if self.average:  # sums of many tokens may be no half numbers, where their ratio is
            value = wide(torch.cat([value, torch.ones_like(value[..., :1])], -1))
        if self.rule in CHUNKED:
            mixed, state = chunked(query, key, value, **gates, rule=self.rule, state=state, chunk=self.chunk)
        else:
            mixed, state = recurrent(query, key, value, **gates, rule=self.rule, state=state, ridge=RIDGE)
        return self._averaged(mixed).to(kind), state

    def look_up(self, query: Tensor, state: Any, **asked: Any) -> Tensor:
        """Return o (batch, head, cue, unit), equation (4)."""
        weights = self._weights(state)
        return self._averaged(self._features(query).to(weights.dtype) @ weights.mT).to(query.dtype)  # (4)

    def operations(self, state: Any) -> int:
        """Return one multiply-add for each number of S."""
        return self._weights(state)[0].numel()

    def _weights(self, state: Any) -> Tensor:
        return RULES[self.rule].weights(state, RIDGE)

    def _features(self, x: Tensor) -> Tensor:
        """Equation (1)."""
        x = unit(x)
        return x if self.features == "identity" else unit(self.phi(x))

    def _averaged(self, mixed: Tensor) -> Tensor:
        return mixed[..., :-1] / mixed[..., -1:].clamp_min(1e-6) if self.average else mixed


def gate(width: int, heads: int, bias: float) -> nn.Linear:
    """Return the logits of one gate a head, at first the same for every token.

    Parameters
    ----------
    width : int
        Features of a token.
    heads : int
        Number of gates.
    bias : float
        The logits at first.

    Returns
    -------
    torch.nn.Linear
        The map from tokens to logits.
    """
    logits = nn.Linear(width, heads)
    nn.init.zeros_(logits.weight)
    nn.init.constant_(logits.bias, bias)
    return logits
