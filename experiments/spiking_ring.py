"""How long does a bump of spikes remember its place? A ring of spiking cells, against its size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, results, sweep
from neuromem.experiments._spread import said, standard_error
from neuromem.spiking import LIF, Circuit, Pairs, Population, Projection, Spikes, fast

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"units": (32, 64), "copies": 10, "duration_ms": 1000.0, "trials": 2}
VARIABLES = {
    "rate": ("rate of the cells around the bump, in the last 200 ms", "Hz"),
    "variance": ("variance of the bump's place over its copies", "rad^2"),
    "diffusion": ("variance of the bump's place in a second", "rad^2/s"),
    "law": ("the same, falling as 1/N from the smallest ring", "rad^2/s"),
    "units": ("cells on the ring", "1"),
    "place": ("preferred direction, from the bump at the end", "rad"),
    "time": ("time since the cue", "s"),
}
SLOW_MS, CUE_MS, WINDOW_MS = 100.0, 200, 100  # synapses; the cue; what a place is read from
CELL = LIF(
    cm=0.2, tau_m=20.0, tau_refrac=2.0, tau_syn_e=SLOW_MS, tau_syn_i=SLOW_MS, v_thresh=-40.0, i_offset=0.24
)  # fires by itself from 0.2 nA on
NOISE = 0.2  # nA, in each step of 1 ms
EXCITE, INHIBIT = 0.22, 0.33  # nA, of all cells together
CUE = 0.02  # nA, of a spike of the cue, and one comes each ms
BINS = 16  # of the place, where rates are kept


def circuit(units: int) -> Circuit:
    """Return the ring: each cell excites the others by 1 + cos of their distance, and inhibits all.

    Weights are nA and fall as 1 / units, so that a cell hears the same from rings of any size.
    """
    pre, post = np.divmod(np.arange(units**2), units)
    tuned = EXCITE / units * (1 + np.cos(2 * np.pi * (pre - post) / units))
    ring = Pairs(tuple(pre.tolist()), tuple(post.tolist()))
    return Circuit(
        (Population("Cue", units), Population("Ring", units, CELL, noise=NOISE)),
        (
            Projection("Cue", "Ring", "one-to-one", CUE, 1),
            Projection("Ring", "Ring", ring, tuple(tuned.tolist()), 1),
            Projection("Ring", "Ring", "all-to-all", INHIBIT / units, 1, "inhibitory"),
        ),
    )


def point(*, seed: int, units: int, copies: int, duration_ms: float) -> Mapping[str, Any]:
    """Cue copies of the ring at one place, and read where their bumps are from then on."""
    shown = np.arange(-(units // 8), units // 8 + 1) % units  # a quarter of the ring
    ms, cell = (grid.ravel() for grid in np.meshgrid(np.arange(CUE_MS), shown))
    copy = np.repeat(np.arange(copies), len(cell))
    name = np.full(len(copy), "Cue")
    inputs = Spikes(copy, np.tile(ms, copies), name, np.tile(cell, copies))
    record = fast.run(circuit(units), CUE_MS + duration_ms, inputs=inputs, copies=copies, rng=seed)
    after = record.of("Ring") & (record.time_ms >= CUE_MS)
    copy, cell, time = record.copy[after], record.neuron[after], record.time_ms[after] - CUE_MS
    windows = round(duration_ms / WINDOW_MS)
    angle = 2 * np.pi * cell / units
    where = copy * windows + np.minimum(time // WINDOW_MS, windows - 1).astype(int)
    size = copies * windows
    vector = np.bincount(where, np.cos(angle), size) + 1j * np.bincount(where, np.sin(angle), size)
    place = np.unwrap(np.angle(vector).reshape(copies, windows), axis=1)
    seconds = (np.arange(windows) + 0.5) * WINDOW_MS / 1000
    variance = place.var(0, ddof=1)
    final = time >= duration_ms - 2 * WINDOW_MS
    away = angle[final] - place[copy[final], -1]
    which = ((away / (2 * np.pi) + 0.5) % 1 * BINS).astype(int)
    rate = np.bincount(which, minlength=BINS) / (copies * units / BINS * 2 * WINDOW_MS / 1000)
    return {
        "rate": ("place", rate),
        "variance": ("time", variance),
        "diffusion": np.polyfit(seconds, variance, 1)[0],  # what is read adds a constant
        "time": ("time", seconds),
    }


@results.experiment(VARIABLES)
def run(
    *,
    units: Annotated[tuple[int, ...], "Cells on the ring."] = (32, 64, 128, 256),
    copies: Annotated[int, "Copies of the ring in a trial, each with other noise."] = 80,
    duration_ms: Annotated[float, "How long the bump is left alone after the cue, in ms."] = 3000.0,
    trials: Annotated[int, "Repetitions."] = 5,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """How long does a bump of spikes remember its place?

    Cells on a ring are cued at one place for 200 ms, and then left alone. Slow synapses, which
    excite near cells more than far ones, keep a bump of spikes where the cue was. Nothing holds it
    at that place: noise moves it, so that the variance of its place over many copies grows with
    time. As the noise of the cells is independent, it grows more slowly on a larger ring, as 1/N.
    """
    for number in units:
        checks.whole("units", number, least=16, most=1024)
    checks.whole("copies", copies, least=2)
    windows = checks.real("duration_ms", duration_ms, least=3 * WINDOW_MS) / WINDOW_MS
    if windows != int(windows):
        raise checks.refusal("duration_ms", f"be a multiple of {WINDOW_MS} ms", f"was {duration_ms:g}")
    fixed = {"copies": copies, "duration_ms": duration_ms}
    data = sweep.grid(point, {"units": units}, trials=trials, seed=seed, fixed=fixed, title="spiking ring")
    time = data.time.isel(units=0, trial=0).values
    least = min(units)
    smallest = float(data.diffusion.sel(units=least).mean())
    data = data.drop_vars("time").assign(law=("units", smallest * least / np.array(units)))
    return data.assign_coords(time=time, place=(np.arange(BINS) + 0.5) * 2 * np.pi / BINS - np.pi)


def summary(data: xr.Dataset) -> Table:
    """Tabulate rates in the bump and outside, and its diffusion beside the law of 1/N."""
    from rich.table import Table

    table = Table(title="a bump of spikes")
    for head in ("cells", "rate in the bump, Hz", "on the other side, Hz", "diffusion, rad²/s", "as 1/N from the smallest"):
        table.add_column(head, justify="right")
    for number in data.units.values:
        one = data.sel(units=number)
        rate, half = one.rate.mean("trial"), BINS // 2
        middle, far = float(rate[half - 1 : half + 1].mean()), float(rate[[0, -1]].mean())
        found = said(float(one.diffusion.mean("trial")), float(standard_error(one.diffusion)), ".4f", ".4f")
        table.add_row(str(number), f"{middle:.1f}", f"{far:.1f}", found, f"{float(one.law):.4f}")
    return table
