"""Synapses from one population to another, and the patterns in which they join their cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from neuromem import checks

from ._fields import numbers, set_fields, word
from .cells import Receptor
from .plasticity import STDP, Hebbian


@dataclass(frozen=True)
class Random:
    """Pattern of synapses: each pair is joined with the same probability, independently.

    Parameters
    ----------
    probability : float
        Probability of each pair, in [0, 1].
    seed : int, default 0
        The pairs depend on it alone.

    Raises
    ------
    InputError
        If a parameter is of another kind.

    Examples
    --------
    >>> Random(0.1).seed
    0
    """

    probability: float
    seed: int = 0

    def __post_init__(self) -> None:
        set_fields(self, probability=checks.fraction("probability", self.probability))
        set_fields(self, seed=checks.whole("seed", self.seed, least=0, most=2**63 - 1))


@dataclass(frozen=True)
class Pairs:
    """Pattern of synapses: a list of pairs, of which each is one synapse, from pre[k] to post[k].

    Parameters
    ----------
    pre, post : sequence of int
        Neurons of the source and of the target population.

    Raises
    ------
    InputError
        If one holds something else, or they differ in length.

    Examples
    --------
    >>> Pairs([0, 1], [1, 2]).pre
    (0, 1)
    """

    pre: tuple[int, ...]
    post: tuple[int, ...]

    def __post_init__(self) -> None:
        set_fields(self, pre=numbers("pre", self.pre, whole=True), post=numbers("post", self.post, whole=True))
        if len(self.pre) != len(self.post):
            raise checks.refusal("post", f"have {len(self.pre)} entries, one for each of pre", f"has {len(self.post)}")


@dataclass(frozen=True)
class Indegree:
    """Pattern of synapses: each target has the same number of them, from sources drawn at random.

    Sources are drawn with replacement, as by NEST's `fixed_indegree`, so that two synapses may join
    the same pair, and a cell may be joined to itself.

    Parameters
    ----------
    number : int
        Synapses onto each cell.
    seed : int, default 0
        The pairs depend on it alone.

    Raises
    ------
    InputError
        If a parameter is of another kind.

    Examples
    --------
    >>> Indegree(1000).seed
    0
    """

    number: int
    seed: int = 0

    def __post_init__(self) -> None:
        set_fields(self, number=checks.whole("number", self.number, least=0))
        set_fields(self, seed=checks.whole("seed", self.seed, least=0, most=2**63 - 1))


Named = Literal["one-to-one", "all-to-all", "all-but-self"]
Pattern = Named | Random | Indegree | Pairs


@dataclass(frozen=True)
class Projection:
    """Synapses from one population to another.

    A spike at t raises the current Ie or Ii of its target by w k at the end of step t + delay - dt,
    so that v first sees it at t + delay:

        Ie <- Ie + w k,   k = (tau_syn / dt) (1 - exp(-dt / tau_syn))                       (5)

    Ie is a current or a conductance; at delta synapses k is what moves v by w in that step.

    Parameters
    ----------
    pre, post : str
        Names of the source and of the target population.
    pattern : {"one-to-one", "all-to-all", "all-but-self"}, Random, Indegree or Pairs
        Which pairs are joined.
    weight : float or sequence of float
        Weight of all synapses, or of each of them, never negative: the receptor gives the sign. It
        is nA (`Izhikevich`: mV/ms), mV or µS, as the synapses of the target are. A plastic
        projection starts from it.
    delay_ms : float, default 1
        Delay, ms, a multiple of the step and at least one.
    receptor : {"excitatory", "inhibitory"}, default "excitatory"
        The current that is raised.
    plasticity : STDP or Hebbian, optional
        How the weights learn; by default they don't.
    label : str, optional
        Tells two projections between the same populations with the same receptor apart.

    Raises
    ------
    InputError
        If a parameter is of another kind, or a weight is negative or above the w_max of the
        plasticity.

    Examples
    --------
    >>> Projection("In", "Out", "one-to-one", 6.0, receptor="inhibitory").name
    'In-|Out'
    """

    pre: str
    post: str
    pattern: Pattern
    weight: float | tuple[float, ...]
    delay_ms: float = 1.0
    receptor: Receptor = "excitatory"
    plasticity: STDP | Hebbian | None = None
    label: str = ""

    def __post_init__(self) -> None:
        for end in ("pre", "post"):
            word(end, getattr(self, end))
        checks.instance("label", self.label, str, words="be a text")
        checks.choice(f"receptor of {self.pre} to {self.post}", self.receptor, get_args(Receptor))
        if not isinstance(self.pattern, Random | Indegree | Pairs):
            checks.choice(f"pattern of {self.name}", self.pattern, get_args(Named))
        words = "be a STDP, a Hebbian or None"
        checks.instance(f"plasticity of {self.name}", self.plasticity, STDP, Hebbian, type(None), words=words)
        delay_ms = checks.real(f"delay_ms of {self.name}", self.delay_ms, above=0)
        set_fields(self, delay_ms=delay_ms, weight=self._checked_weight())

    def _checked_weight(self) -> float | tuple[float, ...]:
        name, most = f"weight of {self.name}", self.plasticity.w_max if self.plasticity else np.inf
        way_out = "give its size; the receptor gives the sign"
        if not isinstance(self.weight, list | tuple | np.ndarray):
            return checks.real(name, self.weight, least=0, most=most, way_out=way_out)
        weights = numbers(name, self.weight)
        for one in {min(weights), max(weights)} if weights else ():
            checks.real(name, one, least=0, most=most, way_out=way_out)
        return weights

    @property
    def name(self) -> str:
        """The name "pre->post", or "pre-|post" where it inhibits, and the label."""
        return f"{self.pre}{'->' if self.receptor == 'excitatory' else '-|'}{self.post}{self.label and ' ' + self.label}"
