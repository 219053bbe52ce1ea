"""Circuits by hand, and the fast engine against Brian2, spike for spike."""

import math
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

import neuromem as nm
from neuromem.spiking import LIF, STDP, Circuit, Hebbian, Input, Pairs, Population, Projection, Random, Spikes, brian, fast
from neuromem.spiking import circuit as circuit_module


def test_both_engines_are_there_after_import_neuromem_alone():
    script = "import neuromem as nm; print(nm.spiking.fast.run.__name__, nm.spiking.brian.run.__name__)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["run", "run"]


SLOW = LIF(cm=0.27, tau_m=3.0)


ENGINES = pytest.mark.parametrize("engine", [fast, brian])


def chain(*wires, spikes=(0,), cell=SLOW):
    """In, one source that spikes at `spikes` (ms) -> Out, one cell."""
    times = tuple(float(t) for t in spikes)
    return Circuit((Population("In", 1), Population("Out", 1, cell)), wires, (Input("In", (0,) * len(times), times),))


def times(record, population):
    return record.time_ms[record.of(population)].tolist()


# One spike of w lifts the current to w k; v is then R w k (1 - exp(-1/3)), and the tail adds more
PER_NA = 3.0 / 0.27 * 0.3 * (1 - math.exp(-1 / 0.3)) * (1 - math.exp(-1 / 3))  # mV, one step after the arrival


TAIL = [1.0, math.exp(-1 / 3) + math.exp(-1 / 0.3)]  # v in steps 1 and 2, in units of PER_NA


@ENGINES
def test_a_spike_moves_its_target_by_hand(engine):
    assert PER_NA * TAIL[0] == pytest.approx(0.9112, abs=2e-4)  # mV per nA, as published parameters give
    wire = Projection("In", "Out", "one-to-one", 3.0 / PER_NA * 1.001, delay_ms=2.0)
    assert times(engine.run(chain(wire), 8.0), "Out") == [2.0]
    weak = replace(wire, weight=3.0 / PER_NA * 0.999)
    assert times(engine.run(chain(weak), 8.0), "Out") == []
    # two spikes 1 ms apart add up: v = w (TAIL[1] + TAIL[0])
    half = replace(wire, weight=3.0 / (PER_NA * sum(TAIL)) * 1.001)
    assert times(engine.run(chain(half, spikes=(0, 1)), 8.0), "Out") == [3.0]
    assert times(engine.run(chain(replace(half, weight=half.weight * 0.998), spikes=(0, 1)), 8.0), "Out") == []


@ENGINES
@pytest.mark.parametrize(("tau_refrac", "interval"), [(0.0, 1), (1.0, 2), (3.0, 4)])
def test_refractory_cells_skip_steps(engine, tau_refrac, interval):
    wire = Projection("In", "Out", "one-to-one", 100.0)
    record = engine.run(chain(wire, spikes=range(12), cell=replace(SLOW, tau_refrac=tau_refrac)), 13.0)
    assert times(record, "Out") == list(range(1, 13, interval))


@ENGINES
def test_inhibition_takes_away_what_excitation_gives(engine):
    both = (Projection("In", "Out", "one-to-one", 6.0), Projection("In", "Out", "one-to-one", 6.0, receptor="inhibitory"))
    assert times(engine.run(chain(both[0]), 5.0), "Out") == [1.0]
    assert times(engine.run(chain(*both), 5.0), "Out") == []


@ENGINES
def test_spikes_of_one_step_add_up(engine):
    """Three in a step move their target as one of three times the weight; all are recorded."""
    wire = Projection("In", "Out", "one-to-one", 1.0 / PER_NA * 1.001, delay_ms=2.0)
    record = engine.run(chain(wire, spikes=(0, 0, 0)), 8.0)
    assert times(record, "In") == [0.0, 0.0, 0.0]
    assert times(record, "Out") == [2.0]
    assert record.events.tolist() == [3]
    assert times(engine.run(chain(wire, spikes=(0, 0)), 8.0), "Out") == []
    static = replace(wire, pattern="all-to-all")
    assert times(engine.run(chain(static, spikes=(0, 0, 0)), 8.0), "Out") == [2.0]


def test_more_spikes_of_one_step_than_there_are_cells():
    wire = Projection("In", "Out", "one-to-one", 1e-3)
    record = fast.run(chain(wire, spikes=(0,) * 500 + (1,) * 3), 3.0, copies=2)
    assert record.events.tolist() == [503, 503]
    assert len(record) == 1006


RULE = STDP(tau_plus=3.0, tau_minus=5.0, a_plus=2.0, a_minus=1.5, w_max=9.0)


def pair(pre, post, rule, weight=0.0):
    """Teach makes Out spike 1 ms later; Pre -> Out is plastic and too weak to matter."""
    cells = (Population("Pre", 1), Population("Teach", 1), Population("Out", 1, replace(SLOW, tau_refrac=0.0)))
    wires = (
        Projection("Pre", "Out", "one-to-one", weight, plasticity=rule),
        Projection("Teach", "Out", "one-to-one", 60.0),
    )
    inputs = (
        Input("Pre", (0,) * len(pre), tuple(map(float, pre))),
        Input("Teach", (0,) * len(post), tuple(p - 1.0 for p in post)),
    )
    return Circuit(cells, wires, inputs)


