"""Every figure, one file each.

`draw(dataset)` turns a saved result into a matplotlib Figure, and never simulates. A file
`retrieval_cost.py` beside `retrieval.py` is a further picture of that experiment, called cost.
`plot` draws whatever it is given.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lazy_loader
import numpy as np

from neuromem import checks
from neuromem.announced import announced, opened
from neuromem.arrays import to_host
from neuromem.catalogue import Catalogue
from neuromem.experiments import ALL as EXPERIMENTS
from neuromem.memory import Recall
from neuromem.trace import Trace

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

ALL: Catalogue[Callable[[xr.Dataset], Figure]] = Catalogue(__name__, "figure", "draw")

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submodules=ALL, submod_attrs={})
__all__ += ["ALL", "pictures", "plot"]

WAY_OUT = "give a Trace, a Recall or the Dataset of an experiment, or the path of one"


def pictures(experiment: str) -> dict[str, Callable[[xr.Dataset], Figure]]:
    """Return what draws each picture of an experiment, by its name; that of the first is empty.

    An experiment that an installed package announces is drawn by the function `draw` of its module.
    Where there is none, as for a grid of one's own, every variable becomes a panel of curves.

    Parameters
    ----------
    experiment : str
        Its name.

    Returns
    -------
    dict
        Functions that turn a result into a figure.

    Raises
    ------
    InputError
        If no such experiment is known.

    Examples
    --------
    >>> list(pictures("retrieval"))
    ['', 'cost']
    """
    own = _of_others(experiment)
    if own is not None:
        return {"": own}
    start, first = f"{experiment}_", ALL.named(experiment)
    return {"": first} | {
        name.removeprefix(start): ALL[name] for name in ALL if name.startswith(start) and name not in EXPERIMENTS
    }


def _of_others(experiment: str) -> Callable[[xr.Dataset], Figure] | None:
    """The `draw` beside the `run` that an installed package announces, or curves; of ours, None."""
    from neuromem.figures import _curves

    if experiment in ALL:
        return None
    for name, point in announced("neuromem.experiments").items():
        if experiment in (name, point.module.rpartition(".")[2]):  # of which results know the module
            draw: Callable[[xr.Dataset], Figure] = getattr(
                inspect.getmodule(opened(point, "experiment")), "draw", _curves.draw
            )
            return draw
    return _curves.draw if experiment.startswith("grid of ") else None


def plot(thing: Any, items: Any = None, *, shape: tuple[int, int] | None = None, picture: str = "") -> Figure:
    """Draw a trace, a recall, or a result.

    Of a trace it draws the images of the first cues over the steps, where a frame marks a unit that
    has changed since the image before; the energy of all cues and their overlaps with the items,
    against the step; and the spikes of the first cue. Of a recall it draws the stored and the
    recalled images side by side, where a frame marks a wrong unit.

    Parameters
    ----------
    thing : Trace, Recall, Dataset, or path
        What to draw.
    items : array of shape (cue, unit), optional
        What the cues of a trace or a recall were made from, in their order; a trace may have more
        items, to which its overlaps are drawn too.
    shape : tuple of int, optional
        Rows and columns of an image; by default as near a square as the units allow.
    picture : str, optional
        Which picture of a result that has several, such as "cost" of retrieval; else the first.

    Returns
    -------
    matplotlib.figure.Figure
        The figure; `figure.savefig("name.pdf")` saves it.

    Raises
    ------
    InputError
        If it can't be drawn.

    Examples
    --------
    >>> import neuromem as nm
    >>> items = nm.patterns.random(4, 64, rng=0)
    >>> trace = nm.Hopfield(64).store(items).trace(nm.cues.flip(items, 0.2, rng=1))
    >>> len(plot(trace, items).axes) >= 6
    True
    """
    from neuromem import results
    from neuromem.figures import _plot  # matplotlib and xarray take a while

    if isinstance(thing, str | Path):
        thing = results.load(thing)
    if hasattr(thing, "attrs"):
        if "experiment" not in thing.attrs:
            raise checks.refusal("thing", "be the result of an experiment", "was another Dataset", WAY_OUT)
        known = pictures(thing.attrs["experiment"])
        return known[checks.choice("picture", picture, tuple(known))](thing)
    if not isinstance(thing, Trace | Recall):
        raise checks.refusal("thing", "be something that can be drawn", checks.shown(thing), WAY_OUT)
    units = np.asarray(thing.recall if isinstance(thing, Trace) else thing).shape[-1]
    shape = checks.near_square(units) if shape is None else checks.rectangle("shape", shape, units)
    stored = None if items is None else to_host(checks.items("items", items, units))
    return _plot.draw(thing, stored, shape)
