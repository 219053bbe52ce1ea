"""NEST beside the other engines: the same spikes and weights, or the reason why not."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import types
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

import neuromem as nm
from neuromem.models import ca3
from neuromem.models.ca3 import wiring
from neuromem.spiking import STDP, Circuit, Hebbian, Input, Population, Projection, Spikes, brian, fast, nest
from neuromem.spiking.engines import _nest_network
from tests.test_ca3 import FUNCTIONAL
from tests.test_spiking import RULE, SLOW, chain, circuits, same, volleys

here = pytest.mark.skipif(importlib.util.find_spec("nest") is None, reason="no NEST: pip install 'neuromem[nest]'")


SERVE = f"""
import sys
from {_nest_network.__name__} import serve
for folder in sys.stdin:
    serve(folder.rstrip())
    print("served", flush=True)
"""


@pytest.fixture(scope="module")
def server():
    """A process that runs NEST for one folder after the other, as each process takes a second to begin."""
    words, pipe = [sys.executable, "-c", SERVE], subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def one_process(server, monkeypatch):
    """NEST in one process for all tests that ask for it; the others begin one for each run, as users do."""

    def run(words, **options):
        print(words[-1], file=server.stdin, flush=True)
        done = any(line == "served\n" for line in server.stdout)
        return subprocess.CompletedProcess(words, 0 if done else 1, "", "NEST ended")

    monkeypatch.setattr(_nest_network, "subprocess", types.SimpleNamespace(run=run, DEVNULL=subprocess.DEVNULL))


def expressible(circuit: Circuit) -> Circuit:
    """The circuit with the delays and rules that NEST has."""
    wires = []
    for p in circuit.projections:
        delay, rule = p.delay_ms + 1, p.plasticity
        if rule is not None:
            rule = STDP(9.0, 11.0, 1.3, 0.9, 12.0, back_ms=2 * (delay - 1))
        wires.append(replace(p, delay_ms=delay, plasticity=rule))
    return replace(circuit, projections=tuple(wires))


@here
@pytest.mark.usefixtures("one_process")
@settings(max_examples=6, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(circuits(), st.integers(0, 2**32))
def test_nest_gives_the_same_spikes_and_weights(circuit, seed):
    circuit, rng = expressible(circuit), np.random.default_rng(seed)
    spikes = volleys(circuit, rng, 2)
    if any(p.plasticity for p in circuit.projections):
        once = np.unique(np.stack([spikes.copy, spikes.time_ms, spikes.neuron]), axis=1)
        spikes = Spikes(once[0], once[1], np.full(once.shape[1], "Z in"), once[2])
    try:
        theirs = nest.run(circuit, 40.0, inputs=spikes, copies=2)
    except nm.InputError as error:
        assume("Delta = 0" not in str(error))
        raise
    same(theirs, fast.run(circuit, 40.0, inputs=spikes, copies=2))


@here
@pytest.mark.usefixtures("one_process")
@pytest.mark.parametrize(("receptor", "first"), [("excitatory", "post"), ("inhibitory", "pre")])
def test_nest_learns_as_the_others_up_to_the_last_step(receptor, first):
    """Sources and targets spike in the last steps too, whose spikes have not arrived when the run ends."""
    rule = STDP(3.0, 5.0, 2.0, 1.5, 9.0, back_ms=4.0, first=first)
    teach = Projection("Teach", "Out", "one-to-one", 60.0, delay_ms=2.0)
    wires = Projection("Pre", "Out", "all-to-all", 0.1, 3.0, receptor, rule), teach
    cells = Population("Pre", 2), Population("Teach", 1), Population("Out", 1, replace(SLOW, tau_refrac=0.0))
    put = (
        Input("Pre", (0, 1, 0, 1, 0, 0), (0.0, 1.0, 7.0, 12.0, 13.0, 18.0)),
        Input("Teach", (0,) * 4, (1.0, 6.0, 12.0, 15.0)),
    )
    circuit = Circuit(cells, wires, put)
    for duration_ms in (20.0, 19.0, 17.0, 3.0, 1.0):
        same(nest.run(circuit, duration_ms), fast.run(circuit, duration_ms))
    assert not np.allclose(fast.run(circuit, 20.0).weights[wires[0].name], 0.1)


@here
def test_threads_change_no_spike():
    wires = Projection("In", "Out", "all-to-all", 3.0, 2.0), Projection("Out", "Out", "all-but-self", 0.9, 3.0)
    put = Input("In", tuple(range(20)) * 3, tuple(float(t) for t in range(3) for _ in range(20)))
    circuit = Circuit((Population("In", 20), Population("Out", 40, replace(SLOW, i_offset=0.05))), wires, (put,))
    one = fast.run(circuit, 30.0)
    assert one.of("Out").sum() > 100
    same(nest.run(circuit, 30.0, threads=2), one)


@here
@pytest.mark.usefixtures("one_process")
def test_one_learning_synapse_keeps_ca3_from_nest():
    """With each delay a step longer its functional experiment runs there, but for pairs at Delta = 0 onto CueCont."""
    net = ca3.circuit(5, 10)
    starts, put = ca3.schedule([operation for operation, _ in FUNCTIONAL], 10, 10, 5, 10)
    put = [spike for spike in put if spike[0] != "InAch"]
    name, time, neuron = (np.array(column) for column in zip(*put, strict=True))
    given = {"duration_ms": starts[-1], "inputs": Spikes(np.zeros(len(put), int), time, name, neuron)}
    with pytest.raises(nm.InputError, match="delay_ms of InCue->CueCue must be two steps or more"):
        nest.run(net, **given)
    longer = [replace(p, delay_ms=p.delay_ms + 1) for p in net.projections]
    dendritic = [p.plasticity and replace(p.plasticity, back_ms=2 * (p.delay_ms - 1)) for p in longer]
    wires = [replace(p, plasticity=rule) for p, rule in zip(longer, dendritic, strict=True)]
    with pytest.raises(nm.InputError, match="a synapse of ContCont->CueCont must see no two spikes at Delta = 0"):
        nest.run(replace(net, projections=wires), **given)
    rest = replace(net, projections=[replace(p, plasticity=None) if p.name == wiring.TO_CUE else p for p in wires])
    same(nest.run(rest, **given), fast.run(rest, **given))


@here
@pytest.mark.usefixtures("one_process")
def test_noise_has_the_law_of_the_other_engines():
    """The share of cells that a noise drives over their threshold, within 4 standard errors of Brian2's."""
    circuit = Circuit((Population("Out", 2000, replace(SLOW, tau_refrac=0.0), noise=0.35),))
    found = [len(engine.run(circuit, 20.0, rng=3)) / 40_000 for engine in (nest, brian)]
    error = np.sqrt(2 * found[1] * (1 - found[1]) / 40_000)
    assert 0.01 < found[1] < 0.5
    assert abs(found[0] - found[1]) < 4 * error


