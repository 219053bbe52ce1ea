"""When do oscillators lock, and how many items do they hold? Kuramoto, and a memory of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, cues, metrics, patterns, results, sweep
from neuromem.experiments._loads import stored_at
from neuromem.models.hopfield import Hopfield
from neuromem.models.oscillators import VECTORS, Oscillators
from neuromem.theory import oscillators as theory

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {
    "oscillators": 500,
    "duration": 40.0,
    "units": 200,
    "loads": (0.02, 0.05, 0.1),
    "dimensions": (1, 2),
    "couplings": (1.0, 2.0, 3.0),
    "trials": 2,
}
COMPARED = ("oscillators", "hopfield")
VARIABLES = {
    "locked": ("order parameter R", "1"),
    "theory_locked": ("order parameter R, theory", "1"),
    "critical": ("critical coupling, theory", "1"),
    "overlap": ("overlap of the signs with the item, from a damaged cue", "1"),
    "length": ("length of the mean of the units times the item, from the item itself", "1"),
    "theory_length": ("length of that mean in two dimensions, theory", "1"),
    "coupling": ("coupling K of the oscillators", "1"),
    "load": ("load K / N", "1"),
    "dimensions": ("numbers of a unit; 1 are Ising spins", "1"),
}
DENSITIES = ("normal", "lorentz", "uniform")
STEP = 0.05  # of time


def frequencies(density: str, number: int) -> np.ndarray:
    """Return frequencies that are spread evenly over the quantiles of a density."""
    from scipy.stats import cauchy, norm, uniform

    share = (np.arange(number) + 0.5) / number
    return {"normal": norm, "lorentz": cauchy, "uniform": uniform(-1, 2)}[density].ppf(share)


def locking(
    *, seed: int, density: str, couplings: tuple[float, ...], oscillators: int, duration: float
) -> Mapping[str, Any]:
    """Run Kuramoto's model at each coupling, and return R over the last half of the time.

    Steps are those of Heun. The model is one in the mean field R exp(i psi).
    """
    rng, omega = np.random.default_rng(seed), frequencies(density, oscillators)
    angle = 0.5 * rng.uniform(-np.pi, np.pi, (len(couplings), oscillators))  # half locked, from where R falls
    k, seen, steps = np.array(couplings)[:, None], np.zeros(len(couplings)), round(duration / STEP)

    def slope(angle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        field = np.exp(1j * angle).mean(1, keepdims=True)
        return omega + k * (field.imag * np.cos(angle) - field.real * np.sin(angle)), np.abs(field[:, 0])

    for step in range(steps):
        first, order = slope(angle)
        second, _ = slope(angle + STEP * first)
        angle = angle + STEP / 2 * (first + second)
        if step >= steps // 2:
            seen += order / (steps - steps // 2)
    return {"locked": ("coupling", seen)}


def remembering(*, seed: int, dimensions: int, load: float, units: int, asked: int, fraction: float) -> Mapping[str, Any]:
    """Recall damaged items by their signs, and the items themselves by their mean vector."""
    x = patterns.random(stored_at(load, units), units, rng=seed)
    shown = x[:asked]
    damaged = cues.flip(shown, fraction, rng=seed + 1)
    if dimensions == 1:
        memory = Hopfield(units, rng=seed).store(x)
        length = np.abs(metrics.overlap(memory.recall(shown), shown))
        return {"overlap": metrics.overlap(memory.recall(damaged), shown).mean(), "length": length.mean()}
    network = Oscillators(units, dimensions=dimensions, rng=seed).store(x)
    vectors, _, _ = network.vectors(shown)
    length = np.linalg.norm(np.einsum("cu,cud->cd", shown, vectors), axis=1) / units
    return {"overlap": metrics.overlap(network.recall(damaged), shown).mean(), "length": length.mean()}


@results.experiment(VARIABLES)
def run(
    *,
    couplings: Annotated[tuple[float, ...], "Couplings K of the oscillators."] = (
        0.5,
        1.0,
        1.2,
        1.4,
        1.6,
        1.8,
        2.0,
        2.2,
        2.5,
        3.0,
        4.0,
    ),
    oscillators: Annotated[int, "Oscillators that lock."] = 2000,
    duration: Annotated[float, "Time that they have, in inverse widths of the frequencies."] = 100.0,
    dimensions: Annotated[tuple[int, ...], "Numbers of a unit of the memory; 1 are Ising spins."] = (1, 2, 4),
    loads: Annotated[tuple[float, ...], "Loads K / N of the memory."] = (0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.16),
    units: Annotated[int, "Units N of the memory."] = 500,
    asked: Annotated[int, "Items that are recalled."] = 4,
    fraction: Annotated[float, "Fraction of a cue's units that are flipped."] = 0.1,
    trials: Annotated[int, "Repetitions, each with other items and phases."] = 4,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """When do oscillators lock, and how many items do they hold?

    Kuramoto's oscillators have frequencies of three densities; their order parameter is measured
    against the coupling, with theory beside it. A memory whose units are oscillators, coupled by
    Hebb's rule, recalls items from damaged cues; beside it are the Hopfield network, whose spins
    are oscillators of one dimension, and in two dimensions the theory of the overlap.
    """
    for coupling in couplings:
        checks.real("couplings", coupling, least=0)
    for number in dimensions:
        checks.whole("dimensions", number)
    for load in loads:
        checks.real("loads", load, above=0)
    checks.whole("oscillators", oscillators, least=2)
    checks.real("duration", duration, least=2 * STEP)
    checks.whole("units", units, least=2)
    checks.whole("asked", asked)
    checks.fraction("fraction", fraction)
    checks.fits("oscillators", 64 * oscillators * len(couplings), "take fewer oscillators or couplings")
    checks.fits("dimensions", VECTORS * asked * units * max(dimensions), "take fewer dimensions, units or items")
    common: dict[str, Any] = {"trials": trials, "seed": seed}
    fixed = {"couplings": couplings, "oscillators": oscillators, "duration": duration}
    data = sweep.grid(locking, {"density": DENSITIES}, fixed=fixed, title="locking", **common)
    held = {"units": units, "asked": asked, "fraction": fraction}
    dims = {"dimensions": dimensions, "load": loads}
    data = data.merge(sweep.grid(remembering, dims, fixed=held, title="memory", **common))
    line = [theory.order_parameter(np.array(couplings), kind) for kind in DENSITIES]
    data = data.assign(
        theory_locked=(("density", "coupling"), line), theory_length=("load", theory.overlap(np.array(loads)))
    )
    critical = [theory.critical_coupling(kind) for kind in DENSITIES]
    return data.assign_coords(coupling=list(couplings), critical=("density", critical))


def summary(data: xr.Dataset) -> Table:
    """Tabulate order parameters and overlaps, each beside its theory."""
    from rich.table import Table

    table = Table(title="oscillators: order parameter R, and what is kept of an item")
    for head in ("what", "at", "measured", "theory"):
        table.add_column(head, justify="right")
    for density in data.density.values:
        for k in data.coupling.values:
            one = data.sel(density=density, coupling=k)
            table.add_row(f"R, {density}", f"K {k:g}", f"{float(one.locked.mean()):.3f}", f"{float(one.theory_locked):.3f}")
    for n in data.dimensions.values:
        for load in data["load"].values:
            one = data.sel(dimensions=n, load=load)
            at, line = f"{n} dimensions, load {load:g}", f"{float(one.theory_length):.3f}" if n == 2 else ""
            table.add_row("overlap", at, f"{float(one.overlap.mean()):.3f}", "")
            table.add_row("length", at, f"{float(one.length.mean()):.3f}", line)
    return table
