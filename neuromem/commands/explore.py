"""Watch a memory at work, in the browser."""

from __future__ import annotations

import contextlib

import click


@click.command("explore")
@click.argument("memory", default="hopfield")
@click.option("--items", multiple=True, help="random, digits, .. or a file; the page offers each file that is named.")
@click.option("--stored", default=4, help="Number of items stored.", show_default=True)
@click.option("--beside", default="", help="A second memory on the same cue.")
@click.option("--result", multiple=True, help="A saved phase diagram, FILE.nc, that the page offers.")
@click.option(
    "--address", default="127.0.0.1", help="Where it is served; by default only to this machine.", show_default=True
)
@click.option("--port", default=5007, help="0 takes any that is free.", show_default=True)
@click.option("--browser/--no-browser", default=True, help="Whether to open a browser.", show_default=True)
def command(
    memory: str,
    items: tuple[str, ...],
    stored: int,
    beside: str,
    result: tuple[str, ...],
    address: str,
    port: int,
    browser: bool,
) -> None:
    """Show a memory at work on a page in the browser.

    MEMORY is a name, or FILE.py:NAME; the page offers all others too.
    """
    from neuromem import explorer
    from neuromem.explorer.serve import serve

    named = explorer.name((memory, beside), items, result)
    state = explorer.State(memory=memory, stored=stored, beside=beside, items=items[0] if items else "random")
    server = serve(named, state, address=address, port=port, show=browser)
    click.echo(f"neuromem explore: http://{address}:{server.port}/  (Ctrl-C ends it)")
    with contextlib.suppress(KeyboardInterrupt):
        server.io_loop.start()
