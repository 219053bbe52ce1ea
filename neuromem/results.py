"""Results: Datasets with units and provenance, saved whole or not at all, never unpickled."""

from __future__ import annotations

import functools
import inspect
import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import xarray as xr

from . import __version__, checks, options, provenance
from .files import alone, folder, missing, write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "alone",
    "describe",
    "experiment",
    "folder",
    "load",
    "parameters",
    "same_run",
    "save",
    "save_figure",
    "vacant",
    "write_whole",
]

SCHEMA = 1  # of a saved result: the names and meanings of its attributes

Variables = Mapping[str, tuple[str, str]]  # name: (long name, units)
P = ParamSpec("P")
FORMATS = ("png", "pdf", "svg")  # of pictures: those in which neuromem can say that it made them
PAGE = '<meta name="generator" content="neuromem">'  # the head of a page has it
MARKS = {".pdf": b"/Creator (neuromem ", ".svg": b"<dc:title>neuromem ", ".html": PAGE.encode()}  # of who made it


def experiment(variables: Variables) -> Callable[[Callable[P, xr.Dataset]], Callable[P, xr.Dataset]]:
    """Make a function into an experiment, whose data say what they are and where they come from.

    Parameters
    ----------
    variables : mapping of str to (str, str)
        Name of a variable to its long name and units.

    Returns
    -------
    callable
        Decorator of the experiment's `run`; the parameters are all that `run` was called with, its
        defaults included.

    See Also
    --------
    describe : What is added to the data.

    Examples
    --------
    >>> @experiment({"overlap": ("overlap of the recalled with the stored item", "1")})
    ... def run(*, load: float = 0.1, seed: int = 0) -> xr.Dataset:
    ...     return xr.Dataset({"overlap": 1 - load})
    >>> data = run(load=0.25)
    >>> data.overlap.attrs["units"], parameters(data)
    ('1', {'load': 0.25, 'seed': 0})
    """

    _described(variables)

    def decorated(run: Callable[P, xr.Dataset]) -> Callable[P, xr.Dataset]:
        name, signature = run.__module__.rpartition(".")[2], inspect.signature(run)
        measure: Callable[..., xr.Dataset] = run

        @functools.wraps(run)
        def described(*args: P.args, **kwargs: P.kwargs) -> xr.Dataset:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            given = options.checked(run, bound.arguments)
            started = time.monotonic()
            data = measure(**given)
            data = describe(data, name, given, time.monotonic() - started, variables, given.get("device", "cpu"))
            return data.assign_attrs(code=provenance.code(run))

        return described

    return decorated


def describe(
    data: xr.Dataset,
    experiment: str,
    parameters: Mapping[str, Any],
    seconds: float,
    variables: Variables,
    device: str = "cpu",
) -> xr.Dataset:
    """Return a copy of `data` that says what its variables are, and how they were computed.

    Parameters
    ----------
    data : Dataset
        What was measured.
    experiment : str
        Name of the experiment.
    parameters : mapping
        All that the experiment was called with, the seed among them.
    seconds : float
        Time that it took. For a resumed run, the time of its last call.
    variables : mapping of str to (str, str)
        Name of a variable to its long name and units; those that `data` lacks are passed over.
    device : str, default "cpu"
        Device that computed it.

    Returns
    -------
    Dataset
        With the attributes experiment, parameters (JSON), files that they name with their digests
        (JSON), seed where there is one, versions (JSON), machine, device, seconds, and schema, the
        version of this list.
    """
    data = checks.instance("data", data, xr.Dataset).copy()
    given = checks.instance("parameters", parameters, Mapping)
    for name, (long_name, units) in _described(variables).items():
        if name in data.variables:
            data[name].attrs.update(long_name=long_name, units=units)
    return data.assign_attrs(
        experiment=checks.instance("experiment", experiment, str, words="be the name of an experiment"),
        parameters=json.dumps(dict(given), default=_plain),
        files=json.dumps(provenance.files(given)),
        **({"seed": given["seed"]} if "seed" in given else {}),
        versions=json.dumps(provenance.versions()),
        machine=provenance.machine(),
        device=checks.instance("device", device, str, words="be the name of a device"),
        seconds=round(checks.real("seconds", seconds, least=0), 3),
        schema=SCHEMA,
    )


def _described(variables: Variables) -> Variables:
    """Return `variables`, once each is known to have a long name and units."""
    for name, words in checks.instance("variables", variables, Mapping).items():
        two = isinstance(words, tuple | list) and len(words) == 2 and all(isinstance(word, str) for word in words)
        if not isinstance(name, str) or not two:
            raise checks.refusal("variables", "name (long name, units) of each", f"holds {name!r}: {words!r}")
    return variables


