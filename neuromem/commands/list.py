"""List what there is."""

from __future__ import annotations

import click

from neuromem import experiments, models


@click.command("list")
def command() -> None:
    """List the memories and the experiments."""
    for title, catalogue in (("Memories", models.ALL), ("Experiments", experiments.ALL)):
        formatter = click.HelpFormatter(width=100)
        with formatter.section(title):
            formatter.write_dl([(name, catalogue.about(name)) for name in catalogue])
        click.echo(formatter.getvalue())
