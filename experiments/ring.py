"""What holds a bump of activity on a ring, and how fast does noise move it? Against theory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, results, sweep
from neuromem.experiments._spread import said, standard_error
from neuromem.theory import ring as theory

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"trials": 2, "units": 64, "duration": 20.0, "noises": (0.005,)}
VARIABLES = {
    "height": ("height U0 of the bump", "1"),
    "theory_height": ("height U0, theory", "1"),
    "shape": ("the bump's activity at half the critical inhibition", "1"),
    "theory_shape": ("the bump's activity, theory", "1"),
    "width": ("half-width of the bump of the ring model", "rad"),
    "theory_width": ("half-width, theory", "rad"),
    "variance": ("variance of the bump's place over its copies", "rad^2"),
    "diffusion": ("variance of the bump's place in a unit of time", "rad^2"),
    "theory_diffusion": ("variance in a unit of time, theory", "rad^2"),
    "critical": ("critical inhibition kc", "1"),
    "inhibition": ("inhibition over its critical value, k/kc", "1"),
    "modulation": ("J1, strength of the tuned connections", "1"),
    "noise": ("noise of a unit in a unit of time", "1"),
    "place": ("preferred direction", "rad"),
    "time": ("time", "time constants"),
}
DT = 0.05  # of the stochastic steps; a relaxation takes steps of 0.1
STRENGTH, FLAT, DRIVE = 1.0, -2.0, 1.0  # J0 of the attractor; J0 and I of the ring model
ANGLES = 512  # of the ring model
FRAMES = 10  # times at which the place is read


def connections(units: int, width: float) -> np.ndarray:
    """Return rho J dx of equation (1), (unit, unit); rho dx = 1."""
    angle = np.arange(units) * 2 * np.pi / units
    distance = np.abs((angle[:, None] - angle + np.pi) % (2 * np.pi) - np.pi)
    return STRENGTH / (np.sqrt(2 * np.pi) * width) * np.exp(-(distance**2) / (2 * width**2))


def directions(units: int) -> np.ndarray:
    """Return the preferred direction of each unit, in radians."""
    return (np.arange(units) - units // 2) * 2 * np.pi / units


def bump(height: float, units: int, width: float) -> np.ndarray:
    """Return the bump of theory (unit,), at direction 0."""
    return height * np.exp(-(directions(units) ** 2) / (4 * width**2))


def drift(u: np.ndarray, weights: np.ndarray, inhibition: float | np.ndarray) -> np.ndarray:
    """Return du/dt of copies (copy, unit), equations (1) and (2); rho int f = sum of f.

    The inhibition is that of all copies, or of each one (copy, 1).
    """
    square = np.maximum(u, 0) ** 2
    return square / (1 + inhibition * square.sum(1, keepdims=True)) @ weights - u


def relaxed(ratios: np.ndarray, units: int, width: float) -> np.ndarray:
    """Return the states (ratio, unit) into which bumps fall from one higher than all."""
    weights, kc = connections(units, width), theory.critical_inhibition(units, width, STRENGTH)
    tallest = float(theory.bump_height(float(ratios.min()) * kc, units, width, STRENGTH))
    u = np.tile(bump(1.2 * tallest, units, width), (len(ratios), 1))
    for _ in range(4000):
        u = u + 0.1 * drift(u, weights, ratios[:, None] * kc)
    return u


def ring_width(modulation: float) -> float:
    """Return the half-width of the ring model's bump; pi if all units are active."""
    x = np.arange(ANGLES) * 2 * np.pi / ANGLES
    m = 1 + 0.1 * np.cos(x)
    for _ in range(6000):
        tuned = np.cos(x) * (m * np.cos(x)).mean() + np.sin(x) * (m * np.sin(x)).mean()
        field = DRIVE + FLAT * m.mean() + modulation * tuned
        m = m + 0.3 * (np.maximum(field, 0) - m)
    if (field > 0).all():
        return float(np.pi)
    first = int(np.flatnonzero(field <= 0)[0])  # the edge, between two angles
    return float(x[first - 1] + (x[1] - x[0]) * field[first - 1] / (field[first - 1] - field[first]))


