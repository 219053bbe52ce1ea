"""One way to name what may be a text, a file, a package or the object itself.

A memory, rule or layer is given as

    NAME                          one that neuromem has, or that an installed package announces
    NAME:KEY=VALUE:...            with settings
    FILE.py:NAME:KEY=VALUE:...    one of a file of your own
    PACKAGE.MODULE:NAME           one of a package of your own
    an object                     a class, an instance or a function
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import re
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import cloudpickle

from .catalogue import types_taken
from .checks import InputError, nearest, pickled, refusal

FILE = r"(?:(?!:[^\W\d]\w*=).)+?\.py"  # with no setting before it
MODULE = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
PLACE = re.compile(rf"^(?P<place>{FILE}|{MODULE}):(?P<name>[^\W\d]\w*)(?P<settings>(?::[^\W\d]\w*=.*)?)$", re.S)
FORMS = "NAME, FILE.py:NAME or PACKAGE.MODULE:NAME, with :KEY=VALUE after it for settings"


class Source(str):
    """The text that names a thing, which also carries the thing.

    It is the text itself in tables, coordinates and saved parameters, and reaches other processes
    by value.

    Parameters
    ----------
    label : str
        The text.
    thing : object
        The class, function or object.
    settings : mapping
        What the text gives it as keywords.
    origin : str
        Where it came from: a package with its version, or a file.
    sha256 : str
        Digest of the file or of the object, "" for what an installed package holds.
    """

    thing: Any
    settings: dict[str, Any]
    origin: str
    sha256: str

    def __new__(cls, label: str, thing: Any, settings: Mapping[str, Any], origin: str, sha256: str) -> Source:
        self = super().__new__(cls, label)
        self.thing, self.settings, self.origin, self.sha256 = thing, dict(settings), origin, sha256
        return self

    def given(self, **settings: Any) -> Source:
        """Give the same with more settings, where the text does not say them.

        Parameters
        ----------
        **settings
            By their names.

        Returns
        -------
        Source
            With the same label.
        """
        return Source(str(self), self.thing, {**settings, **self.settings}, self.origin, self.sha256)

    def takes(self, setting: str) -> bool:
        """Say whether a setting may be given that the text does not say.

        Parameters
        ----------
        setting : str
            Its name.

        Returns
        -------
        bool
            Whether what is named takes it.
        """
        return callable(self.thing) and setting in types_taken(self.thing) and setting not in self.settings

    def __reduce__(self) -> tuple[Any, ...]:
        return Source, (str(self), self.thing, self.settings, self.origin, self.sha256)


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
        If there is no such file or module, it raises on import, or has no such name.
    """
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
        if error.name and not name.startswith(error.name):
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


def label_of(thing: Any) -> str:
    """Return what an object is called in tables and pictures: its own name, or that of its class.

    Parameters
    ----------
    thing : object
        A class, an instance or a function.

    Returns
    -------
    str
        Such as "Hopfield", or "function" for one without a name.

    Examples
    --------
    >>> label_of(lambda units: None), label_of(label_of), label_of(3)
    ('function', 'label_of', 'int')
    """
    named = getattr(thing, "__name__", "") or type(thing).__name__
    return "function" if named == "<lambda>" else named


def of_object(thing: Any, argument: str) -> Source:
    """Wrap an object: a class, an instance or a function.

    Parameters
    ----------
    thing : object
        Anything that can be sent to another process by value.
    argument : str
        What it is given for, for the error.

    Returns
    -------
    Source
        With the digest of its pickle.

    Raises
    ------
    InputError
        If it can't be sent to another process.
    """
    if inspect.isclass(thing) or inspect.isfunction(thing):
        origin = f"{'class' if inspect.isclass(thing) else 'function'} {thing.__module__}.{thing.__qualname__}"
    else:
        origin = f"object of {type(thing).__module__}.{type(thing).__qualname__}"
    return Source(label_of(thing), thing, {}, origin, hashlib.sha256(pickled(argument, thing)).hexdigest())


def with_functions(found: Source) -> Source:
    """Load the functions that the settings of a text name, such as rules, so that workers get them.

    Parameters
    ----------
    found : Source
        Such as "hopfield:rule=my_file.py:my_rule".

    Returns
    -------
    Source
        With each setting for which a callable may be given, and whose text names a file or module,
        as a Source of its own.

    Raises
    ------
    InputError
        If a function can't be found.
    """
    texts = {key: place for key, text in found.settings.items() if type(text) is str and (place := split(text))}
    takes = types_taken(found.thing) if texts else {}
    loaded = {key: find(*place, key) for key, place in texts.items() if Callable in takes.get(key, ())}
    if not loaded:
        return found
    settings = {key: Source(found.settings[key], thing, {}, origin, sha) for key, (thing, origin, sha) in loaded.items()}
    origin = ", ".join([found.origin, *(f"{key} of {one.origin}" for key, one in settings.items())])
    digests = "".join([found.sha256, *(one.sha256 for one in settings.values())])
    sha = digests if len(digests) == 64 else hashlib.sha256(digests.encode()).hexdigest()
    return Source(str(found), found.thing, found.settings | settings, origin, sha)


def distinct(sources: list[Source], argument: str) -> list[Source]:
    """Number what has the same label, so that each column of a result has its own name.

    Parameters
    ----------
    sources : list of Source
        Perhaps with equal labels.
    argument : str
        What they are given for, for the error.

    Returns
    -------
    list of Source
        The second of two equal labels ends in " (2)".

    Raises
    ------
    InputError
        If one thing is given twice.
    """
    seen: dict[str, int] = {}
    out: list[Source] = []
    for one in sources:
        if any(one == other and one.thing is other.thing for other in out):
            raise refusal(argument, "be different", f"{str(one)!r} is given twice", "give it once")
        seen[str(one)] = seen.get(str(one), 0) + 1
        label = str(one) if seen[str(one)] == 1 else f"{one} ({seen[str(one)]})"
        out.append(Source(label, one.thing, one.settings, one.origin, one.sha256))
    return out
