"""The commands of `neuromem`: a file has the name of its command, and holds `command`."""

from __future__ import annotations

import importlib
import pkgutil

import click

from neuromem import __version__
from neuromem.checks import nearest


class Commands(click.Group):
    """One command for each file of this folder, imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, that of the experiments first."""
        found = [module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]
        return sorted(found, key=lambda name: (name != "run", name))

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return a command by its name."""
        if name not in self.list_commands(ctx):
            ctx.fail(f"there is no command {name!r}; {nearest(name, self.list_commands(ctx))}")
        return importlib.import_module(f"{__name__}.{name}").command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="neuromem")
def main() -> None:
    """Put any associative memory, biological or deep, on the same recall experiment.

    Begin with:  neuromem run completion
    """
