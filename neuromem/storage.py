"""Memories in files: their settings and state as JSON and arrays, without pickle.

A file is a zip archive with `memory.json` and arrays in NumPy's format. Nothing in it is ever
executed: loading makes an empty memory of a class that is known, with the settings in the file, and
fills it with the numbers in the file.
"""

from __future__ import annotations

import io
import json
import math
import os
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from . import __version__, checks, named_code, source
from ._graph import Reader, Writer
from .files import missing, write_whole
from .settings import settings

FORMAT, INDEX = 1, "memory.json"
MUST = "be a memory that neuromem saved"


def save(memory: Any, path: str | os.PathLike[str]) -> Path:
    """Save a memory: its class, its settings, and all that it holds.

    Arrays of other libraries are saved as NumPy's, and come back as such.

    Parameters
    ----------
    memory : Memory
        One of neuromem, or of your own whose settings and attributes are numbers, texts, arrays,
        lists, dicts, random generators and objects of these.
    path : path
        Name of the file, such as "memory.npz". A file there that holds no memory is left alone.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If the memory holds what can't be saved, such as a function, a text that names one, or a
        torch module.

    Examples
    --------
    >>> import tempfile
    >>> import neuromem as nm
    >>> items = nm.patterns.random(3, 64, rng=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = save(nm.Hopfield(64).store(items), f"{folder}/memory.npz")
    ...     again = load(file)
    >>> bool((again.recall(items).items == items).all())
    True
    """
    path, kind = checks.path("path", path), type(memory)
    if isinstance(memory, type) or not all(hasattr(memory, part) for part in ("units", "store")):
        raise checks.refusal("memory", "be a memory", checks.shown(memory), "give one such as neuromem.Hopfield(64)")
    if path.exists():
        _index(path)  # what others wrote is left alone
    writer, given = Writer(kind.__module__), settings(memory, changed=True)
    _no_code(given)
    index = {
        "format": FORMAT,
        "neuromem": __version__,
        "class": f"{kind.__module__}:{kind.__qualname__}",
        "origin": _origin(kind),
        "units": writer.value(memory.units, "units"),
        "settings": {name: writer.value(value, name) for name, value in given.items()},
        "state": writer.attributes(memory),
    }

    def write(beside: Path) -> None:
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(zipfile.ZipInfo(INDEX), json.dumps(index))
            for number, array in enumerate(writer.arrays):
                content = io.BytesIO()
                np.save(content, array, allow_pickle=False)
                file.writestr(zipfile.ZipInfo(f"{number}.npy"), content.getvalue(), zipfile.ZIP_DEFLATED)

    return write_whole(path, write)


def load(path: str | os.PathLike[str], kind: Any = None) -> Any:
    """Load a memory that `save` wrote.

    Parameters
    ----------
    path : path
        The file.
    kind : class or str, optional
        The class of a memory of your own, or FILE.py:NAME or PACKAGE.MODULE:NAME. No code is run
        because a file of a memory names it; neuromem's own memories need nothing here.

    Returns
    -------
    Memory
        Which recalls, and goes on storing, as the one that was saved.

    Raises
    ------
    InputError
        If there is no such file, it is damaged or too large, or its class is not known.
    """
    path = checks.path("path", path)
    index, arrays = _index(path), _arrays(path)
    way_out = "save the memory again"
    try:
        known = _class(index, kind, path)
        reader = Reader(arrays, known.__module__)
        with named_code.closed():  # a memory in it, too, takes texts that may name code or files
            given = {name: reader.value(value) for name, value in index["settings"].items()}
            _no_code(given)
            memory = known(reader.value(index["units"]), **given)
            reader.fill(memory, index["state"])
    except checks.InputError:
        raise
    except Exception as error:  # a damaged file can hold anything
        raise checks.refusal("path", MUST, f"{str(path)!r}: {type(error).__name__}: {error}", way_out) from error
    return memory


