"""Claims about systems that neuromem does not have, or whose data are not here."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from neuromem.experiments.claims.claim import Answer, Paper, claim


def absent(id: str, source: str, statement: str, published: float | Sequence[float], missing: str) -> None:
    """Enter a claim that can't be measured."""

    @claim(id, statement, source, published=published, within="5%", why="not measured", cost="hours", untestable=missing)
    def measure() -> Answer:
        return np.nan


absent(
    "M04",
    Paper("Kirkpatrick et al. 2017, PNAS 114, 3521", "10.1073/pnas.1611835114"),
    "Elastic weight consolidation keeps ten permutations of MNIST above 95 %.",
    0.95,
    "neuromem trains no classifier on tasks in turn, and MNIST is not here",
)
absent(
    "M12",
    Paper("Kepler & Abbott 1988, Journal de Physique 49, 1657", "10.1051/jphys:0198800490100165700"),
    "Basins of optimal weights end at a load of 2, where the stability is 0.",
    2.0,
    "neuromem has no theory of basins; `neuromem run basins` measures them",
)
absent(
    "M15",
    Paper("Krotov & Hopfield 2016, NeurIPS", "arXiv:1606.01164"),
    (
        "A dense memory of 2000 learnt items classifies MNIST with errors of 1.51, 1.44, 1.61 and "
        "1.80 % at n = 2, 3, 20 and 30."
    ),
    (1.51, 1.44, 1.61, 1.80),
    "MNIST is not here; `neuromem run classification --items FOLDER` measures it where it is",
)
absent(
    "M16",
    Paper("Agliari et al. 2023, Europhysics Letters 141, 11001", "10.1209/0295-5075/aca55f"),
    "At P = 4 and load 0.1 examples are learnt with labels up to a noise rho of 0.1944.",
    0.1944,
    "neuromem gives the examples that are needed, and not the end of learning in rho",
)
absent(
    "M17",
    Paper("Lucibello & Mézard 2024, Physical Review Letters 132, 077301", "10.1103/PhysRevLett.132.077301"),
    "All normal items are stable up to exp(0.184 N) of them.",
    0.184,
    "neuromem gives the load of all items for spins alone",
)
absent(
    "M20",
    Paper("Treves 1990, Physical Review A 42, 2418", "10.1103/PhysRevA.42.2418"),
    "Networks of threshold-linear units hold k C / (a ln 1/a) items, with k between 0.2 and 0.3.",
    0.25,
    "neuromem has the law and no network of graded units",
)
absent(
    "M21",
    Paper("Arora et al. 2023, Zoology", "arXiv:2312.04927"),
    "Attention solves multi-query associative recall at every width, an accuracy of 1.",
    1.0,
    "the training of the paper, 448 runs on eight GPUs, is beyond a run of the ledger",
)
absent(
    "M22",
    Paper("Schlag, Irie & Schmidhuber 2021, ICML, logs of setting 1", "arXiv:2102.11174"),
    "Trained keys of 64 units are told apart up to 60, 140, 280, 400 and 540 for linear "
    "attention, DPFP-1, -2, -3 and softmax.",
    (60, 140, 280, 400, 540),
    "neuromem does not train keys in this setting",
)
absent(
    "M24",
    Paper("Arora et al. 2024, Based", "arXiv:2402.18668"),
    "From states of 2^12.5 to 2^17 bytes the recall of Based rises from 0.54 to 0.99.",
    (0.54, 0.99),
    "the numbers are read from a figure, and the training takes GPU hours",
)
absent(
    "M26",
    Paper("Ramsauer et al. 2021, tables", "arXiv:2008.02217"),
    "Trained Hopfield layers classify immune repertoires with an area under the curve of 0.832.",
    0.832,
    "the data are not here",
)
absent(
    "M27",
    Paper("Millidge et al. 2022, Universal Hopfield Networks, ICML", "arXiv:2202.04557"),
    "By Manhattan distance more images of MNIST, CIFAR and ImageNet are recalled than by dot products, a ratio above 1.",
    1.0,
    "the numbers are in figures, the images are not here, and neuromem's attention has no Manhattan distance",
)
absent(
    "M29",
    Paper("Knoblauch, Palm & Sommer 2010, Neural Computation 22, 289", "10.1162/neco.2009.08-07-588"),
    "Compressed and with optimal discrete synapses, associative memory holds up to 1 bit a bit.",
    1.0,
    "neuromem has no zip nets",
)
absent(
    "M30",
    Paper("Johansson & Lansner 2007, Neural Networks 20, 48", "10.1016/j.neunet.2006.05.029"),
    "Networks of Bayesian confidence propagation hold more correlated items than Hebb's rule, a ratio above 1.",
    1.0,
    "neuromem has no Bayesian confidence propagation",
)
absent(
    "M31",
    "Peretto 1984, Biological Cybernetics 50, 51",
    "Under parallel updates the energy is -T sum ln 2 cosh(h / T), which is -0.6931 a unit at infinite temperature over T.",
    -math.log(2),
    "neuromem's energy is that of updates in turn",
)
absent(
    "S35",
    "Overmann, TriadicMemory (public code, no book)",
    "A triadic memory of 1000 units with 10 active holds (n / p)^3 = 10^6 triples.",
    1e6,
    "neuromem has no triadic memory",
)
absent(
    "B17",
    Paper("Ecker et al. 2022, eLife 11, e71850", "10.7554/eLife.71850"),
    "A network of 8000 pyramidal cells replays its learnt sequence.",
    1.0,
    "neuromem has no network that learns and replays sequences of place cells",
)
absent(
    "B19",
    Paper(
        "Stöckel, Jenzen, Thies & Rückert 2017, Frontiers in Computational Neuroscience 11, 71", "10.3389/fncom.2017.00071"
    ),
    "Spiking binary memories keep most of the information of a Willshaw memory, a share below 1.",
    1.0,
    "neuromem's spiking attractor is auto-associative, and the numbers are in figures",
)
