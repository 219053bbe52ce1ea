"""Encoders give back what they encoded, at the activity they promise, and keep similarity."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neuromem as nm
from neuromem import encoders


@given(
    items=st.integers(1, 40),
    b=st.integers(1, 6),
    copies=st.integers(1, 3),
    erased=st.floats(0, 1),
    seed=st.integers(0, 2**32),
)
def test_blocks_lose_nothing_not_even_what_is_unknown(items, b, copies, erased, seed):
    blocks = encoders.Blocks(items, activity=2.0 ** -min(b, items), copies=copies, rng=seed)
    dense = nm.patterns.random(3, items, rng=seed)
    code = blocks.encode(dense)
    assert code.shape == (3, blocks.units)
    np.testing.assert_array_equal((code > 0).mean(1), blocks.activity)
    assert set(np.unique(code)) == {-1, 1}
    for cue in (dense, nm.cues.erase(dense, erased, rng=seed)):
        np.testing.assert_array_equal(blocks.decode(blocks.encode(cue)), cue)


def test_blocks_keep_similarity():
    blocks, dense = encoders.Blocks(4000, activity=1 / 16), nm.patterns.random(1, 4000, rng=0)
    code = blocks.encode(dense) > 0
    for agree in (0.95, 0.9, 0.75, 0.5):
        other = blocks.encode(nm.cues.flip(dense, 1 - agree, rng=1)) > 0
        groups = blocks.units / 16
        expected, error = agree**4, (agree**4 * (1 - agree**4) / groups) ** 0.5
        assert abs((code & other).sum() / groups - expected) < 4 * error


def test_fields_see_every_pixel_and_give_the_image_back():
    digits, _ = nm.patterns.digits(5, rng=0)
    for size, step in ((3, 2), (4, 4), (5, 1), (8, 8)):
        fields = encoders.Fields((8, 8), size=size, step=step)
        assert fields.units == fields.grid[0] * fields.grid[1] * size**2
        np.testing.assert_array_equal(fields.decode(fields.encode(digits)), digits)


def test_scalars_and_categories_come_back_from_damaged_codes():
    scalar, x = encoders.Scalar(-1, 1, units=256, active=16), np.linspace(-1, 1, 50)
    codes = scalar.encode(x)
    assert ((codes > 0).sum(1) == 16).all()
    np.testing.assert_allclose(scalar.decode(codes), x, atol=1 / 240 + 1e-12)
    near, far = (codes[0] > 0) & (codes[1] > 0), (codes[0] > 0) & (codes[30] > 0)
    assert near.sum() > far.sum() == 0
    category = encoders.Category(20, units=256, activity=1 / 16, rng=0)
    damaged = nm.cues.flip(category.encode(np.arange(20)), 0.05, rng=1)
    np.testing.assert_array_equal(category.decode(damaged), np.arange(20))


def test_a_memory_behind_an_encoder_counts_its_cost():
    items, blocks = nm.patterns.random(10, 64, rng=0), encoders.Blocks(64, activity=1 / 8)
    inner = nm.Sparsey(blocks.units, lines="on")
    memory = encoders.Encoded(inner, blocks).store(items)
    assert isinstance(memory, nm.Memory)
    recalled = memory.recall(nm.cues.erase(items, 0.2, rng=1))
    assert nm.metrics.exact(memory.recall(items), items).all()
    assert nm.metrics.overlap(recalled, items).mean() > 0.9
    assert memory.cost.bits == inner.cost.bits + blocks.bits
    assert memory.cost.operations == inner.cost.operations + blocks.operations


def test_refusals():
    for call, text in [
        (lambda: encoders.Blocks(4, activity=1 / 64), "activity must leave one of 2\\^4 patterns active"),
        (lambda: encoders.Blocks(4, activity=0.0), "activity must be"),
        (lambda: encoders.Fields((8, 8), size=9), "size must be a whole number from 1 to 8"),
        (lambda: encoders.Fields((8, 8), size=2, step=3), "step must be"),
        (lambda: encoders.Scalar(0, 1).encode([0.5, 1.5]), "items must be in \\[0, 1\\], but holds 1.5"),
        (lambda: encoders.Category(3).encode([0, 3]), "items must hold whole labels from 0 to 2, but holds 3"),
        (lambda: encoders.Category(3, units=8, activity=0.01), "activity must make at least one"),
        (lambda: encoders.Encoded(nm.Sparsey(5), encoders.Blocks(5)), "memory must have as many units"),
        (lambda: encoders.Encoded(nm.Sparsey, encoders.Blocks(5)), "memory must be a Memory, but was <class"),
        (lambda: encoders.Encoded(nm.Sparsey(256), None), "encoder must be an Encoder, but was None"),
        (lambda: encoders.Encoded(nm.Sparsey(256), encoders.Category(3)), "encoder must code items, but was a Category"),
        (lambda: encoders.Fields("ab"), "shape must be \\(rows, columns\\) of positive whole numbers, but was 'ab'"),
        (lambda: encoders.Fields((2**20, 2**20), step=1), "shape must make arrays that fit"),
        (lambda: encoders.Scalar(-1e308, 1e308), "high must be a finite number"),
        (lambda: encoders.Scalar(0, 1, units=2**31 - 1), "units must make arrays that fit"),
    ]:
        with pytest.raises(nm.InputError, match=text):
            call()


def test_sizes_of_any_type_of_whole_number():
    category = encoders.Category(np.int8(3), units=np.uint8(200))
    assert (category.units, category.operations) == (200, 4 * 200)
    assert category.decode(category.encode([2, 0])).tolist() == [2, 0]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int16, np.uint16])
def test_a_range_may_be_wider_than_the_type_of_its_numbers(dtype):
    """30,000 of 1,000,000 on 256 - 16 places is 7.2; on a range from -1e300 to 1e300 every number is in the middle."""
    x = np.array([0, 30_000], dtype)
    assert (encoders.Scalar(0, 1e6).encode(x) > 0).argmax(1).tolist() == [0, 7]
    assert (encoders.Scalar(-1e300, 1e300).encode(x) > 0).argmax(1).tolist() == [120, 120]


def test_categories_have_codes_of_their_own():
    """20 draws of one active unit of 16, or of two, would hardly all differ."""
    two = encoders.Category(100, units=16, activity=0.125)
    assert len(np.unique(two.codes, axis=0)) == 100
    assert two.decode(two.encode(range(100))).tolist() == [*range(100)]
    with pytest.raises(nm.InputError, match="categories must be at most 16, as there are no more codes, but was 20"):
        encoders.Category(20, units=16)
