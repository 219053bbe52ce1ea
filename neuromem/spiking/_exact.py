"""Currents that decay within a step, as simulators integrate them, or are held for it as here."""

from __future__ import annotations

import math

from .cells import LIF, Receptor


def exact_weight(cell: LIF, receptor: Receptor, step_ms: float) -> float:
    """The weight there of a synapse of weight 1 here, by which v moves alike in every step.

    It is equation (1) of `engines/nest.py`, k R (1 - exp(-dt / tau_m)) / P.
    """
    tau, k = cell.tau_syn_e if receptor == "excitatory" else cell.tau_syn_i, cell.arrival(receptor, step_ms).k
    a = 1 / tau - 1 / cell.tau_m
    moved = math.exp(-step_ms / cell.tau_m) * (-math.expm1(-a * step_ms) / a if a else step_ms)
    return k * -math.expm1(-step_ms / cell.tau_m) * cell.tau_m / moved
