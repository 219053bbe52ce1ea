"""What works here."""

from __future__ import annotations

import click


@click.command("doctor")
def command() -> None:
    """Say which devices and optional packages work here, and how to get the others."""
    from neuromem import doctor

    for name, works, text in doctor.report():
        click.echo(f"{'works  ' if works else 'missing'}  {name:13} {text}")
