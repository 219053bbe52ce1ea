"""Every figure, one file each.

`draw(dataset)` turns a saved result into a matplotlib Figure, and never simulates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import lazy_loader

from neuromem.catalogue import Catalogue

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

ALL: Catalogue[Callable[[xr.Dataset], Figure]] = Catalogue(__name__, "figure", "draw")

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submodules=ALL, submod_attrs={})
__all__ += ["ALL"]
