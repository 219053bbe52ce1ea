"""Scaling laws: exponents from sums written here, and the experiment's errors."""

import numpy as np
import pytest

import neuromem as nm
from neuromem import figures, sweep
from neuromem.experiments import scaling
from neuromem.theory import scaling as theory


@pytest.mark.parametrize("tail", [1.5, 2.0])
@pytest.mark.parametrize("scheme", ["p", "p^(1/2)"])
def test_the_exponent_is_that_of_items_below_the_noise(scheme, tail):
    """What lies below a share of the noise sqrt(sum q^2 / d), by sums over a million items."""
    p = np.arange(1.0, 1_000_001) ** -tail
    q, rest = p ** theory.power(scheme, tail), 1e6 ** (1 - tail) / (tail - 1)  # beyond the last item
    lost = [rest + p[q < 0.3 * np.sqrt((q**2).sum() / d)].sum() for d in (2.0**12, 2.0**18)]
    assert np.log2(lost[1] / lost[0]) / 6 == pytest.approx(theory.exponent(scheme, tail), abs=0.02)


def test_the_best_power_has_its_law_at_every_tail():
    """2 a (1 / 2a) is not 1 to the last digit at each a, such as 24.5."""
    tails = np.linspace(1.01, 40, 500)
    np.testing.assert_allclose([theory.exponent("p^(1/2a)", tail) for tail in [*tails, 24.5]], 1 - np.array([*tails, 24.5]))
    assert np.isnan(theory.exponent("all alike", 2.0))


def test_scores_are_those_of_the_matrix_written_out():
    rng = np.random.default_rng(3)
    p = theory.frequencies(30, 2.0)
    error = scaling.wrong("p^(1/2)", p, 8, 4, 2.0, np.random.default_rng(3))
    e = rng.standard_normal((30, 8)) / 8**0.5
    u = rng.standard_normal((4, 8))
    u = u / np.sqrt((u**2).sum(1))[:, None]
    w = sum(p[x] ** 0.5 * np.outer(u[x % 4], e[x]) for x in range(30))
    wrong = sum(p[x] for x in range(30) if np.argmax([u[y] @ w @ e[x] for y in range(4)]) != x % 4)
    assert error == pytest.approx(wrong)


def test_what_examples_leave_out_is_what_is_expected():
    runs = np.array([scaling.seen(seed=seed, items=500, tail=2.0)["unseen"][1] for seed in range(40)])
    expected = theory.unseen(np.array(scaling.EXAMPLES), 500, 2.0)
    error = runs.std(0, ddof=1) / 40**0.5
    assert (abs(runs.mean(0) - expected) < 4 * error + 1e-4).all()


def test_the_measured_exponents_are_near_the_laws_and_in_their_order():
    with sweep.on(workers=1):
        data = scaling.run(number=4000, sizes=(16, 32, 64, 128, 256), trials=6, seed=2)
    slope = data.slope.sel(scheme=["p", "p^(1/2)", "most frequent"])
    law = data.theory_slope.sel(scheme=["p", "p^(1/2)", "most frequent"])
    assert bool((abs(slope - law) < 0.12).all())
    assert bool((slope.diff("scheme") < 0).all())
    assert scaling.summary(data).row_count == 5
    assert figures.ALL["scaling"](data).axes


def test_bad_settings_are_refused():
    with pytest.raises(nm.InputError, match="sizes must be at least two rising numbers"):
        scaling.run(sizes=(64,))
    with pytest.raises(nm.InputError, match="tail"):
        scaling.run(tail=1.0)
