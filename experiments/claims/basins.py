"""Claims about basins: what learning rules make of items of 100 units, ten of them flipped."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuromem import cues, metrics, patterns
from neuromem.experiments.claims.claim import Answer, claim, mean
from neuromem.models import make

TABLE = "independent simulation of all rules, a table of overlaps without errors"
SINGLE: dict[str, Any] = {"within": 0.06, "cost": "minutes", "why": "the table has a single set, and sets spread by 0.02"}
SETS = "the spread of the sets, and that of the table, which gives none"


def basin(rule: str, stored: int, seed: int, sets: int = 40) -> np.ndarray:
    """Mean overlap of each set of items of 100 units, ten of which are flipped in a cue."""
    out = []
    for k in range(sets):
        items = patterns.random(stored, 100, rng=seed + k)
        memory = make(rule, 100, rng=seed + k).store(items)
        out.append(metrics.overlap(memory.recall(cues.flip(items, 0.1, rng=seed + k)), items).mean())
    return np.array(out)


def by_loops(stored: int, sets: int = 40, units: int = 100) -> float:
    """The same for Hebb's rule in plain NumPy, with other numbers and another order."""
    rng = np.random.RandomState(12345)
    overlaps = []
    for _ in range(sets):
        x = rng.choice([-1, 1], (stored, units))
        w = x.T @ x / units
        np.fill_diagonal(w, 0)
        for item in x:
            s = item.copy()
            s[rng.permutation(units)[: units // 10]] *= -1
            for _ in range(100):
                before = s.copy()
                for i in rng.permutation(units):
                    h = w[i] @ s
                    s[i] = s[i] if h == 0 else np.sign(h)
                if (s == before).all():
                    break
            overlaps.append(s @ item / units)
    return float(np.mean(overlaps))


def enter(
    id: str, name: str, rule: str, stored: int, published: float, within: float = 0.03, sets: int = 40, **more: Any
) -> None:
    """Enter one cell of the table into the ledger."""
    cues = f"{stored} items of 100 units, ten of which are flipped"
    statement = f"{name} brings {cues}, back to a mean overlap of {published}."

    @claim(
        id,
        statement,
        TABLE,
        standing="simulation",
        published=published,
        within=within,
        **{"why": SETS, "cost": "seconds"} | more,
    )
    def measure(seed: int) -> Answer:
        return mean(basin(rule, stored, seed, sets))


enter("P28", "Hebb's rule", "hopfield", 10, 0.989, 0.015)
enter("P29", "Hebb's rule", "hopfield", 20, 0.80, sets=80, independent=lambda: by_loops(20))
enter("P30", "Storkey's rule", "hopfield:rule=storkey", 30, 0.974, 0.02)
enter("P30b", "Storkey's rule", "hopfield:rule=storkey", 50, 0.68)
enter("P30c", "Storkey's rule", "hopfield:rule=storkey", 70, 0.443)
enter("P31", "The projection rule", "hopfield:rule=projection", 50, 0.888, 0.025)
enter("P31b", "The projection rule", "hopfield:rule=projection", 70, 0.616)
enter("P32", "The projection rule with its diagonal", "hopfield:rule=projection:self_coupling=True", 70, 0.808, 0.01)
enter("P32b", "The projection rule with its diagonal", "hopfield:rule=projection:self_coupling=True", 50, 0.865)
enter("P33", "The rule of Diederich and Opper", "hopfield:rule=diederich_opper", 50, 0.903, cost="minutes")
enter("P33b", "The rule of Diederich and Opper", "hopfield:rule=diederich_opper", 70, 0.63, cost="minutes")
enter("P34", "Descent on an exponential loss", "hopfield:rule=descent_exponential", 50, 0.95, **SINGLE)
enter("P34b", "Descent on a square loss", "hopfield:rule=descent_l2", 50, 0.842, **SINGLE)
enter("P34c", "Descent on an absolute loss", "hopfield:rule=descent_l1", 50, 0.887, **SINGLE)
