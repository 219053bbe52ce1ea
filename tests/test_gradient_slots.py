"""Slots that descend: the gradient is that of torch, and steps gain over one write."""

import numpy as np
import pytest
import torch

import neuromem as nm

GradientSlots = nm.models.ALL["gradient_slots"]
RNG = np.random.default_rng(0)
KEYS, VALUES = RNG.normal(size=(9, 6)), 3 * RNG.normal(size=(9, 4))


def test_steps_are_those_of_torch():
    memory = GradientSlots(6, slots=5, descents=7, rate=0.05, beta=3.0, rng=2).store(KEYS, VALUES)
    a = np.random.default_rng(2).normal(size=(5, 6))
    a = torch.tensor(a / np.linalg.norm(a, axis=1, keepdims=True), requires_grad=True)
    u = torch.zeros(5, 4, dtype=torch.float64, requires_grad=True)
    size = np.sqrt((VALUES**2).sum(1).mean())
    keys, values = torch.nn.functional.normalize(torch.tensor(KEYS)), torch.tensor(VALUES / size)
    optimiser = torch.optim.SGD([a, u], lr=0.05)
    for _ in range(7):
        optimiser.zero_grad()
        ((torch.softmax(3 * keys @ a.T, 1) @ u - values) ** 2).sum().backward()
        optimiser.step()
    np.testing.assert_allclose(memory.synapses["addresses"], a.detach().numpy(), rtol=1e-10)
    expected = size * (torch.softmax(3 * keys @ a.T, 1) @ u).detach().numpy()
    np.testing.assert_allclose(memory.recall(KEYS).items, expected, rtol=1e-10)


def test_one_write_is_the_mean_of_the_nearest():
    memory = GradientSlots(6, slots=3, descents=0, beta=1e4).store(KEYS, VALUES)
    near = (KEYS @ memory.synapses["addresses"].T).argmax(1)
    for slot in set(near.tolist()):
        recalled = memory.recall(KEYS[near == slot]).items
        np.testing.assert_allclose(recalled, np.repeat(VALUES[near == slot].mean(0)[None], len(recalled), 0), rtol=1e-9)


def test_the_error_falls_with_every_step():
    errors = [
        np.linalg.norm(GradientSlots(6, descents=steps).store(KEYS, VALUES).recall(KEYS).items - VALUES)
        for steps in (1, 2, 5, 20, 100)
    ]
    assert (np.diff(errors) < 0).all()
    assert errors[-1] < errors[0] / 3


def test_steps_that_diverge_say_so():
    with pytest.raises(nm.InputError, match="stay within float64"):
        GradientSlots(6, rate=1e6, descents=200).store(KEYS, VALUES)
