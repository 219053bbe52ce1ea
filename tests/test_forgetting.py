"""Lifetimes: theory from matrix powers written here, and synapses that are simulated."""

from fractions import Fraction

import numpy as np
import pytest

import neuromem as nm
from neuromem import figures, sweep
from neuromem.experiments import forgetting
from neuromem.theory import lifetimes


def test_binary_synapses_follow_their_closed_form():
    t = np.arange(30)
    np.testing.assert_allclose(lifetimes.signal("binary", 0.2, t), 0.2 * 0.8**t, rtol=1e-9)


@pytest.mark.parametrize(("kind", "size"), [("cascade", 4), ("clipped", 3)])
def test_the_signal_is_that_of_probabilities_followed_one_item_at_a_time(kind, size):
    w, up, down = lifetimes.transitions(kind, size)
    np.testing.assert_allclose(up.sum(0), 1)
    np.testing.assert_allclose(down.sum(0), 1)
    assert (up >= 0).all()
    still = np.full(len(w), 1 / len(w))
    for _ in range(3000):
        still = (up @ still + down @ still) / 2
    np.testing.assert_allclose(still, 1 / len(w), atol=1e-9)  # every state is as likely
    after = (up @ still - down @ still) / 2
    for t in range(40):
        expected = w @ after / np.sqrt(w**2 @ still)
        assert lifetimes.signal(kind, size, t) == pytest.approx(expected, abs=1e-10)
        after = (up @ after + down @ after) / 2


def test_a_chains_kernel_is_that_of_its_steps():
    chains, rng = forgetting.Chains(3, 1), np.random.default_rng(0)
    kernel = [chains.change(np.ones(1), rng)[0]] + [chains.change(np.zeros(1), rng)[0] for _ in range(5000)]
    kernel = np.array(kernel)
    expected = kernel / np.sqrt((kernel**2).sum())
    np.testing.assert_allclose(lifetimes.signal("chain", 3, np.arange(50)), expected[:50], rtol=1e-6)


def test_cascades_begin_at_two_over_their_depth_and_outlive_binary_synapses():
    for n in (3, 6, 9):
        assert lifetimes.signal("cascade", n, 0) == pytest.approx(2 / n)
    assert lifetimes.lifetime("cascade", 8, 1e6) > lifetimes.lifetime("binary", 0.1, 1e6)
    kept = lifetimes.lifetime("binary", 0.1, 1e4)
    assert kept == np.floor(np.log(0.1 * 100) / -np.log(0.9)) + 1


@pytest.mark.parametrize("n", [50, 55, 100, 300])
def test_a_cascade_of_many_depths_begins_at_two_over_them(n):
    assert lifetimes.signal("cascade", n, 0) == pytest.approx(2 / n, rel=1e-12)
    ages = 2.0 ** np.arange(20)  # the first 50 depths are those of a deeper one
    np.testing.assert_allclose(
        n * lifetimes.signal("cascade", n, ages), 45 * lifetimes.signal("cascade", 45, ages), rtol=1e-7
    )


def test_a_deep_cascade_followed_in_fractions():
    """By depth: how much likelier is +1 than -1; the share that changes its sign counts against depth 1."""
    n = 60
    leave = [Fraction(1, 2**i) for i in range(n - 1)] + [Fraction(1, 2 ** (n - 2))]
    deeper = [*leave[:-1], Fraction(0)]
    more = [Fraction(0)] * n
    for i in range(n):  # a change of + : all depths of -1 come to depth 1, and those of +1 go deeper
        more[0] += leave[i] / (2 * n)
        more[i] += (leave[i] - deeper[i]) / (2 * n)
        if i + 1 < n:
            more[i + 1] += deeper[i] / (2 * n)
    for t in range(30):
        assert lifetimes.signal("cascade", n, t) == pytest.approx(float(sum(more)), rel=1e-12)
        new = [m - (a + b) * m / 2 for m, a, b in zip(more, leave, deeper, strict=True)]
        new[0] -= sum(a * m for m, a in zip(more, leave, strict=True)) / 2
        more = [m + (deeper[i - 1] * more[i - 1] / 2 if i else 0) for i, m in enumerate(new)]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [(26, (0.12106598709, 0.0201071316438, 1.55172877323e-7)), (40, (0.0984498548748, 0.0163509524009, 1.26185294649e-7))],
)
def test_a_long_chain_by_120_digits(variables, expected):
    """At the ages 0, 64 and 2^40, from eigenvalues by mpmath."""
    found = lifetimes.signal("chain", variables, [0, 64, 2**40])
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_each_variable_adds_as_much_to_the_noise_of_a_chain():
    """K(t) = t^(-1/2) over a factor of 4 in time, so that 1/S(0)^2 is a line in m."""
    noise = [lifetimes.signal("chain", m, 0) ** -2 for m in range(20, 301, 20)]
    np.testing.assert_allclose(np.diff(noise), noise[1] - noise[0], rtol=1e-7)
    assert lifetimes.lifetime("chain", 300, 1e6) > 1000


@pytest.mark.parametrize(
    ("kind", "size", "synapses"),
    [
        ("cascade", 5, 50),
        ("cascade", 5, 40),
        ("cascade", 8, 1e6),
        ("clipped", 4, 1e5),
        ("chain", 8, 2e5),
        ("binary", 0.01, 99),
    ],
)
def test_a_lifetime_ends_after_the_last_age_that_is_found(kind, size, synapses):
    """Every age is looked at; the signal of a cascade falls at age 1 and rises again at age 2."""
    found = np.flatnonzero(np.sqrt(synapses) * lifetimes.signal(kind, size, np.arange(20_000)) >= 1)
    assert lifetimes.lifetime(kind, size, synapses) == (found[-1] + 1 if len(found) else 0)


@pytest.fixture(scope="module")
def data():
    with sweep.on(workers=1):
        return forgetting.run(synapses=("binary:0.3", "cascade:5", "chain:6"), number=600, measured=100, trials=5, seed=1)


def test_simulated_synapses_follow_theory_within_their_errors(data):
    error = data.signal.std("trial", ddof=1) / 5**0.5
    assert bool((abs(data.signal.mean("trial") - data.theory_signal) < 5 * error + 0.004).all())


def test_table_and_figure_and_bad_settings(data):
    assert forgetting.summary(data).row_count == 3
    assert figures.ALL["forgetting"](data).axes
    with pytest.raises(nm.InputError, match="synapses must name a kind and its size"):
        forgetting.run(synapses=("cascade",))
    with pytest.raises(nm.InputError, match="synapses must be one of"):
        forgetting.run(synapses=("casade:5",))
    with pytest.raises(nm.InputError, match="synapses must be chains of at most 26 variables, but holds 'chain:27'"):
        forgetting.run(synapses=("chain:27",))
