"""The basins experiment: damage undone by learning rules, against simulations made independently."""

import numpy as np
import pytest

import neuromem as nm
from neuromem import figures, sweep
from neuromem.experiments import basins


@pytest.fixture(scope="module")
def data():
    models = ("hopfield", "hopfield:rule=storkey", "hopfield:rule=projection", "hopfield:rule=projection:self_coupling=True")
    with sweep.on(workers=1):
        return basins.run(models=models, stored=(30, 50, 70), fractions=(0.0, 0.1), trials=8, seed=1)


def hebb(x: np.ndarray) -> np.ndarray:
    return x.T @ x / x.shape[1]


def storkey(x: np.ndarray) -> np.ndarray:
    """h_ij leaves out k = i and k = j."""
    units = x.shape[1]
    w = np.zeros((units, units))
    for p in x:
        h = (w @ p - w.diagonal() * p)[:, None] - (w - np.diag(w.diagonal())) * p
        w = w + (np.outer(p, p) - p[:, None] * h.T - h * p) / units
    return w


def projection(x: np.ndarray) -> np.ndarray:
    return x.T @ np.linalg.solve(x @ x.T, x)


RULES = {
    "hopfield": (hebb, False),
    "hopfield:rule=storkey": (storkey, False),
    "hopfield:rule=projection": (projection, False),
    "hopfield:rule=projection:self_coupling=True": (projection, True),
}


def simulated(model: str, items: int, rng: np.random.Generator) -> float:
    """Mean overlap after 10 of 100 units were flipped, in NumPy alone: own rules, own random numbers, own updates."""
    rule, diagonal = RULES[model]
    x = rng.choice([-1.0, 1.0], (items, 100))
    w = rule(x)
    if not diagonal:
        np.fill_diagonal(w, 0)
    s = x.copy()
    for one in s:
        one[rng.choice(100, 10, replace=False)] *= -1
    for _ in range(100):
        before = s.copy()
        for i in rng.permutation(100):
            h = s @ w[i]
            s[:, i] = np.where(np.abs(h) < 1e-9, s[:, i], np.sign(h))
        if np.array_equal(before, s):
            break
    return float((s * x).mean())


def test_overlaps_are_those_of_an_independent_simulation(data):
    """Within four standard errors of the difference over 8 trials of each."""
    rng = np.random.default_rng(5)
    measured = data.overlap.sel(fraction=0.1)
    for model in RULES:
        for items in (30, 50, 70):
            ours = measured.sel(model=model, stored=items).values
            theirs = np.array([simulated(model, items, rng) for _ in range(8)])
            error = np.sqrt((ours.var(ddof=1) + theirs.var(ddof=1)) / 8)
            assert abs(ours.mean() - theirs.mean()) < 4 * error + 1e-3, (model, items)


def test_a_projection_holds_every_item_and_its_diagonal_holds_cues_as_they_are(data):
    whole = data.exact.sel(fraction=0.0)
    assert (whole.sel(model="hopfield:rule=projection") == 1).all()
    kept = data.overlap.sel(fraction=0.1, stored=70, model="hopfield:rule=projection:self_coupling=True")
    assert kept.values == pytest.approx(0.8, abs=0.03)


def test_table_and_figure(data):
    assert basins.summary(data).row_count == 4
    assert figures.ALL["basins"](data).axes


def test_refuses_what_it_cannot_run():
    with pytest.raises(nm.InputError, match="rule"):
        basins.run(models=("hopfield:rule=hebbian",))
    with pytest.raises(nm.InputError, match="fractions"):
        basins.run(fractions=(1.5,))
