"""Which learning rule conditions as animals do? Nine classical experiments on every rule."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr

from neuromem import checks, results
from neuromem.catalogue import short
from neuromem.memory import Memory
from neuromem.models import Spec, make, sources

if TYPE_CHECKING:
    from rich.table import Table

QUICK: dict[str, Any] = {"models": ("pavlov:rule=hebb", "pavlov:rule=delta")}
VARIABLES = {
    "response": ("response to one stimulus alone, after so many presentations", "unconditional stimuli"),
    "end": ("response to the stimulus in question (B in blocking, second-order, inhibition) at the end", "as response"),
    "shown": ("whether the phenomenon shows, from medians over trials", "1"),
    "presentation": ("presentations", "1"),
}
STIMULI = {"A": (1, 0), "B": (0, 1), "AB": (1, 1), "-": (0, 0)}  # "-": nothing but time passes
VERDICTS = ("no", "yes", "forgets")
FEW = 5  # presentations after which speed is compared

# A phase is a number of presentations, or None for `presentations`, and its stimuli in turn, each
# with what follows: "+" the unconditional stimulus, "-" nothing, "a" what A alone calls up.
PHENOMENA: dict[str, dict[str, tuple]] = {
    "acquisition": {"group": ((None, "A+"),), "control": ((None, "A-"),)},
    "extinction": {"group": ((None, "A+"), (None, "A-")), "control": ((None, "A+"), (None, "--"))},
    "reacquisition": {
        "group": ((None, "A+"), (None, "A-"), (FEW, "A+")),
        "control": ((None, "--"), (None, "--"), (FEW, "A+")),
    },
    "blocking": {"group": ((None, "A+"), (None, "AB+")), "control": ((None, "--"), (None, "AB+"))},
    "overshadowing": {"group": ((None, "AB+"), (None, "AB+")), "control": ((None, "A+"), (None, "A+"))},
    "second-order": {"group": ((None, "A+"), (FEW, "Ba")), "control": ((None, "--"), (FEW, "Ba"))},
    "latent inhibition": {"group": ((None, "A-"), (FEW, "A+")), "control": ((None, "--"), (FEW, "A+"))},
    "overexpectation": {
        "group": ((None, "A+"), (None, "B+"), (None, "AB+")),
        "control": ((None, "A+"), (None, "B+"), (None, "--")),
    },
    "conditioned inhibition": {"group": ((None, "A+", "AB-"),), "control": ((None, "A+", "B-"),)},
}
PROBE = {"blocking": "B", "second-order": "B", "conditioned inhibition": "B"}  # A in the others


def shown(phenomenon: str, group: float, control: float, before: float) -> str:
    """Return whether the responses of both groups at the end show a phenomenon.

    Parameters
    ----------
    phenomenon : str
        One of `PHENOMENA`.
    group, control : float
        Responses at the end.
    before : float
        Response of the group before the last phase.

    Returns
    -------
    str
        "yes", "no", or "forgets" where the response went as fast with time alone.
    """
    if phenomenon == "acquisition":
        return "yes" if group > 0.5 and control < 0.1 else "no"
    if phenomenon == "extinction":
        if not (before > 0.5 and group < before / 2):
            return "no"
        return "yes" if group < control / 2 else "forgets"
    verdict = {
        "reacquisition": group > 1.1 * control and before < 0.5,
        "blocking": group < control / 2,
        "overshadowing": group < 0.75 * control,
        "second-order": group > control + 0.1,
        "latent inhibition": group < 0.75 * control,
        "overexpectation": group < 0.75 * control,
        "conditioned inhibition": group < control - 0.1,
    }
    return "yes" if verdict[phenomenon] else "no"


def learn(memory: Memory, phases: tuple, presentations: int, noise: float, rng: np.random.Generator) -> np.ndarray:
    """Return the responses to A and B alone after every presentation, (presentation, stimulus).

    The first are those before any presentation, 0.
    """
    probes = np.array([STIMULI["A"], STIMULI["B"]], float)
    responses = [np.zeros(2)]
    for number, *turns in phases:
        for _ in range(number or presentations):
            for turn in turns:
                stimulus, follows = np.array(STIMULI[turn[:-1]], float), turn[-1]
                value = {"+": 1.0, "-": 0.0, "a": responses[-1][0]}[follows]
                memory.store(stimulus[None] + rng.normal(0, noise, (1, 2)), np.array([[value]]))
                responses.append(np.asarray(memory.recall(probes))[:, 0])
    return np.array(responses)


def conditioned(spec: str, rate: float) -> Memory:
    """Return the memory of `spec`, with that learning rate, for two stimuli of any length."""
    name = spec.partition(":")[0]
    given = {"normalise": "none", "rate": str(rate)} if name == "pavlov" else {}
    return make(":".join([spec, *(f"{key}={value}" for key, value in given.items() if f":{key}=" not in spec)]), 2)


@results.experiment(VARIABLES)
def run(
    *,
    models: Annotated[tuple[Spec, ...], "Key-value memories: NAME, FILE.py:NAME or MODULE:NAME, with :KEY=VALUE."] = (
        "pavlov:rule=hebb",
        "pavlov:rule=hebb:decay=0.9",
        "pavlov:rule=delta",
        "pavlov:rule=delta:decay=0.95",
        "pavlov:rule=oja",
        "pavlov:rule=bcm",
        "pavlov:rule=least_squares",
        "pavlov:rule=least_squares:decay=0.9",
        "pavlov:rule=momentum:momentum=0.5",
        "attention:similarity=dot:beta=4:steps=1",
    ),
    presentations: Annotated[int, "Presentations in a phase."] = 30,
    rate: Annotated[float, "Learning rate of pavlov's rules."] = 0.2,
    noise: Annotated[float, "Standard deviation of noise added to every stimulus."] = 0.0,
    trials: Annotated[int, "Repetitions; all alike without noise."] = 1,
    seed: Annotated[int, "Seed of all random numbers."] = 0,
) -> xr.Dataset:
    """Which learning rule conditions as animals do? Nine classical experiments on every rule.

    Two stimuli A and B are orthonormal keys, the unconditional stimulus is the value 1, and the
    response is what is recalled. Each phenomenon compares a group with a control that lacks what
    should cause it. Animals show all nine (Mackintosh 1983, Conditioning and associative
    learning). The responses to A and to B alone after every presentation are kept.
    """
    checks.whole("presentations", presentations, least=FEW)
    checks.real("rate", rate, above=0)
    checks.real("noise", noise, least=0, most=1e100)  # squares of which are finite
    checks.whole("trials", trials)
    schedules = [phases for groups in PHENOMENA.values() for phases in groups.values()]
    longest = max(sum((number or presentations) * len(turns) for number, *turns in phases) for phases in schedules)
    memories = sources(models, 2)
    shape = len(memories), trials, len(PHENOMENA), 2, longest + 1, 2
    checks.fits("trials", 16 * math.prod(shape), "give fewer trials or presentations")
    response, end, before = np.full(shape, np.nan), np.zeros(shape[:4]), np.zeros(shape[:3])
    for m, spec in enumerate(memories):
        for trial in range(trials):
            for p, (phenomenon, groups) in enumerate(PHENOMENA.items()):
                probe = "AB".index(PROBE.get(phenomenon, "A"))
                for g, phases in enumerate(groups.values()):
                    rng = np.random.default_rng((seed, trial))
                    curve = learn(conditioned(spec, rate), phases, presentations, noise, rng)
                    response[m, trial, p, g, : len(curve)] = curve
                    end[m, trial, p, g] = curve[-1, probe]
                    if not g:
                        number, *turns = phases[-1]
                        before[m, trial, p] = curve[-1 - (number or presentations) * len(turns), probe]
    dims = ("model", "trial", "phenomenon", "schedule", "presentation", "stimulus")
    middle, verdict = np.median(end, 1), np.zeros((len(memories), len(PHENOMENA)), np.int8)
    for at in np.ndindex(verdict.shape):
        group, control = middle[at]
        early = float(np.median(before, 1)[at])
        verdict[at] = VERDICTS.index(shown(list(PHENOMENA)[at[1]], group, control, early))
    data = xr.Dataset(
        {"response": (dims, response), "end": (dims[:4], end), "shown": (("model", "phenomenon"), verdict)},
        coords={
            "model": [*map(str, memories)],
            "rule": ("model", [short(model, without=("similarity", "steps")) for model in memories]),
            "trial": np.arange(trials),
            "phenomenon": list(PHENOMENA),
            "schedule": ["group", "control"],
            "presentation": np.arange(longest + 1),
            "stimulus": ["A", "B"],
            "probe": ("phenomenon", [PROBE.get(name, "A") for name in PHENOMENA]),
        },
        attrs={"schedules": json.dumps(PHENOMENA)},
    )
    data.shown.attrs.update(flag_values=np.arange(3, dtype=np.int8), flag_meanings=" ".join(VERDICTS))
    return data


HEADS = {
    "acquisition": "acquis.",
    "extinction": "extinct.",
    "reacquisition": "reacq.",
    "blocking": "block.",
    "overshadowing": "oversh.",
    "second-order": "2nd",
    "latent inhibition": "latent",
    "overexpectation": "overexp.",
    "conditioned inhibition": "cond.inh.",
}


def summary(data: xr.Dataset) -> Table:
    """Return a table, rule x phenomenon, of the responses at the end and of what they show."""
    from rich import box
    from rich.table import Table

    title = "response at the end; + where the phenomenon shows, as in animals, ~ by forgetting alone, - not"
    table = Table(title=title, box=box.SIMPLE, padding=(0, 0))
    table.add_column("rule")
    for phenomenon in data.phenomenon.values:
        table.add_column(HEADS[phenomenon], justify="right", no_wrap=True)
    end = data.end.sel(schedule="group").median("trial").transpose("model", "phenomenon")
    marks = ("[red]-[/]", "[green]+[/]", "[yellow]~[/]")
    for rule, responses, shows in zip(data.rule.values, end.values, data.shown.values, strict=True):
        table.add_row(str(rule), *(f"{value:.2f}{marks[mark]}" for value, mark in zip(responses, shows, strict=True)))
    return table
