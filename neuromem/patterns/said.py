"""What a result says of the items that were stored in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from neuromem import checks

from .items import NORMAL

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["assumed", "caption", "described"]


def described(data: xr.Dataset) -> dict[str, Any]:
    """Read which items were stored in a result.

    Parameters
    ----------
    data : Dataset
        What an experiment gave.

    Returns
    -------
    dict
        What `ItemSet.describe` said; of a result without it, the units that were asked for.
    """
    import xarray as xr  # takes a while

    given = json.loads(checks.instance("data", data, xr.Dataset).attrs.get("parameters", "{}"))
    asked = {"items": given.get("items", "random"), "units": given.get("units"), "correlation": 0.0}
    return asked | json.loads(data.attrs.get("items", "{}"))


def caption(data: xr.Dataset) -> str:
    """Say in a few words which items were stored in a result, and how alike they are.

    Parameters
    ----------
    data : Dataset
        What an experiment gave.

    Returns
    -------
    str
        Such as "N = 64", or "faces.npy, N = 400, correlation 0.31".
    """
    given = described(data)
    words = [*([] if given["items"] in ("random", NORMAL) else [given["items"]]), f"N = {given['units']}"]
    return ", ".join(words + [f"correlation {alike:.2g}" for alike in (given["correlation"],) if alike])


def assumed(data: xr.Dataset) -> str:
    """Say what a theory of random items assumes, where the items of a result are not so.

    Parameters
    ----------
    data : Dataset
        What an experiment gave.

    Returns
    -------
    str
        Words to put behind the name of a theory line, or none.
    """
    return ", for items without correlation" if described(data)["correlation"] else ""
