"""What the memories of sparse codes share.

The choice of an encoder, keys and values as active cells, one-bit weights, and repeated recall.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import keep_device, move_beside, to_host
from neuromem.encoders import Blocks
from neuromem.kernels import bits

SPARSE = 1 / 16  # the activity of codes: items that have no more need none
BATCH = 2**26  # bytes that the codes of the items stored at a time may take


class Plain:
    """The encoder of items that are sparse already: a code is the item itself.

    A share `activity` of the units is at +1.
    """

    bits = operations = 0

    def __init__(self, units: int, activity: float):
        self.items = self.units = checks.whole("units", units)
        self.activity = checks.fraction("activity", activity)
        if not round(self.activity * self.units):
            way_out = f"give at least {0.5 / self.units:.2g} for one active unit"
            raise checks.refusal("activity", f"make at least one of {units} units active", f"was {activity}", way_out)

    def encode(self, items: Any) -> Any:
        items = keep_device(items)
        xp = array_api_compat.array_namespace(items)
        return xp.astype(xp.sign(items), xp.int8)

    decode = encode


def encoder(units: int, activity: float | None) -> Any:
    """Items as they are if their activity is given, else one active cell of 16 for each 4 units."""
    return Plain(units, activity) if activity is not None else Blocks(units, activity=2.0 ** -min(4, units))


def suited(told: float | None, code: Any, stored: int, items: Any) -> Any:
    """The encoder of a memory that has `code` and is now to store more items of +1/-1.

    A memory that was told no activity takes it from the items. If all that come first have active
    units, a share of at most SPARSE, they are stored as they are, with the mean activity of all
    that are stored; else as codes.
    """
    if told is not None or (stored and not isinstance(code, Plain)):
        return code
    active, units = (to_host(items) > 0).sum(1), items.shape[1]
    if not stored and not (active.all() and active.mean() <= SPARSE * units):
        return encoder(units, None)
    before = stored * code.activity if stored else 0.0
    return Plain(units, (before + float(active.sum()) / units) / (stored + len(active)))


def pair_codes(memory: Any, keys: Any, values: Any) -> tuple[Iterator[tuple[Any, Any]], Any, Any, bool]:
    """Batches of active cells of keys and values, the encoders of both, and whether they are one.

    `memory` has units, activity, encoder, answers (the encoder of the values it holds) and stored.
    All items are checked before the first batch is made.
    """
    keys, values = checks.pairs(checks.spins("keys", keys, memory.units), values, memory.units)
    auto = values is keys
    values = checks.spins("values", values, memory.answers.items if memory.stored else "value unit")
    code = suited(memory.activity, memory.encoder, memory.stored, keys)
    answers = memory.answers if memory.stored else encoder(values.shape[1], memory.activity)
    shared = auto and (not memory.stored or memory.answers is memory.encoder)
    answers = code if shared else suited(memory.activity, answers, memory.stored, values)
    for name, given, encoder_ in (("keys", keys, code), ("values", values, answers)):
        if isinstance(encoder_, Plain) and (empty := to_host(given).max(1) <= 0).any():
            was = f"item {int(empty.argmax())} has none"
            raise checks.refusal(name, "have at least one active unit (+1) in every item", was, "leave it out")

    both = ((x, x) for x in encoded(code, keys)) if shared else _together(code, keys, answers, values)
    return both, code, answers, shared


def _together(one: Any, keys: Any, other: Any, values: Any) -> Iterator[tuple[Any, Any]]:
    number = min(_number(one), _number(other))
    return zip(encoded(one, keys, number), encoded(other, values, number), strict=True)


def _number(encoder: Any) -> int:
    """Items whose codes are made at a time, as their parts are held in float32."""
    return max(1, BATCH // (4 * encoder.units))


def encoded(encoder: Any, items: Any, number: int | None = None) -> Iterator[Any]:
    """Active cells of the items, bool (item, cell), a batch at a time.

    So storing needs little more memory than it keeps.
    """
    number = number or _number(encoder)
    for start in range(0, len(items), number):
        yield encoder.encode(items[start : start + number]) > 0


def encoder_bits(memory: Any) -> int:
    """What the encoders of keys and values hold, in bits."""
    return memory.encoder.bits + (0 if memory.answers is memory.encoder else memory.answers.bits)


def encoder_operations(memory: Any) -> int:
    """Operations to encode a cue and to decode an answer, each half of what its encoder counts."""
    return (memory.encoder.operations + memory.answers.operations) // 2


def empty_weights(rows: int, columns: int, beside: Any) -> Any:
    """One-bit weights, packed, none of them set, on the device of an array."""
    xp = array_api_compat.array_namespace(beside)
    return xp.zeros((rows, bits.words(columns)), dtype=xp.uint64, device=array_api_compat.device(beside))


def unpacked(weights: Any, columns: int) -> np.ndarray:
    """One-bit weights as zeros and ones, uint8 (row, column)."""
    return bits.unpack(to_host(weights), columns).astype(np.uint8)


def packed_like(name: str, weights: Any, packed: Any) -> Any:
    """Weights of zeros and ones, packed, beside those that are packed; refuses other values."""
    new = to_host(weights)
    if not np.isin(new, (0, 1)).all():
        raise checks.refusal(f"synapses[{name!r}]", "hold zeros and ones", "holds other numbers")
    return move_beside(array_api_compat.array_namespace(packed), bits.pack(new != 0), packed)


def signs(active: Any) -> Any:
    """+1 where a cell is active and -1 where not, int8."""
    xp = array_api_compat.array_namespace(active)
    return 2 * xp.astype(active, xp.int8) - 1


def winners(fields: Any, number: int) -> Any:
    """The `number` largest positive fields of each row, and all that equal the least of them."""
    xp = array_api_compat.array_namespace(fields)
    least = xp.partition(fields, fields.shape[1] - number, axis=1) if hasattr(xp, "partition") else xp.sort(fields, axis=1)
    return (fields >= least[:, -number, None]) & (fields > 0)


def repeated(
    advance: Callable[[Any], tuple[Any, Any]],
    states: Any,
    steps: int | None,
    watch: Callable[[Any], None] | None = None,
) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray]:
    """Final states, steps taken, whether they stand, and operations of each cue.

    `advance` leads from states (cue, cell) to the next states and its operations (cue,). It is
    repeated at most `steps` times; a cue ends when its state is given back. `watch` is shown the
    states after each time. With steps=None the states lead to an answer of another kind, once.
    """
    if steps is None:
        answer, operations = advance(states)
        once = np.ones(len(states), np.int64)
        return answer, once, once > 0, to_host(operations)
    taken, spent = np.zeros((2, len(states)), np.int64)
    stands = np.zeros(len(states), bool)
    xp = array_api_compat.array_namespace(states)
    for _ in range(steps):
        running = np.flatnonzero(~stands)
        if not running.size:
            break
        at = move_beside(xp, running, states)
        now, operations = advance(states[at])
        stands[running] = to_host(xp.all(now == states[at], axis=1))
        states[at] = now
        taken[running] += 1
        spent[running] += to_host(operations)
        if watch:
            watch(states)
    return states, taken, stands, spent
