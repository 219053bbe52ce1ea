"""Options of a command, made from the signature of a function."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Any

import click


class List(click.ParamType):
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


def kind(hint: Any) -> Any:
    """Return the click type of an annotation, which is one of those that `options` knows."""
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is typing.Literal:
        return click.Choice(arguments)
    if typing.get_origin(hint) is tuple:
        return List(arguments[0] if arguments[0] in (int, float) else str)
    if str in arguments:  # or an object, which only Python can give
        return str
    if type(None) in arguments:
        return kind(next(a for a in arguments if a is not type(None)))
    return hint


def defaults(run: Callable[..., Any]) -> dict[str, Any]:
    """Return the options of an experiment with their defaults."""
    return {name: parameter.default for name, parameter in inspect.signature(run).parameters.items()}


def options(run: Callable[..., Any]) -> list[click.Parameter]:
    """Return an option for each keyword; its help is the text in the keyword's Annotated type."""
    options: list[click.Parameter] = []
    hints = typing.get_type_hints(run, include_extras=True)
    for name, default in defaults(run).items():
        hint, *notes = typing.get_args(hints[name]) if hasattr(hints[name], "__metadata__") else (hints[name],)
        text, flag = (notes or [None])[0], f"--{name.replace('_', '-')}"
        if hint is bool:
            options.append(click.Option([f"{flag}/--no-{flag[2:]}"], default=default, help=text, show_default=True))
        else:
            shown = ",".join(map(str, default)) if isinstance(default, tuple) else default
            options.append(click.Option([flag], type=kind(hint), default=shown, help=text, show_default=True))
    return options
