"""Provenance: which neuromem, with which packages, on which machine made a result."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.metadata
import inspect
import marshal
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CodeType
from typing import Any

from . import __version__, checks, idx, named_code

PACKAGES = ("numpy", "scipy", "numba", "xarray", "array-api-compat", "scikit-learn", "torch", "brian2")
PACKAGE = Path(__file__).parent
SILENT = {
    "experiments",
    "figures",
    "bench",
    "explorer",
    "card",
    "commands",
    "about.py",
    "cli.py",
    "display.py",
    "doctor.py",
    "terminal.py",
}  # change no number of others
EXPERIMENTS = f"{__package__}.experiments."
IF_LOADED = ("cupy", "nest")  # of a device or another simulator, where this process has used it


@functools.cache
def version() -> str:
    """Return the version of neuromem; in a checkout with the commit, and ".dirty" if changed.

    Returns
    -------
    str
        Such as "0.2.0", or "0.2.0+g5abd7e9c1f2d.dirty".
    """
    root = Path(__file__).resolve().parents[1]
    if not (root / ".git").exists():
        return __version__
    command = ["git", "-C", str(root), "describe", "--always", "--exclude=*", "--abbrev=12", "--dirty=.dirty"]
    try:
        commit = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):  # no git, or a checkout that it does not trust
        return __version__
    return f"{__version__}+g{commit}"


def versions() -> dict[str, str]:
    """Return the versions of neuromem, of Python, and of the packages that can change numbers.

    Returns
    -------
    dict of str to str
        Name of the package to its version.
    """
    found = {"neuromem": version(), "python": platform.python_version()}
    for name in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):  # what the run does without
            found[name] = importlib.metadata.version(name)
    return found | {name: str(sys.modules[name].__version__) for name in IF_LOADED if name in sys.modules}


def code(function: Callable[..., Any]) -> str:
    """Return digests of the code that numbers depend on: neuromem, and the files of `function`.

    Parameters
    ----------
    function : callable
        The function that measures. Its files are its own, and those of the experiments and of what
        they share from which it takes something, directly or not.

    Returns
    -------
    str
        Two numbers of 12 digits; other code, in all likelihood, gives others.
    """
    function = inspect.unwrap(function)
    own = [_source(function)]
    own += [path.read_bytes() for path in sorted(_taken_from(function.__module__))]
    return f"{_package()}-{digest(b''.join(own))}"


def _source(function: Callable[..., Any]) -> bytes:
    """The file of a function, or what it compiles to where it was typed in.

    Lines that Python keeps of what was typed can be those of another text of the same name.
    """
    with contextlib.suppress(OSError, TypeError):
        return Path(inspect.getsourcefile(function) or "").read_bytes()
    taken = function.__defaults__, function.__kwdefaults__, [cell.cell_contents for cell in function.__closure__ or ()]
    return marshal.dumps(_placeless(function.__code__), 0) + repr(taken).encode()  # a later form differs between processes


def _placeless(code: CodeType) -> CodeType:
    """Compiled code without the name and the line of where it stood."""
    inner = tuple(_placeless(one) if isinstance(one, CodeType) else one for one in code.co_consts)
    return code.replace(co_filename="", co_firstlineno=1, co_consts=inner)


def _taken_from(module: str) -> set[Path]:
    """Return the files of experiments from which a module takes something, directly or not."""
    seen, todo = {module}, [module]
    while todo:
        for thing in list(getattr(sys.modules.get(todo.pop()), "__dict__", {}).values()):
            home = thing.__name__ if inspect.ismodule(thing) else getattr(thing, "__module__", None)
            if str(home).startswith(EXPERIMENTS) and home in sys.modules and home not in seen:
                seen.add(home)
                todo.append(home)
    return {Path(sys.modules[name].__file__ or "") for name in seen - {module}}


def digest(content: bytes) -> str:
    """Return a number of 12 digits that other content, in all likelihood, does not have.

    Parameters
    ----------
    content : bytes
        What the number is of.

    Returns
    -------
    str
        Twelve hexadecimal digits.
    """
    return hashlib.sha256(content).hexdigest()[:12]


def files(value: Any) -> dict[str, str]:
    """Return the digests of the files and modules that texts name, alone or in NAME:KEY=FILE.

    Parameters
    ----------
    value : object
        A text or path, or a tuple, list or dict that holds them; all else names nothing. A module
        is named as PACKAGE.MODULE:NAME, and loaded. A file without a suffix counts after a = alone,
        as its name may be of what a run writes. What a dict has as `items` may be a folder of
        pictures or IDX files, or an IDX file, whose digest is then that of all files that items can
        be read from there.

    Returns
    -------
    dict of str to str
        Path of each file, and PACKAGE.MODULE:NAME of each module, that is there, to its digest.
    """
    found = _digests(_named(value)) | _modules(value)
    for path in _named(value.get("items"), bare=True) if isinstance(value, Mapping) else ():
        if several := _digests(idx.sources(path)):
            found[str(path)] = digest(repr(several).encode())
    return found


def _digests(paths: set[Path]) -> dict[str, str]:
    """Return the digests of those that are files."""
    there = [path for path in sorted(paths) if os.path.isfile(path) and os.access(path, os.R_OK)]
    return {str(path): digest(path.read_bytes()) for path in there}


def _modules(value: Any) -> dict[str, str]:
    """Return the digests of the modules that texts name; what can't be loaded fails later."""
    found = {}
    for code in [code for text in _texts(value) for code in named_code.code_in(text)]:
        place, _, name = code.rpartition(":")
        with contextlib.suppress(checks.InputError):
            if not place.endswith(".py"):
                found[code] = named_code.find(place, name, "code")[2][:12]
    return found


def _texts(value: Any) -> list[str]:
    """Return the texts and paths in a value, at whatever depth."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [text for one in value for text in _texts(one)]
    value = os.fspath(value) if isinstance(value, os.PathLike) else value
    return [value] if isinstance(value, str) else []


def _named(value: Any, bare: bool = False) -> set[Path]:
    """Return what may be the name of a file, there or not; `bare`: without a suffix or = too."""
    words = [(text, word) for text in _texts(value) for word in (text, *re.split("[:=]", text)) if word]
    return {Path(word) for text, word in words if bare or "=" in text or Path(word).suffix}


@functools.cache
def _package() -> str:
    """Return the digest of every file of neuromem that can change a number."""
    found = []
    for folder, within, files in os.walk(PACKAGE, followlinks=True):
        kept = [name for name in (*within, *files) if Path(folder) != PACKAGE or name not in SILENT]
        within[:] = sorted(set(within) & set(kept))
        found += [Path(folder, name) for name in sorted(files) if name.endswith(".py") and name in kept]
    return digest(b"".join(path.read_bytes() for path in found))


def machine() -> str:
    """Say in words what the machine is.

    Returns
    -------
    str
        Its system, the family of its processor, and the number of its cores.
    """
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
