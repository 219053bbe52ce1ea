"""The Hopfield network: pairwise weights between spins."""

from __future__ import annotations

import warnings
from typing import Any, Literal, Self

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, keep_device, move_beside, namespace, require_host, to_host
from neuromem.kernels import glauber
from neuromem.memory import Cost
from neuromem.models import _rules
from neuromem.models._examples import LearnsArchetypes
from neuromem.models._rules import Own, Rule

Updates = Literal["asynchronous", "synchronous"]
WAY_OUT = "use fewer units, or DenseHebbian(units, order=2), which keeps the items instead of the weights"


class Hopfield(LearnsArchetypes):
    """Hopfield network: spins s_i = +1/-1 in the fields of pairwise weights.

    The fields, the updates and the energy are

        h_i = sum_j W_ij s_j + b_i                                                             (1)
        s_i <- sign(h_i)                                                                       (2)
        P(s_i = +1) = 1 / (1 + exp(-2 h_i / T))                                                (3)
        E = -(1/2) sum_ij W_ij s_i s_j - sum_i b_i s_i                                         (4)

    At temperature T = 0 spins follow (2), one at a time in random order, until a sweep of N updates
    flips none; a spin whose field is 0 keeps its state. At T > 0 they follow (3) for `steps`
    sweeps. The rule "covariance" is for sparse items: it has units S_i = (1 + s_i) / 2 of 0/1,
    whose mean is the activity f, in the fields

        h_i = sum_j J_ij S_j - threshold                                                       (5)

    with S_i <- [h_i > 0] and P(S_i = 1) = 1 / (1 + exp(-h_i / T)). An unknown unit starts silent,
    and E = -(1/2) S J S + threshold sum S up to a constant. Hopfield's own network of 1982 is
    `Hopfield(units, rule="covariance", activity=0.5, threshold=0)`: its units are 0/1, so that it
    holds half as many items as one of spins.

    Fields that are sums of whole numbers (Hebb's rule) are exact. Others count as 0 where they are
    no larger than the rounding errors of their weights.

    Parameters
    ----------
    units : int
        Length N of an item.
    rule : str or callable, default "hebb"
        How weights are learnt from items; the functions in `models/_rules.py` hold the equations.
        "hebb", "storkey", "covariance" and "palimpsest", whose bounds let old items fade, add each
        item to the weights. "projection", "perceptron", "diederich_opper", "descent_l2",
        "descent_l1" and "descent_exponential" keep all items and learn anew when more come. The
        last five give weights that are not symmetric, under which the energy may rise and (3) does
        not sample exp(-E / T). So does a rule of your own if its weights are not symmetric: a
        function of all items (item, unit), as floats, that returns W, or the text "FILE.py:NAME" or
        "PACKAGE.MODULE:NAME" that says where it is.
    updates : {"asynchronous", "synchronous"}, default "asynchronous"
        Whether spins are updated one at a time or all at once. Synchronous updates may end in a
        cycle of two states.
    temperature : float, default 0
        Temperature T of the heat bath, in units of the field: the field is 1 at a lone item that
        Hebb's rule has stored.
    steps : int, default 100
        Number of sweeps in a heat bath, and the most sweeps at T = 0. What does not stand still
        within them, or is in a heat bath, is not converged.
    self_coupling : bool, default False
        Whether the weights W_ii are kept. With them (3) no longer samples exp(-E / T).
    activity : float, optional
        Share f of active units, for the rule "covariance" alone; 1/2 if it is not given.
    threshold : float, optional
        Threshold in (5); if it is not given, (1 - 2 f) / 2, half way between the fields of the
        active and the silent units of an item.
    bias : array of shape (units,), optional
        External field b, which stays when everything is forgotten; 0 if it is not given.
    rng : int or numpy.random.Generator, default 0
        Randomness of the orders of update and of the heat bath.

    Attributes
    ----------
    stored : int
        Number of items stored.
    weights : ndarray of shape (units, units)
        W or J as float64: W_ij is the weight from unit j to unit i.
    synapses : dict
        {"weights": W}. It may be set, also in an empty memory. A rule that learns anew replaces
        what was set with the next item; the others add to it.
    unlearned : ndarray of int
        The units on which the field of some item has the other sign, or is 0, so that the unit only
        keeps its state, for the rules that keep the items. The rule "perceptron" leaves a unit only
        if no weights can hold all items on it, and warns.
    seed : int
        The seed that `rng` gave.

    Raises
    ------
    InputError
        If an argument is out of its range, or the weights don't fit the memory of the machine.

    References
    ----------
    Hopfield, J. J. (1982). Neural networks and physical systems with emergent collective
    computational abilities. PNAS 79, 2554. https://doi.org/10.1073/pnas.79.8.2554

    Amit, D. J., Gutfreund, H. and Sompolinsky, H. (1985). Storing infinite numbers of patterns in a
    spin-glass model of neural networks. Phys. Rev. Lett. 55, 1530.
    https://doi.org/10.1103/PhysRevLett.55.1530

    Examples
    --------
    >>> items = np.array([[1, 1, 1, -1, -1, -1], [1, -1, 1, -1, 1, -1]])
    >>> Hopfield(6).store(items).recall([[1, 1, 1, -1, 0, 0]]).items
    array([[ 1,  1,  1, -1, -1, -1]])

    A rule of your own:

    >>> memory = Hopfield(6, rule=lambda x: x.T @ x / x.shape[1])
    >>> memory.store(items).recall([[1, 1, 1, 0, 0, 0]]).items
    array([[ 1,  1,  1, -1, -1, -1]])
    """

    def __init__(
        self,
        units: int,
        *,
        rule: Rule | Own = "hebb",
        updates: Updates = "asynchronous",
        temperature: float = 0.0,
        steps: int = 100,
        self_coupling: bool = False,
        activity: float | None = None,
        threshold: float | None = None,
        bias: Any = None,
        rng: int | np.random.Generator = 0,
    ):
        super().__init__(units, temperature, steps, rng)
        self.rule, self._own = _rules.named(rule)
        checks.choice("updates", updates, ("asynchronous", "synchronous"))
        self.updates: Updates = updates
        self.self_coupling = checks.flag("self_coupling", self_coupling)
        if self.rule != "covariance" and (activity is not None or threshold is not None):
            raise checks.refusal("activity and threshold", "be None", f"the rule was {rule!r}", 'use rule="covariance"')
        self.activity = 0.5 if activity is None else checks.real("activity", activity, above=0, below=1)
        self.threshold = 0.5 - self.activity if threshold is None else checks.real("threshold", threshold)
        self.bias = None
        if bias is not None:
            self.bias = np.array(to_host(checks.array("bias", bias, (self.units,))), float)
        self.clear()

    @classmethod
    def from_weights(cls, weights: Any, *, bias: Any = None, **settings: Any) -> Self:
        """Make a network of weights that are there already.

        Parameters
        ----------
        weights : array of shape (units, units)
            W_ij is the weight from unit j to unit i. They are used as they are, diagonal included.
        bias : array of shape (units,), optional
            External field b.
        **settings
            Others of the network, such as temperature.

        Returns
        -------
        Self
            A network that can recall. What it stores later is added to the weights by the rules
            "hebb", "storkey", "covariance" and "palimpsest".

        Raises
        ------
        InputError
            If the weights are no square of finite numbers.

        Examples
        --------
        >>> Hopfield.from_weights([[0, -1], [-1, 0]]).recall([[1, 0]]).items
        array([[ 1, -1]])
        """
        w = checks.array("weights", weights, ("unit", "unit"))
        checks.array("weights", w, (w.shape[0], w.shape[0]))
        own = to_host(w)
        memory = cls(len(own), bias=bias, **{"self_coupling": bool(np.diag(own).any()), **settings})
        memory.synapses = {"weights": own}
        return memory

    def clear(self) -> None:
        """Forget everything; random numbers begin again, as in a new memory."""
        super().clear()
        kind = np.dtype(np.int16 if self.rule == "hebb" else np.float32)
        checks.fits("units", kind.itemsize * self.units**2, WAY_OUT)
        self._held = np.zeros((self.units, self.units), kind)  # N W if whole numbers, else W
        self._items = np.zeros((0, self.units), np.int8)
        self.unlearned = np.zeros(0, np.int64)

    def store(self, keys: Any, values: Any = None) -> Self:
        """Learn items (item, unit) of +1/-1 by the rule.

        Items on a CUDA device stay there with Hebb's rule, and cues must then lie there too. The
        other rules work on the CPU.
        """
        checks.auto(self, values)
        items = keep_device(checks.spins("keys", keys, self.units))
        if self.rule == "hebb":
            xp = array_api_compat.array_namespace(items)
            return self._add(xp.astype(items, xp.int8), 1 / self.units, len(items))
        items = require_host(items).astype(np.int8)
        if self.rule == "covariance":
            f = self.activity
            return self._add((1 + items) / 2 - f, 1 / (self.units * f * (1 - f)), len(items))
        checks.fits("units", _rules.room(self.rule, self.stored + len(items), self.units), WAY_OUT)
        if self.rule in _rules.ONWARD:
            onward = _rules.ONWARD[self.rule]
            self._held = onward(items, weights=self._held, self_coupling=self.self_coupling).astype(np.float32)
        else:
            self._relearn(items)
        self.stored += len(items)
        if self.rule == "perceptron" and len(self.unlearned):
            text = f"{len(self.unlearned)} of {self.units} units can't hold all {self.stored} items with any weights"
            warnings.warn(f"{text}: see the attribute `unlearned`, or store fewer items", stacklevel=2)
        return self

    def _learning_order(self) -> int:
        if self.rule != "hebb":
            raise checks.refusal("rule", "be 'hebb' to learn from examples", f"was {self.rule!r}")
        return 2

    def _add_learnt(self, patterns: np.ndarray, strengths: np.ndarray, number: int) -> Self:
        return self._add(patterns * np.sqrt(strengths)[:, None], 1 / self.units, number)

    def _add(self, patterns: Any, scale: float, number: int) -> Self:
        """W += scale sum x x^T, held as the whole numbers N W while all that was added is whole."""
        new = not (self.stored or self._given)
        xp = array_api_compat.array_namespace(patterns) if new else namespace(stored=self._held, keys=patterns)
        whole = xp.isdtype(patterns.dtype, "integral") and (new or xp.isdtype(self._held.dtype, "integral"))
        kind = xp.float32
        if whole:
            kind = xp.int16 if self.stored + number < 2**15 else xp.int32
        elif not new and self._held.dtype == xp.float64:
            kind = xp.float64
        if new:
            self._held = xp.zeros((self.units, self.units), dtype=kind, device=array_api_compat.device(patterns))
        elif self._held.dtype != kind:
            checks.fits("units", 12 * self.units**2, WAY_OUT)
            self._held = xp.astype(self._held, kind) * (1 if whole else self._scale)
        _rules.add_products(self._held, patterns, scale)
        if not self.self_coupling:
            self._held.reshape(-1)[:: self.units + 1] = 0
        self.stored += number
        return self

    def _relearn(self, items: np.ndarray) -> None:
        """Learn all items that are kept, and these, by a rule that looks at all of them."""
        items = np.concatenate([self._items, items])
        w = _rules.whole(self.rule, self._own, items, self.self_coupling)
        x = items.astype(float)
        self.unlearned = np.flatnonzero((x * (x @ w.T) <= 0).any(0))
        self._items, self._held = items, w.astype(np.float32)

    @property
    def _scale(self) -> float:
        """W over what is held."""
        return 1 / self.units if array_api_compat.array_namespace(self._held).isdtype(self._held.dtype, "integral") else 1.0

    @property
    def weights(self) -> Any:
        """W or J (unit, unit) as float64: W_ij is the weight from unit j to unit i."""
        xp = array_api_compat.array_namespace(self._held)
        return xp.astype(self._held, xp.float64) * self._scale

    def _named(self) -> dict[str, Any]:
        exact = array_api_compat.array_namespace(self._held).isdtype(self._held.dtype, "real floating")
        return {"weights": self._held if exact else self.weights}

    def _replace(self, arrays: dict[str, Any]) -> None:
        self._held = arrays["weights"]

    def _fields(self) -> tuple[Any, Any, float]:
        """V (unit, unit), b (unit,), c of h_i = c (sum_j V_ij s_j + b_i); 1/4 makes (5) of (3)."""
        xp = array_api_compat.array_namespace(self._held)
        bias = None if self.bias is None else move_beside(xp, self.bias, self._held)
        if self.rule == "covariance":
            threshold = self.threshold if bias is None else self.threshold - bias
            return self._held, xp.sum(self._held, axis=1, dtype=xp.float64) - 2 * threshold, 0.25
        if bias is None:
            return self._held, xp.zeros_like(self._held[0]), self._scale
        return self.weights, bias, 1.0

    def energy(self, states: Any) -> Any:
        """Give the energy of states, equation (4).

        Parameters
        ----------
        states : array of shape (state, units)
            Spins of +1/-1.

        Returns
        -------
        array of shape (state,)
            E, up to a constant for the rule "covariance".
        """
        s = keep_device(checks.array("states", states, ("state", self.units)))
        v, bias, scale = self._fields()
        xp = namespace(stored=v, states=s)
        s, v, bias = (xp.astype(array, xp.float64) for array in (s, v, bias))
        if self.rule == "covariance":  # whose S J S has a part s (J + J^T) 1 / 2
            bias = bias + (xp.sum(v, axis=0) - xp.sum(v, axis=1)) / 2
        return -scale * ((s @ v * s).sum(1) / 2 + s @ bias)

    def _settle(self, spins: Any, first: int, beta: np.ndarray, **filming: Any) -> glauber.Settled:
        v, bias, scale = self._fields()
        if self.rule == "covariance":
            spins[spins == 0] = -1
        filming |= {"steps": self.steps, "seed": self.seed, "first": first}
        at_once = self.updates == "synchronous"
        return glauber.weights(v.T, spins, bias=bias, beta=scale * beta, synchronous=at_once, **filming)

    @property
    def cost(self) -> Cost:
        """Bits of the weights, and items that some rules keep; N^2 synapses, or N (N - 1)."""
        synapses = self.units * (self.units - (not self.self_coupling))
        return Cost(bits_of(self._held, self._items), synapses, self._operations)
