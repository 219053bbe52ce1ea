"""What a circuit and a run can't be made of is refused, by a line that names it; times are never rounded."""

import contextlib
import math
from dataclasses import fields, replace

import numpy as np
import pytest

import neuromem as nm
from neuromem.spiking import LIF, STDP, Circuit, Hebbian, Input, Pairs, Population, Projection, Random, Spikes, brian, fast
from neuromem.spiking.lattice import steps
from tests.test_spiking import ENGINES, RULE, SLOW, chain


def bad(**changes):
    return replace(Projection("In", "Out", "one-to-one", 6.0), **changes)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: chain(bad(delay_ms=0.5)), r"delay_ms of In->Out must be a finite number and at least 1, but was 0.5"),
        (
            lambda: chain(bad(delay_ms=1.5)),
            r"lie on the lattice of steps, but was 1.5 ms; give a multiple of step_ms, 1 ms",
        ),
        (lambda: chain(bad(weight=-1.0)), r"weight of In->Out .* at least 0, but was -1.0; .* the receptor gives the sign"),
        (lambda: chain(bad(pattern=Pairs((1,), (0,)))), r"a neuron of In in In->Out must be a whole number from 0 to 0"),
        (lambda: chain(bad(pattern="all")), r"pattern of In->Out must be one of 3 names"),
        (lambda: chain(bad(post="Ou")), r"an end of In->Ou must be one of 2 names, but was 'Ou'; known: In, Out"),
        (lambda: chain(bad(post="In")), r"target of In->In must be a population of cells"),
        (lambda: chain(bad(receptor="gaba")), r"receptor of In to Out"),
        (lambda: chain(bad(weight=10.0, plasticity=RULE)), r"at most 9"),
        (lambda: chain(bad(), bad()), r"projections .* 'In->Out' comes 2 times; tell them apart by label="),
        (lambda: Pairs((1,), ()), r"post must have 1 entries"),
        (lambda: Circuit(()), r"populations must hold at least one"),
        (
            lambda: Population("In", 1, "LIF"),
            r"cell of In must be a LIF, AdEx, .* or None for sources, but was 'LIF'",
        ),
        (lambda: LIF(cm=0.0, tau_m=1.0), r"cm must be a finite number and above 0"),
        (lambda: LIF(cm=0.1, tau_m=1.0, v_thresh=-61), r"v_thresh"),
        (lambda: fast.run(chain(bad()), 5.0, weights={"In->Out": [1.0]}), r"name in weights"),
        (lambda: fast.run(chain(bad(plasticity=RULE)), 5.0, weights={"In->Out": [9.5]}), r"lie in 0 to 9 nA"),
        (lambda: fast.run(chain(bad(), spikes=(-1,)), 5.0), r"time_ms of an input must be from 0"),
        (
            lambda: fast.run(replace(chain(bad()), inputs=(Input("In", (1,), (0.0,)),)), 5.0),
            r"input neurons of In must be 0 to 0",
        ),
        (lambda: fast.run(replace(chain(bad()), inputs=(Input("Out", (0,), (0.0,)),)), 5.0), r"population of an input"),
    ],
)
def test_bad_circuits_are_refused(make, message):
    with pytest.raises(nm.InputError, match=message):
        make()


OFF = {  # a time that is no multiple of the step, wherever a circuit has one
    "tau_refrac of Out": lambda t: chain(cell=replace(SLOW, tau_refrac=t)),
    "delay_ms of In->Out": lambda t: chain(bad(delay_ms=t)),
    "back_ms of In->Out": lambda t: chain(bad(plasticity=replace(RULE, back_ms=t))),
    "gate_ms of In->Out": lambda t: chain(bad(plasticity=replace(RULE, gate="In", gate_ms=t))),
    "window_ms of In->Out": lambda t: chain(bad(weight=0.0, plasticity=Hebbian(2.0, window_ms=t))),
    "time_ms of an input": lambda t: chain(bad(), spikes=(t,)),
    "duration_ms": lambda t: fast.run(chain(bad()), t),
    "time_ms of an input ": lambda t: fast.run(chain(bad()), 5.0, inputs=Spikes([0], [t], ["In"], [0])),
}


