"""Hebbian learning of archetypes from noisy examples, with labels or without."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from neuromem import checks
from neuromem.arrays import require_host
from neuromem.models._spin_network import SpinNetwork


class LearnsArchetypes(SpinNetwork):
    """A network that learns from examples: it says its order P, and adds what is learnt."""

    def learn(self, examples: Any, labels: Any = None, *, quality: float | None = None, classes: int | None = None) -> Self:
        """Learn archetypes, which are never seen themselves, from noisy examples on the CPU.

        With labels (supervised) and without (unsupervised), M examples of each class, P spins that
        interact (2 with pairwise weights) and R_k = r^(2k) + (1 - r^(2k)) / M for the quality
        r = <example unit x archetype unit>, the network holds patterns v of strengths c, as a
        stored item is a pattern of strength 1:

            v = sum of a class's examples,  c = (M^2 R_1)^(-P/2)                               (1)
            v = every example,  c = 1 / (M sqrt(R_P)), or 1 / (M R_1) at P = 2                 (2)

        R only scales the temperature. Where the archetype is blank, examples are 0, which
        `Multitasking` alone takes, and r is over the other units.

        Parameters
        ----------
        examples : array of shape (example, unit)
            Examples of +1/-1.
        labels : array of shape (example,), optional
            The class of each example.
        quality : float, optional
            r in (0, 1]. If it is not given, R_1 is measured with labels, and 1 without.
        classes : int, optional
            Number of archetypes; without it or labels each example is an item of its own.

        Returns
        -------
        Self
            The memory itself.

        Raises
        ------
        InputError
            If an argument is out of its range, or the network doesn't learn by Hebb's rule.

        References
        ----------
        Agliari, E. et al. (2023), arXiv 2211.14067 (supervised) and 2212.00606 (unsupervised), for
        archetypes without blanks.
        """
        order = self._learning_order()
        x = require_host(self._examples(examples)).astype(np.int8)
        patterns, strengths = learnt(x, labels, order, quality, classes)
        return self._add_learnt(patterns, strengths, classes or len(patterns))

    def _learning_order(self) -> int:
        """Number P of spins that interact; refuses where there is nothing to learn with."""
        return 2

    def _examples(self, examples: Any) -> Any:
        """The examples (example, unit), checked."""
        return checks.spins("examples", examples, self.units)

    def _add_learnt(self, patterns: np.ndarray, strengths: np.ndarray, number: int) -> Self:
        """Hold patterns (pattern, unit) of strengths (pattern,), of so many archetypes."""
        raise NotImplementedError


def learnt(
    x: np.ndarray, labels: Any, order: int, quality: float | None, classes: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Whole patterns (pattern, unit) and strengths (pattern,) of examples (example, unit).

    They are (1) or (2) of `LearnsArchetypes.learn`. R_1 is measured if no quality is given, over
    the units that are not 0, and classes=None counts M = 1.
    """
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
