"""Where results go: nothing that is finished is lost."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from neuromem.checks import refusal

if TYPE_CHECKING:
    import xarray as xr

FORCE = "Compute again what is finished, and write over it."


@contextlib.contextmanager
def folder(path: Path) -> Iterator[None]:
    """Make the folder for results; a new one does not stay if nothing comes into it."""
    from neuromem import results

    new = not path.exists()
    results.folder(path)
    try:
        yield
    finally:
        if new:
            with contextlib.suppress(OSError):  # it is not empty
                path.rmdir()


def keep(*paths: Path, force: bool) -> None:
    """Refuse to write over files of others, and over finished results unless `force` says so."""
    from neuromem import results

    for path in paths:
        results.vacant(path)
        if path.exists() and not force:
            way_out = "compute it again with --force, or choose another folder with --out"
            raise refusal("out", "hold no finished result that this one would replace", f"holds {str(path)!r}", way_out)


def draw(data: xr.Dataset, picture: Path) -> None:
    """Draw a result; the picture of a quick look says so."""
    from neuromem import figures, results

    figure = figures.ALL.named(data.attrs["experiment"])(data)
    if data.attrs.get("quick"):
        words = figure.text(0.5, 0.5, "quick look", zorder=10, ha="center", va="center", rotation=25)
        words.set(fontsize=60, color="grey", alpha=0.25)
    results.save_figure(figure, picture)
