"""Memories beside a model take arrays of torch, in one type and the other, and give the same."""

import numpy as np
import pytest
import torch

import neuromem as nm

SPECS = (
    "memory_caching:segment=4",
    "memory_caching:segment=4:read=soup",
    "memory_caching:segment=4:read=sparse:chosen=1",
    "larimar:slots=16",
    "larimar:slots=16:write=sequential",
    "camelot:slots=6",
    "armt:segment=3",
    "holographic",
    "gradient_slots:descents=5",
    "gradient_slots:descents=0",
)


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_tensors_give_what_arrays_give(spec, dtype):
    rng = np.random.default_rng(0)
    items, cues = (rng.normal(size=(n, 20)).astype(dtype) for n in (10, 4))
    expected = np.asarray(nm.models.make(spec, 20).store(items).recall(cues))
    recall = nm.models.make(spec, 20).store(torch.tensor(items)).recall(torch.tensor(cues))
    assert isinstance(recall.items, torch.Tensor)
    np.testing.assert_allclose(recall.items.numpy(), expected, rtol=1e-8 if dtype == "float64" else 2e-3, atol=1e-4)
    assert np.abs(expected).max() > 0.1
