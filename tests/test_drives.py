"""Poisson sources and backgrounds, delta synapses and fixed numbers of synapses, in every engine."""

from __future__ import annotations

import math
from dataclasses import replace

import numba
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from scipy import stats

import neuromem as nm
from neuromem.experiments import brunel
from neuromem.spiking import LIF, Background, Circuit, Indegree, Input, Poisson, Population, Projection, brian, fast, nest
from neuromem.theory import integrate_and_fire
from tests.test_nest import expressible, here
from tests.test_spiking import ENGINES, SLOW, chain, circuits, same, times

DELTA = LIF(cm=1.0, tau_m=20.0, tau_refrac=2.0, v_rest=0.0, v_reset=10.0, v_thresh=20.0, synapses="delta")
SOURCES = Circuit((Population("B", 40, Poisson(50.0)), Population("A", 400, Poisson(120.0))))


def test_intervals_of_sources_are_exponential_and_independent():
    record = fast.run(SOURCES, 2000.0, rng=3)
    for name, size, rate in (("A", 400, 0.12), ("B", 40, 0.05)):
        counts = np.bincount(record.neuron[record.of(name)], minlength=size)
        assert abs(counts.mean() - 2000 * rate) < 4 * math.sqrt(2000 * rate / size)
        assert 0.6 < counts.var() / counts.mean() < 1.6
    steps = np.bincount(record.time_ms[record.of("A")].astype(int), minlength=2000)  # 48 in a step, independent
    assert abs(steps.var() / steps.mean() - 1) < 4 * math.sqrt(2 / 2000)
    assert abs(np.corrcoef(steps[1:], steps[:-1])[0, 1]) < 4 / math.sqrt(2000)
    first = np.array([record.time_ms[record.of("A") & (record.neuron == n)].min() for n in range(400)])
    assert stats.kstest(first, stats.geom(-math.expm1(-0.12), loc=-1).cdf).statistic < 0.2  # whole steps
    assert (np.unique(np.stack([record.time_ms, record.neuron, record.place]), axis=1).shape[1]) < len(record)  # some twice


def test_sources_are_the_same_for_any_engine_threads_and_length():
    wire = Projection("A", "Out", "all-to-all", 0.3, 2.0)
    circuit = replace(SOURCES, populations=(*SOURCES.populations, Population("Out", 3, SLOW)), projections=(wire,))
    record = fast.run(circuit, 60.0, copies=3, rng=8)
    same(record, brian.run(circuit, 60.0, copies=3, rng=8))
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    same(record, fast.run(circuit, 60.0, copies=3, rng=8))
    numba.set_num_threads(threads)
    longer = fast.run(circuit, 90.0, copies=3, rng=8)
    first = longer.time_ms < 60
    assert np.array_equal(longer.neuron[first], record.neuron)
    assert not np.array_equal(fast.run(circuit, 60.0, copies=3, rng=9).neuron, record.neuron)
    trains = [np.sort(record.time_ms[record.of("A") & (record.copy == copy)]) for copy in range(3)]
    assert len({tuple(train) for train in trains}) == 3


@here
def test_nest_has_the_same_sources():
    wire = Projection("A", "Out", "all-to-all", 0.3, 2.0)
    circuit = replace(SOURCES, populations=(*SOURCES.populations, Population("Out", 3, SLOW)), projections=(wire,))
    same(nest.run(circuit, 40.0, rng=8), fast.run(circuit, 40.0, rng=8))


