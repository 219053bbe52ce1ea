"""The Hopfield network: what it recalls, in any array library, within the memory that there is."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import torch
from scipy.stats import norm

import neuromem as nm
from neuromem.models._rules import ADDING, RULES, WHOLE


def states(units: int) -> np.ndarray:
    """All 2^N states, (state, unit) of +1/-1."""
    return 1 - 2 * ((np.arange(2**units)[:, None] >> np.arange(units)) & 1)


@pytest.mark.parametrize("updates", ["asynchronous", "synchronous"])
@pytest.mark.parametrize(("rule", "items"), [("hebb", 8), ("storkey", 25), *((rule, 50) for rule in WHOLE)])
def test_items_are_fixed_points(rule, items, updates):
    x = nm.patterns.random(items, 120, rng=1)
    r = nm.Hopfield(120, rule=rule, updates=updates).store(x).recall(x)
    assert np.array_equal(r.items, x)
    assert r.converged.all()
    assert (r.steps == 1).all()


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("self_coupling", [False, True])
def test_storing_in_parts_is_storing_at_once(rule, self_coupling):
    x = nm.patterns.random(9, 50, rng=2)
    parts, once = (nm.Hopfield(50, rule=rule, self_coupling=self_coupling) for _ in range(2))
    assert np.allclose(parts.store(x[:4]).store(x[4:]).weights, once.store(x).weights, rtol=0, atol=1e-6)


@pytest.mark.parametrize("rule", [*ADDING, "projection"])
def test_a_batch_is_a_loop_and_energy_never_rises(rule):
    x = nm.patterns.random(30, 101, rng=4)
    cues = nm.cues.flip(x, 0.3, rng=5)
    memory = nm.Hopfield(101, rule=rule).store(x)
    recalled = memory.recall(cues)
    alone = np.concatenate([memory.recall(c[None]).items for c in cues])
    assert np.array_equal(recalled.items, alone)
    before = memory.energy(cues)
    for sweeps in range(1, 6):
        after = memory.energy(nm.Hopfield(101, rule=rule, steps=sweeps).store(x).recall(cues).items)
        assert (after <= before + 1e-4).all()
        before = after
    assert (memory.energy(recalled.items) < memory.energy(cues)).any()


def test_a_field_of_zero_keeps_the_spin():
    memory = nm.Hopfield(4).store([[1, 1, 1, 1], [1, 1, -1, -1]])  # no field from units 0, 1 on 2, 3
    recalled = memory.recall([[1, 0, 0, 0], [1, -1, 1, 0]]).items.tolist()
    assert recalled[0] == [1, 1, 0, 0]
    assert recalled[1] in ([1, 1, 1, 1], [-1, -1, 1, 1])


@pytest.mark.parametrize("updates", ["asynchronous", "synchronous"])
def test_torch_in_torch_out(updates):
    x = nm.patterns.random(5, 64, rng=0)
    cues = nm.cues.flip(x, 0.2, rng=1)
    memory = nm.Hopfield(64, updates=updates).store(torch.asarray(x))
    recalled = memory.recall(torch.asarray(cues, dtype=torch.float32)).items
    assert recalled.dtype == torch.float32
    assert np.array_equal(recalled.numpy(), memory.recall(cues).items)


def test_synchronous_heat_bath_has_the_field_of_its_temperature():
    """One item: <s x> after many parallel sweeps solves m = tanh(m / T), within 4 standard errors."""
    units, runs, temperature, m = 400, 200, 0.6, 0.8476
    for _ in range(50):
        m = np.tanh(m / temperature)
    x = nm.patterns.random(1, units, rng=0)
    memory = nm.Hopfield(units, updates="synchronous", temperature=temperature, steps=30, self_coupling=True).store(x)
    overlaps = nm.metrics.overlap(memory.recall(np.repeat(x, runs, 0)), np.repeat(x, runs, 0))
    assert abs(overlaps.mean() - m) < 4 * overlaps.std() / np.sqrt(runs) + 1 / units


def test_unknown_names_are_refused_with_the_nearest():
    with pytest.raises(nm.InputError, match="did you mean 'storkey'"):
        nm.Hopfield(8, rule="storky")
    with pytest.raises(nm.InputError, match="synchronous"):
        nm.Hopfield(8, updates="parallel")


def test_the_network_of_1982():
    """0/1 units without a threshold, V_i <- [sum_j T_ij V_j > 0] (Hopfield 1982): all 2^9 states, in whole numbers."""
    x = nm.patterns.random(4, 9, rng=2)
    t = x.T.astype(int) @ x
    np.fill_diagonal(t, 0)
    fields = (states(9) + 1) // 2 @ t
    memory = nm.Hopfield(9, rule="covariance", activity=0.5, threshold=0, updates="synchronous", steps=1).store(x)
    assert (fields == 0).sum() > 100
    assert np.array_equal(memory.recall(states(9)).items, np.where(fields == 0, states(9), np.sign(fields)))


def test_one_bit_errors_of_the_network_of_1982():
    """N = 100, 10 items: P = Q(sqrt(N / 2 K) (1 - 1/N)) = 0.0091 for a unit that one update makes wrong (his equation)."""
    wrong = []
    for seed in range(60):
        x = nm.patterns.random(10, 100, rng=seed)
        memory = nm.Hopfield(100, rule="covariance", activity=0.5, threshold=0, updates="synchronous", steps=1).store(x)
        wrong.append((memory.recall(x).items != x).mean())
    expected = norm.sf(np.sqrt(100 / 2 / 10))
    assert abs(np.mean(wrong) - expected) < 4 * np.std(wrong, ddof=1) / np.sqrt(60) + 0.002


def settled(w: np.ndarray, s: np.ndarray) -> np.ndarray:
    """One synchronous step, in NumPy."""
    return np.where(s @ w.T > 0, 1, -1)


def test_synapses_are_used_as_they_are():
    """Floats replace whole numbers and are not cut; what is stored afterwards is added to them."""
    x = nm.patterns.random(3, 50, rng=0)
    memory = nm.Hopfield(50, updates="synchronous", steps=1).store(x)
    hebb = x.T.astype(float) @ x / 50 - np.diag(np.full(50, 3 / 50))
    assert memory.synapses["weights"] == pytest.approx(hebb, abs=1e-15)
    w = hebb * np.random.default_rng(1).random((50, 50))
    memory.synapses = {"weights": w}
    assert np.array_equal(memory.synapses["weights"], w)
    cues = nm.patterns.random(20, 50, rng=2)
    assert np.array_equal(memory.recall(cues).items, settled(w, cues))
    more = nm.patterns.random(2, 50, rng=3)
    memory.store(more)
    assert memory.weights == pytest.approx(w + more.T.astype(float) @ more / 50 * (1 - np.eye(50)), abs=1e-15)
    assert memory.stored == 5


def test_synapses_make_a_network_of_any_weights():
    """An empty memory takes weights, and recalls with them: a ring of couplings 1/3 without a tie."""
    ring = (np.roll(np.eye(9), 1, axis=0) + np.roll(np.eye(9), -1, axis=0)) / 3
    memory = nm.Hopfield(9)
    memory.synapses = {"weights": ring}
    recalled = memory.recall(nm.cues.flip(np.ones((5, 9)), 0.1, rng=0))
    assert (recalled.items == 1).all()
    memory.clear()
    with pytest.raises(nm.InputError, match="recall must come after store"):
        memory.recall(np.ones((1, 9)))
    with pytest.raises(nm.InputError, match="synapses"):
        memory.synapses = {"weights": np.ones((3, 3))}


def test_what_does_not_fit_is_refused_before_work_starts():
    for units in (400_000, 2**31 - 1):
        with pytest.raises(nm.InputError, match=r"units must make arrays that fit .* DenseHebbian"):
            nm.Hopfield(units)
    memory = nm.Hopfield(20_000, rule="descent_l2")
    with pytest.raises(nm.InputError, match=r"units must make arrays that fit"):
        memory.store(np.ones((1, 20_000)))
    assert memory.stored == 0


def test_storing_takes_little_more_than_what_is_kept():
    """5000 units: 50 MB of weights, and less than as much again on the way, also where whole numbers have become wide."""
    x = nm.patterns.random(20, 5000, rng=0)
    memory = nm.Hopfield(5000)
    tracemalloc.start()
    memory.store(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * 2 * 5000**2
    assert memory.weights[0, 1:5] == pytest.approx(x[:, 0] @ x[:, 1:5] / 5000)


@pytest.mark.parametrize("kind", [np.float64, np.float16, np.uint8, np.int64])
@pytest.mark.parametrize("updates", ["asynchronous", "synchronous"])
def test_cues_of_any_type_give_the_same_spins(kind, updates):
    """+1 and unknown alone, so that unsigned cues can say it; their answer needs a signed type."""
    x = nm.patterns.random(3, 40, rng=0)
    cues = np.maximum(x, 0)
    memory = nm.Hopfield(40, updates=updates).store(x)
    recalled = memory.recall(cues.astype(kind)).items
    assert np.array_equal(recalled.astype(float), memory.recall(cues).items)
    assert (recalled == -1).any()
    assert recalled.dtype == (np.int8 if kind is np.uint8 else kind)


def test_half_precision_torch_cues():
    x = nm.patterns.random(3, 40, rng=0)
    memory = nm.Hopfield(40).store(torch.asarray(x, dtype=torch.bfloat16))
    recalled = memory.recall(torch.asarray(nm.cues.flip(x, 0.2, rng=1), dtype=torch.bfloat16)).items
    assert recalled.dtype == torch.bfloat16
    assert np.array_equal(recalled.float().numpy(), x)


@pytest.mark.parametrize("rule", ["covariance", "storkey", "projection", "palimpsest", "hebb"])
def test_what_is_read_and_written_back_recalls_alike(rule):
    """Also where fields are 0, which the precision of the weights decides."""
    items = nm.patterns.random(5, 20, rng=0)
    memory = nm.Hopfield(20, rule=rule, updates="synchronous", steps=1).store(items)
    cues = nm.cues.flip(np.repeat(items, 20, axis=0), 0.25, rng=0)
    before, weights = memory.recall(cues).items, memory.weights
    memory.synapses = memory.synapses
    np.testing.assert_array_equal(memory.recall(cues).items, before)
    np.testing.assert_array_equal(memory.weights, weights)


@pytest.mark.parametrize("symmetric", [True, False])
def test_the_energy_of_the_rule_covariance_is_that_of_its_0_1_units(symmetric):
    """-(1/2) S J S + sum (threshold - b) S over all states, up to one constant."""
    rng = np.random.default_rng(0)
    j, bias = rng.normal(size=(5, 5)), rng.normal(size=5)
    j = j + j.T if symmetric else j
    memory = nm.Hopfield.from_weights(j, rule="covariance", activity=0.3, bias=bias)
    s = states(5)
    on = (1 + s) / 2
    expected = -np.einsum("ci,ij,cj->c", on, j, on) / 2 + on @ (memory.threshold - bias)
    assert np.ptp(memory.energy(s) - expected) < 1e-12
    assert np.ptp(expected) > 1
