"""Files that torch.save has written, read without running code that they hold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from neuromem import checks
from neuromem.named_code import readable


def load(argument: str, file: str | Path, must: str, way_out: str, device: Any = "cpu") -> Any:
    """Return what torch.save wrote to a file.

    Parameters
    ----------
    argument : str
        Name of the argument that names the file, for the error.
    file : str or Path
        The file.
    must, way_out : str
        What the file must hold and what the caller can do instead, for the error.
    device : str or torch.device, default "cpu"
        Where its tensors go.

    Returns
    -------
    object
        What was saved.

    Raises
    ------
    InputError
        If there is no such file, or it can't be read.
    """
    try:
        if not Path(file).is_file():
            raise FileNotFoundError("there is no such file")
        return torch.load(file, weights_only=True, map_location=device)
    except Exception as error:  # the reader raises whatever the bytes of the file lead it to
        raise checks.refusal(argument, must, f"{str(file)!r} does not ({reason(error)})", way_out) from error


def load_weights(layer: nn.Module, file: str | Path, what: str) -> None:
    """Put the weights that a file holds into `layer`, all of them finite.

    They may have been saved from a module around it, whose names begin with "module.".

    Parameters
    ----------
    layer : Module
        The layer.
    file : str or Path
        The file.
    what : str
        What the layer is, for the error.

    Raises
    ------
    InputError
        If the file does not hold the weights of `what`, or one of them is NaN or infinite; or if a
        memory in a file or a link asks for it, and not the user.
    """
    readable("weights", file)
    must, way_out = f"hold the weights of {what}", "write it with torch.save(layer.state_dict(), FILE)"
    weights, known = load("weights", file, must, way_out), layer.state_dict()
    if isinstance(weights, Mapping):
        weights = {name if name in known else str(name).removeprefix("module."): one for name, one in weights.items()}
    try:
        layer.load_state_dict(weights)
    except (RuntimeError, TypeError, AttributeError, ValueError, KeyError) as error:  # other names, shapes or kinds
        raise checks.refusal("weights", must, f"{str(file)!r} does not ({reason(error)})", way_out) from error
    for name, weight in layer.state_dict().items():
        if not torch.isfinite(weight).all():
            was = f"{name} in {str(file)!r} holds NaN or infinity"
            raise checks.refusal("weights", "hold finite numbers", was, "train again with a smaller rate")


def reason(error: Exception) -> str:
    """Return the last line of what an error says, or its kind if it says nothing.

    Parameters
    ----------
    error : Exception
        Any error.

    Returns
    -------
    str
        One line.
    """
    lines = str(error).strip().splitlines()
    return lines[-1].strip() if lines else type(error).__name__
