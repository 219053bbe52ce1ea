"""Training: it learns, resumes to the same numbers, and stops where the loss is no number."""

import inspect
import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

import neuromem as nm
from neuromem.nn import Attention, DeepMemory, External, FastWeights, GatedAssociative, Transformer, tasks, training
from neuromem.nn._checkpoint import layers
from neuromem.nn.catalogue import LAYERS
from neuromem.nn.sequences import Sequences

LESSONS = tasks.mqar(512, length=16, pairs=3, vocabulary=16, rng=0)
TEST = tasks.mqar(200, length=16, pairs=3, vocabulary=16, rng=1)


def model(mixer=FastWeights, seed=0):
    torch.manual_seed(seed)
    return Transformer(16, 32, 2, mixer=mixer)


def trained(mixer, **settings):
    one = model(mixer)
    return one, training.train(one, LESSONS, TEST, **{"steps": 150, "batch": 64, "rate": 0.01, **settings})


def loss(one):
    with torch.no_grad():
        return training.loss(one, torch.as_tensor(LESSONS.inputs), torch.as_tensor(LESSONS.targets))


@pytest.mark.parametrize("mixer", [FastWeights, partial(FastWeights, rule="hebb", rate=1.0)])
def test_fast_weights_learn_to_bind_pairs(mixer):
    one, progress = trained(mixer, enough=0.9)
    assert progress.accuracy >= 0.9
    assert training.accuracy(one, TEST) == progress.accuracy
    assert progress.step < 150  # early stop


def test_the_negative_control_binds_nothing():
    """Without a convolution it sees the key alone, whose value is one of 8 by chance: within 4 standard errors."""
    torch.manual_seed(0)
    one = Transformer(16, 32, 2, mixer=GatedAssociative, convolution=0)
    progress = training.train(one, LESSONS, TEST, steps=150, rate=0.01)
    assert abs(progress.accuracy - 1 / 8) < 4 * math.sqrt(1 / 8 * 7 / 8 / 600)


def test_patience_counts_the_evaluations_that_were_no_better():
    """With a rate at which no weight moves all evaluations are alike: the first is the best, and two more end it."""
    assert [trained(FastWeights, rate=1e-12, steps=40, every=5, patience=n)[1].step for n in (2, 3, None)] == [15, 20, 40]
    _, progress = trained(FastWeights, steps=60, every=5, patience=4, enough=2.0)
    assert progress.step > 25  # while it learns it goes on
    assert progress.accuracy > 0.5


def test_resumed_training_gives_the_same_numbers(tmp_path):
    whole, straight = trained(Attention, steps=40, every=10)
    path = tmp_path / "checkpoint.pt"
    _, stopped = trained(Attention, steps=40, every=10, checkpoint=path, enough=0.0)
    assert stopped.step == 10
    other = model(Attention, seed=9)  # its weights come from the checkpoint
    resumed = training.train(other, LESSONS, TEST, steps=40, every=10, rate=0.01, checkpoint=path)
    assert resumed.evaluations == straight.evaluations
    for one, same in zip(whole.parameters(), other.parameters(), strict=True):
        assert torch.equal(one, same)


def dropping(width):
    return torch.nn.MultiheadAttention(width, 2, dropout=0.5, batch_first=True)


def test_training_with_dropout_resumes_to_the_same_numbers_and_is_evaluated_without(tmp_path):
    path = tmp_path / "checkpoint.pt"
    torch.manual_seed(3)
    whole, straight = trained(dropping, steps=12, every=4)
    torch.manual_seed(3)
    trained(dropping, steps=12, every=4, checkpoint=path, enough=0.0)
    torch.manual_seed(77)
    other, resumed = trained(dropping, steps=12, every=4, checkpoint=path)
    assert resumed.evaluations == straight.evaluations
    assert all(torch.equal(one, same) for one, same in zip(whole.parameters(), other.parameters(), strict=True))
    other.blocks[0].eval()
    found = {training.accuracy(other, TEST) for _ in range(3)}
    assert [block.training for block in other.blocks] == [False, True]  # as they were
    assert other.training
    assert found == {training.accuracy(other.eval(), TEST)}


