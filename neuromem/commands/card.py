"""Measure a memory for its card."""

from __future__ import annotations

from pathlib import Path

import click

from neuromem.terminal import shown

from ._output import FORCE, folder, keep, keep_finished


@click.command("card")
@click.argument("spec")
@click.option("--out", type=Path, default="results", help="Folder for the page and its numbers.", show_default=True)
@click.option("--limit", type=float, default=240.0, help="Seconds after which the rest is left out.", show_default=True)
@click.option("--force", is_flag=True, help=FORCE)
def command(spec: str, out: Path, limit: float, force: bool) -> None:
    """Measure a memory, such as my_file.py:MyMemory, and place it among all others on one page.

    Takes up to four minutes; settings and seeds are fixed, so that two cards can be compared.
    """
    import json
    import re

    from neuromem import card, checks
    from neuromem.files import write_whole

    checks.real("limit", limit, above=0)
    stem = "card_" + re.sub(r"\W+", "_", spec).strip("_")
    page, numbers = out / f"{stem}.html", out / f"{stem}.json"
    keep(page, force=force)
    keep_finished(numbers, force=force)
    measured = card.measure(spec, limit)
    with folder(out):
        write_whole(numbers, lambda beside: beside.write_text(json.dumps(measured, indent=1), encoding="utf-8"))
        write_whole(page, lambda beside: beside.write_text(card.page(measured, card.known()), encoding="utf-8"))
    for text in measured["left_out"]:
        click.echo(f"left out {text}")
    click.echo(f"numbers  {shown(numbers)}")
    click.echo(f"page     {shown(page)}")
