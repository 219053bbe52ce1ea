"""Claims about following a state: which linear recurrences can, and learn to."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from neuromem.experiments._torch import alone
from neuromem.experiments.claims.claim import EXACT, Answer, Paper, claim, mean

GRAZZI = Paper("Grazzi et al. 2024, Unlocking State-Tracking in Linear RNNs", "arXiv:2411.12537")
SIEMS = Paper("Siems et al. 2025, DeltaProduct", "arXiv:2502.10297")
MOST = 400  # training steps


@claim(
    "ST01",
    "exact: a delta step multiplies what its key holds by 1 - b",
    standing="exact",
    published=(1.0, 0.9**8, 0.9**64, 0.9**512),
    within="0.1%",
    why=EXACT,
    cost="instant",
    needs=("torch",),
)
def signs_kept() -> Answer:
    """After 512 steps that turn its sign, a state of the delta rule has the size 1 with a rate of
    2; with a rate of 1.9 it has 0.43, 0.0012 and 4e-24 after 8, 64 and 512 steps."""
    import torch

    from neuromem.kernels.chunked import chunked

    def left(steps: int, rate: float) -> float:
        key = torch.zeros(steps, 4, dtype=torch.float64)
        key[:, 1] = 1.0
        state = torch.zeros(1, 4, dtype=torch.float64)
        state[0, 1] = 1.0
        return abs(float(chunked(key, key, torch.zeros_like(key[:, :1]), rate, state=state)[1][0, 1]))

    return left(512, 2.0), *(left(steps, 1.9) for steps in (8, 64, 512))


@claim(
    "ST02",
    "exact: reflections at 0, 60 and 120 degrees generate the permutations of three things",
    standing="exact",
    published=(1.0, 1.0),
    within=1e-9,
    why=EXACT,
    cost="instant",
    needs=("torch",),
)
def permutations_by_reflections(seed: int) -> Answer:
    """Two delta steps a token, with rates of 2, follow all of 512 random permutations of three
    things, and the state keeps its size of 1."""
    import torch

    from neuromem.kernels.chunked import chunked

    angle = np.deg2rad([0, 60, 120])
    mirror = np.stack([np.cos(angle), np.sin(angle)], 1)
    turned = np.eye(2) - 2 * mirror[:, :, None] * mirror[:, None]  # (mirror, 2, 2)
    pairs = list(itertools.product(range(3), range(3)))  # two mirrors: the three rotations, each in three ways
    rng = np.random.default_rng(seed)
    single = rng.random(512) < 0.5  # one mirror, and a step of rate 0
    chosen = np.array([pairs[n] for n in rng.integers(0, 9, 512)])
    rate = np.where(single[:, None], [2.0, 0.0], [2.0, 2.0])
    key = torch.tensor(mirror[chosen])
    start = torch.eye(2, dtype=torch.float64)
    axes = torch.eye(2, dtype=torch.float64)
    found = [
        chunked(axes[n].expand(512, 2), key, torch.zeros(512, 2, 2).double(), torch.tensor(rate), rule="delta_product",
                state=start)[0].numpy() for n in range(2)
    ]  # fmt: skip
    state, right, sizes = np.eye(2), [], []
    for t in range(512):
        for step in range(1 if single[t] else 2):
            state = state @ turned[chosen[t, step]]
        ours = np.stack([found[n][t] for n in range(2)], 1)
        right.append(np.abs(ours - state).max() < 1e-6)
        sizes.append(abs(np.linalg.det(ours)))
    return float(np.mean(right)), float(np.mean(sizes))


@alone
def followed(group: str, layer: str, seeds: range) -> list[float]:
    """Return the share of right answers at four times the length of training, of each seed."""
    import torch

    from neuromem import nn

    sizes: dict[str, Any] = {"group": group}
    found = []
    for seed in seeds:
        lessons, look, test = (
            nn.tasks.TASKS["products"](number, length=length, rng=3 * (seed % 2**32) + k, **sizes)
            for k, (number, length) in enumerate(((20_000, 16), (200, 16), (100, 64)))
        )
        torch.manual_seed(seed)
        model = nn.Transformer(
            lessons.vocabulary, 32, 1, mixer=lambda width: nn.make(layer, width), convolution=0, expansion=2
        )
        nn.training.train(model, lessons, look, rate=0.01, steps=MOST, rng=seed)
        found.append(nn.training.accuracy(model, test))
    return found


@claim(
    "M23",
    GRAZZI,
    published=1.0,
    within=0.01,
    why="the questions of a finite test",
    cost="minutes",
    needs=("torch",),
)
def parity(seed: int) -> Answer:
    """Linear recurrences with eigenvalues in [-1, 1] learn parity, an accuracy of 1: delta layers
    whose rate reaches 2, trained on 16 signs, at the parity of 64."""
    return mean(followed("signs", "fast_weights:heads=4:reflect=True", range(seed, seed + 3)))


@claim(
    "ST03",
    GRAZZI + " (argument: at chance)",
    standing="exact",
    published=0.5,
    within=0.1,
    why="the first signs of a sequence can be told",
    cost="minutes",
    needs=("torch",),
)
def parity_without_reflections(seed: int) -> Answer:
    """Trained on 16 signs, delta layers whose rate ends at 1 tell the parity of 64 by chance, an
    accuracy of 0.5."""
    return mean(followed("signs", "fast_weights:heads=4", range(seed, seed + 2)))


@claim(
    "ST04",
    SIEMS + " (which are solved)",
    published=(1.0, 0.0, 0.0),
    within=0.0,
    why="whether each seed is above 0.95 at four times the length of training",
    cost="minutes",
    needs=("torch",),
)
def permutations(seed: int) -> Answer:
    """Trained on 16 permutations of three things, a delta layer follows 64 of them with two steps a
    token and a rate that reaches 2 (1), but not with one step (0), nor with rates up to 1 (0)."""
    layers = ("rule=delta_product:reflect=True", "reflect=True", "rule=delta_product")
    seeds = range(seed, seed + 3)
    return [
        float(np.mean(np.array(followed("permutations", f"fast_weights:heads=4:{one}", seeds)) > 0.95)) for one in layers
    ]