def test_training_with_dropout_that_is_cut_off_within_a_step_resumes_to_the_same_numbers(tmp_path, monkeypatch):
    path, evaluate = tmp_path / "checkpoint.pt", training.accuracy
    _, straight = trained(dropping, steps=12, every=2)

    def cut_off(model, test, seen=[]):  # noqa: B006
        seen.append(0)
        if len(seen) == 3:
            raise KeyboardInterrupt
        return evaluate(model, test)

    monkeypatch.setattr(training, "accuracy", cut_off)
    with pytest.raises(KeyboardInterrupt):
        trained(dropping, steps=12, every=2, checkpoint=path)
    monkeypatch.undo()
    assert trained(dropping, steps=12, every=2, checkpoint=path)[1].evaluations == straight.evaluations


def test_a_checkpoint_without_a_part_is_refused(tmp_path):
    path = tmp_path / "checkpoint.pt"
    trained(Attention, steps=1, every=1, checkpoint=path)
    whole = torch.load(path, weights_only=True)
    for part in whole:
        torch.save({name: one for name, one in whole.items() if name != part}, path)
        with pytest.raises(nm.InputError, match=r"^checkpoint must hold a checkpoint of `train`"):
            trained(Attention, steps=1, every=1, checkpoint=path)


def test_what_asks_nothing_is_refused_by_its_name():
    nothing = Sequences(TEST.inputs, np.full_like(TEST.targets, -1), TEST.written, 16)
    for call, name in (
        (lambda: training.accuracy(model(), nothing), "test"),
        (lambda: training.train(model(), LESSONS, nothing), "test"),
        (lambda: training.train(model(), nothing, TEST), "lessons"),
    ):
        with pytest.raises(nm.InputError, match=f"^{name} must ask for at least one token"):
            call()
    one = np.full_like(LESSONS.targets, -1)
    one[0] = LESSONS.targets[0]
    lessons = Sequences(LESSONS.inputs, one, LESSONS.written, 16)
    with pytest.raises(nm.InputError, match=r"^batch must have a question .*, but was 8, of which step \d+ has none"):
        training.train(model(), lessons, TEST, batch=8)
    training.train(model(), lessons, TEST, batch=512, steps=1)


def test_an_error_that_is_not_about_numbers_stays_what_it_is(monkeypatch):
    def short(*given):
        raise nm.InputError("tokens must be at most 8, but were 16")

    monkeypatch.setattr(training, "loss", short)
    with pytest.raises(nm.InputError, match=r"^tokens must be at most 8"):
        trained(FastWeights, steps=2)


def test_a_checkpoint_of_other_settings_or_another_model_is_refused(tmp_path):
    path = tmp_path / "checkpoint.pt"
    trained(Attention, steps=2, every=1, checkpoint=path)
    with pytest.raises(nm.InputError, match=r"checkpoint must be of the same settings, but .* has rate 0.01, not 0.1"):
        trained(Attention, steps=2, rate=0.1, checkpoint=path)
    with pytest.raises(nm.InputError, match="checkpoint must be of the same model"):
        trained(FastWeights, steps=2, checkpoint=path)
    with pytest.raises(nm.InputError, match="checkpoint must be of the same model"):
        trained(partial(Attention, window=4), steps=2, every=1, checkpoint=path)  # whose weights have the same shapes
    state = torch.load(path, weights_only=True)
    for part in ("model", "optimizer", "step", "evaluations"):
        torch.save(state | {part: {"a": 1}}, path)
        with pytest.raises(nm.InputError, match="checkpoint must be of the same model"):
            trained(Attention, steps=2, every=1, checkpoint=path)


PLAIN = {
    **{
        "heads": 2,
        "rule": "hebb",
        "rate": 0.3,
        "decay": 0.5,
        "chunk": 8,
        "depth": 1,
        "features": "softmax",
        "reflect": True,
    },
    **{"objective": "huber", "retention": "lq", "optimiser": "momentum", "period": 2, "bank": 32, "beta": 3.0, "window": 3},
    **{"separation": "softmax_one", "offset": 1.0, "pairs": 4, "hashes": 2, "ridge": 1.0, "steps": 3, "memories": 3},
    **{"chosen": 1, "shared": False, "prior": 0.5, "slots": 3, "least_cosine": 0.2, "modules": 8, "cells": 4},
}
OTHER = {  # another value of every setting of a layer, and what it needs beside it to count
    **{name: (value, {}) for name, value in PLAIN.items()},
    "expansion": (3, {"features": "random"}),
    "average": (True, {"features": "elu"}),
    "products": (3, {"rule": "delta_product"}),
    "momentum": (0.5, {"optimiser": "momentum"}),
    "power": (4.0, {"objective": "lp"}),
    "norm": (3.0, {"retention": "lq"}),
    "threshold": (0.1, {"objective": "huber"}),
}


