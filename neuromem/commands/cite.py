"""Cite papers."""

from __future__ import annotations

import click


@click.command("cite")
@click.argument("names", nargs=-1, required=True)
def command(names: tuple[str, ...]) -> None:
    """Print BibTeX of neuromem and of the papers behind memories, or behind a result FILE.nc."""
    from neuromem import about

    click.echo(about.cite(*names))
