"""Claims about how long synapses remember, and about what later blocks of items overwrite."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import hadamard

from neuromem import metrics, patterns, theory
from neuromem.experiments import blocks, forgetting
from neuromem.experiments.claims.claim import EXACT, PRINTED, Answer, Paper, claim, mean
from neuromem.models import make
from neuromem.models.continual import Continual

AMIT = Paper("Amit & Fusi 1994, Neural Computation 6, 957", "10.1162/neco.1994.6.5.957")
CASCADE = Paper("Fusi, Drew & Abbott 2005, Neuron 45, 599", "10.1016/j.neuron.2005.02.001")
CHAIN = Paper("Benna & Fusi 2016, Nature Neuroscience 19, 1697", "10.1038/nn.4401")
KIRKPATRICK = Paper("Kirkpatrick et al. 2017, PNAS 114, 3521", "10.1073/pnas.1611835114")
HLOP = Paper("Xiao et al. 2024, ICLR", "arXiv:2402.11984")
PARISI = "Parisi 1986, J. Phys. A 19, L617"


@claim(
    "Y01",
    AMIT,
    standing="exact",
    published=(30.0, 21.0, 5.042),
    within=0.001,
    why="a closed form",
    cost="instant",
)
def binary() -> Answer:
    """Binary synapses of q = 0.3 and N = 10,000 find an item with the ratio 30.0, 21.0, 5.04
    after 0, 1, 5 items."""
    return 100 * theory.lifetimes.signal("binary", 0.3, np.array([0, 1, 5]))


@claim(
    "Y02",
    CASCADE + " (equations)",
    standing="exact",
    published=(0.4, 0.1313, 0.1684, 0.0389, 0.0123),
    within=6e-5,
    why=PRINTED,
    cost="instant",
)
def cascade() -> Answer:
    """A cascade of 5 depths has the signal 0.4, 0.1313, 0.1684, 0.0389, 0.0123 over sqrt(N) at
    age 0, 1, 2, 16, 32."""
    return theory.lifetimes.signal("cascade", 5, np.array([0, 1, 2, 16, 32]))


@claim(
    "Y03",
    CASCADE + " (equations)",
    standing="exact",
    published=(68, 371, 841, 1080),
    within=1,
    why="whole items",
    cost="instant",
)
def cascade_lifetimes() -> Answer:
    """At N = 1e6 cascades of 5, 8, 10, 12 depths remember 68, 371, 841, 1080 items."""
    return [theory.lifetimes.lifetime("cascade", n, 1e6) for n in (5, 8, 10, 12)]


@claim(
    "Y04",
    CHAIN + " (equations)",
    standing="exact",
    published=(0.2072, 0.1813, 0.0344, 0.0087, 0.00218),
    within=5e-5,
    why=PRINTED,
    cost="instant",
)
def chain() -> Answer:
    """A chain of 8 variables has the signal 0.2072, 0.1813, 0.0344, 0.0087, 0.00218 at age 0,
    1, 64, 1024, 16384."""
    return theory.lifetimes.signal("chain", 8, np.array([0, 1, 64, 1024, 16384]))


@claim(
    "Y05",
    CHAIN,
    published=-0.5,
    within=0.01,
    why="the law is one of a long chain",
    cost="instant",
)
def power_law() -> Answer:
    """The signal of a chain falls with the age t as t^(-1/2), here from 64 to 16,384."""
    first, last = theory.lifetimes.signal("chain", 8, np.array([64, 16384]))
    return np.log2(last / first) / 8


@claim(
    "Y06",
    "an independent simulation, standard errors 0.05",
    standing="simulation",
    published=(56.61, 18.65, 5.52),
    within=0.5,
    why="three standard errors of both",
    cost="seconds",
)
def cascade_simulated(seed: int) -> Answer:
    """Simulated, 20,000 cascades of 5 depths find an item with the ratio 56.61, 18.65, 5.52 at
    age 0, 1, 16."""
    rows = [forgetting.point(seed=seed + at, synapse="cascade:5", number=4000, measured=300)["signal"][1] for at in range(4)]
    return mean(np.sqrt(20_000) * np.array(rows)[:, [0, 1, 5]])


@claim(
    "Y07",
    KIRKPATRICK + " (own derivation)",
    standing="exact",
    published=0.0,
    within=1e-9,
    why=EXACT,
    cost="instant",
)
def consolidation() -> Answer:
    """Where the Fisher matrix of earlier items is diagonal, elastic weight consolidation learns
    block after block what least squares learn from all items at once: the difference is 0."""
    rng = np.random.default_rng(0)
    first, later = hadamard(16) / 4, rng.standard_normal((12, 16))
    later /= np.linalg.norm(later, axis=1, keepdims=True)
    keys, values = np.concatenate([first, later]), rng.standard_normal((28, 5))
    memory = Continual(16, rule="ewc", ridge=0.1).store(first, values[:16]).store(later, values[16:])
    joint = np.linalg.solve(keys.T @ keys + 0.1 * np.eye(16), keys.T @ values).T
    return float(np.abs(memory.synapses["weights"] - joint).max())


@claim(
    "Y08",
    HLOP + " (independent simulation)",
    standing="simulation",
    published=(0.0, 0.0),
    within=1e-4,
    why="printed as below 1e-4",
    cost="seconds",
)
def orthogonal_projection() -> Answer:
    """With old keys in 10 of 64 dimensions, the part of a key that a learnt subspace misses goes to
    0, and so does what new items change of old answers."""
    rng = np.random.default_rng(0)
    old = rng.standard_normal((64, 10)) @ np.linalg.qr(rng.standard_normal((64, 10)))[0].T
    old /= np.linalg.norm(old, axis=1, keepdims=True)
    memory = Continual(64, rows=10).store(old, rng.standard_normal((64, 64)))
    before, h = memory.recall(old).items, memory.synapses["subspace"]
    missed = np.linalg.norm(old - old @ h.T @ h, axis=1).max()
    after = memory.store(*rng.standard_normal((2, 20, 64))).recall(old).items
    return missed, float(np.linalg.norm(after - before) / np.linalg.norm(before))


@claim(
    "Y09",
    PARISI + " (independent simulation)",
    standing="simulation",
    published=0.053,
    within=0.01,
    why="three standard errors of both; bounds of 0.3 and 0.4 give 0.053 each, and ours is 0.35",
    cost="seconds",
)
def palimpsest(seed: int) -> Answer:
    """A Hopfield network of 200 units whose weights are bounded keeps the newest 0.053 N items,
    however many came before."""
    kept = []
    for at in range(12):
        x = patterns.random(120, 200, rng=np.random.default_rng((seed, at)))
        memory = make("hopfield:rule=palimpsest", 200, rng=seed + at).store(x)
        kept.append((metrics.overlap(memory.recall(x), x) > 0.95).sum() / 200)
    return mean(np.array(kept))


@claim(
    "Y10",
    "own derivation: the delta rule over keys without correlations",
    standing="exact",
    published=0.212,
    within=0.03,
    why="three standard errors, and keys of +1/-1",
    cost="seconds",
)
def overwritten(seed: int) -> Answer:
    """Of 8 pairs in 64 units the delta rule keeps an overlap of 0.212 once 88 more have come."""
    fixed: dict[str, Any] = {"correlation": 0.0, "units": 64, "blocks": 12, "size": 8}
    found = [blocks.point(seed=seed + at, model="pavlov:rule=delta", **fixed) for at in range(30)]
    return mean(np.array([one["first"][1][-1] for one in found]))
