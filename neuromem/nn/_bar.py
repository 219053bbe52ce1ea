"""A bar that shows how far a training came."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from typing import Any


@contextlib.contextmanager
def bar(steps: int, done: int, show: bool) -> Iterator[Callable[[Any], None]]:
    """Give what shows a `Progress`: a bar with loss and accuracy on stderr, or nothing.

    Parameters
    ----------
    steps : int
        Steps in all.
    done : int
        Steps that were made before.
    show : bool
        Whether there is a bar.

    Yields
    ------
    callable
        A call with the progress.
    """
    if not show:
        yield lambda progress: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("loss {task.fields[loss]:.3f}  accuracy {task.fields[accuracy]:.3f}"), BarColumn())
    with Bar(*columns, MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=steps, completed=done, loss=math.nan, accuracy=math.nan)
        yield lambda progress: bar.update(task, completed=progress.step, loss=progress.loss, accuracy=progress.accuracy)
