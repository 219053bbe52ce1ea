"""Claims about bindings of keys and values: complex states, holographic vectors, ARMT."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuromem.experiments.claims.claim import Answer, Paper, claim, mean
from neuromem.experiments.claims.fast_weights import unit_vectors
from neuromem.experiments.claims.layers import right
from neuromem.models import make

PAM = Paper("Agostino & Vishwakarma 2026, memory probes of their code", "arXiv:2604.05030")
ARMT = Paper("Rodkin et al. 2024, ARMT, equations of their code", "arXiv:2407.04841")


@claim(
    "PM01",
    PAM + " (their log)",
    published=(0.33, 0.948),
    within=(0.06, 0.03),
    why="the log is of one draw of 64 pairs: standard deviations of .06 and .03",
    cost="seconds",
    needs=("torch",),
)
def phases_of_few_units(seed: int) -> Answer:
    """A phase-associative state tells .33 of 64 complex pairs of 16 units apart, and .948 of 64
    pairs of 32."""
    import torch

    from neuromem.nn import PhaseAssociative

    sets = []
    for k in range(12):
        row = []
        for width in (16, 32):
            layer, rng = PhaseAssociative(2 * width).double(), np.random.default_rng(seed + k)
            x = unit_vectors(128, 2 * width, rng)  # real and imaginary part of a unit follow each other
            keys, values = (torch.tensor(part)[None, None] for part in (x[:64], x[64:]))
            _, state = layer.mix(keys, keys, values, None, rate=1.0, decay=1.0)
            read, told = (one[:, ::2] + 1j * one[:, 1::2] for one in (layer.look_up(keys, state)[0, 0].numpy(), x[64:]))
            row.append(right(np.abs(read @ told.conj().T), np.eye(64)).mean())
        sets.append(row)
    return mean(sets)


def by_fourier(pairs: int, seed: int, sets: int) -> float:
    """Top-1 of one holographic vector, from complex spectra alone."""
    rng, hits = np.random.RandomState(seed), 0
    for _ in range(sets):
        keys, values = rng.normal(size=(2, pairs, 64))
        k, v = (np.fft.fft(x / np.linalg.norm(x, axis=1, keepdims=True)) for x in (keys, values))
        read = np.fft.ifft(k.conj() * (k * v).sum(0)).real
        hits += int(((read @ values.T / np.linalg.norm(values, axis=1)).argmax(1) == np.arange(pairs)).sum())
    return hits / (sets * pairs)


@claim(
    "PM02",
    PAM + " (HRR beside their state)",
    published=(0.091, 0.012),
    within=(0.035, 0.015),
    why="the log is of one draw, 64 and 193 pairs: standard deviations of .035 and .01",
    cost="seconds",
    independent=lambda: [by_fourier(64, 1, 40), by_fourier(193, 2, 40)],
)
def one_holographic_vector(seed: int) -> Answer:
    """One vector of 64 units that holds pairs by circular convolution tells .091 of 64 pairs
    apart, and .012 of 193."""
    sets = []
    for k in range(40):
        row = []
        for pairs in (64, 193):
            rng = np.random.default_rng(seed + k)
            keys, values = unit_vectors(pairs, 64, rng), unit_vectors(pairs, 64, rng)
            read = make("holographic:keys=length:cleanup=False", 64).store(keys, values).recall(keys).items
            row.append(right(read, values).mean())
        sets.append(row)
    return mean(sets)


@claim(
    "AR01",
    ARMT + "; own derivation",
    standing="exact",
    published=(1.0, 1.0, 0.5, 5.0),
    within=1e-4,
    why="the constant 1e-5 of their divisors",
    cost="instant",
)
def counted_once() -> Answer:
    """After five writes of one pair ARMT recalls its whole value and counts its key once; with
    gamma = 1 it recalls half of the value and counts the key five times."""
    key, found = np.array([[0.5, -1.0, 1.5, 2.0]]), list[float]()
    for setting in ("True", "False"):
        memory: Any = make(f"armt:counts_once={setting}", 4)
        features = memory.store(key, [[1.0]]).synapses["weights"][0]  # f, as the value is 1
        for _ in range(4):
            memory.store(key, [[1.0]])
        found += [float(memory.recall(key).items[0, 0]), float(memory.synapses["counts"] @ features / (features @ features))]
    return found
