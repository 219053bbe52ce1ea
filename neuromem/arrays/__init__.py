"""Array libraries and devices: where an array lies, how it moves, arithmetic in any library.

A NumPy array, a CuPy array and a torch tensor are all taken; `namespace` gives the functions of the
array's own library.
"""

from .arithmetic import as_floating, first_largest, magnitude, require_finite, rounding_errors, safe_ratio, unit_length
from .places import (
    CUDA,
    DEVICE_HELP,
    bits_of,
    contiguous,
    device_placer,
    keep_device,
    move_beside,
    namespace,
    on_device,
    require_device_support,
    require_host,
    same_kind,
    to_host,
)

__all__ = [
    "CUDA",
    "DEVICE_HELP",
    "as_floating",
    "bits_of",
    "contiguous",
    "device_placer",
    "first_largest",
    "keep_device",
    "magnitude",
    "move_beside",
    "namespace",
    "on_device",
    "require_device_support",
    "require_finite",
    "require_host",
    "rounding_errors",
    "safe_ratio",
    "same_kind",
    "to_host",
    "unit_length",
]
