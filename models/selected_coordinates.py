"""Sparse distributed memory by selected coordinates: locations that look at a few units each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, require_host, rounding_errors, same_kind
from neuromem.memory import Cost, Recall
from neuromem.models import _sparse
from neuromem.trace import Film, Traced

BLOCK = 2**24  # pairs of cue and location that are looked at together


class SelectedCoordinates(Traced):
    """Jaeckel's sparse distributed memory: a location is active where k units are as it prescribes.

    Equations, numbered as in the code's comments, with r locations, their units j_l1 .. j_lk, what
    they prescribe b_l1 .. b_lk, and counters c_l:

        location l is active for x iff x_(j_ln) = b_ln for n = 1 .. k                         (1)
        write:  c_l += y  at every location active for the key                                (2)
        read:   y = sgn sum of c_l over the locations active for the cue                      (3)

    A share 2^-k of the locations is active. An unknown unit of a cue is as any location prescribes.
    A tie in (3) keeps the unit of the cue. With auto-association (3) repeats from the answer until
    it stands. Kanerva's design, where locations are circles, is `SDM`.

    Parameters
    ----------
    units : int
        Length of a key.
    locations : int, default 10000
        Number of locations, r.
    coordinates : int, optional
        Units k that a location looks at; by default 7, about 1 % of the locations, or all units if
        they are fewer.
    steps : int, default 10
        Most reads of an auto-associative recall.
    rng : int or numpy.random.Generator, default 0
        Randomness of the units and of what is prescribed.

    Attributes
    ----------
    stored : int
        Number of items stored.
    positions, prescribed : ndarray of shape (location, coordinates)
        The units that each location looks at, and what it prescribes, +1/-1.
    counters : int32 array of shape (location, value unit) or None
        Counters. None before the first item.
    synapses : dict
        {"counters": counters}; it can be set, also to real numbers.

    Raises
    ------
    InputError
        If an item is not of +1/-1, or the tables do not fit in the memory of the machine.

    References
    ----------
    Jaeckel, L. A. (1989). An alternative design for a sparse distributed memory. RIACS Technical
    Report 89.28. Theory: `neuromem.theory.sdm_designs`.

    Examples
    --------
    >>> import neuromem as nm
    >>> items = nm.patterns.random(20, 256, rng=0)
    >>> memory = nm.SelectedCoordinates(256).store(items)
    >>> float(nm.metrics.exact(memory.recall(nm.cues.flip(items, 0.1, rng=1)), items).mean())
    1.0
    """

    step_unit = "reads"

    def __init__(
        self,
        units: int,
        *,
        locations: int = 10_000,
        coordinates: int | None = None,
        steps: int = 10,
        rng: int | np.random.Generator = 0,
    ):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.locations = checks.whole("locations", locations)
        usual = min(7, self.units)
        self.coordinates = usual if coordinates is None else checks.whole("coordinates", coordinates, most=self.units)
        self.steps = checks.whole("steps", steps)
        self.seed = checks.seed(rng)
        checks.fits("locations", self.locations * (8 * self.units + 9 * self.coordinates), "use fewer locations")
        draw = np.random.default_rng(self.seed)
        order = draw.random((self.locations, self.units), dtype=np.float32).argsort(1)
        self.positions = order[:, : self.coordinates].astype(np.int32)
        self.prescribed = draw.choice(np.array([-1, 1], np.int8), (self.locations, self.coordinates))
        self.clear()

    def clear(self) -> None:
        """Forget all items; what the locations look at stays."""
        self.counters: Any = None
        self.stored, self._auto, self._operations = 0, True, math.nan

    def _active(self, states: np.ndarray) -> np.ndarray:
        """Equation (1): which locations are active, (state, location)."""
        against = np.ascontiguousarray(-states.T)  # (unit, state)
        active = np.ones((self.locations, len(states)), bool)
        for units, wanted in zip(self.positions.T, self.prescribed.T, strict=True):
            active &= against[units] != wanted[:, None]  # (1)
        return active.T

    def store(self, keys: Any, values: Any = None) -> Self:
        """Add each value to the counters of its key's locations; values may have any length."""
        keys, values = checks.pairs(checks.spins("keys", keys, self.units), values, self.units)
        auto = self._auto and values is keys
        values = checks.spins("values", values, self.counters.shape[1] if self.stored else "value unit")
        x, y = (require_host(one).astype(np.int8) for one in (keys, values))
        checks.fits("locations", 12 * self.locations * y.shape[1], "use fewer locations")
        if self.counters is None:
            self.counters = np.zeros((self.locations, y.shape[1]), np.int32)
        for some in self._blocks(len(x)):
            added = self._active(x[some]).T.astype(np.float32) @ y[some].astype(np.float32)  # (2), exact
            self.counters = self.counters + added.astype(self.counters.dtype)
        self.stored, self._auto = self.stored + len(x), auto
        return self

    def _blocks(self, states: int) -> list[slice]:
        size = max(1, BLOCK // self.locations)
        return [slice(start, start + size) for start in range(0, states, size)]

    def recall(self, cues: Any) -> Recall:
        """Read at each cue; with auto-association again at each answer, until it stands."""
        return self._filmed(cues, None)

    def _filmed(self, cues: Any, film: Film | None) -> Recall:
        cues = checks.cues(cues, self.units)
        checks.stored(self, self.stored)
        states = np.sign(require_host(cues)).astype(np.int8)
        if film:
            film(states)
        most = self.steps if self._auto else None
        answer, steps, converged, operations = _sparse.repeated(self._read, states, most, film)
        self._operations = float(operations.mean())
        return Recall(same_kind(answer, cues), steps, converged, operations)

    def _read(self, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Equation (3) once, and the units compared and counters added for it."""
        answer = np.empty((len(states), self.counters.shape[1]), np.int8)
        count = np.empty(len(states), np.int64)
        counters, least = self.counters.astype(float), rounding_errors(self.counters, 0)  # BLAS takes one type alone
        for some in self._blocks(len(states)):
            active = self._active(states[some])
            sums = active.astype(float) @ counters
            answer[some] = np.where(np.abs(sums) <= least, 0, np.sign(sums))  # (3)
            count[some] = active.sum(1)
        if self._auto:
            answer = np.where(answer == 0, states, answer)
        return answer, self.positions.size + count * answer.shape[1]

    @property
    def synapses(self) -> dict[str, np.ndarray]:
        """The counters, as a copy; set a mapping of the same shape to replace them."""
        return {} if self.counters is None else {"counters": self.counters.copy()}

    @synapses.setter
    def synapses(self, new: Mapping[str, Any]) -> None:
        for value in checks.synapses(new, self.synapses).values():
            counters = require_host(value)
            self.counters = counters.astype(np.result_type(counters, np.int32))  # a copy that has room for more items

    @property
    def cost(self) -> Cost:
        """What the locations look at, and the counters; r (k + value units) synapses."""
        synapses = self.locations * (self.coordinates + (0 if self.counters is None else self.counters.shape[1]))
        return Cost(bits_of(self.positions, self.prescribed, self.counters), synapses, self._operations)
