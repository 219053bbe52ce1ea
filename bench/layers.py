"""Layers: the delta rule beside its recurrence and attention, retrieval, training steps."""

from __future__ import annotations

import importlib.util
import math
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch.nn import functional as F

from neuromem import nn, patterns
from neuromem.bench import Row
from neuromem.kernels.chunked import chunked, recurrent
from neuromem.kernels.compiled import one_thread
from neuromem.nn import tasks, training

ZOOLOGY = 12.4  # training steps a CPU second of Zoology's attention (commit d88d6f5, one thread), measured apart


def _seconds(work: Callable[[], object], repeats: int) -> float:
    """Give the shortest of many runs, for 0.2 s at least.

    That is what the machine does when nothing else disturbs it.
    """
    times: list[float] = []
    while len(times) < repeats or sum(times) < 0.2:
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def _forms(length: int, heads: int, repeats: int) -> list[Row]:
    """Time one sequence of `heads` heads of 64 units, forward and forward with backward."""
    generator = torch.Generator().manual_seed(0)
    query, key, value = (torch.randn(1, heads, length, 64, generator=generator) for _ in range(3))
    key, rate = F.normalize(key, dim=-1), torch.rand(1, heads, length, generator=generator)

    def attention(q: torch.Tensor) -> torch.Tensor:
        return F.scaled_dot_product_attention(q, key, value, is_causal=True)

    def fast(q: torch.Tensor) -> torch.Tensor:
        return chunked(q, key, value, rate)[0]

    def slow(q: torch.Tensor) -> torch.Tensor:
        return recurrent(q, key, value, rate)[0]

    def learn(form: Callable[[torch.Tensor], torch.Tensor]) -> None:
        for x in (key, value, rate):
            x.requires_grad_()
        torch.autograd.grad(form(query).sum(), [key, value])
        for x in (key, value, rate):
            x.requires_grad_(False)

    times = {form: _seconds(partial(form, query), repeats) for form in (fast, attention, slow)}
    learning = {form: _seconds(partial(learn, form), max(1, repeats // 2)) for form in (fast, attention, slow)}
    size, goal = f"length {length}, {heads} x 64", 20.0 if heads == 1 else math.nan
    return [
        Row(f"delta, {size}", times[fast], times[slow], goal, "other: the recurrent loop, forward"),
        Row(f"delta, {size}, learning", learning[fast], learning[slow], goal, "other: the recurrent loop, with backward"),
        Row(f"delta against attention, {size}", times[fast], times[attention], 1 / 3, "other: torch's attention, forward"),
        Row(
            f"delta against attention, {size}, learning",
            learning[fast],
            learning[attention],
            1 / 3,
            "other: torch's attention, with backward",
        ),
    ]


def _retrieval(items: int, cues: int, repeats: int) -> Row:
    """Time untrained retrieval of +1/-1 items of 256 units by softmax.

    The other is the static association of hopfield-layers.
    """
    torch.manual_seed(0)
    stored = patterns.random(items, 256, rng=0).astype(np.float32)
    state = torch.tensor(patterns.random(cues, 256, rng=1).astype(np.float32))
    layer, held = nn.Attention(256, beta=1 / 16), (torch.tensor(stored)[None, None],) * 2
    with torch.no_grad():
        ours = _seconds(lambda: layer.look_up(state[None, None], held), repeats)
    name = f"retrieval, {items} items, {cues} cues"
    if importlib.util.find_spec("hflayers") is None:
        return Row(name, ours, goal=1.0, note="hopfield-layers is not installed")
    from hflayers import Hopfield  # type: ignore[import-not-found]

    three_patterns = ("state_pattern", "stored_pattern", "pattern_projection")
    settings = dict.fromkeys([f"{name}_as_static" for name in three_patterns], True)
    settings |= dict.fromkeys([f"normalize_{name}{affine}" for name in three_patterns for affine in ("", "_affine")], False)
    other = Hopfield(256, scaling=1 / 16, disable_out_projection=True, **settings)
    inputs = torch.tensor(stored)[None], state[None], torch.tensor(stored)[None]
    with torch.no_grad():
        theirs = _seconds(lambda: other(inputs), repeats)
    return Row(name, ours, theirs, 1.0, "both without projections, one update; other: hopfield-layers, static")


def _training(length: int, batch: int, steps: int, goal: float) -> list[Row]:
    """Time training steps on MQAR of models with 2 blocks of width 64, in turn, in float32.

    The other is the model of attention, one head, of the same run; a ratio is a median over turns.
    """
    torch.manual_seed(0)
    lessons, test = (tasks.mqar(number, length=length, rng=rng) for rng, number in enumerate((batch * steps, batch)))
    specs = ("attention", "fast_weights:rule=delta", "fast_weights:rule=hebb:rate=1.0")
    models = {spec: nn.Transformer(256, 64, 2, mixer=partial(nn.make, spec)) for spec in specs}
    times: dict[str, list[float]] = {spec: [] for spec in specs}
    for turn in range(6):
        for spec, model in models.items():
            started = time.process_time()
            training.train(model, lessons, test, steps=steps, every=steps, enough=2.0, batch=batch)
            if turn:  # the first is to warm up
                times[spec].append((time.process_time() - started) / steps)
    rows = []
    for spec in specs[1:]:
        ours, other = float(np.median(times[spec])), float(np.median(times[specs[0]]))
        ratios = np.array(times[specs[0]]) / times[spec]
        note = f"other: torch's attention; ratios {ratios.min():.2f} to {ratios.max():.2f}"
        rows.append(Row(f"training step, length {length}, batch {batch}, {spec}", ours, other, goal, note))
    if length == 64:
        ours = float(np.median(times[specs[0]]))
        note = f"{1 / ours:.1f} steps a CPU second; other: Zoology's attention, {ZOOLOGY}, measured apart"
        rows.append(Row("training step, length 64, batch 64, attention", ours, 1 / ZOOLOGY, 1.5, note))
    return rows


def _chunks(length: int, repeats: int) -> list[Row]:
    """Time layers of width 64, 4 heads, over one sequence; the other is the recurrent form."""
    torch.manual_seed(0)
    x, rows = torch.randn(1, length, 64), []

    def recurrent_form(layer: nn.Mixer) -> None:
        state = None
        for token in x.unbind(1):
            _, state = layer.advance(token[:, None], state)

    for spec in ("fast_weights", "hax", "mixture_of_memories", "palimpsa", "phase_associative", "rebased", "state_space"):
        layer = nn.make(f"{spec}:heads=4", 64)
        with torch.no_grad():
            layer(x)  # warm
            ours, other = _seconds(partial(layer, x), repeats), _seconds(partial(recurrent_form, layer), 1)
        rows.append(Row(f"{spec}, length {length}, forward", ours, other, 10.0, "other: one token after the other"))
    return rows


def measure(quick: bool) -> list[Row]:
    """Measure processor time on one thread.

    Ratios are of one run, but for Zoology's.
    """
    length, repeats = (128, 1) if quick else (2048, 5)
    with one_thread():
        rows = [row for heads in (1, 4) for row in _forms(length, heads, repeats)]
        rows.append(_retrieval(*((50, 20) if quick else (1000, 1000)), repeats=2 if quick else 20))
        rows += _chunks(length, 1 if quick else 3)
        for tokens, batch, goal in ((64, 64, 1 / 1.2), (512, 8, 1.0)):
            rows += _training(tokens, batch, 1 if quick else 1280 // tokens, goal)
    return rows
