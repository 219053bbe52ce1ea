"""The command line on a disk that is full."""

import json
import subprocess
import sys

import pytest

from tests.test_cli import SMALL

FULL = """
import contextlib, json, os, pathlib, subprocess, sys
from neuromem import cli

def run(*words):
    sys.argv = ["neuromem", *words]
    with open(os.devnull, "w") as out, open("errors", "w") as errors:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            try:
                cli.main()
            except SystemExit as end:
                code = end.code or 0
    return code, pathlib.Path("errors").read_text()

sizes, *words = sys.argv[1:]
for size in sizes.split(","):
    disk = pathlib.Path(f"disk{size}")
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", disk]).returncode:
        sys.exit(99)
    code, said = run(*words, f"{disk}/out")
    beside = [str(path) for path in disk.rglob(".*")]
    subprocess.run(["mount", "-o", "remount,size=8m", disk], check=True)
    again, _ = run(*words, f"{disk}/out", "--resume")
    print(json.dumps([size, code, said, beside, again, sorted(os.listdir(disk / "out"))]))
"""
SIZES = ["4k", "24k", "56k", "96k"]


@pytest.fixture(scope="module")
def full_disks(tmp_path_factory):
    """What was said on a full disk of each size, and once there is room, by one process, which takes seconds to start."""
    words = ["unshare", "-m", sys.executable, "-c", FULL, ",".join(SIZES), *SMALL[:-1]]
    done = subprocess.run(words, cwd=tmp_path_factory.mktemp("disks"), capture_output=True, text=True)
    if done.returncode in (1, 99) and not done.stdout:
        pytest.skip(f"no disk can be mounted here: {done.stderr}")
    assert done.returncode == 0, done.stderr
    return {size: found for size, *found in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("size", SIZES)
def test_full_disk(full_disks, size):
    """In the store, in the data, in the picture: one line, nothing half-written, and the run goes on once there is room."""
    code, said, beside, again, made = full_disks[size]
    assert (code, beside) == (1, [])
    assert "neuromem: No space left on device; the same command with --resume goes on" in said.splitlines()[-1]
    assert "Traceback" not in said
    assert (again, made) == (0, ["similarity_quick.nc", "similarity_quick.png"])
