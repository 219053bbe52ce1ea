"""Dense Hebbian and multitasking networks against their definitions."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import factorial

import numpy as np
import pytest
import torch

import neuromem as nm


def brute(v: np.ndarray, c: np.ndarray, s: np.ndarray, order: int, interactions: str) -> float:
    """E of one state by equations (1) and (2), v (pattern, unit)."""
    units, z = len(s), v * s
    if interactions == "full":
        return -units / order * (c * (z.sum(1) / units) ** order).sum()
    many = sum(z[:, list(some)].prod(1) for some in combinations(range(units), order))
    return -factorial(order) / (order * units ** (order - 1)) * (c * many).sum()


@pytest.mark.parametrize("order", [2, 3, 4])
@pytest.mark.parametrize("interactions", ["full", "distinct"])
def test_energy_is_its_definition(order, interactions):
    x, labels = nm.patterns.examples(nm.patterns.random(3, 8, rng=0), 5, quality=0.6, rng=1)
    s = nm.patterns.random(6, 8, rng=2)
    stored = nm.DenseHebbian(8, order=order, interactions=interactions).store(x)
    assert stored.energy(s) == pytest.approx([brute(x, np.ones(15), t, order, interactions) for t in s])
    learnt = nm.DenseHebbian(8, order=order, interactions=interactions).learn(x, labels, quality=0.6)
    sums = np.stack([x[labels == k].sum(0) for k in range(3)]) / 5
    c = np.full(3, (0.6**2 + (1 - 0.6**2) / 5) ** (-order / 2))
    assert learnt.energy(s) == pytest.approx([brute(sums, c, t, order, interactions) for t in s])


@pytest.mark.parametrize("order", [2, 3, 4])
def test_unsupervised_energy_has_the_noise_of_storing(order):
    """Section 3 of the phase diagrams: a factor 1 / (M sqrt(R_P)), at P = 2 1 / (M R_1), on every example."""
    x, _ = nm.patterns.examples(nm.patterns.random(3, 8, rng=0), 5, quality=0.6, rng=1)
    r = 0.6 ** (2 * order) + (1 - 0.6 ** (2 * order)) / 5
    factor = 1 / (5 * (0.6**2 + (1 - 0.6**2) / 5)) if order == 2 else 1 / (5 * r**0.5)
    s = nm.patterns.random(6, 8, rng=2)
    stored, learnt = (nm.DenseHebbian(8, order=order) for _ in range(2))
    assert learnt.learn(x, classes=3, quality=0.6).energy(s) == pytest.approx(factor * stored.store(x).energy(s))


def test_the_exponential_energy_is_its_definition():
    x, s = nm.patterns.random(3, 8, rng=0), nm.patterns.random(6, 8, rng=2)
    memory = nm.DenseHebbian(8, order="exponential").store(x)
    assert memory.energy(s) == pytest.approx(-np.log(np.exp(s.astype(float) @ x.T).sum(1)))


CASES = [(order, kind, learn) for order, kind in ((3, "full"), (4, "full"), (4, "distinct")) for learn in (False, True)]


@pytest.mark.parametrize(("order", "interactions", "learn"), [*CASES, ("exponential", "full", False)])
def test_energy_never_rises_and_a_batch_is_a_loop(order, interactions, learn):
    archetypes = nm.patterns.random(40, 31, rng=3)
    cues = nm.cues.erase(nm.cues.flip(archetypes, 0.3, rng=4), 0.1, rng=5)
    cues = np.where(cues == 0, 1, cues)

    def memory(steps=100):
        network = nm.DenseHebbian(31, order=order, interactions=interactions, steps=steps)
        return network.learn(*nm.patterns.examples(archetypes, 5, quality=0.8)) if learn else network.store(archetypes)

    recalled = memory().recall(cues)
    alone = np.concatenate([memory().recall(c[None]).items for c in cues])
    assert np.array_equal(recalled.items, alone)
    assert recalled.converged.all()
    before = first = memory().energy(cues)
    for steps in (1, 2, 3):
        after = memory().energy(memory(steps).recall(cues).items)
        assert (after <= before + 1e-9 * np.abs(before)).all()
        before = after
    assert (before < first).any()


def test_order_two_is_the_hopfield_network():
    x = nm.patterns.random(12, 80, rng=0)
    cues = nm.cues.flip(x, 0.25, rng=1)
    hopfield = nm.Hopfield(80, rng=3).store(x)
    for interactions in ("full", "distinct"):
        dense = nm.DenseHebbian(80, order=2, interactions=interactions, rng=3).store(x)
        assert np.array_equal(dense.recall(cues).items, hopfield.recall(cues).items)
    assert nm.DenseHebbian(80, order=2, interactions="distinct").store(x).energy(cues) == pytest.approx(
        hopfield.energy(cues)
    )


@pytest.mark.parametrize("interactions", ["full", "distinct"])
@pytest.mark.parametrize("order", [3, 4, 5, 6, 16])
@pytest.mark.parametrize("learn", [False, True])
def test_a_lone_item_comes_back_from_a_tenth_of_it(order, interactions, learn):
    x = nm.patterns.random(1, 160, rng=0)
    memory = nm.DenseHebbian(160, order=order, interactions=interactions)
    memory = memory.learn(np.concatenate([x, x]), [0, 0], quality=0.9) if learn else memory.store(x)
    assert np.array_equal(memory.recall(nm.cues.erase(x, 0.9, rng=1)).items, x)


def test_storing_in_parts_is_storing_at_once_and_torch_gives_torch():
    x = nm.patterns.random(300, 60, rng=0)
    cues = nm.cues.flip(x[:20], 0.2, rng=1)
    once, parts = nm.DenseHebbian(60).store(x), nm.DenseHebbian(60).store(x[:100]).store(torch.asarray(x[100:]))
    recalled = parts.recall(torch.asarray(cues, dtype=torch.float32)).items
    assert recalled.dtype == torch.float32
    assert np.array_equal(recalled.numpy(), once.recall(cues).items)
    assert not np.array_equal(recalled.numpy(), cues)


def test_stored_and_learnt_patterns_add_up():
    archetypes = nm.patterns.random(4, 30, rng=0)
    x, labels = nm.patterns.examples(archetypes, 7, quality=0.5, rng=1)
    s = nm.patterns.random(5, 30, rng=2)
    both = nm.DenseHebbian(30).store(archetypes).learn(x, labels)
    apart = nm.DenseHebbian(30).store(archetypes).energy(s) + nm.DenseHebbian(30).learn(x, labels).energy(s)
    assert both.energy(s) == pytest.approx(apart)


def test_any_order_finds_its_items():
    """Orders whose powers exceed float64: 1000^103 has 309 digits. The energy is that of Python's whole numbers."""
    x = nm.patterns.random(20, 1000, rng=0)
    cues = nm.cues.flip(x, 0.3, rng=1)
    for order in (103, 120, 10**9):
        memory = nm.DenseHebbian(1000, order=order).store(x)
        assert np.array_equal(memory.recall(cues).items, x)
    memory = nm.DenseHebbian(1000, order=120).store(x)
    m = cues.astype(int) @ x.T.astype(int)
    exact = [-float(Fraction(sum(int(one) ** 120 for one in row), 120 * 1000**119)) for row in m]
    assert memory.energy(cues) == pytest.approx(exact, rel=1e-10)


