"""Continual: fast weights that learn block after block and protect what earlier blocks taught."""

from __future__ import annotations

from typing import Any

import array_api_compat
import numpy as np

from neuromem import checks
from neuromem.arrays import same_kind, unit_length
from neuromem.models._one_step import OneStep, zeros

RULES = ("hlop", "ewc", "plain")
SMALL, STILL = 1e-3, 1e-9  # size of new rows of H, and the change of a row below which it stands
NEW = 1e-3  # share of a key that must lie outside of the subspace for the key to be learnt


class Continual(OneStep):
    """Fast weights that learn items in blocks; a block is what one call of `store` brings.

    Equations, numbered as in the code's comments, with keys K (item, unit) of length 1, values V,
    and the weights S (value unit, unit) from before the block:

        S <- S + (V - K S^T)^T (1 + L M^-1 L^T)^-1 L M^-1                                      (1)
        plain:  L = K,              M = ridge
        ewc:    L = K,              M = ridge + strength F,  F <- F + sum_items k_j^2          (2)
        hlop:   L = K - K H^T H,    M = ridge                                                  (3)
                H <- H + rate y (x - H^T y)^T,  y = H x,  averaged over the block              (4)
        o = S q                                                                                (5)

    (1) is where descent on sum |v - S k|^2 + sum_j M_j |change of S_j|^2 ends, which the papers
    only approach. "plain" changes as little as it can. "ewc", elastic weight consolidation, holds a
    weight back by its Fisher information, which in a linear memory is the sum F_j of k_j^2 over all
    earlier items; the whole matrix in its place would give least squares over all blocks. "hlop",
    Hebbian orthogonal projection, changes S only across the subspace of earlier keys, so that old
    answers stay as they are up to the part of their keys that H misses. Rows of H are learnt by
    (4), a Hebbian and an anti-Hebbian step, and frozen after their block. A key that lies in their
    span, up to a thousandth, teaches nothing more, nor does any key once H has as many rows as
    a key has units.

    Parameters
    ----------
    units : int
        Length of a key; a value may have another length, and both may be real.
    rule : {"hlop", "ewc", "plain"}, default "hlop"
        What protects earlier blocks.
    strength : float, default 1
        Of (2).
    ridge : float, default 1e-6
        Of (1).
    rows : int, optional
        Rows of H that a block adds; by default as many as it has items.
    rate : float, default 0.5
        Learning rate of (4), over the mean square length of what is new in the keys.
    learning_steps : int, default 2000
        The most steps of (4) in a block.
    rng : int or numpy.random.Generator, default 0
        Draws the rows of H before they are learnt.

    Attributes
    ----------
    stored : int
        Number of items stored.
    seed : int
        What the rows were drawn from.

    Raises
    ------
    InputError
        If arrays have another shape or library, nothing is stored at a recall, or a result is too
        large for its type.

    References
    ----------
    Xiao, M. et al. (2024). Hebbian learning based orthogonal projection for continual learning of
    spiking neural networks. ICLR. https://arxiv.org/abs/2402.11984

    Kirkpatrick, J. et al. (2017). Overcoming catastrophic forgetting in neural networks. PNAS 114,
    3521. https://doi.org/10.1073/pnas.1611835114

    Examples
    --------
    >>> keys, values = np.array([[1.0, 0.0], [0.6, 0.8]]), np.array([[2.0], [-3.0]])
    >>> memory = Continual(2).store(keys[:1], values[:1]).store(keys[1:], values[1:])
    >>> memory.recall(keys).items.round(3).tolist()
    [[2.0], [-3.0]]
    """

    def __init__(
        self,
        units: int,
        *,
        rule: str = "hlop",
        strength: float = 1.0,
        ridge: float = 1e-6,
        rows: int | None = None,
        rate: float = 0.5,
        learning_steps: int = 2000,
        rng: int | np.random.Generator = 0,
    ):
        super().__init__(units)
        self.rule = checks.choice("rule", rule, RULES)
        self.strength = checks.real("strength", strength, least=0)
        self.ridge = checks.real("ridge", ridge, above=0)
        self.rows = None if rows is None else checks.whole("rows", rows, least=0)
        self.rate = checks.real("rate", rate, above=0, most=1, way_out="give a learning rate such as 0.5")
        self.learning_steps = checks.whole("learning_steps", learning_steps)
        self.seed = checks.seed(rng)

    def _learn(self, state: dict[str, Any], keys: Any, values: Any) -> dict[str, Any]:
        # (1) adds numbers of the size of 1 to the ridge, which float32 can't hold beside each other
        xp, dtype = array_api_compat.array_namespace(keys), keys.dtype
        keys, values = unit_length(xp.astype(keys, xp.float64)), xp.astype(values, xp.float64)
        state = {name: xp.astype(array, xp.float64) for name, array in state.items()}
        weights = state["weights"] if state else zeros(keys, values.shape[1], self.units)
        learnt, stiff, held = keys, self.ridge, {}
        if self.rule == "ewc":
            fisher = state["fisher"] if state else zeros(keys, self.units)
            stiff = self.ridge + self.strength * fisher  # (2)
            held = {"fisher": fisher + xp.sum(keys**2, axis=0)}
        elif self.rule == "hlop":
            subspace = state["subspace"] if state else zeros(keys, 0, self.units)
            learnt = keys - keys @ subspace.T @ subspace  # (3)
            new = xp.sum(learnt**2, axis=1, keepdims=True) > NEW**2
            learnt = xp.where(new, learnt, xp.zeros_like(learnt)) if len(subspace) < self.units else 0 * learnt
            held = {"subspace": xp.concat([subspace, self._subspace(learnt, subspace)])}
        soft = learnt / stiff
        inner = soft @ learnt.T + xp.eye(len(keys), dtype=keys.dtype, device=array_api_compat.device(keys))
        change = (values - keys @ weights.T).T @ xp.linalg.solve(inner, soft)  # (1)
        return {name: xp.astype(array, dtype) for name, array in {"weights": weights + change, **held}.items()}

    def _subspace(self, new: Any, known: Any) -> Any:
        """Learn rows (row, unit) beside the known ones for what is new in keys, equation (4)."""
        xp = array_api_compat.array_namespace(new)
        power = float(xp.sum(new**2))
        number = min(len(new) if self.rows is None else self.rows, self.units - len(known))
        if power < STILL:
            number = 0
        drawn = SMALL * np.random.default_rng((self.seed, len(known))).standard_normal((number, self.units))
        rows = xp.astype(same_kind(drawn, new), new.dtype)
        rows = rows - rows @ known.T @ known
        for _ in range(self.learning_steps if number else 0):
            y = new @ rows.T
            step = self.rate / power * (y.T @ (new - y @ rows))  # (4)
            rows = rows + step
            if float(xp.max(xp.abs(step))) < STILL:
                break
        return rows

    def _read(self, state: dict[str, Any]) -> list[Any]:
        return [state["weights"]]

    def _respond(self, state: dict[str, Any], cues: Any) -> Any:
        return unit_length(cues) @ state["weights"].T  # (5)
