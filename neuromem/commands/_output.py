"""Where results go: nothing that is finished is lost."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from neuromem import checks

from ._options import List

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

WIDTHS_MM = {"single": 89, "double": 183}
FORCE = "Compute again what is finished, and write over it."


@contextlib.contextmanager
def folder(path: Path) -> Iterator[None]:
    """Make the folder for results; a new one does not stay if nothing comes into it."""
    from neuromem import results

    new = not checks.path("out", path).exists()
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
    keep_finished(*paths, force=force)


def keep_finished(*paths: Path, force: bool) -> None:
    """Refuse to write over finished results unless `force` says so."""
    for path in paths:
        if checks.path("out", path).exists() and not force:
            way_out = "compute it again with --force, or choose another folder with --out"
            must = "hold no finished result that this one would replace"
            raise checks.refusal("out", must, f"holds {str(path)!r}", way_out)


def pictures() -> list[click.Parameter]:
    """Return the options of a picture: its formats, and its width in a journal."""
    widths = click.Choice(list(WIDTHS_MM))
    return [
        click.Option(
            ["--format", "formats"],
            type=List(str),
            metavar="LIST",
            callback=_known,
            help="Of png, pdf and svg; else png.",
        ),
        click.Option(
            ["--column", "column"],
            type=widths,
            metavar="WIDTH",
            help="Fit the picture to a column of a journal: single, 89 mm; double, 183 mm.",
        ),
    ]


def _known(ctx: click.Context, param: click.Parameter, formats: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Refuse formats in which no picture is saved, before anything is computed."""
    from neuromem.results import FORMATS

    for one in formats or ():
        if one.lower() not in FORMATS:
            way_out = f"give one or several, such as {','.join(FORMATS)}"
            raise checks.refusal("format", "be png, pdf or svg", checks.shown(one), way_out)
    return formats


def suffixed(out: Path, formats: Sequence[str] | None) -> None:
    """Refuse a picture whose suffix is no format of pictures, unless formats are given apart."""
    from neuromem.results import FORMATS

    if not out.name or not (formats or out.suffix[1:].lower() in FORMATS):
        raise checks.refusal("out", "end in .png, .pdf or .svg", checks.shown(str(out)), "give another name")


def named(picture: Path, formats: Sequence[str] | None) -> list[Path]:
    """Return the files of a picture, one for each format."""
    return [picture.with_suffix(f".{suffix}") for suffix in formats or ()] or [picture]


def draw(
    data: xr.Dataset, file: Path, picture: Path, formats: Sequence[str] | None = None, width: str | None = None
) -> list[Path]:
    """Draw the pictures of a result, once for each format; those of a quick look say so."""
    from neuromem import figures, results

    drawn = []
    with _drawable(file, data.attrs["experiment"]):
        for name, make in figures.pictures(data.attrs["experiment"]).items():
            figure = make(data)
            if data.attrs.get("quick"):
                words = figure.text(0.5, 0.5, "quick look", zorder=10, ha="center", va="center", rotation=25)
                words.set(fontsize=60, color="grey", alpha=0.25)
            if width is not None:
                _fit(figure, width)
            path = picture.with_stem(f"{picture.stem}_{name}") if name else picture
            for one in named(path, formats):
                results.save_figure(figure, one)
                drawn.append(one)
    return drawn


@contextlib.contextmanager
def _drawable(file: Path, experiment: str) -> Iterator[None]:
    """Turn what a picture stumbles on, which may be any error, into one line."""
    try:
        yield
    except (checks.InputError, OSError, MemoryError):
        raise
    except Exception as error:
        was = f"{str(file)!r} can't be ({type(error).__name__}: {error})"
        way_out = f"its data are kept; make it anew with: neuromem run {experiment}"
        raise checks.refusal("file", f"hold a result of {experiment} that can be drawn", was, way_out) from error


def _fit(figure: Figure, width: str) -> None:
    """Make a figure as wide as a column of a journal, with letters of 5 points or more."""
    from matplotlib.lines import Line2D
    from matplotlib.text import Text

    figure.draw_without_rendering()  # all ticks are there
    size = figure.get_size_inches()
    factor = WIDTHS_MM[width] / 25.4 / size[0]
    figure.set(size_inches=(size[0] * factor, size[1] * max(factor, 0.5)), dpi=300)
    for text in figure.findobj(Text):
        text.set_fontsize(max(5, text.get_fontsize() * factor))
    for line in figure.findobj(Line2D):
        line.set(linewidth=line.get_linewidth() * factor, markersize=line.get_markersize() * factor)
