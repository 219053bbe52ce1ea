"""Encoders: items into the sparse codes that sparse memories need, and back. Each says what it holds and what it costs."""

from __future__ import annotations

from typing import Any, Protocol, Self

import array_api_compat
import numpy as np

from . import checks
from .arrays import bits_of, keep_device, move_beside, require_host
from .memory import Cost, Memory, Recall


class Encoder(Protocol):
    """Items to codes (item, unit) of +1/-1, 0 where a cue leaves them open, and back.

    units: length of a code.  activity: fraction of a code that is +1.  bits: what the encoder holds.  operations: elementary
    operations to encode one item and to decode it, together.
    """

    units: int
    activity: float
    bits: int
    operations: int

    def encode(self, items: Any) -> np.ndarray: ...

    def decode(self, codes: Any) -> np.ndarray: ...


class Blocks:
    """Dense items of +1/-1 as sparse codes of a chosen activity, without loss: b units become one of 2^b code units.

    Code unit (g, p) is +1 when the b units of group g spell pattern p, -1 when a known unit contradicts p, and 0 when p
    is possible but not certain. Exactly one unit of 2^b is active: activity 2^-b, the power of two nearest to `activity`.
    decode weighs pattern p by (1 + code) / 2 and takes the sign of the sum: decode(encode(cue)) = cue, its zeros too.
    Two items that agree in a fraction f of their units share about f^b of their active code units.

    items: the length N of an item.  copies: how many times each unit is read, in other groups (redundancy).  rng: which
    units form a group; the last group is filled up with units that are read once more.
    Codes have ceil(copies N / b) 2^b units. Raises InputError for an activity outside [2^-16, 1/2] or below 2^-N.

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
        """Codes (item, unit) int8 of items or cues (item, N); a real cue is read by its sign. On a device they stay."""
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
        """Items (item, N) int8 of +1/-1, 0 where the code leaves a unit open. Those on a device stay there."""
        codes = keep_device(checks.items("codes", codes, self.units))
        xp = array_api_compat.array_namespace(codes)
        pattern, readers = (move_beside(xp, table, codes) for table in (self._pattern, self._readers))
        weight = (1 + xp.clip(xp.astype(codes, xp.float32), -1, 1)) / 2
        read = xp.reshape(xp.reshape(weight, (len(codes), len(self._group), -1)) @ pattern, (len(codes), -1))
        read = xp.concat([read, xp.zeros_like(read[:, :1])], axis=1)
        return xp.astype(xp.sign(sum(xp.take(read, places, axis=1) for places in readers)), xp.int8)


class Fields:
    """Images (item, pixel) as the contents of square receptive fields, field after field: (item, field * pixel of field).

    shape: (rows, columns) of the image.  size: side of a field.  step: distance between neighbouring fields; where the
    fields do not reach the last row or column, one more is laid flush with the edge. `places` (field, pixel) is the
    pixel that each entry reads. decode gives a pixel the sign of the sum over all the fields that see it.

    >>> fields = Fields((4, 4), size=2, step=2)
    >>> fields.places.tolist()
    [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]
    """

    activity = 0.5

    def __init__(self, shape: tuple[int, int], *, size: int = 4, step: int | None = None):
        rows, columns = (checks.whole("shape", side, way_out="give (rows, columns)") for side in shape)
        size = checks.whole("size", size, most=min(rows, columns), way_out="give the side of a receptive field")
        step = size if step is None else checks.whole("step", step, most=size, way_out="fields must leave no pixel out")
        starts = [sorted({*range(0, side - size + 1, step), side - size}) for side in (rows, columns)]
        inside = np.arange(size)[:, None] * columns + np.arange(size)
        self.places = np.array([top * columns + left + inside.ravel() for top in starts[0] for left in starts[1]])
        self.grid = len(starts[0]), len(starts[1])
        self.items, self.units = rows * columns, self.places.size
        self.bits, self.operations = bits_of(self.places), 2 * self.places.size

    def encode(self, items: Any) -> np.ndarray:
        """The fields' pixels (item, field * pixel), as they are."""
        return require_host(checks.items("items", items, self.items))[:, self.places.ravel()]

    def decode(self, codes: Any) -> np.ndarray:
        """Images (item, pixel) int8 of +1/-1, 0 where the fields that see a pixel are at odds."""
        codes = require_host(checks.items("codes", codes, self.units))
        total = np.zeros((self.items, len(codes)))
        np.add.at(total, self.places.ravel(), codes.T)
        return np.sign(total).T.astype(np.int8)


