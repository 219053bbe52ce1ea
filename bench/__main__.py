"""Everything that a card can tell, in one command: `make gpu`, or `python -m neuromem.bench`.

The parts run one after the other, the most valuable first, each in a process of its own, so that
one that fails or takes too long stops no other. What a part found is on disk before the next
begins: `gpu.json` holds everything, `gpu.md` a table. Nothing is fetched.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click

from neuromem import files
from neuromem.bench import _device

TESTS = Path(__file__).resolve().parents[1] / "tests"  # a checkout has them, a wheel has not
Found = dict[str, Any]


def suite(name: str) -> Callable[[bool], list[str]]:
    """Give the command of a part that is a suite of `neuromem bench`."""
    return lambda dry: [sys.executable, "-m", "neuromem.bench", "--suite", name, *(["--dry"] if dry else [])]


def by_pytest(file: str, only: str, dry: str, processes: int = 8) -> Callable[[bool], list[str]]:
    """Give the command of tests on the device, or dry of one that runs without."""
    pytest = [sys.executable, "-m", "pytest", "-rs", "--durations=10", "-p", "no:cacheprovider", str(TESTS / file)]
    several = ["-n", str(min(processes, os.cpu_count() or 1))]  # most of the time goes into compiling
    several = several if importlib.util.find_spec("xdist") else []
    return lambda small: [*pytest, "-k", dry] if small else [*pytest, *several, "-k", only]


KERNELS = "test_cuda.py", "test_device and not devices", "test_simulator and glauber.weights"
MEMORIES = "test_device.py", "cuda or cupy or there or layer", "tensor and bam"


def sanitizer(dry: bool) -> list[str]:
    """Give the command that runs each kernel under compute-sanitizer; dry it only asks for it."""
    checked = ["compute-sanitizer", "--report-api-errors", "no", "--error-exitcode", "9"]
    return [*checked, "--version"] if dry else [*checked, *by_pytest(*KERNELS, processes=0)(False), "-x"]


# part: (what it tells, its command, the most seconds it may take)
PARTS: dict[str, tuple[str, Callable[[bool], list[str]], float]] = {
    "equal": ("every kernel gives the CPU's numbers", by_pytest(*KERNELS), 90),
    "memories": ("every memory, layer and experiment gives the CPU's answers", by_pytest(*MEMORIES), 120),
    "cuda": ("kernels beside the card's limits, the CPU and plain CuPy", suite("cuda"), 120),
    "cuda_copies": ("10,000 CA3 networks beside the CPU", suite("cuda_copies"), 90),
    "cuda_diagram": ("a 100 x 100 phase diagram of 4096 units", suite("cuda_diagram"), 200),
    "sanitizer": ("memory errors of every kernel, by compute-sanitizer", sanitizer, 120),
    "cuda_layers": ("the delta rule beside attention and flash-linear-attention", suite("cuda_layers"), 180),
}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--out", type=Path, default="results/gpu", show_default=True, help="Folder for gpu.json and gpu.md.")
@click.option("--seconds", default=480.0, show_default=True, help="Time for all parts; what does not fit is left out.")
@click.option("--dry", is_flag=True, help="Try the whole script at small sizes, without a card; it measures nothing.")
@click.option("--suite", "one", hidden=True, help="The process of one part: its rows, each a line of JSON.")
def main(out: Path, seconds: float, dry: bool, one: str | None) -> None:
    """Measure everything that a card can tell, in one command."""
    if one:
        for row in rows(one, dry):
            click.echo(json.dumps(row))  # each at once, so that one who is stopped has said the others
        return
    files.folder(out)
    found: Found = {"machine": machine(), "dry": dry, "parts": {}}
    end = time.monotonic() + seconds
    for name, (told, command, most) in PARTS.items():
        left = min(most, end - time.monotonic())
        click.echo(f"{name}: {told} ... ", nl=False)
        part = found["parts"][name] = run(command(dry), left)
        for file, text in (("gpu.json", json.dumps(found, indent=1)), ("gpu.md", table(found))):
            files.write_whole(out / file, partial(Path.write_text, data=text))
        click.echo(f"{part['verdict']} in {part['seconds']:.0f} s")
    click.echo(f"results  {out / 'gpu.md'}, {out / 'gpu.json'}")


def rows(name: str, dry: bool) -> Iterator[dict[str, Any]]:
    """Measure one suite, row by row; numbers that were not measured are None."""
    from neuromem.bench import ALL

    for row in ALL.named(name)(quick=dry):
        yield {key: None if value != value else value for key, value in row._asdict().items()}


def run(command: list[str], seconds: float) -> Found:
    """Run the process of one part within so many seconds; give its verdict, rows and last words."""
    started = time.monotonic()
    if seconds <= 0:
        return {"verdict": "left out: no time is left", "seconds": 0.0, "rows": []}
    if shutil.which(command[0]) is None:
        return {"verdict": f"left out: no {command[0]} here", "seconds": 0.0, "rows": []}
    if "pytest" in command and not (TESTS.is_dir() and importlib.util.find_spec("pytest")):
        return {"verdict": "left out: it needs a checkout and pytest", "seconds": 0.0, "rows": []}
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, start_new_session=True, **pipes)
    try:
        said, log = process.communicate(timeout=seconds)
        verdict = "ended" if process.returncode == 0 else f"failed with exit status {process.returncode}"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its children too
        said, log = process.communicate()
        verdict = f"stopped after {seconds:.0f} s"
    except BaseException:  # the keyboard interrupts this process alone, as the part has its own session
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    whole = said.split("\n")[:-1]  # what follows the last end of a line may be half of one
    measured, log = [json.loads(line) for line in whole if line.startswith('{"name"')], said + log
    if measured and all(row["ours_s"] is None for row in measured):
        verdict = "not measured"
    counts = re.findall(r"\d+ (?:passed|failed|skipped|errors?)", log)
    if counts:
        verdict += f": {', '.join(counts)}"
    return {"verdict": verdict, "seconds": time.monotonic() - started, "rows": measured, "log": log[-20_000:]}


def machine() -> dict[str, str]:
    """Name the card, and the versions of what the parts rest on."""
    from importlib.metadata import packages_distributions, version

    found = {"card": "none", "python": sys.version.split()[0]}
    if _device.unmeasured([""]) is None:
        found["card"] = _device.name()
    packages = packages_distributions()  # CuPy has a package for each version of CUDA
    for module in ("numpy", "numba", "numba_cuda", "cupy", "torch", "triton", "fla"):
        installed = sorted(set(packages.get(module, ())))
        found |= {package: version(package) for package in installed} or {module: "not installed"}
    return found


def table(found: Mapping[str, Any]) -> str:
    """Give the results as Markdown; what was not measured says so."""

    def number(value: float | None) -> str:
        return "not measured" if value is None else f"{value:.4g}"

    lines = [f"# {found['machine']['card'] if found['machine']['card'] != 'none' else 'No card: nothing was measured'}", ""]
    lines += [", ".join(f"{name} {value}" for name, value in found["machine"].items() if name != "card"), ""]
    lines += ["| part | verdict |", "| --- | --- |"]
    lines += [f"| {name} | {part['verdict']} |" for name, part in found["parts"].items()]
    lines += ["", "| comparison | ours, s | other, s | other / ours | note |", "| --- | --- | --- | --- | --- |"]
    for part in found["parts"].values():
        for row in part["rows"]:
            ours, other = row["ours_s"], row["other_s"]
            ratio = other / ours if ours and other else None
            note = " ".join(row["note"].split()).replace("|", "\\|")  # errors may have several lines
            lines.append(f"| {row['name']} | {number(ours)} | {number(other)} | {number(ratio)} | {note} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
