"""Every experiment, one question a file; `ALL` maps the name of the file to its `run(...) -> xarray.Dataset`."""

from neuromem.catalogue import Catalogue

ALL = Catalogue(__name__, "experiment", "run")
