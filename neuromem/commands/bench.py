"""How fast it is."""

from __future__ import annotations

from pathlib import Path

import click

from neuromem.terminal import shown

from ._output import FORCE, folder, keep

SUITES = (
    "What is measured: ca3, cuda, cuda_copies, cuda_diagram, cuda_layers, explorer, glauber, layers, "
    "sparse, sparsey, spiking, or start."
)


@click.command("bench")
@click.option("--suite", default="start", help=SUITES, show_default=True)
@click.option("--quick", is_flag=True, help="Small sizes, to see that it runs; the goals are for the full ones.")
@click.option("--out", type=Path, default="results", help="Folder for the data.", show_default=True)
@click.option("--force", is_flag=True, help=FORCE)
def command(suite: str, quick: bool, out: Path, force: bool) -> None:
    """Measure how fast the kernels are, beside what you would run instead."""
    from rich.console import Console

    from neuromem import bench, results

    bench.ALL.named(suite)
    file = out / f"bench_{suite}{'_quick' if quick else ''}.nc"
    with folder(out):
        keep(file, force=force)
        data = bench.run(suite=suite, quick=quick)
        results.save(data, file)
    Console().print(bench.summary(data))
    click.echo(f"data     {shown(file)}")
