"""Phase-associative memory as a layer: fast weights with a complex state."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neuromem import checks
from neuromem.kernels.chunked import chunked, full_precision

from .mixer import Mixer
from .vectors import unit

Parts = tuple[Tensor, Tensor]  # real and imaginary weights, (batch, head, value unit, key unit)


class PhaseAssociative(Mixer):
    """Causal Hebbian fast weights between complex keys and complex values.

    Equations, numbered as in the code's comments:

        k = (x_1 + i x_2, x_3 + i x_4, ...) / |x|,  x = W_k x_t;  q likewise;  v of W_v x_t    (1)
        S <- g S + (1 - p) v k^*               k^* is the conjugate transpose                  (2)
        g = p + (1 - p) exp(-softplus(w.x + b)),  p = sigmoid(u.x + c)                         (3)
        o = S q                                and its real and imaginary parts in turn        (4)

    Pairs of real features are complex numbers, so that W_k and W_v, which learn, are the complex
    embeddings of the paper. A token with p near 1 protects what is held: it neither writes nor lets
    it fade. The state is S, its real and its imaginary part. The paper divides (4) by the root of
    the number of units.

    Parameters
    ----------
    width, heads, value_width : int
        As in `Mixer`; the units of a head must be even.
    decay : float, optional, default 1
        g, with p = 0; None for (3), with b = c = -4 and w = u = 0 at first, so that g = 0.982.
    chunk : int, default 32
        Tokens a chunk; it changes the speed alone.

    References
    ----------
    Agostino, C. & Vishwakarma, G. (2026). Phase-associative memory.
    https://arxiv.org/abs/2604.05030

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> PhaseAssociative(8, heads=2)(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    holds = ("real", "imaginary")

    def __init__(
        self, width: int, *, heads: int = 1, value_width: int | None = None, decay: float | None = 1.0, chunk: int = 32
    ):
        super().__init__(width, heads=heads, value_width=value_width)
        width, heads = self.width, self.heads
        for name, size in (("width", self.width), ("value_width", self.value_width)):
            if size // heads % 2:
                way_out = "two real features are a complex one"
                raise checks.refusal(name, f"be even for each of {heads} heads", f"was {size}", way_out)
        self.decay = None if decay is None else checks.fraction("decay", decay, way_out="1 keeps all")
        self.chunk = checks.whole("chunk", chunk)
        self.to_gates = nn.Linear(width, 2 * heads) if decay is None else None
        if self.to_gates is not None:
            nn.init.zeros_(self.to_gates.weight)
            nn.init.constant_(self.to_gates.bias, -4.0)

    def gates(self, x: Tensor) -> dict[str, Any]:
        """Return rate 1 - p and decay g, (batch, head, time) or numbers, equation (3)."""
        if self.to_gates is None:
            return {"rate": 1.0, "decay": self.decay}
        time, protect = self.to_gates(x).mT.chunk(2, 1)
        free = torch.sigmoid(-protect)
        return {"rate": free, "decay": 1 - free + free * torch.exp(-F.softplus(time))}  # (3)

    def mix(self, query: Tensor, key: Tensor, value: Tensor, state: Any, **gates: Any) -> tuple[Tensor, Parts]:
        """Return (o, S after the last token), equations (1) to (4)."""
        return _over_time(unit(query), unit(key), value, *gates.values(), state=state, chunk=self.chunk)

    def look_up(self, query: Tensor, state: Any, **asked: Any) -> Tensor:
        """Return o (batch, head, cue, unit), equation (4)."""
        q = _complex(unit(query).to(state[0].dtype))
        return _real(q @ torch.complex(*state).mT).to(query.dtype)  # (4)

    def operations(self, state: Any) -> int:
        """Return four multiply-adds for each complex weight."""
        return 4 * state[0][0].numel()


@full_precision
def _over_time(
    query: Tensor, key: Tensor, value: Tensor, rate: Any, decay: Any, *, state: Parts | None, chunk: int
) -> tuple[Tensor, Parts]:
    query, key, value = map(_complex, (query, key, value))
    before = None if state is None else torch.complex(*state)
    mixed, after = chunked(query, key.conj(), value, rate, decay, rule="hebb", state=before, chunk=chunk)  # (2)
    return _real(mixed), (after.real, after.imag)


def _complex(x: Tensor) -> Tensor:
    """Pairs of real numbers as complex ones, equation (1)."""
    return torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())


def _real(x: Tensor) -> Tensor:
    return torch.view_as_real(x).flatten(-2)
