"""Claims about conditioning: which rule learns as animals do."""

from __future__ import annotations

import numpy as np

from neuromem.experiments.claims.claim import EXACT, Answer, Paper, claim
from neuromem.experiments.conditioning import PHENOMENA, conditioned, learn

RESCORLA = "Rescorla & Wagner 1972, in the book Classical Conditioning II (equation, solved)"
OVEREXPECTED = Paper("Rescorla 1970, Learning and Motivation 1, 372", "10.1016/0023-9690(70)90101-3")
SIMULATED = "independent simulation"
FIVE = ("acquisition", "extinction", "blocking", "overshadowing", "second-order")


def responses(rule: str, *phases: tuple) -> np.ndarray:
    """The responses to A and B after phases of 30 presentations, at rate 0.2."""
    return learn(conditioned(f"pavlov:rule={rule}", 0.2), phases, 30, 0.0, np.random.default_rng(0))[-1]


def five(rule: str) -> list[float]:
    """Acquired, extinguished A, blocked B, overshadowed A after 30 showings, second-order B."""
    found = [responses(rule, *PHENOMENA[name]["group"]) for name in FIVE]
    found[3] = responses(rule, (None, "AB+"))
    return [one[1 if name in ("blocking", "second-order") else 0] for name, one in zip(FIVE, found, strict=True)]


def by_hand() -> list[float]:
    """Closed forms, and the second-order B by its recursion: A falls as B rises."""
    learnt, compound = 1 - 0.8**30, 1 - 0.6**30
    a, b = learnt, 0.0
    for _ in range(5):
        b += 0.2 * (a - b)
    return [learnt, learnt * 0.8**30, (1 - learnt) * compound / 2, compound / 2, b]


@claim(
    "T12",
    RESCORLA,
    standing="exact",
    published=(0.999, 0.001, 0.001, 0.5, 0.671),
    within=0.002,
    why="rounding",
    cost="instant",
    independent=by_hand,
)
def delta_rule() -> Answer:
    """With the delta rule, rate 0.2 and 30 presentations A is acquired to 0.999, extinguished to
    0.001, blocks B to 0.001, is overshadowed to 0.5, and makes B 0.671 in 5 presentations of
    second order."""
    return five("delta")


@claim(
    "T13",
    SIMULATED,
    standing="simulation",
    published=(6, 6, 6, 6, 6),
    within=0.02,
    why="sums of equal steps",
    cost="instant",
)
def hebb_rule() -> Answer:
    """Hebb's rule shows none of the five phenomena: A is 6 acquired, 6 after extinction and 6 in
    a compound, B is 6 after A and 6 by second order."""
    return five("hebb")


@claim(
    "T14",
    SIMULATED,
    standing="simulation",
    published=(1.92, 0.081, 1.92, 1.92, 1.26),
    within=0.02,
    why="rounding",
    cost="instant",
    independent=lambda: [2 * (1 - 0.9**30) * share for share in (1, 0.9**30, 1, 1, 0.9**4)],
)
def hebb_with_decay() -> Answer:
    """Hebb's rule with a decay of 0.9 shows extinction alone, by forgetting: A is 1.92, 0.081
    and 1.92, B is 1.92 after A and 1.26 by second order."""
    return five("hebb:decay=0.9")


@claim("T15", OVEREXPECTED, published=(0.5, 1.0), within=0.01, why="30 presentations of each phase", cost="instant")
def overexpectation() -> Answer:
    """A and B that were trained alone fall to 0.5 when they are reinforced together, and a
    control that rests stays at 1."""
    groups = PHENOMENA["overexpectation"]
    return [responses("delta", *groups[group])[0] for group in ("group", "control")]


@claim(
    "T17",
    Paper("Lubow 1973, Psychological Bulletin 79, 398", "10.1037/h0034425") + "; the failure of Rescorla & Wagner 1972",
    standing="exact",
    published=1.0,
    within=1e-9,
    why=EXACT,
    cost="instant",
)
def no_latent_inhibition() -> Answer:
    """The delta rule has no latent inhibition: after A alone, A is acquired as fast as by a
    control, and their ratio is 1."""
    groups = PHENOMENA["latent inhibition"]
    group, control = (responses("delta", *groups[name])[0] for name in ("group", "control"))
    return group / control


@claim(
    "T29",
    RESCORLA,
    standing="exact",
    published=(1.0, -1.0),
    within=0.05,
    why="60 presentations at a rate of 0.2",
    cost="instant",
)
def conditioned_inhibition() -> Answer:
    """Where A is reinforced and A with B is not, A comes to 1 and B to -1."""
    return responses("delta", (60, "A+", "AB-"))


@claim(
    "T18",
    Paper("Pearce & Hall 1980, Psychological Review 87, 532", "10.1037/0033-295X.87.6.532")
    + "; Mackintosh 1975; Sutton & Barto 1990",
    published=1.0,
    within=0.0,
    why="a phenomenon is there or not",
    cost="hours",
    untestable="neuromem has no rule whose associability changes, and no time within a trial",
)
def attention_to_stimuli() -> Answer:
    """Rules of attention to stimuli show latent inhibition, and rules in real time show the
    effects of the interval."""
    return np.nan
