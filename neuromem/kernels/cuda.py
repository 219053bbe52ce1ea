"""The kernels on a CUDA device: their launchers, over the bodies that the CPU runs.

A block of threads shares a cue. Each thread takes every n-th unit, item or cell of it, and runs the body on slices such as
`x[:, lane::lanes]`, in which neighbouring threads read neighbours. Imported when the first array on a device arrives, as
numba.cuda takes a tenth of a second.
"""

from __future__ import annotations

import math
from typing import Any

import array_api_compat
import numba
import numba.cuda
from numba.extending import overload

from neuromem.arrays import move_beside
from neuromem.checks import refusal

from . import cliques, counter, glauber, selection
from .bits import bit, ones

cuda: Any = numba.cuda  # its intrinsics have no types of their own
THREADS = 4 if numba.config.ENABLE_CUDASIM else 128  # type: ignore[attr-defined]  # a block; the simulator is slow


def home(number: int) -> Any:
    """The device of that number, for numba: in a with block it is the one in use."""
    if not cuda.is_available():
        was, way_out = "numba finds none", "see `neuromem doctor`, or work on the CPU"
        raise refusal("a CUDA device", "come with a driver that numba.cuda can use", was, way_out)
    if number >= len(cuda.gpus):
        raise refusal("device", f"be below cuda:{len(cuda.gpus)}, as {len(cuda.gpus)} are here", f"was cuda:{number}")
    return cuda.gpus[number]


def _number(array: Any) -> int:
    """The number of the device where an array lies."""
    device = array_api_compat.device(array)
    numbers = (getattr(device, name, None) for name in ("id", "index"))  # CuPy's, torch's
    return next((number for number in numbers if isinstance(number, int)), 0)


def _launch(kernel: Any, blocks: int, *arguments: Any) -> None:
    """Runs `blocks` blocks of the kernel on the device where its first argument lies."""
    with home(_number(arguments[0])):
        kernel[blocks, THREADS](*arguments)


def _free(number: int) -> int:
    """Bytes free on a device; what the pools of CuPy or torch hold back is not counted."""
    with home(number):
        return cuda.current_context().get_memory_info().free


def fits(number: int, what: str, batch: int, each: int) -> None:
    """Refuses a batch of cues or copies that need more memory, `each` so many bytes, than is free, with one that fits."""
    if batch * each > (free := _free(number)):
        must = f"fit in the {free / 1e9:.2f} GB that are free on the device"
        way_out = f"give at most {free // each:,} {what} at a time" if free >= each else "free memory, or use the CPU"
        raise refusal(what, must, f"{batch:,} of them need {batch * each / 1e9:.2f} GB", way_out)


def _fits(beside: Any, cues: int, each: int) -> None:
    fits(_number(beside), "cues", cues, each)


def _room(beside: Any, *shape: int, dtype: Any = None) -> Any:
    """Memory on the device of an array, of its type unless told otherwise."""
    xp = array_api_compat.array_namespace(beside)
    return xp.empty(shape, dtype=dtype or beside.dtype, device=array_api_compat.device(beside))


@overload(ones, target="cuda")
def _ones(word):
    return lambda word: cuda.popc(word)  # the device's compiler does not see it in the form in `bits.py`


@cuda.jit(device=True)
def _over(part, most, parts):
    """The sum, or the largest, of the parts of all threads of a block; each gets it. parts: (thread,), shared."""
    cuda.syncthreads()
    parts[cuda.threadIdx.x] = part
    cuda.syncthreads()
    total = parts[0]
    for lane in range(1, cuda.blockDim.x):
        if not most:
            total += parts[lane]
        elif parts[lane] > total:
            total = parts[lane]
    return total


@cuda.jit
def _weights(outgoing, bias, h, orders, beta, sweeps, seed, spins, steps, converged, operations):
    cue, lane, lanes = cuda.blockIdx.x, cuda.threadIdx.x, cuda.blockDim.x
    own = slice(lane, None, lanes)
    steps[cue], converged[cue], operations[cue] = glauber._settle_weights(
        outgoing[:, own], bias[own], spins[cue], h[cue], h[cue, own], orders, beta, sweeps, seed, cue, cuda.syncthreads
    )