@st.composite
def circuits(draw):
    """Small random circuits with every pattern, receptor and rule; real weights, so no ties."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    sizes = draw(st.lists(st.integers(1, 6), min_size=2, max_size=3))
    cells = [Population("Z in", draw(st.integers(1, 6)))]
    for n, size in enumerate(sizes):
        cell = LIF(
            cm=rng.uniform(0.1, 0.4),
            tau_m=rng.uniform(0.5, 10),
            tau_refrac=float(draw(st.integers(0, 3))),
            tau_syn_e=rng.uniform(0.2, 4),
            tau_syn_i=rng.uniform(0.2, 4),
            v_reset=-60 - draw(st.sampled_from([0.0, 1.3])),
            v_thresh=-60 + rng.uniform(0.5, 4),
            i_offset=draw(st.sampled_from([0.0, 0.0, 0.31])),
        )
        cells.append(Population("ABC"[n], size, cell))
    wires = {}
    for _ in range(draw(st.integers(2, 5))):
        pre, post = draw(st.sampled_from(cells)), draw(st.sampled_from(cells[1:]))
        count = draw(st.integers(0, 8))
        ends = [tuple(rng.integers(0, p.size, count).tolist()) for p in (pre, post)]
        kinds = ["all-to-all", Random(0.5, draw(st.integers(0, 99))), Pairs(*ends)]
        if pre.size == post.size:
            kinds += ["one-to-one", "all-but-self"]
        pattern = draw(st.sampled_from(kinds))
        rule = None
        if draw(st.booleans()):
            gate = draw(st.sampled_from([None, None, "Z in", "A"]))
            rest = {"back_ms": float(draw(st.integers(0, 3))), "gate": gate, "gate_ms": float(draw(st.integers(0, 5)))}
            ways = {"pairing": draw(st.sampled_from(["all", "nearest"])), "first": draw(st.sampled_from(["post", "pre"]))}
            stdp = STDP(*rng.uniform(1, 20, 2), *rng.uniform(0, 6, 2), 12.0, **rest, **ways)
            rule = draw(st.sampled_from([stdp, Hebbian(11.0, float(draw(st.integers(0, 4))), **rest)]))
        weight = tuple(rng.uniform(0, 10, count)) if isinstance(pattern, Pairs) else rng.uniform(0, 10)
        receptor = draw(st.sampled_from(["excitatory", "excitatory", "inhibitory"]))
        wire = Projection(pre.name, post.name, pattern, weight, float(draw(st.integers(1, 4))), receptor, rule)
        wires[wire.name] = wire
    spikes = np.argwhere(rng.random((30, cells[0].size)) < 0.3)
    inputs = (Input("Z in", tuple(spikes[:, 1].tolist()), tuple(spikes[:, 0].astype(float).tolist())),)
    return Circuit(tuple(cells), tuple(wires.values()), inputs)


def same(a, b):
    assert len(a) == len(b)
    for name in ("copy", "time_ms", "place", "neuron", "events"):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name
    assert a.names == b.names
    assert a.weights.keys() == b.weights.keys()
    for name in a.weights:
        np.testing.assert_allclose(a.weights[name], b.weights[name], rtol=0, atol=1e-9)


def volleys(circuit, rng, copies):
    """Random input spikes in any order, in half of the cases several of a neuron in a step."""
    times = rng.poisson(0.3, (copies, 30, circuit["Z in"].size))
    times = np.minimum(times, rng.choice([1, 3]))
    fired = np.repeat(np.argwhere(times), times[times > 0], axis=0)
    fired = rng.permutation(fired)
    return Spikes(fired[:, 0], fired[:, 1], np.full(len(fired), "Z in"), fired[:, 2])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(circuits(), st.integers(0, 2**32))
def test_the_engines_give_the_same_spikes(circuit, seed):
    """A hundred networks, each three times, with other weights and other input."""
    rng = np.random.default_rng(seed)
    rules = {q.name: (q.plasticity.w_max, (3, circuit.synapses(q))) for q in circuit.projections if q.plasticity}
    weights = {name: rng.uniform(0, w_max, shape) for name, (w_max, shape) in rules.items()}
    given = {"inputs": volleys(circuit, rng, 3), "copies": 3, "weights": weights}
    same(fast.run(circuit, 40.0, **given), brian.run(circuit, 40.0, **given))


def test_the_engine_is_compiled_once_for_one_copy_and_for_many():
    cells = Population("In", 2), Population("Out", 2, SLOW)
    circuit = Circuit(cells, (Projection("In", "Out", "all-to-all", 1.0, plasticity=RULE),))
    for copies in (1, 3):
        fast.run(circuit, 10.0, copies=copies, weights={"In->Out": np.ones((copies, 4))})
    assert len(fast.cpu._run.signatures) == 1


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="Brian2's cpp_standalone needs g++")
def test_brian_as_a_compiled_program_gives_the_same_spikes_and_weights(monkeypatch):
    """Built with fewer of its optimisations, which is sooner done."""
    import brian2  # takes seconds

    name = "codegen.cpp.extra_compile_args_gcc"
    monkeypatch.setitem(brian2.prefs, name, [flag.replace("-O3", "-O1") for flag in brian2.prefs[name]])
    circuit = pair([0, 2, 6, 9], [4, 8, 11], RULE, weight=1.6)
    ours, theirs = fast.run(circuit, 20.0), brian.run(circuit, 20.0, target="cpp_standalone")
    assert times(theirs, "Out") == [4.0, 8.0, 11.0]
    same(ours, theirs)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(circuits(), st.integers(0, 2**32))
def test_a_batch_is_one_by_one(circuit, seed):
    rng = np.random.default_rng(seed)
    spikes = volleys(circuit, rng, 3)  # on two threads, one of them has two copies
    noisy = replace(circuit, populations=tuple(replace(p, noise=0.2 if p.cell else 0.0) for p in circuit.populations))
    batch = fast.run(circuit, 40.0, inputs=spikes, copies=3)
    for copy in range(3):
        mine = spikes.copy == copy
        own = Spikes(0 * spikes.copy[mine], spikes.time_ms[mine], spikes.population[mine], spikes.neuron[mine])
        alone = fast.run(circuit, 40.0, inputs=own)
        of_copy = batch.copy == copy
        for name in ("time_ms", "place", "neuron"):
            assert np.array_equal(getattr(batch, name)[of_copy], getattr(alone, name))
        assert batch.events[copy] == alone.events[0]
        for name, w in alone.weights.items():
            assert np.array_equal(batch.weights[name][copy], w[0])
    same(fast.run(noisy, 40.0, copies=3, rng=seed), fast.run(noisy, 40.0, copies=3, rng=seed))


@ENGINES
@pytest.mark.parametrize(("probability", "expected"), [(0.4, 29), (0.005, 0)])
def test_a_run_goes_by_the_synapses_that_are_drawn(engine, probability, expected, monkeypatch):
    """A random pattern that is too large to be counted for the check of the memory: 8 x 9 pairs stand for 10^8."""
    monkeypatch.setattr(circuit_module, "DRAWN", 10)
    every = [int((np.random.default_rng(seed).random((8, 9)) < probability).sum()) for seed in range(20)]
    seed = int(np.argmax(every))
    wire = Projection("In", "Out", Random(probability, seed), 1.0, plasticity=RULE)
    circuit = Circuit((Population("In", 8), Population("Out", 9, SLOW)), (wire,), (Input("In", range(8), [0.0] * 8),))
    assert circuit.expected_synapses(wire) == expected < every[seed] == circuit.synapses(wire)
    record = engine.run(circuit, 3.0)
    assert record.events.tolist() == [every[seed]]
    assert record.weights["In->Out"].shape == (1, every[seed])
    replace(circuit, projections=(replace(wire, weight=[1.0] * every[seed]),))
    with pytest.raises(nm.InputError, match=f"weight of In->Out must have {every[seed]} entries, but has {expected}"):
        replace(circuit, projections=(replace(wire, weight=[1.0] * expected),))


@ENGINES
def test_brian_batches_and_events_are_spikes_times_fan_out(engine):
    wires = (Projection("In", "Out", "all-to-all", 6.0, 2.0), Projection("Out", "Out", "all-but-self", 1.0, 3.0))
    circuit = Circuit((Population("In", 2), Population("Out", 4, SLOW)), wires, (Input("In", (0, 1), (0.0, 5.0)),))
    record = engine.run(circuit, 10.0, copies=3)
    fired = {name: record.of(name) & (record.time_ms + delay < 10) for name, delay in (("In", 1), ("Out", 2))}
    assert fired["Out"].sum() == 3 * 8
    expected = 4 * np.bincount(record.copy[fired["In"]]) + 3 * np.bincount(record.copy[fired["Out"]])
    assert record.events.tolist() == expected.tolist()


def test_noise_has_the_same_statistics_on_both_engines():
    noisy = Circuit((Population("A", 2000, LIF(cm=0.2, tau_m=10.0, i_offset=0.03), noise=0.15),))
    rates = []
    for engine in (fast, brian):
        record = engine.run(noisy, 200.0, rng=5)
        rates.append(np.bincount(record.neuron, minlength=2000))
    assert rates[0].mean() > 1
    assert stats.ks_2samp(*rates).pvalue > 0.01
    error = math.sqrt(sum(r.var() / len(r) for r in rates))
    assert abs(rates[0].mean() - rates[1].mean()) < 4 * error


def test_synapses_from_all_to_all_cost_the_fast_engine_no_memory():
    """10^5 cells each way: 10^10 synapses, which would take 40 GB, of which one spike reaches 10^5."""
    wide = Circuit(
        (Population("A", 10**5), Population("B", 10**5, SLOW)),
        (Projection("A", "B", "all-to-all", 6.0),),
        (Input("A", [7], [0.0]),),
    )
    record = fast.run(wide, 2.0)
    assert record.events.tolist() == [10**5]
    assert record.of("B").sum() == 10**5
