"""Dendrites: every published number of false positives, false negatives and unions, exact tails, simulation, the memory."""

import math

import numpy as np
import pytest
from scipy.stats import hypergeom

import neuromem as nm
from neuromem.kernels import bits, packed
from neuromem.theory import dendrite as theory

# cells, active, synapses, threshold, published
FALSE_POSITIVES = [
    (100_000, 2000, 6, 6, 6.353e-11),
    (100_000, 2000, 8, 8, 2.525e-14),
    (100_000, 2000, 10, 10, 1.0016e-17),
    (100_000, 2000, 12, 6, 5.294e-8),
    (100_000, 2000, 16, 8, 2.817e-10),
    (100_000, 2000, 20, 10, 1.542e-12),
    (100_000, 2000, 24, 12, 8.587e-15),
    (10_000, 300, 24, 12, 8.376e-13),
    (4000, 128, 24, 12, 1.343e-12),
    (300, 64, 24, 12, 1.0946e-3),
    (500, 64, 24, 12, 5.6957e-6),
    (700, 64, 24, 12, 1.4125e-7),
    (300, 128, 24, 12, 0.292078),
    (500, 128, 24, 12, 7.36788e-3),
    (700, 128, 24, 12, 3.20106e-4),
    (500, 256, 24, 12, 0.629373),
]


@pytest.mark.parametrize(("cells", "active", "synapses", "threshold", "published"), FALSE_POSITIVES)
def test_false_positives(cells, active, synapses, threshold, published):
    ours = theory.false_positive(cells, active, synapses, threshold)
    assert ours == pytest.approx(published, rel=6e-4 if published < 1e-4 else 1e-4)
    assert ours == pytest.approx(hypergeom.sf(threshold - 1, cells, synapses, active), rel=1e-7)


@pytest.mark.parametrize(
    ("patterns", "threshold", "published"), [(2, 10, 4.915e-9), (4, 10, 4.626e-6), (6, 10, 1.588e-4), (6, 20, 1.080e-7)]
)
def test_false_positives_of_a_dendrite_that_holds_several_patterns(patterns, threshold, published):
    """Table 1 of Hawkins & Ahmad (2016): 2 m theta synapses, threshold theta, 2000 of 100,000 cells active."""
    ours = theory.false_positive(100_000, 2000, 2 * patterns * threshold, threshold)
    assert ours == pytest.approx(published, rel=6e-4)


@pytest.mark.parametrize(("threshold", "published"), [(8, 7.354e-4), (12, 0.07170), (16, 0.58250)])
def test_false_negatives_at_half_the_cells_replaced(threshold, published):
    ours = theory.false_negative(128, 30, threshold, 64)
    assert ours == pytest.approx(published, rel=1e-3)
    assert ours == pytest.approx(hypergeom.sf(30 - threshold, 128, 30, 64), rel=1e-9)


@pytest.mark.parametrize(
    ("cells", "published"),
    [(1000, (1.75e-11, 0.01857, 0.430)), (4000, (1.86e-17, 3.33e-7, 1.30e-4)), (8000, (1.84e-20, 5.32e-10, 3.48e-7))],
)
def test_unions_as_active_cells(cells, published):
    for patterns, number in zip((1, 10, 20), published, strict=True):
        ours = theory.false_positive(cells, theory.union(cells, 30, patterns), 20, 10)
        assert ours == pytest.approx(number, rel=4e-3)


@pytest.mark.parametrize(
    ("threshold", "bound", "simulated"),
    [(4, 0.14469, 0.134632), (5, 0.0028265, 0.00285), (6, 2.0365e-5, 1.7e-5), (7, 3.1235e-8, 0)],
)
def test_a_set_of_500_patterns(threshold, bound, simulated):
    """M P is the published bound; 1 - (1 - P)^M gives the published simulation."""
    one = theory.false_positive(100, 7, 7, threshold)
    assert 500 * one == pytest.approx(bound, rel=5e-4)
    ours = theory.any_false_positive(one, 500)
    assert ours <= 500 * one
    assert abs(ours - simulated) < 3 * math.sqrt(ours / 1e6) + 0.001 * ours


def test_tails_are_right_far_below_the_smallest_double():
    """Against whole-number arithmetic; 1e-40, and below 1e-323."""
    from fractions import Fraction
    from math import comb

    def exact(n, a, s, theta):
        terms = sum(comb(s, b) * comb(n - s, a - b) for b in range(theta, min(s, a) + 1))
        return Fraction(terms, comb(n, a))

    for n, a, s, theta in ((20_000, 100, 40, 20), (20_000, 200, 180, 170), (1000, 500, 30, 2), (50, 45, 40, 30)):
        value = exact(n, a, s, theta)
        log = math.log(value.numerator) - math.log(value.denominator)
        assert theory.log_false_positive(n, a, s, theta) == pytest.approx(log, rel=1e-10, abs=1e-8)
    assert theory.false_positive(20_000, 100, 40, 20) == pytest.approx(float(exact(20_000, 100, 40, 20)), rel=1e-8)
    assert theory.log_false_positive(20_000, 200, 180, 170) < -745


def test_certain_and_impossible():
    assert theory.false_positive(50, 45, 40, 30) == 1.0  # 35 synapses are hit at least
    assert theory.false_positive(100, 5, 20, 6) == 0.0
    assert theory.false_negative(40, 20, 10, 0) == 0.0
    assert theory.false_negative(40, 20, 10, 40) == 1.0
    assert theory.union(10, 10, 3) == 10


