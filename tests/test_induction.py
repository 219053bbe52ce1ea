"""Induction: bigrams with triggers, two layers of attention, and the three memories that make it."""

from pathlib import Path

import numpy as np
import pytest

import neuromem as nm
from neuromem import figures, results
from neuromem.experiments import induction
from neuromem.nn import bigrams as text
from neuromem.nn.tasks import bigrams

torch = pytest.importorskip("torch", reason="layers need torch")
SMALL = {"length": 16, "widths": (16,), "triggers": 2, "vocabulary": 8, "batch": 8, "steps": 20, "trials": 2}


def test_triggers_are_followed_by_one_output_a_sequence_and_asked_for_when_they_come_again():
    task = bigrams(200, length=40, triggers=3, vocabulary=9, rng=1)
    outputs = []
    for tokens, targets in zip(task.inputs, task.targets, strict=True):
        told = {}
        for t, token in enumerate(tokens):
            if token >= 3:
                assert targets[t] == -1
            elif token not in told:
                assert targets[t] == -1
                if t + 1 < 40:
                    told[token] = tokens[t + 1]
                    outputs.append(tokens[t + 1])
            else:
                assert targets[t] == told[token]
    counts = np.bincount(outputs, minlength=9)
    assert np.abs(counts - len(outputs) / 9).max() < 4 * np.sqrt(len(outputs) / 9)  # any output alike


def test_what_follows_other_tokens_is_the_table():
    task, (common, following) = bigrams(400, length=60, triggers=1, vocabulary=5, table=7, rng=2), text.language(5, rng=7)
    np.testing.assert_allclose(common, np.array([60, 30, 20, 15, 12]) / 137)
    counts = np.zeros((5, 5))
    np.add.at(counts, (task.inputs[:, :-1].ravel(), task.inputs[:, 1:].ravel()), 1)
    expected = following[1:] * counts[1:].sum(1, keepdims=True)
    assert ((counts[1:] - expected) ** 2 / expected).sum() < 50  # chi^2 of 16 degrees: 39 once in 1000 times
    again = bigrams(400, length=60, triggers=1, vocabulary=5, table=8, rng=2)
    assert (again.inputs != task.inputs).any()


def built(vocabulary, triggers, length, width):
    """The network of the paper's construction: each matrix is a sum of outer products of what it is to join."""
    from neuromem.experiments._two_layers import TwoLayers

    torch.manual_seed(0)
    model = TwoLayers(vocabulary, length, width)
    one, place, moved = model.embedding, model.place, model.embedding @ model.moved.T
    with torch.no_grad():
        model.key1.copy_(place[1:].T @ place[:-1] / width)
        model.key2.copy_(12 * one[:triggers].T @ moved[:triggers] / moved.square().sum(1).mean() * width**-0.5)
        valued = one @ model.value.T
        model.output.copy_(30 * model.unembedding.T @ valued / valued.square().sum(1).mean())
    return model


def test_three_memories_by_outer_products_are_an_induction_head_without_training():
    model, task = built(17, 3, 24, 256), bigrams(64, length=24, triggers=3, vocabulary=17, rng=4)
    assert model.recalled(3) == (1, 1, 1)
    asked = torch.tensor(task.targets) >= 0
    right = torch.tensor(task.targets)[asked]

    def accuracy():
        return float((model(torch.tensor(task.inputs), asked).argmax(1) == right).float().mean())

    assert accuracy() > 0.95
    for memory in (model.key1, model.key2, model.output):  # none of the three is dispensable
        before = memory.detach().clone()
        with torch.no_grad():
            memory.zero_()
        assert accuracy() < 0.6
        with torch.no_grad():
            memory.copy_(before)


def test_two_layers_are_their_equations():
    model, tokens = built(7, 2, 5, 4), np.array([[0, 3, 0, 6, 1], [2, 2, 1, 0, 5]])
    asked = torch.ones(2, 5, dtype=torch.bool)
    ours = model(torch.tensor(tokens), asked).detach().numpy().reshape(2, 5, 7)
    named = {name: value.detach().numpy().astype(float) for name, value in model.state_dict().items()}

    def attend(states, key, value):
        out = []
        for t, state in enumerate(states):
            scores = np.array([state @ (key @ other) for other in states[: t + 1]]) / 2  # sqrt(4)
            weights = np.exp(scores) / np.exp(scores).sum()
            out.append(state + sum(w * (value @ other) for w, other in zip(weights, states, strict=False)))
        return out

    for row, told in zip(ours, tokens, strict=True):
        x = [named["embedding"][token] + named["place"][t] for t, token in enumerate(told)]
        y = attend(attend(x, named["key1"], named["moved"]), named["key2"], named["output"] @ named["value"])
        np.testing.assert_allclose(row, np.array(y) @ named["unembedding"].T, atol=1e-4)


def test_half_formed_is_where_it_stays_so():
    assert induction.half_formed(np.array([0.6, 0.2, 0.5, 0.4, 0.5, 0.9])) == 40
    assert induction.half_formed(np.array([0.6, 0.5, 0.5])) == 0
    assert np.isnan(induction.half_formed(np.zeros(3)))


def test_run_draws_and_sums_up():
    with nm.sweep.on(workers=1):
        data = induction.run(**SMALL)
    assert "error" not in data
    assert set(data.recalled.dims) == {"width", "memory", "step", "trial"}
    assert (data.loss.isel(step=-1) < data.loss.isel(step=0)).all()
    assert induction.summary(data).row_count == 3
    assert len(figures.ALL["induction"](data).axes) == 2


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"triggers": 66}, "triggers must be a whole number from 1 to 65"),
        ({"length": 11}, "length must be a whole number of at least 12"),
        ({"widths": (10**7,)}, "widths must make arrays that fit"),
        ({"rate": -1.0}, "rate must be a finite number and above 0"),
        ({"steps": 9}, "steps must be a whole number of at least 10"),
    ],
)
def test_bad_settings_are_refused(setting, message):
    with pytest.raises(nm.InputError, match=message):
        induction.run(**setting)


def test_a_rate_that_loses_the_numbers_is_said():
    with nm.sweep.on(workers=1), pytest.raises(nm.InputError, match=r"rate must keep the loss .*, but was 1e\+30"):
        induction.run(**{**SMALL, "rate": 1e30, "trials": 1})


def test_the_published_run_forms_the_first_keys_last():
    data = results.load(Path(figures.__file__).parent / "induction.nc")
    formed = data.formed.squeeze("width")
    assert (formed.sel(memory="first keys") > formed.sel(memory=["output", "second keys"])).all()
    assert (data.recalled.sel(memory=["output", "second keys"]).isel(step=-1) == 1).all()
    assert (data.accuracy.isel(step=-1) > 0.9).all()
