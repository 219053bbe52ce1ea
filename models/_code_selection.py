"""The steps of the code selection algorithm for any number of macrocolumns at once, numbered as in Rinkus 2014.

Arrays end in (module, cell); what stands before, such as (cue, macrocolumn), is free.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from neuromem import checks
from neuromem.arrays import require_host
from neuromem.kernels.selection import S1, S2, S3, S4


def acts(active: np.ndarray, most: np.ndarray | int, bounds: tuple[float, float]) -> np.ndarray:
    """(1) A macrocolumn acts when its active inputs are between pi- and pi+ of the `most` there can be, and there is one."""
    return (active >= np.maximum(1, bounds[0] * most)) & (active <= bounds[1] * most)


def normalised(total: np.ndarray, active: np.ndarray, least: float = 0.0, most: float = 1.0) -> np.ndarray:
    """(3) total (.., cell) / active (..), in [0, 1]: nothing below `least`, all above `most`; 0 where no input is active."""
    ratio = total / np.maximum(1, active)[..., None]
    return np.where(ratio < least, 0.0, np.where(ratio >= most, 1.0, ratio))


def evidence(inputs: Mapping[str, np.ndarray], there: Mapping[str, np.ndarray], powers: Mapping[str, float]) -> np.ndarray:
    """(4) V = U^lU H^lH D^lD, over the kinds of input that are there; 0 where none is."""
    V: np.ndarray = np.ones(())
    some: np.ndarray = np.zeros((), bool)
    for kind, x in inputs.items():
        V = V * np.where(there[kind], x ** powers[kind], 1.0)
        some = some | there[kind]
    return np.where(some, V, 0.0)


def hypotheses(V: np.ndarray, enough: float) -> np.ndarray:
    """(5) z = max(1, round(mean over modules of #{V >= enough})): how many codes compete."""
    return np.maximum(1, np.rint((enough <= V).sum(-1).mean(-1)))


def loudness(z: np.ndarray, exponent: float, most: float) -> np.ndarray:
    """(5) F(z) = z^exponent while z <= most, else 0: each of z competing codes has 1/z of the winners, which speak up."""
    return np.where(z <= most, z**exponent, 0.0)


def familiarity(V: np.ndarray) -> np.ndarray:
    """(6, 7) G = (1/Q) sum_q max V."""
    return V.max(-1).mean(-1)


def gain(G: np.ndarray, floor: float, bend: float, gain: float, cells: int) -> np.ndarray:
    """(8) eta = 1 + max(0, (G - floor) / (1 - floor))^bend gain K."""
    return 1 + np.maximum(0, (G - floor) / (1 - floor)) ** bend * gain * cells


def chances(V: np.ndarray, eta: np.ndarray) -> np.ndarray:
    """(9, 10) rho = psi / sum_module psi,  psi = 1 + (eta - 1) / (1 + s1 exp(-s2 (V - s3)))^s4."""
    psi = 1 + (eta[..., None, None] - 1) / (1 + S1 * np.exp(-S2 * (V - S3))) ** S4
    return psi / psi.sum(-1, keepdims=True)


def drawn(rho: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """(11) Learning: one winner a module, drawn from rho."""
    reached = rho.cumsum(-1)
    return (reached > uniform[..., None] * reached[..., -1:]).argmax(-1)


def best(V: np.ndarray, tie: np.ndarray) -> np.ndarray:
    """(11) Recognition: the best cell of every module; of equals the one with the greatest `tie`."""
    return np.where(V.max(-1, keepdims=True) == V, tie, -1).argmax(-1)


def backed_off(
    inputs: Mapping[str, np.ndarray],
    there: Mapping[str, np.ndarray],
    powers: Mapping[str, float],
    enough: tuple[float, float, float],
) -> np.ndarray:
    """Back-off: V from all kinds of input if their G >= enough[2], else from the pair of kinds, then from the one kind, with
    the greatest G if that reaches enough[1], enough[0]; else from all."""
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


def shared(codes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Fraction of winners (.., macrocolumn, module) that two codes have in common; a winner of -1 (at rest) is none."""
    both = (codes == others) & (codes >= 0)
    return both.sum((-2, -1)) / np.maximum(1, (others >= 0).sum((-2, -1)))


def class_scores(codes: np.ndarray, labels: Any, cues: np.ndarray, cells: int, counted: bool) -> np.ndarray:
    """Input to class units (cue, class) from codes (cue, winner), after learning from stored codes (item, winner).

    labels: (item,), whole and from 0 on, the classes of the stored items.
    counted=False: a weight is 1 once its cell was active with its class (the published class units).
    counted=True: log of the cell's frequency within the class, (n + 1/2) / (N + 1): the statistics of the codes.
    """
    labels = require_host(checks.array("labels", labels, (len(codes),)))
    if (labels < 0).any() or (labels != np.rint(labels)).any():
        raise checks.refusal("labels", "be whole numbers from 0 on, one for each stored item", f"hold {labels.min():g}")
    labels, winners = labels.astype(np.int64), codes.shape[1]
    classes = int(labels.max()) + 1
    number = np.zeros((winners, cells + 1, classes))  # cell -1, at rest, is the last
    np.add.at(number, (np.arange(winners)[None], codes, labels[:, None]), 1)
    items = np.bincount(labels, minlength=classes)
    weights = np.log((number + 0.5) / (items + 1)) if counted else (number > 0).astype(float)
    weights[:, -1] = 0
    return np.stack([weights[np.arange(winners), code].sum(0) for code in cues])
