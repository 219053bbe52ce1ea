"""Every form of a fast-weight rule gives the outputs, states and gradients of the recurrence, to rounding in float64."""

import pytest
import torch

import neuromem as nm
from neuromem.kernels.chunked import chunked, quadratic, recurrent
from neuromem.kernels.one_chunk import one_chunk
from neuromem.nn.vectors import unit

ROUNDING = 1e-12


def sequences(lead=(2, 3), time=37, keys=8, values=5, fades=True, seed=0):
    """query, unit-length key, value, rate, decay, and the leaves that need a gradient."""
    torch.manual_seed(seed)
    leaves = [torch.randn(*lead, time, size, dtype=torch.float64, requires_grad=True) for size in (keys, keys, values, 1, 1)]
    query, key, value, rate, decay = leaves
    gates = rate[..., 0].sigmoid(), 0.5 + decay[..., 0].sigmoid() / 2 if fades else 1.0
    return (query, torch.nn.functional.normalize(key, dim=-1), value, *gates), leaves if fades else leaves[:-1]


@pytest.mark.parametrize("rule", ["hebb", "delta"])
@pytest.mark.parametrize("fades", [True, False])
@pytest.mark.parametrize("chunk", [1, 8, 36, 37, 64])
def test_three_forms_agree_with_their_gradients(rule, fades, chunk):
    args, leaves = sequences(fades=fades)
    outputs, state = recurrent(*args, rule=rule)
    others = [chunked(*args, rule=rule, chunk=chunk)[0], quadratic(*args, rule=rule)]
    weights = torch.randn_like(outputs)
    gradients = torch.autograd.grad((outputs * weights).sum(), leaves, retain_graph=True)
    assert outputs.abs().max() > 1
    torch.testing.assert_close(chunked(*args, rule=rule, chunk=chunk)[1], state, rtol=0, atol=ROUNDING)
    for other in others:
        torch.testing.assert_close(other, outputs, rtol=0, atol=ROUNDING)
        for ours, reference in zip(
            torch.autograd.grad((other * weights).sum(), leaves, retain_graph=True), gradients, strict=True
        ):
            assert reference.abs().max() > 0.1
            torch.testing.assert_close(ours, reference, rtol=0, atol=10 * ROUNDING)


