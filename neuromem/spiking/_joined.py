"""What projections join: the pairs of cells of a pattern, and the kind of cell that they end on."""

from __future__ import annotations

from typing import Any

import numpy as np

from .cells import Cell
from .projections import Indegree, Pairs, Pattern, Projection, Random


def target(circuit: Any, projection: Projection) -> Cell:
    """Return the cell that a projection ends on.

    Parameters
    ----------
    circuit : Circuit
        The circuit, which has refused sources as targets.
    projection : Projection
        One of its own.

    Returns
    -------
    LIF, AdEx or Izhikevich
        The cell.
    """
    body: Cell = circuit[projection.post].body
    return body


def ends(pattern: Pattern, m: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs that a pattern joins of m sources and n targets.

    Parameters
    ----------
    pattern : {"one-to-one", "all-to-all", "all-but-self"}, Random, Indegree or Pairs
        The pattern.
    m, n : int
        Numbers of sources and targets.

    Returns
    -------
    pre, post : ndarray of int64, (synapse,)
        The pairs.
    """
    match pattern:
        case Pairs(pre, post):
            return np.array(pre, np.int64), np.array(post, np.int64)
        case Random(probability, seed):
            rng, rows = np.random.default_rng(seed), max(10**7 // n, 1)  # a block of rows at a time, to bound the memory
            tops = range(0, m, rows)
            blocks = [np.nonzero(rng.random((min(rows, m - top), n)) < probability) for top in tops]
            sources = [top + block[0] for top, block in zip(tops, blocks, strict=True)]
            return np.concatenate(sources), np.concatenate([block[1] for block in blocks])
        case Indegree(number, seed):
            return np.random.default_rng(seed).integers(0, m, n * number), np.repeat(np.arange(n), number)
        case "one-to-one":
            return np.arange(n), np.arange(n)
        case "all-to-all":
            return np.repeat(np.arange(m), n), np.tile(np.arange(n), m)
    others = np.argwhere(~np.eye(n, dtype=bool))
    return others[:, 0], others[:, 1]


def number(pattern: Pattern, m: int, n: int) -> int:
    """Return how many pairs a pattern joins; a random one is drawn to count them.

    Parameters
    ----------
    pattern : {"one-to-one", "all-to-all", "all-but-self"}, Random, Indegree or Pairs
        The pattern.
    m, n : int
        Numbers of sources and targets.

    Returns
    -------
    int
        The number.
    """
    if isinstance(pattern, Indegree):
        return n * pattern.number
    if isinstance(pattern, Random | Pairs):
        return len(ends(pattern, m, n)[0])
    return {"one-to-one": n, "all-to-all": m * n, "all-but-self": n * (n - 1)}[pattern]
