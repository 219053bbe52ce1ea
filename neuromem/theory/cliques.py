"""Clique networks of Gripon and Berrou: density, errors of one pass, items that fill the network.

An item is a clique: one of l cells in each of c clusters, all joined. Sparse items use c of chi clusters. M random items.

    density      d = 1 - (1 - c (c - 1) / (chi (chi - 1) l^2))^M                                         (1)
    one pass     P_e = 1 - (1 - d^(c - e))^(e (l - 1) + (chi - c) l),   e clusters erased                (2)
    efficiency 1 M = (chi - 1) l^2 / (2 log2 l),  chi = c: items that hold as many bits as the network   (3)

In (2) a wrong cell survives if it is joined to all c - e known cells; edges are taken as independent, so that P_e is a
little low while the network is sparse.
Gripon & Berrou (2011, IEEE Trans. Neural Networks 22:1087); Aliabadi, Berrou, Gripon & Jiang (2014, IEEE Trans. Neural
Networks and Learning Systems 25:980) for sparse items.
"""

from __future__ import annotations

import math

from neuromem.checks import refusal


def _total(clusters: int, total: int | None) -> int:
    total = clusters if total is None else total
    if not 2 <= clusters <= total:
        raise refusal("clusters", f"be from 2 to {total}, the clusters there are", f"was {clusters}")
    return total


def density(items: float, clusters: int, cells: int, *, total: int | None = None) -> float:
    """Fraction of the edges between clusters that `items` random cliques have made, equation (1).

    >>> round(density(15_000, 8, 256), 4)
    0.2046
    """
    total = _total(clusters, total)
    return -math.expm1(items * math.log1p(-clusters * (clusters - 1) / (total * (total - 1) * cells**2)))


def error(items: float, clusters: int, cells: int, erased: int, *, total: int | None = None) -> float:
    """Probability that one pass leaves a wrong cell on when `erased` clusters of a stored item are unknown, equation (2).

    >>> round(error(15_000, 8, 256, 4), 2)
    0.83
    """
    total = _total(clusters, total)
    if not 0 <= erased < clusters:
        raise refusal("erased", f"be from 0 to {clusters - 1}, with a cluster known", f"was {erased}")
    joined = density(items, clusters, cells, total=total) ** (clusters - erased)
    rivals = erased * (cells - 1) + (total - clusters) * cells
    return -math.expm1(rivals * math.log1p(-joined)) if joined < 1 else 1.0


def full(clusters: int, cells: int) -> float:
    """Items that hold as many bits as the network has edges, equation (3).

    >>> full(8, 256)
    28672.0
    """
    _total(clusters, None)
    return (clusters - 1) * cells**2 / (2 * math.log2(cells))
