"""Hebbian learning of archetypes from noisy examples, with labels or without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from neuromem import checks
from neuromem.arrays import require_host


def learnt(
    examples: Any,
    labels: Any,
    units: int,
    order: int,
    quality: float | None,
    classes: int | None,
    check: Callable[[str, Any, int], Any] = checks.spins,
) -> tuple[np.ndarray, np.ndarray]:
    """Whole patterns v (pattern, unit) and strengths c (pattern,) of H.

        H = -(N/P) sum c ((1/N) sum_i v_i s_i)^P

    With M examples of each class and R_k = r^(2k) + (1 - r^(2k)) / M, where r is the quality:

        with labels: v = sum of a class's examples, c = (M^2 R_1)^(-P/2)
        without:     v = every example, c = 1 / (M sqrt(R_P)), or 1 / (M R_1) for P = 2

    R_1 is measured if no quality is given, over the units that are not 0, and classes=None counts
    M = 1. `check` says what examples may hold.
    """
    x = require_host(check("examples", examples, units)).astype(np.int8)
    r = 1.0 if quality is None else checks.real("quality", quality, above=0, most=1, way_out="give <unit x archetype>")
    if labels is None:
        number = len(x) if classes is None else checks.whole("classes", classes, most=len(x))
        size, power = len(x) / number, 1 if order == 2 else order
        noise = r ** (2 * power) + (1 - r ** (2 * power)) / size
        return x, np.full(len(x), 1 / (size * noise ** (1 if order == 2 else 0.5)))
    named = require_host(checks.array("labels", labels, (len(x),)))
    kinds, which, sizes = np.unique(named, return_inverse=True, return_counts=True)
    if classes is not None and classes != len(kinds):
        raise checks.refusal("classes", "be None or the number of labels", f"was {classes} for {len(kinds)} labels")
    sums = np.add.reduceat(x[np.argsort(which, kind="stable")], np.cumsum(sizes) - sizes, axis=0, dtype=np.int32)
    known = np.mean(x != 0) or 1.0
    signal = np.mean((sums / sizes[:, None]) ** 2) / known if quality is None else r**2 + (1 - r**2) / sizes
    return sums, (sizes**2 * signal) ** (-order / 2)
