"""The cells of a population as code for Brian2."""

from __future__ import annotations

import math
from typing import NamedTuple

from neuromem.spiking.cells import BEGIN, LIF, PEAK, Cell, Izhikevich


class Moves(NamedTuple):
    """The code of a step without (3), what a spike does, and the numbers in both.

    `start` holds the first values of variables that are not 0 at first.
    """

    step: str
    reset: str
    numbers: dict[str, float]
    start: dict[str, float]


def moves(cell: Cell, dt: float, noise: float) -> Moves:
    """The equations of a cell, of which `noise` is that of its current."""
    drive = f"offset{' + noise * randn()' if noise else ''}"
    shared = {"offset": cell.i_offset, "noise": noise}
    if isinstance(cell, Izhikevich):
        step = f"""pushed = 0.04 * v * v + 5 * v + 140 - slow + (Ie - Ii + {drive})
            slow += dt_ms * a * (b * v - slow)
            v += dt_ms * pushed"""
        own = {"dt_ms": dt, "a": cell.a, "b": cell.b, "c": cell.c, "d": cell.d, "theta": PEAK}
        return Moves(step, "v = c\nslow += d", shared | own, {"v": BEGIN, "slow": cell.b * BEGIN})
    shared |= {"decay": math.exp(-dt / cell.tau_m), "v_reset": cell.v_reset - cell.v_rest}
    if isinstance(cell, LIF) and cell.synapses != "conductance":
        shared |= {"R": cell.tau_m / cell.cm, "theta": cell.v_thresh - cell.v_rest}
        return Moves(f"drive = R * (Ie - Ii + {drive})\n{_moved('drive', 'decay')}", "v = v_reset", shared, {})
    leak, conducts = cell.cm / cell.tau_m, cell.synapses == "conductance"
    g, factor = ("(leak + Ie + Ii)", "exp(-g * pull)") if conducts else ("leak", "decay")
    reach = "Ie * e_rev_e + Ii * e_rev_i" if conducts else "Ie - Ii"
    reversal = {"e_rev_e": cell.e_rev_e - cell.v_rest, "e_rev_i": cell.e_rev_i - cell.v_rest}
    shared |= {"leak": leak, "pull": dt / cell.cm, **reversal}
    step = f"""g = {g}
        level = ({reach} + {drive}%s) / g
        %s{_moved("level", factor)}"""
    if isinstance(cell, LIF):
        return Moves(step % ("", ""), "v = v_reset", shared | {"theta": cell.v_thresh - cell.v_rest}, {})
    bent = " - slow + leak * sharp * exp((v - turn) / sharp)", "slow = a * v + (slow - a * v) * kept\n"
    shared |= {"sharp": cell.delta_t, "turn": cell.v_thresh - cell.v_rest, "theta": cell.v_spike - cell.v_rest}
    shared |= {"a": cell.a, "b": cell.b, "kept": math.exp(-dt / cell.tau_w)}
    return Moves(step % bent, "v = v_reset\nslow += b", shared, {})


def _moved(level: str, factor: str) -> str:
    return f"v = int(not_refractory) * ({level} + (v - {level}) * {factor}) + (1 - int(not_refractory)) * v"
