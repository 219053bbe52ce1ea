"""The trainable sparse pointer: its equations, blocks of any length, and the memory that it is before training."""

import numpy as np
import pytest
import torch

import neuromem as nm
from neuromem.nn import SparsePointer

UNITS = 8


def by_hand(layer, x):
    """Equations (1) to (3), one token after the other, in numpy."""
    query, key, value = (w.weight.detach().numpy() @ x.T for w in (layer.query, layer.key, layer.value))
    query, key = (y / np.linalg.norm(y, axis=0) for y in (query, key))
    beta, least = np.exp(layer.log_beta.item()), layer.least_cosine.item()
    weights, out = np.zeros((UNITS, UNITS)), []
    for t in range(len(x)):
        weights += np.outer(value[:, t], key[:, t])
        first = max(0, t + 1 - layer.slots)
        e = np.exp(beta * (key[:, first : t + 1].T @ query[:, t] - least))
        p = e / (1 + e.sum())
        out.append(value[:, first : t + 1] @ p + (1 - p.sum()) * weights @ query[:, t])
    return np.array(out) @ layer.output.weight.detach().numpy().T, weights


@pytest.mark.parametrize("slots", [1, 2, 5, 11, 40])
def test_blocks_are_the_equations_and_one_token_at_a_time_is_the_sequence(slots):
    torch.manual_seed(0)
    layer = SparsePointer(UNITS, slots=slots, beta=3.0, least_cosine=0.1, chunk=4).double()
    x = torch.randn(1, 11, UNITS, dtype=torch.float64)
    expected, weights = by_hand(layer, x[0].numpy())
    y, state = layer.advance(x)
    np.testing.assert_allclose(y[0].detach(), expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(state[2][0, 0].detach(), weights, rtol=0, atol=1e-12)
    one, parts = None, []
    for token in x.split(1, 1):
        part, one = layer.advance(token, one)
        parts.append(part)
    torch.testing.assert_close(torch.cat(parts, 1), y, rtol=0, atol=1e-12)
    for ours, other in zip(one, state, strict=True):
        torch.testing.assert_close(ours, other, rtol=0, atol=1e-12)


def test_untrained_it_is_the_memory_of_its_name():
    items = nm.patterns.random(40, 64, rng=0)
    cues = nm.cues.erase(items, 0.3, rng=1)
    torch.manual_seed(0)
    layer = SparsePointer(64, slots=8).double()
    with torch.no_grad():  # rotations to rounding in float64
        layer.key.weight.copy_(torch.nn.init.orthogonal_(layer.query.weight))
        layer.output.weight.copy_(torch.nn.init.orthogonal_(layer.value.weight).T)
    ours = nm.nn.as_memory(layer).store(items).recall(cues)
    reference = nm.models.make("sparse_pointer:slots=8", 64).store(items).recall(cues)
    np.testing.assert_allclose(ours.items, reference.items, rtol=0, atol=1e-10)
    assert nm.metrics.exact(ours, items)[32:].all()  # in the slots
    assert not nm.metrics.exact(ours, items)[:32].all()


def test_the_pointer_learns_where_it_is_to_point():
    torch.manual_seed(0)
    layer, x = SparsePointer(UNITS, slots=4, beta=2.0).double(), torch.randn(2, 9, UNITS, dtype=torch.float64)

    def lost(least, log_beta):
        changed = {"least_cosine": least, "log_beta": log_beta}
        return torch.func.functional_call(layer, changed, (x,)).square().sum()

    given = layer.least_cosine, layer.log_beta
    assert torch.autograd.gradcheck(lost, given)
    assert min(gradient.abs().min() for gradient in torch.autograd.grad(lost(*given), given)) > 1e-3
