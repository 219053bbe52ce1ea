"""The steps of the code selection algorithm, for any number of macrocolumns at once.

The equations have the numbers of the steps in Rinkus 2014. Arrays end in (module, cell); the axes
before these, such as (cue, macrocolumn), are free.

References
----------
Rinkus, G. J. (2014). Sparsey: event recognition via deep hierarchical sparse distributed codes.
Frontiers in Computational Neuroscience 8, 160. https://doi.org/10.3389/fncom.2014.00160
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np

from neuromem.kernels.selection import S1, S2, S3, S4

SLACK = 1e-9  # by which a share of a number of inputs or winners may miss a whole number, from rounding


def acts(active: np.ndarray, most: np.ndarray | int, active_range: tuple[float, float]) -> np.ndarray:
    """Tell which macrocolumns act, step (1): those with enough and not too many active inputs.

    Parameters
    ----------
    active : ndarray
        Number of active inputs of each macrocolumn.
    most : ndarray or int
        Number of inputs that could be active.
    active_range : tuple of float
        Least and greatest active fraction of `most` at which a macrocolumn acts, pi- and pi+. It
        never acts without an active input. A number at a bound, but for rounding, is within it.

    Returns
    -------
    ndarray of bool
    """
    least, greatest = (bound * most for bound in active_range)
    return (active >= np.maximum(1, least * (1 - SLACK))) & (active <= greatest * (1 + SLACK))


def normalised(total: np.ndarray, active: np.ndarray, least: float = 0.0, most: float = 1.0) -> np.ndarray:
    """Divide the summed inputs by the number of active inputs, step (3).

    Parameters
    ----------
    total : ndarray of shape (.., cell)
        Sums of the weights from active inputs.
    active : ndarray of shape (..,)
        Number of active inputs; a cell without any gets 0.
    least, most : float
        A ratio below `least` counts as 0, and one of `most` or more as 1.

    Returns
    -------
    ndarray of shape (.., cell)
        Values in [0, 1].
    """
    ratio = total / np.maximum(1, active)[..., None]
    return np.where(ratio < least, 0.0, np.where(ratio >= most, 1.0, ratio))


def evidence(inputs: Mapping[str, np.ndarray], there: Mapping[str, np.ndarray], powers: Mapping[str, float]) -> np.ndarray:
    """Multiply the kinds of input that are there, step (4): V = U^lU H^lH D^lD.

    Parameters
    ----------
    inputs : mapping of str to ndarray
        Normalised input of each kind: "U", "H", "D".
    there : mapping of str to ndarray of bool
        Where any input of a kind is active.
    powers : mapping of str to float
        The exponent of each kind.

    Returns
    -------
    ndarray of shape (.., module, cell)
        V, which is 0 where there is no input of any kind.
    """
    V: np.ndarray = np.ones(())
    some: np.ndarray = np.zeros((), bool)
    for kind, x in inputs.items():
        V = V * np.where(there[kind], x ** powers[kind], 1.0)
        some = some | there[kind]
    return np.where(some, V, 0.0)


def hypotheses(V: np.ndarray, enough: float) -> np.ndarray:
    """Count the codes that compete, step (5): z = max(1, mean over modules of #{V >= enough}).

    Parameters
    ----------
    V : ndarray of shape (.., module, cell)
    enough : float
        The V that counts as a hypothesis.

    Returns
    -------
    ndarray of shape (..,)
        Whole numbers.
    """
    return np.maximum(1, np.rint((enough <= V).sum(-1).mean(-1)))


def loudness(z: np.ndarray, exponent: float, most: float) -> np.ndarray:
    """Return how loud the winners of z competing codes speak, step (5).

    Each of z competing codes has 1/z of the winners, which therefore speak up: F(z) = z^exponent
    if z <= most, and 0 if more codes compete.

    Parameters
    ----------
    z : ndarray
        Number of codes that compete.
    exponent, most : float

    Returns
    -------
    ndarray
        F(z).
    """
    return np.where(z <= most, z**exponent, 0.0)


def familiarity(V: np.ndarray) -> np.ndarray:
    """Return the familiarity of an input, steps (6) and (7): G = (1/Q) sum_q max V.

    Parameters
    ----------
    V : ndarray of shape (.., module, cell)

    Returns
    -------
    ndarray of shape (..,)
    """
    return V.max(-1).mean(-1)


def gain(G: np.ndarray, floor: float, bend: float, gain: float, cells: int) -> np.ndarray:
    """Return the gain of the draw, step (8): 1 + max(0, (G - floor) / (1 - floor))^bend gain K.

    Parameters
    ----------
    G : ndarray
        Familiarity.
    floor, bend, gain : float
    cells : int
        Cells K of a module.

    Returns
    -------
    ndarray
        eta, in the shape of G.
    """
    return 1 + np.maximum(0, (G - floor) / (1 - floor)) ** bend * gain * cells


def chances(V: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """Return the chance of each cell to win, steps (9) and (10).

    rho = psi / sum_module psi, with psi = 1 + (eta - 1) / (1 + s1 exp(-s2 (V - s3)))^s4.

    Parameters
    ----------
    V : ndarray of shape (.., module, cell)
    eta : ndarray of shape (..,)

    Returns
    -------
    ndarray of shape (.., module, cell)
    """
    psi = 1 + (eta[..., None, None] - 1) / (1 + S1 * np.exp(-S2 * (V - S3))) ** S4
    return psi / psi.sum(-1, keepdims=True)


def drawn(rho: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Draw one winner in each module, step (11) of learning.

    Parameters
    ----------
    rho : ndarray of shape (.., module, cell)
        The chance of each cell.
    uniform : ndarray of shape (.., module)
        One random number in [0, 1) for each module.

    Returns
    -------
    ndarray of shape (.., module)
    """
    reached = rho.cumsum(-1)
    return (reached > uniform[..., None] * reached[..., -1:]).argmax(-1)


def best(V: np.ndarray, tie: np.ndarray) -> np.ndarray:
    """Take the best cell of each module, step (11) of recognition.

    Parameters
    ----------
    V : ndarray of shape (.., module, cell)
    tie : ndarray of shape (.., module, cell)
        Of equal cells the one with the greatest `tie` wins.

    Returns
    -------
    ndarray of int, shape (.., module)
    """
    return np.where(V.max(-1, keepdims=True) == V, tie, -1).argmax(-1)


def backed_off(
    inputs: Mapping[str, np.ndarray],
    there: Mapping[str, np.ndarray],
    powers: Mapping[str, float],
    enough: tuple[float, float, float],
) -> np.ndarray:
    """Return the evidence of step (4) from those kinds of input that find the input familiar.

    All kinds are believed together if their familiarity G reaches enough[2]. If not, the pair of
    kinds with the greatest G is believed if that reaches enough[1], and then the single kind if it
    reaches enough[0]. Where none does, all kinds are taken.

    Parameters
    ----------
    inputs, there, powers : mapping
        As in `evidence`.
    enough : tuple of float
        The G at which one, two and three kinds are believed.

    Returns
    -------
    ndarray of shape (.., module, cell)
    """
    everything = evidence(inputs, there, powers)
    V, G = everything, familiarity(everything)
    settled = enough[len(inputs) - 1] <= G
    for number in range(len(inputs) - 1, 0, -1):
        chosen, greatest = everything, np.full(G.shape, -1.0)
        for kinds in itertools.combinations(inputs, number):
            one = evidence({kind: inputs[kind] for kind in kinds}, there, powers)
            G = np.where(np.logical_and.reduce([there[kind][..., 0, 0] for kind in kinds]), familiarity(one), -1.0)
            chosen = np.where((greatest < G)[..., None, None], one, chosen)
            greatest = np.maximum(greatest, G)
        use = ~settled & (greatest >= enough[number - 1])
        V, settled = np.where(use[..., None, None], chosen, V), settled | use
    return V
