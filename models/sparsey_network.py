"""SparseyNetwork: levels of macrocolumns with local receptive fields, which learn images and sequences of them at sight."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, require_host
from neuromem.kernels import afferents, counter
from neuromem.memory import Cost, Recall
from neuromem.models import _code_selection as step

WEIGHT = 127  # a weight just set; Rinkus keeps one byte a weight


class Level(NamedTuple):
    """One level of macrocolumns.

    grid: (rows, columns) of macrocolumns, spread evenly over the level below.  modules, cells: Q, K of each.
    field: side of the receptive field, in pixels or macrocolumns of the level below.  reach: how many macrocolumns away, in
    rows and columns, horizontal input comes from.  persistence: frames for which a code stays.  activity: pi-, pi+, the
    active fractions of the known pixels, or of the cells below, at which a macrocolumn acts.  first: exponent of U in the
    first frame of an episode; U, H, D: exponents later.
    """

    grid: tuple[int, int] = (1, 1)
    modules: int = 16
    cells: int = 32
    field: int = 4
    reach: int = 1
    persistence: int = 1
    activity: tuple[float, float] = (0.0, 1.0)
    first: float = 1.0
    U: float = 1.0
    H: float = 1.0
    D: float = 1.0


class Decay(NamedTuple):
    """Weights fade with age, counted in frames: `weights[n]` until `ages[stiffness][n]`, then 0.

    A weight set again between the persistence of its level and the first age gains one in stiffness; at 2 it stays for good.
    The numbers are those of published Sparsey code.
    """

    ages: tuple[tuple[int, ...], tuple[int, ...]] = ((2000, 3000, 4000), (4000, 6000, 8000))
    weights: tuple[int, ...] = (WEIGHT, 120, 50)


@dataclass
class _Bundle:
    """The afferents of one kind (U, H or D) of one level."""

    source: np.ndarray  # (macrocolumn, slot), -1 where there is none
    modules: int  # of a source
    cells: int  # of a source's module
    size: int  # cells of a target
    own: bool  # sources are the targets themselves
    decay: Decay | None
    weights: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        rows = self.modules * self.cells
        self.weights = afferents.zeros(self.source, rows, self.size)
        aging = self.source if self.decay else self.source[:0]
        self.since = afferents.zeros(aging, rows, self.size, np.int32)
        self.stiffness = afferents.zeros(aging, rows, self.size)
        self.frozen = np.zeros((len(self.source), self.size), bool)

    @property
    def synapses(self) -> int:
        """Weights from sources that exist; none from a module to itself."""
        itself = len(self.source) * self.modules * self.cells**2 if self.own else 0
        return int((self.source >= 0).sum()) * self.modules * self.cells * self.size - itself

    def summed(self, code: np.ndarray, strength: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(2) Sums u (cue, macrocolumn, cell) in units of a full weight, and the number of active inputs."""
        total, active = afferents.summed(self.weights, self.source, self.own, code, strength, self.cells)
        return total / WEIGHT, active

    def learn(self, code, strength, winner, acts, now: int, persistence: int) -> None:
        """Active source cells to winners; the first age of the decay is where a recurrence comes too late to count."""
        again = (persistence, self.decay.ages[0][0] if self.decay else 0)
        state = self.weights, self.source, self.own, code, strength, self.cells, winner, acts, self.frozen
        afferents.strengthen(*state, WEIGHT, self.since, self.stiffness, now, again)

    def fade(self, now: int) -> None:
        """The weight of each age and stiffness; cells that are frozen keep theirs."""
        if self.decay:
            faded = [np.searchsorted(ages, now - self.since, side="right") for ages in self.decay.ages]
            table = np.array([*self.decay.weights, 0], np.uint8)
            stays = (self.weights == 0) | (self.stiffness == 2) | self.frozen[:, None, :]
            self.weights = np.where(stays, self.weights, table[np.where(self.stiffness == 1, faded[1], faded[0])])

    def freeze(self, saturation: float, whole: bool) -> None:
        """A cell, or a whole bundle to a macrocolumn, filled beyond `saturation` neither learns nor fades any more."""
        fill = (self.weights > 0).mean(1)  # (macrocolumn, cell)
        self.frozen |= fill.mean(1, keepdims=True) > saturation if whole else fill > saturation


