"""Rules by which the weights of a projection learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from neuromem import checks

from ._fields import set_fields, word


def _check_gate(rule: STDP | Hebbian) -> None:
    """Check what both rules have."""
    for name in ("back_ms", "gate_ms"):
        set_fields(rule, **{name: checks.real(name, getattr(rule, name), least=0)})
    if rule.gate is not None:
        word("gate", rule.gate)


@dataclass(frozen=True)
class STDP:
    """Additive pair rule with traces, and weights that are clipped to [0, w_max].

    A synapse sees a spike of its source at t_pre + delay_ms - dt, one step before v does, and one
    of its target at t_post + back_ms, so that the difference of time that counts is

        Delta = t_post + back_ms - (t_pre + delay_ms - dt)

    With traces that decay as exp(-t / tau), numbered on from `LIF` and `Projection`:

        a spike of the source is seen:
            w <- w - a_minus x_target;  x_source <- x_source + 1;  w is delivered           (6)
        a spike of the target is seen:
            x_target <- x_target + 1;  w <- w + a_plus x_source                             (7)

    In one step (7) comes before (6), so that Delta = 0 counts as depression; with first="pre" it
    is the other way round, and Delta = 0 counts as potentiation. With pairing="nearest" a spike
    sets its trace to 1, so that it is paired with the last spike of the other side alone.
    back_ms=0, first="pre" and a delay_ms that is longer by dt is what Brian2 does on its own.

    Parameters
    ----------
    tau_plus, tau_minus : float
        Time constants of x_source and x_target, ms.
    a_plus, a_minus : float
        Amplitudes of potentiation and depression, in the unit of the target's synapses.
    w_max : float
        Largest weight, in the unit of the target's synapses.
    back_ms : float, default 1
        Delay from a spike of the target to the synapse, ms, a multiple of the step.
    gate : str, optional
        Name of a population whose spikes stand for a neuromodulator. A spike of it at t clears the
        traces, and (6) and (7) change traces and weights only from t to t + gate_ms, both included.
        By default they always do.
    gate_ms : float, default 0
        How long the gate stays open, ms, a multiple of the step.
    pairing : {"all", "nearest"}, default "all"
        Which pairs of spikes count.
    first : {"post", "pre"}, default "post"
        Which of two spikes that are seen in one step comes first.

    Raises
    ------
    InputError
        If a parameter is of another kind.

    References
    ----------
    Morrison, A., Diesmann, M. & Gerstner, W. (2008). Phenomenological models of synaptic plasticity
    based on spike timing. Biological Cybernetics 98, 459. https://doi.org/10.1007/s00422-008-0233-1

    Examples
    --------
    >>> STDP(tau_plus=3.0, tau_minus=3.0, a_plus=6.0, a_minus=6.0, w_max=6.0).back_ms
    1.0
    """

    tau_plus: float
    tau_minus: float
    a_plus: float
    a_minus: float
    w_max: float
    back_ms: float = 1.0
    gate: str | None = None
    gate_ms: float = 0.0
    pairing: Literal["all", "nearest"] = "all"
    first: Literal["post", "pre"] = "post"

    def __post_init__(self) -> None:
        checks.choice("pairing", self.pairing, ("all", "nearest"))
        checks.choice("first", self.first, ("post", "pre"))
        for name in ("tau_plus", "tau_minus", "w_max"):
            set_fields(self, **{name: checks.real(name, getattr(self, name), above=0)})
        for name in ("a_plus", "a_minus"):
            set_fields(self, **{name: checks.real(name, getattr(self, name), least=0)})
        _check_gate(self)


@dataclass(frozen=True)
class Hebbian:
    """Clipped Hebbian rule: w <- w_max once both sides have spiked within a window; w never falls.

    The times are those at the synapse, as for `STDP`: |Delta| <= window_ms.

    Parameters
    ----------
    w_max : float
        The weight that is learnt, in the unit of the target's synapses.
    window_ms : float
        Largest |Delta| at which a synapse learns, ms, a multiple of the step.
    back_ms : float, default 1
        Delay from a spike of the target to the synapse, ms, a multiple of the step.
    gate : str, optional
        Name of a population whose spikes open plasticity, as for `STDP`.
    gate_ms : float, default 0
        How long the gate stays open, ms, a multiple of the step.

    Raises
    ------
    InputError
        If a parameter is of another kind.

    Examples
    --------
    >>> Hebbian(w_max=6.0, window_ms=0.0).gate is None
    True
    """

    w_max: float
    window_ms: float
    back_ms: float = 1.0
    gate: str | None = None
    gate_ms: float = 0.0

    def __post_init__(self) -> None:
        set_fields(self, w_max=checks.real("w_max", self.w_max, above=0))
        set_fields(self, window_ms=checks.real("window_ms", self.window_ms, least=0))
        _check_gate(self)