@pytest.mark.parametrize("where", OFF)
def test_a_time_off_the_lattice_is_refused_never_rounded(where):
    for time in (1.5, 2.5, 3.4, 2.0 + 1e-5):
        with pytest.raises(nm.InputError, match=rf"{where.strip()} must lie on the lattice of steps, but was {time:g} ms"):
            OFF[where](time)
    OFF[where](2.0)
    OFF[where](2.0 + 1e-7)  # rounding errors pass


def test_the_lattice_takes_multiples_that_rounding_moves():
    fine = replace(chain(cell=replace(SLOW, tau_refrac=0.0)), step_ms=0.1)
    every = replace(fine, inputs=(Input("In", [0] * 100, np.arange(100) * 0.1),))
    assert np.array_equal(np.rint(fast.run(every, 10.0).time_ms / 0.1), np.arange(100))
    assert fast.run(fine, 3 * 0.1).duration_ms == pytest.approx(0.3)
    with pytest.raises(nm.InputError, match=r"lattice of steps, but was 1 ms; give a multiple of step_ms, 0\.3 ms"):
        fast.run(replace(fine, step_ms=0.3), 1.0)


@pytest.mark.parametrize(("step", "delay"), [(0.1 * 3, 0.3), (0.1, 0.3 - 0.2), (0.1, 1 - 0.9), (0.1 * 3, 0.1 * 6)])
def test_the_shortest_delay_may_be_off_by_rounding_too(step, delay):
    """Spikes come as they do at the numbers that were meant."""
    plain = chain(cell=replace(SLOW, tau_refrac=0.0))
    meant, found = (
        fast.run(replace(plain, projections=(bad(delay_ms=late),), step_ms=dt), 30 * dt)
        for dt, late in ((round(step, 1), round(delay, 1)), (step, delay))
    )
    assert found.of("Out").any()
    assert np.array_equal(np.rint(found.time_ms / step), np.rint(meant.time_ms / round(step, 1)))
    assert np.array_equal(found.neuron, meant.neuron)


@pytest.mark.parametrize("step", [0.1, 0.1 * 3, 1.0])
@pytest.mark.parametrize("least", [0, 1, 6])
def test_times_below_the_least_are_refused_by_more_than_rounding(step, least):
    assert steps("delay_ms", least * step - 0.9e-6 * step, step, least) == least
    for time in (least * step - 1e-5 * step, (least - 1) * step, (least - 0.5) * step):
        with pytest.raises(nm.InputError, match=rf"^delay_ms must be a finite number and at least {least * step:g}"):
            steps("delay_ms", time, step, least)


def test_odd_spikes_name_what_is_odd():
    """An array without an axis has no length, and the step may be what does not fit."""
    good = {"copy": [0], "time_ms": [1.0], "population": ["In"], "neuron": [0]}
    for name in ("copy", "time_ms", "neuron"):
        with pytest.raises(nm.InputError, match=rf"^{name} must have shape \(spike,\)"):
            nm.spiking.Spikes(**good | {name: np.array(3)})
    with pytest.raises(nm.InputError, match=r"give a multiple of step_ms, 0\.7 ms"):
        replace(chain(), step_ms=0.7)


ODD = [
    None,
    True,
    "a",
    "",
    b"a",
    1j,
    [],
    {},
    object(),
    math.nan,
    math.inf,
    -1,
    -1.5,
    10**400,
    np.ones(2),
    int,
    [[1], [1, 2]],
]