@pytest.mark.parametrize("order", [5, 9])
def test_distinct_energies_of_large_orders(order):
    """Sums over all subsets of 10 units, of items and of learnt patterns."""
    x, labels = nm.patterns.examples(nm.patterns.random(3, 10, rng=0), 5, quality=0.6, rng=1)
    s = nm.patterns.random(4, 10, rng=2)
    stored = nm.DenseHebbian(10, order=order, interactions="distinct").store(x)
    assert stored.energy(s) == pytest.approx([brute(x, np.ones(15), t, order, "distinct") for t in s], rel=1e-9)
    learnt = nm.DenseHebbian(10, order=order, interactions="distinct").learn(x, labels, quality=0.6)
    sums = np.stack([x[labels == k].sum(0) for k in range(3)]) / 5
    c = np.full(3, (0.6**2 + (1 - 0.6**2) / 5) ** (-order / 2))
    assert learnt.energy(s) == pytest.approx([brute(sums, c, t, order, "distinct") for t in s], rel=1e-9)


def field(v: np.ndarray, c: np.ndarray, s: np.ndarray, order: int) -> np.ndarray:
    """Half the energy difference of each unit's two states, v (pattern, unit): (unit,)."""
    found = []
    for i in range(len(s)):
        up, down = s.copy(), s.copy()
        up[i], down[i] = 1, -1
        found.append((brute(v, c, down, order, "full") - brute(v, c, up, order, "full")) / 2)
    return np.array(found)


