"""Claims about induction: which single layer finds what followed, and how two learn to find it."""

from __future__ import annotations

import numpy as np

from neuromem.experiments import induction
from neuromem.experiments.claims.claim import EXACT, Answer, Paper, claim, share

MOMENTUM = Paper("Momentum attention 2026, whose queries and keys move on with their differences", "arXiv:2602.04902")
BIRTH = Paper("Bietti et al. 2023, Birth of a Transformer: a Memory Viewpoint", "arXiv:2306.00802")
GAINS = (0.3, 0.6, 1.0, 2.0)
UNITS, TOKENS, TRIALS = 64, 64, 3000
FEW = "the simulation's few trials, and three standard errors of ours"


def found(gain: float, seed: int, *, sign: int, queries: bool = True, trials: int = TRIALS) -> int:
    """How many of the trials a layer answers rightly that has learned nothing.

    A sequence has 64 random tokens of length 1, and one of them once more, whose follower is asked
    for. Queries and keys are x_t + gain (x_t - x_(t-1)), keys times `sign`, values are x, and beta
    is 8. Without `queries`, the keys alone move on.
    """
    import torch

    from neuromem import nn

    layer = nn.Attention(UNITS, beta=8.0).requires_grad_(False)
    for projection, by in ((layer.query, 1), (layer.key, sign), (layer.value, 1), (layer.output, 1)):
        projection.weight.copy_(by * torch.eye(UNITS))
    rng, right = np.random.default_rng((seed, round(10 * gain), sign + 1, queries)), 0
    for _ in range(trials // 500):
        x = rng.standard_normal((500, TOKENS, UNITS), np.float32)
        x /= np.linalg.norm(x, axis=-1, keepdims=True)
        asked = rng.integers(0, TOKENS - 1, 500)
        tokens = torch.tensor(np.concatenate([x, x[np.arange(500), asked][:, None]], 1))
        moved = tokens + gain * tokens.diff(dim=1, prepend=torch.zeros_like(tokens[:, :1]))
        cue = moved if queries else tokens
        answer = layer.read(cue[:, -1:], layer.write(moved, tokens))
        right += int(((tokens[:, :-1] @ answer.mT)[..., 0].argmax(1).numpy() == asked + 1).sum())
    return right


def alone(gain: float, sign: int, queries: bool, trials: int = 200) -> float:
    """The same share, of other random numbers, one sequence after the other without torch."""
    rng, right = np.random.default_rng(5), 0
    for _ in range(trials):
        x = rng.normal(size=(TOKENS, UNITS))
        x /= np.sqrt((x * x).sum(1))[:, None]
        at = rng.integers(TOKENS - 1)
        told = np.vstack([x, x[at]])
        key = (1 + gain) * told
        key[1:] -= gain * told[:-1]
        scores = 8 * sign * key @ (key[-1] if queries else told[-1])
        weights = np.exp(scores - scores.max())
        right += np.argmax(x @ (weights @ told)) == at + 1
    return right / trials


@claim(
    "IN01",
    "exact: the key of the follower has the score -g (1 + g), that of the token itself (1 + g)^2",
    standing="exact",
    published=(0.0, 0.0, 0.0, 0.0),
    within=1e-9,
    why=EXACT,
    cost="instant",
    needs=("torch",),
    independent=lambda: [alone(gain, 1, True) for gain in GAINS],
)
def momentum_with_equal_projections(seed: int) -> Answer:
    """Momentum attention whose queries and keys have the same projection finds 0 of the followers
    in one layer, with a gain of 0.3, 0.6, 1 and 2."""
    return [found(gain, seed, sign=1, trials=500) / 500 for gain in GAINS]


@claim(
    "IN02",
    MOMENTUM + " (equations; the numbers are of an own simulation)",
    standing="simulation",
    published=(0.24, 0.43, 0.50, 0.49),
    within=0.03,
    why=FEW,
    cost="seconds",
    needs=("torch",),
    independent=lambda: [alone(gain, -1, True) for gain in GAINS],
)
def momentum_with_opposite_projections(seed: int) -> Answer:
    """With opposite projections of queries and keys, one layer of momentum attention finds 0.24,
    0.43, 0.50 and 0.49 of the followers, with a gain of 0.3, 0.6, 1 and 2."""
    return share([found(gain, seed, sign=-1) for gain in GAINS], TRIALS)


@claim(
    "IN03",
    MOMENTUM + " (equations, for keys alone; the numbers are of an own simulation)",
    standing="simulation",
    published=(0.02, 0.66, 0.98),
    within=0.03,
    why=FEW,
    cost="seconds",
    needs=("torch",),
    independent=lambda: [alone(gain, -1, False) for gain in (0.0, 0.6, 2.0)],
)
def momentum_of_keys_alone(seed: int) -> Answer:
    """Where the keys alone move on, with opposite projections, one layer finds 0.02, 0.66 and 0.98
    of the followers, with a gain of 0, 0.6 and 2."""
    return share([found(gain, seed, sign=-1, queries=False) for gain in (0.0, 0.6, 2.0)], TRIALS)


def taught(seed: int, length: int) -> dict[str, np.ndarray]:
    """What a network of two layers recalls and answers in 200 steps of training."""
    found = induction.point(seed=seed, length=length, width=128, triggers=5, vocabulary=65, batch=64, rate=0.2, steps=200)
    return {name: value[1] for name, value in found.items() if name != "seconds"}


@claim(
    "IN04",
    BIRTH + " (memories form top-down)",
    published=1.0,
    within=1e-9,
    why="a share of two networks, which is whole",
    cost="minutes",
    needs=("torch",),
    note="which of the other two is first differs: a probe among 5 triggers rises by fifths",
)
def first_keys_last(seed: int) -> Answer:
    """Of the three matrices by which two layers of attention learn induction, the keys of the first
    layer, which find the place before, become a memory last: after the output matrix and after the
    keys of the second layer."""
    output, second, first = np.array([taught(one, 64)["formed"] for one in (seed, seed + 1)]).T
    return float(((first > output) & (first > second)).mean())


@claim(
    "IN05",
    BIRTH + " (equations; the numbers are of an own simulation of one network)",
    standing="simulation",
    published=(0.95, 1.0, 1.0, 0.39),
    within=(0.05, 0.02, 0.2, 0.08),
    why="the simulation's one network; one trigger of five, ten places of 127",
    cost="minutes",
    needs=("torch",),
)
def induction_after_200_steps(seed: int) -> Answer:
    """After 200 steps two layers of attention with frozen embeddings of 128 dimensions answer 0.95
    of the outputs that only the sequence says; the output matrix recalls all tokens, the second
    keys all triggers, and the first keys 0.39 of the places before."""
    one = taught(seed, 128)
    return one["accuracy"][-1], *one["recalled"][:, -1]
