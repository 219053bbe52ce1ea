"""Start-up: `import neuromem` and `neuromem --help` beside `import numpy, scipy`."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from neuromem.bench import Row

BASE = "import numpy, scipy"
COMPARED = {
    "import neuromem": ("import neuromem", 1 / 1.5),
    "neuromem --help": ("import sys; sys.argv = ['neuromem', '--help']; import neuromem.cli; neuromem.cli.main()", 1 / 2),
}


def _seconds(code: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def measure(quick: bool) -> list[Row]:
    """Time whole processes in turn, and give medians."""
    rows = []
    for name, (code, goal) in COMPARED.items():
        pairs = [(_seconds(code), _seconds(BASE)) for _ in range(3 if quick else 15)]
        ours, other = (statistics.median(side) for side in zip(*pairs, strict=True))
        rows.append(Row(name, ours, other, goal, BASE))
    return rows
