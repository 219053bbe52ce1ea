"""Curves of any result: a panel for each variable, a line for each memory or other setting."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import neuromem.figures._style as style

PANELS, LINES = 6, 12  # the most that are drawn


def draw(data: xr.Dataset) -> Figure:
    """Draw every variable against its last numeric setting, medians and quartiles over the rest."""
    drawn = [values for values in data.data_vars.values() if values.ndim and values.dtype.kind in "biuf"]
    chosen = [values for values in drawn if values.name != "seconds"][:PANELS]
    figure = style.new(5.2 * max(1, min(len(chosen), 3)), 3.9 * -(-len(chosen) // 3) + 0.6)
    pooled: set[str] = set()
    panels: Any = figure.subplots(-(-len(chosen) // 3), min(len(chosen), 3), squeeze=False).flat if chosen else ()
    for axes, values in zip(panels, chosen, strict=False):
        x, lines = _settings(values)
        over = [dim for dim in values.dims if dim not in (x, lines)]
        pooled |= {str(dim) for dim in over}
        numeric = x in values.coords and values[x].dtype.kind in "iuf"
        at = values[x].values if numeric else np.arange(values.sizes[x])
        for value, look in style.lines(values[lines].values[:LINES] if lines else [""]):
            one = values.sel({lines: value}) if lines else values
            style.band(axes, one.expand_dims("once").assign_coords({x: at}), x, [*over, "once"], label=_said(value), **look)
        style.tidy(axes, _label(values[x]), _label(values), str(values.name))
        if not numeric and x in values.coords:
            axes.set_xticks(at, [_said(value) for value in values[x].values], rotation=20, ha="right", fontsize=8)
        if lines:
            axes.legend(frameon=False, fontsize=8, title=_label(values[lines]), title_fontsize=8)
    for axes in [*panels][len(chosen) :]:
        axes.set_axis_off()
    style.letters([*panels][: len(chosen)])
    left = f"; the first {len(chosen)} of {len(drawn)} variables" if len(drawn) > PANELS else ""
    spread = f": median, band: quartiles, over {', '.join(sorted(pooled))}" if pooled else ""
    style.caption(figure, f"{data.attrs['experiment'].replace('_', ' ')}{spread}{left}")
    return figure


def _settings(values: xr.DataArray) -> tuple[str, str]:
    """The setting along x, a numeric one if there is any, and the one of the lines, "" for none."""
    several = [str(dim) for dim in values.dims if dim in values.coords and dim != "trial" and values.sizes[dim] > 1]
    numeric = [dim for dim in several if values[dim].dtype.kind in "iuf"]
    x = (numeric or several or list(map(str, values.dims)))[-1]
    words = [dim for dim in several if dim != x and dim not in numeric]
    return x, (words or [dim for dim in several if dim != x] or [""])[0]


def _label(values: xr.DataArray) -> str:
    return str(values.attrs.get("long_name", values.name)).replace("_", " ")


def _said(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float | np.number) else style.readable(value)
