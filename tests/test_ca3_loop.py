"""The hippocampal loop, DG - CA3 - CA1, against the authors' trace of SpiNNaker and their protocol."""

import numpy as np
import pytest

import neuromem as nm
from neuromem.models.ca3 import hippocampal_loop, learn_and_recall

OPERATIONS = [
    *(("learn", 4, [7, 8, 9]), ("learn", 3, [6, 7, 8]), ("learn", 2, [5, 6, 7]), ("cue", 4), ("cue", 3)),
    *(("learn", 3, [0, 1, 5, 6, 7]), ("learn", 2, [0, 1, 8, 9]), ("cue", 3), ("cue", 2)),
]
TRACE = {  # of their test of all operations, in full: ms from the first operation, and the digits of the neurons
    "DG": "3:4 4:4 5:4 10:3 11:3 12:3 17:2 18:2 19:2 24:4 30:3 36:3 37:3 38:3 43:2 44:2 45:2 50:3 56:2",
    "CA3cue": "4:4 6:4 11:3 13:3 18:2 20:2 25:4 31:3 37:3 39:3 44:2 46:2 51:3 57:2",
    "CA3mem": "4:789 6:789 11:678 13:678 18:567 20:567 26:789 32:678"
    " 37:01567 38:8 39:01567 44:0189 45:567 46:0189 52:01567 58:0189",
    "CA1": "5:02 7:02 12:2 14:2 19:01 21:01 26:02 32:2 38:2 40:2 45:01 47:01 52:2 58:01",
    "OutCue": "6:02 8:02 13:2 15:2 20:01 22:01 27:02 33:2 39:2 41:2 46:01 48:01 53:2 59:01",
    "OutCont": "6:789 8:789 13:678 15:678 20:567 22:567 28:789 34:678"
    " 39:01567 40:8 41:01567 46:0189 47:567 48:0189 54:01567 60:0189",
}
HELD = {4: {7, 8, 9}, 3: {0, 1, 5, 6, 7}, 2: {0, 1, 8, 9}}


@pytest.mark.parametrize("engine", ["fast", "brian2"])
def test_every_spike_is_that_of_the_published_trace(engine):
    record, said = learn_and_recall(OPERATIONS, cues=5, units=10, engine=engine)
    for population, text in TRACE.items():
        expected = {(int(t), int(n)) for t, cells in (one.split(":") for one in text.split()) for n in cells}
        mine = record.of(population)
        assert set(zip(record.time_ms[mine].astype(int).tolist(), record.neuron[mine].tolist(), strict=True)) == expected
    assert said[-2:] == [({3}, HELD[3]), ({2}, HELD[2])]
    assert said[5] == ({3}, HELD[3] | {8})  # what is forgotten leaks once


def test_all_64_addresses_hold_any_content():
    rng = np.random.default_rng(0)
    contents = [set(np.flatnonzero(bits).tolist()) for bits in rng.random((64, 32)) < 0.5]
    learn = [("learn", int(cue), sorted(contents[cue])) for cue in rng.permutation(64)]
    asked = rng.permutation(64).tolist()
    _, said = learn_and_recall(learn + [("cue", cue) for cue in asked])
    assert said[64:] == [({cue}, contents[cue]) for cue in asked]
    assert said[:64] == [({cue}, set(content)) for _, cue, content in learn]


@pytest.mark.parametrize("cues", [1, 2, 7, 8, 1000])
def test_each_gate_answers_to_its_own_address_alone(cues):
    asked = sorted({0, cues // 2, cues - 1})
    record, said = learn_and_recall([("learn", n, [n % 3]) for n in asked] + [("cue", n) for n in asked], cues=cues, units=3)
    assert said[len(asked) :] == [({n}, {n % 3}) for n in asked]
    assert set(record.neuron[record.of("DG")].tolist()) == set(asked)
    assert hippocampal_loop(cues, 3)["CA1"].size == int(np.ceil(np.log2(cues + 1)))


def test_a_cue_that_has_learnt_nothing_answers_with_itself_alone():
    assert learn_and_recall([("cue", 2)], cues=5, units=4)[1] == [({2}, set())]


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        (("content", [1]), r"operations\[0\] must be \(\"learn\", cue, content\) or \(\"cue\", cue\)"),
        (("cue", 5), r"cue of operations\[0\] must be"),
        (("learn", 0, [4]), r"content of operations\[0\] must be"),
    ],
)
def test_what_the_loop_cannot_do_is_refused(operation, told):
    with pytest.raises(nm.InputError, match=told):
        learn_and_recall([operation], cues=5, units=4)