def point(
    *, seed: int, noise: float, units: int, width: float, inhibition: float, duration: float, copies: int
) -> Mapping[str, Any]:
    """Let noise move copies of one bump, and read their places by the population vector."""
    rng, weights = np.random.default_rng(seed), connections(units, width)
    k = inhibition * theory.critical_inhibition(units, width, STRENGTH)
    place, height = directions(units), float(theory.bump_height(k, units, width, STRENGTH))
    u = np.tile(bump(height, units, width), (copies, 1))
    steps = max(FRAMES, round(duration / DT))
    at = np.rint(np.linspace(steps / FRAMES, steps, FRAMES)).astype(int)
    variance = []
    for step in range(1, steps + 1):
        u = u + DT * drift(u, weights, k) + noise * DT**0.5 * rng.standard_normal(u.shape)
        if step in at:
            variance.append(np.angle(np.maximum(u, 0) @ np.exp(1j * place)).var(ddof=1))
    times = at * DT
    slope = np.polyfit(times[1:], variance[1:], 1)[0]  # what is read adds a constant
    return {"variance": ("time", np.array(variance)), "diffusion": slope, "time": ("time", times)}


@results.experiment(VARIABLES)
def run(
    *,
    units: Annotated[int, "Units on the circle."] = 128,
    width: Annotated[float, "Range a of the connections, in radians."] = 0.5,
    inhibitions: Annotated[tuple[float, ...], "Inhibitions over the critical one."] = (
        0.1,
        0.25,
        0.5,
        0.75,
        0.9,
        0.98,
        1.05,
        1.2,
    ),
    modulations: Annotated[tuple[float, ...], "J1 of the ring model."] = (1.5, 1.95, 2.05, 2.5, 3.0, 4.0, 6.0),
    noises: Annotated[tuple[float, ...], "Noise of a unit, in a unit of time."] = (0.002, 0.005, 0.01),
    duration: Annotated[float, "How long noise moves the bump, in time constants of a unit."] = 50.0,
    copies: Annotated[int, "Copies of the bump that noise moves, in a trial."] = 50,
    trials: Annotated[int, "Repetitions, each with other noise."] = 10,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """What holds a bump of activity on a ring, and how fast does noise move it?

    Two networks are on a circle. In the continuous attractor, with divisive inhibition, the height
    of the bump is measured against the inhibition, which kills it beyond kc, and how fast noise
    moves the bump at half of kc. In the ring model of threshold-linear units the half-width of the
    bump is measured against the strength J1 of the tuned connections, below which it is flat.
    """
    checks.whole("units", units, least=8)
    checks.real("width", width, above=0, most=1)
    for name, values in (("inhibitions", inhibitions), ("modulations", modulations), ("noises", noises)):
        for value in values:
            checks.real(name, value, above=0)
    checks.real("duration", duration, above=0)
    checks.whole("copies", copies, least=2)
    checks.fits("units and copies", 32 * units * (units + copies), "take fewer units or copies")
    fixed = {"units": units, "width": width, "inhibition": 0.5, "duration": duration, "copies": copies}
    data = sweep.grid(point, {"noise": noises}, trials=trials, seed=seed, fixed=fixed, title="ring")
    times = data.time.isel(noise=0, trial=0).values
    data = data.drop_vars("time").assign_coords(time=times)
    kc = float(theory.critical_inhibition(units, width, STRENGTH))
    ratios = np.array(inhibitions)
    bumps, half = relaxed(ratios, units, width), relaxed(np.array([0.5]), units, width)[0]
    line = theory.bump_height(ratios * kc, units, width, STRENGTH)
    one = bump(float(theory.bump_height(0.5 * kc, units, width, STRENGTH)), units, width)
    data = data.assign(
        height=("inhibition", bumps.max(1)),
        theory_height=("inhibition", line),
        shape=("place", half),
        theory_shape=("place", one),
        width=("modulation", [ring_width(j) for j in modulations]),
        theory_width=("modulation", theory.half_width(np.array(modulations))),
        theory_diffusion=("noise", theory.diffusion(np.array(noises), 0.5 * kc, units, width, STRENGTH)),
    )
    axes = {"inhibition": list(inhibitions), "modulation": list(modulations), "place": directions(units)}
    return data.assign_coords({**axes, "critical": kc})


def summary(data: xr.Dataset) -> Table:
    """Tabulate every measured number beside its theory."""
    from rich.table import Table

    table = Table(title=f"bumps on a ring; kc = {float(data.critical):.5f}")
    for head in ("what", "at", "measured", "theory"):
        table.add_column(head, justify="right")
    for k in data.inhibition.values:
        one = data.sel(inhibition=k)
        table.add_row("height", f"k/kc {k:g}", f"{float(one.height):.6f}", f"{float(one.theory_height):.6f}")
    for j in data.modulation.values:
        one = data.sel(modulation=j)
        table.add_row("half-width", f"J1 {j:g}", f"{float(one.width):.4f}", f"{float(one.theory_width):.4f}")
    for noise in data.noise.values:
        one = data.sel(noise=noise)
        found = said(float(one.diffusion.mean("trial")), float(standard_error(one.diffusion)))
        table.add_row("diffusion", f"noise {noise:g}", found, f"{float(one.theory_diffusion):.3g}")
    return table