@pytest.mark.parametrize("network", ["dense", "multitasking"])
def test_synapses_are_used_as_they_are(network):
    """Floats in place of patterns and strengths: each recalled state is stable in the fields of their energy, and lower."""
    rng, x, s = np.random.default_rng(0), nm.patterns.random(4, 12, rng=1), nm.patterns.random(30, 12, rng=2)
    memory = (nm.DenseHebbian(12, order=3) if network == "dense" else nm.Multitasking(12)).store(x)
    held = memory.synapses
    assert np.array_equal(held["patterns"], x)
    held["patterns"] = x * rng.random((4, 12))
    c = held["strengths"] = rng.random(4) if network == "dense" else np.ones(4)
    memory.synapses = held if network == "dense" else {"patterns": held["patterns"]}
    kept = memory.synapses["patterns"]
    assert np.array_equal(kept, held["patterns"])
    if network == "dense":
        assert memory.energy(s) == pytest.approx([brute(kept, c, t, 3, "full") for t in s])
        fields = [field(kept, c, t, 3) for t in memory.recall(s).items]
    else:
        w = kept.T @ kept / 12
        np.fill_diagonal(w, 0)
        assert memory.energy(s) == pytest.approx(-0.5 * ((s @ w) * s).sum(1))
        fields = memory.recall(s).items @ w
    recalled = memory.recall(s)
    assert recalled.converged.all()
    assert (recalled.items * np.array(fields) > 0).all()
    assert (recalled.items != s).any()


def test_synapses_that_a_network_cannot_use_are_refused():
    x = nm.patterns.random(4, 12, rng=1)
    exponential = nm.DenseHebbian(12, order="exponential").store(x)
    exponential.synapses = {"patterns": -x, "strengths": np.ones(4)}
    assert np.array_equal(exponential.recall(-x).items, -x)
    for wrong in ({"patterns": x / 2, "strengths": np.ones(4)}, {"patterns": x, "strengths": np.arange(4.0)}):
        with pytest.raises(nm.InputError, match="patterns of \\+1/-1 and equal strengths"):
            exponential.synapses = wrong
    with pytest.raises(nm.InputError, match="order must be at most"):
        nm.DenseHebbian(12, order=10**6).learn(*nm.patterns.examples(x, 5, quality=0.8))


