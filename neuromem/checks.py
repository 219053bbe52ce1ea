"""Every input check and every error text, in one form: what the argument must be, what it was, what to do."""

from __future__ import annotations

import contextlib
import difflib
import math
import numbers
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import array_api_compat
import numpy as np

LARGEST = 2**31 - 1  # a count, unless a check says otherwise: what 32 bits hold


class InputError(ValueError):
    """An argument that neuromem can't use; its text says what it must be, what it was, and the way out."""


def refusal(argument: str, must: str, was: str, way_out: str = "") -> InputError:
    """The error for one argument, in the one form that all errors have.

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
    """`value` as a float in [0, 1]."""
    number = real(name, value, way_out=way_out)
    if not 0 <= number <= 1:
        raise refusal(name, "be in [0, 1]", shown(value), way_out)
    return number


def nearest(word: str, words: Iterable[str]) -> str:
    """A way out for an unknown word: the nearest known one, and all of them."""
    known = sorted(words)
    close = difflib.get_close_matches(str(word).lower(), known, n=1, cutoff=0.5)
    return (f"did you mean {close[0]!r}? " if close else "") + f"known: {', '.join(known)}"


def choice(name: str, value: object, options: Iterable[str]) -> str:
    """`value`, which must be one of `options`."""
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
    """A 63-bit seed from `rng`: an int is its own seed, a Generator is asked for one."""
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(2**63))
    return whole("rng", rng, least=0, most=2**63 - 1, way_out="give a seed such as 0, or a numpy.random.Generator")


def generator(rng: int | np.random.Generator) -> np.random.Generator:
    """A NumPy generator from `rng`, an int or a Generator (which is used as it is)."""
    return rng if isinstance(rng, np.random.Generator) else np.random.default_rng(seed(rng))


def device(value: object) -> int | None:
    """The number of a CUDA device, "cuda" or "cuda:NUMBER"; None for "cpu".

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
    """`value` as a non-empty array of finite real numbers of that shape, in its own array library (a list: NumPy).

    A number in `shape` must be met; a word names an axis of any length.

    >>> array("cues", [[1, -1, 1]], ("cue", 4))
    Traceback (most recent call last):
    neuromem.checks.InputError: cues must have shape (cue, 4), but has shape (1, 3).
    """
    form = f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
    if not array_api_compat.is_array_api_obj(value):
        try:
            value = np.asarray(value)
        except ValueError:
            raise refusal(name, f"be an array of shape {form}", "its rows differ in length") from None
    xp = array_api_compat.array_namespace(value)
    if not (hasattr(value, "dtype") and (xp.isdtype(value.dtype, "real floating") or xp.isdtype(value.dtype, "integral"))):
        way_out = "turn True/False into +1/-1 with 2 * items - 1" if "bool" in str(value.dtype) else ""
        raise refusal(name, "hold real numbers", f"holds {value.dtype}", way_out)
    wrong = len(value.shape) != len(shape) or any(
        isinstance(want, int) and want != have for want, have in zip(shape, value.shape, strict=True)
    )
    if wrong:
        one = len(shape) == 2 and len(value.shape) == 1 and shape[1] in (value.shape[0], *"abcdefghijklmnopqrstuvwxyz")
        way_out = f"give a single one as {name}[None]" if one else ""
        raise refusal(name, f"have shape {form}", f"has shape {tuple(value.shape)}", way_out)
    if 0 in value.shape:
        raise refusal(name, f"have shape {form} and not be empty", f"has shape {tuple(value.shape)}")
    if xp.isdtype(value.dtype, "real floating") and not bool(xp.all(xp.isfinite(value))):
        raise refusal(
            name, "hold finite numbers", "holds NaN or infinity", "remove or replace them; 0 means unknown in a cue"
        )
    return value


def items(name: str, value: Any, units: int | str) -> Any:
    """`value` as real items of shape (item, units)."""
    return array(name, value, ("item", units))


def spins(name: str, value: Any, units: int | str) -> Any:
    """`value` as items of shape (item, units) in which every entry is +1 or -1."""
    value = items(name, value, units)
    if not bool(((value == 1) | (value == -1)).all()):
        odd = value[(value != 1) & (value != -1)][0]
        raise refusal(name, "hold only +1 and -1", f"holds {float(odd):g}", "turn 0/1 into -1/+1 with 2 * items - 1")
    return value


def cues(value: Any, units: int) -> Any:
    """`value` as cues of shape (cue, units); 0 means unknown."""
    return array("cues", value, ("cue", units))


def pairs(keys: Any, values: Any, units: int) -> tuple[Any, Any]:
    """Real `keys` (item, units) and `values` (item, any length), one value a key; values=None: the keys themselves."""
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
        raise refusal("values", f"be None for {name}, which is auto-associative", "was an array", way_out)


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
