"""Claims about the lifetimes of what synapses hold."""

from __future__ import annotations

import numpy as np

from neuromem import theory
from neuromem.experiments import forgetting
from neuromem.experiments.claims.claim import PRINTED, Answer, Paper, claim, mean

AMIT = Paper("Amit & Fusi 1994, Neural Computation 6, 957", "10.1162/neco.1994.6.5.957")
CASCADE = Paper("Fusi, Drew & Abbott 2005, Neuron 45, 599", "10.1016/j.neuron.2005.02.001")
CHAIN = Paper("Benna & Fusi 2016, Nature Neuroscience 19, 1697", "10.1038/nn.4401")


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
