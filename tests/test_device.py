"""Of torch or CuPy, on the CPU or a device, every memory and layer gives the CPU's answers, or refuses by name."""

from __future__ import annotations

import copy
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import torch

import neuromem as nm
from neuromem.arrays import device_placer, on_device, to_host
from neuromem.experiments import phase_diagram
from tests.mixers import MIXERS, WIDTH

UNITS = 64


def cupy_is_ready() -> bool:
    """Whether CuPy finds a device."""
    try:
        device_placer("cuda")
    except nm.InputError:
        return False
    return True


with_torch = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA device")
with_cupy = pytest.mark.skipif(not cupy_is_ready(), reason="CuPy finds no CUDA device")
PLACES = [
    pytest.param(torch.as_tensor, id="tensor"),
    pytest.param(partial(torch.as_tensor, device="cuda"), id="torch-cuda", marks=with_torch),
    pytest.param(lambda array: device_placer("cuda")(array), id="cupy", marks=with_cupy),
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", nm.models.ALL)
def test_a_memory_answers_as_on_the_cpu(name, place):
    """Or it refuses what lies there, and says how to bring it over."""
    items = nm.patterns.random(3, UNITS, rng=0)
    cues = nm.cues.flip(items, 0.1, rng=1)
    ours = nm.models.ALL[name](UNITS).store(items).recall(cues)
    memory = nm.models.ALL[name](UNITS)
    try:
        memory.store(place(items))
    except nm.InputError as error:
        refused = str(error)
        assert on_device(place(items))
        assert "lie on the CPU" in refused
        return
    theirs = memory.recall(place(cues))
    assert on_device(theirs.items) == on_device(place(cues))
    np.testing.assert_allclose(to_host(theirs.items), np.asarray(ours.items), atol=1e-4)
    np.testing.assert_allclose(to_host(theirs.operations), ours.operations, rtol=1e-6)
    assert np.array_equal(to_host(theirs.converged), ours.converged)
    memory.clear()  # and then takes what lies elsewhere
    np.testing.assert_allclose(np.asarray(memory.store(items).recall(cues).items), np.asarray(ours.items), atol=1e-4)


def answers(layer: torch.nn.Module, x: torch.Tensor) -> list[torch.Tensor]:
    """Give what a layer gives: its outputs whole and in two parts, and the gradients of all weights and tokens."""
    x = x.clone().requires_grad_()
    y = layer(x)
    y.square().mean().backward()
    first, state = layer.advance(x[:, :17])
    second, _ = layer.advance(x[:, 17:], state)
    grads = [weight.grad for weight in (x, *layer.parameters()) if weight.grad is not None]
    return [array.detach() for array in (y, first, second, *grads)]


@with_torch
@pytest.mark.parametrize("name", [name for name in MIXERS if "external" not in name])
def test_a_layer_answers_as_on_the_cpu(name):
    torch.manual_seed(0)
    layer, x = MIXERS[name](WIDTH).double(), torch.randn(2, 40, WIDTH, dtype=torch.float64)
    there = copy.deepcopy(layer).cuda()
    for mine, theirs in zip(answers(layer, x), answers(there, x.cuda()), strict=True):
        assert theirs.is_cuda
        torch.testing.assert_close(theirs.cpu(), mine, rtol=1e-6, atol=1e-8)


@with_torch
@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", [name for name in MIXERS if "external" not in name])
def test_a_model_learns_there_under_autocast(name, kind):
    torch.manual_seed(0)
    model = nm.nn.Transformer(12, WIDTH, 2, mixer=MIXERS[name], expansion=2).cuda()
    tokens = torch.randint(0, 12, (2, 40), device="cuda")
    with torch.autocast("cuda", kind):
        loss = torch.nn.functional.cross_entropy(model(tokens).flatten(0, 1).float(), tokens.flatten())
    loss.backward()
    assert torch.isfinite(model.embedding.weight.grad).all()


@with_cupy
def test_an_experiment_gives_there_what_it_gives_on_the_cpu():
    settings = {"load": 0.1, "temperatures": (0.3, 1.0), "units": 100, "starts": 4, "steps": 3, "seed": 3}
    dense = partial(phase_diagram.dense, order=3, interactions="full")
    for run in (phase_diagram.hopfield, dense):
        mine, theirs = (run(**settings, device=device) for device in ("cpu", "cuda"))
        for name, (_, values) in mine.items():
            np.testing.assert_array_equal(values, theirs[name][1])


@with_cupy
def test_a_command_works_there(tmp_path):
    for device in ("cpu", "cuda"):
        command = [sys.executable, "-m", "neuromem", "run", "completion", "--quick", "--models", "hopfield,pavlov,sparsey"]
        done = subprocess.run(
            [*command, "--device", device, "--out", str(tmp_path / device)], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    mine, theirs = (nm.results.load(next((tmp_path / device).glob("*.nc"))) for device in ("cpu", "cuda"))
    for name in mine:
        np.testing.assert_allclose(mine[name], theirs[name], rtol=1e-12)  # a cosine is rounded in another order
