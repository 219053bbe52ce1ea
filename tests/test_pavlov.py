"""Pavlov: its equations, signal to noise, overwriting, forgetting."""

import numpy as np
import pytest

import neuromem as nm
from neuromem.models.pavlov import Pavlov


def unit(rng, *shape):
    x = rng.normal(size=shape)
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


@pytest.mark.parametrize("rule", ["hebb", "delta"])
@pytest.mark.parametrize("decay", [1.0, 0.8])
def test_rule_is_the_equation(rule, decay):
    rng = np.random.default_rng(0)
    keys, values, cues = rng.normal(size=(9, 6)), rng.normal(size=(9, 4)), rng.normal(size=(3, 6))
    state = np.zeros((4, 6))
    for k, v in zip(keys / np.linalg.norm(keys, axis=1, keepdims=True), values, strict=True):
        state = decay * state
        state = state + 0.3 * np.outer(v - (state @ k if rule == "delta" else 0), k)
    memory = Pavlov(6, rule=rule, decay=decay, rate=0.3).store(keys[:4], values[:4]).store(keys[4:], values[4:])
    expected = (state @ (cues / np.linalg.norm(cues, axis=1, keepdims=True)).T).T
    np.testing.assert_allclose(memory.recall(cues).items, expected, rtol=1e-12)
    assert memory.cost.bits == 64 * 24
    assert memory.cost.synapses == memory.cost.operations == 24


@pytest.mark.parametrize("items", [8, 32, 128])
def test_signal_to_noise_is_units_over_other_items(items):
    """Random unit keys: power of the signal over power of the crosstalk is d / (N - 1)."""
    rng, noise = np.random.default_rng(1), []
    for _ in range(40):
        keys, values = unit(rng, items, 64), unit(rng, items, 64)
        crosstalk = Pavlov(64).store(keys, values).recall(keys).items - values
        noise.append((crosstalk**2).sum(1).mean())
    assert abs(np.mean(noise) - (items - 1) / 64) < 4 * np.std(noise) / np.sqrt(40)


def test_delta_overwrites_a_key_and_hebb_adds_to_it():
    rng, wins = np.random.default_rng(2), {"hebb": [], "delta": []}
    for _ in range(50):
        keys, old, new = (unit(rng, 16, 64) for _ in range(3))
        for rule, won in wins.items():
            recalled = Pavlov(64, rule=rule).store(keys, old).store(keys, new).recall(keys).items
            won.append(((recalled * new).sum(1) > (recalled * old).sum(1)).mean())
    assert np.mean(wins["delta"]) > 0.995
    assert abs(np.mean(wins["hebb"]) - 0.5) < 4 * np.std(wins["hebb"]) / np.sqrt(50)


def test_decay_forgets_the_oldest():
    keys, values = np.eye(64)[:40], unit(np.random.default_rng(3), 40, 5)
    recalled = Pavlov(64, decay=0.9).store(keys, values).recall(keys).items
    np.testing.assert_allclose(recalled, values * 0.9 ** np.arange(39, -1, -1)[:, None], rtol=1e-12)


@pytest.mark.parametrize("rule", ["hebb", "delta"])
def test_auto_association_gives_spins_back_at_their_scale(rule):
    items = nm.patterns.random(5, 256, rng=0)
    recalled = Pavlov(256, rule=rule).store(items).recall(nm.cues.flip(items, 0.1, rng=1))
    assert nm.metrics.exact(recalled, items).all()
    assert abs(np.abs(recalled.items).mean() - 0.8) < 0.1  # the overlap of the cues is 0.8


@pytest.mark.parametrize("rule", ["hebb", "delta"])
def test_orthogonal_keys_come_back_exactly_and_an_unknown_cue_recalls_nothing(rule):
    items = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1]])
    memory = Pavlov(4, rule=rule).store(items)
    np.testing.assert_allclose(memory.recall(items).items, items, atol=1e-12)
    assert memory.recall(np.zeros((1, 4))).items.tolist() == [[0, 0, 0, 0]]


@pytest.mark.parametrize("rule", ["hebb", "delta"])
def test_torch_gives_the_same_with_gradients(rule):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    arrays = rng.normal(size=(5, 6)), rng.normal(size=(5, 3)), rng.normal(size=(2, 6))
    tensors = [torch.tensor(x, requires_grad=True) for x in arrays]

    def read(keys, values, cues):
        return Pavlov(6, rule=rule, decay=0.9, rate=0.5).store(keys, values).recall(cues).items

    np.testing.assert_allclose(read(*tensors).detach(), read(*arrays), rtol=1e-12)
    assert torch.autograd.gradcheck(read, tensors)


@pytest.mark.parametrize("bad", [{"rule": "heb"}, {"decay": 1.1}, {"rate": 0}])
def test_bad_settings_are_refused(bad):
    with pytest.raises(nm.InputError, match=next(iter(bad))):
        Pavlov(8, **bad)


def test_values_keep_their_length():
    with pytest.raises(nm.InputError, match=r"values must have shape \(item, 2\)"):
        Pavlov(3).store(np.eye(3), np.ones((3, 2))).store(np.eye(3))
