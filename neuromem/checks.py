"""Every input check and every error text, in one form.

The text says what the argument must be, what it was, and what to do.
"""

from __future__ import annotations

import contextlib
import difflib
import math
import numbers
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import array_api_compat
import numpy as np

LARGEST = 2**31 - 1  # a count, unless a check says otherwise: what 32 bits hold


class InputError(ValueError):
    """Error for an argument that neuromem can't use; says what it must be, what it was, and the way out."""


def refusal(argument: str, must: str, was: str, way_out: str = "") -> InputError:
    """Makes the error for one argument, in the one form that all errors have.

    >>> raise refusal("units", "be a positive whole number", "was -3", "give the length of one item, such as 256")
    Traceback (most recent call last):
    neuromem.checks.InputError: units must be a positive whole number, but was -3; give the length of one item, such as 256.
    """
    return InputError(f"{argument} must {must}, but {was}{'; ' + way_out if way_out else ''}.")


def shown(value: object) -> str:
    """Says what a value was, for an error: "was ..." in one line, cut at 60 characters, or its type if it can't be shown.

    >>> shown("hopfeild")
    "was 'hopfeild'"
    """
    try:
        text = " ".join(repr(value).split())
    except Exception:  # repr is the caller's code; that of a long int refuses by itself
        text = f"of type {type(value).__name__}"
    return f"was {text if len(text) <= 60 else text[:57] + '...'}"


def whole(name: str, value: object, least: int = 1, most: int = LARGEST, way_out: str = "") -> int:
    """Returns a whole number between two bounds as an int.

    Parameters
    ----------
    name : str
        Name of the argument, for the error.
    value : object
        Any integer type is taken, bool is not.
    least, most : int
        The bounds, both allowed. Without `most`, a count must be below 2^31.
    way_out : str, optional
        What the caller can do instead.

    Raises
    ------
    InputError
        If `value` is no whole number or lies outside the bounds.

    Examples
    --------
    >>> whole("units", 10**30)
    Traceback (most recent call last):
    neuromem.checks.InputError: units must be a whole number from 1 to 2147483647, but was 1000000000000000000000000000000.
    """
    number = int(value) if isinstance(value, numbers.Integral) and not isinstance(value, bool) else least - 1
    if not least <= number <= most:
        must = f"be a whole number from {least} to {most}"
        if most == LARGEST and number < least:
            must = "be a positive whole number" if least == 1 else f"be a whole number of at least {least}"
        raise refusal(name, must, shown(value), way_out)
    return number


def flag(name: str, value: object) -> bool:
    """Returns True or False; refuses everything else, since every text and most objects would count as true.

    >>> flag("self_coupling", "no")
    Traceback (most recent call last):
    neuromem.checks.InputError: self_coupling must be True or False, but was 'no'.
    """
    if not isinstance(value, bool | np.bool_):
        raise refusal(name, "be True or False", shown(value))
    return bool(value)


def real(
    name: str,
    value: object,
    least: float = -math.inf,
    most: float = math.inf,
    above: float = -math.inf,
    below: float = math.inf,
    way_out: str = "",
) -> float:
    """Returns a finite real number as a float with least <= value <= most and above < value < below; -0.0 becomes 0.0.

    Raises InputError if `value` is not a real number, is not finite as a float, or lies outside the bounds.

    >>> real("rate", 10**400, above=0)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    neuromem.checks.InputError: rate must be a finite number and above 0, but was 10000...
    """
    bounds = [(least, "at least"), (most, "at most"), (above, "above"), (below, "below")]
    must = " and ".join(["be a finite number", *(f"{word} {bound:g}" for bound, word in bounds if math.isfinite(bound))])
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise refusal(name, must, shown(value), way_out)
    try:
        number = float(value) + 0.0
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or not (least <= number <= most and above < number < below):
        raise refusal(name, must, shown(value), way_out)
    return number


def fraction(name: str, value: object, way_out: str = "give a fraction such as 0.2") -> float:
    """Returns a number between 0 and 1, both allowed, as a float."""
    number = real(name, value, way_out=way_out)
    if not 0 <= number <= 1:
        raise refusal(name, "be in [0, 1]", shown(value), way_out)
    return number


