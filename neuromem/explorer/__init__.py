"""A page in the browser, or in a notebook, that shows a memory at work.

`state` and `scene` are plain Python and know nothing of the page, which is made by Panel on Bokeh.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from neuromem import models, patterns
from neuromem.checks import refusal

from . import maps
from .state import SOURCES, Named, State, check

if TYPE_CHECKING:
    from .page import Page

__all__ = ["SOURCES", "Named", "State", "explore", "name", "page"]

INSTALL = "pip install 'neuromem[explore]'"


def explore(memory: Any = "hopfield", **fields: Any) -> Any:
    """Show a memory at work in a notebook.

    Parameters
    ----------
    memory : str, class, memory or function, default "hopfield"
        As `models.source` takes it; of a memory an empty copy is explored.
    **fields
        Of `State`, such as stored=20, items="digits" or beside="attention".

    Returns
    -------
    panel.Column
        What the notebook shows. `neuromem explore` opens the same in a browser.

    Raises
    ------
    InputError
        If there is no such memory or field, a value is out of bounds, or Panel is not installed.
    """
    source = models.source(memory)
    try:
        state = State(**{"memory": source, **fields})
    except TypeError:
        must = f"be of {', '.join(vars(State()))}"
        raise refusal("fields", must, f"was {', '.join(fields)}", "see neuromem.explorer.State") from None
    named = name((source, state.beside), (state.items,))
    check(state, named)
    return page(named, state).view


def name(memories: Iterable[models.Spec] = (), items: Iterable[str] = (), results: Iterable[str] = ()) -> Named:
    """Name what a page may show besides what neuromem has.

    Parameters
    ----------
    memories : iterable of str, Source, class or memory
        As `models.source` takes them.
    items : iterable of str
        Files and names of items.
    results : iterable of str
        Saved results.

    Returns
    -------
    Named
        Without what neuromem has.

    Raises
    ------
    InputError
        If there is no such memory, or a file can't be read.
    """
    sources = tuple(models.source(spec) for spec in memories if spec != "")
    named = Named(sources, tuple(str(one) for one in items if one not in SOURCES), tuple(results))
    for one in named.items:
        patterns.itemset(one)
    for one in named.results:
        maps.measured(one)
    return named


def page(named: Named, state: State) -> Page:
    """Make a page of one window.

    Parameters
    ----------
    named : Named
        What it may show besides what neuromem has.
    state : State
        What it shows at first.

    Returns
    -------
    Page
        Whose `view` is what Panel shows.

    Raises
    ------
    InputError
        If Panel is not installed.
    """
    try:
        import panel
    except ImportError:
        raise refusal("explore", "find the package panel", "it is not installed", INSTALL) from None
    from .page import Page

    panel.extension()
    return Page(named, state)
