"""Learning rules of the Hopfield network, against their sums, linear programming and exact fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, linprog, minimize

import neuromem as nm
from neuromem.models import _rules
from neuromem.models._rules import WHOLE
from tests.test_hopfield import states


def test_hebb_by_hand():
    x = np.array([[1, 1, -1], [1, -1, -1]])
    assert nm.Hopfield(3).store(x).weights == pytest.approx(np.array([[0, 0, -2], [0, 0, 0], [-2, 0, 0]]) / 3)
    assert nm.Hopfield(3, self_coupling=True).store(x).weights.diagonal() == pytest.approx([2 / 3] * 3)


def test_storkey_against_its_sums():
    x = nm.patterns.random(4, 7, rng=3).astype(float)
    w = np.zeros((7, 7))
    for p in x:
        h = np.array([[sum(w[i, k] * p[k] for k in range(7) if k not in (i, j)) for j in range(7)] for i in range(7)])
        w = w + (np.outer(p, p) - p[:, None] * h.T - h * p[None]) / 7
    assert _rules.storkey(x, self_coupling=True) == pytest.approx(w, abs=1e-12)


def test_projection_fixes_every_item_and_forgets_what_is_orthogonal():
    x = nm.patterns.random(20, 60, rng=0).astype(float)
    w = _rules.projection(x, self_coupling=True)
    other = np.linalg.svd(x)[2][-1]
    assert w @ x.T == pytest.approx(x.T, abs=1e-10)
    assert w @ other == pytest.approx(np.zeros(60), abs=1e-10)


def test_diederich_opper_and_descent_on_l2_end_at_the_projection():
    """Without self-coupling the smallest weights with x_i h_i = 1 are P_ij / (1 - P_ii)."""
    x = nm.patterns.random(20, 60, rng=0)
    p = _rules.projection(x, self_coupling=True)
    without = (p - np.diag(p.diagonal())) / (1 - p.diagonal()[:, None])
    assert _rules.diederich_opper(x, self_coupling=True, tolerance=1e-9) == pytest.approx(p, abs=1e-8)
    assert _rules.diederich_opper(x, tolerance=1e-9) == pytest.approx(without, abs=1e-8)
    assert _rules.descent(x, cost="l2", penalty=1e-6) == pytest.approx(without, abs=1e-3)


@pytest.mark.parametrize(("load", "kappa"), [(0.5, 1.0343), (0.9, 0.5495)])
def test_minover_finds_the_largest_stability(load, kappa):
    """The stability of a unit, min_mu x_i h_i / |W_i|, is Gardner's kappa in the mean, within 5% at N = 150."""
    x = nm.patterns.random(round(150 * load), 150, rng=0)
    w = _rules.perceptron(x, margin=10.0)
    stability = (x * (x @ w.T)).min(0)
    assert np.linalg.norm(w, axis=1) == pytest.approx(np.ones(150))
    assert stability.min() > 0.5 * kappa
    assert stability.mean() == pytest.approx(kappa, rel=0.05)


@pytest.mark.parametrize("cost", _rules.COSTS)
def test_descent_lowers_its_cost_to_the_gradient(cost):
    """The slope of every cost is the derivative of its value, and learnt patterns lie on the right side."""
    value, slope = _rules.COSTS[cost]
    z = np.linspace(-2, 3, 40)
    assert slope(z) == pytest.approx((value(z + 1e-6) - value(z - 1e-6)) / 2e-6, abs=1e-5)
    x = nm.patterns.random(25, 60, rng=1)
    assert (x * (x @ _rules.descent(x, cost=cost).T) > 0).all()


