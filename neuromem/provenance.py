"""Provenance: which neuromem, with which packages, on which machine made a result."""

from __future__ import annotations

import functools
import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path

from . import __version__

PACKAGES = ("numpy", "scipy", "numba", "xarray", "array-api-compat", "scikit-learn", "torch", "brian2")
IF_LOADED = ("cupy", "nest")  # of a device or another simulator, where this process has used it


@functools.cache
def version() -> str:
    """The version of neuromem; in a git checkout with its commit, and ".dirty" where files differ from it.

    Returns
    -------
    str
        Such as "0.2.0", or "0.2.0+g5abd7e9c1f2d.dirty".
    """
    root = Path(__file__).resolve().parents[1]
    if not (root / ".git").exists():
        return __version__
    command = ["git", "-C", str(root), "describe", "--always", "--exclude=*", "--abbrev=12", "--dirty=.dirty"]
    try:
        commit = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):  # no git, or a checkout that it does not trust
        return __version__
    return f"{__version__}+g{commit}"


def versions() -> dict[str, str]:
    """The versions of neuromem, of Python, and of the packages on which numbers can depend.

    Returns
    -------
    dict of str to str
        Name of the package to its version.
    """
    found = {"neuromem": version(), "python": platform.python_version()}
    found |= {name: importlib.metadata.version(name) for name in PACKAGES}
    return found | {name: str(sys.modules[name].__version__) for name in IF_LOADED if name in sys.modules}


def machine() -> str:
    """The machine in words: system, processor family and number of cores."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
