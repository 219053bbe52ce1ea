"""The cells of a circuit as flat arrays, in blocks that are stepped together."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from neuromem.spiking.arrivals import first_units, table
from neuromem.spiking.cells import BEGIN, LIF, PEAK, AdEx, Cell, Izhikevich
from neuromem.spiking.circuit import Circuit
from neuromem.spiking.populations import Population

LANES = 16  # cells of a block: stepped together, a row of vector registers
V, IE, II, READY = (n * LANES for n in range(4))  # where a block holds v, Ie, Ii and the end of refractoriness
BLOCK = 4 * LANES
R, DECAY, DECAY_E, DECAY_I, OFFSET, NOISE, THETA, RESET, HOLD, GAIN = range(10)  # columns of Cells.constants
LEAK, PULL, SHARP, TURN, FOLLOW, JUMP, KEPT, FAST_B, REVERSAL_E, REVERSAL_I, CONDUCTS = range(11)  # of Cells.curve
STRAIGHT, EXPONENTIAL, QUADRATIC = range(3)  # of Cells.kind
_POWERS = 40  # 2^40 steps is longer than any run
_AT_ONCE = 1e-9  # steps, of a current that is gone after one


class Cells(NamedTuple):
    """Populations in the order of their names, each filled up to whole blocks."""

    first: np.ndarray  # (population,) its first neuron
    population: np.ndarray  # (block,)
    unit: np.ndarray  # (block,) its first cell, counted without those that fill up blocks; it keys the noise
    restless: np.ndarray  # (block,) bool: has a drive or noise of its own, so it never sleeps
    start: np.ndarray  # (block * BLOCK + part * 2 * LANES,) the first State.cells
    constants: np.ndarray  # (block, 10) of equations (1) to (4); GAIN: (8)
    alone: np.ndarray  # (population, power, 5) what a cell becomes by itself: (8)
    kind: np.ndarray  # (block,) STRAIGHT: equations (1) to (4)
    curve: np.ndarray  # (population, 11) of equations (9) to (14)
    slow: np.ndarray  # (block * LANES,) the first State.slow
    outside: np.ndarray  # (block,) the current that background spikes raise, IE or II; 0: there are none
    strength: np.ndarray  # (population,) w k of a background spike
    below: np.ndarray  # (population, n) uniform number from which on more than n of them arrive in a step; 1 at the end


def blocks_of(circuit: Circuit, parts: int) -> Cells:
    """The populations of a circuit in blocks, and how their cells move."""
    populations, dt = sorted(circuit.populations, key=lambda p: p.name), circuit.step_ms
    sizes = np.array([p.size for p in populations])
    blocks = -(-sizes // LANES)
    first = LANES * (np.cumsum(blocks) - blocks)
    population = np.repeat(np.arange(len(populations)), blocks)
    lane = np.arange(LANES * len(population)).reshape(-1, LANES) - first[population, None]
    start = np.zeros((len(population), BLOCK))
    start[:, V : V + LANES][lane >= sizes[population, None]] = np.nan  # never fires
    constants, taus = np.zeros((len(populations), 10)), np.ones((len(populations), 3))
    kind, curve, slow = np.zeros(len(populations), int), np.zeros((len(populations), 11)), np.zeros(len(populations))
    for i, p in enumerate(populations):
        if p.body is not None:
            c, hold = p.body, round(p.body.tau_refrac / dt) + 1
            ends = [_AT_ONCE * dt] * 2 if c.synapses == "delta" else [c.tau_syn_e, c.tau_syn_i]
            if isinstance(c, Izhikevich):
                taus[i], resistance, theta, reset = np.array([1.0, *ends]) / dt, 0.0, PEAK, c.c
                kind[i], slow[i] = QUADRATIC, c.b * BEGIN
                curve[i, [PULL, FOLLOW, JUMP, FAST_B]] = dt, c.a, c.d, c.b
                start[population == i, V : V + LANES] += BEGIN
            else:
                taus[i], resistance = np.array([c.tau_m, *ends]) / dt, c.tau_m / c.cm
                theta, reset = (c.v_spike if isinstance(c, AdEx) else c.v_thresh) - c.v_rest, c.v_reset - c.v_rest
                kind[i] = EXPONENTIAL if _is_curved(c) else STRAIGHT
                curve[i] = _curve(c, dt)
            constants[i, :GAIN] = [resistance, *np.exp(-1 / taus[i]), c.i_offset, p.noise, theta, reset, hold]
    alone = _alone(constants[:, R], taus)
    constants[:, GAIN] = alone[:, 0, 3] / np.maximum(1 - constants[:, DECAY], 1 - constants[:, DECAY_E])  # r_n stays below
    outside, strength, below = _outside(populations, dt)
    restless = np.array([never_sleeps(p) for p in populations])
    unit = np.array(list(first_units(circuit).values()))[population] + lane[:, 0]
    flat = np.pad(start.ravel(), (0, 2 * LANES * parts))
    own = (
        constants[population],
        alone,
        kind[population],
        curve,
        np.repeat(slow[population], LANES),
        outside[population],
        strength,
        below,
    )
    return Cells(first, population, unit, restless[population], flat, *own)


def never_sleeps(p: Population) -> bool:
    """Whether the cells of a population are stepped in every step."""
    if p.body is None:
        return False
    return _is_curved(p.body) or p.body.i_offset != 0 or p.noise > 0 or p.background is not None


def _is_curved(c: Cell) -> bool:
    return not isinstance(c, LIF) or c.synapses == "conductance"


def _curve(c: LIF | AdEx, dt: float) -> np.ndarray:
    """A row of Cells.curve."""
    row = np.zeros(11)
    row[[LEAK, PULL, CONDUCTS]] = c.cm / c.tau_m, dt / c.cm, c.synapses == "conductance"
    row[[REVERSAL_E, REVERSAL_I]] = c.e_rev_e - c.v_rest, c.e_rev_i - c.v_rest
    if isinstance(c, AdEx):
        row[[SHARP, TURN]] = c.delta_t, c.v_thresh - c.v_rest
        row[[FOLLOW, JUMP, KEPT]] = c.a, c.b, math.exp(-dt / c.tau_w)
    return row


def _outside(populations: list[Population], dt: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The last three columns of Cells, (population,)."""
    current, strength = np.zeros(len(populations), int), np.zeros(len(populations))
    tables = [np.zeros(0)] * len(populations)
    for i, p in enumerate(populations):
        if p.background is not None and p.body is not None:
            current[i] = IE if p.background.receptor == "excitatory" else II
            strength[i] = p.background.weight * p.body.arrival(p.background.receptor, dt).k
            tables[i] = table(p.background.rate_hz, dt)
    longest = max(map(len, tables)) + 1
    return current, strength, np.stack([np.pad(t, (0, longest - len(t)), constant_values=1.0) for t in tables])


def _alone(resistance: np.ndarray, taus: np.ndarray) -> np.ndarray:
    """(cell, power, 5): d, a, b, r, f of a cell n = 2^power steps later, without input or spike.

        v <- d v + r Ie - f Ii,  Ie <- a Ie,  Ii <- b Ii                                    (8)
        r_1 = R (1 - d_1),  r_2n = r_n (d_n + a_n),  f alike with b

    taus: (cell, 3), of v, Ie and Ii, in steps.
    """
    factors = np.exp(-(2.0 ** np.arange(_POWERS))[:, None, None] / taus)  # (power, cell, 3)
    driven = np.empty((_POWERS, len(taus), 2))
    driven[0] = (resistance * (1 - factors[0, :, 0]))[:, None]
    for n in range(_POWERS - 1):
        driven[n + 1] = driven[n] * (factors[n, :, :1] + factors[n, :, 1:])
    return np.concatenate([factors, driven], 2).swapaxes(0, 1).copy()
