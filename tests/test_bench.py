"""The benchmarks run in small, measure every row, and say what they compare; `neuromem bench` finds them all."""

import re
import subprocess
import sys

import numpy as np
import pytest
import torch

import neuromem as nm
from neuromem import bench
from neuromem.commands.bench import SUITES


def test_layers(monkeypatch):
    # after it, MKL's solver may wait for ever for a second thread
    monkeypatch.setattr(torch, "set_num_threads", lambda number: pytest.fail("torch.set_num_threads is called"))
    rows = bench.ALL["layers"](quick=True)
    assert len({row.name for row in rows}) == len(rows) == 21
    assert all(row.ours_s > 0 and row.note for row in rows)
    assert sum(row.goal > 0 for row in rows) == 19


def test_sparsey():
    rows = bench.ALL["sparsey"](quick=True)
    assert len(rows) == 6
    assert all(row.ours_s > 0 and row.other_s > 0 for row in rows)


def test_the_command_saves_what_it_measures(tmp_path):
    words = [sys.executable, "-m", "neuromem", "bench", "--suite", "start", "--quick", "--out", "here"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "import neuromem" in done.stdout
    data = nm.results.load(tmp_path / "here" / "bench_start_quick.nc")
    assert nm.results.parameters(data) == {"suite": "start", "quick": True}
    np.testing.assert_allclose(data.ratio, data.other_s / data.ours_s)
    assert (data.ratio > 0).all()


def test_every_suite_is_told_and_another_refused():
    assert {*bench.ALL} <= {*re.findall(r"\w+", SUITES)}
    with pytest.raises(nm.InputError, match="did you mean 'sparsey'"):
        bench.run(suite="sparsy")
