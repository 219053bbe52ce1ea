"""Resonator network, which finds the factors of a product of stored vectors by many clean-ups."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, first_largest, move_beside, namespace, require_host, rounding_errors
from neuromem.kernels import bits, counter
from neuromem.memory import Cost, Recall
from neuromem.trace import Film, Traced

CLEANUPS = ("hebb", "projection", "softmax")
NOISE = 1.5  # of the softmax; the best of 0, 0.5, 1, 1.5, 2 at three factors, 500 and 1500 units
EXACT = 2**24  # whole numbers up to here are exact in float32

Cleanup = Callable[[np.ndarray, np.ndarray, np.ndarray, int], np.ndarray]


@np.errstate(over="ignore")  # `_held` refuses what overflows
def bind(*items: Any) -> np.ndarray:
    """Multiply vectors unit by unit; binding a second time with a vector of +1/-1 undoes it.

    Parameters
    ----------
    *items : array-like
        Arrays whose shapes broadcast, at least one.

    Returns
    -------
    ndarray
        The product, in a type that holds it.

    Examples
    --------
    >>> bind([[1, -1]], [[-1, -1]]).tolist()
    [[-1, 1]]
    """
    factors = [_factor(one) for one in items]
    if not factors:
        raise checks.refusal("items", "be one array or more", "were none")
    try:
        np.broadcast_shapes(*(one.shape for one in factors))
    except ValueError:
        was = " and ".join(str(one.shape) for one in factors)
        raise checks.refusal("items", "have shapes that fit each other", f"have {was}") from None
    return _held(*(functools.reduce(np.multiply, kind) for kind in (factors, [one.astype(float) for one in factors])))


def _factor(value: Any) -> np.ndarray:
    factor = require_host(checks.array("items", value, tuple(f"axis {n}" for n in range(checks.axes(value)))))
    small = factor.dtype.kind == "f" or np.isin(factor, (-1, 0, 1)).all()
    return factor if small else _held(factor.astype(np.int64), factor.astype(float))


def _held(result: np.ndarray, real: np.ndarray) -> np.ndarray:
    """The result, once it is known to lie within its type; `real` is the same as float64."""
    if not (np.abs(real) < 2.0**63 if result.dtype.kind in "iu" else np.isfinite(result)).all():
        raise checks.refusal("items", f"have a result that {result.dtype} holds", "are too large", "scale them down")
    return result


@np.errstate(over="ignore")  # `_held` refuses what overflows
def bundle(items: Any) -> np.ndarray:
    """Add vectors; the sum is similar to each of them.

    Parameters
    ----------
    items : array-like of shape (item, unit)

    Returns
    -------
    ndarray of shape (unit,)

    Examples
    --------
    >>> bundle([[1, -1], [1, 1]]).tolist()
    [2, 0]
    """
    items = require_host(checks.items("items", items, "unit"))
    return _held(items.sum(0), items.sum(0, dtype=float))


class _Found(NamedTuple):
    """Items found and their signs (cue, factor); sweeps, and whether it settled (cue,)."""

    chosen: np.ndarray
    signs: np.ndarray
    steps: np.ndarray
    converged: np.ndarray


class Resonator(Traced):
    """Resonator network, which finds the factors of a product of stored vectors.

    Given s = x_1 * .. * x_F, it finds which stored vector each factor x_f is:

        y_f = s * prod_(g != f) x_g             what s leaves for factor f, given the others    (1)
        "hebb":        x_f <- sgn(X_f^T X_f y_f)                       outer products           (2)
        "projection":  x_f <- sgn(X_f^T (X_f X_f^T)^-1 X_f y_f)                                 (3)
        "softmax":     x_f <- X_f^T softmax(beta (cos(X_f, y_f) + noise g / sqrt(N)))           (4)

    Factors are updated one after the other, from x_f = sgn sum X_f (softmax: the mean), until no
    unit changes its sign. Each answer is the stored vector nearest to y_f, or to -y_f, as two
    factors may be negated together. `recall` gives their product, the clean s, and `factor` their
    numbers. Stored items, +1/-1, are dealt to the F codebooks in turn. With one factor, the
    default, the network is a clean-up memory that returns the nearest item.

    The noise g in (4) is standard normal and new for each score, sweep and cue. It is what makes
    the softmax useful: of products of three factors, with 500 units and 80 items in each codebook,
    (4) finds 82 %, (2) finds 18 %, and (4) with noise=0 finds 10 %, as it settles on wrong answers.
    The paper of (4) reports that a softmax without noise finds more than (2) does; that is not so
    here, with random vectors of +1/-1.

    Parameters
    ----------
    units : int
        Length N of an item. X_f is the codebook (item, unit) of factor f, and * is `bind`.
    factors : int, default 1
        Number of factors F.
    cleanup : {"hebb", "projection", "softmax"}, default "hebb"
        How an estimate is cleaned up: (2), (3) or (4).
    beta : float, optional
        Sharpness of the softmax in (4); by default sqrt(N), since unrelated items have a cosine of
        about 1 / sqrt(N).
    noise : float, default 1.5
        Noise on the scores of (4), in units of the score of an unrelated item.
    steps : int, optional
        Most sweeps over the factors. The default is 100, or a thousandth of the number of possible
        products if that is more.
    rng : int or numpy.random.Generator, default 0
        Seed of the noise. Each cue draws new numbers, the same in a batch as on its own.

    Attributes
    ----------
    stored : int
        Number of items stored.
    codebooks : list of ndarray of shape (item, unit)
        The stored vectors of each factor.

    Raises
    ------
    InputError
        If items hold anything but +1 and -1, or a recall comes before every codebook holds an item.

    References
    ----------
    Frady, E. P., Kent, S. J., Olshausen, B. A. & Sommer, F. T. (2020). Resonator networks, 1.
    Neural Computation 32, 2311, for (1) and (2).

    Kent, S. J., Frady, E. P., Sommer, F. T. & Olshausen, B. A. (2020). Resonator networks, 2.
    Neural Computation 32, 2332, for (3). https://doi.org/10.1162/neco_a_01329

    Yeung, C., Poduval, P. & Imani, M. (2024). Self-attention based semantic decomposition in vector
    symbolic architectures. arXiv:2403.13218, for the softmax in (4).

    Langenegger, J. et al. (2023). In-memory factorization of holographic perceptual
    representations. Nature Nanotechnology 18, 479, for noise that leads out of wrong answers.

    Examples
    --------
    >>> import neuromem as nm
    >>> items = nm.patterns.random(30, 1000, rng=0)
    >>> memory = nm.Resonator(1000, factors=3).store(items)
    >>> memory.factor(bind(items[0], items[4], items[29])[None]).tolist()
    [[0, 1, 9]]
    """

    step_unit = "sweeps over the factors"

    def __init__(
        self,
        units: int,
        *,
        factors: int = 1,
        cleanup: Literal["hebb", "projection", "softmax"] = "hebb",
        beta: float | None = None,
        noise: float = NOISE,
        steps: int | None = None,
        rng: int | np.random.Generator = 0,
    ):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.factors = checks.whole("factors", factors)
        self.cleanup = checks.choice("cleanup", cleanup, CLEANUPS)
        self.beta = self.units**0.5 if beta is None else checks.real("beta", beta, above=0)
        self.noise = checks.real("noise", noise, least=0)
        self.steps = steps if steps is None else checks.whole("steps", steps)
        self.seed = checks.seed(rng)
        self.clear()

    def clear(self) -> None:
        """Forget all items, and the random numbers that were drawn."""
        self._packed = np.empty((0, bits.words(self.units)), np.uint64)
        self._given: np.ndarray | None = None  # items that were put in place of those that were stored
        self._operations, self._recalls = math.nan, 0

    def store(self, keys: Any, values: Any = None) -> Self:
        """Add items of +1/-1, which are dealt to the codebooks in turn."""
        checks.auto(self, values)
        keys = require_host(checks.spins("keys", keys, self.units))
        if self._given is not None:
            self._given = np.concatenate([self._given, keys.astype(self._given.dtype)])
        self._packed = np.concatenate([self._packed, bits.pack(keys > 0)])
        return self

    def recall(self, cues: Any) -> Recall:
        """Give back the product of the vectors found; cues may be real, such as a bundle."""
        return self._filmed(cues, None)

    def _filmed(self, cues: Any, film: Film | None) -> Recall:
        cues, found = checks.cues(cues, self.units), self._resonate(cues, film)
        parts = [book[found.chosen[:, f]] * found.signs[:, f, None] for f, book in enumerate(self.codebooks)]
        operations = (2 * found.steps + 1) * self.stored * self.units  # multiply-adds of (1-4) and of the answer
        self._operations = float(operations.mean())
        return Recall(move_beside(namespace(cues=cues), math.prod(parts), cues), found.steps, found.converged, operations)

    def factor(self, cues: Any) -> np.ndarray:
        """Return the numbers of the vectors found.

        Parameters
        ----------
        cues : array-like of shape (cue, unit)
            As for `recall`.

        Returns
        -------
        ndarray of int, shape (cue, factor)
            Each number counts in the codebook of its factor.
        """
        return self._resonate(cues).chosen

    @property
    def stored(self) -> int:
        """Number of items stored."""
        return len(self._packed)

    @property
    def codebooks(self) -> list[np.ndarray]:
        """The stored vectors of each factor, (item, unit).

        They are int8 of +1/-1, unless `synapses` put others in their place.
        """
        items = self.synapses["items"]
        return [items[f :: self.factors] for f in range(self.factors)]

    @property
    def synapses(self) -> dict[str, np.ndarray]:
        """The stored items, {"items": (item, unit)}, of all codebooks in turn.

        Any real values may replace them.
        """
        if self._given is not None:
            return {"items": self._given.copy()}
        return {"items": np.where(bits.unpack(self._packed, self.units), 1, -1).astype(np.int8)}

    @synapses.setter
    def synapses(self, value: Any) -> None:
        items = require_host(checks.synapses(value, self.synapses)["items"])
        binary = bool(((items == 1) | (items == -1)).all())
        self._packed = bits.pack(items > 0) if binary else self._packed
        self._given = None if binary else items.astype(float)

    @property
    def cost(self) -> Cost:
        """One bit for each unit of each stored item, or what replaced it.

        Operations are multiply-adds.
        """
        held = self._packed if self._given is None else self._given
        return Cost(bits_of(held), self.stored * self.units, self._operations)

    def _resonate(self, cues: Any, film: Film | None = None) -> _Found:
        cues = require_host(checks.cues(cues, self.units))
        checks.stored(self, self.stored)
        if self.stored < self.factors:
            was = f"holds {self.stored} items for {self.factors} factors"
            raise checks.refusal("store", "give every factor an item", was, "store more items")
        states = len(cues) * self.factors
        checks.fits("cues", 8 * self.units * (2 * self.stored + 4 * states), "recall fewer cues at a time")
        books: list[np.ndarray] = [book.astype(self._type(cues)) for book in self.codebooks]
        s = cues.astype(books[0].dtype)
        cleanups = [self._cleanup(book) for book in books]
        first, self._recalls = self._recalls, self._recalls + len(s)
        most = self.steps or min(checks.LARGEST, max(100, math.prod(map(len, books)) // 1000))
        state = np.repeat(self._start(books)[None], len(s), 0)  # (cue, factor, unit)
        steps, converged, running = np.zeros(len(s), int), np.zeros(len(s), bool), np.arange(len(s))
        if film:
            film(cues)
        while len(running) and (sweep := int(steps.max())) < most:
            now = state[running]
            for f, clean in enumerate(cleanups):
                now[:, f] = clean(_rest(s[running], now, f), now[:, f], first + running, sweep * self.factors + f)
            converged[running] = (np.sign(now) == np.sign(state[running])).all((1, 2))
            state[running] = now
            steps[running] += 1
            running = running[~converged[running]]
            if film:
                film(np.sign(state.prod(1)))
        return _Found(*self._nearest(s, state, books), steps, converged)

    def _type(self, cues: np.ndarray) -> type:
        """float32 where all sums are whole numbers that it holds exactly."""
        whole = self.cleanup == "hebb" and self._given is None and np.isin(cues, (-1, 0, 1)).all()
        return np.float32 if whole and self._packed.size * 64 < EXACT else float

    def _start(self, books: list[np.ndarray]) -> np.ndarray:
        if self.cleanup == "softmax":
            return np.stack([book.mean(0) for book in books])
        return np.stack([_signs(book.sum(0), np.ones_like(book[0]), rounding_errors(book, 0)) for book in books])

    def _cleanup(self, book: np.ndarray) -> Cleanup:
        """One of (2-4), of y (cue, unit), the state before (for ties), the cues and the step."""
        if self.cleanup == "softmax":
            return lambda y, before, cue, step: self._attend(book, y, cue, step)
        outwards = np.linalg.pinv(book).T if self.cleanup == "projection" else book
        error = sum(book.shape) * np.finfo(float).eps * (np.abs(outwards).sum(1) @ np.abs(book))
        return lambda y, before, *_: _signs(y @ outwards.T @ book, before, error * np.abs(y).max(1, keepdims=True))  # (2, 3)

    def _attend(self, book: np.ndarray, y: np.ndarray, cue: np.ndarray, step: int) -> np.ndarray:
        size = np.linalg.norm(y, axis=1, keepdims=True) * self.units**0.5
        cosine = y @ book.T / np.where(size == 0, 1, size)
        g = counter.normals(self.seed, counter.Stream.SCORE, cue[:, None], step, np.arange(len(book)))
        scores = self.beta * (cosine + self.noise / self.units**0.5 * g)
        weight = np.exp(scores - scores.max(1, keepdims=True))
        return weight / weight.sum(1, keepdims=True) @ book  # (4)

    def _nearest(self, s: np.ndarray, state: np.ndarray, books: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """The item nearest to each y_f, and its sign unless it is alone, (cue, factor)."""
        chosen, signs = np.empty((2, *state.shape[:2]), int)
        for f, book in enumerate(books):
            y = _rest(s, state, f)
            match = y @ book.T  # (cue, item)
            size = self.units * np.abs(y).max(1, keepdims=True) * np.abs(book).max() * (book.dtype != np.float32)  # 0: exact
            chosen[:, f] = first_largest(np.abs(match) if self.factors > 1 else match, self.units, scale=size)[:, 0]
            signs[:, f] = np.where(np.take_along_axis(match, chosen[:, [f]], 1)[:, 0] < 0, -1, 1)
        return chosen, signs.astype(np.int8)


def _signs(field: np.ndarray, before: np.ndarray, error: np.ndarray) -> np.ndarray:
    return np.where(np.abs(field) <= error, before, np.sign(field))


def _rest(s: np.ndarray, state: np.ndarray, f: int) -> np.ndarray:
    """Equation (1)."""
    return s * np.delete(state, f, axis=1).prod(1)