def weights(outgoing: Any, bias: Any, orders: Any, beta: float, sweeps: int, seed: int, spins: Any, *ended: Any) -> None:
    xp = array_api_compat.array_namespace(spins)
    _fits(spins, len(spins), math.prod(spins.shape[1:]) * bias.dtype.itemsize)
    h = _room(bias, *spins.shape)
    _launch(_weights, len(spins), outgoing, bias, h, move_beside(xp, orders, spins), beta, sweeps, seed, spins, *ended)


@cuda.jit
def _spin_patterns(x, push, pull, floating, overlap, gain, orders, beta, sweeps, seed, spins, steps, converged, operations):
    cue, lane, lanes = cuda.blockIdx.x, cuda.threadIdx.x, cuda.blockDim.x
    own, parts = slice(lane, None, lanes), cuda.shared.array(THREADS, numba.float64)
    steps[cue], converged[cue], passes = glauber._settle_spin_patterns(
        x[:, own],
        push,
        pull,
        floating,
        spins[cue],
        overlap[cue, own],
        gain[cue, own],
        orders,
        beta,
        sweeps,
        seed,
        cue,
        _over,
        parts,
    )
    operations[cue] = passes * x.shape[1]


def spin_patterns(
    x: Any,
    push: Any,
    pull: Any,
    floating: bool,
    orders: Any,
    beta: float,
    sweeps: int,
    seed: int,
    spins: Any,
    *ended: Any,
) -> None:
    xp, cues, items = array_api_compat.array_namespace(spins), len(spins), x.shape[1]
    push, pull, orders = (move_beside(xp, table, spins) for table in (push, pull, orders))
    _fits(spins, cues, items * (4 + push.dtype.itemsize))
    overlap, gain = _room(spins, cues, items, dtype=xp.int32), _room(push, cues, items)
    overlap[...] = 0
    settings = orders, beta, sweeps, seed
    _launch(_spin_patterns, cues, x, push, pull, floating, overlap, gain, *settings, spins, *ended)


@cuda.jit
def _real_patterns(v, c, full, e, a, powers, orders, beta, sweeps, seed, spins, steps, converged, operations):
    cue, lane, lanes = cuda.blockIdx.x, cuda.threadIdx.x, cuda.blockDim.x
    own, parts = slice(lane, None, lanes), cuda.shared.array(THREADS, numba.float64)
    steps[cue], converged[cue], passes = glauber._settle_real_patterns(
        v[:, own],
        c[own],
        full,
        spins[cue],
        e[cue][:, own],
        a[cue][:, own],
        powers[cue, own],
        orders,
        beta,
        sweeps,
        seed,
        cue,
        _over,
        parts,
    )
    operations[cue] = passes * c.size


def real_patterns(
    v: Any, c: Any, full: Any, kept: int, orders: Any, beta: float, sweeps: int, seed: int, spins: Any, *ended: Any
) -> None:
    xp, cues, items = array_api_compat.array_namespace(spins), len(spins), len(c)
    _fits(spins, cues, 8 * items * (kept + len(full) + 1))
    e, a, powers = _room(c, cues, kept, items), _room(c, cues, len(full), items), _room(c, cues, items)
    e[...] = 0
    e[:, 0] = 1
    full, orders = move_beside(xp, full, spins), move_beside(xp, orders, spins)
    _launch(_real_patterns, cues, v, c, full, e, a, powers, orders, beta, sweeps, seed, spins, *ended)


