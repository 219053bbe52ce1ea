"""Fast weights as a layer: linear attention by any rule, with learned or fixed rate and decay."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neuromem import checks
from neuromem.kernels.chunked import CHUNKED, chunked, recurrent
from neuromem.kernels.fast_weights import RULES
from neuromem.kernels.feature_maps import FEATURES, POSITIVE, feature_map

from .mixer import Mixer


class FastWeights(Mixer):
    """Causal fast weights S, one matrix a head, written by a rule of `neuromem.kernels.fast_weights`; the layer of `Pavlov`.

    k_t = phi(x) / |phi(x)|, x = W_k x_t of length 1; q_t likewise                                    (1)
    hebb:   S <- a S + b v k^T                      linear attention; a < 1: RetNet                   (2)
    delta:  S <- a S;  S <- S + b (v - S k) k^T     DeltaNet; a from the token: gated DeltaNet        (3)
    o = S q                                                                                           (4)

    width, heads: as in `Mixer`.  rule: one of `RULES`; the first three run in chunks, the others token by token.
    rate, decay: numbers b and a, or None: learned for each head from the token, b = sigmoid(w.x + 2), a = sigmoid(w.x + 4).
    features, expansion: feature map phi.  normaliser: True divides (4) by what a constant value 1 would have given, for
    positive features.  products: steps a token of delta_product, each with a key and value of its own.
    chunk: tokens a chunk; it changes the speed alone.
    Yang et al. 2024, arXiv:2406.06484 and arXiv:2412.06464. State: that of the rule, S (batch, head, value unit, feature).

    >>> _ = torch.manual_seed(0)
    >>> FastWeights(8, heads=2, rule="delta")(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    def __init__(
        self,
        width: int,
        *,
        heads: int = 1,
        rule: str = "delta",
        rate: float | None = None,
        decay: float | None = 1.0,
        features: str = "identity",
        expansion: int = 1,
        normaliser: bool = False,
        products: int = 2,
        chunk: int = 32,
    ):
        super().__init__(width, heads=heads)
        self.rule = checks.choice("rule", rule, RULES)
        self.rate = None if rate is None else checks.real("rate", rate, above=0, way_out="give a learning rate such as 1")
        self.decay = None if decay is None else checks.real("decay", decay, above=0, most=1, way_out="1 keeps all")
        self.features = checks.choice("features", features, FEATURES)
        self.normaliser = normaliser
        if normaliser and features not in POSITIVE:
            raise checks.refusal("features", "be positive for normaliser=True", f"was {features!r}", f"take {POSITIVE[0]}")
        self.phi = feature_map(features, checks.whole("expansion", expansion))
        self.products = checks.whole("products", products) if rule == "delta_product" else 1
        self.chunk = checks.whole("chunk", chunk)
        self.to_rate = _gate(width, heads, 2.0) if rate is None else None
        self.to_decay = _gate(width, heads, 4.0) if decay is None else None
        more = (self.products - 1) * width  # keys and values of the further steps
        self.further = nn.Linear(width, 2 * more, bias=False) if more else None

    def gates(self, x: Tensor) -> dict[str, Any]:
        """Rate and decay, each (batch, head, time) or a number; keys and values of further steps."""
        return {
            "rate": self.rate if self.to_rate is None else self.to_rate(x).sigmoid().mT,
            "decay": self.decay if self.to_decay is None else self.to_decay(x).sigmoid().mT,
            **({} if self.further is None else {"further": self.further(x)}),
        }

    def mix(
        self, query: Tensor, key: Tensor, value: Tensor, state: Any, further: Tensor | None = None, **gates: Any
    ) -> tuple[Tensor, Any]:
        query, key = self._features(query), self._features(key)
        if self.normaliser:
            value = torch.cat([value, torch.ones_like(value[..., :1])], -1)
        if further is not None:
            keys, values = (self.split(x) for x in further.chunk(2, -1))  # (batch, head, time, further step x unit)
            keys, values = (x.unflatten(-1, (self.products - 1, -1)) for x in (keys, values))
            key = torch.cat([self._features(keys), key[..., None, :]], -2)
            value = torch.cat([values, value[..., None, :]], -2)
        if self.rule in CHUNKED:
            mixed, state = chunked(query, key, value, **gates, rule=self.rule, state=state, chunk=self.chunk)
        else:
            mixed, state = recurrent(query, key, value, **gates, rule=self.rule, state=state)
        return self._normalised(mixed), state

    def look_up(self, query: Tensor, state: Any) -> Tensor:
        return self._normalised(self._features(query) @ self._weights(state).mT)

    def operations(self, state: Any) -> int:
        return self._weights(state)[0].numel()

    def _weights(self, state: Any) -> Tensor:
        return RULES[self.rule].weights(state, 0.01)

    def _features(self, x: Tensor) -> Tensor:
        """Equation (1)."""
        x = F.normalize(x, dim=-1)
        return x if self.features == "identity" else F.normalize(self.phi(x), dim=-1)

    def _normalised(self, mixed: Tensor) -> Tensor:
        return mixed[..., :-1] / mixed[..., -1:].clamp_min(1e-6) if self.normaliser else mixed


def _gate(width: int, heads: int, bias: float) -> nn.Linear:
    """Logits of one gate a head; at first the same for every token."""
    gate = nn.Linear(width, heads)
    with torch.no_grad():
        gate.weight.zero_()
        gate.bias.fill_(bias)
    return gate
