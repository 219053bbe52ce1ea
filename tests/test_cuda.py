"""The CUDA launchers give the CPU's numbers: under numba's simulator, on a device, and as PTX."""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import array_api_compat.numpy
import numba.cuda
import numpy as np
import pytest

import neuromem as nm
from neuromem import arrays
from neuromem.arrays import on_device, to_host
from neuromem.experiments import phase_diagram
from neuromem.kernels import bits, cliques, glauber, locations, packed, selection
from neuromem.spiking import LIF, STDP, Circuit, Hebbian, Input, Population, Projection, fast

Place = Callable[[np.ndarray], Any]  # puts an array where the kernels shall run
Case = Callable[[Place], list[Any]]
FOLDER = Path(nm.kernels.__file__).parent


class Device(np.ndarray):
    """A NumPy array that says it lies on a device, for the simulator."""

    @property
    def __cuda_array_interface__(self):
        return self.__array_interface__


class CuPy:
    """As much of CuPy as `arrays.device_placer` needs, with one device."""

    class cuda:
        class runtime:
            CUDARuntimeError = RuntimeError
            getDeviceCount = staticmethod(lambda: 1)

        Device = staticmethod(contextlib.nullcontext)

    ndarray = type("ndarray", (), {})
    asarray = staticmethod(lambda array: np.asarray(array).copy().view(Device))


def pairwise(place: Place) -> list[Any]:
    rng, found = np.random.default_rng(0), []
    for dtype in (np.int16, np.float64):
        for units, batch, beta in ((1, 1, np.inf), (13, 3, np.inf), (7, 2, 0.7)):
            outgoing = np.asfortranarray(rng.integers(-3, 4, (units, units)).astype(dtype))
            spins, bias = rng.integers(-1, 2, (batch, units)), rng.integers(-2, 3, units)
            given = {"bias": place(bias), "beta": beta, "steps": 4, "seed": 5}
            for synchronous in (False, True):
                ended = glauber.weights(place(outgoing), place(spins), synchronous=synchronous, **given)
                assert {on_device(array) for array in ended} == {on_device(place(spins))}
                found += ended
    return found


def spin_patterns(place: Place) -> list[Any]:
    return many_body(place, [(4, "full", np.int8, (-1, 1)), (5, "distinct", np.int8, (-1, 1))])


def scaled_patterns(place: Place) -> list[Any]:
    v = nm.patterns.random(7, 18, rng=0)
    cues = nm.cues.erase(nm.cues.flip(v[:2], 0.2, rng=1), 0.3, rng=2)
    found = [*glauber.patterns(place(v.T), place(cues), order="exponential", steps=3)]
    for order, interactions, beta in ((60, "full", 20.0), (61, "full", np.inf), (17, "distinct", 1e3)):
        found += glauber.patterns(place(v.T), place(cues), order=order, interactions=interactions, beta=beta, steps=2)
    return found


def real_patterns(place: Place) -> list[Any]:
    diluted, sums = (np.int8, (-1, 0, 1)), (np.int16, (-3, 1, 2))
    return many_body(place, [(2, "full", *diluted), (4, "full", *diluted), (3, "distinct", *sums)])


def many_body(place: Place, networks: list[Any]) -> list[Any]:
    rng, found = np.random.default_rng(1), []
    for order, interactions, dtype, entries in networks:
        for units, items, beta in ((5, 1, np.inf), (7, 6, 0.02)):
            v = np.asfortranarray(rng.choice(entries, (units, items)).astype(dtype))
            c = place(rng.integers(1, 4, items).astype(float)) if dtype == np.int16 else None
            settings: dict[str, Any] = {"order": order, "interactions": interactions, "steps": 2, "seed": 3}
            start = place(rng.integers(-1, 2, (2, units)))
            found += glauber.patterns(place(v), start, strengths=c, beta=5 * beta * len(v) ** (order - 2), **settings)
    return found


def associated(place: Place) -> list[Any]:
    rng, found = np.random.default_rng(2), []
    for width, loops in ((1, True), (1, False), (70, True), (70, False)):
        keys, values = rng.random((3, width)) < 0.3, rng.random((3, width)) < 0.5
        kept = place(bits.pack(rng.random((width, width)) < 0.1))
        packed.associate(kept, place(np.asfortranarray(keys)), bits.pack(place(values)), loops=loops)
        found.append(kept)
    return found


