"""The command `neuromem`: run an experiment, list what there is, draw a saved result."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import os
import signal
import sys
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import __version__, experiments, models, terminal
from .checks import InputError, nearest, refusal
from .terminal import shown

if TYPE_CHECKING:
    import xarray as xr

SUITES = "What is measured: cuda, glauber, layers, sparse, sparsey, spiking, or start."


class _List(click.ParamType):
    """Values separated by commas, each of one type."""

    def __init__(self, kind: type):
        self.kind = kind
        self.name = f"{ {str: 'names', int: 'integers', float: 'numbers'}[kind] }, separated by commas"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Any, ...]:
        if isinstance(value, tuple):
            return value
        try:
            return tuple(self.kind(part.strip()) for part in str(value).split(",") if part.strip())
        except ValueError:
            self.fail(f"{value!r} is no list of {self.name}", param, ctx)


def _type(hint: Any) -> Any:
    """Return the click type of an annotation, which is one of those that `options` knows."""
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is typing.Literal:
        return click.Choice(arguments)
    if typing.get_origin(hint) is tuple:
        return _List(arguments[0] if arguments[0] in (int, float) else str)
    if type(None) in arguments:
        return _type(next(a for a in arguments if a is not type(None)))
    return hint


def _defaults(run: Callable[..., Any]) -> dict[str, Any]:
    """Return the options of an experiment with their defaults."""
    return {name: parameter.default for name, parameter in inspect.signature(run).parameters.items()}


def _options(run: Callable[..., Any]) -> list[click.Parameter]:
    """Return an option for each keyword; its help is the text in the keyword's Annotated type."""
    options: list[click.Parameter] = []
    hints = typing.get_type_hints(run, include_extras=True)
    for name, default in _defaults(run).items():
        hint, *notes = typing.get_args(hints[name]) if hasattr(hints[name], "__metadata__") else (hints[name],)
        text, flag = (notes or [None])[0], f"--{name.replace('_', '-')}"
        if hint is bool:
            options.append(click.Option([f"{flag}/--no-{flag[2:]}"], default=default, help=text, show_default=True))
        else:
            shown = ",".join(map(str, default)) if isinstance(default, tuple) else default
            options.append(click.Option([flag], type=_type(hint), default=shown, help=text, show_default=True))
    return options


def _stem(name: str, options: dict[str, Any], hints: dict[str, Any]) -> str:
    """Return the name of the result files: the experiment, and each choice that alters it."""
    return "_".join([name, *(str(options[key]) for key, hint in hints.items() if typing.get_origin(hint) is typing.Literal)])


def _run(name: str) -> Callable[..., None]:
    module = importlib.import_module(f"{experiments.__name__}.{name}")

    def command(out: Path, quick: bool, scheduler: str | None, workers: int | None, resume: bool, **options: Any) -> None:
        from . import results, sweep
        from .kernels.compiled import one_thread

        if quick:
            source = click.get_current_context().get_parameter_source
            given = {key for key in options if source(key) is not click.core.ParameterSource.DEFAULT}
            options |= {key: value for key, value in module.QUICK.items() if key not in given}
        stem = _stem(name, options, typing.get_type_hints(module.run))
        file, picture, store = (out / f"{stem}{suffix}" for suffix in (".nc", ".png", ".zarr"))  # store: until all is done
        if workers is None and (quick or options.get("device", "cpu") != "cpu"):
            workers = 1  # starting others takes longer than what is quick; a device is shared best by one process
        threads = one_thread() if quick else contextlib.nullcontext()  # more would mostly wait for each other
        with _folder(out), threads, sweep.on(scheduler=scheduler, workers=workers, store=store, resume=resume):
            results.vacant(file)
            results.vacant(picture)
            data = results.load(file) if resume and file.exists() else None
            if data is None or not results.same_run(data, module.run, options):
                data = module.run(**options)
                results.save(data, file)
            failed = int((data.error != "").sum()) if "error" in data else 0
            if failed:
                click.echo(f"{failed} points failed; the same command with --resume tries them again", err=True)
            else:
                sweep.clear(store)
            _show(name, data, file, picture)

    return command


@contextlib.contextmanager
def _folder(path: Path) -> Iterator[None]:
    """Make the folder for results; a new one does not stay if nothing comes into it."""
    from . import results

    new = not path.exists()
    results.folder(path)
    try:
        yield
    finally:
        if new:
            with contextlib.suppress(OSError):  # it is not empty
                path.rmdir()


def _show(name: str, data: xr.Dataset, file: Path, picture: Path) -> None:
    """Print what came out, and where it is; draw the picture."""
    from rich.console import Console

    from . import figures, results

    module = importlib.import_module(f"{experiments.__name__}.{name}")
    if hasattr(module, "summary"):
        Console().print(module.summary(data))
    click.echo(f"data     {shown(file)}")
    if name in figures.ALL:
        click.echo("drawing ...", err=True)
        results.save_figure(figures.ALL[name](data), picture)
        click.echo(f"picture  {shown(picture)}")


def _on_the_cpu(ctx: click.Context, param: click.Parameter, device: str | None) -> None:
    """Refuses a device where an experiment has no option for one."""
    if device not in (None, "cpu"):
        able = [name for name, run in experiments.ALL.items() if "device" in _defaults(run)]
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
            click.Option(["--quick"], is_flag=True, help="Small settings, a few seconds, for a first look."),
            click.Option(["--workers"], type=int, help="Processes on this machine; by default one a core."),
            click.Option(["--scheduler"], help="Address of a Dask scheduler to run on, such as tcp://127.0.0.1:8786."),
            click.Option(["--resume"], is_flag=True, help="Finish a run that was stopped, with the same numbers."),
        ]
        if "device" not in _defaults(run):
            common.append(click.Option(["--device"], hidden=True, expose_value=False, callback=_on_the_cpu))
        return click.Command(
            name, params=[*_options(run), *common], callback=_run(name), help=(run.__doc__ or "").partition("\n\n")[0]
        )

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Experiments"):
            formatter.write_dl([(name, experiments.ALL.about(name)) for name in experiments.ALL])


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="neuromem")
def _main() -> None:
    """Put any associative memory, biological or deep, on the same recall experiment.

    Begin with:  neuromem run completion
    """


