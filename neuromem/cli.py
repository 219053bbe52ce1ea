"""The command `neuromem`, as a process: signals, exit codes, and one line for whatever stops it."""

from __future__ import annotations

import os
import signal
import sys

import click

from . import commands, terminal
from .checks import InputError


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
    again = "; the same command with --resume goes on" if sys.argv[1:2] in (["run"], ["reproduce"]) else ""
    try:
        return commands.main(prog_name="neuromem", standalone_mode=False) or 0
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
