"""Holographic vectors and ARMT's fast weights, each against its equation."""

import numpy as np
import pytest

import neuromem as nm

ARMT, Holographic = nm.models.ALL["armt"], nm.models.ALL["holographic"]
RNG = np.random.default_rng(0)
KEYS, VALUES = RNG.normal(size=(12, 9)), RNG.normal(size=(12, 9))


def features(x):
    x = 3 * x / np.linalg.norm(x, axis=1, keepdims=True)
    r = np.concatenate([np.maximum(x, 0), np.maximum(-x, 0)], 1)
    return np.concatenate([r * np.roll(r, j, 1) for j in (1, 2, 3)], 1)


@pytest.mark.parametrize("segment", [1, 5, 12])
@pytest.mark.parametrize("rate", [1.0, 0.6])
def test_segments_are_written_against_what_was_held_before_them(segment, rate):
    keys = np.concatenate([KEYS[:8], KEYS[:4] + 0.1])
    f, w, z = features(keys), np.zeros((9, 54)), np.zeros(54)
    for s in range(0, 12, segment):
        before = w.copy(), z.copy()
        for i in range(s, min(s + segment, 12)):
            old = before[0] @ f[i] / (before[1] @ f[i] + 1e-5)
            w = w + rate * np.outer(VALUES[i] - old, f[i])
            z = z + f[i] * min(1, max(0, 1 - before[1] @ f[i] / (f[i] @ f[i] + 1e-5)))
    cue = features(KEYS)
    expected = cue @ w.T / (cue @ z + 1e-5)[:, None]
    memory = ARMT(9, segment=segment, rate=rate).store(keys, VALUES)
    np.testing.assert_allclose(memory.recall(KEYS).items, expected, rtol=1e-9)


def test_a_new_key_recalls_the_part_of_its_value_that_the_rate_says():
    np.testing.assert_allclose(
        ARMT(9, rate=0.3).store(KEYS[:1], VALUES[:1]).recall(KEYS[:1]).items, 0.3 * VALUES[:1], rtol=1e-4
    )


def test_a_value_can_be_written_anew_any_number_of_times():
    """Eight keys, each with ten values one after the other: the last stands, unless keys are counted again."""
    errors = []
    for counts_once in (True, False):
        memory = ARMT(64, counts_once=counts_once)
        rng = np.random.default_rng(1)
        keys = rng.normal(size=(8, 64))
        for _ in range(10):
            values = rng.normal(size=(8, 9))
            memory.store(keys, values)
        errors.append(np.linalg.norm(memory.recall(keys).items - values) / np.linalg.norm(values))
    assert errors[0] < 0.4 < 0.6 < errors[1]


def convolved(a, b):
    return np.array([sum(a[j] * b[(i - j) % len(a)] for j in range(len(a))) for i in range(len(a))])


def test_binding_is_circular_convolution_and_unbinding_correlation():
    keys = KEYS / np.linalg.norm(KEYS, axis=1, keepdims=True)
    trace = sum(convolved(k, v) for k, v in zip(keys, VALUES, strict=True))
    memory = Holographic(9, keys="length", cleanup=False).store(KEYS, VALUES)
    np.testing.assert_allclose(memory.synapses["trace"], trace, atol=1e-12)
    involution = np.concatenate([keys[:, :1], keys[:, :0:-1]], 1)
    expected = [convolved(k, trace) for k in involution]
    np.testing.assert_allclose(memory.recall(KEYS).items, expected, atol=1e-12)


@pytest.mark.parametrize("units", [8, 9])
def test_a_unitary_key_gives_its_value_back_and_a_key_of_length_one_does_not(units):
    key, value = np.random.default_rng(2).normal(size=(2, 1, units))
    np.testing.assert_allclose(Holographic(units, cleanup=False).store(key, value).recall(key).items, value, atol=1e-12)
    noisy = Holographic(units, keys="length", cleanup=False).store(key, value).recall(key).items
    assert np.abs(noisy - value).max() > 0.05


def test_every_other_pair_adds_noise_as_strong_as_the_value():
    """64 other pairs: 64 times the value's own power, within four standard errors, 4 sqrt(2 / (16 * 256))."""
    rng, noise = np.random.default_rng(3), []
    for _ in range(4):
        keys, values = rng.normal(size=(2, 65, 256))
        read = Holographic(256, cleanup=False).store(keys, values).recall(keys[:4]).items
        noise.append(((read - values[:4]) ** 2).mean())
    assert np.mean(noise) == pytest.approx(64, rel=0.09)


def test_values_have_the_length_of_keys():
    with pytest.raises(nm.InputError, match="values must have shape"):
        Holographic(9).store(KEYS, VALUES[:, :4])


@pytest.mark.parametrize("key", [[1, -1, 1, -1], [1, 1, -1, -1], [1, 1, 1, 1], [1, 0, 0, 0]])
def test_a_lone_unitary_key_gives_back_its_value_whatever_frequencies_it_has(key):
    """F k' has modulus 1 also where F k is 0."""
    value = np.array([[1.0, 2.0, 3.0, -7.0]])
    memory = nm.models.ALL["holographic"](4, cleanup=False).store(np.array([key], float), value)
    np.testing.assert_allclose(memory.recall(np.array([key], float)).items, value, atol=1e-12)


@pytest.mark.parametrize("keys", ["unitary", "length"])
def test_of_equal_values_the_first_answers_in_a_batch_and_alone(keys):
    """In short vectors of +1/-1 many sums are equal, and each is rounded in its own way."""
    for seed in range(40):
        x, y = nm.patterns.random(5, 8, rng=seed), nm.patterns.random(5, 8, rng=seed + 100)
        memory = nm.Holographic(8, keys=keys).store(x, y)
        cues = nm.patterns.random(60, 8, rng=seed + 7)
        alone = np.concatenate([memory.recall(cue[None]).items for cue in cues])
        np.testing.assert_array_equal(memory.recall(cues).items, alone)
