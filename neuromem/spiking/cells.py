"""Cells, and what a spike that arrives does to them.

Times are ms on one lattice of steps of dt, potentials mV, currents nA, capacities nF. The equations
are numbered through, over `cells`, `projections` and `plasticity`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from neuromem import checks

from ._fields import set_fields

Receptor = Literal["excitatory", "inhibitory"]
Synapses = Literal["current", "delta"]
UNITS = {"current": "nA", "delta": "mV"}  # of a weight


class Arrival(NamedTuple):
    """What becomes of a receptor's current.

    Parameters
    ----------
    kept : float
        The share of it that is left after a step.
    k : float
        What a spike of weight 1 adds to it.
    """

    kept: float
    k: float


@dataclass(frozen=True)
class LIF:
    """Leaky integrate-and-fire cell, as `IF_curr_exp` of sPyNNaker, or with delta synapses.

    Equations of one step, with v measured from rest, R = tau_m / cm, and xi an
    independent standard normal number for each cell and step:

        I  = Ie - Ii + i_offset + noise xi                                                  (1)
        v <- R I + (v - R I) exp(-dt / tau_m)                  skipped while refractory     (2)
        Ie <- Ie exp(-dt / tau_syn_e),  Ii <- Ii exp(-dt / tau_syn_i)                       (3)
        spike if v >= v_thresh; then v <- v_reset, and tau_refrac / dt steps skip (2)       (4)

    These are exact for a current that is held for the step. Synapses are "current" or "delta". A
    spike that arrives at a delta synapse moves v by its weight in mV, in one step; if the cell is
    refractory it is lost. It is a current of one step, since Ie and Ii are gone after (3) then.

    Parameters
    ----------
    cm : float
        Capacity, nF.
    tau_m : float
        Time constant of the membrane, ms.
    tau_refrac : float, default 1
        Refractory time, ms, a multiple of the step.
    tau_syn_e, tau_syn_i : float, default 0.3
        Time constants of the excitatory and the inhibitory current, ms.
    v_rest, v_reset : float, default -60
        Potential at rest, and after a spike, mV.
    v_thresh : float, default -57
        Threshold, mV, above rest and reset.
    i_offset : float, default 0
        Constant current, nA.
    synapses : {"current", "delta"}, default "current"
        What a spike that arrives moves: a current that decays, by a weight in nA, or the potential,
        by a weight in mV.

    Raises
    ------
    InputError
        If a parameter is no such number.

    References
    ----------
    Rhodes, O. et al. (2018). sPyNNaker: a software package for running PyNN simulations on
    SpiNNaker. Frontiers in Neuroscience 12, 816. https://doi.org/10.3389/fnins.2018.00816

    Examples
    --------
    >>> LIF(cm=0.27, tau_m=3.0).v_thresh
    -57.0
    """

    cm: float
    tau_m: float
    tau_refrac: float = 1.0
    tau_syn_e: float = 0.3
    tau_syn_i: float = 0.3
    v_rest: float = -60.0
    v_reset: float = -60.0
    v_thresh: float = -57.0
    i_offset: float = 0.0
    synapses: Synapses = "current"

    def __post_init__(self) -> None:
        checks.choice("synapses", self.synapses, get_args(Synapses))
        for name in ("cm", "tau_m", "tau_syn_e", "tau_syn_i"):
            set_fields(self, **{name: checks.real(name, getattr(self, name), above=0)})
        for name in ("v_rest", "v_reset", "i_offset"):
            set_fields(self, **{name: checks.real(name, getattr(self, name))})
        set_fields(self, tau_refrac=checks.real("tau_refrac", self.tau_refrac, least=0))
        highest = max(self.v_rest, self.v_reset)
        set_fields(
            self, v_thresh=checks.real("v_thresh", self.v_thresh, above=highest, way_out="set it above rest and reset")
        )

    def arrival(self, receptor: Receptor, step_ms: float) -> Arrival:
        """Return what a spike that arrives does, k of equation (5), and what (3) leaves of it.

        Parameters
        ----------
        receptor : {"excitatory", "inhibitory"}
            Which of the two currents.
        step_ms : float
            The step, ms.

        Returns
        -------
        Arrival
            The share that a step leaves, and k.
        """
        if self.synapses == "delta":  # R k (1 - exp(-dt / tau_m)) = 1
            return Arrival(0.0, self.cm / self.tau_m / -math.expm1(-step_ms / self.tau_m))
        rate = step_ms / (self.tau_syn_e if receptor == "excitatory" else self.tau_syn_i)
        return Arrival(math.exp(-rate), (1 - math.exp(-rate)) / rate)
