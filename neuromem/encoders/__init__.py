"""Encoders: items into the sparse codes that sparse memories need, and back, and their cost."""

from .blocks import Blocks, Encoder
from .encoded import Encoded
from .fields import Fields
from .labels import Category, Scalar, labels

__all__ = ["Blocks", "Category", "Encoded", "Encoder", "Fields", "Scalar", "labels"]