def _plain(value: Any) -> Any:
    """An array as lists, or its digest if it has several axes; another object as its name."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if getattr(value, "ndim", 0) > 1:
        return f"array of shape {tuple(value.shape)}, sha256 {provenance.digest(repr(value.tolist()).encode())}"
    return value.tolist() if hasattr(value, "tolist") else getattr(value, "__name__", type(value).__name__)


def parameters(data: xr.Dataset) -> dict[str, Any]:
    """Return the parameters, seed among them, that `data` was computed with.

    Parameters
    ----------
    data : Dataset
        What an experiment gave.

    Returns
    -------
    dict of str to object
        A value for each option.

    Raises
    ------
    InputError
        If `data` hold none.
    """
    checks.instance("data", data, xr.Dataset)
    try:
        given = json.loads(data.attrs["parameters"])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        was = f"can't be read ({type(error).__name__})"
        raise checks.refusal("the attribute parameters", "hold JSON", was, "make the result again") from error
    if not isinstance(given, dict):
        raise checks.refusal(
            "the attribute parameters", "hold names and values", checks.shown(given), "make the result again"
        )
    return given


def same_run(data: xr.Dataset, run: Callable[..., Any], given: Mapping[str, Any]) -> bool:
    """Return whether `run`, with its code of now, would give just `data` for these options.

    Parameters
    ----------
    data : Dataset
        A saved result.
    run : function
        An experiment.
    given : mapping
        A value for each of its options.

    Returns
    -------
    bool
        False also where points of `data` had failed.
    """
    asked = json.loads(json.dumps(dict(given), default=_plain))
    same = data.attrs.get("code") == provenance.code(run) and parameters(data) == asked
    return same and json.loads(data.attrs.get("files", "{}")) == provenance.files(given) and "error" not in data


def vacant(path: str | os.PathLike[str]) -> None:
    """Refuse a `path` at which there is a file that neuromem did not write.

    Parameters
    ----------
    path : path
        A result (.nc), a page (.html) or a picture.

    Raises
    ------
    InputError
        If there is one.
    """
    path = checks.path("out", path)
    if path.suffix == ".nc" and path.exists():
        load(path)
    if path.suffix == ".nc" or not path.exists():
        return
    from PIL import Image, UnidentifiedImageError

    mark = MARKS.get(path.suffix.lower())
    try:
        if mark is not None:
            ours = mark in path.read_bytes()
        else:
            with Image.open(path) as picture:
                ours = str(picture.info.get("Software", "")).startswith("neuromem")
    except (OSError, ValueError, UnidentifiedImageError, Image.DecompressionBombError):
        ours = False
    if not ours:
        way_out = "move it away, or choose another folder with --out"
        kind = "page" if path.suffix == ".html" else "picture"
        raise checks.refusal("out", f"hold no {kind} that neuromem did not make", f"holds {str(path)!r}", way_out)


def save(data: xr.Dataset, path: str | os.PathLike[str]) -> Path:
    """Save `data` as netCDF, whole or not at all.

    Parameters
    ----------
    data : Dataset
        What an experiment gave.
    path : path
        Name of the file; a file there that neuromem did not write is left alone.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If there is a file that neuromem did not write, or the folder can't be written to.
    OSError
        If the disk is full.
    """
    path = checks.path("out", path)
    checks.instance("data", data, xr.Dataset)
    vacant(path)
    folder(path.parent)
    packed = {
        name: {"zlib": True, "shuffle": True}
        for name in data.data_vars
        if data[name].dtype.kind in "biuf" and data[name].ndim
    }
    data = data.drop_encoding()  # of a file it came from, whose texts may have been shorter
    content = data.to_netcdf(engine="h5netcdf", encoding=packed)  # in memory, as HDF5 dies of a full disk
    return write_whole(path, lambda beside: beside.write_bytes(content))


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Save a matplotlib figure, whole or not at all, but never over a picture of others.

    Parameters
    ----------
    figure : Figure
        What is drawn.
    path : path
        Name of the picture, which ends in .png, .pdf or .svg.

    Returns
    -------
    Path
        The picture.

    Raises
    ------
    InputError
        If the name ends in something else, or there is a picture that neuromem did not make.
    """
    path = checks.path("path", path)
    if path.suffix[1:].lower() not in FORMATS:
        raise checks.refusal("path", "end in .png, .pdf or .svg", checks.shown(str(path)), "give another name")
    vacant(path)
    if not callable(getattr(figure, "savefig", None)):
        raise checks.refusal("figure", "be a matplotlib Figure", checks.shown(figure))
    made_by = {("Creator" if path.suffix.lower() in MARKS else "Software"): f"neuromem {__version__}"}
    return write_whole(path, lambda beside: figure.savefig(beside, metadata=made_by))


def load(path: str | os.PathLike[str]) -> xr.Dataset:
    """Load the Dataset that `save` wrote to `path`.

    Parameters
    ----------
    path : path
        A netCDF file.

    Returns
    -------
    Dataset
        The whole result, in memory.

    Raises
    ------
    InputError
        If there is no such file, or neuromem did not write it, or it can't fit in memory.
    """
    path = checks.path("file", path)
    must, way_out = "be a netCDF file written by neuromem", "choose another name or folder"
    if not path.is_file():
        raise checks.refusal("file", "be a saved result", missing(path), "make one with: neuromem run EXPERIMENT")
    try:  # phony_dims is named, as h5netcdf warns otherwise
        with xr.open_dataset(path, engine="h5netcdf", phony_dims="access", create_default_indexes=False) as data:
            checks.fits("file", data.nbytes, way_out)  # a small file can claim a large array
            data.load()
        for name in [name for name in data.coords if name in data.dims]:
            data = data.set_xindex([name])
    except (checks.InputError, MemoryError):
        raise
    except Exception as error:  # the readers raise whatever their libraries raise
        raise checks.refusal("file", must, f"{str(path)!r} can't be read ({type(error).__name__})", way_out) from error
    if not isinstance(data.attrs.get("experiment"), str):
        raise checks.refusal("file", must, f"{str(path)!r} names no experiment", way_out)
    return data
