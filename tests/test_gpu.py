"""`make gpu` without a card: the whole script runs, measures nothing, and loses nothing when it is stopped."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from neuromem.bench import ALL, __main__, _device, cuda_copies, cuda_diagram, cuda_layers

no_card = pytest.mark.skipif(_device.unmeasured([""]) is None, reason="a device is there")


@no_card
def test_the_script_runs_dry_and_writes_its_table(tmp_path):
    done = CliRunner().invoke(__main__.main, ["--dry", "--out", str(tmp_path)], catch_exceptions=False)
    assert done.exit_code == 0
    found = json.loads((tmp_path / "gpu.json").read_text())
    verdicts = {name: part["verdict"] for name, part in found["parts"].items()}
    assert list(verdicts) == list(__main__.PARTS)
    assert verdicts.pop("equal") == "ended: 1 passed"
    assert verdicts.pop("sanitizer") in ("ended", "left out: no compute-sanitizer here")
    assert set(verdicts.values()) == {"not measured"}
    table = (tmp_path / "gpu.md").read_text()
    assert "No card: nothing was measured" in table
    assert all(row["ours_s"] is None for part in found["parts"].values() for row in part["rows"])


def test_a_part_that_fails_or_hangs_stops_no_other(tmp_path, monkeypatch):
    row = json.dumps([{"name": "it", "ours_s": 1.0, "other_s": 3.0, "ratio": 3.0, "goal": None, "note": ""}])
    scripts = {"fails": "raise SystemExit(7)", "hangs": "import time; time.sleep(1000)", "ends": f"print({row!r})"}
    parts = {
        name: ("", lambda dry, script=script: [sys.executable, "-c", script], 2.0 if name == "hangs" else 60.0)
        for name, script in scripts.items()
    }
    monkeypatch.setattr(__main__, "PARTS", parts)
    CliRunner().invoke(__main__.main, ["--out", str(tmp_path)], catch_exceptions=False)
    found = json.loads((tmp_path / "gpu.json").read_text())["parts"]
    assert [part["verdict"] for part in found.values()] == ["failed with exit status 7", "stopped after 2 s", "ended"]
    assert "| it | 1 | 3 | 3 |" in (tmp_path / "gpu.md").read_text()
    CliRunner().invoke(__main__.main, ["--out", str(tmp_path), "--seconds", "0"], catch_exceptions=False)
    found = json.loads((tmp_path / "gpu.json").read_text())["parts"]
    assert {part["verdict"] for part in found.values()} == {"left out: no time is left"}


def test_parts_need_no_package_that_a_bare_machine_with_a_card_lacks():
    """What the image of a card's machine usually lacks, and cannot fetch, is not imported."""
    import subprocess

    lacking = ("brian2", "dask", "distributed", "zarr", "h5netcdf", "numcodecs")
    block = f"import sys; sys.modules.update(dict.fromkeys({lacking!r}))"
    parts = [name for name in __main__.PARTS if name in ALL]
    code = f"{block}; from neuromem.bench.__main__ import rows; print([len(rows(name, True)) for name in {parts!r}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_column_of_the_diagram_is_the_network_at_each_temperature():
    heat = np.array([0.1, 0.6, 2.0])
    found = cuda_diagram.column("cpu", 0.05, heat, 60, 5)
    assert found.shape == (3, cuda_diagram.STARTS)
    alone = [cuda_diagram.column("cpu", 0.05, heat[at:], 60, 5) for at in range(3)]
    assert np.array_equal(found[0], alone[0][0])
    assert found[0].mean() > 0.9 > 0.5 > abs(found[2].mean())


def test_layers_are_compared_where_they_agree():
    rows = cuda_layers.compared(64, "cpu", lambda work: _device.wall(work, 1))
    measured = {row.name: row for row in rows if row.ours_s == row.ours_s}
    assert len(rows) == 6
    assert len(measured) >= 4
    assert all(row.ours_s > 0 and row.other_s > 0 for row in measured.values())
    assert all("fla" in row.note for row in rows if row.name not in measured)


def test_copies_run_on_the_cpu_too():
    seconds, record = cuda_copies.timed("cpu", 3)
    assert seconds > 0
    assert set(np.unique(record.copy)) == {0, 1, 2}
