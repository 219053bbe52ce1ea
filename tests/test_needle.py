"""A needle among other pairs: the theory of one state, and who finds what."""

import numpy as np
import pytest

from neuromem.checks import InputError
from neuromem.experiments import needle


def test_the_theory_of_one_state_is_what_scores_drawn_from_it_give():
    """Scores drawn directly, with no matrix: own 1 + s z, others cosine + s z, in 4000 draws; four standard errors."""
    rng = np.random.default_rng(0)
    for fillers in (500, 3000):
        s = np.sqrt(fillers + 19) / 32
        scores = s * rng.normal(size=(4000, 20)) + rng.normal(size=(4000, 20)) / np.sqrt(32) * (np.arange(20) > 0)
        found = ((scores[:, 1:]).max(1) < scores[:, 0] + 1).mean()
        assert needle.hebb(32, fillers, 20) == pytest.approx(found, abs=4 * np.sqrt(0.25 / 4000))
    assert needle.hebb(32, 10**9, 20) == pytest.approx(1 / 20, abs=0.01)


GIVEN = {"units": 32, "needles": 20}


def found(model, fillers=400, seeds=4):
    points = (needle.point(seed=seed, model=model, fillers=fillers, **GIVEN) for seed in range(seeds))
    return np.mean([one["right"][1] for one in points], 0)


def test_hebb_finds_what_the_theory_says_at_any_age():
    right = found("pavlov:rule=hebb", seeds=30)
    assert right.mean() == pytest.approx(needle.hebb(32, 400, 20), abs=4 * np.sqrt(0.25 / 600))
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
