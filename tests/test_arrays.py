"""Arithmetic of any array library at the ends of the range of its numbers."""

import numpy as np
import pytest
import torch

from neuromem import arrays


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("library", [np.asarray, torch.as_tensor])
def test_unit_length_of_the_largest_and_the_smallest_numbers(dtype, library):
    limits = np.finfo(dtype)
    for size in (limits.max, 1e10, 1.0, 1e-10, limits.tiny, limits.smallest_subnormal):
        vector = np.array([[size, -size, 0, size, size]], dtype)
        np.testing.assert_allclose(arrays.unit_length(library(vector)), [[0.5, -0.5, 0, 0.5, 0.5]], rtol=1e-6)


def test_unit_length_rounds_as_the_formula_does():
    x = np.random.default_rng(0).normal(size=(500, 9)) * 10.0 ** np.random.default_rng(1).integers(-90, 90, (500, 1))
    np.testing.assert_array_equal(arrays.unit_length(x), x / np.sqrt((x * x).sum(1, keepdims=True)))


def test_unit_length_has_its_gradient_at_any_size():
    x = np.random.default_rng(0).normal(size=(3, 4))
    direct = torch.tensor(x, requires_grad=True)
    (direct / direct.norm(dim=1, keepdim=True))[:, 0].sum().backward()
    for size in (1.0, 2.0**600, 2.0**-600):
        scaled = torch.tensor(size * x, requires_grad=True)
        arrays.unit_length(scaled)[:, 0].sum().backward()
        np.testing.assert_allclose(size * scaled.grad, direct.grad, rtol=1e-12)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_computed_in_float32(dtype):
    x = torch.tensor([[1.0, -2.0]], dtype=dtype)
    assert arrays.as_floating(x=x)[1].dtype == torch.float32
    np.testing.assert_array_equal(arrays.to_host(x), [[1.0, -2.0]])
