"""Show a memory or an experiment."""

from __future__ import annotations

import click


@click.command("show")
@click.argument("name")
def command(name: str) -> None:
    """Say what a memory or an experiment is, and how it is set."""
    from neuromem import about

    click.echo(about.show(name))
