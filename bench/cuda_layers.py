"""The chunked delta rule on a card, beside its loop, attention and flash-linear-attention."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from neuromem.bench import Row, _device
from neuromem.kernels.chunked import chunked, recurrent

HEADS, WIDTH = 8, 64
LENGTHS = (512, 2048, 8192)
OURS, LOOP = "ours", "its recurrent loop"
FLASH = "flash-linear-attention's kernel"


def inputs(length: int, device: str, batch: int = 4) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Make query, key, value (batch, head, time, unit) and rate (batch, head, time)."""
    generator = torch.Generator().manual_seed(0)
    query, key, value = (torch.randn(batch, HEADS, length, WIDTH, generator=generator) for _ in range(3))
    rate = torch.rand(batch, HEADS, length, generator=generator)
    query, key = F.normalize(query, dim=-1), F.normalize(key, dim=-1)
    return tuple(array.to(device) for array in (query, key, value, rate))  # type: ignore[return-value]


def flash(query: Tensor, key: Tensor, value: Tensor, rate: Tensor) -> Tensor:
    """Give the delta rule by flash-linear-attention: (batch, time, head, unit), half precision."""
    from fla.ops.delta_rule import chunk_delta_rule  # type: ignore[import-not-found]

    half = (array.transpose(1, 2).contiguous().bfloat16() for array in (query, key, value, rate))
    out: Tensor = chunk_delta_rule(*half, scale=1.0)[0]
    return out.transpose(1, 2)


def forms() -> dict[str, Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]]:
    """Give what is compared, by name; ours is first, and what compiles itself is last."""
    return {
        OURS: lambda q, k, v, b: chunked(q, k, v, b)[0],
        LOOP: lambda q, k, v, b: recurrent(q, k, v, b)[0],
        "torch's attention": lambda q, k, v, b: F.scaled_dot_product_attention(q, k, v, is_causal=True),
        FLASH: flash,
    }


def measure(quick: bool) -> Iterator[Row]:
    """Measure forward, and forward with backward, by the events of the card.

    What others compile comes last, as that can take minutes.
    """
    absent = _device.unmeasured([""])
    for others in (list(forms())[1:-1], [FLASH]):
        for length in LENGTHS[:1] if quick else LENGTHS:
            if absent:
                yield from (Row(row(length, other, what), note=absent[0].note) for other in others for what in PASSES)
            else:
                yield from compared(length, others, "cuda", _on_card)


def row(length: int, other: str, what: str) -> str:
    """Name a row."""
    return f"delta, length {length}, beside {other}, {what}"


def compared(
    length: int, others: Sequence[str], device: str, seconds: Callable[[Callable[[], Any]], float]
) -> Iterator[Row]:
    """Compare ours with others at one length; a form that does not run here says why."""
    given = inputs(length, device)
    exact = recurrent(*(array[:1, :1, :64].double() for array in given))[0]

    def times(name: str) -> tuple[float, ...] | str:
        """Give the seconds of each pass, or why there are none."""
        if name == LOOP and length > LENGTHS[1]:
            return "not measured: its backward pass keeps a state for each of so many steps"
        form = forms()[name]
        try:
            if name in (OURS, FLASH):
                small = form(*(array[:1, :1, :64].contiguous() for array in given))
                error = float((small.double() - exact).abs().max())
                if error > (1e-4 if name == OURS else 5e-2):
                    raise ArithmeticError(f"it is {error:.2g} off the recurrence")
            return tuple(seconds(functools.partial(work, form, given)) for work in PASSES.values())
        except Exception as error:  # a package that is not there, or fails on this card
            return f"not measured: {type(error).__name__}: {str(error)[:120]}"

    ours = times(OURS)
    for other in others:
        theirs = times(other)
        for at, what in enumerate(PASSES):
            if isinstance(ours, str) or isinstance(theirs, str):
                yield Row(row(length, other, what), note=theirs if isinstance(theirs, str) else str(ours))
                continue
            note = f"{_where(device)}: batch {len(given[0])}, {HEADS} x {WIDTH}, float32"
            note += ", other bfloat16 and cast in its time" if other == FLASH else ""
            yield Row(row(length, other, what), ours[at], theirs[at], note=note)


def _run(form: Callable[..., Tensor], given: tuple[Tensor, ...]) -> None:
    form(*given)


def _learn(form: Callable[..., Tensor], given: tuple[Tensor, ...]) -> None:
    leaves = [array.detach().requires_grad_() for array in given]
    torch.autograd.grad(form(*leaves).sum(), leaves[1:3])


PASSES = {"forward": _run, "with backward": _learn}


def _on_card(work: Callable[[], Any]) -> float:
    """Give the median of seconds by torch's events, after a warm-up."""
    times = []
    for run in range(13):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        work()
        end.record()
        torch.cuda.synchronize()
        if run >= 3:
            times.append(start.elapsed_time(end) / 1e3)
    return sorted(times)[len(times) // 2]


def _where(device: str) -> str:
    return _device.name() if device == "cuda" else "CPU"