def summed(place: Place) -> list[Any]:
    rng, found = np.random.default_rng(2), []
    for cues, width in ((1, 1), (3, 130)):
        kept, active = bits.pack(rng.random((7, width)) < 0.5), rng.random((cues, 7)) < 0.5
        found.append(packed.sums(place(kept), place(active), width))
    return found


CODES = ((1, 2, 3), (5, 4, 70))  # modules, cells, units


def kept_codes(modules: int, cells: int, units: int) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    rng = np.random.default_rng(3)
    rows = (rng.random((number, 2 * units)) < 0.5 for number in (modules * cells, 3))
    return (*map(bits.pack, rows), rng)  # type: ignore[return-value]


def learnt(place: Place) -> list[Any]:
    found = []
    for modules, cells, units in CODES:
        kept, lines, _ = kept_codes(modules, cells, units)
        there = place(kept)
        found += [*selection.learn(there, place(lines), modules, selection.Gain(power=3.0), 1, 4), there]
    return found


def recognised(place: Place) -> list[Any]:
    found = []
    for modules, cells, units in CODES:
        kept, lines, _ = kept_codes(modules, cells, units)
        found += selection.recognise(place(kept), place(lines), modules, selection.Gain(power=3.0), 1)
    return found


def decoded(place: Place) -> list[Any]:
    found = []
    for modules, cells, units in CODES:
        kept, _, rng = kept_codes(modules, cells, units)
        chosen = place(rng.integers(0, cells, (3, modules)).astype(np.int32))
        found += [selection.decode(place(kept), chosen, units, quorum) for quorum in (0, 2)]
    return found


def retrieved(place: Place) -> list[Any]:
    rng, found = np.random.default_rng(4), []
    for clusters, cells in ((2, 2), (17, 8), (3, 128)):
        width, own = clusters * cells, np.arange(clusters * cells) // cells
        edges = (rng.random((width, width)) < 0.3) & (own[:, None] != own[None])
        states = place(rng.random((2, width)) < 0.3)
        found += cliques.retrieve(place(bits.pack(edges)), states, cells, 3)
    return found


def written(place: Place) -> list[Any]:
    rng, found = np.random.default_rng(5), []
    for width, places, radius in ((1, 1, 1), (70, 9, 34)):
        addresses = place(np.ascontiguousarray(bits.pack(rng.random((places, width)) < 0.5).T))
        for dtype in (np.int8, np.float64):
            counters, keys = place(np.zeros((places, 6), dtype)), place(rng.integers(-1, 2, (3, width)))
            locations.write(addresses, counters, keys, place(2 * rng.integers(0, 2, (3, 6)) - 1), radius)
            found.append(counters)
    return found


def read(place: Place) -> list[Any]:
    rng, found = np.random.default_rng(6), []
    for width, places, radius in ((1, 1, 1), (70, 9, 34)):
        addresses = place(np.ascontiguousarray(bits.pack(rng.random((places, width)) < 0.5).T))
        cues = place(rng.integers(-1, 2, (3, width)))
        for counters in (rng.integers(-9, 10, (places, 6)).astype(np.int8), rng.normal(size=(places, 6))):
            found += locations.read(addresses, place(counters), cues, radius)
    return found


# a launcher for a device: the case that must reach it
KERNELS: dict[str, Case] = {
    "cliques.retrieve": retrieved,
    "glauber.reach": pairwise,
    "glauber.real_patterns": real_patterns,
    "glauber.scaled_patterns": scaled_patterns,
    "glauber.spin_patterns": spin_patterns,
    "glauber.weights": pairwise,
    "locations.read": read,
    "locations.write": written,
    "packed.associate": associated,
    "packed.sums": summed,
    "selection.decode": decoded,
    "selection.learn": learnt,
    "selection.recognise": recognised,
}


def sparsey(place: Place) -> list[Any]:
    found = []
    for lines, power in (("both", 2.0), ("on", 1.0)):
        items = nm.patterns.random(3, 37, rng=3)
        memory = nm.Sparsey(37, modules=5, cells=4, lines=lines, power=power, rng=1).store(place(items))
        recall = memory.recall(place(nm.cues.erase(items[:2], 0.3, rng=4)))
        found += [memory.codes, memory.code(place(items)), recall.items, recall.converged, recall.operations]
    return found


def networks(place: Place) -> list[Any]:
    items, found = nm.patterns.random(3, 11, rng=5), []
    cues = place(nm.cues.flip(items, 0.2, rng=6))
    spins = [nm.Hopfield(11), nm.Hopfield(11, temperature=0.5, steps=2), nm.Multitasking(11)]
    for memory in [*spins, nm.DenseHebbian(11), nm.DenseHebbian(11, order="exponential")]:
        recall = memory.store(place(items[:2])).store(place(items[2:])).recall(cues)
        found += [recall.items, recall.steps, recall.converged, recall.operations, memory.energy(cues)]
    return found


