"""Cells, and what a spike that arrives does to them.

Times are ms on one lattice of steps of dt, potentials mV, currents nA, capacities nF. The equations
are numbered through, over `cells`, `projections` and `plasticity`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple, get_args

from neuromem import checks

from ._fields import set_fields

Receptor = Literal["excitatory", "inhibitory"]
Synapses = Literal["current", "delta", "conductance"]
PEAK, BEGIN = 30.0, -65.0  # mV, of Izhikevich: where a spike is cut, and where v begins


class Arrival(NamedTuple):
    """What becomes of a receptor's current or conductance.

    Parameters
    ----------
    kept : float
        The share of it that is left after a step.
    k : float
        What a spike of weight 1 adds to it.
    """

    kept: float
    k: float


class _Synaptic:
    """What all cells share: the synapses onto them."""

    cm: float
    tau_m: float
    tau_syn_e: float
    tau_syn_i: float
    synapses: Synapses
    current_unit: ClassVar[str] = "nA"

    @property
    def weight_unit(self) -> str:
        """The unit of a weight, as the synapses are."""
        return {"current": self.current_unit, "delta": "mV", "conductance": "µS"}[self.synapses]

    def arrival(self, receptor: Receptor, step_ms: float) -> Arrival:
        """Return what a spike that arrives does, k of equation (5), and what (3) leaves of it.

        Parameters
        ----------
        receptor : {"excitatory", "inhibitory"}
            Which of the two currents or conductances.
        step_ms : float
            The step, from 1e-6 to 1000 ms.

        Returns
        -------
        Arrival
            The share that a step leaves, and k.

        Raises
        ------
        InputError
            If there is no such receptor, or the step is out of its range.
        """
        checks.choice("receptor", receptor, ("excitatory", "inhibitory"))
        step_ms = checks.real("step_ms", step_ms, least=1e-6, most=1000)
        if self.synapses == "delta":  # a current of one step, by which v moves by the weight
            return Arrival(0.0, self._against(step_ms))
        rate = step_ms / (self.tau_syn_e if receptor == "excitatory" else self.tau_syn_i)
        return Arrival(math.exp(-rate), (1 - math.exp(-rate)) / rate)

    def _against(self, step_ms: float) -> float:
        """The current that moves v by 1 mV in a step, as R I (1 - exp(-dt / tau_m)) = 1."""
        return self.cm / self.tau_m / -math.expm1(-step_ms / self.tau_m)

    def _check(self, above: tuple[str, ...], least: tuple[str, ...] = (), real: tuple[str, ...] = ()) -> None:
        """Check numbers above 0, of at least 0, and of any kind, each to the float it then is."""
        checks.choice("synapses", self.synapses, get_args(Synapses))
        for name in (*above, *least, *real):
            low = 0.0 if name in above else -math.inf
            bottom = 0.0 if name in least else -math.inf
            set_fields(self, **{name: checks.real(name, getattr(self, name), above=low, least=bottom)})


@dataclass(frozen=True)
class LIF(_Synaptic):
    """Leaky integrate-and-fire cell, as `IF_curr_exp` of sPyNNaker, or with delta synapses.

    Equations of one step, with v measured from rest, R = tau_m / cm, and xi an
    independent standard normal number for each cell and step:

        I  = Ie - Ii + i_offset + noise xi                                                  (1)
        v <- R I + (v - R I) exp(-dt / tau_m)                  skipped while refractory     (2)
        Ie <- Ie exp(-dt / tau_syn_e),  Ii <- Ii exp(-dt / tau_syn_i)                       (3)
        spike if v >= v_thresh; then v <- v_reset, and tau_refrac / dt steps skip (2)       (4)

    What is linear in v is exact; all else is held for the step. A spike that arrives at a "delta"
    synapse moves v by its weight, at once, or is lost if the cell is refractory: it is a current of
    one step, as (3) leaves nothing of it. At "conductance" synapses Ie and Ii are conductances, and

        I = Ie (e_rev_e - v) + Ii (e_rev_i - v) + i_offset + noise xi                       (9)
        v <- v_inf + (v - v_inf) exp(-dt g / cm),   g = cm / tau_m + Ie + Ii               (10)

    stand for (1) and (2), v_inf being where (9) and the leak balance.

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
    synapses : {"current", "delta", "conductance"}, default "current"
        What a spike that arrives moves: a current that decays, by a weight in nA, the potential, by
        a weight in mV, or a conductance that decays, by a weight in µS.
    e_rev_e, e_rev_i : float, default 0 and -70
        Reversal potentials of conductances, mV.

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
    e_rev_e: float = 0.0
    e_rev_i: float = -70.0

    def __post_init__(self) -> None:
        real = ("v_rest", "v_reset", "i_offset", "e_rev_e", "e_rev_i")
        self._check(("cm", "tau_m", "tau_syn_e", "tau_syn_i"), ("tau_refrac",), real)
        highest = max(self.v_rest, self.v_reset)
        set_fields(
            self, v_thresh=checks.real("v_thresh", self.v_thresh, above=highest, way_out="set it above rest and reset")
        )


