"""Whatever is given to whatever is public: a right and finite result, or InputError. See `tests/walk`."""

from __future__ import annotations

import inspect
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import neuromem as nm
from tests.walk.inside import INSIDE

ROOT = Path(__file__).parents[1]


def walk(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "tests.walk", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


THEORY = (
    "attention attractors cliques dendrite dense detection fast_weights heavy_tail hopfield inference learning lifetimes "
    "matching membership multitasking oscillators perceptron recognition replica ring scaling sdm sdm_designs sparse vsa "
    "weights willshaw"
)
PARTS = "cues encoders experiments files metrics models nn patterns results spiking storage sweep"
HELD = (  # parts in which the walk finds no fault; `python -m tests.walk` shows the others'
    *(f"{name}." for name in PARTS.split()),
    *(f"theory.{name}." for name in THEORY.split()),
)


@pytest.mark.slow
def test_what_is_public_takes_or_refuses_whatever_it_is_given(capsys):
    """A minute; WALK_HOURS=1 walks for an hour over every part, with every value and with pairs of them."""
    hours = os.environ.get("WALK_HOURS", "0")
    words = ("--only", "") if float(hours) else ("--only", ",".join(HELD), "--workers", "1")  # each does all good calls anew
    done = walk("--hours", hours, *words)
    with capsys.disabled():
        print(f"\nwalk: {(done.stdout.splitlines() or [''])[-1]}")
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def test_the_walk_finds_every_kind_of_fault():
    """A function is wrong in each way, and the line that the walk prints names the way."""
    done = walk("--control", "--workers", "1")
    lines = [line.partition("(")[0] for line in done.stdout.splitlines()[:-1]]
    assert len(lines) == 10, done.stdout + done.stderr
    assert all(kind == name for kind, _, name in (line.partition(": ") for line in lines)), done.stdout


@pytest.mark.parametrize("name", nm.models.ALL)
def test_a_switch_is_no_number_and_a_number_no_switch(name):
    """What counts as false is no default, and what counts as true is not True."""
    kind = nm.models.ALL[name]
    for key, parameter in inspect.signature(kind).parameters.items():
        switch = isinstance(parameter.default, bool)
        for odd in (0, 1, 0.5, "no", "", None, []) if switch else (False, True, "", [], {}):
            with pytest.raises(nm.InputError, match=key):
                kind(**{"units": 16, key: odd})


@pytest.mark.parametrize("name", INSIDE)
def test_what_is_not_walked_is_there(name):
    """A name that is gone would leave out whatever is called so next."""
    pkgutil.resolve_name(f"neuromem.{name}")
