"""Try the laws on a memory."""

from __future__ import annotations

import click


@click.command("check")
@click.argument("spec")
@click.option("--units", default=64, help="Length of the items.", show_default=True)
def command(spec: str, units: int) -> None:
    """Try the laws of neuromem on a memory, such as my_file.py:MyMemory.

    Says which hold, and why the others do not. The exit code is 1 if one is broken.
    """
    from neuromem import checks, laws, models
    from neuromem.memory import Memory

    source = models.source(spec, "the memory")
    checks.whole("units", units, least=2)

    def make(length: int) -> Memory:
        return models.make(source, length)

    laws.assert_memory(make, units, str(source))
    broken = 0
    for name, fault in laws.examine(make, units):
        broken += bool(fault)
        mark = click.style("broken", fg="red", bold=True) if fault else click.style("holds ", fg="green")
        click.echo(f"{mark}  {name.replace('_', ' ')}{f': {fault}' if fault else ''}")
    total = len(laws.LAWS)
    click.echo(f"{total - broken} of {total} laws hold for {source} at {units} units")
    if broken:
        raise click.exceptions.Exit(1)
