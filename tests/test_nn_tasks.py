"""Recall tasks obey their definitions, for any sizes: what is asked was told exactly once before, and nothing leaks."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neuromem as nm
from neuromem.nn import tasks

seeds = st.integers(0, 2**32)


def queries(task):
    """(sequence, time) of every question."""
    return np.argwhere(task.targets >= 0)


@settings(max_examples=40, deadline=None)
@given(pairs=st.integers(1, 12), spare=st.integers(0, 40), more=st.integers(0, 50), power=st.floats(0.01, 2), seed=seeds)
def test_mqar_asks_once_for_each_key_that_was_told_once(pairs, spare, more, power, seed):
    vocabulary, length = 2 * pairs + 2 + more, 4 * pairs + spare
    task = tasks.mqar(5, length=length, pairs=pairs, vocabulary=vocabulary, power=power, rng=seed)
    assert task.inputs.shape == task.targets.shape == (5, length)
    assert 0 <= task.inputs.min() <= task.inputs.max() < vocabulary
    assert (task.targets >= 0).sum() == 5 * pairs
    for row, time in queries(task):
        tokens = task.inputs[row]
        before = np.flatnonzero(tokens[:time] == tokens[time])
        assert len(before) == 1
        assert tokens[before[0] + 1] == task.targets[row, time]
        assert task.written[row, before[0] + 1]
        assert (tokens == task.targets[row, time]).sum() == 1


@settings(max_examples=40, deadline=None)
@given(keys=st.integers(1, 6), again=st.integers(0, 8), seed=seeds)
def test_reassigned_asks_for_the_newest_value(keys, again, seed):
    task = tasks.reassigned(5, length=64, keys=keys, pairs=keys + again, vocabulary=64, rng=seed)
    assert (task.targets >= 0).sum() == 5 * keys
    for row, time in queries(task):
        tokens = task.inputs[row]
        last = np.flatnonzero((tokens == tokens[time]) & (np.arange(64) < 2 * (keys + again)))[-1]
        assert tokens[last + 1] == task.targets[row, time]
        assert (tokens == task.targets[row, time]).sum() == 1


@settings(max_examples=30, deadline=None)
@given(contexts=st.integers(1, 6), keys=st.integers(1, 6), seed=seeds)
def test_joint_recall_asks_once_for_every_key_in_every_context(contexts, keys, seed):
    task = tasks.joint(3, contexts=contexts, keys=keys, values=16, rng=seed)
    told = 3 * contexts * keys
    for tokens, targets in zip(task.inputs, task.targets, strict=True):
        triples = {(c, k): v for c, k, v in tokens[:told].reshape(-1, 3)}
        assert len(triples) == contexts * keys
        asked = np.flatnonzero(targets >= 0)
        assert {(tokens[t - 1], tokens[t]) for t in asked} == set(triples)
        assert all(triples[tokens[t - 1], tokens[t]] == targets[t] for t in asked)
        assert asked.min() >= told
    assert task.cue == 2
    assert (np.flatnonzero(task.written[0]) == np.arange(2, told, 3)).all()


@settings(max_examples=20, deadline=None)
@given(length=st.integers(1, 40), seed=seeds)
def test_products_follow_parity_and_the_matrices_of_permutations(length, seed):
    task = tasks.products(4, length=length, rng=seed)
    assert (task.targets - 1 == (task.inputs - 1).cumsum(1) % 2).all()
    task = tasks.products(4, length=length, group="permutations", rng=seed)
    matrices = np.array([np.eye(3)[list(order)] for order in itertools.permutations(range(3))])
    for row, answers in zip(task.inputs - 1, task.targets - 1, strict=True):
        so_far = np.eye(3)
        for element, answer in zip(row, answers, strict=True):
            so_far = so_far @ matrices[element]
            assert (so_far == matrices[answer]).all()


def test_random_fillers_stand_where_nothing_is_told_or_asked():
    """The published option: any of all the tokens, each as often, and the same pairs, questions and answers."""
    blank, random = (tasks.mqar(400, length=64, pairs=4, vocabulary=16, fillers=kind, rng=3) for kind in ("blank", "random"))
    same = blank.inputs != 0
    assert (random.inputs[same] == blank.inputs[same]).all()
    assert (random.targets == blank.targets).all()
    counts = np.bincount(random.inputs[~same], minlength=16)
    expected = (~same).sum() / 16
    assert np.abs(counts - expected).max() < 4 * np.sqrt(expected)


@settings(max_examples=30, deadline=None)
@given(tokens=st.integers(1, 16), seed=seeds)
def test_selective_copying_asks_for_the_tokens_in_their_order(tokens, seed):
    task = tasks.selective_copying(4, length=40, tokens=tokens, vocabulary=20, rng=seed)
    for row, targets in zip(task.inputs, task.targets, strict=True):
        said = row[: 40 - tokens]
        assert said[said > 0].tolist() == targets[40 - tokens :].tolist()
        assert (row[40 - tokens :] == 1).all()
        assert (targets[: 40 - tokens] == -1).all()


@settings(max_examples=30, deadline=None)
@given(length=st.integers(3, 30), seed=seeds)
def test_induction_asks_for_the_token_after_the_first_marker(length, seed):
    task = tasks.induction(4, length=length, vocabulary=10, rng=seed)
    for row, targets, written in zip(task.inputs, task.targets, task.written, strict=True):
        first, last = np.flatnonzero(row == 1)
        assert last == length - 1
        assert targets[last] == row[first + 1]
        assert np.flatnonzero(written).tolist() == [first + 1]


def test_gaps_follow_their_power_law():
    """One question, 10 places: counts within 4 standard errors of P(g) ~ g^(power - 1)."""
    for power in (0.1, 1.0):
        task = tasks.mqar(20_000, length=22, pairs=1, vocabulary=8, power=power, rng=1)
        gap = (np.argwhere(task.targets >= 0)[:, 1] - 2) // 2
        expected = np.arange(1, 11) ** (power - 1.0)
        expected /= expected.sum()
        measured = np.bincount(gap, minlength=10) / 20_000
        assert (abs(measured - expected) < 4 * np.sqrt(expected * (1 - expected) / 20_000)).all()


@pytest.mark.parametrize("name", list(tasks.TASKS))
def test_seeded_and_different_from_sequence_to_sequence(name):
    one, same, other = (tasks.TASKS[name](20, rng=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.inputs, same.inputs)
    np.testing.assert_array_equal(one.targets, same.targets)
    assert (one.inputs != other.inputs).any()
    assert len(np.unique(one.inputs, axis=0)) == 20


def test_bad_sizes():
    with pytest.raises(nm.InputError, match="pairs must be at most 7, the keys that a vocabulary of 16 has, but was 8"):
        tasks.mqar(1, pairs=8, vocabulary=16)
    with pytest.raises(nm.InputError, match="at least 32, but was 31; 8 pairs and a place for each of 8 questions"):
        tasks.mqar(1, pairs=8, length=31)
    with pytest.raises(nm.InputError, match="keys must be a whole number from 1 to 2"):
        tasks.reassigned(1, keys=3, pairs=2)
    with pytest.raises(nm.InputError, match="tokens must be a whole number from 1 to 5"):
        tasks.selective_copying(1, length=10, tokens=6)
    with pytest.raises(nm.InputError, match="sequences must be a positive whole number"):
        tasks.mqar(0)
    with pytest.raises(nm.InputError, match="power must be a finite number and above 0"):
        tasks.mqar(1, power=0.0)
