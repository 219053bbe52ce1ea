"""The fixed set of measurements of a card: the same settings and seeds for every memory."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from neuromem import __version__, cues, laws, metrics, models, patterns, provenance
from neuromem.memory import Memory
from neuromem.source import Source

UNITS, TRIALS, ASKED = 64, 3, 20
LOADS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
DAMAGES = (0.0, 0.1, 0.2, 0.3, 0.4)
LENGTHS, NUMBERS = (32, 64, 128, 256), (2, 8, 32, 128)
FEW = 4  # items of a memory whose length, basin or synapses are tried
BESIDE = ("hopfield", "attention")  # known memories, timed in the same run
LIMIT = 240.0  # seconds of measurements


class Late(Exception):
    """The time for a card is over."""


class Clock:
    """Counts the seconds of a card, and ends it.

    Parameters
    ----------
    limit : float
        Seconds from now.
    """

    def __init__(self, limit: float):
        self.begin, self.limit = time.monotonic(), limit

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.begin

    def check(self) -> None:
        """Raise Late once the time is over."""
        if self.seconds > self.limit:
            raise Late


def measure(spec: Any, limit: float = LIMIT) -> dict[str, Any]:
    """Measure a memory for its card.

    Parameters
    ----------
    spec : str, class or memory
        As `neuromem.models.source` takes it.
    limit : float, default 240
        Seconds after which what is left is left out.

    Returns
    -------
    dict
        Numbers, lists and texts, as they go into JSON. `left_out` says what is missing, and why.

    Raises
    ------
    InputError
        If it is no memory.
    """
    source, clock = models.source(spec, "the memory"), Clock(limit)

    def make(units: int, rng: int = 0) -> Memory:
        return models.make(source, units, rng=rng)

    laws.assert_memory(make, UNITS, str(source))
    card: dict[str, Any] = about(source)
    card["left_out"] = []
    for name, part in PARTS.items():
        card[name] = {}
        try:
            for key, value in part(make, clock):
                card[name][key] = value
                clock.check()
        except Late:
            card["left_out"].append(f"{name}: {limit:.0f} s are over")
        except Exception as error:  # of a memory of somebody's own
            card["left_out"].append(f"{name}: {laws.reason(error)}")
    return card | {"seconds": round(clock.seconds, 1), "numbers": numbers(card)}


def about(source: Source) -> dict[str, Any]:
    """Say which memory a card is about, and how it is measured.

    Parameters
    ----------
    source : Source
        The memory.

    Returns
    -------
    dict of str to object
        Texts and numbers.
    """
    origin = {"memory": str(source), "origin": source.origin, "sha256": source.sha256}
    where = {"neuromem": provenance.version(), "machine": provenance.machine()}
    return origin | where | {"format": 1, "units": UNITS, "trials": TRIALS, "version": __version__}


Part = Callable[[Callable[..., Memory], Clock], Iterator[tuple[str, Any]]]


def _laws(make: Callable[..., Memory], clock: Clock) -> Iterator[tuple[str, str]]:
    yield from laws.examine(make, UNITS)


def _exact(make: Callable[..., Memory], stored: int, damage: float, trial: int) -> float:
    rng = np.random.default_rng((trial, stored))
    items = patterns.random(stored, UNITS, rng=rng)
    memory = make(UNITS, rng=trial).store(items)
    wanted = items[np.linspace(0, stored - 1, ASKED).round().astype(int)]
    return float(metrics.exact(memory.recall(cues.flip(wanted, damage, rng=rng)), wanted).mean())


def _capacity(make: Callable[..., Memory], clock: Clock) -> Iterator[tuple[str, float]]:
    for load in LOADS:
        yield f"{load:g}", float(np.mean([_exact(make, max(1, round(load * UNITS)), 0.1, trial) for trial in range(TRIALS)]))


def _completion(make: Callable[..., Memory], clock: Clock) -> Iterator[tuple[str, Any]]:
    for name, damage in (("erased", cues.erase), ("flipped", cues.flip)):
        found = np.zeros((TRIALS, len(DAMAGES)))
        for trial in range(TRIALS):
            images, _ = patterns.digits(12, rng=trial)
            memory = make(images.shape[1], rng=trial).store(images)
            for at, fraction in enumerate(DAMAGES):
                found[trial, at] = metrics.overlap(memory.recall(damage(images, fraction, rng=trial)), images).mean()
                clock.check()
        yield name, found.mean(0).tolist()


def _basins(make: Callable[..., Memory], clock: Clock) -> Iterator[tuple[str, float]]:
    for fraction in DAMAGES:
        yield f"{fraction:g}", float(np.mean([_exact(make, FEW, fraction, trial) for trial in range(TRIALS)]))


def _robustness(make: Callable[..., Memory], clock: Clock) -> Iterator[tuple[str, float]]:
    if not hasattr(make(UNITS), "synapses"):
        raise ValueError("it has no synapses that can be damaged")
    for share in (0.0, 0.1, 0.2, 0.4, 0.6, 0.8):
        found = []
        for trial in range(TRIALS):
            rng = np.random.default_rng(trial)
            items = patterns.random(FEW, UNITS, rng=rng)
            memory: Any = make(UNITS, rng=trial).store(items)
            held = memory.synapses
            memory.synapses = {name: np.where(rng.random(array.shape) < share, 0, array) for name, array in held.items()}
            found.append(metrics.overlap(memory.recall(cues.flip(items, 0.1, rng=rng)), items).mean())
            clock.check()
        yield f"{share:g}", float(np.mean(found))


def _once(memory: Memory, items: np.ndarray) -> tuple[int, float, float]:
    """Bits, operations of a recall, and its seconds: the least of three."""
    memory.store(items)
    shown, taken = cues.flip(items[:ASKED], 0.1, rng=0), []
    for _ in range(3):
        start = time.perf_counter()
        memory.recall(shown)
        taken.append((time.perf_counter() - start) / len(shown))
    return int(memory.cost.bits), float(memory.cost.operations), min(taken)


def _cost(make: Callable[..., Memory], clock: Clock) -> Iterator[tuple[str, Any]]:
    for name, sizes in (("length", [(n, FEW) for n in LENGTHS]), ("number", [(UNITS, k) for k in NUMBERS])):
        for units, number in sizes:
            at = units if name == "length" else number
            yield f"{name} {at}", _once(make(units), patterns.random(number, units, rng=0))
    for known in BESIDE:
        yield f"beside {known}", _once(models.make(known, UNITS), patterns.random(8, UNITS, rng=0))


PARTS: dict[str, Part] = {
    "laws": _laws,
    "completion": _completion,
    "capacity": _capacity,
    "basins": _basins,
    "robustness": _robustness,
    "cost": _cost,
}


def numbers(card: dict[str, Any]) -> dict[str, float | None]:
    """Draw from the measurements the numbers by which memories are compared.

    Parameters
    ----------
    card : dict
        What `measure` has found.

    Returns
    -------
    dict of str to float or None
        None where a number was left out.
    """
    cost, capacity, basins, lost = card["cost"], card["capacity"], card["basins"], card["robustness"]
    whole = len(card["laws"]) == len(laws.LAWS)
    seconds = [cost[key][2] for key in ("number 8", f"beside {BESIDE[1]}") if key in cost]
    found = {
        "laws broken": float(sum(map(bool, card["laws"].values()))) if whole else None,
        "capacity": _last(capacity) if len(capacity) == len(LOADS) else None,
        "overlap, erased": _mean(card["completion"].get("erased")),
        "overlap, flipped": _mean(card["completion"].get("flipped")),
        "basin": _last(basins) if len(basins) == len(DAMAGES) else None,
        "synapses lost": _last(lost, 0.9) if len(lost) == 6 else None,
        "bits": cost["number 8"][0] if "number 8" in cost else None,
        "operations": cost["number 8"][1] if "number 8" in cost else None,
        "time": seconds[0] / seconds[1] if len(seconds) == 2 else None,
    }
    for at, name in enumerate(("bits", "operations")):
        found[f"{name} with N"] = _slope([(n, cost[f"length {n}"][at]) for n in LENGTHS if f"length {n}" in cost], LENGTHS)
        found[f"{name} with K"] = _slope([(k, cost[f"number {k}"][at]) for k in NUMBERS if f"number {k}" in cost], NUMBERS)
    return found


def _last(curve: dict[str, float], least: float = 0.5) -> float:
    """The largest place up to which a curve is at least at one height; 0 if it never is."""
    last = 0.0
    for place, value in curve.items():
        if value < least:
            break
        last = float(place)
    return last


def _mean(values: list[float] | None) -> float | None:
    return float(np.mean(values[1:])) if values else None  # without the undamaged cue


def _slope(pairs: list[tuple[int, float]], all_of: tuple[int, ...]) -> float | None:
    """The exponent of a power law through the points, by least squares of the logarithms."""
    if len(pairs) < len(all_of) or any(not value > 0 for _, value in pairs):
        return None
    x, y = np.log(np.array(pairs, float).T)
    slope = float(np.polyfit(x, y, 1)[0])
    return round(slope, 3) + 0.0 if math.isfinite(slope) else None  # no -0
