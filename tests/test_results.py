"""Saved results: whole or not at all, never over a file of somebody else's, the package light to import."""

import os
import socket
import subprocess
import sys
from typing import Literal

import matplotlib.figure
import numpy as np
import pytest
import xarray as xr

import neuromem as nm
from neuromem import InputError


def result():
    data = xr.Dataset({"overlap": (("trial",), np.arange(4.0))})
    return nm.results.describe(data, "completion", {"seed": 1, "models": ("a",)}, 1.5, {"overlap": ("overlap", "1")})


def test_a_result_comes_back_with_its_provenance(tmp_path):
    path = nm.results.save(result(), tmp_path / "new" / "a.nc")
    back = nm.results.load(path)
    assert back.identical(result())
    assert nm.results.parameters(back) == {"seed": 1, "models": ["a"]}
    assert back.overlap.attrs == {"long_name": "overlap", "units": "1"}
    assert {"numpy", "neuromem", "python"} <= set(__import__("json").loads(back.attrs["versions"]))
    nm.results.save(result().assign_attrs(device="other"), path)
    assert nm.results.load(path).attrs["device"] == "other"


def test_texts_stay_whole_in_a_result_that_was_loaded_and_grew(tmp_path):
    short, longer = (result().assign_coords(why=("trial", [text] * 4)) for text in ("a", "the reason"))
    back = nm.results.load(nm.results.save(short, tmp_path / "a.nc"))
    whole = nm.results.load(nm.results.save(xr.concat([back, longer], "trial"), tmp_path / "a.nc"))
    assert whole.why.values.tolist() == ["a"] * 4 + ["the reason"] * 4


def test_a_failed_write_leaves_the_old_file_and_nothing_beside(tmp_path):
    path = nm.results.save(result(), tmp_path / "a.nc")

    def fail(beside):
        beside.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        nm.results.write_whole(path, fail)
    assert nm.results.load(path).identical(result())
    assert [p.name for p in tmp_path.iterdir()] == ["a.nc"]


def test_foreign_files(tmp_path):
    mine = tmp_path / "a.nc"
    mine.write_text("mine")
    with pytest.raises(nm.InputError, match="netCDF file written by neuromem"):
        nm.results.save(result(), mine)
    assert mine.read_text() == "mine"
    xr.Dataset({"x": 1}).to_netcdf(tmp_path / "b.nc", engine="h5netcdf")
    with pytest.raises(nm.InputError, match="names no experiment"):
        nm.results.load(tmp_path / "b.nc")
    with pytest.raises(nm.InputError, match="does not exist"):
        nm.results.load(tmp_path / "c.nc")


HELP = "from neuromem.commands import main; [main.get_command(None, name) for name in main.list_commands(None)]"


@pytest.mark.parametrize("work", ["import neuromem", "import neuromem.patterns", HELP])
def test_import_is_light(work):
    """So is the help of the command line, which imports the file of every command."""
    heavy = ["torch", "brian2", "dask", "distributed", "matplotlib", "numba", "xarray", "sklearn", "scipy"]
    code = f"import sys; {work}; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


@pytest.mark.parametrize("name", ["models", "experiments"])
def test_a_users_own_file_of_that_name_hides_nothing(tmp_path, name):
    (tmp_path / f"{name}.py").write_text("mine = 1")
    code = f"import {name}, neuromem as nm; assert {name}.mine; print(len(nm.{name}.ALL))"
    assert int(subprocess.check_output([sys.executable, "-c", code], cwd=tmp_path, text=True)) > 1


def test_what_a_killed_writer_left_is_deleted_and_what_a_living_one_writes_is_not(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    host = socket.gethostname()[:16]
    left, living = tmp_path / f".{gone.pid}-{host}-a.nc", tmp_path / f".{os.getppid()}-{host}-a.nc"
    others = [tmp_path / name for name in (f".{gone.pid}-{host}-b.nc", f".{gone.pid}-elsewhere-a.nc", ".mine-a.nc")]
    for path in (left, living, *others):
        path.write_text("half")
    nm.results.save(result(), tmp_path / "a.nc")
    assert not left.exists()
    assert all(path.exists() for path in (living, *others))


def test_one_process_at_a_time(tmp_path):
    with nm.results.alone(tmp_path / "a"):
        with (
            pytest.raises(nm.InputError, match=f"process {os.getpid()} on .* is writing '.*/a'; wait for that one"),
            nm.results.alone(tmp_path / "a"),
        ):
            pass
        with nm.results.alone(tmp_path / "b"):
            pass
    with nm.results.alone(tmp_path / "a"):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["folder", "alone", "write_whole", "vacant", "save", "save_figure", "load"])
