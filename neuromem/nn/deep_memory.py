"""Deep memory as a layer: a small network for each head, written by gradient at test time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from neuromem import checks
from neuromem.kernels.chain import forward
from neuromem.kernels.chunked import full_precision, wide
from neuromem.kernels.deep import Deep, kind, prepared

from .fast_weights import gate
from .mixer import Mixer
from .vectors import unit


class DeepMemory(Mixer):
    """Causal network M, one a head, that takes a step along a gradient for each token.

    Equations, numbered as in the code's comments:

        S <- eta_t S - theta_t grad l(M(k_t); v_t)                  k_t = W_k x_t / |W_k x_t|  (1)
        A <- a_t A + S,   weights W of M from A by the retention                               (2)
        o_t = M(q_t)                                                                           (3)
        theta = sigmoid(w.x + c),  eta = sigmoid(u.x + 2),  a = sigmoid(z.x + 4)               (4)

    c = -3, and with momentum -3 + ln(1 - eta) for the eta at first, -5.13 by default: a step is
    carried on to 1 / (1 - eta) times what it was, and what a token changes in all is the same.

    It is the layer of the memory `DeepMemory`, where networks, objectives, retentions and the names
    of their combinations are told: Titans, Moneta, Yaad, Memora, and with several periods a
    continuum memory. The network at the start is learned, and training goes through the steps. A
    level of period C changes at every C-th token, by the sum of the gradients since, each with its
    own theta, and with eta and a of the last; in between its tokens are computed together.

    Parameters
    ----------
    width, heads, value_width : int
        As in `Mixer`.
    depth, expansion, objective, retention, optimiser, period : object
        As in the memory `DeepMemory`.
    rate : float, optional
        theta; by default (4), one a head, 0.047 at first and with the default momentum 0.006.
    decay : float, optional, default 1
        a; None for (4).
    momentum : float, optional
        eta of the optimiser "momentum"; by default (4).
    power, norm, threshold : float
        As in the memory `DeepMemory`.

    References
    ----------
    Behrouz, A., Zhong, P. & Mirrokni, V. (2024). Titans: learning to memorize at test time.
    https://arxiv.org/abs/2501.00663

    Behrouz, A. et al. (2025). It's all connected: a journey through test-time memorization,
    attentional bias, retention, and online optimization. https://arxiv.org/abs/2504.13173

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> DeepMemory(8, heads=2, optimiser="momentum")(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    def __init__(
        self,
        width: int,
        *,
        heads: int = 1,
        value_width: int | None = None,
        depth: int = 2,
        expansion: int = 4,
        objective: str = "l2",
        retention: str = "decay",
        optimiser: str = "descent",
        period: int | tuple[int, ...] = 1,
        rate: float | None = None,
        decay: float | None = 1.0,
        momentum: float | None = None,
        power: float = 3.0,
        norm: float = 4.0,
        threshold: float = 1.0,
    ):
        super().__init__(width, heads=heads, value_width=value_width)
        width, heads = self.width, self.heads
        self.kind = kind(
            depth=depth,
            expansion=expansion,
            objective=objective,
            retention=retention,
            optimiser=optimiser,
            period=period,
            power=power,
            norm=norm,
            threshold=threshold,
        )
        self.rate = None if rate is None else checks.real("rate", rate, above=0, way_out="give a step such as 0.5")
        self.decay = None if decay is None else checks.fraction("decay", decay, way_out="1 keeps all")
        self.momentum = None if momentum is None else checks.fraction("momentum", momentum)
        eta = 0.0
        if optimiser == "momentum":
            eta = 0.8808 if self.momentum is None else min(self.momentum, 0.999)  # sigmoid(2), that of (4) at first
        self.to_rate = gate(width, heads, -3.0 + math.log(1 - eta)) if rate is None else None
        self.to_decay = gate(width, heads, 4.0) if decay is None else None
        self.to_momentum = gate(width, heads, 2.0) if momentum is None and optimiser == "momentum" else None
        shapes = self.kind.shapes(width // heads, self.value_width // heads)
        checks.fits("width", 4 * heads * sum(a * b for a, b in shapes.values()), "take a smaller width or expansion")
        rng = np.random.default_rng(int(torch.randint(2**31, ())))  # torch's generator seeds all weights
        first = {name: [prepared(self.kind, name, shape, rng) for _ in range(heads)] for name, shape in shapes.items()}
        self.first = nn.ParameterDict({name: torch.tensor(np.stack(each)).float() for name, each in first.items()})
        held = self.kind.start(dict(self.first))
        self.holds = (*held, "tokens") if max(self.kind.periods) > 1 else tuple(held)

    def gates(self, x: Tensor) -> dict[str, Any]:
        """Return theta, a and eta, (batch, head, time) or numbers, equation (4)."""
        maps = {"rate": self.to_rate, "decay": self.to_decay, "momentum": self.to_momentum}
        return {name: getattr(self, name) if to is None else to(x).sigmoid().mT for name, to in maps.items()}

    def mix(self, query: Tensor, key: Tensor, value: Tensor, state: Any, **gates: Any) -> tuple[Tensor, tuple]:
        """Return (o, the network after the last token), equations (1) to (3)."""
        if state is None:
            first = {name: matrix.expand(len(key), *matrix.shape) for name, matrix in self.first.items()}
            held, tokens = self.kind.start(first), 0
        else:
            held, tokens = self.arrays(state), 0
            if "tokens" in held:
                seen = held.pop("tokens")
                tokens = int(seen[0]) if len(seen) else 0  # of no sequence
        mixed, held = over_time(unit(query), unit(key), value, *gates.values(), kind=self.kind, held=held, tokens=tokens)
        after = tuple(held.values())
        if "tokens" not in self.holds:
            return mixed, after
        return mixed, (*after, torch.full((len(key),), tokens + key.shape[-2], device=key.device))

    def look_up(self, query: Tensor, state: Any, **asked: Any) -> Tensor:
        """Return o (batch, head, cue, unit), equation (3)."""
        levels = self.kind.levels(self.arrays(state))
        return forward(levels, unit(query).to(levels[0][0].dtype)).to(query.dtype)

    def operations(self, state: Any) -> int:
        """Return one multiply-add for each weight."""
        held = self.arrays(state)
        return sum(held[f"weights_{name}"][0].numel() for name in self.kind.names())


@full_precision
def over_time(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    rate: Any,
    decay: Any,
    momentum: Any,
    *,
    kind: Deep,
    held: dict[str, Any],
    tokens: int = 0,
) -> tuple[Tensor, dict[str, Any]]:
    """Compute equations (1) to (3), all tokens between two changes together.

    Parameters
    ----------
    query, key, value : Tensor of shape (..., time, unit)
        q, k and v.
    rate, decay, momentum : Tensor of shape (..., time) or float
        theta, a and eta.
    kind : Deep
        The kind of memory.
    held : dict of str to Tensor
        What it holds before.
    tokens : int, default 0
        Tokens that it has seen.

    Returns
    -------
    tuple
        o (..., time, value unit), and what it holds after the last token.
    """
    least, time, outputs, at = min(kind.periods), key.shape[-2], [], 0
    least = least if not any(period % least for period in kind.periods) else 1
    held = {name: wide(x) for name, x in held.items()}

    def over(scale: Any) -> Any:
        return scale.to(key.dtype)[..., None] if isinstance(scale, Tensor) else scale

    rate, decay, momentum = map(over, (rate, decay, momentum))
    levels = kind.levels(held)
    while at < time:
        new = min(least - (tokens + at) % least, time - at)
        here, last = slice(at, at + new), slice(at + new - 1, at + new)
        theta, a, eta = (
            x[..., where, :] if isinstance(x, Tensor) else x for x, where in ((rate, here), (decay, last), (momentum, last))
        )
        held = kind.step(held, key[..., here, :], value[..., here, :], theta, tokens + at + new, a, eta)
        if new > 1:
            outputs.append(forward(levels, query[..., at : at + new - 1, :]))  # before the change
        levels = kind.levels(held)
        outputs.append(forward(levels, query[..., last, :]))
        at += new
    return torch.cat(outputs, -2), held