@ENGINES
def test_a_delta_synapse_moves_the_potential_by_its_weight(engine):
    """One spike of 20 mV reaches the threshold, or two of w, as w (1 + exp(-1/20)) = 20 mV."""
    wire = Projection("In", "Out", "one-to-one", 20.0 * 1.0001, 3.0)
    assert times(engine.run(chain(wire, cell=DELTA), 8.0), "Out") == [3.0]
    assert times(engine.run(chain(replace(wire, weight=20.0 * 0.9999), cell=DELTA), 8.0), "Out") == []
    second = 20.0 / (1 + math.exp(-1 / 20))
    two = chain(replace(wire, weight=second * 1.0001), spikes=(0, 1), cell=DELTA)
    assert times(engine.run(two, 8.0), "Out") == [4.0]
    weak = chain(replace(wire, weight=second * 0.9999), spikes=(0, 1), cell=DELTA)
    assert times(engine.run(weak, 8.0), "Out") == []
    lost = chain(replace(wire, weight=20.5), spikes=(0, 1, 2, 3), cell=DELTA)  # two steps are refractory
    assert times(engine.run(lost, 9.0), "Out") == [3.0, 6.0]


@st.composite
def driven(draw):
    """Random circuits whose cells have delta synapses and backgrounds, or one of the two."""
    circuit = draw(circuits())
    cells = []
    for p in circuit.populations:
        if p.body is not None:
            rate = draw(st.sampled_from([None, 80.0, 3000.0]))
            receptor = draw(st.sampled_from(["excitatory", "inhibitory"]))
            body = replace(p.body, synapses=draw(st.sampled_from(["delta", "current"])))
            p = replace(p, cell=body, background=rate and Background(rate, 0.37, receptor))
        cells.append(p)
    cells.append(Population("X", 3, Poisson(200.0)))
    wires = [replace(p, pattern=Indegree(4, 7)) if isinstance(p.weight, float) else p for p in circuit.projections]
    return replace(circuit, populations=tuple(cells), projections=(*wires, Projection("X", "A", Indegree(2, 1), 1.7)))


@settings(max_examples=10, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(driven(), st.integers(0, 2**32))
def test_driven_circuits_give_the_same_spikes(circuit, seed):
    """The background too: both engines draw it from the same numbers, in ways of their own."""
    same(fast.run(circuit, 40.0, copies=2, rng=seed), brian.run(circuit, 40.0, copies=2, rng=seed))


@here
@settings(max_examples=2, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(driven(), st.integers(0, 2**32))
def test_nest_gives_the_same_spikes_at_delta_synapses(circuit, seed):
    circuit = expressible(circuit)
    cells = [replace(p, background=None) for p in circuit.populations]
    wires = [replace(p, plasticity=None) for p in circuit.projections]
    circuit = replace(circuit, populations=tuple(cells), projections=tuple(wires))
    same(nest.run(circuit, 40.0, rng=seed), fast.run(circuit, 40.0, rng=seed))


@pytest.mark.parametrize("engine", [fast, pytest.param(nest, marks=here)])
def test_a_background_fires_cells_at_the_rate_of_theory(engine):
    """Brunel's cell alone, on which 0.1 mV falls at 9.8 kHz: (2) of the theory."""
    kicks, weight = 9800.0, 0.1
    cells = Population("Out", 500, DELTA, background=Background(kicks, weight))
    record = engine.run(Circuit((cells,), step_ms=0.1), 600.0, rng=2)
    counts = np.bincount(record.neuron[record.time_ms >= 100], minlength=500) / 0.5
    mean, deviation = weight * 20 * kicks / 1000, weight * math.sqrt(20 * kicks / 1000)
    theory = integrate_and_fire.noisy_rate(mean, deviation, tau_refrac=2.1)  # the step of the spike too
    assert abs(counts.mean() - theory) < 4 * counts.std() / math.sqrt(500)
    assert len(record) > 1000


def test_the_rates_of_theory_hold_in_their_limits():
    """Noise that vanishes leaves (1); far above the threshold (1) is mean / (tau (threshold - reset))."""
    assert integrate_and_fire.noisy_rate(25.0, 1e-4) == pytest.approx(1000 / (2 + 20 * math.log(3)), rel=1e-6)
    assert integrate_and_fire.regular_rate(25.0, reset=10.0) == pytest.approx(1000 / (2 + 20 * math.log(3)), rel=1e-12)
    for threshold in (1e-9, 1e-12):
        quick = integrate_and_fire.regular_rate(1e6, threshold=threshold, tau_refrac=0.0)
        assert quick == pytest.approx(1000 * 1e6 / (20 * threshold), rel=1e-12)
    with pytest.raises(nm.InputError, match="tau_refrac must be above 0 where no state is below 10000 Hz, but was 0"):
        integrate_and_fire.balanced_rate(0.0, 2.0, tau_refrac=0.0)  # nothing holds back cells that excite each other


def test_each_cell_has_the_number_of_synapses_that_was_asked_for():
    wire = Projection("In", "Out", Indegree(7, 3), 1.0)
    circuit = Circuit((Population("In", 5), Population("Out", 11, SLOW)), (wire,))
    pre, post = circuit.connections(wire)
    assert np.bincount(post).tolist() == [7] * 11
    assert pre.max() < 5
    assert circuit.synapses(wire) == 77
    assert Circuit.from_json(circuit.to_json()) == circuit
    assert nm.spiking.Circuit.from_json(SOURCES.to_json()) == SOURCES


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Poisson(-1.0), "rate_hz must be a finite number and at least 0"),
        (lambda: Background(100.0, -0.1), "weight must be .* the receptor gives the sign"),
        (
            lambda: Circuit((Population("X", 2, Poisson(5.0), background=Background(9.0, 1.0)),)),
            "background of X must reach cells",
        ),
        (lambda: Circuit((Population("X", 2, Poisson(5.0), noise=0.3),)), "noise of X must reach cells"),
        (lambda: Circuit((Population("X", 2, noise=0.3),)), "noise of X must reach cells"),
        (
            lambda: fast.run(
                Circuit((Population("X", 2, replace(SLOW, tau_refrac=0.0), background=Background(1e6, 1.0)),), step_ms=10.0),
                10.0,
            ),
            "arrivals of a background in a step must be",
        ),
        (lambda: Circuit((Population("X", 2, Poisson(5.0)),), inputs=(Input("X", (0,), (1.0,)),)), "population of an input"),
        (lambda: replace(SLOW, synapses="alpha"), "synapses must be one of"),
        (lambda: fast.run(Circuit((Population("X", 10**6, Poisson(1e6)),)), 1e6), "sources of X must make arrays that fit"),
    ],
)
def test_drives_that_make_no_sense_are_refused(make, message):
    with pytest.raises(nm.InputError, match=message):
        make()


