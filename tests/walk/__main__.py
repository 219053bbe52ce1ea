"""Walks over everything public with odd values: `python -m tests.walk`, or `--hours 1` for every value and pairs of them.

Prints how many calls were tried, how many were refused clearly, taken, and everything else, one line a fault.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import json
import math
import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import psutil

from .faults import calls as controls
from .inside import DOORS
from .worker import work

LATE, WAITED = 10.0, 600.0  # seconds of CPU time, and by the clock, at which a call is ended
LATE_CONTROL = 1.0  # for the faults, each of which is done at once or never
# values a parameter in a short walk, by the beginning of a name: memories share their checks, the others are slow
VALUES = {"models.": 1, **dict.fromkeys(("experiments.", "neuromem ", "nn.", *DOORS), 2), "": 4}
FINE = ("clear", "right", "taken", "not made")


Ended = tuple[str, str, str, dict[str, str]]


class Process:
    """A worker, started again for the next call when one has ended it."""

    def __init__(self, folder: str, control: bool) -> None:
        self.given, self.seconds = (folder, control), LATE_CONTROL if control else LATE
        self.asked: tuple[str, dict[str, str]] = ("", {})
        self.context = multiprocessing.get_context("spawn")
        self.start()

    def start(self) -> None:
        self.pipe, theirs = self.context.Pipe()
        self.process = self.context.Process(target=work, args=(theirs, *self.given), daemon=True)
        self.process.start()
        theirs.close()
        self.begun = False
        self.targets: dict[str, list[str]] = self.pipe.recv()

    def ask(self, *words: Any) -> Any:
        """Asks for an answer and waits for it."""
        self.pipe.send(words)
        return self.pipe.recv()

    def begin(self, call: tuple[str, dict[str, str]]) -> None:
        if not self.process.is_alive():
            self.start()
        self.asked = call
        self.clock()
        self.pipe.send(("call", *call))

    def clock(self) -> None:
        """Starts the clocks."""
        self.since, self.spent = time.monotonic(), math.inf
        with contextlib.suppress(psutil.Error):
            self.spent = sum(psutil.Process(self.process.pid).cpu_times()[:2])

    def late(self) -> bool:
        """Whether the call has taken too long."""
        try:
            spent = sum(psutil.Process(self.process.pid).cpu_times()[:2]) - self.spent
        except psutil.Error:
            return False
        return spent > (self.seconds if self.begun else WAITED) or time.monotonic() - self.since > WAITED

    def end(self) -> tuple[str, str] | None:
        """How the call ended, or None if it goes on."""
        try:
            while self.pipe.poll():
                answer = self.pipe.recv()
                self.begun = answer == "begun"
                if not self.begun:
                    return tuple(answer)
                self.clock()
        except (EOFError, OSError):
            self.process.join()
            return "crash", f"exit code {self.process.exitcode}"
        if not self.late():
            return None
        self.process.kill()
        self.process.join()
        return "late", f"more than {self.seconds:g} s of CPU time"


def plan(first: Process, asked: argparse.Namespace) -> Iterator[tuple[str, dict[str, str]]]:
    """The calls: a few values of every parameter; in a long walk all of them, and then pairs until the time is over."""
    draw, calls, all_choices = random.Random(asked.seed), [], {}
    for name, parameters in first.targets.items():
        if not any(part in name for part in asked.only.split(",")):
            continue
        for parameter in parameters:
            choices = all_choices[name, parameter] = first.ask("choices", name, parameter)
            few = next(number for beginning, number in VALUES.items() if name.startswith(beginning))
            number = len(choices) if asked.hours else asked.values or few
            own = random.Random(f"{asked.seed} {name} {parameter}")  # the same, whatever else there is
            calls += [(name, {parameter: value}) for value in own.sample(choices, min(number, len(choices)))]
    draw.shuffle(calls)
    yield from calls
    names = sorted({name for name, _ in all_choices if len(first.targets[name]) > 1})
    while asked.hours and names:
        name = draw.choice(names)
        two = draw.sample(first.targets[name], 2)
        yield name, {parameter: draw.choice(all_choices[name, parameter]) for parameter in two}


def walk(asked: argparse.Namespace) -> list[Ended]:
    """Every call and how it ended."""
    with tempfile.TemporaryDirectory(prefix="walk-") as folder:
        processes = [Process(folder, asked.control) for _ in range(asked.workers)]
        calls = iter(controls()) if asked.control else plan(processes[0], asked)
        found = []
        for end in _ends(processes, calls, time.monotonic() + 3600 * asked.hours if asked.hours else math.inf):
            found.append(end)
            if asked.save and end[0] not in FINE:
                with asked.save.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(end) + "\n")
        for process in processes:
            with contextlib.suppress(OSError):  # the last call may have ended it
                process.pipe.send(None)
            process.process.join()
        return found


def _ends(processes: list[Process], calls: Iterator[tuple[str, dict[str, str]]], until: float) -> Iterator[Ended]:
    """Gives the calls to the processes, and says how each ended."""
    idle, busy = list(processes), []
    while True:
        while idle and time.monotonic() < until and (call := next(calls, None)) is not None:
            busy.append(idle.pop())
            busy[-1].begin(call)
        if not busy:
            return
        wait([process.pipe for process in busy], timeout=1.0)
        for process in list(busy):
            if (end := process.end()) is not None:
                yield *end, *process.asked
                busy.remove(process)
                idle.append(process)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=0.0, help="walk for so long, over every value and pairs of values")
    parser.add_argument("--values", type=int, default=0, help="values of every parameter in a short walk")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="", help="targets whose name has one of these words, separated by commas, in it")
    parser.add_argument("--save", type=Path, help="file for every fault, as JSON lines, as it is found")
    parser.add_argument("--control", action="store_true", help="walk over faults instead, all of which must be found")
    asked = parser.parse_args()
    began = time.monotonic()
    found = walk(asked)
    counts = collections.Counter(kind for kind, *_ in found)
    faults = [(kind, text, name, given) for kind, text, name, given in found if kind not in FINE]
    for kind, text, name, given in sorted(faults, key=str):
        print(f"{kind}: {name}({', '.join(f'{k}={v!r}' for k, v in given.items())}): {text}")
    tried = len(found) - counts["not made"]
    kinds = ", ".join(f"{number} {kind}" for kind, number in counts.most_common() if kind not in FINE)
    print(
        f"{tried} tried, {counts['clear']} clear, {counts['right'] + counts['taken']} taken, {len(faults)} other"
        f"{f' ({kinds})' if faults else ''}, {time.monotonic() - began:.0f} s"
    )
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
