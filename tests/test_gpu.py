"""`make gpu` without a card: the whole script runs, measures nothing, and loses nothing when it is stopped."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time

import numpy as np
import pytest
from click.testing import CliRunner

from neuromem.bench import ALL, __main__, _device, cuda_copies, cuda_diagram, cuda_layers
from neuromem.bench.ca3 import ca3_runs

no_card = pytest.mark.skipif(_device.unmeasured([""]) is None, reason="a device is there")


@no_card
def test_the_script_runs_dry_and_writes_its_table(tmp_path):
    done = CliRunner().invoke(__main__.main, ["--dry", "--out", str(tmp_path)], catch_exceptions=False)
    assert done.exit_code == 0
    found = json.loads((tmp_path / "gpu.json").read_text())
    verdicts = {name: part["verdict"] for name, part in found["parts"].items()}
    assert list(verdicts) == list(__main__.PARTS)
    assert {verdicts.pop(part) for part in ("equal", "memories")} == {"ended: 1 passed"}
    assert verdicts.pop("sanitizer") in ("ended", "left out: no compute-sanitizer here")
    assert set(verdicts.values()) == {"not measured"}
    table = (tmp_path / "gpu.md").read_text()
    assert "No card: nothing was measured" in table
    assert all(row["ours_s"] is None for part in found["parts"].values() for row in part["rows"])


def test_a_part_that_fails_or_hangs_stops_no_other(tmp_path, monkeypatch):
    row = json.dumps({"name": "it", "ours_s": 1.0, "other_s": 3.0, "ratio": 3.0, "goal": None, "note": ""})
    hangs = f"import time; print({row!r}, {row[:9]!r}, sep='\\n', end='', flush=True); time.sleep(1000)"
    scripts = {"fails": "raise SystemExit(7)", "hangs": hangs, "ends": f"print({row!r})"}
    parts = {
        name: ("", lambda dry, script=script: [sys.executable, "-c", script], 2.0 if name == "hangs" else 60.0)
        for name, script in scripts.items()
    }
    monkeypatch.setattr(__main__, "PARTS", parts)
    CliRunner().invoke(__main__.main, ["--out", str(tmp_path)], catch_exceptions=False)
    found = json.loads((tmp_path / "gpu.json").read_text())["parts"]
    assert [part["verdict"] for part in found.values()] == ["failed with exit status 7", "stopped after 2 s", "ended"]
    assert [len(part["rows"]) for part in found.values()] == [0, 1, 1]
    assert (tmp_path / "gpu.md").read_text().count("| it | 1 | 3 | 3 |") == 2
    CliRunner().invoke(__main__.main, ["--out", str(tmp_path), "--seconds", "0"], catch_exceptions=False)
    found = json.loads((tmp_path / "gpu.json").read_text())["parts"]
    assert {part["verdict"] for part in found.values()} == {"left out: no time is left"}


def test_an_interrupt_leaves_no_part_running(tmp_path, monkeypatch):
    here = threading.get_ident()

    def interrupt():  # as the keyboard does, when the part is there
        while not (tmp_path / "pid").exists():
            time.sleep(0.01)
        signal.pthread_kill(here, signal.SIGINT)

    monkeypatch.chdir(tmp_path)
    code = "import os, time; open('new', 'w').write(str(os.getpid())); os.rename('new', 'pid'); time.sleep(1000)"
    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        __main__.run([sys.executable, "-S", "-c", code], 60.0)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_part_that_ends_in_half_a_line_or_says_several_is_told_in_the_table():
    half = __main__.run([sys.executable, "-c", "print('{\"name\": 1', end=''); raise SystemExit(3)"], 60.0)
    assert (half["verdict"], half["rows"]) == ("failed with exit status 3", [])
    row = {"name": "it", "ours_s": None, "other_s": None, "note": "CUDA error:\nno kernel | image"}
    part = {"verdict": "ended", "rows": [row]}
    last = __main__.table({"machine": __main__.machine(), "parts": {"one": part}}).splitlines()[-1]
    assert last == "| it | not measured | not measured | not measured | CUDA error: no kernel \\| image |"


def test_parts_need_no_package_that_a_bare_machine_with_a_card_lacks():
    """What the image of a card's machine usually lacks, and cannot fetch, is not imported."""
    import subprocess

    lacking = ("brian2", "dask", "distributed", "zarr", "h5netcdf", "numcodecs")
    block = f"import sys; sys.modules.update(dict.fromkeys({lacking!r}))"
    parts = [name for name in __main__.PARTS if name in ALL]
    code = f"{block}; from neuromem.bench.__main__ import rows; print([len(list(rows(name, True))) for name in {parts!r}])"
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
    rows = list(cuda_layers.compared(64, list(cuda_layers.forms())[1:], "cpu", lambda work: _device.wall(work, 1)))
    measured = {row.name: row for row in rows if row.ours_s == row.ours_s}
    assert len(rows) == 6
    assert len(measured) >= 4
    assert all(row.ours_s > 0 and row.other_s > 0 for row in measured.values())
    assert all("fla" in row.note for row in rows if row.name not in measured)
    if absent := _device.unmeasured([""]) and cuda_layers.measure(quick=False):  # a row has one name, measured or not
        assert {row.name.replace("512", "64") for row in absent if "length 512" in row.name} == {row.name for row in rows}


def test_copies_run_on_the_cpu_too():
    seconds, record = cuda_copies.timed("cpu", ca3_runs(3), 3)
    assert seconds > 0
    assert set(np.unique(record.copy)) == {0, 1, 2}