class SparseyNetwork:
    """Rinkus's hierarchy of macrocolumns: bottom-up (U), horizontal (H) and top-down (D) input choose each one's code.

    A frame goes up level by level; in every macrocolumn (the steps are functions of `models/_code_selection.py`):
    act only on enough and not too much input (1); u, h, d = sums of weights from the cells active below now, beside and
    above one frame before (2), normalised by their number (3); V = U^lU H^lH D^lD (4); z competing hypotheses, whose winners
    speak F(z) times as loud to other macrocolumns (5); G = mean of max V (6, 7); one winner a module, in learning drawn with
    a gain eta(G) (8-11), in recognition the best. Learning sets every weight from an active cell to a winner, once.

    Items are images (item, unit), or sequences of them (item, time, unit), of +1/-1. A cue has the same form with 0 =
    unknown; horizontal and top-down input fill in a frame of zeros: a sequence with all but its first frames erased is
    recalled whole. An image is shown for `repeats` frames and read out after the last. A frame comes back as the winners of
    level 1 know their fields; fields that overlap vote. `lines`, `quorum` as in `Sparsey`.

    units: pixels of a frame.  shape: (rows, columns) of a frame; None: a square if units is one, else one row.
    levels: from below; None: overlapping fields and one macrocolumn above them.  hypotheses: (V that counts as one,
    exponent, most) of (5); published: V of 0.5, at which a loaded level falls silent.  backoff: the G at which one, two,
    three kinds of input are believed in recognition; None: always all.  decay: None keeps weights for good.  saturation:
    filled fraction of its weights beyond which a "bundle" (all of one kind to a macrocolumn) or a "cell" freezes; None:
    never.  floor, gain: of (8).
    The record `codes` holds the code of each stored frame at every level; recall does not use it.
    Raises InputError for frames of another length, items that are not +1/-1 and levels whose weights do not fit in memory.
    References: Rinkus 2010, Front. Neuroanat. 4:17; Rinkus 2014, Front. Comput. Neurosci. 8:160.

    >>> import neuromem as nm
    >>> frames = nm.patterns.random(6, 64, rng=0)[None]     # one sequence of six frames
    >>> memory = SparseyNetwork(64).store(frames)
    >>> cue = frames.copy()
    >>> cue[:, 1:] = 0                                      # its first frame
    >>> bool((memory.recall(cue).items == frames).all())
    True
    """

    step_unit = "frames"

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
        decay: Decay | None = None,
        freeze: Literal["bundle", "cell"] = "bundle",
        saturation: float | None = None,
        floor: float = 0.1,
        gain: float = 100.0,
        rng: int | np.random.Generator = 0,
    ):
        self.units = checks.whole("units", units, way_out="give the number of pixels of a frame, such as 256")
        side = math.isqrt(self.units)
        self.shape = shape or ((side, side) if side * side == self.units else (1, self.units))
        if math.prod(self.shape) != self.units:
            raise checks.refusal("shape", f"multiply to {self.units} units", f"was {self.shape}")
        self.lines = checks.choice("lines", lines, ("both", "on"))
        self.levels = _checked(levels) if levels else _default(self.shape, lines)
        self.quorum = checks.real("quorum", quorum, above=0, most=1, way_out="give a fraction of the winners such as 0.9")
        self.repeats = checks.whole("repeats", repeats)
        self.hypotheses = _three("hypotheses", hypotheses)
        self.backoff = None if backoff is None else _three("backoff", backoff)
        self.decay = decay
        self.freeze = checks.choice("freeze", freeze, ("bundle", "cell"))
        self.saturation = None if saturation is None else checks.fraction("saturation", saturation)
        self.floor = checks.real("floor", floor, least=0, below=1)
        self.gain = checks.real("gain", gain, least=0)
        self._seed = checks.seed(rng)
        self._wire()
        self.clear()

    def store(self, keys: Any, values: Any = None) -> Self:
        """Learns images (item, unit) or sequences (item, time, unit) of +1/-1, frame by frame, each at first sight."""
        checks.auto(self, values)
        frames = self._frames("keys", keys)
        checks.spins("keys", frames.reshape(-1, self.units), self.units)
        for item in frames:
            codes = [state.code[0] for _, states in self._run(item[None], learn=True) for state in states]
            kept = [np.stack(codes[level :: len(self.levels)]).astype(np.int16) for level in range(len(self.levels))]
            self.codes.append(kept)
        return self

    def recall(self, cues: Any) -> Recall:
        """The frames that the codes of the cues' frames stand for; images come back as images, sequences as sequences."""
        frames = self._frames("cues", cues)
        checks.stored(self, len(self.codes))
        items, operations = [], np.zeros(len(frames))
        for counted, states in self._run(frames):
            items.append(self._decoded(states[0].code))
            operations += counted + (states[0].code >= 0).sum((1, 2)) * self._bundles[0]["U"].weights.shape[1]
        self._operations = float(operations.mean())
        found = np.stack(items, 1)
        steps, acted = np.full(len(frames), frames.shape[1]), np.all(found.any(-1), axis=-1)
        return Recall(found[:, -1] if np.ndim(cues) == 2 else found, steps, acted, operations)

    def code(self, cues: Any, level: int = -1) -> np.ndarray:
        """Winners of every macrocolumn of a level, -1 at rest: (cue, time, macrocolumn, module).

        Images have no time: (cue, macrocolumn, module), after their last showing.
        """
        frames = np.stack([state.code for state in self._states(cues, level)], 1)
        return frames[:, -1] if np.ndim(cues) == 2 else frames

    def regenerate(self, codes: Any) -> np.ndarray:
        """The frames (cue, unit) that codes of level 1 (cue, macrocolumn, module) stand for."""
        cells = self.levels[0].cells
        codes = require_host(checks.array("codes", codes, ("cue", len(self._pixels), self.levels[0].modules)))
        if codes.min() < -1 or codes.max() >= cells:
            was = f"holds {codes.min():g} to {codes.max():g}"
            raise checks.refusal("codes", f"hold winners from 0 to {cells - 1}, or -1 at rest", was)
        return self._decoded(codes.astype(np.int32))

    def familiarity(self, cues: Any, level: int = -1, inputs: str | None = None) -> np.ndarray:
        """G of every frame, mean over the macrocolumns of a level that act: (cue, time).

        None: by the input that chose the code. inputs="UH": by U and H alone, which asks whether a frame was *expected*:
        known frames in an unknown order are familiar by U, to which back-off turns.
        """
        if inputs is not None and not set(inputs) <= set("UHD"):
            raise checks.refusal("inputs", "be letters of UHD", f"was {inputs!r}", "give for example UH")
        return np.stack([state.G for state in self._states(cues, level, inputs)], 1)

    def likelihood(self, cues: Any, level: int = -1) -> np.ndarray:
        """Greatest fraction of the code of any frame of each stored item that is active at each frame: (cue, time, item)."""
        out = []
        for state in self._states(cues, level):
            code = state.code[:, None]  # (cue, 1, macrocolumn, module)
            out.append(np.stack([step.shared(code, kept[level][None]).max(1) for kept in self.codes], 1))
        return np.stack(out, 1)

    def classify(self, cues: Any, labels: Any, level: int = -1, counted: bool = False) -> np.ndarray:
        """The class of each cue (cue,) by class units that hear a level's code after the last frame, as in `Sparsey`."""
        code = self._states(cues, level)[-1].code
        stored = np.stack([kept[level][-1].ravel() for kept in self.codes]).astype(np.int64)
        cells = self.levels[level].cells
        return step.class_scores(stored, labels, code.reshape(len(code), -1), cells, counted).argmax(1)

    def clear(self) -> None:
        self._bundles = [{kind: _Bundle(*wiring, self.decay) for kind, wiring in level.items()} for level in self._wiring]
        self.codes: list[list[np.ndarray]] = []
        self._clock, self._operations = 0, float("nan")

    @property
    def cost(self) -> Cost:
        """One byte a weight, and what its age and permanence take where weights fade; operations are weights read."""
        held = [bundle for level in self._bundles for bundle in level.values()]
        bits = bits_of(*(array for b in held for array in (b.weights, b.since, b.stiffness)))
        return Cost(bits, sum(b.synapses for b in held), self._operations)

    def _frames(self, name: str, value: Any) -> np.ndarray:
        item = "item" if name == "keys" else "cue"
        try:
            one = np.ndim(value) < 3
        except ValueError:  # rows that differ in length
            one = False
        value = require_host(checks.array(name, value, (item, self.units) if one else (item, "time", self.units)))
        return np.repeat(value[:, None], self.repeats, 1) if one else value

    def _states(self, cues: Any, level: int, inputs: str | None = None) -> list[_State]:
        """The state of a level after every frame of the cues."""
        checks.whole("level", level, least=-len(self.levels), most=len(self.levels) - 1)
        frames = self._frames("cues", cues)
        checks.stored(self, len(self.codes))
        return [states[level] for _, states in self._run(frames, inputs=inputs)]

    def _wire(self) -> None:
        """Who feeds whom: for each level and kind the arguments of its bundle, and which lines lie in a field."""
        fields, below = [], self.shape
        for level in self.levels:
            fields.append(_fields(below, level.grid, level.field))
            below = level.grid
        self._pixels = fields[0]  # (macrocolumn, pixel)
        lines = np.hstack([fields[0], fields[0] + self.units]) if self.lines == "both" else fields[0]
        self._wiring: list[dict[str, tuple[np.ndarray, int, int, int, bool]]] = []
        for n, level in enumerate(self.levels):
            size = level.modules * level.cells
            under = self.levels[n - 1]
            U = (lines, 1, 1, size, False) if n == 0 else (fields[n], under.modules, under.cells, size, False)
            wiring = {"U": U, "H": (_neighbours(level.grid, level.reach), level.modules, level.cells, size, True)}
            if n + 1 < len(self.levels):
                over = self.levels[n + 1]
                wiring["D"] = (_parents(fields[n + 1], math.prod(level.grid)), over.modules, over.cells, size, False)
            self._wiring.append(wiring)
        rows = [(w[0].size * w[1] * w[2] * w[3]) for level in self._wiring for w in level.values()]
        if (gigabytes := sum(rows) * (6 if self.decay else 1) / 1e9) > 32:
            raise checks.refusal("levels", "make weights of at most 32 GB", f"make {gigabytes:.0f} GB", "give fewer cells")

    def _run(self, frames: np.ndarray, learn: bool = False, inputs: str | None = None):
        """Shows frames (cue, time, unit); yields after each the operations (cue,) and the state of every level."""
        states = [_State.resting(len(frames), level) for level in self.levels]
        for t in range(frames.shape[1]):
            x = frames[:, t]
            on = np.hstack([x > 0, x < 0]) if self.lines == "both" else x > 0
            code, strength = np.zeros((*on.shape, 1), np.int32), on.astype(np.float32)
            known = (x != 0)[:, self._pixels].sum(-1)  # (cue, macrocolumn)
            open_ = known == 0
            operations, before = np.zeros(len(x)), states
            states = []
            for n in range(len(self.levels)):
                sources = {"U": (code, strength), "H": (before[n].code, before[n].strength)}
                if "D" in self._bundles[n]:
                    sources["D"] = before[n + 1].code, before[n + 1].strength
                if n:
                    below, rests = self._wiring[n]["U"][0], strength == 0
                    open_, known = (open_ & rests)[:, below].all(-1), below.shape[1] * self.levels[n - 1].modules
                new, counted = self._select(n, sources, before[n], open_, known, t, learn, inputs)
                operations += counted
                states.append(new)
                code, strength = new.code, new.strength
            self._clock += learn
            yield operations, states

    def _select(self, n: int, sources, before: _State, open_, known, t: int, learn: bool, inputs: str | None):
        """Steps 1 to 11 for level n: its new state, and the weights read (cue,).

        open_: (cue, macrocolumn), where nothing is known of the field.  known: how many inputs are.
        """
        level, bundles = self.levels[n], self._bundles[n]
        modules = (len(open_), len(self._wiring[n]["U"][0]), level.modules, level.cells)
        x, there, operations = {}, {}, np.zeros(len(open_))
        for kind, source in sources.items():
            total, active = bundles[kind].summed(*source)  # (2)
            operations += active.sum(1) * total.shape[2]
            x[kind] = step.normalised(total, active).reshape(modules)  # (3)
            there[kind] = (active > 0)[:, :, None, None]
            if kind == "U":
                acts = step.acts(active, known, level.activity)  # (1)
        powers = {"U": level.U if t else level.first, "H": level.H, "D": level.D}
        if learn or self.backoff is None:
            V = step.evidence(x, there, powers)  # (4)
        else:
            V = step.backed_off(x, there, powers, self.backoff)
        V = np.broadcast_to(V, modules)
        z = step.hypotheses(V, self.hypotheses[0])  # (5)
        G = step.familiarity(V)  # (6, 7)
        acts = np.where(open_, self.floor <= G, acts)
        number = np.arange(math.prod(modules[1:3])).reshape(modules[1:3])
        if learn:
            rho = step.chances(V, step.gain(G, self.floor, 2.0, self.gain, level.cells))  # (8, 9, 10)
            winner = step.drawn(rho, counter.reference(self._seed, self._clock, n, number))  # (11)
        else:
            tie = counter.reference(self._seed, 2**32 + n, 0, np.arange(math.prod(modules[1:])))
            winner = step.best(V, tie.reshape(modules[1:]))
        holds = before.acts & (before.age < level.persistence)
        acts = holds | acts
        code = np.where(holds[..., None], before.code, np.where(acts[..., None], winner, -1)).astype(np.int32)
        loud = np.where(learn, 1.0, step.loudness(z, *self.hypotheses[1:]))
        strength = np.where(holds, before.strength, loud * acts).astype(np.float32)
        if inputs:
            asked = {kind: x[kind] for kind in inputs if kind in x}
            G = step.familiarity(np.broadcast_to(step.evidence(asked, there, powers), modules))
        mean = np.where(acts, G, 0).sum(1) / np.maximum(1, acts.sum(1))
        if learn:
            for kind, source in sources.items():
                bundles[kind].learn(source[0][0], source[1][0], code[0], acts[0], self._clock, level.persistence)
                bundles[kind].fade(self._clock)
                if self.saturation is not None:
                    bundles[kind].freeze(self.saturation, self.freeze == "bundle")
        return _State(code, strength, acts, np.where(holds, before.age + 1, 1), mean), operations

    def _decoded(self, code: np.ndarray) -> np.ndarray:
        """Frames (cue, unit) from codes (cue, macrocolumn, module) of level 1; a field at rest is 0, or -1 by on-lines."""
        acts: np.ndarray = np.all(code >= 0, axis=-1)
        counts = afferents.heard(self._bundles[0]["U"].weights, code, acts)
        pixels = self._pixels.shape[1]
        heard = acts[:, :, None] * self.levels[0].modules
        known, other = (counts[..., :pixels], counts[..., pixels:]) if self.lines == "both" else (counts, heard)
        for_, against = np.zeros((2, self.units, len(code)), np.int32)
        for total, votes in ((for_, known), (against, other)):
            np.add.at(total, self._pixels.ravel(), np.broadcast_to(votes, known.shape).reshape(len(code), -1).T)
        if self.lines == "both":
            return np.sign(for_ - against).T.astype(np.int8)
        return np.where((for_ >= self.quorum * against) & (against > 0), 1, -1).T.astype(np.int8)


