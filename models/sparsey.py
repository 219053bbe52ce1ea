"""Sparsey, one macrocolumn: similar inputs get similar sparse codes, each stored in a single trial."""

from __future__ import annotations

from typing import Any, Literal, Self

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, keep_device, move_beside, namespace, to_host
from neuromem.kernels import bits, selection
from neuromem.memory import Cost, Recall
from neuromem.models._code_selection import class_scores


class Sparsey:
    """Sparse distributed codes by Rinkus's code selection algorithm; one macrocolumn of Q modules with K binary cells each.

    V_i = ( sum_j w_ij x_j / sum_j x_j )^power                  how well input x fits cell i                 (1)
    G = (1/Q) sum_q max_{i in q} V_i                            familiarity                                  (2)
    eta = 1 + max(0, (G - floor) / (1 - floor))^2 gain K                                                     (3)
    psi_i = 1 + (eta - 1) / (1 + 0.1 exp(-4 (V_i - 1)))^8       win chance is psi_i / sum_{module} psi       (4)
    store: one cell a module is drawn by (4), w_ij <- 1 where x_j = 1.   recall: argmax V, one cell a module.
    item back: y_j = sign( sum_{i in code} w_i,j+ - w_i,j- )                                                 (5)

    A familiar input (G near 1) makes the draw pick the cells that know it; a new one makes it random, so that the overlap
    of codes follows that of inputs. The work of store and recall depends on the sizes alone, not on what is stored.

    An item feeds the binary cells by lines. lines="both": unit j drives line j+ when it is +1, line j- when it is -1, and
    none when it is 0, unknown. All items then have equally many active lines, paper counts as much as ink, (1) is the
    fraction of the *known* units that agree, and (5) tells "off" from "never seen", which is what brings back an image
    with its half erased. lines="on": the lines j+ alone, for items that are sparse already; an erased unit then looks
    like one that is off, and (5) reads +1 where a `quorum` of the winners know j+. Unrelated dense items agree in
    half of their units, unrelated sparse ones in few: power=None is therefore 8 for "both" (0.5^8 = 0.004; published
    variants of the model raise V to 10) and 1 for "on".

    units: length N of an item.  modules, cells: Q, K.  power, floor, gain: of (1) and (3).
    activity: least and greatest number of active lines for each known unit at which the macrocolumn acts (pi-, pi+; always 1
    for lines="both"); an item beyond is refused by `store`, a cue beyond gives back zeros, not converged.
    rng: seed of the draws; item number n always meets the same numbers.
    Items on a CUDA device stay there: it learns and recalls on the device, and cues must lie there too.
    `store_operations`: weights read and weights set to store one item, mean over the last call.
    Raises InputError for items that are not +1/-1, and for sizes out of range.
    References: Rinkus 2010, Front. Neuroanat. 4:17; Rinkus 2014, Front. Comput. Neurosci. 8:160.

    >>> import neuromem as nm
    >>> items = nm.patterns.random(20, 256, rng=0)
    >>> memory = Sparsey(256).store(items)
    >>> recalled = memory.recall(nm.cues.erase(items, 0.5, rng=1))
    >>> float(nm.metrics.exact(recalled, items).mean())
    1.0
    """

    step_unit = "passes"
    _weights: Any  # packed (module * cell, word)
    _codes: list[np.ndarray]
    _stored: int

    def __init__(
        self,
        units: int,
        *,
        modules: int = 24,
        cells: int = 64,
        lines: Literal["both", "on"] = "both",
        power: float | None = None,
        quorum: float = 0.9,
        floor: float = 0.1,
        gain: float = 100.0,
        activity: tuple[float, float] = (0.0, 1.0),
        rng: int | np.random.Generator = 0,
    ):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.modules = checks.whole("modules", modules, way_out="give the number of winners, such as 24")
        self.cells = checks.whole("cells", cells, least=2, most=65536, way_out="give the cells of a module, such as 64")
        self.lines = checks.choice("lines", lines, ("both", "on"))
        quorum = checks.real("quorum", quorum, above=0, most=1, way_out="give a fraction of the winners such as 0.9")
        self._quorum = 0 if lines == "both" else max(1, round(quorum * self.modules))
        default = 8.0 if lines == "both" else 1.0
        power = default if power is None else checks.real("power", power, above=0)
        floor = checks.real("floor", floor, least=0, below=1, way_out="give a familiarity such as 0.1")
        self.gain = selection.Gain(power=power, floor=floor, gain=checks.real("gain", gain, least=0))
        least, most = self.activity = tuple(checks.array("activity", activity, (2,)).tolist())
        if not 0 <= least <= most <= 1:
            was, way_out = f"was ({least}, {most})", "give the least and greatest active fraction of the units"
            raise checks.refusal("activity", "be two rising fractions in [0, 1]", was, way_out)
        self._inputs = self.units * (2 if lines == "both" else 1)
        self._seed = checks.seed(rng)
        size = self.modules * self.cells * bits.words(self._inputs) * 8 / 1e9
        if size > 64:
            raise checks.refusal("units, modules and cells", "make weights of at most 64 GB", f"make {size:.0f} GB")
        self.clear()

    def store(self, keys: Any, values: Any = None) -> Self:
        """Learns items (item, unit) of +1/-1, one after the other, each in one trial; all or none of them."""
        checks.auto(self, values)
        lines = self._on_lines(keep_device(checks.spins("keys", keys, self.units)))
        active = to_host(lines.sum(1))
        if not (acts := self._acts(active, self.units)).all():
            was, (least, most) = f"an item has {active[~acts][0]}", (bound * self.units for bound in self.activity)
            must = f"activate {max(1, least):g} to {most:g} of {self._inputs} input lines"
            raise checks.refusal("keys", must, was, "widen `activity`, or encode the items to a set activity")
        packed = bits.pack(lines)
        if not self._stored:
            self._weights = move_beside(array_api_compat.array_namespace(packed), self._weights, packed)
        codes, _ = selection.learn(self._weights, packed, self.modules, self.gain, self._seed, self._stored)
        self._codes.append(to_host(codes).astype(np.uint16))
        self._stored += len(codes)
        self.store_operations = float(active.mean()) * self.modules * self.cells + self.modules * self._inputs
        return self

    def recall(self, cues: Any) -> Recall:
        """The items that the codes of the cues stand for, equation (5); a unit whose votes are even stays 0."""
        codes, _, active = self._recognised(cues)
        known = to_host(checks.cues(cues, self.units) != 0).sum(1)
        acts = self._acts(active, known)
        items = self.regenerate(codes)
        items[move_beside(array_api_compat.array_namespace(items), ~acts, items)] = 0
        operations = (active * self.cells + self._inputs) * self.modules
        self._operations = float(operations.mean())
        return Recall(items, np.ones(len(items), np.int64), acts, operations)

    @property
    def codes(self) -> np.ndarray:
        """The code each stored item was given, (item, module); a record for reading out, which recall does not use."""
        return np.concatenate(self._codes)

    def code(self, cues: Any) -> Any:
        """The winner of every module for every cue: int32 (cue, module)."""
        return self._recognised(cues)[0]

    def regenerate(self, codes: Any) -> Any:
        """The items (cue, unit) that codes (cue, module) stand for, equation (5)."""
        codes = keep_device(checks.array("codes", codes, ("cue", self.modules)))
        xp = namespace(stored=self._weights, codes=codes)
        least, most = float(xp.min(codes)), float(xp.max(codes))
        if least < 0 or most >= self.cells:
            raise checks.refusal("codes", f"hold winners from 0 to {self.cells - 1}", f"holds {least:g} to {most:g}")
        return selection.decode(self._weights, xp.astype(codes, xp.int32), self.units, self._quorum)

    def familiarity(self, cues: Any) -> Any:
        """G of every cue, equation (2): 1 for a stored item, near chance for a new one; shape (cue,)."""
        return self._recognised(cues)[1]

    def likelihood(self, cues: Any) -> np.ndarray:
        """Fraction of each stored item's code that is active in the code of each cue: (cue, item).

        One code is at once the best item and a graded likelihood of every item stored.
        """
        codes = to_host(self.code(cues))
        return np.stack([(codes == code).mean(1) for code in self.codes], axis=1)

    def classify(self, cues: Any, labels: Any, counted: bool = False) -> np.ndarray:
        """The class of each cue (cue,), read from its code by class units, given the labels (item,) of what is stored.

        The semantic reading of the same store: a class unit sums its weights from the code's winners; they are 1 where a
        cell was active with the class, or with `counted` the logarithm of how often it was.
        """
        codes = to_host(self.code(cues))
        return class_scores(self.codes.astype(np.int64), labels, codes, self.cells, counted).argmax(1)

    def clear(self) -> None:
        self._weights = np.zeros((self.modules * self.cells, bits.words(self._inputs)), np.uint64)
        self._codes, self._stored = [np.empty((0, self.modules), np.uint16)], 0
        self.store_operations = self._operations = float("nan")

    @property
    def cost(self) -> Cost:
        """One bit a weight; operations are weights read, for (1) on the active lines and for (5) on all."""
        return Cost(bits_of(self._weights), self.modules * self.cells * self._inputs, self._operations)

    def _on_lines(self, items: Any) -> Any:
        xp = array_api_compat.array_namespace(items)
        return xp.concat([items > 0, items < 0], axis=1) if self.lines == "both" else items > 0

    def _acts(self, active: np.ndarray, known: np.ndarray | int) -> np.ndarray:
        return (active >= np.maximum(1, self.activity[0] * known)) & (active <= self.activity[1] * known)

    def _recognised(self, cues: Any) -> tuple[Any, Any, np.ndarray]:
        """Codes (cue, module), familiarity (cue,) and number of active lines (cue,)."""
        lines = self._on_lines(keep_device(checks.cues(cues, self.units)))
        checks.stored(self, self._stored)
        namespace(stored=self._weights, cues=lines)
        found = selection.recognise(self._weights, bits.pack(lines), self.modules, self.gain, self._seed)
        return *found, to_host(lines.sum(1))
