"""Items: arrays (item, unit) of +1/-1, drawn, real images, or your own from files."""

from neuromem.idx import read as idx

from .drawn import Rng, correlated, examples, random, sparse
from .items import HELP, VECTORS, ItemSet, ItemSpec, itemset
from .pictures import digits, images
from .read import load
from .said import assumed, caption, described

__all__ = [
    "HELP",
    "VECTORS",
    "ItemSet",
    "ItemSpec",
    "Rng",
    "assumed",
    "caption",
    "correlated",
    "described",
    "digits",
    "examples",
    "idx",
    "images",
    "itemset",
    "load",
    "random",
    "sparse",
]
