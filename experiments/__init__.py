"""Every experiment, one question a file.

`ALL` maps the name of the file to its `run(...) -> xarray.Dataset`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import lazy_loader

from neuromem.catalogue import Catalogue

if TYPE_CHECKING:
    import xarray as xr

ALL: Catalogue[Callable[..., xr.Dataset]] = Catalogue(__name__, "experiment", "run")

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submodules=ALL, submod_attrs={})
__all__ += ["ALL"]
