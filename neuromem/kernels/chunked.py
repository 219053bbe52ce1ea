"""Fast weights over a sequence, in PyTorch: recurrent, quadratic and chunked forms of the rules.

Each form takes query and key (..., time, key unit), value (..., time, value unit), rate and decay
(..., time) or a number, and gives the outputs o_t = S_t q_t (..., time, value unit). The
recurrent and the chunked form also take and give the state S (..., value unit, key unit). For
delta_product, key and value have one more axis, (..., time, step, unit), and so may the rate.
decay lies in [0, 1]. The chunked form is there for the rules in `CHUNKED`. Half precision, which
can't hold the sums, is computed in float32, and under torch.autocast too; the outputs come in the
type of the values.

With G_ts = a_{s+1} ... a_t for s <= t, 0 above the diagonal, and G_t0 = a_1 ... a_t, hebb and delta
read

    S_t = G_t0 S_0 + sum_{s<=t} G_ts u_s k_s^T                                            (1)
    u_t = b_t v_t                                                   hebb                  (2)
    u_t = b_t (v_t - G_t0 S_0 k_t - sum_{s<t} G_ts (k_s.k_t) u_s)   delta                 (3)

(3) is a triangular system, so that U = Y - W S_0^T, with Y and W from one solve over all chunks at
once. Only S_0 goes from chunk to chunk, in two matrix products each. On a GPU all of it runs as it
is, on the device of its tensors.

References
----------
Yang, S. et al. (2024). Parallelizing linear transformers with the delta rule over sequence length.
https://arxiv.org/abs/2406.06484
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from neuromem import checks

from .fast_weights import RULES, outer, read
from .one_chunk import one_chunk

CHUNKED = ("hebb", "delta", "delta_product")
HALF = (torch.float16, torch.bfloat16)


def wide(x: Any) -> Any:
    """Return a tensor of half precision as float32, and anything else as it is.

    Parameters
    ----------
    x : object
        Such as a tensor.

    Returns
    -------
    object
        The same numbers.
    """
    return x.float() if isinstance(x, Tensor) and x.dtype in HALF else x


def full_precision(form: Callable[..., Any]) -> Callable[..., Any]:
    """Return `form` with its tensors of half precision as float32, outside of autocast.

    Parameters
    ----------
    form : callable
        A form of a rule, whose first arguments are query, key and value.

    Returns
    -------
    callable
        The same for tensors of any floating type; outputs come in the type of the values.
    """

    @functools.wraps(form)
    def run(query: Tensor, key: Tensor, value: Tensor, *scales: Any, **settings: Any) -> Any:
        device = query.device.type
        halved = torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)
        if not (halved or {query.dtype, key.dtype, value.dtype} & {*HALF}):
            return form(query, key, value, *scales, **settings)
        with torch.autocast(device, enabled=False) if halved else contextlib.nullcontext():
            settings = {name: wide(x) for name, x in settings.items()}
            out = form(*map(wide, (query, key, value, *scales)), **settings)
        return (out[0].to(value.dtype), out[1]) if isinstance(out, tuple) else out.to(value.dtype)

    return run


@full_precision
def recurrent(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    rate: Tensor | float = 1.0,
    decay: Tensor | float = 1.0,
    *,
    rule: str = "delta",
    state: Any = None,
    ridge: float = 0.01,
    **settings: float,
) -> tuple[Tensor, Any]:
    """Take one step a token, by any rule of `RULES`; it defines what the other forms give.

    Parameters
    ----------
    query, key, value, rate, decay : Tensor
        As the module says.
    rule : str, default "delta"
        One of `RULES`.
    state : Tensor or tuple, optional
        The rule's state before the first token; None for nothing learnt.
    ridge : float, default 0.01
        Of least_squares.
    **settings : float
        Further settings of the rule, such as `period` or `momentum`.

    Returns
    -------
    tuple
        The outputs (..., time, value unit) and the state after the last token.
    """
    this = RULES[checks.choice("rule", rule, RULES)]
    time = query.shape[-2]
    steps = key.shape[-2:-1] if rule == "delta_product" else ()
    rate, decay = _over_time(rate, query, steps)[..., None, None], _over_time(decay, query)[..., None, None]
    keys, values = (x.unbind(query.ndim - 2) for x in (key, value))
    if state is None:
        last = (values[0], keys[0]) if rule != "delta_product" else (values[0][..., 0, :], keys[0][..., 0, :])
        state = this.start(torch.zeros_like(outer(*last)))
    outputs = []
    for t in range(time):
        now = {"rate": rate.select(query.ndim - 2, t), "decay": decay.select(query.ndim - 2, t)}
        state = this.step(state, keys[t], values[t], **now, **settings)
        outputs.append(read(this.weights(state, ridge), query[..., t, :]))
    return torch.stack(outputs, -2), state


@full_precision
def quadratic(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    rate: Tensor | float = 1.0,
    decay: Tensor | float = 1.0,
    *,
    rule: str = "delta",
) -> Tensor:
    """Return the outputs from S_0 = 0 as a causal attention A V, of time^2 products.

    A_ts = G_ts q_t.k_s for hebb, and A (1 + L)^-1 for delta, where L is the matrix of (3). A is
    what an attention map of the rule shows. Parameters are those of the module; `rule` is "hebb"
    or "delta".

    Parameters
    ----------
    query, key, value, rate, decay : Tensor
        As the module says.
    rule : str, default "delta"
        "delta" or "hebb".

    Returns
    -------
    Tensor of shape (..., time, value unit)
        The outputs.
    """
    checks.choice("rule", rule, ("hebb", "delta"))
    rate, decay = _over_time(rate, key), _over_time(decay, key)
    fade = fade_between(decay)
    attention = (query @ key.mT) * fade
    if rule == "delta":
        system = _system(key, rate, fade)
        attention = torch.linalg.solve_triangular(system, attention, upper=False, left=False, unitriangular=True)
    return attention @ (rate[..., None] * value)


@full_precision
def chunked(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    rate: Tensor | float = 1.0,
    decay: Tensor | float = 1.0,
    *,
    rule: str = "delta",
    state: Tensor | None = None,
    chunk: int = 32,
) -> tuple[Tensor, Tensor]:
    """Compute equations (1) to (3) for each chunk of tokens, in time x chunk products.

    Parameters
    ----------
    query, key, value, rate, decay : Tensor
        As the module says.
    rule : str, default "delta"
        One of `CHUNKED`.
    state : Tensor of shape (..., value unit, key unit), optional
        S_0; None for 0.
    chunk : int, default 32
        Tokens a chunk; it changes the speed alone.

    Returns
    -------
    tuple
        The outputs (..., time, value unit) and the state after the last token.

    Examples
    --------
    >>> x = torch.randn(3, 10, 8, dtype=torch.float64) / 8**0.5
    >>> torch.allclose(chunked(x, x, x, 0.5, chunk=4)[0], recurrent(x, x, x, 0.5)[0])
    True
    """
    checks.choice("rule", rule, CHUNKED)
    if rule == "delta_product":
        return _product(query, key, value, rate, decay, state, chunk)
    time = key.shape[-2]
    chunk = min(checks.whole("chunk", chunk), time)
    if rule == "delta" and state is None and time <= 2 * chunk and not isinstance(decay, Tensor) and decay == 1:
        outputs, each = one_chunk(query, key, value, _over_time(rate, key))
        return outputs, each.mT @ key
    lead = key.shape[:-2]
    state = (_start(key, value) if state is None else state).reshape(-1, value.shape[-1], key.shape[-1])

    def cut(x: Tensor, fill: float = 0.0) -> Tensor:
        """(..., time, feature) as (memory, number, chunk, feature), the last chunk filled up."""
        filled = F.pad(x, (0, 0, 0, -time % chunk), value=fill) if time % chunk else x
        return filled.reshape(-1, -(-time // chunk), chunk, x.shape[-1])

    rate = cut(_over_time(rate, key)[..., None])
    fades = isinstance(decay, Tensor) or decay != 1
    decay = cut(_over_time(decay, key)[..., None], 1.0)[..., 0] if fades else key.new_ones(chunk)
    query, key, value = cut(query), cut(key), cut(value)
    fade, since = fade_between(decay), decay.cumprod(-1)[..., None]  # G_ts, G_t0
    if rule == "delta":
        both = rate * torch.cat([value, since * key], -1)
        system = _system(key, rate[..., 0], fade)
        # transposed, so that the solver reads and writes the rows as they lie in memory
        both = torch.linalg.solve_triangular(system.mT, both.mT, upper=True, left=False, unitriangular=True).mT
        writes, reads = both.split([value.shape[-1], key.shape[-1]], -1)  # Y, W
    else:
        writes = reads = rate * value
    faded = fade[..., -1, :, None] * key if fades else key  # G_Cs k_s
    kept = since[..., -1:, :].expand(len(state), key.shape[1], 1, 1)
    states, written = [], []
    for y, w, k, a in zip(writes.unbind(1), reads.unbind(1), faded.unbind(1), kept.unbind(1), strict=True):
        u = torch.baddbmm(y, w, state.mT, alpha=-1) if rule == "delta" else y
        states.append(state)
        written.append(u)
        state = torch.baddbmm(a * state if fades else state, u.mT, k)  # (1) at the chunk's end
    attention = (query @ key.mT) * fade
    query = since * query if fades else query
    outputs = query @ torch.stack(states, 1).mT + attention @ torch.stack(written, 1)
    return outputs.flatten(1, 2)[:, :time].reshape(*lead, time, outputs.shape[-1]), state.reshape(*lead, *state.shape[1:])


def _product(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    rate: Tensor | float,
    decay: Tensor | float,
    state: Tensor | None,
    chunk: int,
) -> tuple[Tensor, Tensor]:
    """delta_product as delta over (time step): fades at a token's first, read after its last."""
    steps = key.shape[-2]
    rate = _over_time(rate, query, (steps,)).flatten(-2)
    if isinstance(decay, Tensor) or decay != 1:
        decay = _over_time(decay, query)[..., None]
        decay = torch.cat([decay, torch.ones_like(decay).expand(*decay.shape[:-1], steps - 1)], -1).flatten(-2)
    key, value = key.flatten(-3, -2), value.flatten(-3, -2)
    query = query.repeat_interleave(steps, -2)
    outputs, state = chunked(query, key, value, rate, decay, rule="delta", state=state, chunk=chunk)
    return outputs[..., steps - 1 :: steps, :], state