class Scalar:
    """Numbers in [low, high] as a run of `active` units out of `units`, so that near numbers share active units.

    The run starts at round((x - low) / (high - low) * (units - active)). decode takes the start of the best-matching run.

    >>> scalar = Scalar(0, 10, units=111, active=11)
    >>> scalar.decode(scalar.encode([2.5, 10])).tolist()
    [2.5, 10.0]
    """

    def __init__(self, low: float, high: float, *, units: int = 256, active: int = 16):
        self.low = checks.real("low", low)
        self.high = checks.real("high", high, above=self.low)
        self.units = checks.whole("units", units, least=2)
        self.active = checks.whole("active", active, most=self.units - 1, way_out="leave places for the run to move")
        self.activity = self.active / self.units
        self.bits, self.operations = 4 * 64, self.active + 2 * self.units

    def encode(self, items: Any) -> np.ndarray:
        """Codes (item, unit) int8 of numbers (item,)."""
        x = require_host(checks.array("items", items, ("item",)))
        if x.min() < self.low or x.max() > self.high:
            odd = x[(x < self.low) | (x > self.high)][0]
            way_out = "widen low and high, or clip the numbers first"
            raise checks.refusal("items", f"be in [{self.low:g}, {self.high:g}]", f"holds {odd:g}", way_out)
        start = np.rint((x - self.low) / (self.high - self.low) * (self.units - self.active)).astype(int)[:, None]
        unit = np.arange(self.units)
        return np.where((unit >= start) & (unit < start + self.active), 1, -1).astype(np.int8)

    def decode(self, codes: Any) -> np.ndarray:
        """Numbers (item,) of codes (item, unit)."""
        codes = require_host(checks.items("codes", codes, self.units)).astype(float)
        reached = np.pad(codes.cumsum(1), ((0, 0), (1, 0)))
        match = reached[:, self.active :] - reached[:, : -self.active]  # (item, start)
        return self.low + match.argmax(1) / (self.units - self.active) * (self.high - self.low)


class Category:
    """Categories 0 .. n - 1 as random sparse codes of their own: round(activity * units) of the units are active in each.

    decode takes the category whose code overlaps most.

    >>> category = Category(10, units=200, activity=0.05)
    >>> category.decode(category.encode([3, 7])).tolist()
    [3, 7]
    """

    def __init__(self, categories: int, *, units: int = 256, activity: float = 1 / 16, rng: int | np.random.Generator = 0):
        from .patterns import sparse

        self.codes = sparse(checks.whole("categories", categories), units, activity=activity, rng=rng)
        self.units, self.activity = units, float((self.codes > 0).mean())
        self.bits, self.operations = bits_of(self.codes), (1 + len(self.codes)) * units

    def encode(self, items: Any) -> np.ndarray:
        """Codes (item, unit) int8 of labels (item,)."""
        return self.codes[labels("items", items, len(self.codes))]

    def decode(self, codes: Any) -> np.ndarray:
        """Labels (item,) of codes (item, unit)."""
        return (require_host(checks.items("codes", codes, self.units)).astype(float) @ self.codes.T).argmax(1)


class Encoded:
    """Any memory behind an encoder: `memory` holds the codes, the user sees items; the encoder's cost is added to its own.

    >>> import neuromem as nm
    >>> items = nm.patterns.random(5, 64, rng=0)
    >>> blocks = Blocks(64)
    >>> memory = Encoded(nm.Hopfield(blocks.units, rule="projection"), blocks).store(items)
    >>> bool(nm.metrics.exact(memory.recall(items), items).all())
    True
    """

    def __init__(self, memory: Memory, encoder: Any):
        if memory.units != encoder.units:
            was = f"has {memory.units} units and codes have {encoder.units}"
            raise checks.refusal("memory", "have as many units as a code", was, "build it with encoder.units")
        self.memory, self.encoder = memory, encoder
        self.units, self.step_unit = encoder.items, memory.step_unit

    def store(self, keys: Any, values: Any = None) -> Self:
        checks.auto(self, values)
        self.memory.store(self.encoder.encode(checks.spins("keys", keys, self.units)))
        return self

    def recall(self, cues: Any) -> Recall:
        recalled = self.memory.recall(self.encoder.encode(checks.cues(cues, self.units)))
        operations = recalled.operations + self.encoder.operations
        return Recall(self.encoder.decode(recalled.items), recalled.steps, recalled.converged, operations)

    def clear(self) -> None:
        self.memory.clear()

    @property
    def cost(self) -> Cost:
        cost = self.memory.cost
        return Cost(cost.bits + self.encoder.bits, cost.synapses, cost.operations + self.encoder.operations)


def labels(name: str, value: Any, classes: int) -> np.ndarray:
    """`value` as whole labels (item,) from 0 to classes - 1."""
    given = require_host(checks.array(name, value, ("item",)))
    wrong = given[(given != np.rint(given)) | (given < 0) | (given >= classes)]
    if wrong.size:
        raise checks.refusal(name, f"hold whole labels from 0 to {classes - 1}", f"holds {wrong[0]:g}")
    return given.astype(np.int64)