def interval(name: str, value: Any) -> tuple[float, float]:
    """Returns two fractions as floats, of which the second is not the smaller one.

    >>> interval("active_range", (0.5, 0.1))
    Traceback (most recent call last):
    neuromem.checks.InputError: active_range must be two rising fractions in [0, 1], but was (0.5, 0.1).
    """
    pair = array(name, value, (2,))
    low, high = float(pair[0]), float(pair[1])
    if not 0 <= low <= high <= 1:
        raise refusal(name, "be two rising fractions in [0, 1]", shown(value))
    return low, high


def nearest(word: str, words: Iterable[str]) -> str:
    """Says the way out for an unknown word: the nearest known one, and all of them."""
    known = sorted(words)
    close = difflib.get_close_matches(str(word).lower(), known, n=1, cutoff=0.5)
    return (f"did you mean {close[0]!r}? " if close else "") + f"known: {', '.join(known)}"


def choice(name: str, value: object, options: Iterable[str]) -> str:
    """Returns a word if it is one of `options`; the error says the nearest one."""
    options = list(options)
    if not isinstance(value, str) or value not in options:
        raise refusal(name, f"be one of {len(options)} names", shown(value), nearest(str(value), options))
    return value


def unique(name: str, names: Iterable[object]) -> list[Any]:
    """Returns `names` as a list; refuses them if one comes twice.

    >>> unique("populations", ["A", "B", "A"])
    Traceback (most recent call last):
    neuromem.checks.InputError: populations must have names that all differ, but 'A' comes 2 times.
    """
    names = list(names)
    twice = next((one for one in names if names.count(one) > 1), None)
    if twice is not None:
        raise refusal(name, "have names that all differ", f"{twice!r} comes {names.count(twice)} times")
    return names


def fits(name: str, size: float, way_out: str) -> None:
    """Refuses work that needs more memory than this process can have, before the work starts.

    Parameters
    ----------
    name : str
        The argument that makes the work large, such as "units".
    size : float
        Bytes that will be held at the same time.
    way_out : str
        What the caller can do instead, such as "use fewer units".

    Raises
    ------
    InputError
        If `size` is more than 80 % of the memory of the machine, or of the limit set for this process.

    Examples
    --------
    >>> fits("units", 10**18, "use fewer units")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    neuromem.checks.InputError: units must make arrays that fit in the ... GB of this machine, but would need \
1,000,000,000.0 GB; use fewer units.
    """
    have = _memory()
    if size > 0.8 * have:
        was = f"would need {size / 1e9:,.1f} GB" if size < 1e30 else "would need more than any machine has"
        raise refusal(name, f"make arrays that fit in the {have / 1e9:.0f} GB of this machine", was, way_out)


def _memory() -> float:
    """Bytes that this process can hold: of the machine, or the least of the limits set for it."""
    import psutil  # 30 ms, which --help need not wait for

    limits = [float(psutil.virtual_memory().total)]
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):  # no such group, or the word "max"
            limits.append(float(Path(file).read_text(encoding="ascii")))
    with contextlib.suppress(ImportError):
        import resource  # not on Windows

        limits += [float(n) for n in resource.getrlimit(resource.RLIMIT_AS) if n != resource.RLIM_INFINITY]
    return min(limits)


def seed(rng: int | np.random.Generator) -> int:
    """Returns a seed below 2^63: an int is its own seed, a Generator is asked for one."""
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(2**63))
    return whole("rng", rng, least=0, most=2**63 - 1, way_out="give a seed such as 0, or a numpy.random.Generator")


def generator(rng: int | np.random.Generator) -> np.random.Generator:
    """Returns a NumPy generator: a new one from an int, a Generator as it is."""
    return rng if isinstance(rng, np.random.Generator) else np.random.default_rng(seed(rng))


def device(value: object) -> int | None:
    """Returns the number of a CUDA device, "cuda" or "cuda:NUMBER", and None for "cpu".

    >>> device("cuda:1")
    1
    """
    kind, colon, number = str(value).partition(":")
    if value == "cpu":
        return None
    if kind != "cuda" or (colon and not number.isdecimal()):
        raise refusal("device", 'be "cpu", "cuda" or "cuda:NUMBER"', shown(value))
    return int(number or 0)