def form(mixer):
    """What a checkpoint is known by: the digest of its layers, and the names and shapes of its weights."""
    one = model(mixer)
    return layers(one), [(name, weight.shape) for name, weight in one.state_dict().items()]


@pytest.mark.parametrize("name", LAYERS)
def test_a_checkpoint_knows_every_setting_of_every_layer(name):
    kind = LAYERS[name]
    takes = inspect.signature(kind).parameters
    for setting in [*takes][1:]:
        if setting == "value_width":  # which a Transformer leaves as it is
            continue
        value, beside = OTHER[setting]
        beside = {key: one for key, one in beside.items() if key in takes}
        if takes[setting].default == value:
            value = {"hebb": "delta"}[value]
        assert form(partial(kind, **beside)) != form(partial(kind, **beside, **{setting: value})), setting
        assert layers(model(partial(kind, **beside))) == layers(model(partial(kind, **beside), seed=1))


def test_a_checkpoint_knows_the_memory_inside_a_layer_and_the_module_of_torch():
    def external(kind, **settings):
        return lambda width: External(getattr(nm, kind)(2 * width, **settings))

    memories = [external("Hopfield"), external("Hopfield", rule="storkey"), external("Willshaw"), external("SDM")]
    memories += [external("SDM", rng=1), external("SDM", radius=20), external("Hopfield")]
    told = [form(one) for one in memories]
    assert told[-1] == told[0]
    assert len({digest for digest, _ in told[:-1]}) == len(told) - 1
    heads = [form(partial(torch.nn.MultiheadAttention, num_heads=n)) for n in (2, 4)]
    assert heads[0] != heads[1]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (partial(DeepMemory, expansion=1), partial(DeepMemory, expansion=1, objective="huber", threshold=0.1)),
        (partial(FastWeights, features="random"), partial(FastWeights, features="random", expansion=3)),
    ],
)
def test_a_checkpoint_of_another_kind_with_weights_of_the_same_shapes_is_refused(first, then, tmp_path):
    path = tmp_path / "checkpoint.pt"
    trained(first, steps=2, every=1, enough=-1.0, checkpoint=path)
    with pytest.raises(nm.InputError, match="checkpoint must be of the same model"):
        trained(then, steps=2, every=1, checkpoint=path)


def test_a_checkpoint_of_other_sequences_is_refused(tmp_path):
    """Of as many, of the same sizes: what is told, what is asked, or what it is evaluated on differs."""
    path = tmp_path / "checkpoint.pt"
    trained(Attention, steps=2, every=1, checkpoint=path)
    good = path.read_bytes()
    other = replace(LESSONS, targets=np.where(LESSONS.targets < 0, -1, (LESSONS.targets + 1) % 16))
    given = {"steps": 2, "every": 1, "rate": 0.01, "checkpoint": path}
    for lessons, test in (
        (tasks.mqar(512, length=16, pairs=3, vocabulary=16, rng=2), TEST),
        (tasks.mqar(512, length=16, pairs=3, vocabulary=16, rng=0, fillers="random"), TEST),
        (tasks.mqar(256, length=16, pairs=3, vocabulary=16, rng=0), TEST),
        (other, TEST),
        (LESSONS, LESSONS),
    ):
        with pytest.raises(nm.InputError, match=r"checkpoint must be of the same settings, but .* of sha256"):
            training.train(model(Attention), lessons, test, **given)
    assert path.read_bytes() == good
    assert training.train(model(Attention), replace(LESSONS), TEST, **given).step == 2


