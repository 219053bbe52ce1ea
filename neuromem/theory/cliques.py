"""Clique networks of Gripon and Berrou: density, errors of one pass, items that fill the network.

An item is a clique: one of l cells in each of c clusters, all joined. Sparse items use c of chi
clusters. M random items are stored.

    density      d = 1 - (1 - c (c - 1) / (chi (chi - 1) l^2))^M                               (1)
    one pass     P_e = 1 - (1 - d^(c - e))^(e (l - 1) + (chi - c) l),   e clusters erased      (2)
    efficiency 1 M = (chi - 1) l^2 / (2 log2 l),  chi = c: items that hold as many bits as
                 the network                                                                   (3)

In (2) a wrong cell survives if it is joined to all c - e known cells. Edges are taken as
independent, so that P_e is low while the network is sparse: for c = 8, l = 256 and e = 4 it is
5.5e-9 for 4.2e-7 at M = 100, 5.4e-5 for 1.6e-4 at 1000, and 0.029 for 0.038 at 5000.

Gripon & Berrou (2011, IEEE Trans. Neural Networks 22:1087); Aliabadi, Berrou, Gripon & Jiang
(2014, IEEE Trans. Neural Networks and Learning Systems 25:980) for sparse items.
"""

from __future__ import annotations

import math

from neuromem import checks


def _joined(clusters: int, cells: int, total: int | None) -> tuple[float, int, int, int]:
    """The probability that one item joins two given cells, and the three numbers, checked."""
    total = checks.whole("clusters", clusters, least=2) if total is None else checks.whole("total", total, least=2)
    way_out = "there are no more; an item has one cell in each of them"
    clusters = checks.whole("clusters", clusters, least=2, most=total, way_out=way_out)
    cells = checks.whole("cells", cells)
    return clusters * (clusters - 1) / (total * (total - 1) * cells**2), clusters, cells, total


def density(stored: float, clusters: int, cells: int, *, total: int | None = None) -> float:
    """Return the fraction of the edges that random cliques have made, equation (1).

    Parameters
    ----------
    stored : float
        Number of items stored, M.
    clusters : int
        Clusters of an item, c.
    cells : int
        Cells of a cluster, l.
    total : int, optional
        Clusters of the network, chi; by default those of an item.

    Returns
    -------
    float

    Examples
    --------
    >>> round(density(15_000, 8, 256), 4)
    0.2046
    """
    one = _joined(clusters, cells, total)[0]
    stored = checks.real("stored", stored, least=0)
    return -math.expm1(stored * math.log1p(-one)) if one < 1 else float(stored > 0)


def error(stored: float, clusters: int, cells: int, erased: int, *, total: int | None = None) -> float:
    """Return the probability that one pass leaves a wrong cell on, equation (2).

    Parameters
    ----------
    stored : float
        Number of items stored, M.
    clusters : int
        Clusters of an item, c.
    cells : int
        Cells of a cluster, l.
    erased : int
        Clusters of a stored item that are unknown, e.
    total : int, optional
        Clusters of the network, chi; by default those of an item.

    Returns
    -------
    float

    Examples
    --------
    >>> round(error(15_000, 8, 256, 4), 2)
    0.83
    """
    _, clusters, cells, total = _joined(clusters, cells, total)
    full_density = density(stored, clusters, cells, total=total)
    erased = checks.whole("erased", erased, least=0, most=clusters - 1, way_out="leave a cluster known")
    rivals = erased * (cells - 1) + (total - clusters) * cells
    survives = full_density ** (clusters - erased)
    return -math.expm1(rivals * math.log1p(-survives)) if survives < 1 else float(rivals > 0)


def full(clusters: int, cells: int) -> float:
    """Return the number of items that hold as many bits as the network has edges, equation (3).

    Parameters
    ----------
    clusters : int
        Clusters of an item and of the network, c.
    cells : int
        Cells of a cluster, l.

    Returns
    -------
    float

    Examples
    --------
    >>> full(8, 256)
    28672.0
    """
    c, cells = checks.whole("clusters", clusters, least=2), checks.whole("cells", cells, least=2)
    return (c - 1) * cells**2 / (2 * math.log2(cells))