MAKERS = {
    **{f"LIF.{f.name}": (lambda v, name=f.name: LIF(**{"cm": 0.2, "tau_m": 3.0, name: v})) for f in fields(LIF)},
    **{f"STDP.{f.name}": (lambda v, name=f.name: replace(RULE, **{name: v})) for f in fields(STDP)},
    **{f"Hebbian.{f.name}": (lambda v, name=f.name: replace(Hebbian(2.0, 1.0), **{name: v})) for f in fields(Hebbian)},
    **{f"Population.{f.name}": (lambda v, n=f.name: replace(Population("A", 1), **{n: v})) for f in fields(Population)},
    **{f"Projection.{f.name}": (lambda v, n=f.name: replace(bad(), **{n: v})) for f in fields(Projection)},
    **{f"Random.{f.name}": (lambda v, n=f.name: replace(Random(0.5), **{n: v})) for f in fields(Random)},
    **{f"Pairs.{f.name}": (lambda v, n=f.name: replace(Pairs((0,), (0,)), **{n: v})) for f in fields(Pairs)},
    **{f"Input.{f.name}": (lambda v, n=f.name: replace(Input("In", (0,), (0.0,)), **{n: v})) for f in fields(Input)},
    **{f"Spikes.{f.name}": (lambda v, n=f.name: replace(Spikes([0], [0], ["In"], [0]), **{n: v})) for f in fields(Spikes)},
    **{f"Circuit.{f.name}": (lambda v, n=f.name: replace(chain(bad()), **{n: v})) for f in fields(Circuit)},
    **{
        f"{engine.__name__}.run({name})": (
            lambda v, run=engine.run, n=name: run(**({"circuit": chain(bad(plasticity=RULE)), "duration_ms": 2.0} | {n: v}))
        )
        for engine in (fast, brian)
        for name in ("circuit", "duration_ms", "inputs", "copies", "weights", "rng", "keep_weights")
    },
    "fast.run(device)": lambda v: fast.run(chain(), 1.0, device=v),
    "brian.run(target)": lambda v: brian.run(chain(), 1.0, target=v),
    "engine": nm.spiking.engine,
    "from_json": Circuit.from_json,
    "load": Circuit.load,
    "of": lambda v: fast.run(chain(), 1.0).of(v),
    "connections": lambda v: chain().synapses(v),
}


@pytest.mark.parametrize("name", MAKERS)
def test_odd_values_are_taken_or_refused_by_an_input_error(name):
    for value in ODD:
        with contextlib.suppress(nm.InputError):
            MAKERS[name](value)


@pytest.mark.parametrize("value", [None, "a", 1j, math.nan, math.inf, object(), True])
@pytest.mark.parametrize("name", ["LIF.i_offset", "LIF.v_reset", "LIF.v_rest", "STDP.back_ms", "Hebbian.back_ms"])
def test_a_number_must_be_one(name, value):
    with pytest.raises(nm.InputError, match=f"{name.partition('.')[2]} must be a finite number"):
        MAKERS[name](value)


@pytest.mark.parametrize("rule", ["STDP", "Hebbian"])
@pytest.mark.parametrize("value", [0, 1.5, [], object(), True, ""])
def test_a_gate_must_be_a_name(rule, value):
    with pytest.raises(nm.InputError, match="gate must be a name"):
        MAKERS[f"{rule}.gate"](value)


@ENGINES
def test_a_circuit_too_large_for_memory_is_refused_beforehand(engine):
    wire = Projection("A", "B", "all-to-all", 1.0, plasticity=RULE)
    wide = Circuit((Population("A", 10**6), Population("B", 10**6, SLOW)), (wire,))
    with pytest.raises(nm.InputError, match=r"circuit must make arrays that fit .* 1,000,000,000,000 "):
        engine.run(wide, 1.0)
    with pytest.raises(nm.InputError, match=r"circuit must make arrays that fit"):
        engine.run(Circuit((Population("A", 2**31 - 1, SLOW),)), 1.0)
    with pytest.raises(nm.InputError, match=r"(copies|circuit) must make arrays that fit"):
        engine.run(chain(bad()), 1.0, copies=2**31 - 1)
