"""Associative recall: trained and untrained memories answer the same sequences; the experiment in small."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import neuromem as nm
from neuromem.experiments import associative_recall as experiment
from neuromem.figures import associative_recall as figure

SMALL = {"length": 24, "vocabulary": 32, "asked": 20}
SIZES = {"widths": (32,), "codes": (32,)}
TEACHING = {"width": 32, "depth": 2, "convolution": 4, "lessons": 1000, "rate": 0.01, "patience": None, "folder": None}


@pytest.mark.parametrize(
    "memory", ["hopfield:rule=projection", "willshaw", "pavlov:rule=delta", "attention", "ca3:match=best", "sdm", "sparsey"]
)
def test_untrained_memories_bind_pairs_through_random_codes(memory):
    """Chance is 1/32; three pairs of 32-unit codes are a low load for each."""
    result = experiment.untrained(seed=1, memory=memory, code=32, pairs=3, task="mqar", **SMALL)
    assert result["untrained_accuracy"] > 0.9
    assert result["untrained_bits"] > 0


def test_delta_rewrites_a_key_and_hebb_returns_a_mixture():
    """Both values of a key written twice fit the Hebbian response alike: half right; delta with rate 1 keeps the newest."""
    accuracy = {
        rule: experiment.untrained(seed=1, memory=f"pavlov:rule={rule}", code=512, pairs=4, task="reassigned", **SMALL)
        for rule in ("hebb", "delta")
    }
    assert accuracy["delta"]["untrained_accuracy"] == 1
    assert accuracy["hebb"]["untrained_accuracy"] < 0.9


@pytest.mark.parametrize("memory", ["attention", "willshaw", "sparsey"])
def test_joint_recall_needs_the_context_in_the_key(memory):
    """Two contexts of five keys: each key has two values, of which a memory of the key alone finds one half the time."""
    result = experiment.untrained(seed=1, memory=memory, code=256, pairs=10, task="joint", **SMALL)
    assert result["untrained_accuracy"] == 1


def test_a_memory_that_is_linear_in_the_key_cannot_bind_it_to_its_context():
    """Its answer is a sum of what the context says and what the key says, whatever the rule, in 256 units too."""
    result = experiment.untrained(seed=1, memory="pavlov:rule=delta", code=256, pairs=10, task="joint", **SMALL)
    assert result["untrained_accuracy"] < 0.7


@pytest.mark.parametrize("memory", [*nm.models.ALL, *(f"nn.{layer}" for layer in nm.nn.LAYERS)])
def test_every_memory_answers_joint_recall_or_says_why_not(memory):
    """Half of four questions is what the key alone tells, chance a value of 16; what merges items by design says so."""
    given = {"task": "joint", "pairs": 4, "code": 64, "length": None, "vocabulary": 32, "asked": 6}
    result = experiment.untrained(seed=1, memory=memory, **given)
    reasons = nm.laws.exceptions(nm.models.make(memory, 64))
    assert result["untrained_accuracy"] > 0.5 or "several_random_items_are_kept_apart" in reasons
    assert 0 <= result["untrained_accuracy"] <= 1
    assert result["untrained_bits"] > 0
    assert result["untrained_operations"] > 0


@pytest.mark.parametrize("mixer", [*nm.nn.LAYERS, "fast_weights+attention:window=4"])
def test_every_layer_is_taught_joint_recall(mixer):
    settings = {**SMALL, **TEACHING, "lessons": 64, "mixer": mixer, "width": 16, "depth": 1, "pairs": 4, "taught": None}
    result = experiment.trained(seed=1, task="joint", steps=2, **settings)
    assert 0 <= result["accuracy"] < 1
    assert 0 < result["loss"] < 10
    assert result["bits"] > 0
    if mixer == "fast_weights+attention:window=4":  # S, the convolutions' last tokens of both, four keys and values
        assert result["bits"] == 32 * (16 * 16 + 2 * 4 * 16 + 2 * 3 * 16)


def test_joint_recall_is_for_contexts_and_keys():
    assert experiment.sequences(1, "joint", 10, 24, 32, 1).cue == 2


def test_the_negative_control_cannot_hold_a_pair():
    result = experiment.untrained(seed=1, memory="gated_associative", code=32, pairs=3, task="mqar", **SMALL)
    assert result["untrained_accuracy"] < 0.2


def test_a_trained_model_and_its_checkpoint(tmp_path):
    settings = {**SMALL, **TEACHING, "folder": str(tmp_path), "mixer": "fast_weights", "pairs": 3, "taught": None}
    result = experiment.trained(seed=1, task="mqar", steps=75, **settings)
    again = experiment.trained(seed=1, task="mqar", steps=75, **settings)  # all from the checkpoint
    assert result["accuracy"] > 0.5
    assert again["accuracy"] == result["accuracy"]
    assert [path.suffix for path in tmp_path.iterdir()] == [".pt"]


def test_one_folder_keeps_a_checkpoint_for_each_training(tmp_path):
    """After each other, in one folder, they give what they give without a folder; once more, what they gave before."""
    given = {**SMALL, **TEACHING, "task": "mqar", "mixer": "fast_weights", "pairs": 3, "taught": None, "steps": 50}
    given |= {"depth": 1, "width": 16, "lessons": 128}
    others = [{}, {"lessons": 500}, {"fillers": "random"}, {"length": 16}, {"patience": 1, "rate": 1e-12},
              {"patience": None, "rate": 1e-12}, {"asked": 10}, {"vocabulary": 16}, {"task": "reassigned"},
              {"rate": 0.01000000001}, {"depth": 2}, {"convolution": 3}, {"steps": 25}]  # fmt: skip
    folder = {"folder": str(tmp_path)}
    for other in others:
        kept, alone = (experiment.trained(seed=1, **{**given, **other, **more}) for more in (folder, {}))
        for name in kept.keys() - {"seconds"}:
            np.testing.assert_equal(kept[name], alone[name], err_msg=f"{name} of {other}")
    assert len(list(tmp_path.iterdir())) == len(others)
    again = experiment.trained(seed=1, **{**given, **folder})
    assert again["validated"] == experiment.trained(seed=1, **given)["validated"]
    assert len(list(tmp_path.iterdir())) == len(others)


def test_a_layer_of_ones_own_that_has_changed_has_another_checkpoint(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = {**SMALL, **TEACHING, "task": "mqar", "mixer": "own.py:Own", "pairs": 3, "taught": None, "steps": 2}
    for rule in ("delta", "hebb"):
        text = "from neuromem.nn import FastWeights\n\n\nclass Own(FastWeights):\n    def __init__(self, width):\n"
        (tmp_path / "own.py").write_text(f"{text}        super().__init__(width, rule={rule!r})\n")
        kept, alone = (experiment.trained(seed=1, **{**given, "folder": folder}) for folder in ("kept", None))
        assert kept["loss"] == alone["loss"], rule
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_a_training_that_was_stopped_goes_on_from_its_checkpoint(tmp_path, monkeypatch):
    from neuromem.nn import training

    given = {**SMALL, **TEACHING, "task": "mqar", "mixer": "fast_weights", "pairs": 3, "taught": None, "steps": 75}
    straight, step, steps = experiment.trained(seed=1, **given), training.loss, []

    def counted(*args):
        steps.append(1)
        if len(steps) == 40:
            raise KeyboardInterrupt
        return step(*args)

    monkeypatch.setattr(training, "loss", counted)
    with pytest.raises(KeyboardInterrupt):
        experiment.trained(seed=1, **{**given, "folder": str(tmp_path)})
    done = experiment.trained(seed=1, **{**given, "folder": str(tmp_path)})
    assert len(steps) == 40 + done["steps"] - 25  # from the look at step 25 on
    for name in ("accuracy", "validated", "loss", "steps"):
        assert done[name] == straight[name]


@pytest.mark.slow
@pytest.mark.parametrize("mixer", ["attention:heads=4", "fast_weights:rule=delta"])
def test_sixteen_pairs_are_learnt_to_99_percent(mixer):
    sizes = {"length": 64, "vocabulary": 256, "asked": 200, "taught": None, "task": "mqar", "steps": 400}
    teaching = {**TEACHING, "width": 64, "depth": 1, "lessons": 20_000}
    result = experiment.trained(seed=0, mixer=mixer, pairs=16, **sizes, **teaching)
    assert result["accuracy"] >= 0.99
    assert result["steps"] < 400


def test_the_published_run_shows_what_a_bit_buys():
    data = nm.results.load(Path(__file__).parents[1] / "figures" / "associative_recall.nc")
    right = experiment.over_rates(data)[0]
    delta, attention = (right.sel(mixer=name) for name in ("fast_weights:rule=delta", "attention"))
    assert (delta.sel(width=[32, 64]).diff("pairs") < 0).all()  # a state of one size is filled
    assert (delta.sel(pairs=64).diff("width") > 0).all()
    assert attention.sel(width=64, pairs=64) > 0.9 > delta.sel(width=64, pairs=64)
    held = data.bits.isel(rate=0, trial=0)
    assert (held.sel(mixer="fast_weights:rule=delta").diff("pairs") == 0).all()
    assert held.sel(mixer="attention", width=64, pairs=120) > 7 * held.sel(mixer="attention", width=64, pairs=16)
    assert (right.sel(mixer="gated_associative", pairs=[64, 120]) < 0.03).all()  # chance is 1/128
    hax = right.sel(mixer="hax")
    assert (delta.sel(width=64, pairs=[64, 120]) < hax.sel(width=64, pairs=[64, 120])).all()
    assert (hax.sel(width=[32, 64], pairs=[64, 120]) < attention.sel(width=[32, 64], pairs=[64, 120])).all()
    untrained = data.untrained_accuracy.median("trial").sel(code=64)
    assert (untrained.sel(memory=["willshaw", "attention", "sdm"]) == 1).all()
    assert untrained.sel(memory="hopfield", pairs=120) < 0.2
    assert untrained.sel(memory="hopfield:rule=projection", pairs=120) < 0.05 < untrained.sel(memory="sparsey", pairs=120)
    words = [text.get_text() for text in figure.draw(data).legends[0].get_texts()]
    kinds = [at for at, text in enumerate(words) if text.startswith("$")]
    assert [words[at] for at in kinds] == [r"$\bf{trained}$, best", r"$\bf{never~trained}$, best",
                                           r"$\bf{never~trained,~spiking}$, best"]  # fmt: skip
    assert words[kinds[2] + 1 :] == ["CA3, match best", "CA3 attractor"]


@pytest.mark.parametrize("taught", [2, None])
def test_run_draws_and_sums_up(taught):
    with nm.sweep.on(workers=1):
        data = experiment.run(
            deep=("fast_weights", "fast_weights+gated_associative"),
            memories=("willshaw", "pavlov"),
            pairs=(2, 3),
            taught=taught,
            rates=(0.01, 0.02),
            widths=(8, 16),
            codes=(16, 32),
            trials=1,
            steps=2,
            lessons=128,
            **SMALL,
        )
    assert data.accuracy.dims == ("mixer", "width", "pairs", "rate", "trial")
    assert ("pairs" in data.validated.dims) == (taught is None)
    assert data.untrained_accuracy.dims == ("memory", "code", "pairs", "trial")
    held = data.bits.sel(mixer="fast_weights").squeeze()  # S, and the convolution's last three tokens
    assert (held == 32 * (held.width**2 + 3 * held.width)).all()
    assert np.isfinite(data.loss).all()
    assert (data.bits > 0).all()
    assert experiment.summary(data).row_count == 5  # with the heading of the untrained
    assert len(figure.draw(data).axes) == 2


def test_the_table_says_why_a_memory_answers_little_by_design():
    given = {"deep": ("gated_associative",), "pairs": (4,), "trials": 1, "steps": 2, "lessons": 64, "asked": 4}
    with nm.sweep.on(workers=1):
        data = experiment.run(task="joint", memories=("ca3", "willshaw"), vocabulary=32, widths=(8,), codes=(32,), **given)
    said = str(experiment.summary(data).caption)
    assert said.startswith("ca3: as published it answers with every item")
    assert "willshaw" not in said


def test_what_is_taught_few_pairs_is_asked_for_many():
    """One training for all numbers of pairs: the same as a training for each, at the number that it was taught."""
    given = {**SMALL, **TEACHING, "mixer": "fast_weights", "task": "mqar", "steps": 25}
    several = experiment.trained(seed=1, pairs=(2, 3), taught=2, **given)
    alone = experiment.trained(seed=1, pairs=2, taught=None, **given)
    assert several["accuracy"][0] == "pairs"
    assert several["accuracy"][1][0] == alone["accuracy"]
    assert several["accuracy"][1].shape == several["bits"][1].shape == (2,)


def test_the_state_is_followed_by_a_model_that_is_never_told_a_pair():
    given = {"deep": ("fast_weights",), "memories": ("pavlov",), "pairs": (2,), "trials": 1, "steps": 2, "lessons": 128}
    with nm.sweep.on(workers=1):
        data = experiment.run(task="parity", taught=2, **given, **SMALL, **SIZES)
    assert "untrained_accuracy" not in data
    assert 0 < data.accuracy < 1
    assert len(figure.draw(data).axes) == 2


def test_the_best_rate_is_chosen_before_the_test():
    dims = ("mixer", "pairs", "rate", "trial")
    accuracy, validated = ([[[[0.2], [0.6], [np.nan]]]], [[[[0.5], [0.4], [np.nan]]]])
    data = xr.Dataset({"accuracy": (dims, accuracy), "validated": (dims, validated)}, {"rate": [0.1, 0.2, 0.3]})
    best, middle = experiment.over_rates(data)
    assert best.item() == 0.2
    assert middle.item() == 0.2  # of 0.2, 0.6 and the training that failed, 0


def test_a_training_that_fails_is_kept_as_such_and_counts_as_zero():
    with nm.sweep.on(workers=1):
        data = experiment.run(
            deep=("fast_weights",),
            memories=("pavlov",),
            pairs=(2,),
            taught=None,
            rates=(0.01, 1e30),
            trials=1,
            steps=4,
            lessons=128,
            **SMALL,
            **SIZES,
        )
    assert "InputError: rate must keep the loss a finite number, but was 1e+30" in str(data.error.sel(rate=1e30).values)
    best, middle = experiment.over_rates(data)
    assert (best > middle).all()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"deep": ("atention",)}, "did you mean 'attention'"),
        ({"deep": ("fast_weights:rul=hebb",)}, "the setting of fast_weights must be one of .* did you mean 'rule'"),
        ({"deep": ("attention:heads=5",)}, "heads must divide the width 16"),
        ({"pairs": (40,), "length": 64}, "length must be a whole number of at least 160"),
        ({"taught": 128}, "pairs must be at most 127"),
        ({"widths": (0,)}, "widths must be a positive whole number"),
        ({"memories": ("hopfeld",)}, "did you mean 'hopfield'"),
        ({"task": "joint", "pairs": (8, 7)}, "pairs must be even for joint recall, .* but was 7"),
        ({"task": "joint", "length": 64}, "length must be none for joint recall"),
        ({"rates": (-1.0,)}, "rates must be a finite number and above 0"),
        ({"lessons": 0}, "lessons must be a positive whole number"),
        ({"asked": 0}, "asked must be a positive whole number"),
    ],
)
def test_bad_settings_are_refused_before_any_training(setting, message, monkeypatch):
    monkeypatch.setattr(nm.sweep, "grid", None)  # an error of another kind where work begins
    with pytest.raises(nm.InputError, match=message):
        experiment.run(**setting)
