"""Items of one's own: arrays, files and folders of pictures, with grey values cut into +1/-1."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from neuromem import checks, idx
from neuromem.arrays import to_host
from neuromem.catalogue import parse

from .pictures import CUTS, grey_digits, grey_images

FORMS = "digits, fashion, a .npy, .npz, .mat or IDX file, a folder of pictures, or an array (item, unit)"
Readable = str | PathLike[str] | np.ndarray

__all__ = ["load"]


def load(items: Any, *, cut: str | float | None = None, array: str | None = None) -> np.ndarray:
    """Give items of one's own as +1/-1.

    Values that are all +1/-1, 0/1 or True/False are kept, with 0 and False as -1. Other values are
    grey: a unit is +1 where it is above the cut. What has more axes than two, such as images (item,
    row, column), is flattened.

    Parameters
    ----------
    items : str, path or array
        "digits" or "fashion"; a .npy file; a .npz or .mat file; an IDX file, plain or gzipped; a
        folder of pictures of one size, taken in the order of their names, or of the IDX files of
        MNIST and its kin; or an array of shape (item, unit) or (item, row, column). Settings may
        follow a name: "faces.npz:array=x:cut=median".
    cut : {"mean", "median"} or float, optional
        Where grey values are cut: at the mean or the median of each item, or at a number. By
        default at 7.5 of 16 for "digits", at 127 of 255 for "fashion", and at the mean of each item
        for others.
    array : str, optional
        Which array of a .npz or .mat file; needed where there are several.

    Returns
    -------
    ndarray of shape (item, unit)
        Items of +1/-1, int8.

    Raises
    ------
    InputError
        If there is no such file, it can't be read, or does not hold items.

    Examples
    --------
    >>> load([[0, 10, 250], [7, 7, 8]]).tolist()
    [[-1, -1, 1], [-1, -1, 1]]
    >>> load("digits:cut=median").shape
    (1797, 64)
    """
    return spins(*grey(items, cut, array))


def grey(source: Any, cut: str | float | None = None, array: str | None = None) -> tuple[Any, str | float | None]:
    """Give the values behind `load`, not cut yet and with all their axes.

    Parameters
    ----------
    source : str, path or array
        What `load` takes.
    cut : {"mean", "median"} or float, optional
        Where grey values are to be cut.
    array : str, optional
        Which array of a .npz or .mat file.

    Returns
    -------
    values : array
        As they are in the source.
    cut : str, float or None
        The cut that the text of the source says, or that belongs to the source, or as given.

    Raises
    ------
    InputError
        If there is no such file or it can't be read.
    """
    if isinstance(source, PathLike):
        return _values(checks.path("items", source), array), cut
    if not isinstance(source, str):
        return source, cut
    name, settings = parse(source, "items")
    for key in settings:
        checks.choice(f"the setting of {name}", key, ("cut", "array"))
    cut, array = settings.get("cut", cut), settings.get("array", array)
    if name in CUTS:
        values = grey_digits()[0] if name == "digits" else grey_images(name)[0]
        return values, CUTS[name] if cut is None else cut
    return _values(checks.path("items", name), array), cut


def spins(values: Any, cut: str | float | None = None) -> np.ndarray:
    """Cut values into +1/-1, as `load` says.

    Parameters
    ----------
    values : array of shape (item, unit) or (item, row, column)
        Real numbers or truth values.
    cut : {"mean", "median"} or float, optional
        Where grey values are cut; by default at the mean of each item.

    Returns
    -------
    ndarray of shape (item, unit)
        Items of +1/-1, int8.

    Raises
    ------
    InputError
        If the values are no such array.
    """
    x = _matrix(values)
    level = _level(cut)
    if isinstance(level, float):
        return np.where(x > level, 1, -1).astype(np.int8)
    if ((x == 1) | (x == 0)).all() or ((x == 1) | (x == -1)).all():
        return np.where(x > 0, 1, -1).astype(np.int8)
    middle = (np.median if level == "median" else np.mean)(x, axis=1, keepdims=True)
    above = (x > middle) & (x > x.min(axis=1, keepdims=True))  # the mean of equal values may round to below them
    return np.where(above, 1, -1).astype(np.int8)


def _matrix(values: Any) -> np.ndarray:
    """Checked numbers (item, unit), with further axes flattened."""
    if not hasattr(values, "dtype"):
        try:
            values = np.asarray(values)
        except (ValueError, TypeError, OverflowError):
            values = checks.array("items", values, ("item", "unit"))  # which says what is wrong with them
    if isinstance(values, np.ndarray) and values.dtype == bool:
        values = values.astype(np.int8)
    axes = ("axis",) * (checks.axes(values) - 2)
    x = to_host(checks.array("items", values, ("item", "unit", *axes)))
    return x.reshape(len(x), -1)


def _level(cut: str | float | None) -> str | float:
    """The cut as "mean", "median" or a number, which may come as text."""
    if isinstance(cut, str):
        try:
            cut = ast.literal_eval(cut)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            return checks.choice("cut", cut, ("mean", "median"))
    return "mean" if cut is None else checks.real("cut", cut, way_out='give "mean", "median" or a number such as 127')


def _values(path: Path, array: str | None) -> np.ndarray:
    """The values in a file or a folder, as they are there."""
    if path.is_dir():
        return _pictures(path)
    if not path.is_file():
        raise checks.refusal("items", f"be {FORMS}", f"there is no {str(path)!r}", "check the name")
    checks.fits("items", 8 * path.stat().st_size, "give a part of them")
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        return idx.read(path)
    try:
        held = reader(path)
    except (checks.InputError, MemoryError):
        raise
    except Exception as error:  # the readers raise whatever their libraries raise
        was = f"{str(path)!r} can't be read ({type(error).__name__}: {error})".splitlines()[0]
        raise checks.refusal("items", f"be a whole {path.suffix} file", was, "write it again") from None
    if isinstance(held, np.ndarray):
        return held
    return _one(path, held, array)


def _one(path: Path, held: Mapping[str, Any], array: str | None) -> np.ndarray:
    """The array of that name, or the only one that can hold items."""
    able = [name for name, value in held.items() if getattr(value, "ndim", 0) >= 2 and value.dtype.kind in "biuf"]
    if array is not None:
        return np.asarray(held[checks.choice("array", array, able)])
    if len(able) != 1:
        was = f"{str(path)!r} holds {', '.join(able) if able else 'none'}"
        way_out = f"say which: {path}:array={able[0]}" if able else "save an array of shape (item, unit) in it"
        raise checks.refusal("items", "be one array of numbers", was, way_out)
    return np.asarray(held[able[0]])


def _npy(path: Path) -> np.ndarray:
    return np.load(path, allow_pickle=False)


def _npz(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as held:
        return {name: held[name] for name in held.files}


def _mat(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a MATLAB file; those of version 7.3 are HDF5, with their axes in reverse."""
    import h5py
    from scipy.io import loadmat

    if not h5py.is_hdf5(path):
        return {name: value for name, value in loadmat(path).items() if not name.startswith("__")}
    with h5py.File(path) as file:
        return {name: np.asarray(value).T for name, value in file.items() if isinstance(value, h5py.Dataset)}


READERS: dict[str, Callable[[Path], Any]] = {".npy": _npy, ".npz": _npz, ".mat": _mat}


def _pictures(folder: Path) -> np.ndarray:
    """The grey values (item, row, column) of the pictures in a folder, or of its IDX files."""
    from PIL import Image

    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in idx.PICTURES)
    if not files:
        return grey_images(folder)[0]
    found: list[np.ndarray] = []
    for file in files:
        try:
            with Image.open(file) as picture:
                found.append(np.asarray(picture.convert("L")))
        except Exception as error:  # the readers raise whatever their libraries raise
            was = f"{str(file)!r} can't be read ({type(error).__name__})"
            raise checks.refusal("items", "be whole pictures", was, "take it out of the folder") from None
        if found[-1].shape != found[0].shape:
            (a, b), (c, d) = found[0].shape, found[-1].shape
            was = f"{files[0].name} has {a} x {b} pixels and {file.name} {c} x {d}"
            raise checks.refusal("items", "be pictures of one size", was, "make them alike")
    return np.stack(found)
