"""The plasticity of a synapse as code for Brian2."""

from __future__ import annotations

from typing import NamedTuple

from neuromem.spiking.plasticity import STDP, Hebbian


class Code(NamedTuple):
    """The variables of a synapse, what a spike on either side does, and the numbers in it."""

    variables: str
    on_pre: str
    on_post: str
    numbers: dict[str, float]


def stdp(rule: STDP, dt: float, deliver: str, is_open: str, opened: str) -> Code:
    """Equations (6) and (7)."""
    decay = """x_source *= exp((seen - t_in_timesteps) * rate_plus)
        x_target *= exp((seen - t_in_timesteps) * rate_minus)
        seen = t_in_timesteps
        """  # event-driven equations would do the same, after a second of symbolic algebra
    clear = f"x_source *= int(since == {opened})\nx_target *= int(since == {opened})\nsince = {opened}\n"
    lone = " * (1 - x_{0})" if rule.pairing == "nearest" else ""
    begin = decay + (clear if rule.gate else "") + is_open
    lower = "w = clip(w - is_open * a_minus * x_target, 0, w_max)"
    on_pre = f"{begin}\n{lower}\nx_source += is_open{lone.format('source')}\n{deliver}"
    on_post = f"{begin}\nx_target += is_open{lone.format('target')}\nw = clip(w + is_open * a_plus * x_source, 0, w_max)"
    numbers = {"rate_plus": dt / rule.tau_plus, "rate_minus": dt / rule.tau_minus}
    variables = "w : 1\nx_source : 1\nx_target : 1\nseen : integer\nsince : integer"  # seen: when traces were last right
    return Code(variables, on_pre, on_post, numbers | {"a_plus": rule.a_plus, "a_minus": rule.a_minus})


def hebbian(rule: Hebbian, window: int, deliver: str, is_open: str, opened: str) -> Code:
    recent = "t_in_timesteps - last_{0} <= window" + (f" and last_{{0}} >= {opened}" if rule.gate else "")
    learn = f"{is_open}\nw = w + is_open * int({recent}) * (w_max - w)"
    on_pre = f"last_source = t_in_timesteps\n{learn.format('target')}\n{deliver}"
    on_post = f"last_target = t_in_timesteps\n{learn.format('source')}"
    return Code("w : 1\nlast_source : integer\nlast_target : integer", on_pre, on_post, {"window": window})