def _start(key: Tensor, value: Tensor) -> Tensor:
    return key.new_zeros(*key.shape[:-2], value.shape[-1], key.shape[-1])


def _over_time(scale: Tensor | float, query: Tensor, steps: tuple[int, ...] = ()) -> Tensor:
    """A rate or decay as (..., time) or (..., time, step), also where one stands for many."""
    scale = torch.as_tensor(scale, dtype=query.dtype, device=query.device)
    if steps and scale.ndim == query.ndim - 1:
        scale = scale[..., None]
    return scale.expand(*query.shape[:-1], *steps)


def fade_between(decay: Tensor) -> Tensor:
    """Return what is left at t of what was stored at s, G_ts = a_{s+1} ... a_t; 0 for s > t.

    Parameters
    ----------
    decay : Tensor of shape (..., time)
        a.

    Returns
    -------
    Tensor of shape (..., time, time)
        G, lower triangular, with ones on the diagonal.
    """
    time = decay.shape[-1]
    after = torch.ones(time, time, dtype=torch.bool, device=decay.device).triu(1)  # (s, t), s < t
    return torch.where(after, decay[..., None, :], 1.0).cumprod(-1).triu().mT


def _system(key: Tensor, rate: Tensor, fade: Tensor) -> Tensor:
    """L of (3), b_t G_ts k_t.k_s below the diagonal, (..., time, time).

    The solver takes ones on the diagonal, and does not read what is above.
    """
    return rate[..., None] * (key @ key.mT) * fade
