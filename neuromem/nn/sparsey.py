"""Sparsey as a layer: sparse codes of one winner a module, and binary weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from neuromem import checks
from neuromem.kernels.chunked import chunked

from .mixer import Mixer
from .vectors import unit

Weights = tuple[Tensor, Tensor]  # w+, w- (batch, head, module, cell, unit), bool


class Sparsey(Mixer):
    """Causal memory of binary weights from sparse codes of the keys to the signs of the values.

    Equations, numbered as in the code's comments:

        u = A k / |k|;  c_q = argmax_i u_qi            one winner in each module              (1)
        w+_qij <- 1 where i = c_q(k) and v_j > 0;  w-_qij <- 1 where i = c_q(k) and v_j < 0    (2)
        o_j = (1/modules) sum_q w+_{q,c_q(q),j} - w-_{q,c_q(q),j}                              (3)

    (1) to (3) is what runs forward: the memory `neuromem.Sparsey`, except that codes are chosen by
    learned weights A and not by familiarity. The gradient passes straight through: it is that of
    o_t = sum_{s<=t} (p_t.p_s / modules) v_s, the Hebbian rule between softmax codes p =
    softmax_i(u_q). `read` gives no gradient. The state is w+ and w-, each number 0 or 1.

    Parameters
    ----------
    width, heads, value_width : int
        As in `Mixer`.
    modules : int, default 24
        Winners.
    cells : int, default 8
        Candidates for each winner.

    References
    ----------
    Rinkus, G. J. (2014). Sparsey: event recognition via deep hierarchical sparse distributed
    codes. Frontiers in Computational Neuroscience 8, 160.

    Bengio, Y., Leonard, N. & Courville, A. (2013). Estimating or propagating gradients through
    stochastic neurons for conditional computation. https://arxiv.org/abs/1308.3432

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> Sparsey(8, heads=2)(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    holds = ("on", "off")

    def __init__(self, width: int, *, heads: int = 1, value_width: int | None = None, modules: int = 24, cells: int = 8):
        super().__init__(width, heads=heads, value_width=value_width, rotated=False)
        width, heads = self.width, self.heads
        self.winners = modules = checks.whole("modules", modules, way_out="give the number of winners, such as 24")
        self.cells = cells = checks.whole("cells", cells, least=2, way_out="give the cells of a module, such as 8")
        checks.fits("modules", 8 * self.winners * self.cells * width, "take fewer modules or cells")
        self.to_code = nn.Parameter(torch.randn(heads, width // heads, modules * cells))

    def mix(self, query: Tensor, key: Tensor, value: Tensor, state: Any, **gates: Any) -> tuple[Tensor, Weights]:
        """Return (o, w+ and w- after the last token), equations (1) to (3)."""
        fits, fitting = self._fit(query), self._fit(key)  # (batch, head, time, module, cell)
        with torch.no_grad():
            hard, state = self._write_and_read(fits, fitting, value, state)
        p, s = fits.softmax(-1).flatten(-2), fitting.softmax(-1).flatten(-2)
        soft, _ = chunked(p, s, value, 1 / self.winners, rule="hebb")
        return hard + (soft - soft.detach()), state  # soft + (hard - soft) would round hard off where soft is large

    def look_up(self, query: Tensor, state: Any, **asked: Any) -> Tensor:
        """Return o (batch, head, cue, unit), equation (3), without a gradient."""
        with torch.no_grad():
            known, against = (self._of_winners(w, self._fit(query).argmax(-1)).sum(-2) for w in state)
            return (known - against).to(query.dtype) / self.winners  # (3)

    def operations(self, state: Any) -> int:
        """Return one multiply-add for each weight of A and two for each unit of each winner."""
        return self.counted() + 2 * self.winners * self.value_width

    def counted(self) -> int:
        """Return the numbers of A."""
        return self.to_code.numel()

    def with_arrays(self, state: Weights, arrays: Mapping[str, Any]) -> Weights:
        """Return w+ and w- with other values, each 0 or 1."""
        for name, weights in arrays.items():
            if not np.isin(np.asarray(weights), (0, 1)).all():
                raise checks.refusal(f"synapses[{name!r}]", "hold only 0 and 1", "holds other numbers")
        return super().with_arrays(state, arrays)

    def _fit(self, x: Tensor) -> Tensor:
        """u of (1), (batch, head, time, module, cell), of a vector of length sqrt(unit)."""
        x = unit(x) * x.shape[-1] ** 0.5
        return (x @ self.to_code / x.shape[-1] ** 0.5).unflatten(-1, (self.winners, self.cells))

    def _write_and_read(self, fits: Tensor, fitting: Tensor, value: Tensor, state: Weights | None) -> tuple[Tensor, Weights]:
        asked, stored = fits.argmax(-1), fitting.argmax(-1)  # (batch, head, time, module)
        same = (asked[..., :, None, :] == stored[..., None, :, :]).movedim(-1, 2).tril()  # (batch, head, module, time, time)
        each = torch.arange(self.cells, device=stored.device)
        winners = (stored[..., None] == each).movedim(-3, -1).to(value.dtype)  # (batch, head, module, cell, time)
        votes, after = torch.zeros_like(value), []
        for i, (sign, active) in enumerate(((1, value > 0), (-1, value < 0))):
            lines = active.to(value.dtype)[:, :, None]  # (batch, head, 1, time, unit)
            known = same.to(value.dtype) @ lines > 0  # (2), what each time finds: (batch, head, module, time, unit)
            weights = winners @ lines > 0
            if state is not None:
                known = known | self._of_winners(state[i], asked).movedim(-2, 2)
                weights = weights | state[i]
            votes = votes + sign * known.sum(2)  # (3)
            after.append(weights)
        return votes / self.winners, (after[0], after[1])

    def _of_winners(self, weights: Tensor, winner: Tensor) -> Tensor:
        """The weights of each `winner` (batch, head, time, module), one more axis for units."""
        at = winner.movedim(-1, -2)[..., None].expand(*winner.mT.shape, weights.shape[-1])
        return weights.gather(-2, at).movedim(-3, -2)
