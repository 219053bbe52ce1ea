"""Claims about Sparsey: codes, their similarity, sequences, sizes, fading."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuromem import patterns
from neuromem.experiments import macrocolumn, sequence, similarity
from neuromem.experiments.claims.claim import Answer, Paper, claim, mean
from neuromem.models.sparsey import Sparsey, code_selection
from neuromem.models.sparsey_network import Fading, Level, SparseyNetwork

RINKUS = Paper("Rinkus 2014, Frontiers in Computational Neuroscience 8, 160", "10.3389/fncom.2014.00160")
RINKUS_2010 = Paper("Rinkus 2010, Frontiers in Neuroanatomy 4, 17", "10.3389/fnana.2010.00017")
SITE = "sparsey.com, a page of Rinkus's company (no book)"
PORT = "dcc-sparsey, an independent port (documentation)"
PLAIN = "independent implementation in plain NumPy"
ERRORS = "three standard errors of both"


@claim("B20", RINKUS + " (two public codes agree)", published=801, within=1e-6, why="a whole number", cost="instant")
def gain() -> Answer:
    """At familiarity 1 and 8 cells a module, the gain of the draw is eta = 801."""
    return code_selection.gain(np.ones(1), 0.1, 2.0, 100.0, 8)


def similar(stored: int, seed: int, trials: int = 100) -> Answer:
    """The overlap of codes at 0, 2, .. 12 active inputs shared with a stored item."""
    runs = [similarity.point(seed=seed + k, stored=stored, **similarity.usual())["overlap"][1][::2] for k in range(trials)]
    return mean(np.array(runs))


@claim("B21", PLAIN, standing="simulation", published=similarity.INDEPENDENT[1][0], within=0.035, why=ERRORS, cost="seconds")
def similarity_of_one(seed: int) -> Answer:
    """With one item stored, inputs that share 0, 2, .. 12 of its 12 active units get codes that
    share from 0.124 to 0.981 of its winners."""
    return similar(1, seed)


@claim("B22", PLAIN, standing="simulation", published=similarity.INDEPENDENT[20][0], within=0.04, why=ERRORS, cost="seconds")
def similarity_of_twenty(seed: int) -> Answer:
    """With 20 items stored, inputs that share 0, 2, .. 12 of the active units of the first get
    codes that share from 0.126 to 0.962 of its winners."""
    return similar(20, seed)


@claim("B23", SITE + ", capacity study", standing="memory", published=39168, within=0, why="a whole number", cost="instant")
def weights_of_study() -> Answer:
    """The macrocolumn of the capacity study, 9 modules of 16 cells on 12 x 12 pixels, has 39,168
    weights."""
    level = Level((1, 1), modules=9, cells=16, field=12, H=1)
    return SparseyNetwork(144, levels=[level], lines="on").cost.synapses


@claim(
    "B24",
    SITE + ", sequence demo",
    standing="memory",
    published=1.0,
    within=0.02,
    why="all frames are right",
    cost="seconds",
)
def demo(seed: int) -> Answer:
    """A sequence of 13 random frames of 10 x 10 pixels with 5 active comes back whole from its
    first frame."""
    rng = np.random.default_rng(seed)
    items = np.where(rng.random((1, 13, 100)).argsort(-1).argsort(-1) < 5, 1, -1).astype(np.int8)
    level = Level((1, 1), modules=10, cells=18, field=10, first=3, U=3, H=3)
    memory = SparseyNetwork(100, levels=[level], lines="on", backoff=None, rng=seed).store(items)
    cue = np.where(np.arange(13)[:, None] < 1, items, 0)
    return float((np.asarray(memory.recall(cue)) == items).all(2).mean())


def cued(modules: int, sequences: int, seed: int, trials: int = 12) -> Answer:
    """Winners that are right when every frame is shown."""
    return mean([sequence.capacity(seed=seed + k, modules=modules, sequences=sequences)["cued"] for k in range(trials)])


@claim(
    "B25", PLAIN, standing="simulation", published=sequence.INDEPENDENT[9][20][0], within=0.02, why=ERRORS, cost="minutes"
)
def twenty_sequences(seed: int) -> Answer:
    """After 20 sequences of 10 frames, 0.986 of the winners of 9 modules are right where every
    frame is shown."""
    return cued(9, 20, seed, trials=6)


@claim(
    "B26", PLAIN, standing="simulation", published=sequence.INDEPENDENT[9][30][0], within=0.09, why=ERRORS, cost="minutes"
)
def thirty_sequences(seed: int) -> Answer:
    """After 30 sequences of 10 frames, 0.732 of the winners of 9 modules are right where every
    frame is shown."""
    return cued(9, 30, seed)


@claim(
    "B27",
    PORT,
    standing="memory",
    published=(0.927, 0.5),
    within=(0.08, 0.2),
    why="shares of runs; the port's sizes are not stated",
    cost="minutes",
    note=(
        "neuromem tells the order in every run of 10 sequences of 10 frames; the port's sizes and its measure are not stated"
    ),
)
def order(seed: int) -> Answer:
    """Frames in their order are more familiar than shuffled ones in 0.927 of the runs with
    horizontal weights, and in half without."""
    runs = [sequence.capacity(seed=seed + k, modules=9, sequences=10) for k in range(12)]
    told = np.mean([run["in_order"] > run["shuffled"] for run in runs])
    return told, without_order(seed)


def without_order(seed: int) -> float:
    """The share of runs that tell the order by inputs alone, ties counting half."""
    rng, told = np.random.default_rng(seed), []
    for k in range(12):
        items = np.where(rng.random((10, 10, 144)).argsort(-1).argsort(-1) < 10, 1, -1).astype(np.int8)
        level = Level((1, 1), modules=9, cells=16, field=12, first=3, U=3, H=3)
        memory = SparseyNetwork(144, levels=[level], lines="on", backoff=None, rng=seed + k).store(items)
        known = memory.familiarity(items, inputs="U")[:, 1:].mean()
        other = memory.familiarity(items[:, rng.permutation(10)], inputs="U")[:, 1:].mean()
        told.append(0.5 if abs(known - other) < 1e-3 else float(known > other))
    return float(np.mean(told))


@claim("B28", RINKUS_2010, published=1.0, within=1e-9, why="a count of operations", cost="minutes")
def constant_work(seed: int) -> Answer:
    """A recall takes as many operations with 1000 items stored as with 10: their ratio is 1."""
    items = patterns.random(1000, 256, rng=seed)
    few, many = (Sparsey(256, rng=seed).store(items[:count]) for count in (10, 1000))
    return float(np.mean(many.recall(items[:10]).operations) / np.mean(few.recall(items[:10]).operations))


@claim(
    "B29",
    SITE + ", capacity studies 1 to 3",
    standing="memory",
    published=(1.0, 1.0, 1.0, 1.0),
    within=0,
    why="signs of the differences",
    cost="minutes",
)
def capacity_grows(seed: int) -> Answer:
    """With two of twelve active pixels moved the items held grow (1, 1) and the bits a synapse fall
    (1, 1) from 12 modules of 8 cells to 24 of 16 and 48 of 32."""
    sizes: dict[str, Any] = {"units": 144, "active": 12, "power": 3.0, "moved": 2}
    runs = [
        [macrocolumn.point(seed=seed + trial, modules=q, cells=k, **sizes) for trial in range(5)]
        for q, k in ((12, 8), (24, 16), (48, 32))
    ]
    names = ("held", "bits_per_synapse")
    held, bits = (np.array([np.mean([one[name][1][1] for one in run]) for run in runs]) for name in names)
    return [*(np.diff(held) > 0).astype(float), *(np.diff(bits) < 0).astype(float)]


@claim(
    "B30",
    SITE + "; public code of Sparsey",
    standing="memory",
    published=(2000, 3000, 4000, 4000, 6000, 8000, 127, 120, 50),
    within=0,
    why="whole numbers",
    cost="instant",
)
def fading() -> Answer:
    """Weights fade at the ages 2000, 3000 and 4000 frames, set again at 4000, 6000 and 8000, and
    are worth 127, 120 and 50 until then."""
    one = Fading()
    return [*one.ages[0], *one.ages[1], *one.weights]


@claim(
    "B34",
    PORT,
    standing="memory",
    published=(1.0, 0.802, 0.604, 0.446, 0.270),
    within=0.08,
    why="the port's sizes are not stated",
    cost="seconds",
    note=(
        "familiarity under noise hangs on sizes and numbers of items that the port does not state; "
        "these are 8 items of 10 in 100"
    ),
)
def familiarity_under_noise(seed: int) -> Answer:
    """With 0, 0.2, 0.4, 0.6 and 0.8 of its active units moved, a stored item has familiarity 1,
    0.802, 0.604, 0.446 and 0.270."""
    found = []
    for k in range(20):
        rng = np.random.default_rng(seed + k)
        items = patterns.sparse(8, 100, activity=0.1, rng=rng)
        memory = Sparsey(100, modules=12, cells=8, lines="on", power=1, rng=seed + k).store(items)
        found.append([memory.familiarity(_moved(items, number, rng)).mean() for number in (0, 2, 4, 6, 8)])
    return mean(np.array(found))


def _moved(items: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    out = items.copy()
    for row in out:
        on, off = rng.permuted(np.flatnonzero(row > 0)), rng.permuted(np.flatnonzero(row < 0))
        row[on[:number]], row[off[:number]] = -1, 1
    return out


@claim(
    "B31",
    SITE + ", MNIST results",
    published=0.91,
    within=0.02,
    why="a share of 100 to 700 images a class",
    cost="hours",
    untestable="the skeletons of 16 x 24 pixels and the geometry of the two levels are not public, and MNIST is not here",
)
def skeletons() -> Answer:
    """Two levels tell the digits of MNIST right in 91 % of the cases, after 200 binary skeletons
    of each class."""
    return np.nan


@claim(
    "B32",
    SITE + ", Weizmann",
    published=(0.67, 0.98),
    within=0.03,
    why="a share of 90 videos",
    cost="hours",
    untestable="the Weizmann videos are not here, and neuromem reads no videos",
)
def events() -> Answer:
    """Events of the Weizmann set are told with 67 %, and the same 90 videos at 40 % noise with
    98 %."""
    return np.nan


@claim(
    "B33",
    SITE + ", six levels",
    published=(14558, 6806262),
    within=0,
    why="whole numbers",
    cost="hours",
    untestable="the modules and fields of the hierarchy of 64, 25, 9, 9 and 1 macrocolumns are not public",
)
def hierarchy() -> Answer:
    """The hierarchy of six levels has 14,558 cells and 6,806,262 weights."""
    return np.nan
