"""A mean over trials with its standard error, as numbers and in words."""

from __future__ import annotations

import numpy as np
import xarray as xr


def standard_error(values: xr.DataArray) -> xr.DataArray:
    """Compute the standard error of the mean over trials; NaN for one trial, which has no spread.

    Parameters
    ----------
    values : xarray.DataArray
        Along `trial` and any other dimensions.

    Returns
    -------
    xarray.DataArray
        Along the others.
    """
    number = values.sizes["trial"]
    return values.std("trial", ddof=1) / number**0.5 if number > 1 else values.mean("trial") * np.nan


def said(mean: float, error: float, form: str = ".3g", spread: str = ".1g", between: str = " ± ") -> str:
    """Write a mean with its standard error, "0.138 ± 0.002", as far as there are such numbers.

    Parameters
    ----------
    mean, error : float
        NaN where there is none.
    form, spread : str
        How the two are written.
    between : str
        What stands between them.

    Returns
    -------
    str
        The words; "-" without a mean.
    """
    if np.isnan(mean):
        return "-"
    return f"{mean:{form}}" if np.isnan(error) else f"{mean:{form}}{between}{error:{spread}}"
