"""State tracking: sequences of group elements, in which the product so far is asked for."""

from __future__ import annotations

import itertools

import numpy as np

from neuromem import checks

from .sequences import Sequences

GROUPS = ("signs", "permutations")


def products(sequences: int, *, length: int = 64, group: str = "signs", rng: int | np.random.Generator = 0) -> Sequences:
    """Make sequences of random elements of a group, whose product so far is asked for at each.

    Equations, numbered as in the code's comments:

        y_t = x_t y_(t-1),   y_0 = 1                                                           (1)

    The signs +1 and -1 are tokens 1 and 2; their product is the parity of the -1. The six
    permutations of three things are tokens 1 to 6, and 1 is that which changes nothing; they do not
    commute. Answers are the same tokens. No pair is told: the state is to be followed. A linear
    recurrence can follow signs if its factors reach -1, and permutations if a token can turn it by
    two reflections, as a rotation is none.

    Parameters
    ----------
    sequences : int
        Number of sequences.
    length : int, default 64
        Tokens in a sequence.
    group : str, default "signs"
        "signs" or "permutations".
    rng : int or numpy.random.Generator, default 0
        Randomness.

    Returns
    -------
    Sequences
        The tokens and what is asked.

    References
    ----------
    Grazzi, R. et al. (2024). Unlocking state-tracking in linear RNNs through negative eigenvalues.
    https://arxiv.org/abs/2411.12537

    Siems, J. et al. (2025). DeltaProduct. https://arxiv.org/abs/2502.10297

    Examples
    --------
    >>> task = products(1, length=8, rng=1)
    >>> task.inputs[0].tolist()
    [1, 2, 2, 2, 1, 1, 2, 2]
    >>> task.targets[0].tolist()
    [1, 2, 1, 2, 2, 2, 1, 2]
    """
    sequences, length = checks.whole("sequences", sequences), checks.whole("length", length)
    checks.fits("sequences", 8 * 4 * sequences * length, "make fewer sequences, or shorter ones")
    table = _table(checks.choice("group", group, GROUPS))
    x = checks.generator(rng).integers(0, len(table), (sequences, length))
    y = np.zeros_like(x)
    for t in range(length):
        y[:, t] = table[x[:, t], y[:, t - 1]] if t else x[:, 0]  # (1)
    return Sequences(1 + x, 1 + y, np.zeros(x.shape, bool), 1 + len(table))


def _table(group: str) -> np.ndarray:
    """The number of the product of each two elements, (element, element)."""
    size = 2 if group == "signs" else 3
    elements = list(itertools.permutations(range(size)))  # the signs are the permutations of two things
    return np.array([[elements.index(tuple(a[i] for i in b)) for b in elements] for a in elements])
