"""A needle among other pairs: the theory of one state, and who finds what."""

import numpy as np
import pytest

from neuromem.checks import InputError
from neuromem.experiments import needle
from neuromem.theory import top_one


@pytest.mark.parametrize("fillers", [60, 500, 3000])
def test_the_theory_of_one_state_is_what_a_matrix_gives(fillers):
    """Written out, without a memory: four standard errors of 80 matrices with 20 needles each."""
    rng, found = np.random.default_rng(0), []
    for _ in range(80):
        keys, values = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in rng.normal(size=(2, fillers + 20, 32)))
        scores = keys[:20] @ (keys.T @ values) @ values[:20].T
        found.append((scores.argmax(1) == np.arange(20)).mean())
    expected = top_one.accuracy(32, fillers + 20, compared=20)
    assert np.mean(found) == pytest.approx(expected, abs=4 * np.std(found) / np.sqrt(80))


def test_among_very_many_others_one_state_guesses():
    assert top_one.accuracy(32, 10**9, compared=20) == pytest.approx(1 / 20, abs=0.001)


GIVEN = {"units": 32, "needles": 20}


def found(model, fillers=400, seeds=4):
    points = (needle.point(seed=seed, model=model, fillers=fillers, **GIVEN) for seed in range(seeds))
    return np.mean([one["right"][1] for one in points], 0)


def test_hebb_finds_what_the_theory_says_at_any_age():
    right = found("pavlov:rule=hebb", seeds=30)
    assert right.mean() == pytest.approx(top_one.accuracy(32, 420, compared=20), abs=4 * np.sqrt(0.25 / 600))
    assert abs(right[:10].mean() - right[10:].mean()) < 0.17  # four standard errors of 300 each


def test_what_fades_finds_young_needles_alone_and_attention_finds_all():
    fading = found("pavlov:rule=hebb:decay=0.95")
    assert fading[0] > 0.7
    assert fading[10:].mean() < 0.2
    assert found("attention:steps=1").min() == 1
    window = found("camelot:slots=105:least_cosine=1.0", seeds=1)  # a quarter of all pairs
    np.testing.assert_array_equal(window[:5], 1)
    assert window[6:].mean() < 0.4


def test_bits_grow_with_what_is_told_or_not():
    def bits(model, fillers):
        return needle.point(seed=0, model=model, fillers=fillers, **GIVEN)["bits"]

    assert bits("pavlov:rule=delta", 100) == bits("pavlov:rule=delta", 300) == 64 * 32**2
    assert bits("attention:steps=1", 300) == 320 * 64 * 64
    assert bits("memory_caching:segment=16", 300) == 64 * 20 * (32**2 + 32)


def test_bad_numbers_are_refused():
    for settings, text in (
        ({"fillers": (0,)}, "fillers must"),
        ({"needles": 1}, "needles must"),
        ({"units": 1}, "units must"),
    ):
        with pytest.raises(InputError, match=text):
            needle.run(**settings)
