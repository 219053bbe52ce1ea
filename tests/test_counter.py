"""Counter-based random numbers against the same equations in Python's whole numbers, and that no two uses share one."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections import defaultdict
from itertools import combinations

import numba
import numpy as np
import pytest
from scipy.stats import chi2, kstest

import neuromem as nm
from neuromem.kernels import counter
from neuromem.kernels.counter import Stream
from neuromem.spiking import fast


def splitmix(x: int) -> int:
    """SplitMix64's next output, with Python's whole numbers."""
    x = (x + 0x9E3779B97F4A7C15) % 2**64
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB % 2**64
    return x ^ (x >> 31)


def number(seed: int, stream: int, trial: int, step: int, unit: int) -> float:
    """Equation (1), as a number in [0, 1)."""
    state = splitmix(seed)
    for part in ((stream << 48) + trial, step, unit):
        state = splitmix((state + part) % 2**64)
    return (state >> 11) / 2**53


def test_the_mixer_is_splitmix64():
    """The first outputs from state 0, as published with the algorithm."""
    state, outputs = 0, []
    for _ in range(3):
        with np.errstate(over="ignore"):
            outputs.append(int(counter.mix(np.uint64(state))))
        state = (state + 0x9E3779B97F4A7C15) % 2**64
    assert outputs == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


@numba.njit
def compiled(seed, stream, trials, step, units):
    found = np.empty((len(trials), len(units)))
    for i in range(len(trials)):
        for j in range(len(units)):
            found[i, j] = counter.uniform(seed, stream, trials[i], step, units[j])
    return found


@pytest.mark.parametrize("stream", Stream)
def test_compiled_and_array_numbers_are_those_of_the_equation(stream):
    trials, units = np.array([0, 1, 2**40]), np.array([0, 5, 2**33])
    for seed, step in ((0, 0), (2**63 - 1, 2**32 + 7)):
        expected = [[number(seed, stream, int(t), step, int(u)) for u in units] for t in trials]
        assert counter.uniforms(seed, stream, trials[:, None], step, units).tolist() == expected
        assert compiled(seed, stream, trials, step, units).tolist() == expected


ALONG = {
    "seed": lambda k: counter.uniforms(k, Stream.HEAT, 0, 0, 0),
    "trial": lambda k: counter.uniforms(0, Stream.HEAT, k, 0, 0),
    "step": lambda k: counter.uniforms(0, Stream.HEAT, 0, k, 0),
    "unit": lambda k: counter.uniforms(0, Stream.HEAT, 0, 0, k),
}


@pytest.mark.parametrize("key", ALONG)
def test_numbers_are_uniform_and_independent_along_every_key(key):
    """Kolmogorov and Smirnov's test, and a chi-square of neighbours on a grid of 16 x 16: p > 0.0001."""
    u = np.array([ALONG[key](k) for k in range(20_000)])
    assert kstest(u, "uniform").pvalue > 1e-4
    seen = np.histogram2d(u[:-1], u[1:], bins=16, range=[[0, 1], [0, 1]])[0]
    expected = (len(u) - 1) / 256
    assert chi2.sf(((seen - expected) ** 2 / expected).sum(), 255) > 1e-4


def test_normal_numbers_are_those_of_their_equation_and_normal():
    found = counter.normals(3, Stream.SCORE, np.arange(100)[:, None], 7, np.arange(200))
    for trial, unit in ((0, 0), (99, 0), (40, 199)):
        radius, angle = (number(3, Stream.SCORE, trial, 7, 2 * unit + one) for one in (0, 1))
        assert found[trial, unit] == pytest.approx(math.sqrt(-2 * math.log(1 - radius)) * math.cos(2 * math.pi * angle))
    assert kstest(found.ravel(), "norm").pvalue > 1e-4
    assert abs(np.corrcoef(found[:, :-1].ravel(), found[:, 1:].ravel())[0, 1]) < 4 / found.size**0.5


def test_streams_share_no_number():
    kept = [counter.uniforms(3, stream, np.arange(200)[:, None], 1, np.arange(50)) for stream in Stream]
    assert len(np.unique(kept)) == len(Stream) * 200 * 50


