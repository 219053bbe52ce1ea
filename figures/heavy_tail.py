"""Heavy tail: how well facts are learnt against how often they come up."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.optimize import brentq

from neuromem import results
from neuromem.figures import _style as style
from neuromem.theory import heavy_tail as theory

LOOKS = {
    "sgd": {"color": "#6b7280", "marker": "s"},
    "adam": {"color": "#d55e00", "marker": "^"},
    "muon": {"color": "#0072b2", "marker": "o"},
}
FREQUENCY = "frequency of a fact (rare to the right)"
NAMES = {"sgd": "SGD", "adam": "Adam", "muon": "Muon"}
TITLES = {
    "one-hot": "one-hot keys and values",
    "rotated": "rotated keys and values",
    "crowded": "4 facts a dimension",
}


def draw(data: xr.Dataset) -> Figure:
    """Draw steps until a class of facts is half right above, and errors below.

    The errors are those at equal overall error, and those after equal steps.
    """
    given = results.parameters(data)
    figure = style.new(13.5, 7.8)
    above, below = figure.subplots(2, 3)
    for axes, embedding in zip(above, data.embedding.values, strict=False):
        for optimiser in data.optimiser.values:
            one = data.sel(embedding=embedding, optimiser=optimiser)
            one = one.sel(rate=one.fine)
            _curve(axes, one.learnt, str(optimiser))
            if embedding != "crowded":
                _time(axes, str(optimiser), float(one.rate), given)
        axes.set_yscale("log")
        style.tidy(axes, FREQUENCY, "steps until half right", f"speed: {TITLES[str(embedding)]}")
    compared = [str(e) for e in ("rotated", "crowded") if e in data.embedding.values]
    for axes, embedding in zip(below, compared, strict=False):
        for optimiser in data.optimiser.values:
            one = data.sel(embedding=embedding, optimiser=optimiser)
            compared = one.compared.sel(rate=one.fine)
            _curve(axes, compared, str(optimiser))
            if not bool(compared.notnull().all("trial").any()):
                axes.text(0.03, 0.9, f"{NAMES[str(optimiser)]} never gets there", transform=axes.transAxes, fontsize=9)
        if embedding == "rotated":
            _equal(axes, data.compared.attrs["overall"], given)
        style.tidy(axes, FREQUENCY, "error", f"errors, 1 question in 4 wrong: {TITLES[embedding]}")
    last, after = str(data.embedding.values[-1]), int(data.step.sel(step=given["steps"] // 8, method="nearest"))
    for optimiser in data.optimiser.values:
        one = data.sel(embedding=last, optimiser=optimiser)
        _curve(below[-1], one.wrong.sel(rate=one.fine, step=after), str(optimiser))
    style.tidy(below[-1], FREQUENCY, "error", f"errors after {after} steps: {TITLES[last]}")
    for axes in below:
        axes.set_ylim(-0.03, 1.03)
    known: dict[str, Any] = {}
    for axes in (*above, *below):
        known |= dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    names = sorted(known, key=lambda name: "theory" in name)
    figure.legend([known[name] for name in names], names, loc="outside lower center", ncols=7, frameon=False)
    style.letters((*above, *below))
    words = (
        f"Who learns rare facts? A linear memory of {given['facts']} facts, of frequencies $x^{{-{given['exponent']:g}}}$"
    )
    style.caption(figure, words, data.sizes["trial"])
    return figure


def _curve(axes: Axes, values: xr.DataArray, optimiser: str) -> None:
    """Draw median and quartiles over the trials in which the class was learnt.

    They are against frequency, with rare facts to the right.
    """
    seen = values.where(values.notnull().all("trial"), drop=True)
    if seen.size:
        style.band(axes, seen, "frequency", **LOOKS[optimiser], label=NAMES[optimiser])
    axes.set(xscale="log")
    if not axes.xaxis_inverted():
        axes.invert_xaxis()


def _time(axes: Axes, optimiser: str, rate: float, given: dict) -> None:
    """Give the steps until a fact is half right, from the margin ln(K - 1) of theory."""
    facts, p = given["facts"], theory.frequencies(given["facts"], given["exponent"])
    if optimiser == "sgd":
        steps = ((facts - 1) * (1 + np.log(facts - 1)) - 1) / (p * facts * rate)  # where gradient_margin is ln(K - 1)
    elif optimiser == "muon":
        steps = np.log(facts - 1) / (theory.polar_rates(p) * rate)
    else:
        return
    _theory(axes, p, steps, optimiser)


def _equal(axes: Axes, overall: float, given: dict) -> None:
    """Give the error of every fact when the overall one is `overall`.

    It is for gradient descent, or for descent in the direction of the gradient.
    """
    facts, p = given["facts"], theory.frequencies(given["facts"], given["exponent"])

    def wrong(log_time: float) -> np.ndarray:
        return theory.error(theory.gradient_margin(np.exp(log_time), p, facts), facts)

    _theory(axes, p, wrong(brentq(lambda u: p @ wrong(u) - overall, -10, 30)), "sgd")
    _theory(axes, p, np.full(facts, overall), "muon")


def _theory(axes: Axes, x: np.ndarray, y: np.ndarray, optimiser: str) -> None:
    """Draw a line of theory, dashed for gradient descent and dotted for Muon."""
    line, label = {"sgd": ("--", "theory, SGD"), "muon": (":", "theory, Muon")}[optimiser]
    axes.plot(x, y, color=style.INK, linestyle=line, linewidth=1.6, zorder=5, label=label)
