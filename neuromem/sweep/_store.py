"""A grid on disk: a Zarr folder that seals each finished point, and of which all is checked."""

from __future__ import annotations

import atexit
import contextlib
import errno
import functools
import os
import shutil
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neuromem import checks

from ._request import must_agree
from ._tasks import Values

FULL = {errno.ENOSPC, errno.EDQUOT}  # a full disk is no damage
MARK = {"neuromem": "unfinished run", "format": 2}


class Store:
    """One grid of a run in its Zarr folder; a chunk is all trials of one setting, with a checksum.

    Beside the variables there is `seal`, which holds for each point a seal: a checksum of all its
    values, and 0 where it is not finished. A point counts as done if its seal and its values agree,
    so that values that were lost, or come from elsewhere, are computed again.

    Parameters
    ----------
    folder : Path
        The Zarr folder of the run, made if it is not there.
    number : int
        Which of the run's grids this is.
    asked : mapping
        The request, which must be that of the run in the folder.
    sizes : mapping of str to int
        Names and lengths of the axes of the grid, the trial last.

    Raises
    ------
    InputError
        If the folder is damaged, not of neuromem, or of another request.
    """

    def __init__(self, folder: Path, number: int, asked: dict[str, Any], sizes: Mapping[str, int]):
        self.folder, self.sizes, self.place = folder, dict(sizes), folder / f"grid{number}"
        with _told(folder / "zarr.json", folder):
            root = _opened(folder)
        with _told(self.place / "zarr.json", folder):
            group = root.get(self.place.name)
            self.group: Any = root.create_group(self.place.name, attributes={"asked": asked}) if group is None else group
            must_agree(folder, dict(self.group.attrs["asked"]), asked)
        self.arrays: dict[str, Any] = {}

    def read(self) -> tuple[Values, np.ndarray, int]:
        """Return the values, which points are done, and how many have lost their values."""
        shape = tuple(self.sizes.values())
        with _told(self.place / "zarr.json", self.folder):
            layout = {name: (tuple(dims), tuple(own)) for name, (dims, own) in self.group.attrs.get("layout", {}).items()}
        if not layout:
            return {}, np.zeros(shape, bool), 0
        values = {name: (dims, self._read(name, dims, own)) for name, (dims, own) in layout.items()}
        seals = self._read("seal", (), ())
        done = np.zeros(shape, bool)
        for cell in zip(*np.nonzero(seals), strict=True):
            done[cell] = seals[cell] == _seal(values, cell)
        for _, array in values.values():
            array[~done] = np.nan
        return values, done, int((seals != 0).sum() - done.sum())

    def begin(self, values: Values) -> None:
        """Make the arrays; the layout is written last, and says that all are there."""
        layout = {name: (dims, array.shape[len(self.sizes) :]) for name, (dims, array) in values.items()}
        for name, (dims, own) in {**layout, "seal": ((), ())}.items():
            self.arrays[name] = self.group.create_array(name, **self._form(name, dims, own), overwrite=True)
        self.group.attrs["layout"] = layout

    def write(self, settings: Iterable[tuple[int, ...]], values: Values, done: np.ndarray) -> None:
        """Write all trials of the settings; first their values, and then that they are done."""
        with _told(self.place, self.folder, (IsADirectoryError, NotADirectoryError)):
            for setting in settings:
                for name, (_, array) in values.items():
                    self.arrays[name][setting] = array[setting]
                seals = [_seal(values, (*setting, trial)) if one else 0 for trial, one in enumerate(done[setting])]
                self.arrays["seal"][setting] = np.array(seals, np.uint32)

    def _form(self, name: str, dims: tuple[str, ...], own: tuple[int, ...]) -> dict[str, Any]:
        """Return what Zarr must know of an array."""
        from zarr.codecs import Crc32cCodec, ZstdCodec

        *settings, trials = self.sizes.values()
        return {
            "shape": (*settings, trials, *own),
            "chunks": (*[1] * len(settings), trials, *own),
            "dtype": np.dtype(np.uint32 if name == "seal" else np.float64),
            "fill_value": 0 if name == "seal" else np.nan,
            "dimension_names": (*self.sizes, *dims),
            "compressors": (ZstdCodec(level=3), Crc32cCodec()),
        }

    def _read(self, name: str, dims: tuple[str, ...], own: tuple[int, ...]) -> np.ndarray:
        """Return an array after its form is checked; what can't be read is told by its file."""
        place, must = self.place / name, self._form(name, dims, own)
        with _told(place / "zarr.json", self.folder):
            array = self.group[name]
            have = {key: getattr(array if hasattr(array, key) else array.metadata, key) for key in must}
            for key in must:
                if str(have[key]) != str(must[key]):  # NaN equals no NaN
                    raise ValueError(f"{key} is {have[key]} in place of {must[key]}")
        checks.fits("out", array.nbytes, f"delete {str(self.folder)!r} to begin anew")
        self.arrays[name] = array
        with _told(place, self.folder):
            try:
                return array[...]
            except Exception:
                for chunk in np.ndindex(array.cdata_shape):
                    file = place / array.metadata.encode_chunk_key(chunk)
                    with _told(file, file):
                        array.blocks[chunk]
                raise


