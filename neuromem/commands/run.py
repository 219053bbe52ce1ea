"""Run an experiment."""

from __future__ import annotations

import contextlib
import inspect
import json
import typing
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import click

from neuromem import experiments
from neuromem.checks import nearest, refusal
from neuromem.terminal import shown

from ._options import defaults
from ._options import options as options_of
from ._output import FORCE, draw, folder, keep, named, pictures

if TYPE_CHECKING:
    import xarray as xr


def _stem(name: str, options: dict[str, Any], usual: dict[str, Any], hints: dict[str, Any]) -> str:
    """Return the name of the result files: the experiment, and each choice that alters it."""
    choices = [str(options[key]) for key, hint in hints.items() if typing.get_origin(hint) is typing.Literal]
    if options.get("models") and not usual["models"]:
        choices = ["models"]
    if "items" in options and options["items"] != usual["items"]:
        choices.append(Path(options["items"].partition(":")[0]).stem)
    return "_".join([name, *choices])


def _run(name: str) -> Callable[..., None]:
    module: Any = inspect.getmodule(experiments.ALL[name])

    def command(
        out: Path,
        quick: bool,
        scheduler: str | None,
        workers: int | None,
        resume: bool,
        force: bool,
        dry_run: bool,
        formats: tuple[str, ...] | None,
        column: str | None,
        **options: Any,
    ) -> None:
        from neuromem import results, sweep
        from neuromem.kernels.compiled import one_thread

        if quick:
            source = click.get_current_context().get_parameter_source
            given = {key for key in options if source(key) is not click.core.ParameterSource.DEFAULT}
            own = {"units"} if "items" in given else set()  # items that are given have their own length
            options |= {key: value for key, value in getattr(module, "QUICK", {}).items() if key not in given | own}
        stem = _stem(name, options, defaults(module.run), typing.get_type_hints(module.run)) + ("_quick" if quick else "")
        file, picture, store = (out / f"{stem}{suffix}" for suffix in (".nc", ".png", ".zarr"))  # store: until all is done
        drawn_to = named(picture, formats)
        if workers is None and (quick or options.get("device", "cpu") != "cpu"):
            workers = 1  # starting others takes longer than what is quick; a device is shared best by one process
        threads = one_thread() if quick else contextlib.nullcontext()  # more would mostly wait for each other
        if dry_run:
            with threads:
                _plan(module, options, workers)
            return
        with folder(out), threads, sweep.on(scheduler=scheduler, workers=workers, store=store, resume=resume):
            data = None if store.exists() or force else _finished(file, module.run, options)
            if data is None:
                keep(file, *drawn_to, force=force or store.exists())  # what is gone on with was allowed when it began
                data = module.run(**options).assign_attrs(quick=int(quick))
                results.save(data, file)
            else:
                click.echo(f"{shown(file)} is finished and holds just this run; --force computes it again", err=True)
                for one in drawn_to:
                    results.vacant(one)
            failed = int((data.error != "").sum()) if "error" in data else 0
            if failed:
                click.echo(f"{failed} points failed; the same command with --resume tries them again", err=True)
            else:
                sweep.clear(store)
            _show(name, data, file, lambda: draw(data, file, picture, formats, column))

    return command


def _finished(file: Path, run: Callable[..., Any], options: dict[str, Any]) -> xr.Dataset | None:
    """Return the result in a file if it is that of just this run, by the same code."""
    from neuromem import models, results

    if not file.exists():
        return None
    data = results.load(file)
    if not results.same_run(data, run, options):
        return None
    recorded = json.loads(data.attrs.get("sources", "{}")).items()
    same = all(models.source(spec).sha256 == one["sha256"] for spec, one in recorded if one["sha256"])
    return data if same else None


def _plan(module: ModuleType, options: dict[str, Any], workers: int | None) -> None:
    """Say what a run would take, judged by some of its points, and write nothing."""
    from neuromem import sweep

    if not hasattr(module, "sweep"):
        click.echo("this experiment is one piece of work, not a grid of points: only a run of it tells its time")
        return
    with sweep.planned(workers) as estimates, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # most of what it computes with is NaN
        module.run(**options)
    for estimate in estimates:
        click.echo(str(estimate))


def _show(name: str, data: xr.Dataset, file: Path, drawn: Callable[[], list[Path]]) -> None:
    """Print what came out, and where it is; draw the picture."""
    from rich.console import Console

    module: Any = inspect.getmodule(experiments.ALL[name])
    if hasattr(module, "summary"):
        Console().print(module.summary(data))
    click.echo(f"data     {shown(file)}")
    click.echo("drawing ...", err=True)
    for picture in drawn():
        click.echo(f"picture  {shown(picture)}")


def _words(options: list[click.Parameter]) -> set[str]:
    """The names of options, as they are typed and as the command gets them."""
    return {word.replace("-", "_").lstrip("_") for one in options for word in (one.name or "", *one.opts)}


def _on_the_cpu(ctx: click.Context, param: click.Parameter, device: str | None) -> None:
    """Refuse a device where an experiment has no option for one."""
    if device not in (None, "cpu"):
        able = [name for name, run in experiments.ALL.items() if "device" in defaults(run)]
        raise refusal("device", f"be cpu for {ctx.info_name}", f"was {device!r}", f"others work there: {', '.join(able)}")


class _Experiments(click.Group):
    """One command for each experiment, its options taken from the signature of its `run`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(experiments.ALL)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in experiments.ALL:
            raise refusal("the experiment", "be a known name", f"was {name!r}", nearest(name, experiments.ALL))
        run = experiments.ALL[name]
        common: list[click.Parameter] = [
            click.Option(
                ["--out"], type=Path, default="results", help="Folder for the data and the picture.", show_default=True
            ),
            click.Option(["--quick"], is_flag=True, help="Small settings for a first look, with files of its own."),
            click.Option(["--workers"], type=int, help="Processes on this machine; by default one a core."),
            click.Option(["--scheduler"], help="Address of a Dask scheduler to run on, such as tcp://127.0.0.1:8786."),
            click.Option(["--resume"], is_flag=True, help="Finish a run that was stopped, with the same numbers."),
            click.Option(["--force"], is_flag=True, help=FORCE),
            click.Option(["--dry-run"], is_flag=True, help="Only say how many points, how long and how much memory."),
            *pictures(),
        ]
        if "device" not in defaults(run):
            common.append(click.Option(["--device"], hidden=True, expose_value=False, callback=_on_the_cpu))
        own = options_of(run)
        taken = sorted(_words(own) & _words(common))
        if taken:  # of somebody's own package: one of the two would never be heard
            must = "leave the options of `neuromem run` to it"
            raise refusal("the experiment", must, f"{name} has {', '.join(taken)} too", "rename its parameter")
        text = (run.__doc__ or "").partition("\n\n")[0]
        return click.Command(name, params=[*own, *common], callback=_run(name), help=text)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Experiments"):
            formatter.write_dl([(name, experiments.ALL.about(name)) for name in experiments.ALL])


@click.command(cls=_Experiments, subcommand_metavar="EXPERIMENT [OPTIONS]")
def command() -> None:
    """Run an experiment; saves its data (.nc) and its picture (.png).

    neuromem run EXPERIMENT --help shows the options of one experiment.
    """
