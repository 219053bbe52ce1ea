"""Which published numbers come out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from neuromem.terminal import shown

from ._output import folder


@click.command("reproduce")
@click.argument("names", nargs=-1, metavar="[ID|FAMILY]...")
@click.option("--cost", help="The most that a claim may cost: instant, seconds (the default), minutes or hours.")
@click.option("--out", type=Path, default="results", help="Folder for the numbers and the page.", show_default=True)
@click.option("--seed", type=int, default=0, help="Seed of all random numbers.", show_default=True)
@click.option("--workers", type=int, help="Processes on this machine; by default one a core.")
@click.option("--scheduler", help="Address of a Dask scheduler to run on, such as tcp://127.0.0.1:8786.")
@click.option("--resume", is_flag=True, help="Finish a run that was stopped, with the same numbers.")
def command(names: tuple[str, ...], out: Path, **options: Any) -> None:
    """Measure published numbers again, and say which of them come out.

    Claims are named by their ids or families, such as P01 or hopfield, and may then cost hours.
    Without names all those are measured that cost no more than seconds. Writes reproduce.nc and a
    page for a browser, reproduce.html; what earlier runs have measured stays in both.
    """
    from rich.console import Console

    from neuromem.experiments import claims
    from neuromem.experiments.claims.reproduce import reproduce

    with folder(out):
        data = reproduce(names, out=out, **options)
    Console().print(claims.summary(data))
    click.echo(f"data     {shown(out / 'reproduce.nc')}")
    click.echo(f"page     {shown(out / 'reproduce.html')}")