@dataclass(frozen=True)
class AdEx(_Synaptic):
    """Adaptive exponential integrate-and-fire cell, as PyNN's `EIF_cond_exp_isfa_ista`.

    With v measured from rest, and w a current of adaptation, a step is (1) to (3) of `LIF`, or (9)
    and (10), but for

        I <- I + delta_t / R exp((v - v_thresh) / delta_t) - w                             (11)
        w <- a v + (w - a v) exp(-dt / tau_w)                                              (12)
        spike if v >= v_spike; then v <- v_reset, w <- w + b, and tau_refrac / dt steps skip v

    As there, what is linear in v is exact, and all else is held for the step. The values by default
    are those of the paper, of a cell that fires regularly.

    Parameters
    ----------
    cm : float, default 0.281
        Capacity, nF.
    tau_m : float, default 9.3667
        Time constant of the membrane, ms; R = tau_m / cm.
    tau_refrac : float, default 0
        Refractory time, ms, a multiple of the step.
    tau_syn_e, tau_syn_i : float, default 5
        Time constants of excitation and inhibition, ms.
    v_rest, v_reset : float, default -70.6
        Potential at rest, and after a spike, mV.
    v_thresh : float, default -50.4
        Where the exponential current sets in, mV.
    v_spike : float, default -40.4
        Where a spike is cut, mV, above v_thresh, rest and reset.
    delta_t : float, default 2
        How sharply it sets in, mV.
    a : float, default 0.004
        Adaptation below the threshold, µS.
    b : float, default 0.0805
        Adaptation by a spike, nA.
    tau_w : float, default 144
        Time constant of the adaptation, ms.
    i_offset : float, default 0
        Constant current, nA.
    synapses : {"current", "delta", "conductance"}, default "conductance"
        What a spike that arrives moves, as for `LIF`.
    e_rev_e, e_rev_i : float, default 0 and -80
        Reversal potentials of conductances, mV.

    Raises
    ------
    InputError
        If a parameter is no such number.

    References
    ----------
    Brette, R. & Gerstner, W. (2005). Adaptive exponential integrate-and-fire model as an effective
    description of neuronal activity. Journal of Neurophysiology 94, 3637.
    https://doi.org/10.1152/jn.00686.2005

    Examples
    --------
    >>> AdEx(b=0.0).tau_w
    144.0
    """

    cm: float = 0.281
    tau_m: float = 281 / 30
    tau_refrac: float = 0.0
    tau_syn_e: float = 5.0
    tau_syn_i: float = 5.0
    v_rest: float = -70.6
    v_reset: float = -70.6
    v_thresh: float = -50.4
    v_spike: float = -40.4
    delta_t: float = 2.0
    a: float = 0.004
    b: float = 0.0805
    tau_w: float = 144.0
    i_offset: float = 0.0
    synapses: Synapses = "conductance"
    e_rev_e: float = 0.0
    e_rev_i: float = -80.0

    def __post_init__(self) -> None:
        real = ("v_rest", "v_reset", "v_thresh", "v_spike", "a", "b", "i_offset", "e_rev_e", "e_rev_i")
        self._check(("cm", "tau_m", "tau_syn_e", "tau_syn_i", "delta_t", "tau_w"), ("tau_refrac",), real)
        most = self.v_thresh + 100 * self.delta_t  # of which the exponential is a number
        highest = max(self.v_rest, self.v_reset, self.v_thresh)
        way_out = "set it above v_thresh, rest and reset, at most 100 delta_t above v_thresh"
        set_fields(self, v_spike=checks.real("v_spike", self.v_spike, above=highest, most=most, way_out=way_out))


@dataclass(frozen=True)
class Izhikevich(_Synaptic):
    """Cell of two variables with a quadratic upstroke; by default it spikes regularly.

    A step is Euler's, with both sides of the step before; NEST's `izhikevich` has the same one.

        v <- v + dt (0.04 v^2 + 5 v + 140 - u + I)                                         (13)
        u <- u + dt a (b v - u)                                                            (14)
        spike if v >= 30; then v <- c, u <- u + d

    v is mV and begins at -65, u at b v. I is that of (1), in mV / ms, and so are noise and the
    weights of "current" synapses; "delta" synapses move v by their weight in mV.

    Parameters
    ----------
    a : float, default 0.02
        Rate of recovery, 1/ms.
    b : float, default 0.2
        What u follows of v, 1/ms.
    c : float, default -65
        v after a spike, mV.
    d : float, default 8
        What a spike adds to u, mV/ms.
    i_offset : float, default 0
        Constant current, mV/ms.
    synapses : {"delta", "current"}, default "delta"
        What a spike that arrives moves.
    tau_syn_e, tau_syn_i : float, default 5
        Time constants of the excitatory and the inhibitory current, ms.

    Raises
    ------
    InputError
        If a parameter is no such number, or synapses are "conductance".

    References
    ----------
    Izhikevich, E. M. (2003). Simple model of spiking neurons. IEEE Transactions on Neural Networks
    14, 1569. https://doi.org/10.1109/TNN.2003.820440

    Examples
    --------
    >>> Izhikevich(c=-50.0, d=2.0).a  # a chattering cell
    0.02
    """

    a: float = 0.02
    b: float = 0.2
    c: float = -65.0
    d: float = 8.0
    i_offset: float = 0.0
    synapses: Synapses = "delta"
    tau_syn_e: float = 5.0
    tau_syn_i: float = 5.0
    tau_refrac: ClassVar[float] = 0.0
    current_unit: ClassVar[str] = "mV/ms"

    def __post_init__(self) -> None:
        checks.choice("synapses of Izhikevich", self.synapses, ("delta", "current"))
        self._check(("tau_syn_e", "tau_syn_i"), (), ("a", "b", "d", "i_offset"))
        set_fields(self, c=checks.real("c", self.c, least=-1000, most=PEAK - 1))

    def _against(self, step_ms: float) -> float:
        return 1 / step_ms


Cell = LIF | AdEx | Izhikevich