def test_simulated_false_positives_equal_theory():
    """3 standard errors over pairs of 400 dendrites and 400 patterns in each of 5 runs."""
    rates = []
    for run in range(5):
        dendrites = nm.patterns.sparse(400, 300, activity=24 / 300, rng=2 * run) > 0
        patterns = nm.patterns.sparse(400, 300, activity=128 / 300, rng=2 * run + 1) > 0
        rates.append((packed.shared(bits.pack(dendrites), bits.pack(patterns)) >= 12).mean())
    error = np.std(rates, ddof=1) / 5**0.5
    assert abs(np.mean(rates) - theory.false_positive(300, 128, 24, 12)) < 3 * error + 1e-4


def test_experiment_counts_what_theory_expects():
    """Three trials at small sizes, 4 standard errors of the pooled counts; pairs share dendrites, hence the factor 2."""
    from neuromem.experiments import dendrite as experiment
    from neuromem.figures import dendrite as figure

    data = experiment.run(active=(128,), cells=(300, 500), union_cells=(1000,), dendrites=500, shown=500, trials=3)
    for name, pairs in (
        ("false_positive", 3 * 500**2),
        ("false_negative", 3 * 5000),
        ("union_false_positive", 3 * 500 * 20),
    ):
        rate, expected = data[name].mean("trial").values, data[f"{name}_theory"].values
        assert (np.abs(rate - expected) <= 8 * np.sqrt(expected * (1 - expected) / pairs) + 0.02 * expected + 1e-4).all()
        assert rate.max() > 0.05
    assert len(figure.draw(data).axes) == 3
    assert experiment.summary(data).row_count == 2


# --- memory -----------------------------------------------------------------------------------------------------------


def test_segments_match_as_often_as_theory_says():
    """A cell is missed with the false-negative probability; 64 of 128 active cells replaced, 3.5 standard errors."""
    cells, active, items = 4000, 128, 60
    x = nm.patterns.sparse(items, cells, activity=active / cells, rng=0)
    memory = nm.Dendrite(cells, activity=active / cells, contacts=30, threshold=12).store(x)
    rng = np.random.default_rng(1)
    cues = x.copy()
    for cue in cues:
        cue[rng.choice(np.flatnonzero(cue > 0), active // 2, replace=False)] = -1
        cue[rng.choice(np.flatnonzero(cue < 0), active // 2, replace=False)] = 1
    missed = ((np.asarray(memory.recall(cues)) < 0) & (x > 0)).sum(1) / active
    error = missed.std(ddof=1) / items**0.5
    assert abs(missed.mean() - theory.false_negative(128, 30, 12, 64)) < 3.5 * error + 0.004  # replaced ones may come back


def test_a_cue_of_two_keys_recalls_both_values():
    keys = nm.patterns.sparse(40, 2000, activity=0.02, rng=0)
    values = nm.patterns.sparse(40, 500, activity=0.02, rng=1)
    memory = nm.Dendrite(2000, activity=0.02).store(keys, values)
    both = np.maximum(keys[:1], keys[1:2])
    np.testing.assert_array_equal(np.asarray(memory.recall(both)), np.maximum(values[:1], values[1:2]))


def test_cost_counts_synapses():
    x = nm.patterns.sparse(10, 1000, activity=0.03, rng=0)
    memory = nm.Dendrite(1000, activity=0.03).store(x)
    assert memory.cost.synapses == 10 * 30 * 20
    assert memory.cost.bits == 10 * 30 * (20 * 16 + 32)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nm.Dendrite(100, contacts=5, threshold=8), "threshold must be a whole number from 1 to 5"),
        (
            lambda: nm.Dendrite(100, activity=0.05, threshold=8).store(np.where(np.arange(100) < 5, 1, -1)[None]),
            "at least 8 active",
        ),
        (lambda: theory.false_positive(100, 101, 5, 3), "active must be a finite number and at most 100 and above 0"),
        (lambda: theory.false_positive(100, 10, 5, 6), "threshold must be a whole number from 1 to 5"),
        (lambda: theory.false_negative(10, 11, 5, 3), "synapses must be a whole number from 1 to 10"),
        (lambda: theory.false_negative(10, 5, 3, 11), "replaced must be a whole number from 0 to 10"),
    ],
)
def test_what_can_not_be_is_refused(make, message):
    with pytest.raises(nm.InputError, match=message):
        make()


def test_what_one_call_refuses_is_refused_in_two():
    """Items of 2 and of 14 active cells: the mean of 11 makes a threshold of 6, which the first one can't meet."""
    x = -np.ones((4, 200), int)
    x[0, :2] = 1
    for i in range(1, 4):
        x[i, 20 * i : 20 * i + 14] = 1
    with pytest.raises(nm.InputError, match="at least 6 active cells"):
        nm.Dendrite(200).store(x)
    memory = nm.Dendrite(200).store(x[:1])
    with pytest.raises(nm.InputError, match="keys must leave the segments that are held enough synapses"):
        memory.store(x[1:])
    assert (memory.recall(x[:1]).items == x[:1]).all()
    assert memory.stored == 1
    told = nm.Dendrite(200, threshold=2).store(x[:1]).store(x[1:])
    assert (told.recall(x).items == x).all()