def _no_code(given: dict[str, Any]) -> None:
    """Refuse a setting that names code, such as a rule FILE.py:NAME: loading would run it."""
    for name, value in given.items():
        if isinstance(value, str) and named_code.code_in(value):
            way_out = "save its synapses, or give what it names each time"
            raise checks.refusal(name, "name no code in a file of a memory", f"was {str(value)!r}", way_out)


def _origin(kind: type) -> dict[str, str]:
    """Where a class comes from: neuromem, or a file with its digest."""
    if kind.__module__.startswith("neuromem."):
        return {"from": f"neuromem {__version__}", "sha256": ""}
    found = source.of_object(kind, "memory")
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return {"from": f"file {file}" if file else found.origin, "sha256": found.sha256}


def _index(path: Path) -> dict[str, Any]:
    """The JSON of a file, if the file is one of ours."""
    if not path.is_file():
        raise checks.refusal("path", MUST, missing(path), "save one with neuromem.save(memory, path)")
    try:
        with zipfile.ZipFile(path) as file:
            checks.fits("path", 10 * file.getinfo(INDEX).file_size, "give another file")
            index = json.loads(file.read(INDEX))
        parts = {"format", "class", "origin", "units", "settings", "state"}
        if not isinstance(index, dict) or not parts <= index.keys() or not isinstance(index["settings"], dict):
            raise ValueError("parts are missing")
    except (checks.InputError, OSError):
        raise
    except (zipfile.BadZipFile, KeyError, ValueError, RecursionError, NotImplementedError, RuntimeError) as error:
        was = f"{str(path)!r} can't be read ({type(error).__name__})"
        raise checks.refusal("path", MUST, was, "choose another name") from error
    if index["format"] != FORMAT:
        was = f"{str(path)!r} has format {index['format']!r}, written by neuromem {index.get('neuromem')}"
        raise checks.refusal("path", f"have format {FORMAT}", was, "use that version of neuromem")
    return index


def _arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a file, none of which is larger than it says, or holds objects."""
    try:
        with zipfile.ZipFile(path) as file:
            members = [one for one in file.infolist() if one.filename != INDEX]
            checks.fits("path", 2 * sum(one.file_size for one in members), "give a smaller memory")
            return {one.filename.removesuffix(".npy"): _array(file.read(one)) for one in members}
    except checks.InputError:
        raise
    except Exception as error:  # zip and NumPy raise whatever they raise
        was = f"{str(path)!r} can't be read ({type(error).__name__}: {error})"
        raise checks.refusal("path", MUST, was, "save the memory again") from error


def _array(content: bytes) -> np.ndarray:
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(file)
    if dtype.hasobject or dtype.itemsize * math.prod(shape) != len(content) - file.tell():
        raise ValueError(f"an array of {dtype} and shape {shape} does not have this size")
    array = np.frombuffer(content, dtype, offset=file.tell()).copy()
    return array.reshape(shape, order="F" if fortran else "C")


def _class(index: dict[str, Any], kind: Any, path: Path) -> Any:
    """The class of a saved memory: neuromem's, the one given, or one that is imported already."""
    module, _, name = str(index["class"]).partition(":")
    if isinstance(kind, str):
        place = named_code.split(kind)
        if place is None:
            raise checks.refusal("kind", "be FILE.py:NAME or PACKAGE.MODULE:NAME", f"was {kind!r}", "or give the class")
        kind = named_code.find(place[0], place[1].partition(":")[0], "kind")[0]
    if kind is not None:
        if getattr(kind, "__qualname__", None) != name:
            raise checks.refusal("kind", f"be {name}, which {str(path)!r} holds", checks.shown(kind))
        return kind
    known = Reader({}, module).known(index["class"]) if module.startswith("neuromem.") else None
    known = known or getattr(sys.modules.get(module), name, None)
    if not isinstance(known, type):
        origin = index["origin"] if isinstance(index["origin"], dict) else {}
        was = f"{str(path)!r} holds {name} from {origin.get('from')} (sha256 {str(origin.get('sha256'))[:12]})"
        raise checks.refusal("kind", "be given for a memory that is not known here", was, f'give kind="FILE.py:{name}"')
    return known
