"""Does the spiking CA3 do what was published? Its three experiments, every operation judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import xarray as xr

from neuromem import results
from neuromem.models.ca3 import CA3, Operation, answers, schedule

if TYPE_CHECKING:
    from rich.table import Table

QUICK: dict[str, object] = {}
COMPARED = ("ca3",)
VARIABLES = {
    "experiment": ("published experiment that a spike belongs to", ""),
    "time_ms": ("time of the spike", "ms"),
    "population": ("population of the spike", ""),
    "neuron": ("neuron in its population", "1"),
    "of": ("published experiment that an operation belongs to", ""),
    "start_ms": ("start of the operation", "ms"),
    "operation": ("operation", ""),
    "expected": ("neurons that should answer", ""),
    "answer": ("neurons that answered", ""),
    "passed": ("whether exactly the right neurons answered", "1"),
    "events": ("synaptic events", "1"),
}
STATES = (0, 5, 1, 3, 0, 3, 4, 5, 0, 5, 4, 3, 2, 4, 4, 3)  # of the 4x4 map, row after row


def functional() -> list[Operation]:
    """Learning, recall by cue and by fragment, and forgetting.

    The network has 5 cues and 10 neurons.
    """
    learn: list[Operation] = [("learn", 0, [0, 1, 8, 9]), ("learn", 4, [1, 5, 6]), ("learn", 3, [4, 5, 6])]
    ask: list[Operation] = [("cue", 0), ("content", [6]), ("content", [0, 4])]
    return [*learn, *ask, ("learn", 3, [1, 3, 4, 8]), ("cue", 3), ("content", [6])]


def stress() -> list[Operation]:
    """Cue i learns the binary digits of i + 1, then their complement, then the digits again.

    Everything is recalled each time. The network has 5 cues and 10 neurons.
    """
    ones = [[j for j in range(10) if (i + 1) >> j & 1] for i in range(5)]
    zeros = [[j for j in range(10) if j not in content] for content in ones]
    operations: list[Operation] = []
    for contents in (ones, zeros, ones):
        operations += [("learn", i, content) for i, content in enumerate(contents)]
        operations += [("cue", i) for i in range(5)]
        operations += [("content", [j]) for j in range(10)]
    return operations


def application() -> list[Operation]:
    """The states of a 4x4 map are learnt, and then states ask for their cells.

    The network has 16 cues and 6 neurons.
    """
    learn: list[Operation] = [("learn", cell, [state]) for cell, state in enumerate(STATES)]
    return [*learn, ("content", [1, 2, 4]), ("content", [3]), ("content", [5]), ("content", [0])]


EXPERIMENTS = {  # operations, cues, units, ms after a learning, ms after a recall
    "functional": (functional(), 5, 10, 10, 10),
    "stress": (stress(), 5, 10, 14, 14),
    "application": (application(), 16, 6, 7, 6),
}


def judge(operations: Sequence[Operation], got: Sequence[tuple[set[int], set[int]]]) -> list[tuple[str, str, str, bool]]:
    """Give (operation, expected, answer, passed) for each operation.

    A learning passes if its cue and content came out.
    """
    held: dict[int, set[int]] = {}
    rows = []
    for operation, (cues, content) in zip(operations, got, strict=True):
        if operation[0] == "learn":
            _, cue, neurons = operation  # type: ignore[misc]
            held[cue] = set(neurons)
            expected, answer, passed = held[cue], content, cue in cues and held[cue] <= content
        elif operation[0] == "cue":
            expected, answer = held.get(operation[1], set()), content  # type: ignore[arg-type]
            passed = answer == expected
        else:
            expected, answer = {c for c, one in held.items() if one & set(operation[1])}, cues  # type: ignore[arg-type]
            passed = answer == expected
        name = " ".join([str(operation[0]), *(_text(part) for part in operation[1:])])
        rows.append((name, _text(expected), _text(answer), passed))
    return rows


def _text(part: object) -> str:
    return str(part) if isinstance(part, int) else "{" + ", ".join(map(str, sorted(part))) + "}"  # type: ignore[call-overload]


@results.experiment(VARIABLES)
def run(
    *,
    engine: Annotated[Literal["fast", "brian2"], "Which simulator runs the circuits."] = "fast",
) -> xr.Dataset:
    """Does the spiking CA3 do what was published?

    Its three experiments are run spike by spike, and every operation is judged. "functional"
    has 9 operations on 5 x 10 neurons, "stress" has 60 operations on 5 x 10 with a complement,
    and "application" is a 4x4 map on 16 x 6.
    """
    spikes: dict[str, list] = {"experiment": [], "time_ms": [], "population": [], "neuron": []}
    rows: list[tuple[str, float, str, str, str, bool]] = []
    events = []
    for name, (operations, cues, units, learn, recall) in EXPERIMENTS.items():
        record = CA3(units, cues=cues, engine=engine).simulate(
            operations, learn_interval_ms=learn, recall_interval_ms=recall
        )
        starts, _ = schedule(operations, learn, recall, cues, units)
        judged = judge(operations, answers(record, starts))
        rows += [(name, start, *row) for start, row in zip(starts, judged, strict=False)]
        spikes["experiment"] += [name] * len(record)
        for key in ("time_ms", "population", "neuron"):
            spikes[key] += getattr(record, key).tolist()
        events.append(int(record.events[0]))
    columns = ("of", "start_ms", "operation", "expected", "answer", "passed")
    data = xr.Dataset(
        {key: ("spike", values) for key, values in spikes.items()}
        | {key: ("op", np.array(values)) for key, values in zip(columns, zip(*rows, strict=True), strict=True)}
        | {"events": ("name", events)},
        {"name": list(EXPERIMENTS)},
    )
    return data


def summary(data: xr.Dataset) -> Table:
    """Tabulate every operation with what it should and did answer."""
    from rich.table import Table

    right = int(data.passed.sum())
    table = Table(title=f"{right} of {data.sizes['op']} operations right, {data.sizes['spike']} spikes")
    for head in ("experiment", "ms", "operation", "expected", "answer", "verdict"):
        table.add_column(head)
    for n in range(data.sizes["op"]):
        row = data.isel(op=n)
        cells = (str(row[key].values) for key in ("of", "start_ms", "operation", "expected", "answer"))
        table.add_row(*cells, "[green]pass[/]" if bool(row.passed) else "[red]FAIL[/]")
    return table
