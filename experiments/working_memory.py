"""Why is what we hold in mind drawn toward what we saw before? A ring with a slow trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, results, sweep
from neuromem.experiments._spread import said, standard_error
from neuromem.experiments.ring import DRIVE, FLAT
from neuromem.theory import ring as theory

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"trials": 2, "stimuli": 30, "traces": (0.02,)}
VARIABLES = {
    "serial": ("error toward the last stimulus, of stimuli on the whole circle", "rad"),
    "theory_serial": ("error toward the last stimulus, theory", "rad"),
    "contraction": ("error of stimuli from a range", "rad"),
    "theory_contraction": ("error of stimuli from a range, theory", "rad"),
    "trace": ("strength b of the slow trace", "1"),
    "distance": ("distance of the last stimulus from this one", "rad"),
    "place": ("place of the stimulus", "rad"),
}
ANGLES, STEP = 64, 0.25  # units of the ring, and the step in their time constants
COPIES = 40  # sequences that run side by side
BINS = 12
DEGREE = 180 / np.pi  # degrees in a radian
FORGET = 8  # first stimuli of a sequence, which are left out


def bump(place: np.ndarray, angles: np.ndarray, modulation: float) -> np.ndarray:
    """Return the bump A [cos(x - place) - cos w]_+ of the ring model, (place, angle)."""
    w = float(theory.half_width(modulation))
    height = -DRIVE / (np.cos(w) + FLAT * (np.sin(w) - w * np.cos(w)) / np.pi)
    return height * np.maximum(np.cos(angles - place[:, None]) - np.cos(w), 0)


def errors(stimuli: np.ndarray, trace: float, modulation: float, delay: float, slow: float) -> np.ndarray:
    """Return how far bumps have moved after each delay, for sequences (copy, stimulus) in radians.

        dr/dt = -r + [I + J0 <r> + J1 (cos x <r cos> + sin x <r sin>) + b s]_+                 (1)
        slow ds/dt = r - s                                                                     (2)

    A stimulus sets r to its bump; s goes on over all of them.
    """
    x = np.arange(ANGLES) * 2 * np.pi / ANGLES
    modes = np.stack([np.cos(x), np.sin(x)])
    s, found = np.zeros((len(stimuli), len(x))), np.empty(stimuli.shape)
    for at, shown in enumerate(stimuli.T):
        r = bump(shown, x, modulation)
        for _ in range(round(delay / STEP)):
            tuned = modulation * (r @ modes.T / len(x)) @ modes
            field = DRIVE + FLAT * r.mean(1, keepdims=True) + tuned + trace * s
            r, s = r + STEP * (np.maximum(field, 0) - r), s + STEP / slow * (r - s)  # (1), (2)
        found[:, at] = np.angle((r @ np.exp(1j * x)) * np.exp(-1j * shown))
    return found


def binned(at: np.ndarray, values: np.ndarray, edge: float) -> np.ndarray:
    """Return the mean of the values in each of BINS bins over [-edge, edge]."""
    which = np.clip(((at + edge) / (2 * edge) * BINS).astype(int), 0, BINS - 1).ravel()
    return np.bincount(which, values.ravel(), BINS) / np.maximum(np.bincount(which, minlength=BINS), 1)


def point(
    *, seed: int, trace: float, modulation: float, delay: float, slow: float, stimuli: int, span: float
) -> Mapping[str, Any]:
    """Show sequences of random stimuli, from the whole circle and from a range."""
    rng, found = np.random.default_rng(seed), {}
    for name, edge in (("serial", np.pi), ("contraction", span)):
        shown = rng.uniform(-edge, edge, (COPIES, FORGET + stimuli))
        moved = errors(shown, trace, modulation, delay, slow)[:, FORGET:]
        at = shown[:, FORGET:]
        if name == "serial":
            at = (shown[:, FORGET - 1 : -1] - at + np.pi) % (2 * np.pi) - np.pi
        found[name] = binned(at, moved, edge)
    return {"serial": ("distance", found["serial"]), "contraction": ("place", found["contraction"])}


def lines(place: np.ndarray, modulation: float, delay: float, slow: float, span: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the errors over the strength of the trace, serial ones and those of contraction.

    With q = exp(-delay / slow) the stimulus j before this one has left the trace (1 - q) q^(j-1),
    which acts for slow (1 - q) in all. Over the whole circle all but the last cancel:

        serial      slow (1 - q)^2 G(distance)                                                 (3)
        contraction slow (1 - q) E G(earlier - place)                                          (4)
    """
    gone = -np.expm1(-delay / slow)
    serial = slow * gone**2 * theory.pull(place * np.pi, modulation)
    earlier = span * ((np.arange(400) + 0.5) / 200 - 1)
    away = np.linspace(-2 * span, 2 * span, 801)
    pulls = np.interp(earlier - (place * span)[:, None], away, theory.pull(away, modulation))
    return serial, slow * gone * pulls.mean(1)


