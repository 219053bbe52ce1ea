"""What a run starts from, and where one copy of a circuit stands."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .plan import Plan

NEVER = -(2**40)  # a step before all others
STEP, TAKEN, AWAKE, SPIKES, EVENTS = range(5)  # of State.progress


class Job(NamedTuple):
    """A run: copies of a planned circuit, with their input spikes and first weights."""

    plan: Plan
    steps: int
    copies: int
    copy: np.ndarray  # (input spike,) sorted by copy, step and neuron
    step: np.ndarray
    neuron: np.ndarray
    initial: np.ndarray  # (copy, or one for all, plastic synapse)
    keep_weights: bool
    seed: int


class State(NamedTuple):
    """Where one copy of a circuit stands."""

    cells: np.ndarray  # (block * BLOCK + part * 2 * LANES,) v, Ie, Ii and end of refractoriness of a block; noise currents
    awake: np.ndarray  # (block + 1,) the blocks to step come first
    slow: np.ndarray  # (block * LANES,) w of AdEx, u of Izhikevich
    firing: np.ndarray  # (block + 1,) the blocks with a spike in this step come first
    asleep: np.ndarray  # (block,) bool
    seen: np.ndarray  # (block,) step at which its cells were last right
    x_source: np.ndarray  # (outgoing,) trace of the source
    x_target: np.ndarray  # (incoming,) trace of the target
    source_seen: np.ndarray  # (outgoing,) step at which x_source was last right
    target_seen: np.ndarray  # (incoming,)
    opened: np.ndarray  # (rule,) step at which its gate was last opened
    weight: np.ndarray  # (plastic synapse,)
    begin: np.ndarray  # (step + 1,) where the spikes of a step begin among all spikes
    progress: np.ndarray  # (5,) next step, input spikes taken, blocks awake, spikes, synaptic events


class Given(NamedTuple):
    """Input spikes of one copy, sorted by step, then by neuron."""

    step: np.ndarray
    neuron: np.ndarray


def start(plan: Plan, steps: int, weight: np.ndarray) -> State:
    """The state before the first step."""
    blocks, outgoing, incoming = len(plan.cells.population), len(plan.outgoing.rule), len(plan.incoming.rule)
    awake = np.zeros(blocks + 1, np.int64)
    awake[: plan.cells.restless.sum()] = np.flatnonzero(plan.cells.restless)
    return State(
        cells=plan.cells.start.copy(),
        awake=awake,
        slow=plan.cells.slow.copy(),
        firing=np.zeros(blocks + 1, np.int64),
        asleep=~plan.cells.restless,
        seen=np.zeros(blocks, np.int64),
        x_source=np.zeros(outgoing),
        x_target=np.zeros(incoming),
        source_seen=np.full(outgoing, NEVER),
        target_seen=np.full(incoming, NEVER),
        opened=np.full(len(plan.rules.gate), NEVER),
        weight=weight.copy(),
        begin=np.zeros(steps + 1, np.int64),
        progress=np.array([0, 0, plan.cells.restless.sum(), 0, 0]),
    )
