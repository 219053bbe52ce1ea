"""CAMELoT: slots that average what is alike, take in what is new, and give up the oldest."""

from __future__ import annotations

from typing import Any

import array_api_compat

from neuromem import checks
from neuromem.arrays import first_largest, unit_length
from neuromem.models._one_step import OneStep, zeros


class Camelot(OneStep):
    """Slots of running means: an item joins the slot that it is like, or replaces the oldest one.

    Equations, numbered as in the code's comments:

        j = the slot of the greatest cosine with the key k                                      (1)
        consolidation, cosine > least_cosine, or least_cosine = -1:
            K_j <- (n_j K_j + k) / (n_j + 1);  V_j likewise;  n_j <- n_j + 1;  age_j <- 0        (2)
        novelty: an empty slot, or else the oldest,
            K_j <- k;  V_j <- v;  n_j <- 1;  age_j <- 0                                         (3)
        the ages of all other slots grow by 1
        o = V_j of the slot of the greatest cosine with the cue                                 (4)

    With least_cosine = 1 it is a queue of the last `slots` items; with -1 it is one mean. Of more
    clusters of items than slots it holds as many as it has slots, those that came last. The
    published model puts (4) before the keys and values of a transformer's window, with one memory
    a layer and head. Its constants are not known here.

    Parameters
    ----------
    units : int
        Length of a key.
    slots : int, default 64
        How many slots there are.
    least_cosine : float, default 0.8
        Cosine of key and slot above which they are the same thing; -1 makes all things the same.

    Attributes
    ----------
    stored : int
        Number of items stored, also those that joined others or were replaced.

    Raises
    ------
    InputError
        If arrays have another shape or library, nothing is stored at a recall, or a result is too
        large for its type.

    References
    ----------
    He, Z. et al. (2024). CAMELoT: towards large language models with training-free consolidated
    associative memory. https://arxiv.org/abs/2402.13449

    Examples
    --------
    >>> memory = Camelot(2).store([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]], [[1.0], [3.0], [5.0]])
    >>> memory.recall([[1.0, 0.1], [0.1, 1.0]]).items.tolist()
    [[2.0], [5.0]]
    """

    def __init__(self, units: int, *, slots: int = 64, least_cosine: float = 0.8):
        super().__init__(units)
        self.slots = checks.whole("slots", slots)
        self.least_cosine = checks.real("least_cosine", least_cosine, least=-1, most=1)

    def _learn(self, state: dict[str, Any], keys: Any, values: Any) -> dict[str, Any]:
        xp = array_api_compat.array_namespace(keys)
        held = {name: xp.asarray(array, copy=True) for name, array in state.items()} or self._start(keys, values.shape[1])
        slot_keys, slot_values, numbers, ages = held.values()
        for i in range(keys.shape[0]):
            nearest, cosine = self._nearest(held, keys[i : i + 1])  # (1)
            alike = self.least_cosine == -1 or bool(cosine[0] > self.least_cosine)
            j = int(nearest[0] if alike else xp.argmax(xp.where(numbers > 0, ages, xp.inf)))
            n = numbers[j] if alike else 0.0 * numbers[j]
            slot_keys[j, :] = (n * slot_keys[j, :] + keys[i]) / (n + 1)
            slot_values[j, :] = (n * slot_values[j, :] + values[i]) / (n + 1)  # (2), (3)
            numbers[j] = n + 1
            ages += 1
            ages[j] = 0
        return held

    def _read(self, state: dict[str, Any]) -> list[Any]:
        return [array for name, array in state.items() if name != "ages"]

    def _respond(self, state: dict[str, Any], cues: Any) -> Any:
        return state["values"][self._nearest(state, cues)[0]]  # (4)

    def _nearest(self, held: dict[str, Any], keys: Any) -> tuple[Any, Any]:
        """The slot of the greatest cosine, and the cosine; no empty slot, unless all are."""
        xp = array_api_compat.array_namespace(keys)
        cosines = xp.clip(unit_length(keys) @ unit_length(held["keys"]).T, -1.0, 1.0)
        cosines = xp.where(held["numbers"] > 0, cosines, -xp.inf)
        return first_largest(cosines, self.units)[:, 0], xp.max(cosines, axis=1)

    def _start(self, beside: Any, outputs: int) -> dict[str, Any]:
        xp = array_api_compat.array_namespace(beside)
        shapes = {"keys": (self.slots, self.units), "values": (self.slots, outputs), "numbers": (self.slots,)}
        held = {name: zeros(beside, *shape) for name, shape in shapes.items()}
        return held | {"ages": xp.zeros_like(held["numbers"])}