@results.experiment(VARIABLES)
def run(
    *,
    traces: Annotated[tuple[float, ...], "Strengths b of the slow trace."] = (0.01, 0.02),
    modulation: Annotated[float, "J1 of the ring model."] = 4.0,
    delay: Annotated[float, "How long a stimulus is held, in time constants of a unit."] = 10.0,
    slow: Annotated[float, "Time constant of the trace, in those of a unit."] = 20.0,
    stimuli: Annotated[int, "Stimuli of a sequence."] = 60,
    span: Annotated[float, "Range of the stimuli on either side of 0, where they have one, in radians."] = 1.5,
    trials: Annotated[int, "Repetitions, each with other stimuli."] = 5,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """Why is what we hold in mind drawn toward what we saw before?

    A bump on a ring holds the place of a stimulus over a delay, and a slow trace of its activity
    feeds back weakly. What it has kept of earlier stimuli draws the bump: toward the last stimulus,
    the more the farther it is up to some distance (serial dependence), and, where stimuli come from
    a range, toward its middle (contraction bias). Theory of first order in the strength of the
    trace is beside both.
    """
    for trace in traces:
        checks.real("traces", trace, least=0)
    checks.real("modulation", modulation, above=2)
    checks.real("delay", delay, least=STEP)
    checks.real("slow", slow, least=1)
    checks.whole("stimuli", stimuli)
    checks.real("span", span, above=0, most=np.pi)
    checks.fits("delay", delay / STEP * stimuli * 8, "take a shorter delay")
    fixed = {"modulation": modulation, "delay": delay, "slow": slow, "stimuli": stimuli, "span": span}
    data = sweep.grid(point, {"trace": traces}, trials=trials, seed=seed, fixed=fixed, title="working memory")
    middle = (np.arange(BINS) + 0.5) * 2 / BINS - 1
    serial, contraction = lines(middle, modulation, delay, slow, span)
    data = data.assign(
        theory_serial=(("trace", "distance"), np.outer(traces, serial)),
        theory_contraction=(("trace", "place"), np.outer(traces, contraction)),
    )
    return data.assign_coords(distance=middle * np.pi, place=middle * span)


def summary(data: xr.Dataset) -> Table:
    """Tabulate the largest errors, measured and in theory."""
    from rich.table import Table

    table = Table(title="errors in degrees, measured / theory")
    for head in ("strength of the trace", "toward the last stimulus", "toward the middle"):
        table.add_column(head, justify="right")
    for trace in data.trace.values:
        one, cells = data.sel(trace=trace) * DEGREE, []
        for name, x in (("serial", "distance"), ("contraction", "place")):
            line = one[f"theory_{name}"]
            at = int(np.abs(line.values).argmax())
            found = said(float(one[name].mean("trial")[at]), float(standard_error(one[name])[at]), ".2f", ".2f")
            cells.append(f"{found} / {float(line[at]):.2f} at {float(data[x][at]) * DEGREE:.0f}")
        table.add_row(f"{trace:g}", *cells)
    return table
