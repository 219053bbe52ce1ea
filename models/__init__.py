"""Every memory, one file each, close to its equations; `ALL` maps the name of the file to its class."""

from neuromem.catalogue import Catalogue

ALL = Catalogue(__name__, "model")
