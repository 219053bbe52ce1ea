"""Code that a text names, in a file or a module: how it is written, found, and closed off."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from types import ModuleType
from typing import Any

import cloudpickle

from .catalogue import SETTING
from .checks import InputError, nearest, refusal

FILE = r"(?:(?!:[^\W\d]\w*=).)+?\.py"  # with no setting before it
MODULE = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
PLACE = re.compile(rf"^(?P<place>{FILE}|{MODULE}):(?P<name>[^\W\d]\w*)(?P<settings>(?::[^\W\d]\w*=.*)?)$", re.S)
_allowed: ContextVar[tuple[str, ...] | None] = ContextVar("allowed", default=None)  # all code, where it is None


def split(text: str) -> tuple[str, str] | None:
    """Separate the place of a text from the rest of it.

    Parameters
    ----------
    text : str
        Such as "my_file.py:MyMemory:depth=3".

    Returns
    -------
    tuple of str, or None
        The file or module, and the name with its settings; None for a text that names no place.

    Examples
    --------
    >>> split("my_file.py:MyMemory:depth=3")
    ('my_file.py', 'MyMemory:depth=3')
    >>> split("hopfield:rule=storkey") is None, split("hopfield:rule=my_rule.py:rule") is None
    (True, True)
    """
    found = PLACE.match(text)
    if not found or "=" in found["name"]:
        return None
    return found["place"], found["name"] + found["settings"]


def code_in(text: str) -> list[str]:
    """List the code that a text names, also in the settings of its settings.

    Parameters
    ----------
    text : str
        Of a memory, rule or layer, or of a setting.

    Returns
    -------
    list of str
        Each as FILE.py:NAME or PACKAGE.MODULE:NAME, without its settings.

    Examples
    --------
    >>> code_in("memory_caching:memory='my_file.py:MyMemory:rule=my_rule.py:rule':segment=8")
    ['my_file.py:MyMemory', 'my_rule.py:rule']
    """
    place = split(text)
    own = [f"{place[0]}:{place[1].partition(':')[0]}"] if place else []
    return own + [one for _, value in SETTING.findall(text) for one in code_in(value.strip("'\""))]


@contextlib.contextmanager
def closed(*allowed: str) -> Iterator[None]:
    """Let `find` load nothing else in this thread, as texts of others may name code and files.

    Parameters
    ----------
    *allowed : str
        What it may load, as `code_in` gives it.

    Yields
    ------
    None
        Until the block ends.

    Examples
    --------
    >>> with closed():
    ...     find("my_file.py", "MyMemory", "memory")
    Traceback (most recent call last):
    neuromem.checks.InputError: memory must name no code in a file of a memory or in a link, \
but was 'my_file.py:MyMemory'; give it where the memory is made.
    """
    before = _allowed.set(allowed)
    try:
        yield
    finally:
        _allowed.reset(before)


def readable(argument: str, file: str | Path) -> None:
    """Refuse to read a file that a text names where code is `closed` off: the text is another's.

    Parameters
    ----------
    argument : str
        What the file is given for, for the error.
    file : str or Path
        The file.

    Raises
    ------
    InputError
        If it is closed off.

    Examples
    --------
    >>> with closed():
    ...     readable("weights", "trained.pt")
    Traceback (most recent call last):
    neuromem.checks.InputError: weights must name no file in a file of a memory or in a link, \
but was 'trained.pt'; give it where the memory is made.
    """
    if _allowed.get() is not None:
        must, way_out = "name no file in a file of a memory or in a link", "give it where the memory is made"
        raise refusal(argument, must, f"was {str(file)!r}", way_out)


def find(place: str, name: str, argument: str) -> tuple[Any, str, str]:
    """Load what a file or a module calls `name`.

    Parameters
    ----------
    place : str
        A path that ends in .py, or the dotted name of a module, which may lie in the current
        folder.
    name : str
        A name at the top of it.
    argument : str
        What it is given for, for the error.

    Returns
    -------
    tuple
        The object, where it came from, and the digest of its file.

    Raises
    ------
    InputError
        If there is no such file or module, it raises on import, or has no such name, or is
        `closed` off.
    """
    named, allowed = f"{place}:{name}", _allowed.get()
    if allowed is not None and named not in allowed:
        must, way_out = "name no code in a file of a memory or in a link", "give it where the memory is made"
        raise refusal(argument, must, f"was {named!r}", way_out)
    module, origin, digest = _file(Path(place), argument) if place.endswith(".py") else _module(place, argument)
    if not hasattr(module, name):
        names = [known for known, thing in vars(module).items() if callable(thing) and not known.startswith("_")]
        way_out = nearest(name, names) if names else "define it at the top of the file"
        raise refusal(argument, f"name something of {place}", f"was {name!r}", way_out)
    return getattr(module, name), origin, digest


def _file(path: Path, argument: str) -> tuple[ModuleType, str, str]:
    """The module of a file, run once for each content, and shipped to other processes by value."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise refusal(
            argument, "name a file that can be read", f"{str(path)!r}: {error.strerror}", "check the path"
        ) from None
    digest = hashlib.sha256(content).hexdigest()
    name = f"neuromem_file_{path.stem}_{digest[:12]}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        sys.path.insert(0, str(path.resolve().parent))  # the file may import its neighbours
        try:
            spec.loader.exec_module(module)
        except BaseException as error:
            del sys.modules[name]
            if isinstance(error, KeyboardInterrupt):
                raise
            raise _broken(str(path), error, argument) from error
        finally:
            sys.path.remove(str(path.resolve().parent))
        cloudpickle.register_pickle_by_value(module)
    return sys.modules[name], f"file {path}", digest


def _module(name: str, argument: str) -> tuple[ModuleType, str, str]:
    sys.path.insert(0, "")
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and not f"{name}.".startswith(f"{error.name}."):
            raise _broken(name, error, argument) from error
        way_out = f"install it, or give a file as ./{name.replace('.', '/')}.py"
        raise refusal(argument, "name a package that can be imported", f"there is no module {name!r}", way_out) from None
    except Exception as error:
        raise _broken(name, error, argument) from error
    finally:
        sys.path.remove("")
    file = getattr(module, "__file__", None)
    if file is not None and _own(name, Path(file).resolve()):  # no other machine has it
        cloudpickle.register_pickle_by_value(module)
    digest = hashlib.sha256(Path(file).read_bytes()).hexdigest() if file and Path(file).exists() else ""
    return module, f"module {name}", digest


def _own(name: str, file: Path) -> bool:
    """Whether a module is of the current folder, and not installed in an environment there.

    What is installed goes to other processes by its name: torch can't go by value.
    """
    installed = name.partition(".")[0] in {"neuromem", *sys.stdlib_module_names}
    return file.is_relative_to(Path.cwd()) and not installed and not {"site-packages", "dist-packages"} & set(file.parts)


def _broken(place: str, error: BaseException, argument: str) -> InputError:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(place)]
    where = f"line {lines[-1]} of {place}" if lines else place
    said = f"{where} raises {type(error).__name__}: {error}".strip().splitlines()[0]
    return refusal(argument, "name a file or module that runs", said, "mend it, or try it with `python` alone")