def maps(place: Place) -> list[Any]:
    device = "cuda" if on_device(place(np.ones(1))) else "cpu"
    settings: dict[str, Any] = {"seed": 1, "temperatures": (0.3, 1.0), "units": 8, "steps": 2, "device": device}
    found = [
        phase_diagram.hopfield(load=0.3, starts=1, **settings),
        phase_diagram.dense(load=0.05, starts=1, order=3, interactions="distinct", **settings),
        phase_diagram.multitasking(dilution=0.3, patterns=2, **settings),
    ]
    return [array for one in found for _, array in one.values()]


def circuit() -> Circuit:
    """Sources that drive two noisy cells, which learn by both rules, one of them behind a gate."""
    cells = Population("In", 3), Population("Gate", 1), Population("Out", 2, LIF(cm=0.27, tau_m=3.0), noise=3.0)
    wires = (
        Projection("In", "Out", "all-to-all", 4.0, delay_ms=2.0, plasticity=STDP(3.0, 3.0, 0.5, 0.3, w_max=9.0)),
        Projection("Out", "Out", "all-to-all", 2.0, plasticity=Hebbian(w_max=3.0, window_ms=2.0, gate="Gate", gate_ms=4.0)),
        Projection("In", "Out", "all-to-all", 3.0, receptor="inhibitory"),
    )
    inputs = Input("In", (2, 0, 1, 2), (1.0, 2.0, 2.0, 5.0)), Input("Gate", (0,), (3.0,))
    return Circuit(cells, wires, inputs)


def spiking(place: Place) -> list[Any]:
    device = "cuda" if on_device(place(np.ones(1))) else "cpu"
    record = fast.run(circuit(), 12.0, copies=3, rng=2, device=device)
    return [record.copy, record.time_ms, record.place, record.neuron, record.events, *record.weights.values()]


def binary(place: Place) -> list[Any]:
    """SDM, Willshaw and Cliques, of items and of pairs."""
    items, found = nm.patterns.random(3, 11, rng=5), []
    sparse = nm.patterns.sparse(3, 11, activity=0.3, rng=6)
    small: dict[str, Any] = {"locations": 9, "radius": 6}
    cases = [(memory, items, None) for memory in (nm.SDM(11, **small), nm.Willshaw(11), nm.Cliques(11))]
    cases += [
        (nm.Willshaw(11, activity=0.3, **setting), sparse, None) for setting in ({}, {"decision": "cue"}, {"threshold": 2})
    ]
    cases += [(nm.SDM(11, **small), items, items[:, :4]), (nm.Willshaw(11), items, items[:, :6])]
    for memory, keys, values in cases:
        paired = [None, None] if values is None else [place(values[:2]), place(values[2:])]
        memory.store(place(keys[:2]), paired[0]).store(place(keys[2:]), paired[1])
        recall = memory.recall(place(nm.cues.erase(keys, 0.2, rng=7)))
        assert on_device(recall.items) == on_device(place(keys))
        found += [recall.items, recall.steps, recall.converged, recall.operations, *memory.synapses.values()]
        memory.synapses = memory.synapses
        found.append(memory.recall(place(keys)).items)
    return found


MEMORIES: dict[str, Case] = {case.__name__: case for case in (sparsey, networks, maps, binary, spiking)}
CASES = KERNELS | MEMORIES


def answers(name: str, place: Place) -> dict[str, np.ndarray]:
    """What a case gives, by name; `place` puts its arrays where they shall be."""
    return {f"{name} {at}": to_host(array) for at, array in enumerate(CASES[name](place))}


def launchers(kind: str) -> dict[str, tuple[ModuleType, Callable[..., Any]]]:
    """The launchers "kernel.name" in the files cpu.py or cuda.py, with their modules."""
    found = {}
    for file in sorted(FOLDER.glob(f"*/{kind}.py")):
        module = importlib.import_module(f"neuromem.kernels.{file.parent.name}.{kind}")
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                found[f"{file.parent.name}.{node.name}"] = module, getattr(module, node.name)
    return found


@contextlib.contextmanager
def poisoned(xp: Any) -> Iterator[None]:
    """While new memory of the library holds 77 instead of what was there, by chance often zeros."""
    empty = xp.empty
    xp.empty = lambda *shape, **options: xp.full_like(empty(*shape, **options), 77)
    try:
        yield
    finally:
        xp.empty = empty


