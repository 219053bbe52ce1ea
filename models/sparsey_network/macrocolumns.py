"""One level of macrocolumns at work: its afferents, and the codes that it takes in a frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from neuromem.kernels import counter
from neuromem.kernels.afferents import Codes, Sources
from neuromem.kernels.counter import Stream
from neuromem.models.sparsey import code_selection as step
from neuromem.models.sparsey_network.afferents import Afferents
from neuromem.models.sparsey_network.level import Fading, Level

BEND = 2.0  # exponent of step (8)


@dataclass(frozen=True)
class Choice:
    """How codes are chosen and kept: the settings that all levels of a network share.

    Parameters
    ----------
    hypotheses, backoff, floor, gain, freeze, saturation, seed : object
        As in `SparseyNetwork`.
    """

    hypotheses: tuple[float, float, float]
    backoff: tuple[float, float, float] | None
    floor: float
    gain: float
    freeze: Literal["bundle", "cell"]
    saturation: float | None
    seed: int


class Seen(NamedTuple):
    """What is known of the fields of a level's macrocolumns.

    Parameters
    ----------
    nothing : ndarray of bool, shape (cue, macrocolumn)
        Where a whole field is unknown.
    known : ndarray of int, shape (cue, macrocolumn), or int
        Number of inputs that are known.
    """

    nothing: np.ndarray
    known: np.ndarray | int


@dataclass(frozen=True)
class State:
    """The macrocolumns of a level after a frame.

    Parameters
    ----------
    codes : Codes
        Winners, -1 at rest, and how loud they speak.
    acts : ndarray of bool, shape (cue, macrocolumn)
        Where there is a code.
    age : ndarray of int, shape (cue, macrocolumn)
        Number of frames for which the code stood.
    G : ndarray of shape (cue,)
        Mean familiarity of the macrocolumns that act.
    """

    codes: Codes
    acts: np.ndarray
    age: np.ndarray
    G: np.ndarray

    @classmethod
    def resting(cls, cues: int, level: Level) -> State:
        """Return the state before the first frame.

        Parameters
        ----------
        cues : int
            Number of cues.
        level : Level

        Returns
        -------
        State
        """
        shape = cues, level.macrocolumns
        codes = Codes(np.full((*shape, level.modules), -1, np.int32), np.zeros(shape, np.float32))
        return cls(codes, np.zeros(shape, bool), np.zeros(shape, np.int64), np.zeros(cues))


class Macrocolumns:
    """One level of a network.

    Parameters
    ----------
    number : int
        Which level, from 0 below; it keys the random numbers.
    level : Level
        The level's settings.
    wiring : mapping of str to Sources
        The sources of each kind of input, "U", "H" and "D".
    choice : Choice
        The network's settings.
    fading : Fading, optional
        How weights fade.

    Attributes
    ----------
    afferents : dict of str to Afferents
        The weights of each kind of input.
    """

    def __init__(
        self, number: int, level: Level, wiring: Mapping[str, Sources], choice: Choice, fading: Fading | None = None
    ):
        self.level = level
        self.afferents = {kind: Afferents(sources, level.modules * level.cells, fading) for kind, sources in wiring.items()}
        self._number, self._choice = number, choice
        self._shape = level.macrocolumns, level.modules, level.cells

    def advance(
        self,
        said: Mapping[str, Codes],
        before: State,
        seen: Seen,
        *,
        first: bool = False,
        clock: int | None = None,
        asked: str | None = None,
    ) -> tuple[State, np.ndarray]:
        """Choose the codes of one frame, steps (1) to (11), and learn them if there is a clock.

        Parameters
        ----------
        said : mapping of str to Codes
            What the sources of each kind of input say.
        before : State
            The level after the frame before.
        seen : Seen
            What is known of the fields.
        first : bool, default False
            Whether it is the first frame of an episode.
        clock : int, optional
            Number of the frame since the network was empty, in learning; None in recognition.
        asked : str, optional
            The kinds of input that G is to be of, such as "UH"; None: those that chose the code.

        Returns
        -------
        tuple of State and ndarray
            The state after the frame, and the number of weights read for each cue.
        """
        x, active, operations = self._heard(said)
        there = {kind: (number > 0)[:, :, None, None] for kind, number in active.items()}
        acts = step.acts(active["U"], seen.known, self.level.active_range)  # (1)
        powers = {"U": self.level.first if first else self.level.U, "H": self.level.H, "D": self.level.D}
        V = self._evidence(x, there, powers, learns=clock is not None)
        G = step.familiarity(V)  # (6, 7)
        acts = np.where(seen.nothing, self._choice.floor <= G, acts)
        winner = self._winners(V, G, clock)
        loud = self._loudness(V) if clock is None else 1.0
        if asked:
            kinds = {kind: x[kind] for kind in asked if kind in x}
            G = step.familiarity(np.broadcast_to(step.evidence(kinds, there, powers), V.shape))
        after = self._kept(before, winner, acts, loud, G)
        if clock is not None:
            self._learn(said, after.codes, clock)
        return after, operations

    def _heard(self, said: Mapping[str, Codes]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], np.ndarray]:
        """Steps (2) and (3).

        Gives the input (cue, macrocolumn, module, cell) and the number of active inputs (cue,
        macrocolumn) of each kind, and the number of weights read (cue,).
        """
        x, active, operations = {}, {}, np.zeros(len(said["U"].winner))
        for kind, codes in said.items():
            total, active[kind] = self.afferents[kind].summed(codes)  # (2)
            operations += active[kind].sum(1) * total.shape[2]
            x[kind] = step.normalised(total, active[kind]).reshape(len(total), *self._shape)  # (3)
        return x, active, operations

    def _evidence(self, x: dict, there: dict, powers: dict[str, float], learns: bool) -> np.ndarray:
        if learns or self._choice.backoff is None:
            V = step.evidence(x, there, powers)  # (4)
        else:
            V = step.backed_off(x, there, powers, self._choice.backoff)
        return np.broadcast_to(V, (len(x["U"]), *self._shape))

    def _winners(self, V: np.ndarray, G: np.ndarray, clock: int | None) -> np.ndarray:
        """Steps (8) to (11): one winner a module, (cue, macrocolumn, module)."""
        choice = self._choice
        if clock is None:
            tie = counter.uniforms(choice.seed, Stream.TIE, self._number, 0, np.arange(V[0].size))
            return step.best(V, tie.reshape(self._shape))
        rho = step.chances(V, step.gain(G, choice.floor, BEND, choice.gain, self.level.cells))  # (8, 9, 10)
        module = np.arange(V[0, ..., 0].size).reshape(self._shape[:2])
        return step.drawn(rho, counter.uniforms(choice.seed, Stream.DRAW, clock, self._number, module))  # (11)

    def _loudness(self, V: np.ndarray) -> np.ndarray:
        enough, exponent, most = self._choice.hypotheses
        return step.loudness(step.hypotheses(V, enough), exponent, most)  # (5)

    def _kept(self, before: State, winner: np.ndarray, acts: np.ndarray, loud: np.ndarray | float, G: np.ndarray) -> State:
        """The state after a frame: a code that has not stood for its persistence stays."""
        stays = before.acts & (before.age < self.level.persistence)
        acts = stays | acts
        chosen = np.where(acts[..., None], winner, -1)
        codes = Codes(
            np.where(stays[..., None], before.codes.winner, chosen).astype(np.int32),
            np.where(stays, before.codes.strength, loud * acts).astype(np.float32),
        )
        mean = np.where(acts, G, 0).sum(1) / np.maximum(1, acts.sum(1))
        return State(codes, acts, np.where(stays, before.age + 1, 1), mean)

    def _learn(self, said: Mapping[str, Codes], codes: Codes, clock: int) -> None:
        for kind, sources in said.items():
            self.afferents[kind].learn(sources, codes, clock, self.level.persistence)
            if self._choice.saturation is not None:
                self.afferents[kind].freeze(self._choice.saturation, self._choice.freeze)
