"""When does a memory take a changing cue for another item? Morphs, adaptation, priming."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, patterns, results, sweep
from neuromem.experiments._spread import said, standard_error
from neuromem.kernels import glauber
from neuromem.models import Spec, make, sources
from neuromem.theory import attractors as theory

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"models": ("hopfield",), "units": 200, "stored": 10, "trials": 2, "fields": (0.4, 0.9)}
VARIABLES = {
    "fresh": ("overlap with A less that with B, begun at the cue", "1"),
    "there": ("overlap with A less that with B, A turning into B", "1"),
    "back": ("overlap with A less that with B, B turning into A", "1"),
    "jump_there": ("share of B at which A is left on the way there", "1"),
    "jump_back": ("share of B at which B is left on the way back", "1"),
    "theory_there": ("overlap with A less that with B on the way there, theory", "1"),
    "left": ("sweeps until half of the overlap with an item is lost", "sweeps"),
    "theory_left": ("the latest time at which an item is left, theory", "sweeps"),
    "primed": ("overlap with the last item less that with another, after a delay", "1"),
    "theory_primed": ("delay at which adaptation and priming are equal, theory", "sweeps"),
    "morph": ("share of the differing units that are B's", "1"),
    "field": ("strength of the cue's field", "1"),
    "adaptation": ("strength of the adaptation", "1"),
    "delay": ("sweeps since the last item", "sweeps"),
}
MORPHS = tuple((np.arange(21) / 20).round(2).tolist())
TAU, GAINS = 20.0, (1.2, 1.5, 2.0, 3.0)  # of the adaptation: time constant in sweeps, and strengths
FATIGUE, PRIMING = 0.6, 0.2  # strengths of adaptation and priming after a delay
DELAYS = tuple(range(0, 61, 5))
LONGEST = 100  # sweeps in which an item is left, or not
FEW = 5  # items stored where adaptation is measured
HELD = 4  # cues by which the two items are told apart, fresh


def morphed(a: np.ndarray, b: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Return A with a share of the units where it differs from B set to B."""
    differ = np.flatnonzero(a != b)
    x = a.copy()
    chosen = rng.permutation(differ)[: round(share * len(differ))]
    x[chosen] = b[chosen]
    return x


def hebb(items: np.ndarray) -> np.ndarray:
    """Return W of Hebb's rule, without self-coupling."""
    w = items.T @ items / items.shape[1]
    np.fill_diagonal(w, 0)
    return w


def settled(w: np.ndarray, s: np.ndarray, bias: np.ndarray, seed: int, temperature: float = 0.0, steps: int = 100) -> Any:
    """Return the spins (unit,), as floats, after so many sweeps in the fields W s + bias."""
    beta = 1 / temperature if temperature else np.inf
    return glauber.weights(w, s.astype(np.int8)[None], bias=bias, beta=beta, steps=steps, seed=seed).spins[0].astype(float)


def hysteresis(x: np.ndarray, field: float, temperature: float, steps: int, seed: int) -> np.ndarray:
    """Return D = m_A - m_B of the state that stays, as A turns into B and back, (way, morph)."""
    x = x.astype(float)
    rng, w = np.random.default_rng(seed), hebb(x)
    a, b = x[0], x[1]
    order = rng.permutation(np.flatnonzero(a != b))  # the same units on both ways
    found, state = np.empty((2, len(MORPHS))), a.copy()
    for way, path in enumerate((range(len(MORPHS)), range(len(MORPHS) - 1, -1, -1))):
        for at in path:
            cue = a.copy()
            chosen = order[: round(MORPHS[at] * len(order))]
            cue[chosen] = b[chosen]
            number = seed + (1 + way) * len(MORPHS) + at
            state = settled(w, state, field * cue, number, temperature, steps)
            found[way, at] = (state @ a - state @ b) / len(a)
    return found


def jump(d: np.ndarray) -> float:
    """Return the morph at which D falls below 0 on a path (morph,); NaN if it never does."""
    if not (d < 0).any():
        return np.nan
    at = int((d < 0).argmax())
    if not at:
        return 0.0
    return float(np.interp(0, [d[at], d[at - 1]], [MORPHS[at], MORPHS[at - 1]]))


def leaving(x: np.ndarray, gain: float, seed: int) -> float:
    """Return the mean number of sweeps in which adaptation halves the overlap with an item."""
    x = x.astype(float)
    w, times = hebb(x), []
    for item in x:
        state, tired = item.copy(), np.zeros(len(item))
        for time in range(1, LONGEST + 1):
            state = settled(w, state, -gain * tired, seed + time, steps=1)
            tired += (state - tired) / TAU
            if state @ item < 0.5 * len(item):
                break
        times.append(time)
    return float(np.mean(times))


def primed(x: np.ndarray, delay: float, seed: int) -> float:
    """Return D after a morph half way, where A ended `delay` sweeps ago."""
    x = x.astype(float)
    rng, w = np.random.default_rng(seed), hebb(x)
    bias = (PRIMING - FATIGUE * np.exp(-delay / TAU)) * x[0]
    state = settled(w, morphed(x[0], x[1], 0.5, rng), bias, seed)
    return float(state @ x[0] - state @ x[1]) / x.shape[1]


def fresh(*, seed: int, model: str, units: int, stored: int) -> Mapping[str, Any]:
    """Recall morphs between the first two items, each from the cue alone."""
    rng = np.random.default_rng(seed)
    x = patterns.random(stored, units, rng=rng)
    memory = make(model, units, rng=seed).store(x)
    shown = np.array([morphed(x[0], x[1], share, rng) for share in MORPHS for _ in range(HELD)])
    d = np.asarray(memory.recall(shown), float) @ (x[0].astype(float) - x[1]) / units
    return {"fresh": ("morph", d.reshape(len(MORPHS), HELD).mean(1))}


