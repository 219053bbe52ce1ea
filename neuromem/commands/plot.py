"""Draw a saved result."""

from __future__ import annotations

from pathlib import Path

import click

from neuromem.checks import InputError, refusal
from neuromem.terminal import shown

from ._output import draw, named, pictures, suffixed


@click.command("plot")
@click.argument("file", type=Path)
@click.option("--out", type=Path, help="Where to write the picture; by default beside the file.")
def command(file: Path, out: Path | None, formats: tuple[str, ...] | None, column: str | None) -> None:
    """Draw a saved result again, from FILE.nc to FILE.png."""
    from neuromem import figures, results

    if out is not None:
        suffixed(out, formats)
    data = results.load(file)
    experiment, picture = data.attrs["experiment"], out or file.with_suffix(".png")
    figures.pictures(experiment)
    for one in named(picture, formats):
        results.vacant(one)
    results.folder(picture.parent)
    click.echo("drawing ...", err=True)
    try:
        drawn = draw(data, picture, formats, column)
    except (InputError, OSError, MemoryError):
        raise
    except Exception as error:  # it has the name of an experiment, and may hold anything
        must, was = f"hold a whole result of {experiment}", f"{str(file)!r} can't be drawn ({type(error).__name__}: {error})"
        raise refusal("file", must, was, f"make it again with: neuromem run {experiment}") from error
    for path in drawn:
        click.echo(shown(path))


command.params += pictures()