def test_orders_are_permutations_that_differ():
    orders = counter.orders(4, 16, 50)
    assert (np.sort(orders, axis=1) == np.arange(50)).all()
    assert len(np.unique(orders, axis=0)) == 16
    assert orders[3].tolist() == np.argsort([number(4, Stream.ORDER, 0, 3, unit) for unit in range(50)]).tolist()


def recall(memory, items):
    cues = nm.cues.erase(nm.cues.flip(items, 0.2, rng=1), 0.3, rng=2)
    memory.store(items).recall(cues)
    memory.recall(cues[:1])


def noisy_circuit():
    """Two cells with noise, in two copies."""
    cells = nm.spiking.Population("A", 2, nm.spiking.LIF(cm=0.27, tau_m=3.0), noise=1.0)
    fast.run(nm.spiking.Circuit((cells,)), 5.0, copies=2, rng=0)


def runs():
    """Things that draw random numbers, each from a seed of its own, since orders are kept for a seed."""
    items, heat = nm.patterns.random(3, 12, rng=0), {"temperature": 1.0, "steps": 18}
    frames = nm.patterns.random(12, 6, rng=0).reshape(3, 4, 6)
    return {
        "hopfield": lambda: recall(nm.Hopfield(12, rng=1, **heat), items),
        "hopfield, synchronous": lambda: recall(nm.Hopfield(12, updates="synchronous", rng=2, **heat), items),
        "dense": lambda: recall(nm.DenseHebbian(12, rng=3, **heat), items),
        "dense, large order": lambda: recall(nm.DenseHebbian(12, order=40, rng=4, **heat), items),
        "multitasking": lambda: recall(nm.Multitasking(12, rng=5, **heat), items),
        "sparsey": lambda: recall(nm.Sparsey(12, modules=20, cells=4), items),
        "sparsey network": lambda: nm.SparseyNetwork(6).store(frames).recall(frames),
        "noisy circuit": noisy_circuit,
        "resonator": lambda: recall(nm.Resonator(12, factors=3, cleanup="softmax"), items),
    }


OWN = ("orders", "normal", "normals")  # functions of the counter that use numbers

if __name__ == "__main__":  # the process in which functions are not compiled, so that each draw can be noted
    drawn: dict[str, set[float]] = {}
    bits, uniforms = counter.bits, counter.uniforms

    def caller():
        """The line that asks for a number, past those of the counter itself."""
        frame = sys._getframe(2)
        while frame.f_code.co_filename == counter.__file__ and frame.f_code.co_name not in OWN:
            frame = frame.f_back
        return f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}"

    def noted_bits(*key):
        found = bits(*key)
        drawn[caller()].add((int(found) >> 11) / 2**53)
        return found

    def noted_uniforms(*key):
        found = uniforms(*key)
        drawn[caller()].update(np.ravel(found).tolist())
        return found

    counter.bits, counter.uniforms = noted_bits, noted_uniforms
    uses = {}
    for name, run in runs().items():
        drawn = defaultdict(set)
        run()
        shared = {f"{a}, {b}": len(drawn[a] & drawn[b]) for a, b in combinations(sorted(drawn), 2)}
        uses[name] = {"drawn": {use: len(numbers) for use, numbers in drawn.items()}, "shared": shared}
    print(json.dumps(uses))


@pytest.fixture(scope="module")
def uses():
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONWARNINGS": "ignore"}
    ended = subprocess.run([sys.executable, __file__], env=environment, check=True, capture_output=True, text=True)
    return json.loads(ended.stdout)


def test_no_two_uses_in_a_run_share_a_number(uses):
    """Each line that draws is a use; `drawn` says how many numbers each took."""
    assert {name: sum(use["shared"].values()) for name, use in uses.items()} == dict.fromkeys(uses, 0)
    assert {name for name, use in uses.items() if len(use["drawn"]) < 2} == {"hopfield, synchronous"}
    assert min(count for use in uses.values() for count in use["drawn"].values()) > 0
