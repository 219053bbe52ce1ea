"""What the memories of sparse codes share: the choice of encoder, a table that must fit, the winners."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuromem import checks
from neuromem.arrays import require_host
from neuromem.encoders import Blocks


class Plain:
    """The encoder of items that are sparse already, `activity` of their units at +1: a code is the item itself."""

    bits = operations = 0

    def __init__(self, units: int, activity: float):
        self.items = self.units = checks.whole("units", units)
        self.activity = checks.fraction("activity", activity)
        if not round(self.activity * self.units):
            way_out = f"give at least {0.5 / self.units:.2g} for one active unit"
            raise checks.refusal("activity", f"make at least one of {units} units active", f"was {activity}", way_out)

    def encode(self, items: Any) -> np.ndarray:
        return np.sign(require_host(items)).astype(np.int8)

    decode = encode


def encoder(units: int, activity: float | None) -> Any:
    """Items as they are if their `activity` is given; None: dense items, one active cell among 16 for every 4 units."""
    return Plain(units, activity) if activity is not None else Blocks(units, activity=2.0 ** -min(4, units))


def pair_codes(memory: Any, keys: Any, values: Any) -> tuple[np.ndarray, np.ndarray, Any, bool]:
    """Keys and values of +1/-1, checked, as active cells: bool (item, cell) each, the encoder of values, whether auto.

    `memory` has units, activity, encoder, answers (the encoder of the values it holds) and items (how many it holds).
    """
    keys, values = checks.pairs(checks.spins("keys", keys, memory.units), values, memory.units)
    auto = values is keys
    values = checks.spins("values", values, memory.answers.items if memory.items else "value unit")
    answers = memory.answers if auto or memory.items else encoder(values.shape[1], memory.activity)
    x = _active("keys", keys, memory.encoder)
    return x, x if auto else _active("values", values, answers), answers, auto


def _active(name: str, items: np.ndarray, encoder: Any) -> np.ndarray:
    active = encoder.encode(items) > 0
    empty = ~active.any(1)
    if empty.any():
        was = f"item {int(empty.argmax())} has none"
        raise checks.refusal(name, "have at least one active unit (+1) in every item", was, "leave it out")
    return active


def encoder_bits(memory: Any) -> int:
    """What the encoders of keys and values hold, in bits."""
    return memory.encoder.bits + (0 if memory.answers is memory.encoder else memory.answers.bits)


fits = checks.fits


def winners(fields: np.ndarray, number: int) -> np.ndarray:
    """The `number` largest positive fields of each row, and every one that equals the least of them; bool (row, cell)."""
    least = np.partition(fields, -number, axis=1)[:, -number, None]
    return (fields >= least) & (fields > 0)