@dataclass
class _State:
    """A level after a frame: code (cue, macrocolumn, module), -1 at rest; the others (cue, macrocolumn), but G (cue,)."""

    code: np.ndarray
    strength: np.ndarray
    acts: np.ndarray
    age: np.ndarray
    G: np.ndarray

    @classmethod
    def resting(cls, cues: int, level: Level) -> _State:
        shape = cues, math.prod(level.grid)
        code = np.full((*shape, level.modules), -1, np.int32)
        return cls(code, np.zeros(shape, np.float32), np.zeros(shape, bool), np.zeros(shape, np.int64), np.zeros(cues))


def _checked(levels: Sequence[Level]) -> list[Level]:
    """The levels, each number of them in its range."""
    for n, level in enumerate(levels):
        if not isinstance(level, Level):
            raise checks.refusal(f"levels[{n}]", "be a Level", f"was {level!r}", "write Level(grid, modules=.., cells=..)")
        for name, least in {"modules": 1, "cells": 2, "field": 1, "persistence": 1, "reach": 0}.items():
            checks.whole(f"levels[{n}].{name}", getattr(level, name), least=least)
        for name in ("first", "U", "H", "D"):
            checks.real(f"levels[{n}].{name}", getattr(level, name), least=0)
        for name in ("grid", "activity"):
            pair = checks.array(f"levels[{n}].{name}", getattr(level, name), (2,))
            for part in pair.tolist():
                checks.whole(f"levels[{n}].grid", part) if name == "grid" else checks.fraction(f"levels[{n}].activity", part)
    return list(levels)


