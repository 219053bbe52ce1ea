"""What does not lie where it is needed, or does not fit there, is refused by name."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

import neuromem as nm
from neuromem import arrays
from neuromem.kernels import glauber
from tests.simulated import CuPy, Device, on_a_device, ready


def test_a_batch_that_does_not_fit_is_refused_with_one_that_does(monkeypatch):
    from neuromem.kernels import launch

    monkeypatch.setattr(launch, "free", lambda number: 10**9)
    launch.fits(0, "cues", 10, 10**8)
    with pytest.raises(nm.InputError, match=r"1.00 GB that are free .* 11 of them need 1.10 GB; give at most 10 cues"):
        launch.fits(0, "cues", 11, 10**8)
    with pytest.raises(nm.InputError, match="use the CPU"):
        launch.fits(0, "cues", 1, 10**9 + 1)


@pytest.mark.parametrize("name", ["ca3", "dendrite", "resonator", "sparsey_network"])
def test_memories_of_the_cpu_refuse_arrays_of_a_device(name):
    with pytest.raises(nm.InputError, match=r"CUDA device; bring it over with cupy.asnumpy"):
        nm.models.ALL[name](64).store(nm.patterns.random(2, 64, rng=0).view(Device))


def test_a_cue_on_a_device_is_refused_by_a_memory_of_the_cpu():
    items = nm.patterns.random(2, 64, rng=0)
    with pytest.raises(nm.InputError, match=r"CUDA device; bring it over with cupy.asnumpy"):
        nm.Dendrite(64).store(items).recall(items.view(Device))


@pytest.mark.parametrize("memory", [nm.SDM(64), nm.Willshaw(64), nm.Cliques(64), nm.Hopfield(64)])
def test_items_and_cues_must_lie_in_one_place(memory):
    items = nm.patterns.random(2, 64, rng=0)
    memory.store(items)
    with pytest.raises(nm.InputError, match=r"lie on the device, but lies on the CPU"), on_a_device():
        memory.recall(items.view(Device))


@pytest.mark.skipif(ready(), reason="a device is there")
def test_without_a_driver_nothing_moves_to_the_cpu():
    items = nm.patterns.random(2, 16, rng=0).view(Device)
    for memory in (nm.Hopfield(16), nm.DenseHebbian(16), nm.Multitasking(16), nm.SDM(16), nm.Willshaw(16), nm.Cliques(16)):
        with on_a_device(), pytest.raises(nm.InputError, match="neuromem doctor"):
            memory.store(items).recall(items)
    with pytest.raises(nm.InputError, match="lie on the CPU"):
        nm.Hopfield(16, rule="storkey").store(items)


def test_devices_that_do_not_work_are_refused(monkeypatch):
    def refused(device, text, memories=()):
        with pytest.raises(nm.InputError, match=text):
            arrays.require_device_support(device, [(name, nm.models.ALL[name](8)) for name in memories])

    refused("gpu", "must be")
    refused("cuda:one", "must be")
    refused("cuda:" + "9" * 5000, "must be")  # more digits than Python makes a number of
    monkeypatch.setitem(sys.modules, "cupy", None)
    refused("cuda", r"pip install 'neuromem\[cuda\]'")
    monkeypatch.setitem(sys.modules, "cupy", CuPy)
    arrays.require_device_support("cuda:0", [("hopfield", nm.Hopfield(8))])
    refused("cuda:1", "below cuda:1, as 1 are here")
    refused("cuda", "dendrite does not", ["hopfield", "dendrite"])

    def too_old():
        raise RuntimeError("cudaErrorInsufficientDriver")

    monkeypatch.setattr(CuPy.cuda.runtime, "getDeviceCount", too_old)
    refused("cuda", "cudaErrorInsufficientDriver; install or renew the driver")


def test_what_lies_on_a_device_and_is_no_array_is_refused():
    with pytest.raises(nm.InputError, match="keys must be an array of real numbers"):
        nm.Hopfield(8).store(SimpleNamespace(__cuda_array_interface__={}))


def test_arrays_of_two_libraries_are_refused():
    torch = pytest.importorskip("torch")
    with pytest.raises(nm.InputError, match="spins must be an array of numpy on cpu, as outgoing, but was of torch on cpu"):
        glauber.weights(np.ones((3, 3), np.int16), torch.ones((2, 3)))


def test_fast_weights_stay_on_the_device_of_their_tensors():
    """Tensors of torch's device "meta" have no data: anything that fetched them would raise."""
    torch = pytest.importorskip("torch")
    from neuromem.kernels import chunked, fast_weights

    query, key, value = (torch.empty(2, 1, 40, 8, device="meta") for _ in range(3))
    rate, decay = (torch.empty(2, 1, 40, device="meta") for _ in range(2))
    forms = [(form, rule) for form in (chunked.quadratic, chunked.chunked) for rule in ("hebb", "delta")]
    forms += [(chunked.recurrent, rule) for rule in fast_weights.RULES if rule != "delta_product"]
    for form, rule in forms:
        found = form(query, key, value, rate, decay, rule=rule)
        outputs = found[0] if isinstance(found, tuple) else found
        assert outputs.device.type == "meta"
        assert outputs.shape == value.shape