def test_what_dense_networks_refuse():
    with pytest.raises(nm.InputError, match="order must be a whole number of at least 2"):
        nm.DenseHebbian(8, order=1)
    with pytest.raises(nm.InputError, match="did you mean 'distinct'"):
        nm.DenseHebbian(8, interactions="distant")
    with pytest.raises(nm.InputError, match="temperature must be 0 with exponential"):
        nm.DenseHebbian(8, order="exponential", temperature=0.1)
    with pytest.raises(nm.InputError, match="quality"):
        nm.DenseHebbian(8).learn(np.ones((2, 8)), quality=0)
    with pytest.raises(nm.InputError, match="labels must have shape"):
        nm.DenseHebbian(8).learn(np.ones((2, 8)), [1, 2, 3])
    with pytest.raises(nm.InputError, match="classes must be None or the number of labels, but was 1 for 2"):
        nm.DenseHebbian(8).learn(np.ones((2, 8)), [1, 2], classes=1)
    with pytest.raises(nm.InputError, match="keys must hold only"):
        nm.Multitasking(4).store([[1, 2, 0, -1]])
    with pytest.raises(nm.InputError, match="order must be at most 8, the units, for distinct interactions, but was 9"):
        nm.DenseHebbian(8, order=9, interactions="distinct")


@pytest.mark.parametrize("states", [None, "text", [[1, 2], [1]], np.ones((2, 3)), np.full((1, 4), np.nan), [[1j] * 4]])
@pytest.mark.parametrize("network", [nm.Multitasking, nm.DenseHebbian, nm.Hopfield])
def test_energies_refuse_what_is_no_state(network, states):
    memory = network(4).store(np.ones((1, 4)))
    for energy in (memory.energy, getattr(memory, "overlaps", memory.energy)):
        with pytest.raises(nm.InputError, match="states must"):
            energy(states)


def test_multitasking_energy_and_overlaps_are_their_definitions():
    rng = np.random.default_rng(0)
    x, s = rng.integers(-1, 2, (3, 9)), nm.patterns.random(5, 9, rng=1)
    memory = nm.Multitasking(9).store(x)
    w = x.T @ x / 9
    np.fill_diagonal(w, 0)
    assert memory.energy(s) == pytest.approx(-0.5 * ((s @ w) * s).sum(1))
    assert memory.overlaps(s) == pytest.approx(s @ x.T / 9)


@pytest.mark.parametrize("dilution", [0.3, 0.45])
def test_a_pattern_as_cue_ends_in_the_hierarchy(dilution):
    """T = 0, K = 3: the first pattern takes its units, the next what is left; m_k = (1 - d) d^(k - 1) up to N^(-1/2)."""
    units = 20000
    rng = np.random.default_rng(4)
    x = rng.choice((-1, 0, 1), (3, units), p=((1 - dilution) / 2, dilution, (1 - dilution) / 2))
    memory = nm.Multitasking(units).store(x)
    recalled = memory.recall(x[:1])
    assert recalled.converged.all()
    assert nm.metrics.overlap(recalled, x[:1]) == pytest.approx((1 - dilution) ** 0.5, abs=0.01)
    m = np.sort(np.abs(memory.overlaps(recalled.items)[0]))[::-1]
    assert m == pytest.approx((1 - dilution) * dilution ** np.arange(3), abs=0.015)


@pytest.mark.parametrize("name", ["dense_hebbian", "multitasking", "dense_hebbian:order=exponential"])
def test_an_empty_network_that_was_given_its_own_synapses_is_still_empty(name):
    memory = nm.models.make(name, 8)
    memory.synapses = memory.synapses
    with pytest.raises(nm.InputError, match="recall must come after store"):
        memory.recall(np.ones((1, 8)))


def test_an_empty_exponential_network_has_no_energy():
    with pytest.raises(nm.InputError, match="holds no item"):
        nm.DenseHebbian(8, order="exponential").energy(np.ones((1, 8)))


def test_patterns_of_torch_are_held_as_bytes():
    """On a CUDA device they stay tensors, whose types are torch's."""
    items = torch.tensor(nm.patterns.random(3, 20, rng=0))
    memory = nm.DenseHebbian(20)
    memory._replace({"patterns": items.double(), "strengths": np.ones(3)})
    assert memory._held.dtype == torch.int8
    assert (memory._held == items.T).all()
