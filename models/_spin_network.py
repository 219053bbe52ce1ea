"""What networks of spins share: their settings, the way of a cue, and the count of recalls."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import contiguous, keep_device, move_beside, namespace, same_kind, to_host
from neuromem.kernels.glauber import Settled
from neuromem.memory import Recall
from neuromem.trace import Film, Traced


class SpinNetwork(Traced):
    """A network of spins that are updated in sweeps, at a temperature.

    A subclass keeps what it has learnt in `_held`, gives it out in `_named`, takes it back in
    `_replace`, and updates spins in `_settle`.
    """

    step_unit = "sweeps"
    stored: int
    _held: Any

    def __init__(self, units: int, temperature: float, steps: int, rng: int | np.random.Generator):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.temperature = checks.real("temperature", temperature, least=0, way_out="give 0 or a temperature such as 0.3")
        self.steps = checks.whole("steps", steps)
        self.seed = checks.seed(rng)

    def clear(self) -> None:
        """Forget everything; random numbers begin again, as in a new memory."""
        self.stored = 0
        self._given = False  # whether synapses have been set from outside
        self._recalled = 0  # cues, each of which has random numbers of its own
        self._operations = float("nan")

    def recall(self, cues: Any, *, temperatures: Any = None) -> Recall:
        """Update each cue in sweeps, until one flips no spin or, in a heat bath, `steps` times.

        In a heat bath every cue draws random numbers of its own, whether it comes in a batch or
        alone, and a later recall goes on with new ones: a state that is fed back is a Markov chain.

        Parameters
        ----------
        cues : array of shape (cue, units)
            Spins of +1/-1, and 0 where a unit is unknown.
        temperatures : array of shape (cue,), optional
            The temperature of each cue, at least 0, in the place and in the units of the memory's
            own, which is the default. A cue at 0 is updated as at zero temperature.

        Returns
        -------
        Recall
            Where each cue ended.

        Raises
        ------
        InputError
            If the cues have another shape or library, a temperature is negative or not finite,
            there is not one for each cue, or nothing is stored.
        """
        return self._filmed(cues, None, temperatures)

    def _filmed(self, cues: Any, film: Film | None, temperatures: Any = None) -> Recall:
        cues = checks.cues(cues, self.units)
        heat = self._heat(temperatures, len(cues))
        checks.stored(self, self.stored or self._given)
        spins = keep_device(cues)
        xp = namespace(stored=self._held, cues=spins)
        first, self._recalled = self._recalled, self._recalled + len(cues)
        spins, filming = xp.astype(xp.sign(spins), xp.int8), {}
        if film:
            film(spins)
            filming = {"film": film.room(spins, self.steps), "every": film.every}
        settled = self._settle(spins, first, heat, **filming)
        if film:
            film.states += list(to_host(filming["film"]))
        steps, converged, operations = map(to_host, settled[1:])
        self._operations = float(operations.mean())
        return Recall(same_kind(settled.spins, cues), steps, converged, operations)

    def _heat(self, temperatures: Any, cues: int) -> np.ndarray:
        """The inverse temperature of each cue (cue,), infinite at zero temperature."""
        if temperatures is None:
            given = np.full(cues, self.temperature)
        else:
            given = to_host(checks.array("temperatures", temperatures, (cues,))).astype(float)
            if (given < 0).any():
                raise checks.refusal("temperatures", "be at least 0", f"the smallest was {given.min():g}")
        return np.divide(1, given, out=np.full(cues, np.inf), where=given > 0)

    def _settle(self, spins: Any, first: int, beta: np.ndarray, **filming: Any) -> Settled:
        """Where spins (cue, unit) end; `first` counts the cues that the memory had before."""
        raise NotImplementedError

    def _named(self) -> dict[str, Any]:
        """The arrays that hold what is learnt."""
        raise NotImplementedError

    def _replace(self, arrays: dict[str, Any]) -> None:
        """Hold these arrays of floats, with the names and shapes of `_named`, instead."""
        raise NotImplementedError

    @property
    def synapses(self) -> dict[str, np.ndarray]:
        """Copies of the arrays that hold what is learnt; set, they are used as they are."""
        return {name: np.array(to_host(array)) for name, array in self._named().items()}

    @synapses.setter
    def synapses(self, new: Mapping[str, Any]) -> None:
        held = self._named()
        arrays = {}
        for name, given in checks.synapses(new, held).items():
            xp = array_api_compat.array_namespace(held[name])
            array = move_beside(xp, keep_device(given), held[name])
            kind = xp.float32 if array.dtype == xp.float32 else xp.float64
            arrays[name] = contiguous(xp.astype(array, kind, copy=True))
        self._replace(arrays)
        self._given = any(math.prod(array.shape) for array in arrays.values())
