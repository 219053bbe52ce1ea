"""Claims about the Hopfield network."""

from __future__ import annotations

from neuromem import metrics, patterns, theory
from neuromem.experiments.claims.claim import claim, mean
from neuromem.models import make

AGS = "Amit, Gutfreund & Sompolinsky 1987, Annals of Physics 173, 30"
AGS_DOI = "10.1016/0003-4916(87)90092-3"


@claim(
    "P01",
    "The replica-symmetric critical load of the Hopfield network at temperature 0 is 0.138.",
    AGS,
    link=AGS_DOI,
    published=0.138,
    within=0.0005,
    why="the paper prints three digits",
    cost="instant",
)
def critical_load():
    return theory.hopfield.critical_load()


@claim(
    "P08",
    "At temperature 0 and load 0.12 the overlap with the item is 0.9932, of 2000 units.",
    AGS,
    link=AGS_DOI,
    published=0.99322,
    within=0.004,
    why="finite size, about 0.002 at 2000 units, and three standard errors",
    cost="seconds",
)
def overlap_at_load(seed):
    items = patterns.random(240, 2000, rng=seed)
    return mean(metrics.overlap(make("hopfield", 2000).store(items).recall(items), items))
