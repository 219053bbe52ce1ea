"""Morphs, hysteresis, adaptation and priming: theory against networks built here."""

import numpy as np
import pytest

import neuromem as nm
from neuromem import figures, sweep
from neuromem.experiments import attractors
from neuromem.theory import attractors as theory


def test_the_overlap_of_a_morph_follows_theory_in_a_large_network_built_here():
    """A heat bath in NumPy, all units at once in two halves; within four standard errors and 0.02."""
    rng, n, k, b, t = np.random.default_rng(0), 1500, 15, 0.3, 0.3
    x = rng.choice([-1.0, 1.0], (k, n))
    w = x.T @ x / n
    np.fill_diagonal(w, 0)
    differ = np.flatnonzero(x[0] != x[1])
    for c in (0.2, 0.6):
        cue, s = x[0].copy(), x[0].copy()
        chosen = rng.permutation(differ)[: round(c * len(differ))]
        cue[chosen] = x[1][chosen]
        seen = []
        for sweep_number in range(120):
            for half in np.array_split(rng.permutation(n), 30):
                h = w[half] @ s + b * cue[half]
                s[half] = np.where(rng.random(len(half)) < 1 / (1 + np.exp(-2 * h / t)), 1, -1)
            if sweep_number >= 40:
                seen.append((s @ x[0] - s @ x[1]) / n)
        assert abs(np.mean(seen) - theory.morph_overlap(c, b, k / n, t)) < 4 * np.std(seen) / 20**0.5 + 0.02


def test_theory_jumps_half_way_where_the_field_is_as_strong_as_the_weights():
    assert theory.jump(1.5, 0.02, 0.3) == pytest.approx(0.5, abs=0.01)
    assert theory.jump(0.2, 0.01, 0.2) == 1.0
    assert theory.jump(0.6, 0.05, 0.4) < theory.jump(0.4, 0.05, 0.4)


@pytest.fixture(scope="module")
def data():
    with sweep.on(workers=1):
        return attractors.run(models=("hopfield", "attention"), units=300, stored=15, trials=5, fields=(0.4, 0.9), seed=1)


def test_a_fresh_recall_jumps_half_way_and_a_held_one_later(data):
    for model in data.model.values:
        mean = data.fresh.sel(model=model).mean("trial")
        assert float(mean[0]) > 0.9
        assert float(mean[-1]) < -0.9
        assert abs(attractors.jump(mean.values) - 0.5) < 0.06
    low, high = data.jump_there.sel(field=0.4), data.jump_back.sel(field=0.4)
    assert float(low.mean("trial")) > 0.54
    assert float(high.mean("trial")) < 0.46
    error = (float(low.var("trial")) + float(high.var("trial"))) ** 0.5 / 4**0.5
    assert abs(float(low.mean("trial")) + float(high.mean("trial")) - 1) < 4 * error + 0.01  # the same by symmetry
    assert float((data.jump_there - data.jump_back).sel(field=0.9).mean("trial")) < 0.1


def test_adaptation_leaves_an_item_before_the_bound_and_priming_wins_after_its_delay(data):
    assert bool((data.left.mean("trial") < data.theory_left + 1).all())
    assert bool((data.left.mean("trial").diff("adaptation") < 0).all())
    mean = data.primed.mean("trial")
    assert float(mean[0]) < -0.5
    assert float(mean[-1]) > 0.5
    crossing = float(np.interp(0, mean, data.delay))
    assert abs(crossing - float(data.theory_primed)) < 5


def test_table_and_figure_and_bad_settings(data):
    assert attractors.summary(data).row_count == 11
    assert figures.ALL["attractors"](data).axes
    with pytest.raises(nm.InputError, match="fields"):
        attractors.run(fields=(-1.0,))
    with pytest.raises(nm.InputError, match="temperature"):
        attractors.run(temperature=0.0)
    for name, value in (("field", -1.0), ("load", -0.1), ("temperature", 0.0)):
        with pytest.raises(nm.InputError, match=f"^{name} must"):
            theory.jump(**{"field": 0.4, "load": 0.05, "temperature": 0.4, name: value})
    with pytest.raises(nm.InputError, match=r"^temperature must leave the answer within float64"):
        theory.jump(0.4, 0.05, 5e-324)  # 1/T is infinite


def test_the_delay_of_priming_spans_all_of_float64():
    """ln g - ln eps, although g / eps is infinite."""
    assert theory.priming_delay(1e300, 1e-300, 1.0) == pytest.approx(600 * np.log(10), rel=1e-12)
