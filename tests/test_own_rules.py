"""A learning rule of one's own is a function, a file or weights; it reaches workers by value."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import cloudpickle
import numpy as np
import pytest

import neuromem as nm

RULE = """
import numpy as np


def clipped(items):
    return np.sign(items.T @ items)


def narrow(items):
    return np.ones((3, 3))


def holes(items):
    return np.full((items.shape[1],) * 2, np.nan)


number = 3
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "my_rule.py").write_text(RULE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def clipped(items):
    return np.sign(items.T @ items)


def test_a_rule_learns_all_items_and_keeps_no_diagonal(folder):
    x = nm.patterns.random(5, 40, rng=0)
    right = [[np.sign(sum(int(p[i]) * int(p[j]) for p in x)) if i != j else 0 for j in range(40)] for i in range(40)]
    for rule in (clipped, "my_rule.py:clipped", lambda items: clipped(items)):
        memory = nm.Hopfield(40, rule=rule)
        for item in x:  # one at a time: the rule sees all of them again
            memory.store(item[None])
        np.testing.assert_array_equal(memory.weights, right)
        assert memory.stored == 5
    assert nm.Hopfield(40, rule=clipped, self_coupling=True).store(x).weights.diagonal().tolist() == [1] * 40
    assert nm.Hopfield(40, rule=clipped).rule == "clipped"
    for name in ("hebb", "covariance", "storkey", "perceptron"):  # a function is taken for no rule of ours
        rule = type(clipped)(clipped.__code__, globals(), name)
        memory = nm.Hopfield(40, rule=rule).store(x)
        np.testing.assert_array_equal(memory.weights, right)
        assert memory.rule == f"own {name}"
    own_hebb = nm.Hopfield(40, rule=lambda items: items.T @ items / 40, temperature=0.4, rng=3).store(x)
    hebb = nm.Hopfield(40, temperature=0.4, rng=3).store(x)
    np.testing.assert_array_equal(own_hebb.recall(x).items, hebb.recall(x).items)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("my_rule.py:narrow", r"what the rule my_rule.py:narrow returns must have shape \(8, 8\), but has shape \(3, 3\)"),
        ("my_rule.py:holes", "finite"),
        ("my_rule.py:number", "be a function"),
        ("my_rule.py:clip", "did you mean 'clipped'"),
        ("none.py:clipped", "none.py"),
        ("heb", "did you mean 'hebb'"),
        (3, "rule must"),
        (lambda items: None, "what the rule function returns"),
    ],
)
def test_what_is_no_rule_is_refused(folder, rule, says):
    with pytest.raises(nm.InputError, match=says) as error:
        nm.Hopfield(8, rule=rule).store(nm.patterns.random(2, 8, rng=0))
    assert "\n" not in str(error.value)


def test_by_text_it_reaches_another_process_by_value_and_says_where_it_came_from(folder):
    (found,) = nm.models.sources(["hopfield:rule=my_rule.py:clipped"], 16)
    assert str(found) == "hopfield:rule=my_rule.py:clipped"
    assert found.origin.endswith("rule of file my_rule.py")
    assert len(found.sha256) == 64
    (folder / "sent").write_bytes(cloudpickle.dumps(found))
    (folder / "my_rule.py").unlink()
    script = "import pickle, neuromem as nm; m = nm.models.make(pickle.load(open('sent', 'rb')), 8)\n"
    script += "print(m.store(nm.patterns.random(2, 8, rng=0)).weights[0, 0], m.rule)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "0.0 my_rule.py:clipped\n"


def test_a_rule_with_a_fault_is_refused_before_any_run(folder):
    from neuromem.experiments import basins

    with pytest.raises(nm.InputError, match="narrow returns must have shape"):
        basins.run(models=("hopfield", "hopfield:rule=my_rule.py:narrow"), units=20, stored=(3,))


def test_weights_that_are_there_recall_as_their_equations_say():
    rng = np.random.default_rng(1)
    w, b = rng.normal(size=(6, 6)), rng.normal(size=6)
    w = w + w.T
    np.fill_diagonal(w, 0)
    memory = nm.Hopfield.from_weights(w, bias=b)
    np.testing.assert_allclose(memory.weights, w)
    ended = memory.recall(nm.patterns.random(20, 6, rng=2))
    fields = np.array([[sum(w[i, j] * s[j] for j in range(6)) + b[i] for i in range(6)] for s in ended.items])
    assert ended.converged.all()
    assert (fields * ended.items > 0).all()
    e = [-sum(w[i, j] * s[i] * s[j] for i in range(6) for j in range(6)) / 2 - sum(b * s) for s in ended.items]
    np.testing.assert_allclose(memory.energy(ended.items), e)
    for bad in ([[1.0, 2.0]], [[np.nan]], 3, [[[1.0]]]):
        with pytest.raises(nm.InputError, match="weights must"):
            nm.Hopfield.from_weights(bad)
    with pytest.raises(nm.InputError, match="bias must"):
        nm.Hopfield(4, bias=[1, 2])


def test_in_a_heat_bath_a_bias_gives_the_magnetisation_of_free_spins():
    b, heat = np.array([0.3, -0.7, 1.1, 0.0]), 0.8
    memory = nm.Hopfield.from_weights(np.zeros((4, 4)), bias=b, temperature=heat, steps=3)
    mean = memory.recall(np.ones((4000, 4))).items.mean(0)
    expected = np.array([math.tanh(field / heat) for field in b])
    assert (abs(mean - expected) < 4 * np.sqrt((1 - expected**2) / 4000)).all()


def test_a_bias_stays_and_counts_with_every_rule():
    x = nm.patterns.random(2, 30, rng=0)
    for rule in ("hebb", "projection", "storkey", "covariance"):
        memory = nm.Hopfield(30, rule=rule, bias=100 * x[0]).store(x)
        np.testing.assert_array_equal(memory.recall(-x).items, [x[0], x[0]])
        memory.clear()
        np.testing.assert_array_equal(memory.store(x).recall(x).items, [x[0], x[0]])


@pytest.mark.slow
def test_experiments_take_it_on_workers(folder):
    from neuromem.experiments import capacity

    with nm.sweep.on(workers=2):
        data = capacity.run(
            models=("hopfield:rule=my_rule.py:clipped", nm.Hopfield(32, rule=clipped)),
            units=32,
            loads=(0.06,),
            asked=2,
            trials=2,
        )
    np.testing.assert_array_equal(data.exact.isel(model=0), data.exact.isel(model=1))
    assert (data.exact == 1).any()
    assert json.loads(data.attrs["sources"])["hopfield:rule=my_rule.py:clipped"]["sha256"]
