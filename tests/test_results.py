"""Saved results: whole or not at all, never over a file of somebody else's, the package light to import."""

import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

import neuromem as nm


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


def test_import_is_light():
    heavy = ["torch", "brian2", "dask", "distributed", "matplotlib", "numba", "xarray", "sklearn", "scipy"]
    code = f"import sys, neuromem; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


@pytest.mark.parametrize("name", ["models", "experiments"])
def test_a_users_own_file_of_that_name_hides_nothing(tmp_path, name):
    (tmp_path / f"{name}.py").write_text("mine = 1")
    code = f"import {name}, neuromem as nm; assert {name}.mine; print(len(nm.{name}.ALL))"
    assert int(subprocess.check_output([sys.executable, "-c", code], cwd=tmp_path, text=True)) > 1
