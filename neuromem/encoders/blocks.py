"""Dense items as sparse codes without loss, and what an encoder is."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, keep_device, move_beside


@runtime_checkable
class Encoder(Protocol):
    """What codes items for a sparse memory, and decodes them.

    Codes (item, unit) are +1/-1, and 0 where a cue leaves them open.

    Attributes
    ----------
    units : int
        Length of a code.
    activity : float
        Share of a code that is +1.
    bits : int
        Bits that the encoder holds.
    operations : int
        Elementary operations to encode one item and to decode it, together.
    """

    units: int
    activity: float
    bits: int
    operations: int

    def encode(self, items: Any) -> np.ndarray:
        """Turn items into codes.

        Parameters
        ----------
        items : array of shape (item, ...)
            The items.

        Returns
        -------
        ndarray of shape (item, unit)
            The codes.
        """
        ...

    def decode(self, codes: Any) -> np.ndarray:
        """Turn codes into items.

        Parameters
        ----------
        codes : array of shape (item, unit)
            The codes.

        Returns
        -------
        ndarray of shape (item, ...)
            The items.
        """
        ...


class Blocks:
    """Dense items of +1/-1 as sparse codes of a chosen activity, without loss.

    A group of b units becomes one active unit among 2^b code units. Code unit (g, p) is +1 when the
    b units of group g spell pattern p, -1 when a known unit contradicts p, and 0 when p is possible
    but not certain. `decode` weighs pattern p by (1 + code) / 2 and takes the sign of the sum, so
    that decode(encode(cue)) is the cue, its zeros too. Two items that agree in a share f of their
    units share about f^b of their active code units. Codes have ceil(copies N / b) 2^b units.

    Parameters
    ----------
    items : int
        Length of an item, N.
    activity : float, default 1/16
        Share of the code that is active; the nearest power of two, 2^-b, is taken.
    copies : int, default 1
        How many times each unit is read, in different groups.
    rng : int or numpy.random.Generator, default 0
        Draws which units form a group; the last group is filled up with units that are read once
        more.

    Raises
    ------
    InputError
        If `activity` lies outside [2^-16, 1/2] or below 2^-N.

    Examples
    --------
    >>> blocks = Blocks(8, activity=0.25)
    >>> code = blocks.encode([[1, -1, 1, 1, -1, -1, 1, -1]])
    >>> code.shape, int((code == 1).sum()), blocks.decode(code).tolist()
    ((1, 16), 4, [[1, -1, 1, 1, -1, -1, 1, -1]])
    """

    def __init__(self, items: int, *, activity: float = 1 / 16, copies: int = 1, rng: int | np.random.Generator = 0):
        self.items = checks.whole("items", items, way_out="give the length of one item, such as 256")
        copies = checks.whole("copies", copies)
        activity = checks.real("activity", activity, least=2**-16, most=0.5, way_out="give a fraction such as 1/16")
        b = round(-np.log2(activity))
        if b > self.items:
            way_out = f"give at least {2.0**-self.items:g}"
            raise checks.refusal("activity", f"leave one of 2^{self.items} patterns active", f"was {activity:g}", way_out)
        room = 56 * (copies + 2) * self.items + 16 * b * 2**b
        checks.fits("items", room, "use shorter items, of fewer units, or fewer copies")
        draw = checks.generator(rng)
        groups = -(-copies * self.items // b)
        order = np.concatenate([draw.permutation(self.items) for _ in range(copies + 1)])
        self._group = order[: groups * b].reshape(groups, b)  # (group, b): which units it reads
        self._pattern = 2 * (np.arange(2**b)[:, None] >> np.arange(b) & 1).astype(np.float32) - 1  # (pattern, b)
        places = np.argsort(self._group.ravel(), kind="stable")  # in the groups, unit after unit
        first = np.searchsorted(self._group.ravel()[places], np.arange(self.items))
        self._readers = np.full((copies + 1, self.items), len(places))  # places that read a unit; the last reads none
        self._readers[np.arange(len(places)) - first[self._group.ravel()[places]], self._group.ravel()[places]] = places
        self.units, self.activity = groups * 2**b, 2.0**-b
        self.bits = bits_of(self._group, self._pattern)
        self.operations = 2 * groups * b * 2**b

    def encode(self, items: Any) -> Any:
        """Turn items or cues into codes.

        Parameters
        ----------
        items : array of shape (item, N)
            Items of +1/-1, or cues, in which 0 is unknown; real numbers are read by their sign.

        Returns
        -------
        int8 array of shape (item, unit)
            On the device of the items.
        """
        items = keep_device(checks.items("items", items, self.items))
        xp = array_api_compat.array_namespace(items)
        group, pattern = (move_beside(xp, table, items) for table in (self._group, self._pattern))
        x = xp.astype(xp.sign(items), xp.float32)
        x = xp.reshape(xp.take(x, xp.reshape(group, (-1,)), axis=1), (len(items), *self._group.shape))
        known = xp.sum(xp.abs(x), axis=-1, keepdims=True)
        possible, whole = x @ pattern.T == known, known == x.shape[-1]
        code = xp.astype(possible & whole, xp.int8) - xp.astype(~possible, xp.int8)
        return xp.reshape(code, (len(items), -1))

    def decode(self, codes: Any) -> Any:
        """Turn codes into items.

        Parameters
        ----------
        codes : array of shape (item, unit)
            Codes, which may be damaged; numbers outside [-1, 1] are clipped.

        Returns
        -------
        int8 array of shape (item, N)
            Items of +1/-1, and 0 where the code leaves a unit open.
        """
        codes = keep_device(checks.items("codes", codes, self.units))
        xp = array_api_compat.array_namespace(codes)
        pattern, readers = (move_beside(xp, table, codes) for table in (self._pattern, self._readers))
        weight = (1 + xp.clip(xp.astype(codes, xp.float32), -1, 1)) / 2
        read = xp.reshape(xp.reshape(weight, (len(codes), len(self._group), -1)) @ pattern, (len(codes), -1))
        read = xp.concat([read, xp.zeros_like(read[:, :1])], axis=1)
        return xp.astype(xp.sign(sum(xp.take(read, places, axis=1) for places in readers)), xp.int8)
