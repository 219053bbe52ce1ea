"""Weights that learn block after block: EWC and HLOP against descent, joint solutions and their law."""

import numpy as np
import pytest
from scipy.linalg import hadamard

import neuromem as nm
from neuromem import figures, sweep
from neuromem.experiments import blocks


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def two_blocks(units=12, outputs=5, items=(6, 5), seed=0):
    rng = np.random.default_rng(seed)
    return [(unit(rng.normal(size=(n, units))), rng.normal(size=(n, outputs))) for n in items]


def test_ewc_is_where_descent_on_its_loss_ends():
    (k1, v1), (k2, v2) = two_blocks()
    memory = nm.Continual(12, rule="ewc", strength=2.0, ridge=0.1).store(k1, v1)
    before = memory.synapses["weights"]
    held = 0.1 + 2.0 * (k1**2).sum(0)
    s = before.copy()
    for _ in range(20_000):
        s += 0.05 * ((v2 - k2 @ s.T).T @ k2 - held * (s - before))
    np.testing.assert_allclose(memory.store(k2, v2).synapses["weights"], s, atol=1e-8)


def test_ewc_is_learning_all_at_once_where_the_fisher_matrix_is_diagonal():
    """The eight rows of a Hadamard matrix have K^T K = 1, so that the diagonal is the whole."""
    rng = np.random.default_rng(1)
    k1, v1 = hadamard(8) / 8**0.5, rng.normal(size=(8, 3))
    k2, v2 = unit(rng.normal(size=(5, 8))), rng.normal(size=(5, 3))
    k, v = np.concatenate([k1, k2]), np.concatenate([v1, v2])
    joint = np.linalg.solve(k.T @ k + 0.05 * np.eye(8), k.T @ v).T
    found = nm.Continual(8, rule="ewc", ridge=0.05).store(k1, v1).store(k2, v2).synapses["weights"]
    np.testing.assert_allclose(found, joint, atol=1e-12)
    other = nm.Continual(8, rule="plain", ridge=0.05).store(k1, v1).store(k2, v2).synapses["weights"]
    assert np.abs(other - joint).max() > 0.1


def test_hlop_leaves_old_answers_up_to_the_error_of_its_subspace():
    """64 units, old keys in 10 dimensions: with more steps the subspace and the old answers get exact."""
    rng = np.random.default_rng(2)
    basis = np.linalg.qr(rng.normal(size=(64, 10)))[0]
    k1, v1 = unit(rng.normal(size=(40, 10)) @ basis.T), rng.normal(size=(40, 64))
    k2, v2 = unit(rng.normal(size=(20, 64))), rng.normal(size=(20, 64))
    changes, missed = [], []
    for steps in (1, 200, 2000):
        memory = nm.Continual(64, rows=10, learning_steps=steps).store(k1, v1)
        h = memory.synapses["subspace"]
        missed.append(np.linalg.norm(k1 - k1 @ h.T @ h, axis=1).max())
        old = memory.recall(k1).items
        new = memory.store(k2, v2).recall(k1).items
        changes.append(np.linalg.norm(new - old) / np.linalg.norm(old))
    assert missed[0] > 0.9 > missed[1] > 1e-5 > missed[2]
    assert changes[0] > 0.05 > changes[2]
    assert changes[0] > changes[1] > changes[2]
    assert changes[2] < 1e-5
    np.testing.assert_allclose(memory.recall(k2).items, v2, atol=1e-3)  # the new block is learnt all the same
    plain = nm.Continual(64, rule="plain").store(k1, v1)
    old = plain.recall(k1).items
    assert np.linalg.norm(plain.store(k2, v2).recall(k1).items - old) > 0.1 * np.linalg.norm(old)


def test_hlop_learns_nothing_more_once_its_subspace_is_full():
    (k1, v1), (k2, v2) = two_blocks(units=6, items=(6, 4))
    k1 = np.linalg.qr(k1)[0]  # with keys that are nearly dependent, H takes long
    memory = nm.Continual(6).store(k1, v1)
    first = memory.recall(k1).items
    np.testing.assert_allclose(first, v1, atol=1e-3)
    assert memory.store(k2, v2).synapses["subspace"].shape == (6, 6)
    np.testing.assert_allclose(memory.recall(k1).items, first, atol=1e-3)
    assert np.abs(memory.recall(k2).items - v2).max() > 0.1


