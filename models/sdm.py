"""Sparse distributed memory: random hard locations that many items share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Self

import array_api_compat
import numpy as np
from scipy import special

from neuromem import checks
from neuromem.arrays import bits_of, keep_device, move_beside, namespace, rounding_errors, same_kind, to_host
from neuromem.kernels import bits, locations
from neuromem.memory import Cost, Recall
from neuromem.models import _sparse
from neuromem.trace import Film, Traced

ACTIVE = 0.01  # share of the locations: best for about 50 items in 10,000 locations, (2 m r)^(-1/3)


class SDM(Traced):
    """Kanerva's sparse distributed memory: counters at random addresses that nearby items share.

    Equations, numbered as in the code's comments, with r locations of address a_l and counters c_l:

        location l is active for x iff |a_l - x| <= d  (Hamming distance)                     (1)
        write:  c_l += y  at every location active for the key                                (2)
        read:   y = sgn sum of c_l over the locations active for the cue                      (3)

    An unknown unit of a cue counts half in (1). A tie in (3) keeps the unit of the cue. With
    auto-association (3) repeats from the answer until it stands. Items on a CUDA device stay there,
    and cues must lie there too.

    Parameters
    ----------
    units : int
        Length of a key.
    locations : int, default 10000
        Number of locations, r.
    radius : int, optional
        Hamming distance up to which a location is active, d; by default the smallest that activates
        1 % of the locations. `neuromem.theory.sdm.best_radius` finds better ones for a load.
    steps : int, default 10
        Most reads of an auto-associative recall.
    rng : int or numpy.random.Generator, default 0
        Randomness of the addresses.

    Attributes
    ----------
    stored : int
        Number of items stored.
    addresses : uint64 array of shape (word, location)
        Addresses, packed.
    counters : array of shape (location, value unit) or None
        Counters, in the smallest whole type that can't overflow: 8 bits up to 127 items, 16 up to
        32,767. None before the first item.
    synapses : dict
        {"counters": counters}; it can be set, also to real numbers.

    Raises
    ------
    InputError
        If an item is not of +1/-1, or the tables do not fit in the memory of the machine.

    References
    ----------
    Kanerva, P. (1988). Sparse Distributed Memory. MIT Press.
    Theory, and the tie to attention: `neuromem.theory.sdm`.

    Examples
    --------
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
        words = bits.words(self.units)
        checks.fits("locations", self.locations * (2 * 8 * words + self.units), "use fewer locations")
        within = special.bdtr(np.arange(self.units + 1), self.units, 0.5)  # share of the locations within each distance
        best = int(np.searchsorted(within, ACTIVE))
        self.radius = best if radius is None else checks.whole("radius", radius, least=0, most=self.units)
        self.steps = checks.whole("steps", steps)
        self.seed = checks.seed(rng)
        draw = np.random.default_rng(self.seed).integers(0, 2**64, (self.locations, words), dtype=np.uint64)
        draw[:, -1] >>= np.uint64(-self.units % 64)
        self.addresses: Any = np.ascontiguousarray(draw.T)
        self.clear()

    def clear(self) -> None:
        """Forget all items; the addresses stay."""
        self.counters: Any = None
        self.stored, self._auto, self._operations = 0, True, math.nan
        self._most = 0  # what no counter exceeds

    def store(self, keys: Any, values: Any = None) -> Self:
        """Add each value to the counters near its key; values may have any length."""
        keys, values = checks.pairs(checks.spins("keys", keys, self.units), values, self.units)
        auto = self._auto and values is keys
        values = checks.spins("values", values, self.counters.shape[1] if self.stored else "value unit")
        keys, values = keep_device(keys), keep_device(values)
        self._make_room(keys, values)
        locations.write(self.addresses, self.counters, keys, values, self.radius)  # (2)
        self.stored, self._auto, self._most = self.stored + len(keys), auto, self._most + len(keys)
        return self

    def _make_room(self, keys: Any, values: Any) -> None:
        """Counters beside the keys, of a type that holds what they can grow to."""
        xp = namespace(keys=keys, values=values)
        kind = getattr(xp, np.min_scalar_type(-(self._most + len(keys) + 1)).name)
        size = self.locations * values.shape[1] * xp.iinfo(kind).bits // 8
        if self.counters is None:
            checks.fits("locations", size, "use fewer locations")
            self.addresses = move_beside(xp, to_host(self.addresses), keys)
            self.counters = xp.zeros((self.locations, values.shape[1]), dtype=kind, device=array_api_compat.device(keys))
            return
        namespace(stored=self.counters, keys=keys)
        if not xp.isdtype(self.counters.dtype, "real floating") and xp.iinfo(self.counters.dtype).bits < xp.iinfo(kind).bits:
            checks.fits("locations", size + self.counters.nbytes, "use fewer locations")
            self.counters = xp.astype(self.counters, kind)

    def recall(self, cues: Any) -> Recall:
        """Read at each cue; with auto-association again at each answer, until it stands."""
        return self._filmed(cues, None)

    def _filmed(self, cues: Any, film: Film | None) -> Recall:
        cues = checks.cues(cues, self.units)
        checks.stored(self, self.stored)
        states = keep_device(cues)
        xp = namespace(stored=self.counters, cues=states)
        states = xp.astype(xp.sign(states), xp.int8)
        if film:
            film(states)
        most = self.steps if self._auto else None
        answer, steps, converged, operations = _sparse.repeated(self._read, states, most, film)
        self._operations = float(operations.mean())
        return Recall(same_kind(answer, cues), steps, converged, operations)

    def _read(self, states: Any) -> tuple[Any, Any]:
        """Equation (3) once, and the words compared and counters added for it."""
        sums, active = locations.read(self.addresses, self.counters, states, self.radius)
        xp = array_api_compat.array_namespace(sums)
        still = xp.abs(sums) <= rounding_errors(self.counters, 0)
        answer = xp.astype(xp.where(still, xp.zeros_like(sums), xp.sign(sums)), xp.int8)
        if self._auto:
            answer = xp.where(answer == 0, states, answer)
        return answer, math.prod(self.addresses.shape) + active * answer.shape[1]

    @property
    def synapses(self) -> dict[str, np.ndarray]:
        """The counters, as a copy; set a mapping of the same shape to replace them."""
        return {} if self.counters is None else {"counters": to_host(self.counters).copy()}

    @synapses.setter
    def synapses(self, new: Mapping[str, Any]) -> None:
        for value in checks.synapses(new, self.synapses).values():
            xp = array_api_compat.array_namespace(self.counters)
            counters = move_beside(xp, np.array(to_host(value)), self.counters)
            if xp.isdtype(counters.dtype, "real floating"):
                self.counters = xp.astype(counters, xp.result_type(counters.dtype, xp.float32))
                continue
            self._most = max(int(xp.max(counters)), -int(xp.min(counters)))
            self.counters = xp.astype(counters, getattr(xp, np.min_scalar_type(-min(self._most + 1, 2**63)).name))

    @property
    def cost(self) -> Cost:
        """The addresses and the counters; r (units + value units) synapses."""
        synapses = self.locations * (self.units + (0 if self.counters is None else self.counters.shape[1]))
        return Cost(bits_of(self.addresses, self.counters), synapses, self._operations)