@pytest.mark.parametrize(
    ("wire", "must"),
    [
        (Projection("In", "Out", "one-to-one", 1.0, 1.0), "delay_ms of In->Out must be two steps or more"),
        (Projection("In", "Out", "one-to-one", 1.0, 3.0, plasticity=RULE), "back_ms of In->Out must be 4 ms"),
        (
            Projection("In", "Out", "one-to-one", 1.0, 3.0, plasticity=replace(RULE, back_ms=0.0)),
            "back_ms of In->Out must be 4 ms .* but was 0 ms",
        ),
        (
            Projection("In", "Out", "one-to-one", 1.0, 3.0, plasticity=replace(RULE, back_ms=4.0, pairing="nearest")),
            "pairing of In->Out must be all in NEST, but was 'nearest'",
        ),
        (Projection("In", "Out", "one-to-one", 1.0, 3.0, plasticity=Hebbian(2.0, 0.0)), "must be an STDP in NEST"),
        (
            Projection("In", "Out", "one-to-one", 1.0, 3.0, plasticity=replace(RULE, back_ms=4.0, gate="In")),
            "gate of In->Out must be None",
        ),
    ],
)
def test_what_nest_cannot_express_is_refused_with_the_reason(wire, must):
    with pytest.raises(nm.InputError, match=must):
        nest.run(chain(wire), 5.0)


@here
def test_a_pair_at_no_distance_and_a_volley_onto_learning_synapses_are_refused():
    wire = Projection("In", "Out", "one-to-one", 6.0, 2.0, plasticity=replace(RULE, back_ms=2.0))
    with pytest.raises(nm.InputError, match="Delta = 0"):
        nest.run(chain(wire, spikes=(0, 3)), 10.0)  # the target spikes at 2, which is seen with the source at 3
    with pytest.raises(nm.InputError, match="spike once a step"):
        nest.run(chain(wire, spikes=(0, 0)), 10.0)


def test_without_nest_the_way_to_get_it_is_told(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(nm.InputError, match=r"pip install 'neuromem\[nest\]'"):
        nest.run(chain(Projection("In", "Out", "one-to-one", 1.0, 2.0)), 5.0)