@_main.command(cls=_Experiments, subcommand_metavar="EXPERIMENT [OPTIONS]")
def run() -> None:
    """Run an experiment; saves its data (.nc) and its picture (.png).

    neuromem run EXPERIMENT --help shows the options of one experiment.
    """


@_main.command("list")
def _list() -> None:
    """List the memories and the experiments."""
    for title, catalogue in (("Memories", models.ALL), ("Experiments", experiments.ALL)):
        formatter = click.HelpFormatter(width=100)
        with formatter.section(title):
            formatter.write_dl([(name, catalogue.about(name)) for name in catalogue])
        click.echo(formatter.getvalue())


@_main.command()
@click.argument("name")
def show(name: str) -> None:
    """Say what a memory or an experiment is, and how it is set."""
    from . import about

    click.echo(about.show(name))


@_main.command()
@click.argument("names", nargs=-1, required=True)
def cite(names: tuple[str, ...]) -> None:
    """Print BibTeX of neuromem and of the papers behind memories, or behind a result FILE.nc."""
    from . import about

    click.echo(about.cite(*names))


@_main.command()
def doctor() -> None:
    """Say which devices and optional packages work here, and how to get the others."""
    from . import doctor

    for name, works, text in doctor.report():
        click.echo(f"{'works  ' if works else 'missing'}  {name:13} {text}")


@_main.command()
@click.option("--suite", default="start", help=SUITES, show_default=True)
@click.option("--quick", is_flag=True, help="Small sizes, to see that it runs; the goals are for the full ones.")
@click.option("--out", type=Path, default="results", help="Folder for the data.", show_default=True)
def bench(suite: str, quick: bool, out: Path) -> None:
    """Measure how fast the kernels are, beside what you would run instead."""
    from rich.console import Console

    from . import bench, results

    bench.ALL.named(suite)
    file = out / f"bench_{suite}.nc"
    with _folder(out):
        results.vacant(file)
        data = bench.run(suite=suite, quick=quick)
        results.save(data, file)
    Console().print(bench.summary(data))
    click.echo(f"data     {shown(file)}")


@_main.command()
@click.argument("file", type=Path)
@click.option("--out", type=Path, help="Where to write the picture; by default beside the file.")
def plot(file: Path, out: Path | None) -> None:
    """Draw a saved result again, from FILE.nc to FILE.png."""
    from . import figures, results

    data = results.load(file)
    experiment, picture = data.attrs["experiment"], out or file.with_suffix(".png")
    draw = figures.ALL.named(experiment)
    results.vacant(picture)
    results.folder(picture.parent)
    click.echo("drawing ...", err=True)
    try:
        results.save_figure(draw(data), picture)
    except (InputError, OSError, MemoryError):
        raise
    except Exception as error:  # it has the name of an experiment, and may hold anything
        must, was = f"hold a whole result of {experiment}", f"{str(file)!r} can't be drawn ({type(error).__name__}: {error})"
        raise refusal("file", must, was, f"make it again with: neuromem run {experiment}") from error
    click.echo(shown(picture))


class _Stopped(KeyboardInterrupt):
    """A signal that asks the process to end."""

    def __init__(self, number: int):
        super().__init__(number)
        self.number = number


def main() -> None:
    """Run the command line.

    The exit code is 0, or 2 after one line for bad input, 1 after one line for what the machine
    could not do, and 128 + signal after one line for a signal. A reader of the output that goes
    away loses words, but no results.
    """
    out, err = terminal.Lasting(sys.stdout), terminal.Lasting(sys.stderr)
    sys.stdout, sys.stderr = out, err
    signal.signal(signal.SIGTERM, _stop)
    code = _run_safely()
    out.flush()
    if out.failure and not isinstance(out.failure, BrokenPipeError):
        code = code or _said(1, f"what was printed is lost ({out.failure.strerror}); the files are whole")
    if code > 128:
        os._exit(code)  # what is finished is on disk, and exit handlers of libraries print errors after an interrupt
    sys.exit(code)


def _run_safely() -> int:
    """Run the command line; return the exit code, after one line that says why if it is not 0."""
    again = "; the same command with --resume goes on" if sys.argv[1:2] == ["run"] else ""
    try:
        _main(prog_name="neuromem", standalone_mode=False)
    except InputError as error:
        return _said(2, str(error))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
    except click.UsageError as error:
        return _said(2, f"{error.format_message()} (help: neuromem {_path(error)}--help)")
    except (click.Abort, KeyboardInterrupt) as error:
        number = getattr(error.__cause__ or error, "number", signal.SIGINT)
        return _said(128 + number, f"stopped{again}")
    except MemoryError as error:
        return _said(1, f"the memory of this machine is too small ({error or 'it is used up'}); ask for less")
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        return _said(1, f"{error.strerror or error}{where}{again}")
    return 0


def _stop(number: int, frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough
    raise _Stopped(number)


def _said(code: int, words: str) -> int:
    click.echo(f"neuromem: {' '.join(words.split())}", err=True)
    return code


def _path(error: click.UsageError) -> str:
    return "".join(f"{word} " for word in (error.ctx.command_path.split()[1:] if error.ctx else []))


if __name__ == "__main__":
    main()