def _each(kernel: Any, number: int, *arguments: Any) -> None:
    """A thread for each of `number` entries; the kernel strides over them."""
    _launch(kernel, min(-(-number // THREADS), 2**16), *arguments)


@cuda.jit
def _shared(rows, cues, out):
    for at in range(cuda.grid(1), out.size, cuda.gridsize(1)):
        row, cue = at // out.shape[1], at % out.shape[1]
        count = 0
        for word in range(rows.shape[1]):
            count += ones(rows[row, word] & cues[cue, word])
        out[row, cue] = count


@cuda.jit
def _distance(rows, cues, out):
    for at in range(cuda.grid(1), out.size, cuda.gridsize(1)):
        row, cue = at // out.shape[1], at % out.shape[1]
        count = 0
        for word in range(rows.shape[1]):
            count += ones(rows[row, word] ^ cues[cue, word])
        out[row, cue] = count


@cuda.jit
def _sums(weights, active, out):
    for at in range(cuda.grid(1), out.size, cuda.gridsize(1)):
        cue, j = at // out.shape[1], at % out.shape[1]
        count = 0
        for i in range(weights.shape[0]):
            if active[cue, i]:
                count += bit(weights[i, j // 64], j % 64)
        out[cue, j] = count


def shared(rows: Any, cues: Any, out: Any) -> None:
    _each(_shared, math.prod(out.shape), rows, cues, out)


def distance(rows: Any, cues: Any, out: Any) -> None:
    _each(_distance, math.prod(out.shape), rows, cues, out)


def sums(weights: Any, active: Any, out: Any) -> None:
    _each(_sums, math.prod(out.shape), weights, active, out)


@cuda.jit
def _learn(weights, lines, seed, first, power, floor, bend, gain, codes, familiarity, u, reached, chance, no_tie):
    lane, lanes, modules = cuda.threadIdx.x, cuda.blockDim.x, codes.shape[1]
    cells, own, parts = len(weights) // modules, slice(lane, None, lanes), cuda.shared.array(THREADS, numba.float64)
    for item in range(len(lines)):
        active = selection._inputs(weights[own], lines[item], u[own])
        for some in range(lane, active + 1, lanes):
            chance[some] = selection._chance(some, active, power)
        cuda.syncthreads()
        G = _over(selection._best(u, active, power, no_tie, codes[item], lane, lanes), False, parts) / modules
        familiarity[item] = G
        eta = selection._eta(G, floor, bend, gain, cells)
        for q in range(lane, modules, lanes):
            uniform = counter.uniform(seed, first + item, selection._DRAW, q)
            winner = selection._drawn(u, q, cells, eta, chance, uniform, reached[q])
            codes[item, q] = winner
            for w in range(lines.shape[1]):
                weights[q * cells + winner, w] |= lines[item, w]
        cuda.syncthreads()


def learn(weights: Any, lines: Any, *arguments: Any) -> None:
    """One block, as items are learnt one after the other."""
    xp, modules = array_api_compat.array_namespace(lines), arguments[-2].shape[1]
    u, reached = _room(lines, len(weights), dtype=xp.int64), _room(lines, modules, len(weights) // modules, dtype=xp.float64)
    chance, no_tie = _room(reached, 64 * lines.shape[1] + 1), _room(reached, len(weights))
    no_tie[...] = 0
    _launch(_learn, 1, weights, lines, *arguments, u, reached, chance, no_tie)


@cuda.jit
def _recognise(weights, lines, tie, power, codes, familiarity, u):
    item, lane, lanes = cuda.blockIdx.x, cuda.threadIdx.x, cuda.blockDim.x
    own, parts = slice(lane, None, lanes), cuda.shared.array(THREADS, numba.float64)
    active = selection._inputs(weights[own], lines[item], u[item, own])
    cuda.syncthreads()
    best = selection._best(u[item], active, power, tie, codes[item], lane, lanes)
    familiarity[item] = _over(best, False, parts) / codes.shape[1]


def recognise(weights: Any, lines: Any, tie: Any, *arguments: Any) -> None:
    xp = array_api_compat.array_namespace(lines)
    _fits(lines, len(lines), 8 * len(weights))
    u = _room(lines, len(lines), len(weights), dtype=xp.int64)
    _launch(_recognise, len(lines), weights, lines, move_beside(xp, tie, lines), *arguments, u)


@cuda.jit(device=True)
def _winners(weights, code, line):
    """How many winners of a code know a line."""
    cells, count = len(weights) // code.size, 0
    for q in range(code.size):
        count += bit(weights[q * cells + code[q], line // 64], line % 64)
    return count


@cuda.jit
def _decode(weights, codes, items, quorum):
    for at in range(cuda.grid(1), items.size, cuda.gridsize(1)):
        item, j = at // items.shape[1], at % items.shape[1]
        off = 0 if quorum else _winners(weights, codes[item], items.shape[1] + j)
        items[item, j] = selection._sign(_winners(weights, codes[item], j), off, quorum)


def decode(weights: Any, codes: Any, items: Any, quorum: int) -> None:
    _each(_decode, math.prod(items.shape), weights, codes, items, quorum)


@cuda.jit
def _retrieve(weights, states, packed, cells, top, steps, taken, settled, score):
    cue, lane, lanes = cuda.blockIdx.x, cuda.threadIdx.x, cuda.blockDim.x
    parts, state, words = cuda.shared.array(THREADS, numba.float64), states[cue], packed[cue]
    span = cells if cells > 64 else 64  # clusters that share words are one thread's
    step, still = 0, False
    while step < steps and not still:
        for i in range(lane, state.size, lanes):
            score[cue, i] = state[i] + cliques._support(weights[i], words, cells, top)
        cuda.syncthreads()
        changed = False
        for start in range(span * lane, state.size, span * lanes):
            stop = start + span if start + span < state.size else state.size
            changed |= cliques._choose(score[cue], state, words, start, stop, cells)
        still = _over(1.0 if changed else 0.0, True, parts) == 0
        step += 1
    taken[cue], settled[cue] = step, still


def retrieve(weights: Any, states: Any, *arguments: Any) -> None:
    xp = array_api_compat.array_namespace(states)
    _fits(states, len(states), 8 * states.shape[1])
    _launch(_retrieve, len(states), weights, states, *arguments, _room(states, *states.shape, dtype=xp.int64))


@cuda.jit(device=True)
def _near(addresses, start, sign, known, most, number, near):
    """The active ones of THREADS locations from `start` on, number[0] of them, in `near`: both shared, in no order."""
    location, differ = start + cuda.threadIdx.x, 0
    if cuda.threadIdx.x == 0:
        number[0] = 0
    cuda.syncthreads()
    if location < addresses.shape[1]:
        for w in range(addresses.shape[0]):
            differ += ones((addresses[w, location] ^ sign[w]) & known[w])
        if differ <= most:
            near[cuda.atomic.add(number, 0, 1)] = location
    cuda.syncthreads()


@cuda.jit
def _read(addresses, counters, signs, known, unknown, radius, sums, active):
    cue, count, most = cuda.blockIdx.x, 0, (2 * radius - unknown[cuda.blockIdx.x]) // 2
    number = cuda.shared.array(1, numba.int64)
    near = cuda.shared.array(THREADS, numba.int64)
    for start in range(0, counters.shape[0], THREADS):
        _near(addresses, start, signs[cue], known[cue], most, number, near)
        count += number[0]
        for at in range(number[0]):
            for unit in range(cuda.threadIdx.x, counters.shape[1], THREADS):
                sums[cue, unit] += counters[near[at], unit]
        cuda.syncthreads()
    active[cue] = count


def read(addresses: Any, counters: Any, signs: Any, known: Any, unknown: Any, radius: int, size: int, *found: Any) -> None:
    _launch(_read, len(signs), addresses, counters, signs, known, unknown, radius, *found)


@cuda.jit
def _write(addresses, counters, signs, known, unknown, values, radius):
    start = cuda.blockIdx.x * THREADS
    number = cuda.shared.array(1, numba.int64)
    near = cuda.shared.array(THREADS, numba.int64)
    for item in range(len(signs)):
        _near(addresses, start, signs[item], known[item], (2 * radius - unknown[item]) // 2, number, near)
        for at in range(number[0]):
            for unit in range(cuda.threadIdx.x, counters.shape[1], THREADS):
                counters[near[at], unit] += values[item, unit]
        cuda.syncthreads()


def write(addresses: Any, counters: Any, *arguments: Any) -> None:
    """A block for each THREADS locations, so that no two add to one counter."""
    _launch(_write, -(-len(counters) // THREADS), addresses, counters, *arguments)