def test_covariance_rule_holds_sparse_items_where_hebb_does_not():
    """f = 0.1, N = 1000, load 0.25 (theory allows 0.44 at the best threshold), a tenth of the active units lost."""
    x = nm.patterns.sparse(250, 1000, activity=0.1, rng=0)
    active = x == 1
    cues = np.where(active, nm.cues.flip(x, 0.1, rng=1), x)
    fields = nm.Hopfield(1000, rule="covariance", activity=0.1).store(x)
    recalled = fields.recall(cues)
    assert recalled.converged.all()
    assert np.median(nm.metrics.overlap(recalled.items, x)) > 0.98
    assert np.median(nm.metrics.overlap(nm.Hopfield(1000).store(x).recall(cues), x)) < 0.9


def test_covariance_by_hand():
    x = np.array([[1, -1, -1, -1], [1, 1, -1, -1]])
    s = (1 + x) / 2 - 0.25
    j = s.T @ s / (4 * 0.25 * 0.75)
    np.fill_diagonal(j, 0)
    memory = nm.Hopfield(4, rule="covariance", activity=0.25, threshold=0.1).store(x)
    assert memory.weights == pytest.approx(j, abs=1e-6)
    on = (1 + states(4)) / 2
    energy = -0.5 * ((on @ j) * on).sum(1) + 0.1 * on.sum(1)
    assert np.ptp(memory.energy(states(4)) - energy) == pytest.approx(0, abs=1e-6)


def test_learning_from_examples_is_the_sum_of_its_equation():
    archetypes = nm.patterns.random(3, 40, rng=0)
    x = np.concatenate([nm.cues.flip(archetypes, 0.2, rng=k) for k in range(5)])
    labels = np.tile(np.arange(3), 5)
    means = np.stack([x[labels == k].mean(0) for k in range(3)])
    off = 1 - np.eye(40)
    measured = nm.Hopfield(40).learn(x, labels).weights
    assert measured == pytest.approx(off * (means.T @ means) / (40 * (means**2).mean()), abs=1e-6)
    r = 0.6**2 + (1 - 0.6**2) / 5
    supervised = nm.Hopfield(40).learn(x, labels, quality=0.6).weights
    assert supervised == pytest.approx(off * (means.T @ means) / (40 * r), abs=1e-6)
    unsupervised = nm.Hopfield(40).learn(x, classes=3, quality=0.6).weights
    assert unsupervised == pytest.approx(off * (x.T @ x) / (40 * 5 * r), abs=1e-6)
    assert nm.Hopfield(40).learn(x).weights == pytest.approx(nm.Hopfield(40).store(x).weights, abs=1e-6)


def fractions(rule: str, x: np.ndarray) -> np.ndarray:
    """W of a rule, without its diagonal, as fractions."""
    units = x.shape[1]
    items = x.astype(int).astype(object) * Fraction(1)
    w = np.full((units, units), Fraction(0))
    if rule == "projection":  # Gram and Schmidt, without square roots
        for item in items:
            rest = item - w @ item
            if any(rest):
                w = w + np.outer(rest, rest) / (rest @ rest)
    else:
        for p in items:
            h = np.array(
                [[sum(w[i, k] * p[k] for k in range(units) if k not in (i, j)) for j in range(units)] for i in range(units)]
            )
            w = w + (np.outer(p, p) - p[:, None] * h.T - h * p) / units
    np.fill_diagonal(w, Fraction(0))
    return w


@pytest.mark.parametrize(("rule", "items"), [("projection", 2), ("projection", 4), ("projection", 10), ("storkey", 2)])
def test_rounding_decides_no_spin(rule, items):
    """All 2^9 states, one synchronous step, against fractions: a field that is 0 keeps its spin."""
    x = nm.patterns.random(items, 9, rng=5)
    w, s = fractions(rule, x), states(9)
    fields = s.astype(object) @ w.T
    expected = np.where(fields == 0, s, np.where(fields > 0, 1, -1))
    memory = nm.Hopfield(9, rule=rule, updates="synchronous", steps=1).store(x)
    assert memory.weights == pytest.approx(w.astype(float), abs=1e-6)
    assert (fields == 0).any()
    assert np.array_equal(memory.recall(s).items, expected)