@pytest.mark.parametrize("rule", ["hebb", "delta"])
@pytest.mark.parametrize("lead", [(), (4,), (2, 1, 3)])
def test_a_sequence_in_two_parts_is_the_sequence(rule, lead):
    args, _ = sequences(lead, time=20)
    outputs, state = chunked(*args, rule=rule, chunk=8)
    first, between = chunked(*(x[..., :13, :] if x.ndim > len(lead) + 1 else x[..., :13] for x in args), rule=rule, chunk=8)
    rest = (x[..., 13:, :] if x.ndim > len(lead) + 1 else x[..., 13:] for x in args)
    second, last = chunked(*rest, rule=rule, chunk=8, state=between)
    torch.testing.assert_close(torch.cat([first, second], -2), outputs, rtol=0, atol=ROUNDING)
    torch.testing.assert_close(last, state, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("rule", ["hebb", "delta"])
def test_decay_0_forgets_all_that_came_before(rule):
    (query, key, value, rate, decay), _ = sequences((1,), time=12)
    decay = torch.where(torch.arange(12) % 5 == 4, 0.0, decay)
    outputs = recurrent(query, key, value, rate, decay, rule=rule)[0]
    for other in (
        chunked(query, key, value, rate, decay, rule=rule, chunk=8)[0],
        quadratic(query, key, value, rate, decay, rule=rule),
    ):
        torch.testing.assert_close(other, outputs, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("rule", ["hebb", "delta"])
def test_inner_gradients_against_finite_differences(rule):
    (query, key, value, rate, decay), _ = sequences((1,), time=6, keys=3, values=2)
    args = tuple(x.detach().requires_grad_() for x in (query, key, value, rate, decay))
    assert torch.autograd.gradcheck(lambda *x: chunked(*x, rule=rule, chunk=4), args)


@pytest.mark.parametrize("rule", ["hebb", "delta", "delta_product"])
@pytest.mark.parametrize("border", [0.0, 1.0])
def test_gradients_are_whole_where_decay_and_rate_are_at_their_borders(rule, border):
    """Every form has the gradient of the recurrence, and that one the gradient of finite differences."""
    (query, key, value, rate, decay), _ = sequences((2,), time=6, keys=3, values=2)
    if rule == "delta_product":
        key, value = (torch.stack([x, x.flip(-2)], -2) for x in (key, value))
    decay = torch.where(torch.arange(6) % 3 == 1, border, decay)
    rate = torch.where(torch.arange(6) % 3 == 2, 2 * border, rate)
    args = tuple(x.detach().requires_grad_() for x in (query, key, value, rate, decay))
    forms = [lambda *x: recurrent(*x, rule=rule)[0], lambda *x: chunked(*x, rule=rule, chunk=4)[0]]
    if rule != "delta_product":
        forms.append(lambda *x: quadratic(*x, rule=rule))
    weights = torch.randn(2, 6, 2, dtype=torch.float64)
    gradients = [torch.autograd.grad((form(*args) * weights).sum(), args) for form in forms]
    for other in gradients[1:]:
        for ours, reference in zip(other, gradients[0], strict=True):
            torch.testing.assert_close(ours, reference, rtol=0, atol=10 * ROUNDING)
    assert gradients[0][4][:, 1].abs().min() > 1e-3  # where decay is at the border
    for form in forms:
        assert torch.autograd.gradcheck(form, args)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("rule", ["hebb", "delta", "delta_product", "least_squares"])
def test_half_precision_is_computed_in_float32(kind, rule):
    torch.manual_seed(0)
    args = [torch.randn(2, 300, 8).to(kind) for _ in range(3)] + [torch.rand(2, 300).to(kind)]
    args[1] = torch.nn.functional.normalize(args[1], dim=-1)
    if rule == "delta_product":
        args[1:3] = (x[..., None, :] for x in args[1:3])
    form = recurrent if rule == "least_squares" else chunked
    (outputs, state), (wide, same) = form(*args, rule=rule), form(*(x.float() for x in args), rule=rule)
    assert outputs.dtype == kind
    torch.testing.assert_close(outputs, wide.to(kind), rtol=0, atol=0)
    torch.testing.assert_close(state, same, rtol=0, atol=0)
    with torch.autocast("cpu", kind):
        torch.testing.assert_close(form(*(x.float() for x in args), rule=rule)[0], wide, rtol=0, atol=0)


def test_quadratic_rate_one_delta_returns_the_newest_value_of_a_key():
    key = torch.eye(2, dtype=torch.float64)[[0, 1, 0]]
    value = torch.tensor([[1.0], [2.0], [3.0]], dtype=torch.float64)
    assert quadratic(key[[0, 0, 0]], key, value).flatten().tolist() == [1.0, 1.0, 3.0]
    assert quadratic(key[[0, 0, 0]], key, value, rule="hebb").flatten().tolist() == [1.0, 1.0, 4.0]


@pytest.mark.parametrize("form", [chunked, quadratic, recurrent])
def test_unknown_rule(form):
    x = torch.ones(1, 4, 2)
    with pytest.raises(nm.InputError, match="did you mean 'delta'"):
        form(x, x, x, rule="dleta")


def test_second_derivatives_of_one_chunk_and_of_lengths():
    """Gradients written by hand are those of finite differences, and so are theirs."""
    torch.manual_seed(0)
    leaves = [torch.randn(2, 4, 3, dtype=torch.float64, requires_grad=True) for _ in range(3)]
    rate = torch.rand(2, 4, dtype=torch.float64, requires_grad=True)
    for form, given in ((one_chunk, (*leaves, rate)), (unit, leaves[:1])):
        assert torch.autograd.gradcheck(form, given)
        assert torch.autograd.gradgradcheck(form, given)