def test_a_small_network_of_brunel_is_regular_or_irregular_as_inhibition_says():
    """At g = 3 all cells fire as one clock, at g = 5 as chance has it, far more slowly."""
    shared = {"seed": 1, "cells": 1000, "weight_mv": 0.5, "reset_mv": 10.0, "duration_ms": 200.0, "dropped_ms": 50.0}
    regular, irregular = (brunel.point(state=s, **shared) for s in ("synchronous regular", "asynchronous irregular"))
    assert regular["rate"] > 2.5 * irregular["rate"] > 100
    assert regular["variation"] < 0.25
    assert irregular["variation"] > 0.5
    assert regular["spikes"][1].sum(1).std() < irregular["spikes"][1].sum(1).std()
    for name in ("duration_ms", "dropped_ms"):
        with pytest.raises(nm.InputError, match=f"{name} must be a multiple of 0.5 ms, but was 50.2"):
            brunel.run(**{name: 50.2})


@pytest.mark.parametrize(
    ("mean", "deviation", "reset", "rate"),
    [
        (19.0, 0.05, -500.0, 1.0791646908494469e-171),
        (19.0, 0.1, -1e5, 1.0441131540846355e-41),
        (18.0, 0.5, -1e4, 1.227136072467652e-05),
        (20.0, 5.0, 0.0, 20.13686673563633),
        (20.0001, 1e-3, 0.0, 4.622164402354168),
    ],
)
def test_the_rate_of_theory_over_any_range(mean, deviation, reset, rate):
    """(2) with 30 digits in mpmath."""
    assert integrate_and_fire.noisy_rate(mean, deviation, reset=reset) == pytest.approx(rate, rel=1e-9)