@pytest.mark.parametrize("updates", ["asynchronous", "synchronous"])
@pytest.mark.parametrize("items", [40, 41, 70])
def test_a_projection_on_all_states_moves_nothing(items, updates):
    """W is the identity then, and without its diagonal 0."""
    x = nm.patterns.random(items, 40, rng=3)
    memory = nm.Hopfield(40, rule="projection", updates=updates).store(x)
    assert np.linalg.matrix_rank(x) == 40
    assert (memory.weights == 0).all()
    recalled = memory.recall(nm.cues.flip(x, 0.2, rng=1))
    assert np.array_equal(recalled.items, nm.cues.flip(x, 0.2, rng=1))
    assert recalled.converged.all()
    assert len(memory.unlearned) == 40


def separable(z: np.ndarray) -> bool:
    """Whether some w has w z >= 1 for all z (item, unit), by linear programming."""
    items, units = z.shape
    return linprog(np.zeros(units), A_ub=-z, b_ub=-np.ones(items), bounds=(None, None)).status == 0


def test_the_perceptron_learns_what_linear_programming_can():
    """39 inputs and 78 items, Cover's load of 2, at which half of the units can hold all."""
    x = nm.patterns.random(78, 40, rng=0)
    memory = nm.Hopfield(40, rule="perceptron")
    with pytest.warns(UserWarning, match=r"of 40 units can't hold all 78 items .* `unlearned`"):
        memory.store(x)
    possible = [separable(x[:, i, None] * np.delete(x, i, axis=1).astype(float)) for i in range(40)]
    assert 8 < sum(possible) < 32
    assert memory.unlearned.tolist() == np.flatnonzero(~np.array(possible)).tolist()
    learnt = (x * (x @ memory.weights.T) > 0).all(0)
    assert learnt.tolist() == possible


def test_what_minover_does_not_reach_is_learnt_with_the_largest_stability():
    """The shortest w with w z >= 1, against a general solver."""
    x = nm.patterns.random(40, 30, rng=1)
    z = (x[:, :1] * x[:, 1:]).astype(float)
    w = _rules.most_stable(z)
    found = minimize(lambda w: w @ w, w + 0.1, constraints=LinearConstraint(z, 1, np.inf), method="SLSQP")
    assert (z @ w).min() == pytest.approx(1, abs=1e-8)
    assert w == pytest.approx(found.x, abs=1e-3)
    assert _rules.most_stable(np.array([[1.0, 0.0], [-1.0, 0.0]])) is None


def test_a_rule_that_learns_all_leaves_nothing_unlearned(recwarn):
    for rule in WHOLE:
        assert nm.Hopfield(60, rule=rule).store(nm.patterns.random(20, 60, rng=0)).unlearned.size == 0
    assert not recwarn.list


def test_storkey_goes_on_from_weights_that_are_not_symmetric():
    """One pattern, by the sums of the rule's definition."""
    rng = np.random.default_rng(0)
    w, x = rng.normal(size=(5, 5)), np.sign(rng.normal(size=5))
    np.fill_diagonal(w, 0)
    h = np.array([[sum(w[i, k] * x[k] for k in range(5) if k not in (i, j)) for j in range(5)] for i in range(5)])
    expected = w + (np.outer(x, x) - x[:, None] * h.T - h * x) / 5
    np.fill_diagonal(expected, 0)
    memory = nm.Hopfield.from_weights(w, rule="storkey").store(x[None].astype(int))
    assert memory.weights == pytest.approx(expected, abs=1e-6)


def test_a_unit_whose_field_is_0_is_unlearned_and_keeps_its_state():
    items = np.array([[1, 1, 1, 1], [1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]])
    memory = nm.Hopfield(4, rule="projection").store(items)
    assert (memory.weights == 0).all()
    assert memory.unlearned.tolist() == [0, 1, 2, 3]
    assert (memory.recall(items).items == items).all()
