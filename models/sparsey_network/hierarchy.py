"""Levels of macrocolumns wired into one hierarchy, which frames go up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from neuromem.kernels.afferents import Sources
from neuromem.models.sparsey_network.afferents import Afferents
from neuromem.models.sparsey_network.frames import Frames
from neuromem.models.sparsey_network.level import Fading, Level
from neuromem.models.sparsey_network.macrocolumns import Choice, Macrocolumns, Seen, State


class Hierarchy:
    """All levels of a network at work, empty at first.

    Parameters
    ----------
    levels : sequence of Level
        From below.
    wiring : sequence of mapping of str to Sources
        The sources of each kind of input to each level.
    frames : Frames
        How frames reach the lowest level.
    choice : Choice
        The settings that the levels share.
    fading : Fading, optional
        How weights fade; by default they stay for good.

    Attributes
    ----------
    afferents : dict of str to Afferents
        The weights of each kind of input to each level from 1 on, such as "U1".
    """

    def __init__(
        self,
        levels: Sequence[Level],
        wiring: Sequence[Mapping[str, Sources]],
        frames: Frames,
        choice: Choice,
        fading: Fading | None = None,
    ):
        parts = enumerate(zip(levels, wiring, strict=True))
        self._columns = [Macrocolumns(n, level, sources, choice, fading) for n, (level, sources) in parts]
        self._fields = [sources["U"].slots for sources in wiring]
        self._frames, self._clock = frames, 0
        self.afferents: dict[str, Afferents] = {
            f"{kind}{n}": bundle
            for n, columns in enumerate(self._columns, start=1)
            for kind, bundle in columns.afferents.items()
        }

    def show(
        self, frames: np.ndarray, learn: bool = False, asked: str | None = None
    ) -> Iterator[tuple[np.ndarray, list[State]]]:
        """Show frames one after the other.

        Parameters
        ----------
        frames : ndarray of shape (cue, time, unit)
        learn : bool, default False
            Whether the codes are learnt.
        asked : str, optional
            The kinds of input that G is to be of, such as "UH"; None: those that chose the code.

        Yields
        ------
        tuple of ndarray and list of State
            After each frame, the weights read (cue,) and the state of each level.
        """
        states = [State.resting(len(frames), columns.level) for columns in self._columns]
        for t in range(frames.shape[1]):
            below, seen = self._frames.seen(frames[:, t])
            operations, before, states = np.zeros(len(frames)), states, []
            for n, columns in enumerate(self._columns):
                said = {"U": below, "H": before[n].codes}
                if n + 1 < len(self._columns):
                    said["D"] = before[n + 1].codes
                clock = self._clock if learn else None
                state, read = columns.advance(said, before[n], seen, first=t == 0, clock=clock, asked=asked)
                operations += read
                states.append(state)
                below = state.codes
                if n + 1 < len(self._columns):
                    seen = self._seen_above(n, seen, state)
            self._clock += learn
            yield operations, states

    def _seen_above(self, n: int, seen: Seen, state: State) -> Seen:
        """What fields of level n + 1 know: nothing if all below rest and know nothing."""
        fields = self._fields[n + 1]
        nothing = (seen.nothing & (state.codes.strength == 0))[:, fields].all(-1)
        return Seen(nothing, fields.shape[1] * self._columns[n].level.modules)
