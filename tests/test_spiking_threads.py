"""One network on several threads: the spikes of one thread, whatever the circuit."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from unittest import mock

import numba
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from neuromem.experiments import brunel
from neuromem.spiking import STDP, Background, Circuit, Indegree, Input, Population, Projection, Random, Spikes, fast
from neuromem.spiking.engines.fast import team
from neuromem.spiking.engines.fast.plan import plan
from tests.test_cells import mixed
from tests.test_drives import DELTA, driven
from tests.test_spiking import SLOW, circuits, same, volleys


@contextmanager
def threads(number):
    """Networks run on that many threads, of any size; at least one does so."""
    run = mock.Mock(wraps=team.run)
    with mock.patch.multiple(team, threads_for=mock.Mock(return_value=number), run=run):
        yield
    assert run.called == (number > 1)


def agree(circuit, duration_ms, **options):
    """The record of one thread, which two and three threads give too."""
    records = []
    for number in (1, 2, 3):
        with threads(number):
            records.append(fast.run(circuit, duration_ms, **options))
    for record in records[1:]:
        same(records[0], record)
    return records[0]


def static(circuit):
    """The circuit without plasticity, which one thread alone can have."""
    return replace(circuit, projections=tuple(replace(p, plasticity=None) for p in circuit.projections))


@settings(max_examples=24, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.one_of(circuits(), driven(), mixed()), st.booleans(), st.integers(0, 2**32))
def test_random_circuits_give_the_same_spikes_on_any_number_of_threads(circuit, noisy, seed):
    """All kinds of cells, drives, patterns and delays; input spikes several to a step, and noise."""
    circuit = static(circuit)
    if noisy:
        cells = [replace(p, noise=0.2) if p.body and not p.background else p for p in circuit.populations]
        circuit = replace(circuit, populations=tuple(cells))
    agree(circuit, 40.0, inputs=volleys(circuit, np.random.default_rng(seed), 1), rng=seed)


def wide(delay_ms, background=None):
    """A few hundred cells, that is many blocks, with synapses listed and not listed, alike and unlike."""
    rng = np.random.default_rng(0)
    cells = Population("In", 90), Population("E", 203, SLOW, background=background), Population("I", 117, SLOW)
    unlike = tuple(rng.uniform(0.1, 0.5, 203 * 20))
    wires = (
        Projection("In", "E", Random(0.2, 1), 1.3, delay_ms),
        Projection("E", "E", Indegree(20, 2), unlike, delay_ms),
        Projection("E", "I", "all-to-all", 0.05, delay_ms + 1),
        Projection("I", "I", "all-but-self", 0.013, delay_ms, "inhibitory"),
        Projection("I", "E", Random(0.3, 4), 0.1, 2 * delay_ms, "inhibitory"),
    )
    spikes = np.argwhere(rng.random((120, 90)) < 0.1)
    return Circuit(cells, wires, (Input("In", tuple(spikes[:, 1].tolist()), tuple(spikes[:, 0].astype(float).tolist())),))


@pytest.mark.parametrize("background", [None, Background(900.0, 0.7)])
@pytest.mark.parametrize("delay_ms", [1.0, 5.0, 40.0])  # a meeting in every step, in some, as seldom as at all
def test_cells_sleep_and_wake_on_any_thread(delay_ms, background):
    record = agree(wide(delay_ms, background), 130.0)
    assert record.of("E").sum() > 500
    assert record.of("I").sum() > 100


def test_any_number_of_input_spikes_fits():
    many = Spikes(np.zeros(5000, int), np.repeat([3.0, 20.0], 2500), np.full(5000, "In"), np.arange(5000) % 90)
    assert len(agree(wide(2.0), 40.0, inputs=many)) > 5000


@pytest.mark.parametrize("state", brunel.STATES)
def test_the_states_of_brunel_are_the_same_on_any_number_of_threads(state):
    record = agree(brunel.network(1000, *brunel.STATES[state], 0.5, 10.0, 0), 60.0, rng=5)
    assert len(record) > 300


def test_a_network_without_synapses_or_spikes_runs():
    cells = Circuit((Population("A", 300, DELTA, background=Background(20000.0, 0.1)),))
    assert len(agree(cells, 100.0)) > 500
    assert len(agree(Circuit((Population("A", 3, SLOW),)), 50.0)) == 0


def test_the_number_of_threads_goes_by_size_alone(monkeypatch):
    monkeypatch.setattr(numba, "get_num_threads", lambda: 8)
    none = np.zeros(0, int)

    def number(circuit, copies=1, steps=1000, population=none):
        return team.threads_for(circuit, copies, steps, population)

    def network(cells, **options):
        return Circuit((Population("A", cells, DELTA, **options), Population("B", 100)))

    driven = {"background": Background(1000.0, 0.1)}
    assert [number(network(int(n * team.LEAST), **driven)) for n in (0.5, 1, 1.9, 2, 3, 100)] == [1, 1, 1, 2, 3, 8]
    assert number(network(10**6)) == 1  # asleep
    assert number(network(10**6, **driven), copies=2) == 1
    learns = Projection("B", "A", Random(1e-4), 1.0, plasticity=STDP(20.0, 20.0, 1.0, 1.0, 2.0))
    assert number(replace(network(10**5, **driven), projections=(learns,))) == 1
    # 100 sources with 10^4 synapses each, one spike of one of them in a step
    fed = replace(network(10**5), projections=(Projection("B", "A", Random(0.1), 1.0),))
    assert number(fed, population=np.ones(1000, int)) == 10**4 // team.LEAST
    assert number(fed, population=np.ones(100, int)) == 1


def test_a_synapse_takes_four_bytes_where_the_strengths_of_a_neuron_are_equal():
    """At 10^5 cells with 10^7 synapses they take 45 MB with the index of who begins where."""
    cells = Population("A", 1000, DELTA), Population("B", 500, DELTA)
    equal = Circuit(cells, tuple(Projection(pre, "A", Indegree(100, 3), w, 2.0) for pre, w in (("A", 0.1), ("B", 0.3))))
    sizes = {"equal": 4, "unlike": 12}
    unlike = Projection("A", "A", Indegree(100, 3), tuple(np.linspace(0.1, 0.2, 10**5)), 2.0)
    for name, circuit in {"equal": equal, "unlike": replace(equal, projections=(unlike,))}.items():
        static = plan(circuit, 2)[0].static
        assert len(static.target) == sum(map(circuit.synapses, circuit.projections))
        assert static.target.nbytes + static.strength.nbytes == sizes[name] * len(static.target)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_threads_end_with_the_run_so_that_forks_and_other_threads_run_too():
    code = """if True:
        import multiprocessing, threading
        import numpy as np
        from neuromem.experiments import brunel
        from neuromem.spiking import fast

        fast.team.threads_for = lambda *_: 3

        def run(_=0):
            return fast.run(brunel.network(200, 3.0, 2.0, 0.5, 10.0, 0), 30.0).neuron

        first, found = run(), []
        with multiprocessing.get_context("fork").Pool(1) as pool:
            found += pool.map(run, range(2))
        users = [threading.Thread(target=lambda: found.append(run())) for _ in range(3)]
        for user in users:
            user.start()
        for user in users:
            user.join()
        print(len(first) > 0, [np.array_equal(first, other) for other in found] == 5 * [True], threading.active_count())
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)
    assert done.stdout.split() == ["True", "True", "1"], done.stderr
