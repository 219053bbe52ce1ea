"""A hierarchy of macrocolumns as a memory of images and of sequences of images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, Self

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, move_beside, require_host
from neuromem.kernels.afferents import WEIGHT
from neuromem.memory import Cost, Recall
from neuromem.models.sparsey.readout import class_scores, shared
from neuromem.models.sparsey_network.frames import Frames
from neuromem.models.sparsey_network.hierarchy import Hierarchy
from neuromem.models.sparsey_network.level import Fading, Level, checked, usual_levels
from neuromem.models.sparsey_network.macrocolumns import Choice, State
from neuromem.models.sparsey_network.wiring import wired
from neuromem.trace import Film, Traced


class SparseyNetwork(Traced):
    """Rinkus's hierarchy of macrocolumns, which learns images and sequences of them at first sight.

    Bottom-up (U), horizontal (H) and top-down (D) input choose the code of every macrocolumn. A
    frame goes up level by level, and in each macrocolumn

        act only on enough and not too much input                                               (1)
        u, h, d = sums of weights from the cells active below now, and beside and above
                  one frame before                                                              (2)
        U, H, D = u, h, d over the number of these cells                                        (3)
        V = U^lU H^lH D^lD                                                                      (4)
        z competing hypotheses, whose winners speak F(z) times as loud to others                (5)
        G = mean over modules of max V                                                       (6, 7)
        one winner a module: drawn with a gain eta(G) in learning, the best in recognition   (8-11)

    Learning sets every weight from an active cell to a winner, once. The steps are functions of
    `neuromem.models.sparsey.code_selection`.

    Items are images (item, unit), or sequences of them (item, time, unit), of +1/-1. Cues have the
    same form, and 0 means unknown. Horizontal and top-down input fill in a frame of zeros, so that
    a sequence with all but its first frames erased is recalled whole. A frame comes back as the
    winners of the lowest level know their fields; fields that overlap vote.

    Parameters
    ----------
    units : int
        Number of pixels of a frame.
    shape : tuple of int, optional
        Rows and columns of a frame. The default is a square if `units` is one, and one row if not.
    levels : sequence of Level, optional
        The levels from below. The default is a level of overlapping fields with one macrocolumn
        above it.
    lines : {"both", "on"}, default "both"
        Which values of a pixel have an input line, as in `Sparsey`.
    quorum : float, default 0.9
        Fraction of the winners that must know a pixel, with lines="on".
    repeats : int, default 1
        Number of frames for which an image is shown; it is read out after the last.
    hypotheses : tuple of float, default (0.9, 1, 4)
        For (5): the V that counts as a hypothesis, the exponent of F, and the most hypotheses at
        which winners speak. Published is a V of 0.5, at which a loaded level falls silent.
    backoff : tuple of float or None, default (0.9, 0.93, 0.96)
        The G at which one, two and three kinds of input are believed in recognition. With None, all
        kinds always count.
    fading : Fading, optional
        How weights fade; by default they stay for good.
    freeze : {"bundle", "cell"}, default "bundle"
        What freezes when it is saturated: all weights of a kind to a macrocolumn, or to a cell.
    saturation : float, optional
        Filled fraction of weights beyond which they freeze. By default they never do.
    floor : float, default 0.1
        Familiarity in (8) up to which the draw is random.
    gain : float, default 100
        The gain in (8).
    rng : int or numpy.random.Generator, default 0
        Seed of the draws; frame number n since the network was empty meets the same random numbers.

    Attributes
    ----------
    stored : int
        Number of items stored.
    codes : list of list of ndarray
        The codes of each item at each level, (time, macrocolumn, module), -1 at rest. Recall does
        not use this record.

    Raises
    ------
    InputError
        If frames have another length, items hold anything but +1 and -1, or the weights of the
        levels do not fit in memory.

    References
    ----------
    Rinkus, G. J. (2010). A cortical sparse distributed coding model linking mini- and
    macrocolumn-scale functionality. Frontiers in Neuroanatomy 4, 17.
    https://doi.org/10.3389/fnana.2010.00017

    Rinkus, G. J. (2014). Sparsey: event recognition via deep hierarchical sparse distributed codes.
    Frontiers in Computational Neuroscience 8, 160. https://doi.org/10.3389/fncom.2014.00160

    Examples
    --------
    >>> import neuromem as nm
    >>> frames = nm.patterns.random(6, 64, rng=0)[None]     # one sequence of six frames
    >>> memory = nm.SparseyNetwork(64).store(frames)
    >>> cue = frames.copy()
    >>> cue[:, 1:] = 0                                      # its first frame
    >>> bool((memory.recall(cue).items == frames).all())
    True
    """

    step_unit = "frames"
    codes: list[list[np.ndarray]]

    def __init__(
        self,
        units: int,
        *,
        shape: tuple[int, int] | None = None,
        levels: Sequence[Level] | None = None,
        lines: Literal["both", "on"] = "both",
        quorum: float = 0.9,
        repeats: int = 1,
        hypotheses: tuple[float, float, float] = (0.9, 1.0, 4.0),
        backoff: tuple[float, float, float] | None = (0.9, 0.93, 0.96),
        fading: Fading | None = None,
        freeze: Literal["bundle", "cell"] = "bundle",
        saturation: float | None = None,
        floor: float = 0.1,
        gain: float = 100.0,
        rng: int | np.random.Generator = 0,
    ):
        self.units = checks.whole("units", units, way_out="give the number of pixels of a frame, such as 256")
        side = math.isqrt(self.units)
        square = (side, side) if side * side == self.units else (1, self.units)
        self.shape = square if shape is None else checks.rectangle("shape", shape, self.units)
        self.lines = checks.choice("lines", lines, ("both", "on"))
        self.levels = usual_levels(self.shape, lines) if levels is None else checked(levels)
        self.quorum = checks.real("quorum", quorum, above=0, most=1, way_out="give a fraction of the winners such as 0.9")
        self.repeats = checks.whole("repeats", repeats)
        self.hypotheses = _three("hypotheses", hypotheses)
        self.backoff = None if backoff is None else _three("backoff", backoff)
        if not (fading is None or isinstance(fading, Fading)):
            raise checks.refusal("fading", "be a Fading or None", checks.shown(fading), "write Fading()")
        self.fading = fading
        self.freeze = checks.choice("freeze", freeze, ("bundle", "cell"))
        self.saturation = None if saturation is None else checks.fraction("saturation", saturation)
        self.floor = checks.real("floor", floor, least=0, below=1)
        self.gain = checks.real("gain", gain, least=0)
        self.seed = checks.seed(rng)
        self._wiring = wired(self.shape, lines == "both", self.levels, bytes_each=6 if fading else 1)
        self._frame = Frames(self.units, lines, self.quorum, self.levels[0].modules, self._wiring[0]["U"])
        self.clear()

    def store(self, keys: Any, values: Any = None) -> Self:
        """Learn images (item, unit) or sequences (item, time, unit) of +1/-1, frame by frame."""
        checks.auto(self, values)
        frames = self._frames("keys", keys)
        checks.spins("keys", frames.reshape(-1, self.units), self.units)
        for item in frames:
            levels = zip(*(states for _, states in self._hierarchy.show(item[None], learn=True)), strict=True)
            self.codes.append([self._record(n, states) for n, states in enumerate(levels)])
        return self

    def recall(self, cues: Any) -> Recall:
        """Give back the frames that the codes stand for: images or sequences, like the cues."""
        return self._filmed(cues, None)

    def _filmed(self, cues: Any, film: Film | None) -> Recall:
        frames = self._frames("cues", cues)
        checks.stored(self, self.stored)
        if film:
            film(np.sign(frames[:, 0]))
        items, acted, operations = [], np.ones(len(frames), bool), np.zeros(len(frames))
        weights = self._hierarchy.afferents["U1"].weights
        for counted, states in self._hierarchy.show(frames):
            winner = states[0].codes.winner
            items.append(self._frame.decoded(weights, winner))
            if film:
                film(items[-1])
            active = (winner >= 0).sum((1, 2))
            acted, operations = acted & (active > 0), operations + counted + active * weights.shape[1]
        self._operations = float(operations.mean())
        found = np.stack(items, 1)
        cues = checks.array("cues", cues, ("cue", *("time",) * (checks.axes(cues) - 2), self.units))
        found = found if cues.ndim == 3 else found[:, -1]
        found = move_beside(array_api_compat.array_namespace(cues), found, cues)
        return Recall(found, np.full(len(frames), frames.shape[1]), acted, operations)

    def clear(self) -> None:
        """Forget everything; the next frame is frame number 0 again, with its random numbers."""
        shared = ("hypotheses", "backoff", "floor", "gain", "freeze", "saturation", "seed")
        choice = Choice(**{name: getattr(self, name) for name in shared})
        self._hierarchy = Hierarchy(self.levels, self._wiring, self._frame, choice, self.fading)
        self.codes, self._operations = [], math.nan

    @property
    def stored(self) -> int:
        """Number of items stored."""
        return len(self.codes)

    @property
    def cost(self) -> Cost:
        """One byte a weight, and its age and stiffness if it fades; operations are weights read."""
        held = self._hierarchy.afferents.values()
        return Cost(sum(bits_of(*b.held) for b in held), sum(b.number for b in held), self._operations)

    @property
    def synapses(self) -> dict[str, np.ndarray]:
        """The weights, 0 to 127: {"U1": (macrocolumn, row, cell), ..} for each kind and level.

        Recall divides them by 127. Row (s Q + q) K + k belongs to cell k of module q of the source
        in slot s.
        """
        return {name: bundle.weights.copy() for name, bundle in self._hierarchy.afferents.items()}

    @synapses.setter
    def synapses(self, value: Any) -> None:
        for name, given in checks.synapses(value, self.synapses).items():
            new = require_host(given)
            whole = (new == np.rint(new)).all() and new.min() >= 0 and new.max() <= WEIGHT
            self._hierarchy.afferents[name].weights = new.astype(np.uint8 if whole else float)

    def code(self, cues: Any, level: int = -1) -> np.ndarray:
        """Return the winners of a level for each frame.

        Parameters
        ----------
        cues : array-like of shape (cue, unit) or (cue, time, unit)
        level : int, default -1
            Which level, from 0 below; -1 is the highest.

        Returns
        -------
        ndarray of int, shape (cue, time, macrocolumn, module)
            Winners, -1 at rest. Images have no time: their code is that after the last showing.
        """
        winner = np.stack([state.codes.winner for state in self._states(cues, level)], 1)
        return winner[:, -1] if np.ndim(cues) == 2 else winner

    def regenerate(self, codes: Any) -> np.ndarray:
        """Return the frames that codes of the lowest level stand for.

        Parameters
        ----------
        codes : array-like of int, shape (cue, macrocolumn, module)
            Winners, -1 at rest.

        Returns
        -------
        ndarray of int8, shape (cue, unit)
        """
        cells = self.levels[0].cells
        codes = require_host(checks.array("codes", codes, ("cue", self.levels[0].macrocolumns, self.levels[0].modules)))
        if not -1 <= codes.min() <= codes.max() < cells:
            was = f"holds {codes.min():g} to {codes.max():g}"
            raise checks.refusal("codes", f"hold winners from 0 to {cells - 1}, or -1 at rest", was)
        return self._frame.decoded(self._hierarchy.afferents["U1"].weights, codes.astype(np.int32))

    def familiarity(self, cues: Any, level: int = -1, inputs: str | None = None) -> np.ndarray:
        """Return G of every frame, mean over the macrocolumns of a level that act.

        Parameters
        ----------
        cues : array-like of shape (cue, unit) or (cue, time, unit)
        level : int, default -1
            Which level, from 0 below; -1 is the highest.
        inputs : str, optional
            The kinds of input that G is of. "UH" asks whether a frame was expected: known frames in
            an unknown order are familiar by U, to which back-off turns. The default is the input
            that chose the code.

        Returns
        -------
        ndarray of shape (cue, time)
        """
        if inputs is not None and not (isinstance(inputs, str) and inputs and set(inputs) <= set("UHD")):
            raise checks.refusal("inputs", "be letters of UHD", checks.shown(inputs), "give for example UH")
        return np.stack([state.G for state in self._states(cues, level, inputs)], 1)

    def likelihood(self, cues: Any, level: int = -1) -> np.ndarray:
        """Return how much of each stored item is active at each frame.

        Parameters
        ----------
        cues : array-like of shape (cue, unit) or (cue, time, unit)
        level : int, default -1
            Which level, from 0 below; -1 is the highest.

        Returns
        -------
        ndarray of shape (cue, time, item)
            The greatest fraction of the code of any frame of the item that is active.
        """
        out = []
        for state in self._states(cues, level):
            code = state.codes.winner[:, None]  # (cue, 1, macrocolumn, module)
            out.append(np.stack([shared(code, kept[level][None]).max(1) for kept in self.codes], 1))
        return np.stack(out, 1)

    def classify(self, cues: Any, labels: Any, level: int = -1, counted: bool = False) -> np.ndarray:
        """Return the class of each cue, read from a level's code after the last frame.

        Parameters
        ----------
        cues : array-like of shape (cue, unit) or (cue, time, unit)
        labels : array-like of int, shape (item,)
            Classes of the stored items, whole numbers from 0 on.
        level : int, default -1
            Which level, from 0 below; -1 is the highest.
        counted : bool, default False
            How class units weigh the winners, as in `Sparsey.classify`.

        Returns
        -------
        ndarray of int, shape (cue,)
        """
        winner = self._states(cues, level)[-1].codes.winner
        stored = np.stack([kept[level][-1].ravel() for kept in self.codes]).astype(np.int64)
        return class_scores(stored, labels, winner.reshape(len(winner), -1), self.levels[level].cells, counted).argmax(1)

    def _record(self, level: int, states: Sequence[State]) -> np.ndarray:
        kind = np.min_scalar_type(-self.levels[level].cells)
        return np.stack([state.codes.winner[0] for state in states]).astype(kind)

    def _frames(self, name: str, value: Any) -> np.ndarray:
        item = "item" if name == "keys" else "cue"
        one = checks.axes(value) < 3
        value = require_host(checks.array(name, value, (item, self.units) if one else (item, "time", self.units)))
        return np.repeat(value[:, None], self.repeats, 1) if one else value

    def _states(self, cues: Any, level: int, inputs: str | None = None) -> list[State]:
        """The state of a level after every frame of the cues."""
        checks.whole("level", level, least=-len(self.levels), most=len(self.levels) - 1)
        frames = self._frames("cues", cues)
        checks.stored(self, self.stored)
        return [states[level] for _, states in self._hierarchy.show(frames, asked=inputs)]


def _three(name: str, value: Any) -> tuple[float, float, float]:
    """Three real numbers; infinity is one."""
    three = isinstance(value, Sequence) and len(value) == 3
    if not three or not all(isinstance(x, int | float) and not isinstance(x, bool) and x == x for x in value):
        raise checks.refusal(name, "be three numbers", checks.shown(value))
    return float(value[0]), float(value[1]), float(value[2])
