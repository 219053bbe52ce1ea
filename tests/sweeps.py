"""A sweep to test with: a point of known law that can be held, fail, or end its process."""

import os
import time
from collections import Counter
from pathlib import Path

import numpy as np

from neuromem import sweep

DIMS = {"load": [0.0, 0.1, 0.2, 0.3], "kind": ["a", "b"]}
HELD = 14  # points begun when those of a held sweep stop


def point(*, seed, load, kind, calls=None, hold=None, pause=0.0, flaw=None):
    """A noisy point of known law that can note that it was called, be held, take its time, fail, or kill its process.

    From the point number HELD on, all wait for the file `hold`: a sweep that is to be killed is then half done for sure.
    """
    if calls:
        with open(calls, "a") as file:  # one short line: written whole
            file.write(f"{load} {kind} {seed}\n")
    while hold and calls_of(Path(calls)).total() >= HELD and not Path(hold).exists():
        time.sleep(0.02)
    time.sleep(0.05 if hold else pause)
    if flaw and load == 0.2 and kind == "b":
        if flaw == "die":
            os._exit(1)
        if flaw == "raise" or Path(flaw).exists():
            raise ValueError("too much load")
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=3)
    return {"overlap": 1 - load + noise[0], "field": ("unit", noise + load), "steps": 7 + (kind == "b")}


def run(**options):
    fixed = {name: options.pop(name) for name in ("calls", "hold", "pause", "flaw") if name in options}
    with sweep.on(**options):
        return sweep.grid(
            point, DIMS, trials=3, seed=5, fixed={k: str(v) if k in ("calls", "hold") else v for k, v in fixed.items()}
        )


def calls_of(path):
    return Counter(path.read_text().split("\n")[:-1])


def files(folder):
    return {name: str(folder / file) for name, file in {"calls": "calls", "hold": "hold", "store": "store.zarr"}.items()}
