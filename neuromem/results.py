"""Results: xarray Datasets with names, units and provenance; saved whole or not at all, loaded without unpickling."""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import xarray as xr

from . import checks

_PACKAGES = ("neuromem", "numpy", "scipy", "numba", "xarray")


def describe(
    data: xr.Dataset,
    experiment: str,
    parameters: Mapping[str, Any],
    seconds: float,
    variables: Mapping[str, tuple[str, str]],
    device: str = "cpu",
) -> xr.Dataset:
    """`data` with what a reader needs: `variables` {name: (long name, units)}, and the provenance as attributes.

    The attributes are experiment, parameters (JSON, with the seed), versions (JSON), machine, device and seconds.
    """
    for name, (long_name, units) in variables.items():
        data[name].attrs.update(long_name=long_name, units=units)
    versions = {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return data.assign_attrs(
        experiment=experiment,
        parameters=json.dumps(dict(parameters)),
        versions=json.dumps(versions),
        machine=machine,
        device=device,
        seconds=round(seconds, 3),
    )


def parameters(data: xr.Dataset) -> dict[str, Any]:
    """The parameters, seed among them, that `data` was computed with."""
    return json.loads(data.attrs["parameters"])


def folder(path: str | Path) -> Path:
    """`path` as an existing folder that can be written to; refused beforehand where it can't."""
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as error:
        raise checks.refusal("out", "be a folder that can be written to", f"was {str(path)!r} ({error.strerror})") from None


def write_whole(path: str | Path, write: Callable[[Path], Any]) -> Path:
    """Calls `write` on a new file beside `path`, then renames it, so that `path` is old, or new and whole."""
    path = Path(path)
    beside = path.with_name(f".{os.getpid()}-{path.name}")  # keeps the suffix, by which writers choose a format
    try:
        write(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def vacant(path: str | Path) -> None:
    """Refuses a `path` at which there is a file that neuromem did not write."""
    path = Path(path)
    if not path.exists():
        return
    if path.suffix == ".nc":
        load(path)
        return
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            ours = str(picture.info.get("Software", "")).startswith("neuromem")
    except (OSError, UnidentifiedImageError):
        ours = False
    if not ours:
        way_out = "move it away, or choose another folder with --out"
        raise checks.refusal("out", "hold no picture that neuromem did not make", f"holds {str(path)!r}", way_out)


def save(data: xr.Dataset, path: str | Path) -> Path:
    """Saves `data` as netCDF; a file there that neuromem did not write is left alone and refused."""
    path = Path(path)
    vacant(path)
    folder(path.parent)
    packed = {
        name: {"zlib": True, "shuffle": True}
        for name in data.data_vars
        if data[name].dtype.kind in "biuf" and data[name].ndim
    }
    return write_whole(path, lambda beside: data.to_netcdf(beside, engine="h5netcdf", encoding=packed))


def save_figure(figure: Any, path: str | Path) -> Path:
    """Saves a matplotlib figure; a picture there that neuromem did not make is left alone and refused."""
    vacant(path)
    return write_whole(path, lambda beside: figure.savefig(beside, metadata={"Software": f"neuromem {version('neuromem')}"}))


def load(path: str | Path) -> xr.Dataset:
    """The Dataset that `save` wrote to `path`."""
    path = Path(path)
    if not path.is_file():
        raise checks.refusal(
            "file", "be a saved result", f"{str(path)!r} does not exist", "make one with: neuromem run EXPERIMENT"
        )
    try:
        data = xr.load_dataset(path, engine="h5netcdf")
    except Exception as error:  # the readers raise whatever their libraries raise
        reason = f"{str(path)!r} can't be read ({type(error).__name__})"
        raise checks.refusal(
            "file", "be a netCDF file written by neuromem", reason, "choose another name or folder"
        ) from error
    if "experiment" not in data.attrs:
        was = f"{str(path)!r} names no experiment"
        raise checks.refusal("file", "be a netCDF file written by neuromem", was, "choose another name or folder")
    return data