def test_a_palimpsest_keeps_the_newest_items_and_hebbs_rule_none():
    units, x = 200, nm.patterns.random(150, 200, rng=3)
    kept = {}
    for rule in ("palimpsest", "hebb"):
        memory = nm.Hopfield(units, rule=rule).store(x)
        kept[rule] = nm.metrics.overlap(memory.recall(x), x) > 0.95
    assert kept["palimpsest"][-5:].all()
    assert not kept["palimpsest"][:100].any()
    assert not kept["hebb"].any()
    w = np.zeros((units, units))
    for item in x.astype(float):
        w = np.minimum(np.maximum(w + np.outer(item, item) / units**0.5, -0.35), 0.35)
    np.fill_diagonal(w, 0)
    np.testing.assert_allclose(nm.Hopfield(units, rule="palimpsest").store(x).weights, w, atol=1e-6)


@pytest.fixture(scope="module")
def data():
    models = ("continual", "continual:rule=ewc", "continual:rule=plain", "pavlov:rule=delta")
    with sweep.on(workers=1):
        return blocks.run(models=models, correlations=(0.0, 0.5), units=48, size=6, blocks=10, trials=6, seed=1)


def test_the_delta_rule_forgets_the_first_block_as_theory_says(data):
    """Within four standard errors and 0.03, as keys are of +1/-1 and the noise is not quite normal."""
    found = data["first"].sel(model="pavlov:rule=delta", correlation=0.0)
    error = found.std("trial", ddof=1) / 6**0.5
    assert bool((abs(found.mean("trial") - data.theory) < 4 * error + 0.03).all())
    assert float(data.theory[-1]) < 0.6 < 0.9 < float(data.theory[0])


def test_hlop_keeps_the_first_block_and_loses_the_newest_once_full_and_the_others_forget(data):
    mean = data.mean("trial")
    hlop, ewc, plain = (mean.sel(model=name) for name in data.model.values[:3])
    assert bool((hlop["first"] > 0.999).all())
    assert bool((hlop.newest.isel(block=slice(0, 7)) > 0.99).all())
    assert bool((hlop.newest.isel(block=-1) < 0.7).all())
    for correlation in data.correlation.values:
        last = [float(one["first"].sel(correlation=correlation)[-1]) for one in (hlop, ewc, plain)]
        assert last[0] > last[1] > last[2] - 0.02
    assert bool((plain.newest > 0.99).all())


def test_table_and_figure_and_bad_settings(data):
    assert blocks.summary(data).row_count == 4
    assert figures.ALL["blocks"](data).axes
    with pytest.raises(nm.InputError, match="correlations"):
        blocks.run(correlations=(1.5,))
    with pytest.raises(nm.InputError, match="rule must be one of"):
        nm.Continual(8, rule="hlpo")


@pytest.mark.parametrize("rule", ["plain", "ewc", "hlop"])
def test_single_precision_is_enough_where_a_block_has_more_items_than_units(rule):
    """The system of (1) has the ridge beside numbers of the size of 1."""
    rng = np.random.default_rng(0)
    keys, values = rng.normal(size=(64, 16)), rng.normal(size=(64, 3))
    recalled = []
    for kind in (np.float32, np.float64):
        memory = nm.models.ALL["continual"](16, rule=rule)
        for block in (slice(32), slice(32, None)):
            memory.store(keys[block].astype(kind), values[block].astype(kind))
        recalled.append(memory.recall(keys.astype(kind)).items)
    assert recalled[0].dtype == np.float32
    np.testing.assert_allclose(*recalled, atol=1e-5)


@pytest.mark.parametrize("rule", ["hlop", "ewc", "plain"])
def test_a_recall_reads_the_weights_alone(rule):
    keys = nm.patterns.random(5, 16, rng=0)
    assert nm.Continual(16, rule=rule).store(keys).recall(keys).operations.tolist() == [256] * 5
