"""Every experiment, one question a file.

`ALL` maps the name of the file to its `run(...) -> xarray.Dataset`. Installed packages announce
more by the entry-point group "neuromem.experiments".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import lazy_loader

from neuromem.catalogue import Catalogue

if TYPE_CHECKING:
    import xarray as xr

ALL: Catalogue[Callable[..., xr.Dataset]] = Catalogue(__name__, "experiment", "run", "neuromem.experiments")

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submodules=ALL.files, submod_attrs={})
__all__ += ["ALL"]