def held(*, seed: int, field: float, units: int, stored: int, temperature: float, steps: int) -> Mapping[str, Any]:
    """Turn A into B and back under a field, with the state kept."""
    there, back = hysteresis(patterns.random(stored, units, rng=seed), field, temperature, steps, seed)
    return {
        "there": ("morph", there),
        "back": ("morph", back),
        "jump_there": jump(there),
        "jump_back": 1 - jump(-back[::-1]),
    }


def tired(*, seed: int, units: int) -> Mapping[str, Any]:
    """Measure adaptation and priming in a network of few items."""
    x = patterns.random(FEW, units, rng=seed)
    return {
        "left": ("adaptation", np.array([leaving(x, gain, seed) for gain in GAINS])),
        "primed": ("delay", np.array([primed(x, delay, seed + delay) for delay in DELAYS])),
    }


@results.experiment(VARIABLES)
def run(
    *,
    models: Annotated[tuple[Spec, ...], "Memories that recall morphs: NAME, FILE.py:NAME or MODULE:NAME."] = (
        "hopfield",
        "sparsey",
        "ca3_attractor",
    ),
    units: Annotated[int, "Units N of the Hopfield network that is held by a field."] = 500,
    stored: Annotated[int, "Items stored in it."] = 25,
    recalled: Annotated[int, "Units of an item of the memories, which have the same load."] = 128,
    fields: Annotated[tuple[float, ...], "Strengths of the cue's field."] = (0.2, 0.4, 0.9),
    temperature: Annotated[float, "Temperature of the network that is held by the field."] = 0.4,
    steps: Annotated[int, "Sweeps at each step of a morph."] = 40,
    trials: Annotated[int, "Repetitions, each with other items."] = 6,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """When does a memory take a changing cue for another item?

    Item A turns into item B, a few units at a time. Begun afresh at each cue, the recall jumps half
    way. In a Hopfield network whose state stays while the cue is a field, it jumps later, and on
    the way back earlier: hysteresis, with theory for a large network beside it. Adaptation makes
    the network leave an item after a while; after a short delay it turns a doubtful cue away from
    the last item, and after a long one priming turns it there.
    """
    checks.whole("units", units, least=16)
    checks.whole("stored", stored, least=2)
    checks.whole("recalled", recalled, least=16)
    checks.real("temperature", temperature, above=0)
    for field in fields:
        checks.real("fields", field, least=0)
    memories, common = sources(models, recalled), {"trials": trials, "seed": seed}
    size: dict[str, Any] = {"units": units, "stored": stored}
    small = {"units": recalled, "stored": max(2, round(stored * recalled / units))}
    data = sweep.grid(fresh, {"model": memories}, fixed=small, title="morphs", **common)
    warm = size | {"temperature": temperature, "steps": steps}
    data = data.merge(sweep.grid(held, {"field": fields}, fixed=warm, title="hysteresis", **common))
    data = data.merge(sweep.grid(tired, {}, fixed={"units": units}, title="adaptation", **common))
    plane = np.array(MORPHS), np.array(fields)[:, None]
    line = theory.morph_overlap(*plane, load=stored / units, temperature=temperature)
    data = data.assign(
        theory_there=(("field", "morph"), line),
        theory_left=("adaptation", theory.leaving_time(np.array(GAINS), TAU)),
        theory_primed=theory.priming_delay(FATIGUE, PRIMING, TAU),
    )
    return data.assign_coords(morph=list(MORPHS), adaptation=list(GAINS), delay=list(DELAYS))


def summary(data: xr.Dataset) -> Table:
    """Tabulate where the recall jumps, when an item is left, and when priming wins."""
    from rich.table import Table

    table, number = Table(title="morphs, adaptation and priming"), data.sizes["trial"]
    for head in ("what", "at", "measured", "theory"):
        table.add_column(head, justify="right")

    def told(values: xr.DataArray) -> str:
        kept = values.dropna("trial")
        words = said(float(kept.mean("trial")), float(standard_error(kept))) if kept.sizes["trial"] else "never"
        return words + (f" in {kept.sizes['trial']} of {number}" if kept.sizes["trial"] < number else "")

    for model in data.model.values:
        jumps = [jump(row) for row in data.fresh.sel(model=model).transpose("trial", "morph").values]
        table.add_row("fresh recall jumps", str(model), told(xr.DataArray(jumps, dims="trial")), "0.5")
    for field in data.field.values:
        one = data.sel(field=field)
        lost = one.theory_there.values < 1e-3
        late = f"{data.morph.values[lost.argmax()]:.2f}" if lost.any() else "never"
        table.add_row("jumps to B", f"field {field:g}", told(one.jump_there), late)
        table.add_row(
            "jumps back", f"field {field:g}", told(one.jump_back), f"{1 - float(late):.2f}" if lost.any() else late
        )
    for gain in data.adaptation.values:
        one = data.sel(adaptation=gain)
        table.add_row("left after", f"adaptation {gain:g}", told(one.left), f"< {float(one.theory_left):.3g}")
    mean = data.primed.mean("trial")
    crossing = float(np.interp(0, mean, data.delay)) if float(mean[-1]) > 0 else np.nan
    table.add_row("priming wins from", "delay", f"{crossing:.3g}", f"{float(data.theory_primed):.3g}")
    return table
