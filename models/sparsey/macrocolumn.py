"""One macrocolumn of Sparsey as a memory of single items."""

from __future__ import annotations

import math
from typing import Any, Literal, Self

import array_api_compat
import numpy as np

import neuromem.models.sparsey.code_selection as step
from neuromem import checks
from neuromem.arrays import bits_of, keep_device, move_beside, namespace, to_host
from neuromem.kernels import bits, selection
from neuromem.memory import Cost, Recall
from neuromem.models.sparsey.readout import class_scores
from neuromem.trace import Traced


class Sparsey(Traced):
    """Sparse distributed codes by Rinkus's code selection algorithm.

    A macrocolumn has Q modules of K binary cells; a code is one winner in each module.

        V_i = ( sum_j w_ij x_j / sum_j x_j )^power          how well input x fits cell i        (1)
        G = (1/Q) sum_q max_{i in q} V_i                    familiarity of the input            (2)
        eta = 1 + max(0, (G - floor) / (1 - floor))^2 gain K                                    (3)
        psi_i = 1 + (eta - 1) / (1 + 0.1 exp(-4 (V_i - 1)))^8                                   (4)
        store:  draw one cell i in each module with chance psi_i / sum_{module} psi,
                then w_ij <- 1 wherever x_j = 1
        recall: take the cell with the greatest V in each module
        y_j = sign( sum_{i in code} w_i,j+ - w_i,j- )       the item that a code stands for     (5)

    For a familiar input (G near 1) the draw picks the cells that know it; for a new input it is
    random. The overlap of two codes therefore follows that of their inputs. The work of `store` and
    `recall` depends on the sizes alone, and not on how much is stored.

    An item reaches the cells over lines. With lines="both", unit j has a line j+, active when it is
    +1, and a line j-, active when it is -1; neither is active when it is 0, unknown. All items then
    have equally many active lines, (1) is the fraction of the known units that agree, and (5) can
    tell "off" from "never seen", so that an image comes back with half of it erased. With
    lines="on" there are the lines j+ alone, for items that are sparse already: an erased unit then
    looks like one that is off, and (5) gives +1 where a `quorum` of the winners know j+.

    Items on a CUDA device stay there: the memory learns and recalls on it, and cues must lie there.

    Parameters
    ----------
    units : int
        Length N of an item.
    modules : int, default 24
        Number of modules Q, which is the number of winners of a code.
    cells : int, default 64
        Number of cells K of a module.
    lines : {"both", "on"}, default "both"
        Which values of a unit have an input line.
    power : float, optional
        Exponent of (1). The default is 8 for lines="both", since unrelated dense items agree in
        half of their units (0.5^8 = 0.004), and 1 for lines="on".
    quorum : float, default 0.9
        Fraction of the winners that must know a unit for (5) with lines="on".
    floor : float, default 0.1
        Familiarity in (3) up to which the draw is random.
    gain : float, default 100
        The gain in (3).
    active_range : tuple of float, default (0, 1)
        Least and greatest number of active lines for each known unit at which the macrocolumn acts,
        pi- and pi+. It is always 1 with lines="both". `store` refuses an item beyond these bounds;
        a cue beyond them gives back zeros and does not converge.
    rng : int or numpy.random.Generator, default 0
        Seed of the draws; item number n always meets the same random numbers.

    Attributes
    ----------
    stored : int
        Number of items stored.
    codes : ndarray of uint16, shape (item, module)
        The code that each item was given. Recall does not use this record.
    store_operations : float
        Weights read and weights set to store one item, mean over the last call of `store`.

    Raises
    ------
    InputError
        If items hold anything but +1 and -1, or a setting is out of its range.

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
    >>> items = nm.patterns.random(20, 256, rng=0)
    >>> memory = nm.Sparsey(256).store(items)
    >>> recalled = memory.recall(nm.cues.erase(items, 0.5, rng=1))
    >>> float(nm.metrics.exact(recalled, items).mean())
    1.0
    """

    step_unit = "passes"
    reads_signs = True
    stored: int
    store_operations: float
    _weights: Any  # packed (module * cell, word)
    _codes: list[np.ndarray]

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
        active_range: tuple[float, float] = (0.0, 1.0),
        rng: int | np.random.Generator = 0,
    ):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.modules = checks.whole("modules", modules, way_out="give the number of winners, such as 24")
        self.cells = checks.whole("cells", cells, least=2, most=65536, way_out="give the cells of a module, such as 64")
        self.lines = checks.choice("lines", lines, ("both", "on"))
        self.quorum = checks.real("quorum", quorum, above=0, most=1, way_out="give a fraction of the winners such as 0.9")
        usual = 8.0 if lines == "both" else 1.0
        self.power = usual if power is None else checks.real("power", power, above=0)
        self.floor = checks.real("floor", floor, least=0, below=1, way_out="give a familiarity such as 0.1")
        self.gain = checks.real("gain", gain, least=0)
        self.active_range = checks.interval("active_range", active_range)
        self.seed = checks.seed(rng)
        self._inputs = self.units * (2 if lines == "both" else 1)
        size = 8 * self.modules * self.cells * (bits.words(self._inputs) + 4)  # weights, and what a recall sums
        checks.fits("units, modules and cells", size, "use fewer modules or cells")
        self.clear()

    def store(self, keys: Any, values: Any = None) -> Self:
        """Learn items (item, unit) of +1/-1 one after the other, each in one trial.

        If one of them can't be learnt, none is.
        """
        checks.auto(self, values)
        lines = self._on_lines(keep_device(checks.spins("keys", keys, self.units)))
        active = to_host(lines.sum(1))
        if not (acts := step.acts(active, self.units, self.active_range)).all():
            least, most = (bound * self.units for bound in self.active_range)
            must = f"activate {max(1, least):g} to {most:g} of {self._inputs} input lines"
            way_out = "widen active_range, or encode the items to a set activity"
            raise checks.refusal("keys", must, f"an item has {active[~acts][0]}", way_out)
        packed = bits.pack(lines)
        if not self.stored:
            self._weights = move_beside(array_api_compat.array_namespace(packed), self._weights, packed)
        codes, _ = selection.learn(self._weights, packed, self.modules, self._gain, self.seed, self.stored)
        self._codes.append(to_host(codes).astype(np.uint16))
        self.stored += len(codes)
        self.store_operations = float(active.mean()) * self.modules * self.cells + self.modules * self._inputs
        return self

    def recall(self, cues: Any) -> Recall:
        """Give back the items that the codes stand for; a unit with even votes stays 0."""
        cues = checks.cues(cues, self.units)
        codes, _, active = self._recognised(cues)
        known = to_host(cues != 0).sum(1)
        acts = step.acts(active, known, self.active_range)
        items = self.regenerate(codes)
        items[move_beside(array_api_compat.array_namespace(items), ~acts, items)] = 0
        operations = (active * self.cells + self._inputs) * self.modules
        self._operations = float(operations.mean())
        items = move_beside(array_api_compat.array_namespace(cues), items, cues)
        return Recall(items, np.ones(len(items), np.int64), acts, operations)

    def clear(self) -> None:
        """Forget everything; the next item is item number 0 again, with its random numbers."""
        self._weights = np.zeros((self.modules * self.cells, bits.words(self._inputs)), np.uint64)
        self._codes, self.stored = [np.empty((0, self.modules), np.uint16)], 0
        self.store_operations = self._operations = float("nan")

    @property
    def cost(self) -> Cost:
        """One bit a weight; operations are weights read, on active lines for (1), all for (5)."""
        return Cost(bits_of(self._weights), self.modules * self.cells * self._inputs, self._operations)

    @property
    def synapses(self) -> dict[str, np.ndarray]:
        """The weights, 0 or 1: {"weights": (module, cell, line)}, with lines j+ before lines j-."""
        weights = bits.unpack(to_host(self._weights), self._inputs).astype(np.uint8)
        return {"weights": weights.reshape(self.modules, self.cells, self._inputs)}

    @synapses.setter
    def synapses(self, value: Any) -> None:
        weights = to_host(checks.synapses(value, self.synapses)["weights"])
        if not np.isin(weights, (0, 1)).all():
            way_out = "these weights are binary"
            raise checks.refusal("synapses['weights']", "hold only 0 and 1", "holds other values", way_out)
        packed = bits.pack(weights.reshape(-1, self._inputs) > 0)
        self._weights = move_beside(array_api_compat.array_namespace(self._weights), packed, self._weights)

    @property
    def codes(self) -> np.ndarray:
        """The code that each item was given, uint16 (item, module); recall does not use it."""
        return np.concatenate(self._codes)

    def code(self, cues: Any) -> Any:
        """Return the code of each cue.

        Parameters
        ----------
        cues : array-like of shape (cue, unit)

        Returns
        -------
        array of int32, shape (cue, module)
            The winner of each module.
        """
        return self._recognised(cues)[0]

    def regenerate(self, codes: Any) -> Any:
        """Return the items that codes stand for, equation (5).

        Parameters
        ----------
        codes : array-like of int, shape (cue, module)
            Winners, from 0 to cells - 1.

        Returns
        -------
        array of int8, shape (cue, unit)
        """
        codes = keep_device(checks.array("codes", codes, ("cue", self.modules)))
        xp = namespace(stored=self._weights, codes=codes)
        least, most = float(xp.min(codes)), float(xp.max(codes))
        if least < 0 or most >= self.cells:
            raise checks.refusal("codes", f"hold winners from 0 to {self.cells - 1}", f"holds {least:g} to {most:g}")
        quorum = 0 if self.lines == "both" else max(1, math.ceil(self.quorum * self.modules - step.SLACK))
        return selection.decode(self._weights, xp.astype(codes, xp.int32), self.units, quorum)

    def familiarity(self, cues: Any) -> Any:
        """Return G of each cue, equation (2): 1 for a stored item, near chance for a new one.

        Parameters
        ----------
        cues : array-like of shape (cue, unit)

        Returns
        -------
        array of shape (cue,)
        """
        return self._recognised(cues)[1]

    def likelihood(self, cues: Any) -> np.ndarray:
        """Return the fraction of each stored item's code that is active in the code of each cue.

        One code is at once the best item and a graded likelihood of every item stored.

        Parameters
        ----------
        cues : array-like of shape (cue, unit)

        Returns
        -------
        ndarray of shape (cue, item)
        """
        codes = to_host(self.code(cues))
        return np.stack([(codes == code).mean(1) for code in self.codes], axis=1)

    def classify(self, cues: Any, labels: Any, counted: bool = False) -> np.ndarray:
        """Return the class of each cue, read from its code by class units.

        This is the semantic reading of the same store. A class unit sums its weights from the
        winners of a code.

        Parameters
        ----------
        cues : array-like of shape (cue, unit)
        labels : array-like of int, shape (item,)
            Classes of the stored items, whole numbers from 0 on.
        counted : bool, default False
            If False, a weight is 1 where a cell was active with the class; if True, it is the
            logarithm of how often it was.

        Returns
        -------
        ndarray of int, shape (cue,)
        """
        codes = to_host(self.code(cues))
        return class_scores(self.codes.astype(np.int64), labels, codes, self.cells, counted).argmax(1)

    @property
    def _gain(self) -> selection.Gain:
        return selection.Gain(power=self.power, floor=self.floor, gain=self.gain)

    def _on_lines(self, items: Any) -> Any:
        xp = array_api_compat.array_namespace(items)
        return xp.concat([items > 0, items < 0], axis=1) if self.lines == "both" else items > 0

    def _recognised(self, cues: Any) -> tuple[Any, Any, np.ndarray]:
        """Return codes (cue, module), familiarity (cue,) and number of active lines (cue,)."""
        lines = self._on_lines(keep_device(checks.cues(cues, self.units)))
        checks.stored(self, self.stored)
        namespace(stored=self._weights, cues=lines)
        found = selection.recognise(self._weights, bits.pack(lines), self.modules, self._gain, self.seed)
        return *found, to_host(lines.sum(1))
