"""Checks of arrays: items, keys, values and cues, in any array library."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import array_api_compat
import numpy as np

from .errors import refusal, shown

SIGNS = "{}.where({} > 0, 1, -1)"  # right for bool and unsigned types too, where 2 x - 1 is not


def array(name: str, value: Any, shape: tuple[int | str, ...]) -> Any:
    """Return a non-empty array of finite real numbers of that shape, in its own array library.

    Parameters
    ----------
    name : str
        Name of the argument, for the error.
    value : array_like
        The array; a list, a DataFrame and the like become a NumPy array.
    shape : tuple of int or str
        A number must be met; a word names an axis of any length.

    Returns
    -------
    array
        The array, in the byte order of this machine.

    Raises
    ------
    InputError
        If `value` is no such array: it is masked, sparse, ragged or without values, or it does not
        hold finite real numbers of at most 64 bits, or it has another shape.

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


def axes(value: Any) -> int:
    """Return how many axes an array has, or what is to become one.

    Parameters
    ----------
    value : array_like
        The array.

    Returns
    -------
    int
        The number; 2 where it can't be told, so that `array` says why.

    Examples
    --------
    >>> axes([[1, 2]]), axes([[1, 2], [3]])
    (2, 2)
    """
    try:
        return operator.index(np.ndim(value))
    except (TypeError, ValueError, RuntimeError):  # ragged, or no array
        return 2


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
    if array_api_compat.is_array_api_obj(value) and hasattr(value, "__cuda_array_interface__"):
        return value  # it lies on a device, and stays there
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
    """Refuse a shape `have` that is not the one wanted, or has no entry."""
    if len(have) != len(want) or any(isinstance(n, int) and n != m for n, m in zip(want, have, strict=True)):
        one = len(want) == 2 and len(have) == 1 and (isinstance(want[1], str) or want[1] == have[0])
        way_out = f"give a single one as {name}[None]" if one else ""
        raise refusal(name, f"have shape {form}", f"has shape {have}", way_out)
    if 0 in have:
        raise refusal(name, f"have shape {form} and not be empty", f"has shape {have}")


def items(name: str, value: Any, units: int | str) -> Any:
    """Return real items, in their own array library.

    Parameters
    ----------
    name : str
        Name of the argument, for the error.
    value : array_like
        The items.
    units : int or str
        Length of an item; a word stands for any length.

    Returns
    -------
    array of shape (item, units)
        The items, in their own array library; NumPy's for a list and the like.

    Raises
    ------
    InputError
        If `value` is no array of finite real numbers of that shape.
    """
    return array(name, value, ("item", units))


def spins(name: str, value: Any, units: int | str) -> Any:
    """Return items in which every entry is +1 or -1; unsigned ones, all +1, become int8.

    Parameters
    ----------
    name : str
        Name of the argument, for the error.
    value : array_like
        The items.
    units : int or str
        Length of an item; a word stands for any length.

    Returns
    -------
    array of shape (item, units)
        The items, in their own array library; NumPy's for a list and the like.

    Raises
    ------
    InputError
        If an entry is another number, or `value` is no array of that shape.

    Examples
    --------
    >>> spins("keys", np.array([[0, 1]], "u1"), 2)
    Traceback (most recent call last):
    neuromem.checks.InputError: keys must hold only +1 and -1, but holds 0; \
turn 0/1 into -1/+1 with np.where(keys > 0, 1, -1).
    """
    value = items(name, value, units)
    xp = array_api_compat.array_namespace(value)
    unsigned = xp.isdtype(value.dtype, "unsigned integer")
    right = value == 1 if unsigned else abs(value) == 1
    if not bool(xp.all(right)):
        way_out = f"turn 0/1 into -1/+1 with {SIGNS.format(_alias(xp), name)}"
        raise refusal(name, "hold only +1 and -1", f"holds {float(value[~right][0]):g}", way_out)
    return xp.astype(value, xp.int8) if unsigned else value


def cues(value: Any, units: int) -> Any:
    """Return cues, in their own array library; 0 means unknown.

    Parameters
    ----------
    value : array_like
        The cues.
    units : int
        Length of a cue.

    Returns
    -------
    array of shape (cue, units)
        The cues.

    Raises
    ------
    InputError
        If `value` is no array of finite real numbers of that shape.
    """
    return array("cues", value, ("cue", units))


def pairs(keys: Any, values: Any, units: int) -> tuple[Any, Any]:
    """Return real keys and values, one value a key; for None the keys are the values.

    Parameters
    ----------
    keys : array_like of shape (item, units)
        The keys.
    values : array_like of shape (item, any length), or None
        The values.
    units : int
        Length of a key.

    Returns
    -------
    keys, values : array
        The two, in their own array libraries; the same array twice for None.

    Raises
    ------
    InputError
        If one is no such array, or they differ in number.
    """
    keys = items("keys", keys, units)
    if values is None:
        return keys, keys
    values = items("values", values, "value unit")
    if len(values) != len(keys):
        raise refusal("values", f"have {len(keys)} rows, one for each key", f"has {len(values)}")
    return keys, values


def auto(memory: object, values: object) -> None:
    """Refuse values for a memory that has one set of units only.

    Parameters
    ----------
    memory : object
        The memory.
    values : object
        What it was given as values.

    Raises
    ------
    InputError
        If `values` is not None.
    """
    if values is not None:
        name = type(memory).__name__
        way_out = "store the items alone, or use a key-value memory such as Pavlov, Attention or Willshaw"
        raise refusal("values", f"be None for {name}, which is auto-associative", shown(values), way_out)


def stored(memory: object, number: int) -> None:
    """Refuse a recall from a memory that holds no item.

    Parameters
    ----------
    memory : object
        The memory.
    number : int
        How many items it holds.

    Raises
    ------
    InputError
        If it holds none.
    """
    if not number:
        raise refusal("recall", "come after store", f"this {type(memory).__name__} holds no item", "call store(items) first")


def synapses(value: object, held: Mapping[str, Any]) -> dict[str, Any]:
    """Return arrays that are to replace a memory's synapses, by name and of the right shapes.

    Parameters
    ----------
    value : mapping of str to array
        The new arrays.
    held : mapping of str to array
        The arrays that the memory has now; one that is empty can only stay as it is.

    Returns
    -------
    dict of str to array
        The new arrays.

    Raises
    ------
    InputError
        If a name is missing or unknown, or an array has another shape or holds what is no number.

    Examples
    --------
    >>> synapses({"weight": [[0.5]]}, {"weights": np.eye(1)})
    Traceback (most recent call last):
    neuromem.checks.InputError: synapses must be a mapping of weights to arrays, but holds \
weight; change a copy of memory.synapses.
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
