"""Rank-one editing: the answer is exact, and the others change by what the theory says, the least that is possible."""

import numpy as np
import pytest
import torch

from neuromem.checks import InputError
from neuromem.kernels.editing import edit
from neuromem.kernels.fast_weights import delta

RNG = np.random.default_rng(0)
KEYS = RNG.normal(size=(200, 12)) * np.exp(RNG.normal(size=12))
COVARIANCE = KEYS.T @ KEYS / 200
WEIGHTS, KEY, VALUE = RNG.normal(size=(5, 12)), KEYS[0], RNG.normal(size=5)


@pytest.mark.parametrize("covariance", [None, COVARIANCE])
def test_the_answer_is_the_value_and_the_change_has_rank_one(covariance):
    new = edit(WEIGHTS, KEY, VALUE, covariance)
    np.testing.assert_allclose(new @ KEY, VALUE, rtol=1e-12)
    assert np.linalg.matrix_rank(new - WEIGHTS) == 1


def test_without_a_covariance_it_is_a_step_of_the_delta_rule():
    np.testing.assert_allclose(edit(WEIGHTS, KEY, VALUE), delta(WEIGHTS, KEY, VALUE, rate=1 / (KEY @ KEY)), rtol=1e-12)


def test_no_other_change_moves_the_other_answers_less():
    """The minimum of sum |D k_i|^2 under D k = e by its Lagrange conditions, solved as one linear system a row."""
    e = VALUE - WEIGHTS @ KEY
    system = np.block([[KEYS.T @ KEYS, KEY[:, None]], [KEY[None], np.zeros((1, 1))]])
    best = np.stack([np.linalg.solve(system, np.r_[np.zeros(12), one])[:12] for one in e])
    np.testing.assert_allclose(edit(WEIGHTS, KEY, VALUE, COVARIANCE) - WEIGHTS, best, rtol=1e-8, atol=1e-12)


def test_weights_of_a_torch_layer_are_edited():
    layer = torch.nn.Linear(12, 5, bias=False).double()
    new = edit(layer.weight.detach(), torch.tensor(KEY), torch.tensor(VALUE), torch.tensor(COVARIANCE))
    torch.testing.assert_close(new @ torch.tensor(KEY), torch.tensor(VALUE))
    expected = edit(layer.weight.detach().numpy(), KEY, VALUE, COVARIANCE)
    np.testing.assert_allclose(new.numpy(), expected, rtol=1e-9)


def test_too_few_samples_are_refused_without_a_ridge():
    few = np.diag([1.0] * 6 + [0.0] * 6)
    with pytest.raises(InputError, match="covariance must be invertible"):
        edit(WEIGHTS, KEY, VALUE, few)
    np.testing.assert_allclose(edit(WEIGHTS, KEY, VALUE, few, ridge=1e-3) @ KEY, VALUE, rtol=1e-9)


def test_a_key_of_zeros_has_no_direction():
    with pytest.raises(InputError, match="key must have a direction, but is 0"):
        edit(WEIGHTS, 0 * KEY, VALUE)
