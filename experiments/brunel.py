"""Does a sparse network of spiking cells have Brunel's four states, at the rates of mean field?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, results, sweep
from neuromem.spiking import LIF, Background, Circuit, Indegree, Population, Projection, Record, fast
from neuromem.theory import integrate_and_fire as theory

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"cells": 1250, "weight_mv": 0.4, "duration_ms": 300.0}
VARIABLES = {
    "rate": ("rate of an excitatory cell", "Hz"),
    "rate_error": ("standard error of the rate, over windows of 100 ms", "Hz"),
    "theory_rate": ("rate of the asynchronous state, mean field", "Hz"),
    "variation": ("coefficient of variation of a cell's intervals, mean over excitatory cells", "1"),
    "frequency": ("frequency at which the rate of the network oscillates most", "Hz"),
    "swing": ("standard deviation over mean of the rate of the network", "1"),
    "activity": ("rate of the excitatory cells in the last steps of time", "Hz"),
    "spikes": ("spikes of some excitatory cells in the last steps of time", "1"),
    "inhibition": ("g, how much stronger inhibitory synapses are", "1"),
    "drive": ("eta, rate of the sources outside over that which reaches the threshold", "1"),
    "time": ("time", "ms"),
}
STATES = {  # g and eta of figure 8
    "synchronous regular": (3.0, 2.0),
    "fast oscillation": (6.0, 4.0),
    "asynchronous irregular": (5.0, 2.0),
    "slow oscillation": (4.5, 0.9),
}
STEP, DELAY, THRESHOLD, TAU = 0.1, 1.5, 20.0, 20.0  # ms, ms, mV above rest, ms
CONNECTED = 0.1  # share of the cells that a cell has synapses from
BIN, WINDOW, LAST, SHOWN = 0.5, 100.0, 200.0, 50  # ms, ms, ms, cells


def network(cells: int, inhibition: float, drive: float, weight_mv: float, reset_mv: float, seed: int) -> Circuit:
    """Return the circuit of model A, of which four cells of five excite."""
    sizes = {"E": cells * 4 // 5, "I": cells - cells * 4 // 5}
    reached = {name: max(1, round(CONNECTED * size)) for name, size in sizes.items()}
    cell = LIF(1.0, TAU, 2.0, v_rest=0.0, v_reset=reset_mv, v_thresh=THRESHOLD, synapses="delta")
    outside = Background(1000 * drive * THRESHOLD / (weight_mv * TAU), weight_mv)  # C eta nu_thr
    wires = []
    for number, (pre, post) in enumerate((a, b) for a in "EI" for b in "EI"):
        pattern = Indegree(reached[pre], 4 * (seed % 2**32) + number)
        if pre == "E":
            wires.append(Projection(pre, post, pattern, weight_mv, DELAY))
        else:
            wires.append(Projection(pre, post, pattern, inhibition * weight_mv, DELAY, "inhibitory"))
    cells_of = [Population(name, size, cell, background=outside) for name, size in sizes.items()]
    return Circuit(tuple(cells_of), tuple(wires), step_ms=STEP)


def variation(record: Record, dropped_ms: float) -> float:
    """Return the mean CV of the intervals of excitatory cells; NaN where all are silent."""
    mine = record.of("E") & (record.time_ms >= dropped_ms)
    order = np.lexsort((record.time_ms[mine], record.neuron[mine]))
    neuron, time = record.neuron[mine][order], record.time_ms[mine][order]
    size = record.sizes[record.names.index("E")]
    same = np.diff(neuron) == 0
    of, interval = neuron[1:][same], np.diff(time)[same]
    number = np.bincount(of, minlength=size)
    enough = number >= 3
    if not enough.any():
        return float("nan")
    mean, square = (np.bincount(of, interval**n, size)[enough] / number[enough] for n in (1, 2))
    return float((np.sqrt(np.maximum(square - mean**2, 0)) / mean).mean())


def read(record: Record, dropped_ms: float, duration_ms: float) -> dict[str, Any]:
    """Return the rate of the excitatory cells, its standard error, and how they fire."""
    size = record.sizes[record.names.index("E")]
    mine = record.of("E") & (record.time_ms >= dropped_ms - STEP / 2)
    bins = round(duration_ms / BIN)
    place = np.minimum(((record.time_ms[mine] - dropped_ms + STEP / 2) / BIN).astype(int), bins - 1)
    activity = np.bincount(place, minlength=bins) * 1000 / BIN / size
    power = np.abs(np.fft.rfft(activity - activity.mean())) ** 2
    windows = [window.mean() for window in np.array_split(activity, max(2, round(duration_ms / WINDOW)))]
    last = round(min(LAST, duration_ms) / BIN)
    shown = min(SHOWN, size)
    few = (place >= bins - last) & (record.neuron[mine] < shown)
    spikes = np.zeros((shown, last), np.int8)
    spikes[record.neuron[mine][few], place[few] - bins + last] = 1
    return {
        "rate": float(activity.mean()),
        "rate_error": float(np.std(windows, ddof=1) / np.sqrt(len(windows))),
        "variation": variation(record, dropped_ms),
        "frequency": float(np.fft.rfftfreq(bins, BIN / 1000)[power.argmax()]),
        "swing": float(activity.std() / activity.mean()) if activity.any() else float("nan"),
        "activity": ("time", activity[-last:]),
        "spikes": (("cell", "time"), spikes),
    }


def point(
    *, seed: int, state: str, cells: int, weight_mv: float, reset_mv: float, duration_ms: float, dropped_ms: float
) -> Mapping[str, Any]:
    """Run one network, and read its rate, its regularity and its oscillation."""
    circuit = network(cells, *STATES[state], weight_mv, reset_mv, seed)
    return read(fast.run(circuit, dropped_ms + duration_ms, rng=seed), dropped_ms, duration_ms)


@results.experiment(VARIABLES)
def run(
    *,
    states: Annotated[tuple[str, ...], "Which of the four states."] = tuple(STATES),
    cells: Annotated[int, "Cells, of which four of five excite; each has synapses from a tenth of them."] = 12500,
    weight_mv: Annotated[float, "What a spike moves the potential of its target by."] = 0.1,
    reset_mv: Annotated[float, "Potential after a spike, above rest."] = 10.0,
    duration_ms: Annotated[float, "How long a network is watched."] = 500.0,
    dropped_ms: Annotated[float, "How long it runs before."] = 200.0,
    trials: Annotated[int, "Repetitions, each with other synapses and another drive."] = 1,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """Does a sparse network of spiking cells have Brunel's four states, at the rates of mean field?

    Excitatory and inhibitory cells are joined at random, and each is driven by a Poisson process of
    its own. Where inhibition is weak all cells fire together and regularly; where it dominates they
    fire irregularly, in a network that is nearly steady, or oscillates fast under a strong drive
    and slowly under a weak one.
    """
    for state in states:
        checks.choice("states", state, STATES)
    checks.whole("cells", cells, least=20)
    checks.real("weight_mv", weight_mv, above=0, most=THRESHOLD)
    checks.real("reset_mv", reset_mv, least=-100, most=THRESHOLD - 1)
    watched = {"duration_ms": checks.real("duration_ms", duration_ms, least=10, most=1e7)}
    watched["dropped_ms"] = checks.real("dropped_ms", dropped_ms, least=0, most=1e7)
    for name, time_ms in watched.items():
        if time_ms % BIN:
            raise checks.refusal(name, f"be a multiple of {BIN} ms", f"was {time_ms:g}")
    fixed = {"cells": cells, "weight_mv": weight_mv, "reset_mv": reset_mv}
    data = sweep.grid(point, {"state": states}, trials=trials, seed=seed, fixed=fixed | watched, title="brunel")
    size = cells * 4 // 5
    synapses = max(1, round(CONNECTED * size))
    line = [theory.balanced_rate(*STATES[s], synapses=synapses, weight=weight_mv, reset=reset_mv) for s in states]
    pairs = np.array([STATES[state] for state in states])
    time = BIN * (np.arange(data.sizes["time"]) + 0.5 - data.sizes["time"]) + sum(watched.values())
    data = data.assign(theory_rate=("state", line))
    return data.assign_coords(inhibition=("state", pairs[:, 0]), drive=("state", pairs[:, 1]), time=time)


def summary(data: xr.Dataset) -> Table:
    """Tabulate the rate beside mean field, and how regular and how synchronous each state is."""
    from rich.table import Table

    table = Table(title="rates of the excitatory cells, mean over trials")
    for head in ("state", "g", "eta", "rate (Hz)", "error", "mean field", "CV", "oscillates at (Hz)", "sd/mean"):
        table.add_column(head, justify="left" if head == "state" else "right")
    for state in data.state.values:
        one = data.sel(state=state)
        numbers = [
            float(one[name].mean()) for name in ("rate", "rate_error", "theory_rate", "variation", "frequency", "swing")
        ]
        form = zip(numbers, (".2f", ".2f", ".2f", ".2f", ".0f", ".2f"), strict=True)
        table.add_row(
            str(state), f"{float(one.inhibition):g}", f"{float(one.drive):g}", *(f"{value:{spec}}" for value, spec in form)
        )
    return table
