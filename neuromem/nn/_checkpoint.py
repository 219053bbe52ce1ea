"""Checkpoints of a training: what they are of, what they hold, and the way back."""

from __future__ import annotations

import functools
import inspect
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neuromem import checks, provenance, results
from neuromem.memory import Memory
from neuromem.settings import settings as settings_of

from .external import PairMemory
from .files import load, reason
from .transformer import Transformer

Evaluation = tuple[int, float, float]  # step, loss, accuracy


def layers(model: Transformer) -> str:
    """Return a digest of the kinds and settings of all layers: no weight shows a window."""
    form = []
    for name, layer in model.named_modules():
        told = {key: said for key, one in vars(layer).items() if (said := _said(one))}
        form.append((name, type(layer).__qualname__, sorted((told | {"training": "True"}).items())))
    return provenance.digest(repr(form).encode())


def _said(one: Any) -> str:
    """A setting in words: plain values, a function with its arguments, or a memory; "" else."""
    if one is None or isinstance(one, bool | int | float | str):
        return repr(one)
    if isinstance(one, tuple | list):
        return f"{type(one).__qualname__}({', '.join(map(_said, one))})"
    if isinstance(one, functools.partial):
        return f"partial({_said(one.func)}, {_said(one.args)}, {_said(sorted(one.keywords.items()))})"
    if inspect.isfunction(one) or inspect.isbuiltin(one):
        return f"{one.__module__}.{one.__qualname__}"
    if isinstance(one, PairMemory):
        return _said(one.memory)
    if isinstance(one, Memory):
        return f"{type(one).__qualname__}({one.units}, {_said(sorted(settings_of(one).items()))})"
    return provenance.digest(one.tobytes()) if isinstance(one, np.ndarray | np.generic) else ""


def random_states(device: torch.device) -> dict[str, Tensor]:
    """The states of torch's random numbers, such as dropout uses."""
    states = {"cpu": torch.get_rng_state()}
    return states | {"cuda": torch.cuda.get_rng_state(device)} if device.type == "cuda" else states


def save(
    path: Path,
    settings: dict[str, Any],
    model: Transformer,
    optimizer: torch.optim.Optimizer,
    random: dict[str, Tensor],
    step: int,
    evaluations: list[Evaluation],
) -> None:
    """Write a checkpoint, whole or not at all."""
    state = {
        "settings": settings,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": step,
        "evaluations": evaluations,
        "random": random,
    }

    def write(beside: Path) -> None:
        with beside.open("wb") as file:  # torch refuses a name that begins with a dot and has no suffix
            torch.save(state, file)

    results.write_whole(path, write)


def resume(
    path: Path, settings: dict[str, Any], model: Transformer, optimizer: torch.optim.Optimizer
) -> tuple[int, list[Evaluation]]:
    """The step and the evaluations of a checkpoint; the rest goes to where it belongs."""
    must, way_out, device = "hold a checkpoint of `train`", "choose another file", model.head.weight.device
    state = load("checkpoint", path, must, way_out, device)
    if not isinstance(state, dict) or not {"settings", "model", "optimizer", "step", "evaluations", "random"} <= set(state):
        raise checks.refusal("checkpoint", must, f"{str(path)!r} does not", way_out)
    for name, value in settings.items():
        if state["settings"].get(name) != value:
            same, was = "model" if name == "layers" else "settings", f"has {name} {state['settings'].get(name)}, not {value}"
            raise checks.refusal("checkpoint", f"be of the same {same}", f"{str(path)!r} {was}", "choose another file")
    try:
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        for kind, one in state["random"].items():
            if kind == "cpu":
                torch.set_rng_state(one.cpu())
            else:
                torch.cuda.set_rng_state(one.cpu(), device)
        return int(state["step"]), [(int(at), float(lost), float(right)) for at, lost, right in state["evaluations"]]
    except (RuntimeError, TypeError, AttributeError, ValueError, KeyError) as error:  # other names, shapes or kinds
        was = f"{str(path)!r} is not ({reason(error)})"
        raise checks.refusal("checkpoint", "be of the same model", was) from error
