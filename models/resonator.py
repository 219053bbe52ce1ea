"""Resonator network: the factors of a product of stored vectors, found by many clean-ups at once."""

from __future__ import annotations

import functools
from typing import Any, Literal, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, require_host
from neuromem.kernels import bits
from neuromem.memory import Cost, Recall

CLEANUPS = ("hebb", "projection", "softmax")
BETA = 0.3  # of the softmax, in units of sqrt(units), as unrelated items have a cosine of 1 / sqrt(units); best found here
SETTLED = 1e-4  # a softmax state stands when no unit moves by more


def bind(*items: Any) -> np.ndarray:
    """Product of vectors, unit by unit; binding twice with a vector of +1/-1 undoes it."""
    return functools.reduce(np.multiply, map(require_host, items))


def bundle(items: Any) -> np.ndarray:
    """Sum of vectors (item, unit), similar to each of them; shape (unit,)."""
    return require_host(items).sum(0)


class Resonator:
    """Resonator network: given s = x_1 * .. * x_F, finds which stored vector each factor x_f is.

        y_f = s * prod_(g != f) x_g                          what s leaves for factor f, others as estimated   (1)
        "hebb":        x_f <- sgn(X_f^T X_f y_f)             classical clean-up, outer products                (2)
        "projection":  x_f <- sgn(X_f^T (X_f X_f^T)^-1 X_f y_f)                                                (3)
        "softmax":     x_f <- X_f^T softmax(beta cos(X_f, y_f))    self-attention; states stay real            (4)

    Factors are updated one after the other, from x_f = sgn sum X_f (softmax: the mean), until nothing changes, at most
    `steps` times (None: 100, or a thousandth of the combinations if that is more). Each answer is the stored vector nearest
    to y_f, or to -y_f, as two factors may be negated together; `recall` gives their product, the clean s, and `factor` their
    numbers. Stored items, +1/-1, are dealt to the F codebooks in turn. With one factor, the default, it is a clean-up
    memory that returns the nearest item.
    Against "hebb", "softmax" settles in a tenth of the sweeps, but on a wrong answer more often.
    Cues may be real (a bundle that was unbound, noise) and are taken as they are; a unit of 0 tells nothing.
    Raises InputError for items that are not +1/-1, or a recall before every codebook holds an item.

    X_f: codebook (item, unit), held packed.  *: `bind`.  Capacity: `neuromem.theory.vsa`.
    Frady, Kent, Olshausen & Sommer (2020, Neural Computation 32:2311); (3) Kent et al. (2020, Neural Computation 32:2332);
    (4) after Yeung, Zou & Imani (2024, arXiv:2403.13218).

    >>> import neuromem as nm
    >>> items = nm.patterns.random(30, 1000, rng=0)
    >>> memory = nm.Resonator(1000, factors=3).store(items)
    >>> memory.factor(bind(items[0], items[4], items[29])[None]).tolist()  # of items[0::3], [1::3], [2::3]
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
        steps: int | None = None,
    ):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.factors = checks.whole("factors", factors)
        self.cleanup = checks.choice("cleanup", cleanup, CLEANUPS)
        self.beta = BETA * self.units**0.5 if beta is None else checks.real("beta", beta, above=0)
        self.steps = steps if steps is None else checks.whole("steps", steps)
        self.clear()

    def clear(self) -> None:
        self._packed = np.empty((0, bits.words(self.units)), np.uint64)
        self._operations = np.nan

    def store(self, keys: Any, values: Any = None) -> Self:
        checks.auto(self, values)
        keys = require_host(checks.spins("keys", keys, self.units))
        self._packed = np.concatenate([self._packed, bits.pack(keys > 0)])
        return self

    @property
    def codebooks(self) -> list[np.ndarray]:
        """The stored vectors of each factor, +1/-1 int8 (item, unit)."""
        items = np.where(bits.unpack(self._packed, self.units), 1, -1).astype(np.int8)
        return [items[f :: self.factors] for f in range(self.factors)]

    def recall(self, cues: Any) -> Recall:
        chosen, signs, steps, converged = self._resonate(cues)
        parts = [book[chosen[:, f]] * signs[:, f, None] for f, book in enumerate(self.codebooks)]
        operations = (2 * steps + 1) * len(self._packed) * self.units  # multiply-adds of (1-4) and of the answer
        self._operations = float(operations.mean())
        return Recall(bind(*parts), steps, converged, operations)

    def factor(self, cues: Any) -> np.ndarray:
        """Numbers of the vectors found, in the codebook of each factor: (cue, factor)."""
        return self._resonate(cues)[0]

    def _resonate(self, cues: Any) -> tuple[np.ndarray, ...]:
        """Chosen items (cue, factor), their signs, steps (cue,), converged (cue,)."""
        cues = require_host(checks.cues(cues, self.units))
        checks.stored(self, len(self._packed))
        if len(self._packed) < self.factors:
            was = f"holds {len(self._packed)} items for {self.factors} factors"
            raise checks.refusal("store", "give every factor an item", was, "store more items")
        plain = self.cleanup == "hebb" and np.isin(cues, (-1, 0, 1)).all() and self._packed.size * 64 < 2**24
        books = [book.astype(np.float32 if plain else float) for book in self.codebooks]  # whole numbers, exact
        s = cues.astype(books[0].dtype)
        cleanups = [self._cleanup(book) for book in books]
        most = self.steps or max(100, int(0.001 * np.prod([float(len(book)) for book in books])))
        start = np.stack([book.mean(0) if self.cleanup == "softmax" else self._sign(book.sum(0), 1.0) for book in books])
        state = np.repeat(start[None].astype(s.dtype), len(s), 0)  # (cue, factor, unit)
        steps, converged = np.zeros(len(s), int), np.zeros(len(s), bool)
        running = np.arange(len(s))
        while len(running) and steps.max() < most:
            now = state[running]
            for f, clean in enumerate(cleanups):
                now[:, f] = clean(self._rest(s[running], now, f), now[:, f])
            converged[running] = np.abs(now - state[running]).max((1, 2)) <= (SETTLED if self.cleanup == "softmax" else 0)
            state[running] = now
            steps[running] += 1
            running = running[~converged[running]]
        match = [self._rest(s, state, f) @ book.T for f, book in enumerate(books)]  # (cue, item) of each factor
        size = np.abs if self.factors > 1 else np.positive  # two factors may both be negative, one alone not
        chosen = np.stack([size(fields).argmax(1) for fields in match], 1)
        best = np.stack([np.take_along_axis(fields, chosen[:, [f]], 1)[:, 0] for f, fields in enumerate(match)], 1)
        return chosen, np.where(best < 0, -1, 1).astype(np.int8), steps, converged

    def _cleanup(self, book: np.ndarray) -> Any:
        """One of (2-4) as a function of y (cue, unit) and the state before, which a tie keeps."""
        if self.cleanup == "hebb":
            return lambda y, before: self._sign(y @ book.T @ book, before)
        if self.cleanup == "projection":
            inverse = np.linalg.pinv(book).T
            return lambda y, before: self._sign(y @ inverse.T @ book, before)
        size = np.sqrt(self.units)
        return lambda y, before: (
            _softmax(self.beta * (y @ book.T) / (size * np.linalg.norm(y, axis=1)[:, None] + 1e-300)) @ book
        )

    @staticmethod
    def _sign(field: np.ndarray, before: Any) -> np.ndarray:
        return np.where(field == 0, before, np.sign(field))

    @staticmethod
    def _rest(s: np.ndarray, state: np.ndarray, f: int) -> np.ndarray:
        """Equation (1)."""
        return s * np.delete(state, f, axis=1).prod(1)

    @property
    def cost(self) -> Cost:
        return Cost(bits_of(self._packed), len(self._packed) * self.units, self._operations)


def _softmax(scores: np.ndarray) -> np.ndarray:
    weight = np.exp(scores - scores.max(1, keepdims=True))
    return weight / weight.sum(1, keepdims=True)
