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
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from .catalogue import types_taken
from .checks import pickled, refusal
from .named_code import find, split

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
    places = {key: split(text) for key, text in found.settings.items() if type(text) is str}
    texts = {key: place for key, place in places.items() if place and ":" not in place[1]}  # others have settings too
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
