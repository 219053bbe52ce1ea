"""How long does the spiking CA3 stay right? Random operations, published against cured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, results
from neuromem.models.ca3 import Operation, answers, circuit, schedule
from neuromem.spiking import Spikes, fast

if TYPE_CHECKING:
    from rich.table import Table

QUICK = {"trials": 3, "recalls": 15}
COMPARED = ("ca3",)
VARIABLES = {
    "right": ("recalls that gave exactly the right set", "1"),
    "asked": ("recalls of each run", "1"),
    "active": ("active neurons of a content", "1"),
}
MEMORIES: dict[str, dict[str, Any]] = {
    "published": {},
    "gated": {"gated": True},
    "cured": {"gated": True, "match": "best"},
}
RULES = {"published": "any", "gated": "any", "cured": "best"}  # the right answer that each memory is made for
OPERATION = 500  # bytes of an operation, its answer and its spikes
KINDS = {"cue": 0, "1 neuron": 1, "3 neurons": 3}


def random_operations(
    rng: np.random.Generator, cues: int, units: int, active: int, fragment: int, recalls: int, overwrites: bool
) -> tuple[list[Operation], list[dict[str, set[int]] | None]]:
    """Draw operations and their right answers.

    Every cue learns; then follow recalls at random, and after every second of them a random cue
    learns again. The answer is None for a learning, and for a recall by cue (fragment 0) the
    content. For a recall by a fragment of a stored content it is cues: with "any" all that hold
    one neuron of it, as published, and with "best" those that hold most of it.
    """
    held: dict[int, set[int]] = {}
    operations: list[Operation] = []
    expected: list[dict[str, set[int]] | None] = []

    def learn(cue: int) -> None:
        held[cue] = set(rng.choice(units, active, replace=False).tolist())
        operations.append(("learn", cue, sorted(held[cue])))
        expected.append(None)

    for cue in range(cues):
        learn(cue)
    for n in range(recalls):
        cue = int(rng.integers(cues))
        if not fragment:
            operations.append(("cue", cue))
            expected.append({"any": held[cue].copy(), "best": held[cue].copy()})
        else:
            part = set(rng.choice(sorted(held[cue]), fragment, replace=False).tolist())
            match = {c: len(part & content) for c, content in held.items()}
            operations.append(("content", sorted(part)))
            most = max(match.values())
            expected.append({"any": {c for c in match if match[c]}, "best": {c for c in match if match[c] == most}})
        if overwrites and n % 2:
            learn(int(rng.integers(cues)))
    return operations, expected


@results.experiment(VARIABLES)
def run(
    *,
    sizes: Annotated[tuple[str, ...], "Networks, CUESxUNITS."] = ("5x10", "16x16"),
    spacings: Annotated[tuple[str, ...], "Milliseconds after a learning / after a recall."] = ("14/14", "7/6"),
    active: Annotated[tuple[int, ...], "Active neurons of a content: the more, the more contents overlap."] = (3, 5),
    recalls: Annotated[int, "Recalls a run."] = 30,
    trials: Annotated[int, "Repetitions, each with other operations."] = 10,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """How long does the spiking CA3 stay right?

    Every memory runs the same operations: all cues learn, then come random recalls of one kind,
    with or without a relearning after every second one. A recall is right if exactly the right
    set came out. Two rules say which set is right for a fragment: "any", all cues that hold a
    neuron of it, which is what the published network is made for; and "best", the cues that
    hold most of it, which is what the cured one is made for.
    """
    grids = [tuple(_numbers("sizes", size, "x")) for size in sizes]
    waits = [tuple(_numbers("spacings", spacing, "/")) for spacing in spacings]
    for count in active:
        checks.whole("active", count, least=max(KINDS.values()), most=min(units for _, units in grids))
    checks.whole("recalls", recalls)
    checks.whole("trials", trials)
    dims = ("spacing", "overwrites", "kind", "active", "trial")
    shape = len(spacings), 2, len(KINDS), len(active), trials
    longest = max(cues for cues, _ in grids) + 2 * recalls  # operations of a run
    checks.fits("trials", OPERATION * longest * math.prod(shape), "give fewer trials or recalls")
    right = np.zeros((len(MEMORIES), len(sizes), 2, *shape), np.int64)
    for size, (cues, units) in enumerate(grids):
        runs = []
        for at in np.ndindex(shape):
            rng = np.random.default_rng([seed, size, *at[1:]])  # the same operations at every spacing
            kind = list(KINDS.values())[at[2]]
            operations, expected = random_operations(rng, cues, units, active[at[3]], kind, recalls, bool(at[1]))
            learn_ms, recall_ms = waits[at[0]]
            starts, spikes = schedule(operations, learn_ms, recall_ms, cues, units)
            runs.append((at, expected, starts, spikes))
        for memory, options in enumerate(MEMORIES.values()):
            net = circuit(cues, units, **options)
            put = [(c, t, name, i) for c, one in enumerate(runs) for name, t, i in one[3] if name in net.names]
            columns = (np.array(column) for column in zip(*put, strict=True))
            last = max(one[2][-1] for one in runs) + 10
            record = fast.run(net, last, inputs=Spikes(*columns), copies=len(runs), keep_weights=False)
            for copy, (at, expected, starts, _) in enumerate(runs):
                side = 1 if at[2] == 0 else 0
                for answer, wanted in zip(answers(record, starts, copy), expected, strict=True):
                    if wanted is not None:
                        right[(memory, size, slice(None), *at)] += [answer[side] == wanted[rule] for rule in ("any", "best")]
    data = xr.Dataset(
        {"right": (("memory", "size", "rule", *dims), right), "asked": recalls},
        {
            "memory": list(MEMORIES),
            "size": list(sizes),
            "rule": ["any", "best"],
            "spacing": list(spacings),
            "overwrites": ["no", "yes"],
            "kind": list(KINDS),
            "active": list(active),
        },
    )
    return data


def _numbers(name: str, text: str, between: str) -> list[int]:
    parts = str(text).split(between)
    if len(parts) != 2 or not all(part.isdigit() and int(part) for part in parts):
        raise checks.refusal(name, f"be two positive whole numbers such as 5{between}10", f"was {text!r}")
    return [int(part) for part in parts]


def summary(data: xr.Dataset) -> Table:
    """Tabulate right / asked, over sizes, overlaps and trials.

    The published memory comes first, the cured one last.
    """
    from rich.table import Table

    table = Table(title="exactly the right set / recalls: any match (published, gated), best match (cured)")
    for head in ("ms", "relearn", "recall", *MEMORIES):
        table.add_column(head, justify="right", no_wrap=True)
    pooled = data.right.sum(("size", "active", "trial"))
    asked = int(data.asked) * data.sizes["size"] * data.sizes["active"] * data.sizes["trial"]
    for spacing in data.spacing.values:
        for overwrites in data.overwrites.values:
            for kind in data.kind.values:
                one = pooled.sel(spacing=spacing, overwrites=overwrites, kind=kind)
                cells = (f"{int(one.sel(memory=memory, rule=RULES[memory]))}/{asked}" for memory in MEMORIES)
                table.add_row(str(spacing), str(overwrites), str(kind), *cells)
    return table
