"""The published CA3 network: its functional experiment, and the protocol around it."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest

import neuromem as nm
from neuromem.models.ca3 import CA3, answers, schedule

# operation, {population: {time after it: the neurons, and no others, that spike at the output}}
FUNCTIONAL = [
    (("learn", 0, [0, 1, 8, 9]), {"OutCue": {5: {0}, 7: {0}}, "OutCont": {5: {0, 1, 8, 9}, 7: {0, 1, 8, 9}}}),
    (("learn", 4, [1, 5, 6]), {"OutCue": {5: {4}, 7: {4}}, "OutCont": {5: {1, 5, 6}, 7: {1, 5, 6}}}),
    (("learn", 3, [4, 5, 6]), {"OutCue": {5: {3}, 7: {3}}, "OutCont": {5: {4, 5, 6}, 7: {4, 5, 6}}}),
    (("cue", 0), {"OutCue": {5: {0}}, "OutCont": {6: {0, 1, 8, 9}}}),
    (("content", [6]), {"OutCue": {6: {3, 4}}, "OutCont": {5: {6}}}),
    (("content", [0, 4]), {"OutCue": {6: {0, 3}}, "OutCont": {5: {0, 4}}}),
    # learning another content on a cue forgets the old one, which leaks to the output once
    (("learn", 3, [1, 3, 4, 8]), {"OutCue": {5: {3}, 7: {3}}, "OutCont": {5: {1, 3, 4, 8}, 6: {5, 6}, 7: {1, 3, 4, 8}}}),
    (("cue", 3), {"OutCue": {5: {3}}, "OutCont": {6: {1, 3, 4, 8}}}),
    (("content", [6]), {"OutCue": {6: {4}}, "OutCont": {5: {6}}}),
]


@pytest.fixture(scope="module", params=["fast", "brian2"])
def record(request):
    memory = CA3(10, cues=5, engine=request.param)
    return memory.simulate([operation for operation, _ in FUNCTIONAL], learn_interval_ms=10, recall_interval_ms=10)


@pytest.mark.parametrize("n", range(len(FUNCTIONAL)))
def test_every_operation_of_the_functional_experiment_answers_on_time(record, n):
    now = (record.time_ms >= 10 * n + 5) & (record.time_ms < 10 * n + 15)
    for population, expected in FUNCTIONAL[n][1].items():
        mine = now & (record.population == population)
        got = {int(t) - 10 * n: set(record.neuron[mine & (record.time_ms == t)].tolist()) for t in record.time_ms[mine]}
        assert got == expected


def test_functional_trace_is_the_published_one_in_every_population(record):
    folder = os.environ.get("NEUROMEM_DATA")
    if not folder:
        pytest.skip("NEUROMEM_DATA names no folder with the authors' ca3_functional_trace.csv")
    with open(Path(folder) / "ca3_functional_trace.csv") as file:
        published = [(float(row["time_ms"]), row["population"], int(row["neuron"])) for row in csv.DictReader(file)]
    mine = zip(record.time_ms.tolist(), record.population.tolist(), record.neuron.tolist(), strict=True)
    assert list(mine) == sorted(published)


def test_size_of_the_published_networks():
    for cues, units, synapses in ((5, 10, 265), (16, 6, 852)):
        memory = CA3(units, cues=cues)
        assert memory.cost.synapses == synapses
        assert memory.cost.bits == 32 * 2 * cues * units


def test_recall_merges_every_item_that_shares_an_active_unit():
    items = np.array([[1, 1, -1, -1, -1, -1], [-1, 1, 1, -1, -1, -1], [-1, -1, -1, 1, 1, -1]])
    memory = CA3(6).store(items)
    recalled = memory.recall([[0, 0, 1, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, -1], [0, 0, 0, 0, 0, 1]])
    assert recalled.items.tolist() == [items[1].tolist(), [1, 1, 1, -1, -1, -1], items[2].tolist(), [0] * 6]
    assert recalled.converged.tolist() == [True, True, True, False]
    assert recalled.steps.tolist() == [12, 18, 12, 6]
    assert (recalled.operations > 0).all()


@pytest.mark.parametrize(("cure", "found"), [({}, {3, 4}), ({"gated": True, "match": "best"}, {4})])
def test_forgotten_synapses_add_up_unless_cured(cure, found):
    operations = [operation for operation, _ in FUNCTIONAL] + [("content", [5, 6])]
    record = CA3(10, cues=5, **cure).simulate(operations)
    starts, _ = schedule(operations, 14, 14, 5, 10)
    assert answers(record, starts)[-1] == (found, {5, 6})


def test_answers_come_from_the_operations_that_are_asked_for():
    operations = [("learn", 0, [1, 2]), ("learn", 1, [3]), ("cue", 0)]
    record = CA3(10, cues=5).simulate(operations)
    starts, _ = schedule(operations, 14, 14, 5, 10)
    whole = [({0}, {1, 2}), ({1}, {3}), ({0}, {1, 2})]
    assert [answers(record, starts[n:]) for n in range(3)] == [whole[n:] for n in range(3)]
    for odd in ([0], [14, 0], [0, 0]):
        with pytest.raises(nm.InputError, match="starts must rise"):
            answers(record, odd)


@pytest.mark.parametrize("engine", ["fast", "brian2"])
def test_the_best_match_answers_first_and_alone(engine):
    """A cue that holds m of the n neurons answers at t + 6 + 3 (n - m); else none answers."""
    learn = [("learn", 0, [0, 1, 2, 3]), ("learn", 1, [0, 1, 4, 5]), ("learn", 2, [6, 7])]
    fragments = [([0, 1], {0, 1}, 0), ([0, 1, 2], {0}, 0), ([0, 4, 6], {1}, 1), ([4, 5, 2, 6], {1}, 2), ([8, 9], set(), 0)]
    operations = learn + [("content", neurons) for neurons, _, _ in fragments]
    memory = CA3(10, cues=4, gated=True, match="best", engine=engine)
    record = memory.simulate(operations, recall_interval_ms=30)
    starts, _ = schedule(operations, 14, 30, 4, 10)
    for (neurons, found, missing), start, answer in zip(fragments, starts[3:], answers(record, starts)[3:], strict=False):
        assert answer == (found, set(neurons))
        late = record.of("OutCue") & (record.time_ms > start) & (record.time_ms < start + 30)
        assert set(record.time_ms[late] - start) == ({6 + 3 * missing} if found else set())


def test_cured_recall_is_the_item_of_largest_overlap():
    items = nm.patterns.sparse(12, 24, activity=0.25, rng=4)
    cues = nm.cues.flip(items, 1 / 8, rng=5)
    shared = (cues > 0).astype(int) @ (items > 0).T  # (cue, item)
    best = shared == shared.max(1, keepdims=True)
    expected = np.where(best @ (items > 0), 1, -1)
    recall = CA3(24, gated=True, match="best").store(items).recall(cues)
    assert (best.sum(1) == 1).sum() > 5
    assert np.array_equal(recall.items, expected)


def test_gated_recall_changes_no_weight():
    memory = CA3(10, cues=5, gated=True)
    operations = [operation for operation, _ in FUNCTIONAL if operation[0] == "learn"]
    learnt, used = (memory.simulate(ops).weights for ops in (operations, [*operations, ("content", [1, 4]), ("cue", 3)]))
    for name, w in learnt.items():
        assert w.max() == 6
        assert np.array_equal(w, used[name])


def test_recall_leaves_the_stored_state_alone():
    memory = CA3(8).store(nm.patterns.sparse(3, 8, activity=0.25, rng=0))
    cues = nm.patterns.sparse(4, 8, activity=0.4, rng=1)
    first = memory.recall(cues)
    assert (first.items == 1).any()
    for _ in range(3):
        assert np.array_equal(memory.recall(cues).items, first.items)


def test_store_in_two_calls_is_store_in_one():
    items = nm.patterns.sparse(4, 8, activity=0.25, rng=3)
    once, twice = CA3(8).store(items), CA3(8).store(items[:1]).store(items[1:])
    recalled = once.recall(np.eye(8))
    assert (recalled.items == 1).any()
    assert np.array_equal(recalled.items, twice.recall(np.eye(8)).items)


def test_more_items_than_cues_are_refused_and_nothing_is_lost():
    items = np.where(np.eye(4, 6) > 0, 1, -1)
    memory = CA3(6, cues=3).store(items[:2])
    with pytest.raises(nm.InputError, match=r"at most 1 items, the free cues of 3, but holds 2; make"):
        memory.store(items[2:])
    assert np.array_equal(memory.recall(items[:2]).items, items[:2])
    assert np.array_equal(memory.store(items[2:3]).recall(items[:3]).items, items[:3])


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (("learn", 5, [1]), r"cue of operations\[0\] must be a whole number from 0 to 4"),
        (("learn", 0, []), r"content of operations\[0\] must hold at least one neuron"),
        (("content", [10]), r"content of operations\[0\] must be a whole number from 0 to 9"),
        (("content", 3), r"content of operations\[0\] must be neurons such as \[0, 3\], but was 3"),
        (("forget", 0), r'operations\[0\] must be \("learn", cue, content\)'),
    ],
)
def test_bad_operations_are_refused(operation, message):
    with pytest.raises(nm.InputError, match=message):
        CA3(10, cues=5).simulate([operation])


@pytest.mark.parametrize("make", [lambda: CA3(10**6, cues=10**6), lambda: nm.CA3Attractor(10**6)])
def test_memories_too_large_are_refused_beforehand(make):
    with pytest.raises(nm.InputError, match=r"units must make arrays that fit .* but would need"):
        make()


def test_items_without_active_units_are_refused():
    with pytest.raises(nm.InputError, match=r"keys must have at least one active unit .* but item 1 has none"):
        CA3(3).store([[1, -1, -1], [-1, -1, -1]])


def test_operations_too_close_together_are_warned_about():
    with pytest.warns(UserWarning, match="7 ms after a learning and 6 ms after a recall are safe"):
        CA3(4, cues=2).simulate([("cue", 0)], recall_interval_ms=4)


def test_synapses_are_the_plastic_weights_and_are_used_as_they_are():
    items = np.array([[1, 1, -1, -1, -1, -1], [-1, -1, -1, 1, 1, -1]])
    memory = CA3(6, gated=True).store(items)
    held = memory.synapses
    assert (
        held["to_content"].tolist() == (6.0 * (items > 0)).tolist()
    )  # a gated learning ends at 6 nA, by the published rule
    assert held["to_cue"].shape == (6, 2)
    lost = held["to_content"].copy()
    lost[0, 0] = 3.2  # nA, below the 3.29 that fire a cell
    memory.synapses = {**held, "to_content": lost}
    assert memory.synapses["to_content"][0, 0] == np.float32(3.2)
    assert memory.recall(items).items[0].tolist() == [-1, 1, -1, -1, -1, -1]
    lost[0, 0] = 3.4
    memory.synapses = {**held, "to_content": lost.astype(float)}
    assert np.array_equal(memory.recall(items).items, items)
    for wrong in ({"to_content": lost}, {**held, "to_content": lost[:1]}, {**held, "to_cue": held["to_cue"] - 7}, None):
        with pytest.raises(nm.InputError, match="synapses"):
            memory.synapses = wrong


@pytest.mark.parametrize("options", [{"gated": 2}, {"gated": "no"}, {"match": "some"}, {"engine": "nest"}, {"cues": 0}])
def test_bad_settings_are_refused(options):
    with pytest.raises(nm.InputError, match=f"{next(iter(options))} must"):
        CA3(8, **options)