def array(name: str, value: Any, shape: tuple[int | str, ...]) -> Any:
    """Returns a non-empty array of finite real numbers of that shape, in its own array library.

    A list, a DataFrame and the like become a NumPy array.

    Parameters
    ----------
    name : str
        Name of the argument, for the error.
    value : array_like
        The array.
    shape : tuple of int or str
        A number must be met; a word names an axis of any length.

    Raises
    ------
    InputError
        If `value` is no such array: it is masked, sparse, ragged or without values, or it does not hold
        finite real numbers of at most 64 bits, or it has another shape.

    Examples
    --------
    >>> array("cues", [[1, -1, 1]], ("cue", 4))
    Traceback (most recent call last):
    neuromem.checks.InputError: cues must have shape (cue, 4), but has shape (1, 3).
    """
    form = f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
    value = _dense(name, value, form)
    xp = array_api_compat.array_namespace(value)
    kind = str(value.dtype).rpartition(".")[2]
    if not xp.isdtype(value.dtype, ("integral", "real floating")) or value.dtype.itemsize > 8:
        way_out = f"turn True/False into +1/-1 with {SIGNS.format(_alias(xp), name)}" if "bool" in kind else ""
        raise refusal(name, "hold real numbers of at most 64 bits", f"holds {kind}", way_out)
    _meets(name, tuple(value.shape), shape, form)
    try:
        finite = xp.isdtype(value.dtype, "integral") or bool(xp.all(xp.isfinite(value)))
    except (RuntimeError, TypeError):  # a type that its library stores but can't compute with, such as 8-bit floats
        raise refusal(name, "hold numbers to compute with", f"holds {kind}", f"give {name} in float32") from None
    if not finite:
        way_out = "remove or replace them; 0 means unknown in a cue"
        raise refusal(name, "hold finite numbers", "holds NaN or infinity", way_out)
    return value


SIGNS = "{}.where({} > 0, 1, -1)"  # right for bool and unsigned types too, where 2 x - 1 is not


def _alias(xp: Any) -> str:
    """The name under which people import an array library."""
    return {"numpy": "np", "cupy": "cp"}.get(name := xp.__name__.rpartition(".")[2], name)


def _dense(name: str, value: Any, form: str) -> Any:
    """`value` as an array with a number at every place, in its own library or else in NumPy's."""
    if isinstance(value, np.ma.MaskedArray):
        way_out = f"fill them with {name}.filled(0); 0 means unknown in a cue"
        raise refusal(name, "have a value at every place", "was a masked array", way_out)
    if array_api_compat.is_torch_array(value):
        if value.is_meta or value.is_nested or value.is_sparse or "strided" not in str(value.layout):
            was = "lies on the device meta, without values" if value.is_meta else f"has the layout {value.layout}"
            way_out = "" if value.is_meta or value.is_nested else f"write it out with {name}.to_dense()"
            raise refusal(name, "have a value at every place", was, way_out)
        return value
    if isinstance(value, type) or not array_api_compat.is_array_api_obj(value) or isinstance(value, np.ndarray):
        try:
            given, value = value, np.asarray(value)
        except (ValueError, TypeError, RuntimeError, OverflowError) as error:
            was = "its rows differ in length" if "inhomogeneous" in str(error) else f"was of type {type(value).__name__}"
            raise refusal(name, f"be an array of shape {form}", was) from None
        if value.dtype.kind not in "biufc":
            way_out = f"write it out with {name}.toarray()" if hasattr(given, "toarray") else ""
            raise refusal(name, f"be an array of real numbers, of shape {form}", shown(given), way_out)
        return value.astype(value.dtype.newbyteorder("="), copy=False)  # compiled loops take no other byte order
    return value


def _meets(name: str, have: tuple[int, ...], want: tuple[int | str, ...], form: str) -> None:
    """Refuses a shape `have` that is not the one wanted, or has no entry."""
    if len(have) != len(want) or any(isinstance(n, int) and n != m for n, m in zip(want, have, strict=True)):
        one = len(want) == 2 and len(have) == 1 and (isinstance(want[1], str) or want[1] == have[0])
        way_out = f"give a single one as {name}[None]" if one else ""
        raise refusal(name, f"have shape {form}", f"has shape {have}", way_out)
    if 0 in have:
        raise refusal(name, f"have shape {form} and not be empty", f"has shape {have}")


def items(name: str, value: Any, units: int | str) -> Any:
    """Returns real items of shape (item, units), in their own array library."""
    return array(name, value, ("item", units))