def test_a_checkpoint_that_went_on_where_training_would_have_stopped_is_refused(tmp_path):
    path = tmp_path / "checkpoint.pt"
    given = {"steps": 30, "every": 5, "rate": 1e-12}  # at which no weight moves: all evaluations are alike
    straight = trained(FastWeights, **given, patience=3)[1]
    assert trained(FastWeights, **given, patience=2, checkpoint=path)[1].step == 15
    assert trained(FastWeights, **given, patience=3, checkpoint=path)[1] == straight
    for less in ({"patience": 2}, {"patience": 3, "enough": 0.0}):
        with pytest.raises(nm.InputError, match=r"checkpoint must be no further than enough and patience allow, but .* 20"):
            trained(FastWeights, **given, **less, checkpoint=path)
    with pytest.raises(nm.InputError, match=r"checkpoint must be of the same settings, but .* has every 5, not 10"):
        trained(FastWeights, **{**given, "every": 10}, checkpoint=path)


def test_a_loss_that_is_no_number_stops_and_keeps_the_last_good_checkpoint(tmp_path):
    path = tmp_path / "checkpoint.pt"
    one = model()
    training.train(one, LESSONS, TEST, steps=2, every=1, checkpoint=path)
    good = path.read_bytes()
    with torch.no_grad():
        one.embedding.weight[3] = math.nan
    state = torch.load(path, weights_only=True)
    torch.save({**state, "model": one.state_dict(), "step": 1}, path)
    good = path.read_bytes()
    with pytest.raises(
        nm.InputError, match=r"rate must keep .* was 0.005, .* at step 1; the last good checkpoint is .*pt; take a smaller"
    ):
        training.train(one, LESSONS, TEST, steps=2, every=1, checkpoint=path)
    assert path.read_bytes() == good


def test_a_checkpoint_holds_weights_whose_loss_is_a_number(tmp_path):
    path, one = tmp_path / "checkpoint.pt", model()
    with pytest.raises(nm.InputError, match=r"rate must keep the loss a finite number, but was 1e\+30, .* at step 2"):
        training.train(one, LESSONS, TEST, steps=9, every=1, rate=1e30, checkpoint=path)
    with pytest.raises(nm.InputError, match=r"weights must stay within float32"):
        loss(one)
    one.load_state_dict(torch.load(path, weights_only=True)["model"])
    assert math.isfinite(loss(one))


def test_a_checkpoint_may_have_any_name(tmp_path):
    for name in ("three", ".hidden", "a.b.c"):
        trained(Attention, steps=2, every=1, checkpoint=tmp_path / name)
        assert trained(Attention, steps=2, every=1, checkpoint=str(tmp_path / name))[1].step == 2


def test_bad_settings(tmp_path):
    path = tmp_path / "notes.pt"
    path.write_text("no checkpoint")
    with pytest.raises(nm.InputError, match="checkpoint must hold a checkpoint of `train`, but"):
        training.train(model(), LESSONS, TEST, checkpoint=path)
    with pytest.raises(nm.InputError, match="lessons must have at most the 8 tokens of the model, but has 16"):
        training.train(Transformer(8, 16, 1), LESSONS, TEST)
    with pytest.raises(nm.InputError, match="batch must be a whole number from 1 to 512"):
        training.train(model(), LESSONS, TEST, batch=1000)
    with pytest.raises(nm.InputError, match="rate must be a finite number and above 0"):
        training.train(model(), LESSONS, TEST, rate=-1.0)
    with pytest.raises(nm.InputError, match="model must be a Transformer, but was of type Linear"):
        training.train(torch.nn.Linear(2, 2), LESSONS, TEST)
    with pytest.raises(nm.InputError, match="lessons must be Sequences, but was of type ndarray"):
        training.train(model(), LESSONS.inputs, TEST)
    for odd in (b"", b"PK\x03\x04", b"\x80\x04N."):
        path.write_bytes(odd)
        with pytest.raises(nm.InputError, match="checkpoint must hold a checkpoint"):
            training.train(model(), LESSONS, TEST, checkpoint=path)
    torch.save({"model": {}}, path)
    with pytest.raises(nm.InputError, match="checkpoint must hold a checkpoint"):
        training.train(model(), LESSONS, TEST, checkpoint=path)


def test_every_epoch_has_each_lesson_once_in_a_new_order():
    rows = [np.concatenate([training.order(step, 12, 4, 7) for step in range(3 * epoch, 3 * epoch + 3)]) for epoch in (0, 1)]
    assert sorted(rows[0]) == sorted(rows[1]) == list(range(12))
    assert (rows[0] != rows[1]).any()
