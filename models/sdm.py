"""Sparse distributed memory: random hard locations that many items share."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from scipy.stats import binom

from neuromem import checks
from neuromem.arrays import bits_of, require_host
from neuromem.kernels import bits, locations
from neuromem.memory import Cost, Recall
from neuromem.models import _sparse

ACTIVE = 0.01  # of the locations, with the default radius: best for about 50 items in 10,000 locations, (2 m r)^(-1/3)


class SDM:
    """Kanerva's sparse distributed memory: r locations with random addresses, and counters that all nearby items share.

        location l is active for x iff |a_l - x| <= d  (Hamming distance; an unknown unit counts half)     (1)
        write:  c_l += y  at every location active for the key                                            (2)
        read:   y = sgn sum of c_l over the locations active for the cue; a tie keeps the cue's unit       (3)

    With auto-association, (3) repeats from the answer until it stands, at most `steps` times. Keys (item, units) and values
    (item, any length) of +1/-1. Counters take the smallest integer type that cannot overflow: 8 bits up to 128 items,
    16 up to 32,768. radius=None: the smallest that activates 1 % of the locations.
    Raises InputError for items that are not +1/-1 or tables that do not fit.

    a: packed addresses (words, location); c: counters (location, value unit); d: radius; rng: addresses.
    Theory, best radii and the tie to attention: `neuromem.theory.sdm`. Kanerva (1988, Sparse Distributed Memory, MIT Press).

    >>> import neuromem as nm
    >>> items = nm.patterns.random(20, 256, rng=0)
    >>> memory = nm.SDM(256).store(items)
    >>> float(nm.metrics.exact(memory.recall(nm.cues.flip(items, 0.1, rng=1)), items).mean())
    1.0
    """

    step_unit = "reads"

    def __init__(
        self,
        units: int,
        *,
        locations: int = 10_000,
        radius: int | None = None,
        steps: int = 10,
        rng: int | np.random.Generator = 0,
    ):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.locations = checks.whole("locations", locations)
        _sparse.fits("locations", self.locations * (8 * bits.words(self.units) + self.units), "use fewer locations")
        best = int(binom.ppf(ACTIVE, self.units, 0.5))
        self.radius = best if radius is None else checks.whole("radius", radius, least=0, most=self.units)
        self.steps = checks.whole("steps", steps)
        draw = np.random.default_rng(checks.seed(rng))
        words = draw.integers(0, 2**64, (self.locations, bits.words(self.units)), dtype=np.uint64)
        words[:, -1] >>= np.uint64(-self.units % 64)
        self.addresses = np.ascontiguousarray(words.T)
        self.clear()

    def clear(self) -> None:
        self.counters: Any = None  # (location, value unit)
        self.items, self._auto, self._operations = 0, True, np.nan

    def store(self, keys: Any, values: Any = None) -> Self:
        keys, values = checks.pairs(checks.spins("keys", keys, self.units), values, self.units)
        auto = self._auto and values is keys
        values = checks.spins("values", values, self.counters.shape[1] if self.items else "value unit")
        held = np.min_scalar_type(-(self.items + len(keys)))
        if self.counters is None:
            size = self.locations * values.shape[1] * held.itemsize
            _sparse.fits("locations", size, "use fewer locations")
            self.counters = np.zeros((self.locations, values.shape[1]), held)
        self.counters = self.counters.astype(held, copy=False)
        locations.write(self.addresses, self.counters, require_host(keys), require_host(values), self.radius)  # (2)
        self.items, self._auto = self.items + len(keys), auto
        return self

    def recall(self, cues: Any) -> Recall:
        cues = checks.cues(cues, self.units)
        checks.stored(self, self.items)
        state = np.sign(require_host(cues)).astype(np.int8)
        answer = np.zeros((len(state), self.counters.shape[1]), np.int8)
        steps, added = np.zeros(len(state), int), np.zeros(len(state), int)
        converged = np.full(len(state), not self._auto)
        running = np.arange(len(state))
        for _ in range(self.steps if self._auto else 1):
            sums, active = locations.read(self.addresses, self.counters, state[running], self.radius)
            now = np.sign(sums).astype(np.int8)
            if self._auto:
                now = np.where(now == 0, state[running], now)
                converged[running] = (now == state[running]).all(1)
                state[running] = now
            answer[running] = now  # (3)
            steps[running] += 1
            added[running] += active * answer.shape[1]
            running = running[~converged[running]]
            if not len(running):
                break
        operations = steps * self.addresses.size + added  # words compared, counters added
        self._operations = float(operations.mean())
        return Recall(answer, steps, converged, operations)

    @property
    def cost(self) -> Cost:
        synapses = self.locations * (self.units + (0 if self.counters is None else self.counters.shape[1]))
        return Cost(bits_of(self.addresses, self.counters), synapses, self._operations)