@pytest.mark.parametrize("value", [None, 3, "", "a\0b", ["a"]])
def test_what_is_no_path_is_refused(name, value):
    arguments = {"write_whole": (value, None), "save": (result(), value), "save_figure": (None, value)}.get(name, (value,))
    call = nm.results.alone(value).__enter__ if name == "alone" else lambda: getattr(nm.results, name)(*arguments)
    with pytest.raises(nm.InputError, match="must be the name of a file or folder"):
        call()


def test_the_options_of_an_experiment_have_the_types_of_its_signature():
    @nm.results.experiment({})
    def run(
        *,
        models: tuple[str, ...] = ("a",),
        loads: tuple[float, ...] = (0.1,),
        kind: Literal["x", "y"] = "x",
        units: int | None = None,
        trials: int = 1,
        seed: int = 0,
    ) -> xr.Dataset:
        return xr.Dataset({"units": units or 0})

    given = nm.results.parameters(run(models=["b"], loads=np.array([0.5])))
    assert given == {"models": ["b"], "loads": [0.5], "kind": "x", "units": None, "trials": 1, "seed": 0}
    wrong = {
        "models": [
            ("models", "ab", r"models must be a sequence, but was 'ab'; give \('ab',\)"),
            ("models", (), "at least one"),
            ("models", ("b", "b"), "models must hold different values"),
        ],
        "loads": [("loads", (0.1, np.nan), "loads must be a finite number"), ("loads", 0.1, "loads must be a sequence")],
        "kind": [("kind", "z", "kind must be one of 2 names")],
        "units": [("units", 2.5, "units must be"), ("units", 10**20, "units must be"), ("units", True, "units must be")],
        "seed": [("seed", -1, "seed must be"), ("seed", 2**63, "seed must be")],
    }
    for option, value, words in (case for cases in wrong.values() for case in cases):
        with pytest.raises(nm.InputError, match=words):
            run(**{option: value})


def test_what_a_result_can_not_be_described_with_is_refused(tmp_path):
    good = {"data": result(), "experiment": "a", "parameters": {}, "seconds": 1.0, "variables": {"x": ("a number", "1")}}
    wrong = {
        "data": [None, {"x": 1}],
        "experiment": [None, 3],
        "parameters": [None, "seed", [1]],
        "seconds": ["1", np.nan, -1.0],
        "variables": [None, {"x": "ab"}, {"x": ("a",)}, {1: ("a", "b")}],
        "device": [None, 0],
    }
    for name, value in ((name, value) for name, values in wrong.items() for value in values):
        with pytest.raises(InputError, match=f"^{name} must "):
            nm.results.describe(**good | {name: value})
    for value in (None, {"parameters": "{}"}):
        with pytest.raises(InputError, match=r"^data must be a Dataset"):
            nm.results.parameters(value)


OTHER = sorted({*matplotlib.figure.Figure().canvas.get_supported_filetypes()} - {"png", "pdf", "svg"})


def test_a_picture_has_a_format(tmp_path):
    figure = matplotlib.figure.Figure()
    for name in ("picture", "a.b=c", "map.doc", *(f"map.{one}" for one in OTHER)):
        with pytest.raises(InputError, match=r"^path must end in .png, .pdf or .svg"):
            nm.results.save_figure(figure, tmp_path / name)
    with pytest.raises(InputError, match=r"^figure must be a matplotlib Figure, but was None"):
        nm.results.save_figure(None, tmp_path / "map.png")
    assert not list(tmp_path.iterdir())
    for name in ("map.png", "map.PDF", "map.svg"):
        for _ in range(2):  # what neuromem made may be drawn again
            assert nm.results.save_figure(figure, tmp_path / name).stat().st_size


@pytest.mark.parametrize("name", ["x" * 256, "a/" * 3000, "\ud800" * 90])
def test_a_name_that_no_system_takes_is_refused(name):
    with pytest.raises(InputError, match=r"^file must be the name of a file or folder"):
        nm.results.load(name)