@contextlib.contextmanager
def on_a_device() -> Iterator[None]:
    """While NumPy's functions give arrays of the simulated device, as a device's library does."""
    xp = array_api_compat.numpy
    kept = {name: function for name, function in vars(xp).items() if inspect.isroutine(function)}

    def there(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        found = function(*arguments, **options)
        made = not arguments or not any(isinstance(argument, np.ndarray) for argument in arguments)
        moved = function.__name__ in ("asarray", "full_like") or any(isinstance(argument, Device) for argument in arguments)
        return found.view(Device) if type(found) is np.ndarray and (made or moved) else found

    for name, function in kept.items():
        setattr(xp, name, partial(there, function))
    try:
        with poisoned(xp):
            yield
    finally:
        for name, function in kept.items():
            setattr(xp, name, function)


if __name__ == "__main__":  # the process in which numba simulates a device
    from numba.cuda.simulator import kernel as simulator

    from neuromem.kernels import launch

    class Threads:
        """numba.cuda for other modules: the simulator serves a kernel's own module alone."""

        def __getattr__(self, name: str) -> Any:
            return getattr(simulator._get_kernel_context() or numba.cuda, name)

    launch.cuda = Threads()
    sys.modules["cupy"] = CuPy  # type: ignore[assignment]
    reached: set[str] = set()
    run, found = launch.run, {}  # type: ignore[var-annotated]

    def noted(name: str, function: Callable[..., Any], *arguments: Any) -> Any:
        reached.add(name)
        return function(*arguments)

    def refused(name: str, *arguments: Any) -> Any:
        pytest.fail(f"{name} ran on the CPU, but was given arrays of a device: ask `launcher` about the caller's own arrays")

    for name, (module, function) in launchers("cuda").items():
        setattr(module, name.partition(".")[2], partial(noted, name, function))
    for name, (module, _) in launchers("cpu").items():
        setattr(module, name.partition(".")[2], partial(refused, name))
    launch.run = lambda kernel, *arguments: noted(kernel.__name__, partial(run, kernel), *arguments)
    with on_a_device():
        for name in sys.argv[2:]:
            reached.clear()
            found |= answers(name, CuPy.asarray)
            found[f"reached {name}"] = np.array(sorted(reached), str)
    np.savez(sys.argv[1], **found)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def simulated(request, tmp_path_factory):
    """What the simulated device gives, in the cases that the tests which run ask for."""
    of_here = [test for test in request.session.items if test.path == request.path]
    tests = [test for test in of_here if "simulated" in getattr(test, "fixturenames", ())]
    named = [test.callspec.params["name"] for test in tests if hasattr(test, "callspec")]
    cases = named if len(named) == len(tests) else CASES
    file = tmp_path_factory.mktemp("simulated") / "found.npz"
    environment = os.environ | {"NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "1", "PYTHONWARNINGS": "ignore"}
    subprocess.run([sys.executable, __file__, str(file), *dict.fromkeys(cases)], env=environment, check=True)
    return np.load(file)


def agree(name: str, theirs: Mapping[str, np.ndarray]) -> None:
    """Whole numbers must be the CPU's own, others to 1e-12 of them."""
    for part, ours in answers(name, lambda array: array.copy()).items():
        assert ours.dtype == theirs[part].dtype
        np.testing.assert_allclose(theirs[part], ours, rtol=1e-12 if ours.dtype.kind == "f" else 0, err_msg=part)


@pytest.mark.parametrize("name", CASES)
def test_simulator(name, simulated):
    agree(name, simulated)


@pytest.mark.parametrize("name", KERNELS)
def test_arrays_of_a_device_reach_the_device(name, simulated):
    reached = simulated[f"reached {name}"]
    assert name in reached, f"{name} never ran on the device; what did is {', '.join(reached) or 'nothing'}"


def test_every_launcher_for_a_device_has_a_case_and_a_twin_on_the_cpu():
    assert set(launchers("cuda")) == set(KERNELS)
    assert set(KERNELS) <= set(launchers("cpu"))


def test_memories_reach_every_launcher_for_a_device(simulated):
    reached = {name for case in MEMORIES for name in simulated[f"reached {case}"]}
    assert set(KERNELS) <= reached, "a launcher that no memory reaches is to be reached or deleted"


def test_the_simulator_ran_every_kernel(simulated):
    files = FOLDER.glob("*/cuda.py")
    kernels = {name for file in files for name in re.findall(r"@cuda.jit\ndef (\w+)", file.read_text())}
    assert kernels <= {name for case in KERNELS for name in simulated[f"reached {case}"]}


def ready() -> bool:
    """Whether CuPy finds a device."""
    try:
        import cupy

        return cupy.cuda.runtime.getDeviceCount() > 0
    except Exception:
        return False


def test_the_benchmark_compares_equal_results():
    from neuromem.bench import cuda as suite

    for work in suite.works(array_api_compat.numpy, np.asarray, quick=True):
        np.testing.assert_array_equal(work.ours(), work.plain(), work.name)
        assert work.operations() > 0
        assert work.bytes() > 0


@pytest.mark.skipif(ready(), reason="a device is there")
def test_without_a_device_the_benchmark_says_so():
    from neuromem.bench import cuda as suite

    rows = list(suite.measure(quick=True))
    assert len(rows) == 12
    assert all(row.note.startswith("not measured: no CUDA device") and np.isnan(row.ours_s) for row in rows)


def test_a_batch_that_does_not_fit_is_refused_with_one_that_does(monkeypatch):
    from neuromem.kernels import launch

    monkeypatch.setattr(launch, "free", lambda number: 10**9)
    launch.fits(0, "cues", 10, 10**8)
    with pytest.raises(nm.InputError, match=r"1.00 GB that are free .* 11 of them need 1.10 GB; give at most 10 cues"):
        launch.fits(0, "cues", 11, 10**8)
    with pytest.raises(nm.InputError, match="use the CPU"):
        launch.fits(0, "cues", 1, 10**9 + 1)


@pytest.mark.parametrize("name", ["ca3", "dendrite", "resonator", "sparsey_network"])
def test_memories_of_the_cpu_refuse_arrays_of_a_device(name):
    with pytest.raises(nm.InputError, match=r"CUDA device; bring it over with cupy.asnumpy"):
        nm.models.ALL[name](64).store(nm.patterns.random(2, 64, rng=0).view(Device))


def test_a_cue_on_a_device_is_refused_by_a_memory_of_the_cpu():
    items = nm.patterns.random(2, 64, rng=0)
    with pytest.raises(nm.InputError, match=r"CUDA device; bring it over with cupy.asnumpy"):
        nm.Dendrite(64).store(items).recall(items.view(Device))


@pytest.mark.parametrize("memory", [nm.SDM(64), nm.Willshaw(64), nm.Cliques(64), nm.Hopfield(64)])
def test_items_and_cues_must_lie_in_one_place(memory):
    items = nm.patterns.random(2, 64, rng=0)
    memory.store(items)
    with pytest.raises(nm.InputError, match=r"lie on the device, but lies on the CPU"), on_a_device():
        memory.recall(items.view(Device))


@pytest.mark.skipif(ready(), reason="a device is there")
def test_without_a_driver_nothing_moves_to_the_cpu():
    items = nm.patterns.random(2, 16, rng=0).view(Device)
    for memory in (nm.Hopfield(16), nm.DenseHebbian(16), nm.Multitasking(16), nm.SDM(16), nm.Willshaw(16), nm.Cliques(16)):
        with on_a_device(), pytest.raises(nm.InputError, match="neuromem doctor"):
            memory.store(items).recall(items)
    with pytest.raises(nm.InputError, match="lie on the CPU"):
        nm.Hopfield(16, rule="storkey").store(items)


def test_devices_that_do_not_work_are_refused(monkeypatch):
    def refused(device, text, memories=()):
        with pytest.raises(nm.InputError, match=text):
            arrays.require_device_support(device, [(name, nm.models.ALL[name](8)) for name in memories])

    refused("gpu", "must be")
    refused("cuda:one", "must be")
    refused("cuda:" + "9" * 5000, "must be")  # more digits than Python makes a number of
    monkeypatch.setitem(sys.modules, "cupy", None)
    refused("cuda", r"pip install 'neuromem\[cuda\]'")
    monkeypatch.setitem(sys.modules, "cupy", CuPy)
    arrays.require_device_support("cuda:0", [("hopfield", nm.Hopfield(8))])
    refused("cuda:1", "below cuda:1, as 1 are here")
    refused("cuda", "dendrite does not", ["hopfield", "dendrite"])

    def too_old():
        raise RuntimeError("cudaErrorInsufficientDriver")

    monkeypatch.setattr(CuPy.cuda.runtime, "getDeviceCount", too_old)
    refused("cuda", "cudaErrorInsufficientDriver; install or renew the driver")


def test_what_lies_on_a_device_and_is_no_array_is_refused():
    with pytest.raises(nm.InputError, match="keys must be an array of real numbers"):
        nm.Hopfield(8).store(SimpleNamespace(__cuda_array_interface__={}))


def test_arrays_of_two_libraries_are_refused():
    torch = pytest.importorskip("torch")
    with pytest.raises(nm.InputError, match="spins must be an array of numpy on cpu, as outgoing, but was of torch on cpu"):
        glauber.weights(np.ones((3, 3), np.int16), torch.ones((2, 3)))


def test_fast_weights_stay_on_the_device_of_their_tensors():
    """Tensors of torch's device "meta" have no data: anything that fetched them would raise."""
    torch = pytest.importorskip("torch")
    from neuromem.kernels import chunked, fast_weights

    query, key, value = (torch.empty(2, 1, 40, 8, device="meta") for _ in range(3))
    rate, decay = (torch.empty(2, 1, 40, device="meta") for _ in range(2))
    forms = [(form, rule) for form in (chunked.quadratic, chunked.chunked) for rule in ("hebb", "delta")]
    forms += [(chunked.recurrent, rule) for rule in fast_weights.RULES if rule != "delta_product"]
    for form, rule in forms:
        found = form(query, key, value, rate, decay, rule=rule)
        outputs = found[0] if isinstance(found, tuple) else found
        assert outputs.device.type == "meta"
        assert outputs.shape == value.shape


@pytest.mark.skipif(not ready(), reason="no CUDA device, or no CuPy: pip install 'neuromem[cuda]'")
@pytest.mark.parametrize("name", CASES)
def test_device(name):
    import array_api_compat.cupy
    import cupy

    with poisoned(array_api_compat.cupy):
        agree(name, answers(name, cupy.asarray))


def compiles() -> bool:
    """Whether numba finds NVVM, the compiler of kernels, which needs no device."""
    try:
        from numba.cuda.cudadrv import nvvm

        return bool(nvvm.NVVM())
    except Exception:
        return False


@pytest.mark.skipif(not compiles(), reason="no NVVM: pip install 'numba-cuda[cu13]', or make ptx")
@pytest.mark.parametrize("name", KERNELS)
def test_ptx(name, monkeypatch):
    """Each kernel, for the types it is launched with, as PTX for compute capability 9.0."""
    from numba import cuda, typeof
    from numba.cuda import dispatcher

    from neuromem.kernels import launch

    made = {}

    def compiled(kernel, blocks, *arguments):
        types = tuple(map(typeof, arguments))
        if (kernel, types) not in made:
            made[kernel, types] = cuda.compile_ptx(kernel.py_func, types, cc=(9, 0))[0]

    monkeypatch.setattr(dispatcher, "get_current_device", lambda: SimpleNamespace(compute_capability=(9, 0)))
    monkeypatch.setattr(launch, "run", compiled)
    monkeypatch.setattr(launch, "fits", lambda *need: None)
    with on_a_device():
        KERNELS[name](CuPy.asarray)
    assert made
    for ptx in made.values():
        assert ".target sm_90" in ptx
        assert ".entry" in ptx


@pytest.mark.skipif(not compiles(), reason="no NVVM: pip install 'numba-cuda[cu13]', or make ptx")
def test_ptx_of_the_spiking_engine(monkeypatch):
    from numba import cuda, typeof
    from numba.cuda import dispatcher

    from neuromem.spiking.engines.fast import cuda as launcher
    from neuromem.spiking.engines.fast.plan import plan
    from neuromem.spiking.engines.fast.state import Job

    flat, none = plan(circuit())[0], np.zeros(0, int)
    monkeypatch.setattr(cuda, "to_device", lambda array: array)
    monkeypatch.setattr(cuda, "device_array", np.empty)
    given = launcher.arguments(Job(flat, 12, 3, none, none, none, np.zeros((1, 6 + 4)), True, 2), 100)
    after = given[0].cells, given[1].begin, given[5], np.zeros(3, int), np.empty((4, 5), np.int32)
    monkeypatch.setattr(dispatcher, "get_current_device", lambda: SimpleNamespace(compute_capability=(9, 0)))
    for kernel, arguments in ((launcher.kernel, given), (launcher.collect, after)):
        ptx, _ = cuda.compile_ptx(kernel.py_func, tuple(map(typeof, arguments)), cc=(9, 0))
        assert ".target sm_90" in ptx