def clear(store: str | os.PathLike[str]) -> None:
    """Delete the store of a run whose result is saved.

    Parameters
    ----------
    store : path
        Its folder; where there is none, nothing happens.

    Raises
    ------
    InputError
        If it can't be the name of a folder.

    Examples
    --------
    >>> clear("results/nothing.zarr")
    """
    shutil.rmtree(checks.path("store", store), ignore_errors=True)


def _opened(folder: Path) -> Any:
    """Return the Zarr group of a run, made if it is not there; it appears whole."""
    zarr = _zarr()
    if not folder.exists():
        beside = folder.with_name(f".{folder.name}.new")
        clear(beside)  # of a run that was killed here
        try:
            zarr.create_group(beside, attributes=MARK)
            beside.rename(folder)
        finally:
            clear(beside)
    way_out = "move it away, or choose another folder (--out)"
    if not (folder / "zarr.json").is_file():
        raise checks.refusal("an unfinished run", "be one of neuromem", f"{str(folder)!r} is not", way_out)
    root = zarr.open_group(folder, mode="r+")
    if dict(root.attrs) != MARK:
        raise checks.refusal("an unfinished run", "be one of this neuromem", f"{str(folder)!r} is not", way_out)
    return root


@functools.cache
def _zarr() -> Any:
    """Return the module; its thread has 0.2 s to end at exit, and may need more."""
    import zarr

    atexit.register(_end_of_zarr)  # before what zarr does at exit
    return zarr


def _end_of_zarr() -> None:
    """Wait until the thread of zarr has ended."""
    from zarr.core import sync

    loop, thread = sync.loop[0], sync.iothread[0]
    if loop is not None and thread is not None:  # a child of a fork has none
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)


def _seal(values: Values, cell: tuple[int, ...]) -> int:
    """Return a checksum of the values of one point, which knows its place; never 0."""
    seal = zlib.crc32(repr(tuple(map(int, cell))).encode())
    for name in sorted(values):
        seal = zlib.crc32(values[name][1][cell].tobytes(), seal)
    return seal or 1


@contextlib.contextmanager
def _told(file: Path, delete: Path, kinds: tuple[type[Exception], ...] = (Exception,)) -> Iterator[None]:
    """Turn any error of the readers into one line that names `file` and what to `delete`."""
    try:
        yield
    except (checks.InputError, MemoryError):
        raise
    except kinds as error:
        if isinstance(error, OSError) and error.errno in FULL:
            raise
        was = f"{str(file)!r} is damaged ({type(error).__name__}: {error})"
        then = "begin anew" if delete != file else "compute its points again"
        must = "be whole to be gone on with"
        raise checks.refusal("an unfinished run", must, was, f"delete {str(delete)!r} to {then}") from error
