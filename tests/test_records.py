"""Circuits in files, and what a record of a run says."""

import sys
from dataclasses import replace

import numba
import numpy as np
import pytest
from hypothesis import given, settings

import neuromem as nm
from neuromem.spiking import Circuit, Input, Pairs, Population, Projection, Random, fast
from neuromem.spiking.engines.fast import step
from tests.test_spiking import ENGINES, RULE, SLOW, chain, circuits


@settings(max_examples=50, deadline=None, derandomize=True)
@given(circuits())
def test_json_round_trip(circuit):
    assert Circuit.from_json(circuit.to_json()) == circuit


def test_lists_and_arrays_will_do():
    pairs, weight = Pairs(np.array([0]), [0]), np.array([6.0])
    given = Circuit([Population("In", 1), Population("Out", 1, SLOW)], [Projection("In", "Out", pairs, weight)])
    assert replace(given, inputs=[Input("In", [0], np.array([0.0]))]) == chain(
        Projection("In", "Out", Pairs((0,), (0,)), (6.0,))
    )


def test_saved_and_loaded(tmp_path):
    circuit = chain(Projection("In", "Out", Random(0.5, 3), 6.0, plasticity=RULE))
    assert Circuit.load(circuit.save(tmp_path / "circuit.json")) == circuit
    assert "STDP(" in str(circuit)
    with pytest.raises(nm.InputError, match="does not exist"):
        Circuit.load(tmp_path / "other.json")
    (tmp_path / "list.json").write_text("[1]")
    with pytest.raises(nm.InputError, match="be a circuit in JSON"):
        Circuit.load(tmp_path / "list.json")


@ENGINES
def test_a_record_knows_how_long_it_was_and_who_was_silent(engine):
    wire = Projection("In", "Out", Pairs((0,), (1,)), 6.0)
    circuit = Circuit((Population("In", 1), Population("Out", 4, SLOW)), (wire,), (Input("In", (0,), (3.0,)),))
    record = engine.run(circuit, 1000.0)
    assert record.duration_ms == 1000.0
    assert (record.names, record.sizes) == (("In", "Out"), (1, 4))
    assert engine.run(replace(circuit, step_ms=0.1), 0.3).duration_ms == pytest.approx(0.3)


def test_spike_trains_for_neo():
    """One of four sources spikes ten times in 1000 ms, last at 90 ms: at 10 Hz, the others at 0."""
    given = Input("In", (2,) * 10, tuple(map(float, range(0, 100, 10))))
    circuit = Circuit((Population("In", 4), Population("Last", 2, SLOW)), inputs=(given,))
    record = fast.run(circuit, 1000.0, copies=2)
    trains = record.to_neo(copy=1).spiketrains
    assert [(train.annotations["population"], train.annotations["neuron"]) for train in trains] == [
        *(("In", n) for n in range(4)),
        *(("Last", n) for n in range(2)),
    ]
    assert [float(train.t_stop.rescale("ms")) for train in trains] == [1000.0] * 6
    rates = [len(train) / float((train.t_stop - train.t_start).rescale("s")) for train in trains]
    assert rates == [0.0, 0.0, 10.0, 0.0, 0.0, 0.0]
    assert trains[2].rescale("ms").magnitude.tolist() == list(map(float, range(0, 100, 10)))
    with pytest.raises(nm.InputError, match="copy must be a whole number from 0 to 1"):
        record.to_neo(copy=2)


def test_to_neo_says_how_to_install_neo(monkeypatch):
    monkeypatch.setitem(sys.modules, "neo", None)
    with pytest.raises(nm.InputError, match="find the package neo"):
        fast.run(chain(), 1.0).to_neo()


@pytest.mark.parametrize("gaps", [1, 2, 30, 3000])
def test_spikes_are_sorted(gaps):
    rng = np.random.default_rng(gaps)
    sort = numba.njit(lambda spikes, start, stop: step.sort(spikes, start, stop))
    spikes = rng.integers(0, 3 * gaps, gaps + 6)
    sorted_ = spikes.copy()
    sort(sorted_, 3, gaps + 3)
    expected = np.concatenate([spikes[:3], np.sort(spikes[3:-3]), spikes[-3:]])
    assert np.array_equal(sorted_, expected)
