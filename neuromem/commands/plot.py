"""Draw a saved result."""

from __future__ import annotations

from pathlib import Path

import click

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
    figures.pictures(data.attrs["experiment"])
    picture = out or file.with_suffix(".png")
    for one in named(picture, formats):
        results.vacant(one)
    results.folder(picture.parent)
    click.echo("drawing ...", err=True)
    for path in draw(data, file, picture, formats, column):
        click.echo(shown(path))


command.params += pictures()