def _three(name: str, value: Any) -> tuple[float, float, float]:
    """Three real numbers; infinity is one."""
    if not isinstance(value, Sequence) or len(value) != 3 or not all(isinstance(x, int | float) and x == x for x in value):
        raise checks.refusal(name, "be three numbers", f"was {value!r}")
    return float(value[0]), float(value[1]), float(value[2])


def _default(shape: tuple[int, int], lines: str) -> list[Level]:
    """Level 1 with fields that overlap by half, at most 6 x 6 of them, and one macrocolumn above."""
    grid = tuple(min(6, max(1, side // 2 - 1)) for side in shape)
    size = max(2 * math.ceil(side / (n + 1)) for side, n in zip(shape, grid, strict=True))
    power = 8.0 if lines == "both" else 1.0  # as in Sparsey: unrelated dense items agree in half of their units
    return [
        Level((grid[0], grid[1]), field=size, modules=12, cells=32, first=power, U=power),
        Level((1, 1), field=max(grid), modules=24, cells=32),
    ]


def _fields(below: tuple[int, int], grid: tuple[int, int], size: int) -> np.ndarray:
    """(macrocolumn, source): squares of side `size` spread evenly over the rows and columns below."""
    starts, sides = [], []
    for length, number in zip(below, grid, strict=True):
        sides.append(min(size, length))
        starts.append(np.rint(np.linspace(0, length - sides[-1], number) if number > 1 else [(length - sides[-1]) / 2]))
    inside = np.add.outer(np.arange(sides[0]) * below[1], np.arange(sides[1])).ravel()
    corner = np.add.outer(starts[0] * below[1], starts[1]).ravel().astype(np.int64)
    return corner[:, None] + inside


def _neighbours(grid: tuple[int, int], reach: int) -> np.ndarray:
    """(macrocolumn, slot): the macrocolumns within `reach` rows and columns, itself too; -1 beyond the edge."""
    row, column = np.divmod(np.arange(math.prod(grid)), grid[1])
    shift = np.arange(-reach, reach + 1)
    r, c = row[:, None, None] + shift[:, None], column[:, None, None] + shift
    inside = (r >= 0) & (r < grid[0]) & (c >= 0) & (c < grid[1])
    slots = np.where(inside, r * grid[1] + c, -1).reshape(len(row), -1)
    return slots[:, (slots >= 0).any(0)]


def _parents(fields: np.ndarray, number: int) -> np.ndarray:
    """(macrocolumn, slot): the macrocolumns above that have it in their field; -1 fills up."""
    above = [np.flatnonzero((fields == m).any(1)) for m in range(number)]
    out = np.full((number, max(1, *(len(a) for a in above))), -1)
    for m, a in enumerate(above):
        out[m, : len(a)] = a
    return out