def spins(name: str, value: Any, units: int | str) -> Any:
    """Returns items of shape (item, units) in which every entry is +1 or -1; unsigned ones, all +1, become int8.

    >>> spins("keys", np.array([[0, 1]], "u1"), 2)
    Traceback (most recent call last):
    neuromem.checks.InputError: keys must hold only +1 and -1, but holds 0; turn 0/1 into -1/+1 with \
np.where(keys > 0, 1, -1).
    """
    value = items(name, value, units)
    xp = array_api_compat.array_namespace(value)
    unsigned = xp.isdtype(value.dtype, "unsigned integer")
    right = value == 1 if unsigned else abs(value) == 1
    if not bool(xp.all(right)):
        way_out = f"turn 0/1 into -1/+1 with {SIGNS.format(_alias(xp), name)}"
        raise refusal(name, "hold only +1 and -1", f"holds {float(value[~right][0]):g}", way_out)
    return xp.astype(value, xp.int8) if unsigned else value


def rectangle(name: str, value: Any, units: int | None = None) -> tuple[int, int]:
    """Returns (rows, columns) of an image or a grid, of `units` pixels if that is given.

    >>> rectangle("shape", (3, 3), 8)
    Traceback (most recent call last):
    neuromem.checks.InputError: shape must be (rows, columns) that multiply to 8 units, but was (3, 3).
    """
    try:
        rows, columns = (whole(name, n) for n in value)
    except (InputError, TypeError, ValueError):
        rows, columns = 0, 0
    if not rows or units not in (None, rows * columns):
        which = "of positive whole numbers" if units is None else f"that multiply to {units} units"
        raise refusal(name, f"be (rows, columns) {which}", shown(value))
    return rows, columns


def path(name: str, value: object) -> Path:
    """Returns the name of a file or folder as a Path; refuses what can't be one.

    >>> path("file", 3)
    Traceback (most recent call last):
    neuromem.checks.InputError: file must be the name of a file or folder, but was 3.
    """
    if not isinstance(value, str | os.PathLike) or "\0" in os.fsdecode(value) or not os.fsdecode(value):
        raise refusal(name, "be the name of a file or folder", shown(value))
    return Path(os.fsdecode(value))


def cues(value: Any, units: int) -> Any:
    """Returns cues of shape (cue, units), in their own array library; 0 means unknown."""
    return array("cues", value, ("cue", units))


def pairs(keys: Any, values: Any, units: int) -> tuple[Any, Any]:
    """Returns real keys (item, units) and values (item, any length), one a key; for None the keys are the values."""
    keys = items("keys", keys, units)
    if values is None:
        return keys, keys
    values = items("values", values, "value unit")
    if len(values) != len(keys):
        raise refusal("values", f"have {len(keys)} rows, one for each key", f"has {len(values)}")
    return keys, values


def auto(memory: object, values: object) -> None:
    """Refuses `values` for a memory that has one set of units only."""
    if values is not None:
        name = type(memory).__name__
        way_out = "store the items alone, or use a key-value memory such as Pavlov, Attention or Willshaw"
        raise refusal("values", f"be None for {name}, which is auto-associative", shown(values), way_out)


def stored(memory: object, number: int) -> None:
    """Refuses a recall from a memory that holds no item."""
    if not number:
        raise refusal("recall", "come after store", f"this {type(memory).__name__} holds no item", "call store(items) first")


def synapses(value: object, held: Mapping[str, Any]) -> dict[str, Any]:
    """Returns arrays that are to replace a memory's synapses, once their names and shapes are right.

    Parameters
    ----------
    value : mapping of str to array
        The new arrays.
    held : mapping of str to array
        The arrays that the memory has now; one that is empty can only stay as it is.

    Raises
    ------
    InputError
        If a name is missing or unknown, or an array has another shape or holds what is no number.

    Examples
    --------
    >>> synapses({"weight": [[0.5]]}, {"weights": np.eye(1)})
    Traceback (most recent call last):
    neuromem.checks.InputError: synapses must be a mapping of weights to arrays, but holds weight; change a copy of \
memory.synapses.
    """
    must, way_out = f"be a mapping of {', '.join(held)} to arrays", "change a copy of memory.synapses"
    if not isinstance(value, Mapping):
        raise refusal("synapses", must, f"was of type {type(value).__name__}", way_out)
    if set(value) != set(held):
        raise refusal("synapses", must, f"holds {', '.join(map(str, value)) or 'nothing'}", way_out)
    return {
        name: array(f"synapses[{name!r}]", value[name], now.shape) if 0 not in now.shape else now
        for name, now in held.items()
    }
