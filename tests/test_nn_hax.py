"""HAX: its equations token by token, the law of its hash, what its score learns, and what few pairs are worth."""

import math

import numpy as np
import pytest
import torch

import neuromem as nm
from neuromem.nn import HAX, StateSpace
from neuromem.nn.hax import best, newest, ranking

UNITS, TIME = 6, 14


def silu(x):
    return x / (1 + np.exp(-x))


def shaken(**settings):
    """A layer whose weights are not those of the start, and tokens."""
    torch.manual_seed(0)
    layer = HAX(UNITS, **settings).double()
    with torch.no_grad():
        for weight in layer.parameters():
            weight.add_(0.3 * torch.randn_like(weight))
    return layer, torch.randn(1, TIME, UNITS, dtype=torch.float64)


def by_hand(layer, x):
    """Equations (1) to (6), one token after the other, in numpy."""
    of = {name: weight.detach().numpy() for name, weight in layer.state_dict().items()}
    given = {name: x @ of[f"{name}.weight"].T for name in ("query", "key", "value")}
    b, c, v = silu(given["key"]), silu(given["query"]), silu(given["value"])
    q, k = c @ of["ask"][0].T, b @ of["tell"][0].T
    step = np.log1p(np.exp(x @ of["to_step.weight"][0] + of["to_step.bias"][0]))
    z = silu(x @ of["to_gate.weight"].T + of["to_gate.bias"])

    def signs(rows, t):
        before = rows[:t].mean(0) if t else np.zeros(UNITS)
        return tuple((rows[t] - before) @ of["planes"][0] > 0)

    h, bins, scores, out = np.zeros((UNITS, UNITS)), [], [], []
    for t in range(len(x)):
        h = math.exp(-math.exp(of["log_decay"][0]) * step[t]) * h + step[t] * np.outer(v[t], b[t])
        bins.append(signs(k, t))
        asked = q[: t + 1].sum(0)
        r = np.concatenate([k[t] / math.sqrt(UNITS), asked / np.linalg.norm(asked)])
        for layer_of in (0, 2, 4):
            r = of[f"select.{layer_of}.weight"] @ (r if layer_of == 0 else np.maximum(r, 0)) + of[f"select.{layer_of}.bias"]
        scores.append(r[0])
        mine = [s for s in range(t + 1) if bins[s] == signs(q, t)][-layer.pairs // 2 :]
        seen = sorted({*mine, *sorted(range(t + 1), key=lambda s: -scores[s])[: layer.pairs // 2]})
        p = np.exp(k[seen] @ q[t] / math.sqrt(UNITS))
        a = p @ v[seen] / p.sum()
        out.append((h @ c[t] + of["skip"].item() * v[t] + of["share"][0, 0] * a) * z[t])
    return np.array(out) @ of["output.weight"].T


@pytest.mark.parametrize(("pairs", "hashes"), [(2, 1), (4, 2), (6, 3), (40, 4)])
def test_the_sequence_is_the_equations_and_so_is_one_token_at_a_time(pairs, hashes):
    layer, x = shaken(pairs=pairs, hashes=hashes, chunk=4)
    y, whole = layer.advance(x)
    np.testing.assert_allclose(y[0].detach(), by_hand(layer, x[0].numpy()), rtol=0, atol=1e-12)
    state, parts = None, []
    for token in x.split(1, 1):
        part, state = layer.advance(token, state)
        parts.append(part)
    torch.testing.assert_close(torch.cat(parts, 1), y, rtol=0, atol=1e-12)
    for one, other in zip(state, whole, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


def test_without_attention_it_is_the_state_space_model_and_with_all_pairs_full_attention_beside_it():
    layer, x = shaken(pairs=2 * TIME)
    plain = StateSpace(UNITS).double()
    plain.load_state_dict({name: layer.state_dict()[name] for name in plain.state_dict()})
    q, k = (torch.nn.functional.silu(w(x)) @ m[0].mT for w, m in ((layer.query, layer.ask), (layer.key, layer.tell)))
    v = torch.nn.functional.silu(layer.value(x))
    weights = (q @ k.mT / UNITS**0.5).masked_fill(torch.ones(TIME, TIME).triu(1) > 0, -math.inf).softmax(-1)
    gate = torch.nn.functional.silu(layer.to_gate(x))
    torch.testing.assert_close(layer(x), plain(x) + layer.output(layer.share[0] * (weights @ v) * gate), rtol=0, atol=1e-12)
    torch.nn.init.zeros_(layer.share)
    torch.testing.assert_close(layer(x), plain(x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("hashes", [1, 4])
def test_vectors_at_an_angle_share_a_bin_as_often_as_the_law_says(hashes):
    """(1 - angle / pi)^hashes for unit vectors, at cosines of 0.9, 0.5 and 0, over many planes."""
    torch.manual_seed(1)
    layer = HAX(8, hashes=hashes)
    for cosine in (0.9, 0.5, 0.0):
        first, other = torch.randn(2, 1, 1, 1000, 8, dtype=torch.float64)
        first = first / first.norm(dim=-1, keepdim=True)
        other = other - (other * first).sum(-1, keepdim=True) * first
        second = cosine * first + math.sqrt(1 - cosine**2) * other / other.norm(dim=-1, keepdim=True)
        shared = []
        for _ in range(20):
            layer.planes.normal_()
            shared.append((layer.bins(first) == layer.bins(second)).double().mean().item())
        law = (1 - math.acos(cosine) / math.pi) ** hashes
        assert abs(np.mean(shared) - law) < 4 * np.std(shared) / math.sqrt(20)


def test_the_newest_of_a_bin_and_the_best_so_far():
    bins = torch.tensor([0, 1, 0, 0, 1])
    rows = newest(bins, bins, 2, torch.arange(1, 6)).int().tolist()
    assert rows == [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [1, 0, 1, 0, 0], [0, 0, 1, 1, 0], [0, 1, 0, 0, 1]]
    scores = torch.tensor([2.0, 1.0, 2.0, 3.0, 2.0])  # of equals, the earlier stays
    rows = best(scores, 2, 5).int().tolist()
    assert rows == [[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [1, 0, 1, 0, 0], [1, 0, 0, 1, 0], [1, 0, 0, 1, 0]]
    assert best(scores, 2, 2).int().tolist() == rows[3:]


def test_64_of_400_pairs_are_enough_where_the_state_alone_has_no_room():
    """400 pairs of 64 units: the hash finds the pair asked for, whose bin has 25 pairs; a state of 64 x 64 holds few."""
    items = nm.patterns.random(400, 64, rng=0)
    torch.manual_seed(0)
    layer = HAX(64, pairs=64)
    with torch.no_grad():
        layer.ask.mul_(6)  # sharp
        layer.tell.mul_(6)
    answers = {}
    for share in (1.0, 0.0):
        torch.nn.init.constant_(layer.share, share)
        recalled = nm.nn.as_memory(layer).store(items).recall(items)
        answers[share] = ((recalled.items @ items.T).argmax(1) == np.arange(400)).mean()
    assert answers[1.0] > 0.9
    assert answers[0.0] < 0.3


def test_the_score_learns_which_pairs_will_be_asked_for_and_disturbs_nothing_else():
    layer, x = shaken(pairs=4)
    x.requires_grad_()
    by = {}
    for training in (True, False):
        layer.train(training).zero_grad()
        (by[training],) = torch.autograd.grad(layer(x).square().sum(), x)
        layer(x).square().sum().backward()
        learns = [weight.grad is not None and weight.grad.abs().max() > 0 for weight in layer.select.parameters()]
        # the last bias moves all scores alike, and so none of their differences
        assert learns == [training and weight.numel() > 1 for weight in layer.select.parameters()]
    torch.testing.assert_close(by[True], by[False], rtol=0, atol=0)

    def right():
        """The share of pairs of tokens that the score ranks by how much is asked for them."""
        scores = layer.advance(x)[1][4][0, 0]
        q, k = (torch.nn.functional.silu(w(x[0])) @ m[0].mT for w, m in ((layer.query, layer.ask), (layer.key, layer.tell)))
        asked = torch.sigmoid(q @ k.mT / UNITS**0.5).tril().sum(0)
        alike = (scores[:, None] > scores) == (asked[:, None] > asked)
        return alike[~torch.eye(TIME, dtype=torch.bool)].double().mean().item()

    before, optimiser = right(), torch.optim.Adam(layer.select.parameters(), 0.01)
    layer.train()
    for _ in range(80):
        optimiser.zero_grad()
        layer(x.detach()).sum().backward()
        optimiser.step()
    assert right() > 0.95 > before


def test_the_loss_of_the_ranking_is_that_of_each_two():
    score = torch.tensor([0.3, -1.0, 2.0])
    query, key = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
    g = [sum(torch.sigmoid(query[t] @ key[s] / 2).item() for t in range(s, 3)) for s in range(3)]
    expected = 0
    for s in range(3):
        for u in range(3):
            p = 1 / (1 + math.exp(-(score[s] - score[u])))
            above = 0.5 if s == u else float(g[s] > g[u])
            expected -= (above * math.log(p) + (1 - above) * math.log(1 - p)) / 9
    assert ranking(score, query, key).item() == pytest.approx(expected, rel=1e-6)


def test_bad_input():
    with pytest.raises(nm.InputError, match="pairs must be an even number, but was 5; give for example 6"):
        HAX(8, pairs=5)
    with pytest.raises(nm.InputError, match="hashes must be"):
        HAX(8, hashes=32)


def test_sequences_of_several_lengths_teach_the_score_by_the_mean_of_their_losses():
    layer, _ = shaken(pairs=4)
    x = torch.randn(5, TIME, UNITS, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    lengths = torch.tensor([3, 5, 9, 9, 0])
    padding = torch.arange(TIME) >= lengths[:, None]

    def learnt(given, **settings):
        layer.zero_grad()
        layer(given, **settings).sum().backward()
        return torch.cat([weight.grad.flatten() for weight in layer.select.parameters()])

    for causal in (True, False):
        each = [learnt(x[i : i + 1, :length], causal=causal) for i, length in enumerate(lengths[:4])]
        alone = torch.stack(each).mean(0)
        assert alone.abs().max() > 1e-4
        torch.testing.assert_close(learnt(x, padding=padding, causal=causal), alone)
    torch.testing.assert_close(learnt(x[2:4, :9]), learnt(x[2:4], padding=padding[2:4]))
