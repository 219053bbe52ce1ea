"""Spreading activation: items are nodes, pairs are links, and activation runs along them."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import bits_of, require_host, same_kind
from neuromem.kernels.separation import softmax
from neuromem.memory import Cost, Recall
from neuromem.trace import Film, Traced

STILL = 1e-12  # change of an activation in a step below which it stands


class Spreading(Traced):
    """Graph of stored items, over which the activation of a cue spreads as in personal PageRank.

    Equations, numbered as in the code's comments, with a node for each item and links L_ij that
    count how often item j was stored as the value of item i:

        s_i = softmax over the nodes of beta x_i.cue / (number of known units)                 (1)
        p <- (1 - damping) s + damping (P^T p + s sum_{i without links} p_i)                   (2)
        P_ij = L_ij / sum_j L_ij                                                               (3)
        r = P^T p, and s where a node has no links; the answer is the item of the largest r    (4)

    The sum of all p is 1. A pair is a link from its key to its value, so that a value that is the
    key of another pair joins them: of A > B and B > C, C is activated by A though nobody told it.
    An item without values is a node without links, and answers for itself.

    Parameters
    ----------
    units : int
        Length of an item, of keys and values alike.
    damping : float, default 0.85
        Share of the activation that goes on along links, below 1.
    beta : float, default 100
        Sharpness of (1).
    steps : int, default 500
        The most steps of (2).

    Attributes
    ----------
    stored : int
        Number of pairs and items stored.
    synapses : dict
        {"items": x (node, unit), "links": L (node, node)}; empty before the first store.

    Raises
    ------
    InputError
        If items are not of +1/-1, values are not as long as keys, or an argument is out of range.

    References
    ----------
    Collins, A. M. & Loftus, E. F. (1975). A spreading-activation theory of semantic processing.
    Psychological Review 82, 407. https://doi.org/10.1037/0033-295X.82.6.407

    Page, L., Brin, S., Motwani, R. & Winograd, T. (1999). The PageRank citation ranking. Stanford.

    Examples
    --------
    >>> import neuromem as nm
    >>> a, b, c = nm.patterns.random(3, 64, rng=0)
    >>> memory = Spreading(64).store([a, b, b, c], [b, a, c, b])  # a path, both ways
    >>> memory.spread([a]).round(5).tolist()
    [[0.34527, 0.45946, 0.19527]]
    """

    step_unit = "steps"

    def __init__(self, units: int, *, damping: float = 0.85, beta: float = 100.0, steps: int = 500):
        self.units = checks.whole("units", units, way_out="give the length of one item, such as 256")
        self.damping = checks.real("damping", damping, least=0, below=1)
        self.beta = checks.real("beta", beta, above=0)
        self.steps = checks.whole("steps", steps)
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.stored, self._operations = 0, float("nan")
        self._items = np.zeros((0, self.units), np.int8)
        self._links = np.zeros((0, 0), np.int32)

    def store(self, keys: Any, values: Any = None) -> Self:
        """Add items as nodes, and pairs as links from the node of the key to that of its value."""
        x = require_host(checks.spins("keys", keys, self.units)).astype(self._items.dtype)
        y = x
        if values is not None:
            _, values = checks.pairs(keys, values, self.units)
            y = require_host(checks.spins("values", values, self.units)).astype(x.dtype)
        checks.fits("keys", 8.0 * (len(self._items) + 2 * len(x)) ** 2, "store fewer items")
        place = {item.tobytes(): at for at, item in enumerate(self._items)}
        pre, post = ([place.setdefault(item.tobytes(), len(place)) for item in items] for items in (x, y))
        links = np.zeros((len(place), len(place)), self._links.dtype)
        links[: len(self._links), : len(self._links)] = self._links
        if values is not None:
            np.add.at(links, (pre, post), 1)
        self._items = np.frombuffer(b"".join(place), x.dtype).reshape(-1, self.units).copy()
        self._links = links
        self.stored += len(x)
        return self

    def spread(self, cues: Any) -> np.ndarray:
        """Give the activation of all nodes, equation (2).

        Parameters
        ----------
        cues : array of shape (cue, unit)
            As in `recall`.

        Returns
        -------
        ndarray of shape (cue, node)
            p, the nodes in the order in which they were first stored.
        """
        cues = require_host(checks.cues(cues, self.units))
        checks.stored(self, len(self._items))
        return self._spread(np.sign(cues.astype(float)), None)[0]

    def recall(self, cues: Any) -> Recall:
        """Give the item that most activation reaches along links, in steps of spreading."""
        return self._filmed(cues, None)

    def _filmed(self, cues: Any, film: Film | None) -> Recall:
        cues = checks.cues(cues, self.units)
        checks.stored(self, len(self._items))
        known = np.sign(require_host(cues).astype(float))
        if film:
            film(known)
        p, steps, settled, seeds = self._spread(known, film)
        items = self._answers(p, seeds)
        operations = steps * float((self._links > 0).sum()) + float(self._items.size)
        self._operations = float(operations.mean())
        return Recall(same_kind(items, cues), steps, settled, operations)

    def _answers(self, p: np.ndarray, seeds: np.ndarray) -> np.ndarray:
        """The items (cue, unit) of the largest r, equation (4); of equal ones the first."""
        chance, alone = self._chances()
        reached = p @ chance + np.where(alone, seeds, 0)
        return self._items[(reached >= reached.max(1, keepdims=True) - STILL).argmax(1)]

    def _chances(self) -> tuple[np.ndarray, np.ndarray]:
        """P of (3), with rows of 0 where a node has no links; and which those are."""
        total = self._links.sum(1)
        return self._links / np.where(total > 0, total, 1)[:, None], total == 0

    def _spread(self, known: np.ndarray, film: Film | None) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """The activations, the steps, whether they stand, and the seeds."""
        number = np.abs(known).sum(1, keepdims=True)
        seeds = softmax(self.beta * (known @ self._items.T) / np.maximum(number, 1))  # (1)
        (chance, alone), p = self._chances(), seeds
        steps, moving = np.full(len(known), self.steps), np.ones(len(known), bool)
        for step in range(1, self.steps + 1):
            new = (1 - self.damping) * seeds + self.damping * (p @ chance + seeds * p[:, alone].sum(1, keepdims=True))  # (2)
            moved = np.abs(new - p).max(1) > STILL
            steps[moving & ~moved], moving = step, moving & moved
            p = np.where(moving[:, None], new, p)
            if film:
                film(self._answers(p, seeds))
            if not moving.any():
                break
        return p, steps, ~moving, seeds

    @property
    def synapses(self) -> dict[str, np.ndarray]:
        """Copies of the items and the links; set, they are used as they are."""
        return {"items": self._items.copy(), "links": self._links.copy()} if len(self._items) else {}

    @synapses.setter
    def synapses(self, new: Any) -> None:
        given = checks.synapses(new, self.synapses)
        self._items = np.array(require_host(given["items"]))
        self._links = np.array(require_host(given["links"]))

    @property
    def cost(self) -> Cost:
        """Items at 8 bits a unit and links at 32 bits; a step moves along every link."""
        return Cost(bits_of(self._items, self._links), self._items.size + self._links.size, self._operations)
