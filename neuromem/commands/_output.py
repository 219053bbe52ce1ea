"""Where results go."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from neuromem import results


@contextlib.contextmanager
def folder(path: Path) -> Iterator[None]:
    """Make the folder for results; a new one does not stay if nothing comes into it."""
    new = not path.exists()
    results.folder(path)
    try:
        yield
    finally:
        if new:
            with contextlib.suppress(OSError):  # it is not empty
                path.rmdir()
