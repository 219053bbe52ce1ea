"""Vectors of length 1, in the precision of a layer."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from neuromem.kernels.chunked import HALF


def unit(x: Tensor) -> Tensor:
    """Return x / |x| along the last axis; |x| of half precision is taken in float32.

    Parameters
    ----------
    x : Tensor
        Vectors along the last axis.

    Returns
    -------
    Tensor
        Of the shape and type of x; a vector of zeros stays one.
    """
    return F.normalize(x.float(), dim=-1).to(x.dtype) if x.dtype in HALF else F.normalize(x, dim=-1)
