"""Try the laws on a memory."""

from __future__ import annotations

from collections import Counter

import click

MARKS = {
    "holds": click.style("holds ", fg="green"),
    "known": click.style("known ", fg="yellow"),
    "broken": click.style("broken", fg="red", bold=True),
}


@click.command("check")
@click.argument("spec")
@click.option("--units", default=64, help="Length of the items.", show_default=True)
def command(spec: str, units: int) -> None:
    """Try the laws of neuromem on a memory, such as my_file.py:MyMemory.

    Says which hold, and why the others do not. The exit code is 1 if one is broken that the memory
    does not list in its `exceptions`, with the reason.
    """
    from neuromem import checks, laws, models
    from neuromem.memory import Memory

    source = models.source(spec, "the memory")
    checks.whole("units", units, least=2)

    def make(length: int) -> Memory:
        return models.make(source, length)

    laws.assert_memory(make, units, str(source))
    known, counts = laws.exceptions(make(units)), Counter[str]()
    for name, fault in laws.examine(make, units):
        kind = "holds" if not fault else "known" if name in known else "broken"
        counts[kind] += 1
        why = known[name] if kind == "known" else fault
        click.echo(f"{MARKS[kind]}  {name.replace('_', ' ')}{f': {why}' if why else ''}")
    excepted = f", {counts['known']} known exception{'s' * (counts['known'] != 1)}" if counts["known"] else ""
    click.echo(f"{counts['holds']} of {len(laws.LAWS)} laws hold for {source} at {units} units{excepted}")
    if counts["broken"]:
        raise click.exceptions.Exit(1)
