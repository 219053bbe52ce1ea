"""How long does a synapse remember? The signal of an item against its age, for four kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr
from scipy.linalg import solve_discrete_lyapunov

from neuromem import checks, results, sweep
from neuromem.theory import lifetimes as theory

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"number": 500, "measured": 200, "trials": 2}
VARIABLES = {
    "signal": ("signal-to-noise ratio of an item, over sqrt(N)", "1"),
    "theory_signal": ("signal-to-noise ratio over sqrt(N), theory", "1"),
    "lifetime": ("age at which the ratio falls below 1, theory", "items"),
    "age": ("items that came after", "items"),
    "number": ("synapses N", "1"),
}
SYNAPSES = ("binary:0.3", "binary:0.03", "clipped:10", "cascade:5", "cascade:10", "chain:6", "chain:10")
AGES = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
LONGEST = 26  # variables of a chain whose stationary spread float64 can tell
NUMBERS = (1e3, 1e4, 1e5, 1e6, 1e7, 1e8)


def kind(synapse: str) -> tuple[str, float]:
    """Return the kind of synapse and its size, from a text such as "cascade:5"."""
    name, _, size = str(synapse).partition(":")
    checks.choice("synapses", name, theory.KINDS)
    try:
        number = float(size)
    except ValueError:
        way_out = "give for example cascade:5"
        raise checks.refusal("synapses", "name a kind and its size", f"was {synapse!r}", way_out) from None
    if name == "chain" and number > LONGEST:
        must, way_out = f"be chains of at most {LONGEST} variables", "theory.lifetimes has the signal of longer ones"
        raise checks.refusal("synapses", must, f"holds {synapse!r}", way_out)
    return name, number


class Chains:
    """Chains of variables (variable, synapse), equation (5) of the theory in steps of one item.

    With `rng` they begin as after endlessly many items, else empty.
    """

    def __init__(self, variables: int, number: int, rng: np.random.Generator | None = None):
        k = np.arange(variables)
        self.held, self.passed = 2.0 ** k[:, None], theory.LEAK * 2.0 ** -k[:, None]
        self.u = np.zeros((variables, number))
        if rng is not None:
            enters = np.diag(np.r_[1.0, np.zeros(variables - 1)])
            spread = solve_discrete_lyapunov(self.flowed(np.eye(variables)), enters)  # of u over many items
            self.u = np.linalg.cholesky(spread) @ rng.standard_normal(self.u.shape)

    def flowed(self, u: np.ndarray) -> np.ndarray:
        """Return the variables (variable, synapse) a step later, without a change."""
        flow = self.passed * (u - np.concatenate([u[1:], 0 * u[:1]]))
        return u + (np.concatenate([0 * flow[:1], flow[:-1]]) - flow) / self.held

    def change(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Let variables flow for a step, add a change of +1/-1, and return the weights."""
        self.u = self.flowed(self.u)
        self.u[0] += x
        return self.u[0]


class States:
    """Synapses of a finite number of states, which jump as the theory's matrices say."""

    def __init__(self, name: str, size: float, number: int, rng: np.random.Generator):
        self.weights, up, down = theory.transitions(name, size)
        self.steps = {sign: np.cumsum(matrix, axis=0).T for sign, matrix in ((1, up), (-1, down))}
        self.state = rng.integers(len(self.weights), size=number)

    def change(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Let each synapse jump at a change of +1/-1, and return the weights."""
        draw = rng.random(len(x))[:, None]
        reach = np.where((x > 0)[:, None], self.steps[1][self.state], self.steps[-1][self.state])
        self.state = (draw >= reach).sum(1).clip(max=len(self.weights) - 1)
        return self.weights[self.state]


def point(*, seed: int, synapse: str, number: int, measured: int) -> Mapping[str, Any]:
    """Store items one after the other, and look each one up at every age."""
    name, size = kind(synapse)
    rng = np.random.default_rng(seed)
    synapses = Chains(int(size), number, rng) if name == "chain" else States(name, size, number, rng)
    warm = AGES[-1] + 1  # items before the first look
    items = rng.choice([-1, 1], (warm + measured, number)).astype(np.int8)
    found, square = np.zeros(len(AGES)), 0.0
    for at, x in enumerate(items):
        w = synapses.change(x, rng)
        if at >= warm:
            found += [float(w @ items[at - age]) / number for age in AGES]
            square += float((w**2).mean())
    return {"signal": ("age", found / measured / np.sqrt(square / measured))}


@results.experiment(VARIABLES)
def run(
    *,
    synapses: Annotated[tuple[str, ...], "Kinds of synapse and their sizes, KIND:SIZE."] = SYNAPSES,
    number: Annotated[int, "Synapses that are simulated."] = 2000,
    measured: Annotated[int, "Items that are looked up."] = 500,
    trials: Annotated[int, "Repetitions, each with other items."] = 4,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """How long does a synapse remember?

    Random items are stored one after the other, each of which asks every synapse for a change of
    random sign. An observer who knows them looks items of every age up. The signal-to-noise ratio
    is measured, and beside it are its theory, and the age at which it falls below 1 for any number
    of synapses: sqrt(N) for binary synapses, and almost N for chains.
    """
    for synapse in synapses:
        name, size = kind(synapse)
        theory.signal(name, size, 0)
    checks.whole("number", number)
    checks.whole("measured", measured)
    checks.fits("measured", number * (AGES[-1] + measured), "give fewer synapses or items")
    fixed = {"number": number, "measured": measured}
    data = sweep.grid(point, {"synapse": synapses}, trials=trials, seed=seed, fixed=fixed, title="forgetting")
    line = [theory.signal(*kind(synapse), np.array(AGES)) for synapse in synapses]
    ends = [[theory.lifetime(*kind(synapse), n) for n in NUMBERS] for synapse in synapses]
    data = data.assign(theory_signal=(("synapse", "age"), line), lifetime=(("synapse", "number"), ends))
    return data.assign_coords(age=list(AGES), number=list(NUMBERS))


def summary(data: xr.Dataset) -> Table:
    """Tabulate the ratio at a few ages, measured and in theory, and lifetimes."""
    from rich.table import Table

    table = Table(title="signal over sqrt(N), measured / theory; lifetime by theory")
    table.add_column("synapse")
    ages, numbers = (0, 1, 8, 64, 512), (1e4, 1e6, 1e8)
    for age in ages:
        table.add_column(f"age {age}", justify="right")
    for n in numbers:
        table.add_column(f"N = {n:.0e}", justify="right")
    mean = data.signal.mean("trial")
    for synapse in data.synapse.values:
        cells = [
            f"{float(mean.sel(synapse=synapse, age=age)):.4f}\n{float(data.theory_signal.sel(synapse=synapse, age=age)):.4f}"
            for age in ages
        ]
        ends = [f"{float(data.lifetime.sel(synapse=synapse, number=n)):.0f}" for n in numbers]
        table.add_row(str(synapse), *cells, *ends)
    return table
