"""Training a model on a recall task: AdamW, a cosine, early stop, checkpoints that resume to the same numbers."""

from __future__ import annotations

import contextlib
import math
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from neuromem import checks, results

from .tasks import Sequences
from .transformer import Transformer


@dataclass
class Progress:
    """How far a training came: its last step, and (step, mean loss since the one before, accuracy) of each evaluation."""

    step: int = 0
    evaluations: list[tuple[int, float, float]] = field(default_factory=list)

    @property
    def accuracy(self) -> float:
        """Of the last evaluation; NaN before the first."""
        return self.evaluations[-1][2] if self.evaluations else math.nan

    @property
    def loss(self) -> float:
        """Mean since the evaluation before the last; NaN before the first."""
        return self.evaluations[-1][1] if self.evaluations else math.nan


def train(
    model: Transformer,
    lessons: Sequences,
    test: Sequences,
    *,
    rate: float = 5e-3,
    steps: int = 1000,
    batch: int = 64,
    weight_decay: float = 0.1,
    enough: float = 0.995,
    every: int = 50,
    rng: int = 0,
    checkpoint: str | Path | None = None,
    show: bool = False,
) -> Progress:
    """Trains `model` in place on the answers of `lessons`, until `test` is answered well `enough` or `steps` are done.

    AdamW with rate_t = rate (1 + cos(pi t / steps)) / 2, gradients clipped to length 1; rng and epoch tell the order of
    the lessons. Every `every` steps: accuracy on `test`, and the checkpoint (weights, optimizer, progress), written whole.
    If it exists, training goes on from there, to the same numbers as without the stop.  show: a progress bar on stderr.

    Raises InputError for sizes that don't fit or a checkpoint of other settings; FloatingPointError where the loss is no
    number any more, naming the step and the rate, with the last good checkpoint left as it was.
    """
    settings = {
        "rate": checks.real("rate", rate, above=0, way_out="give a learning rate such as 0.005"),
        "steps": checks.whole("steps", steps),
        "batch": checks.whole("batch", batch, most=len(lessons), way_out="make more lessons, or smaller batches"),
        "weight_decay": checks.real("weight_decay", weight_decay, least=0),
        "rng": checks.seed(rng),
    }
    checks.whole("every", every)
    for name, task in (("lessons", lessons), ("test", test)):
        if task.vocabulary > model.vocabulary:
            must, was = f"have at most the {model.vocabulary} tokens of the model", f"has {task.vocabulary}"
            raise checks.refusal(name, must, was)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=weight_decay)
    path = None if checkpoint is None else Path(checkpoint)
    if path is not None:
        results.folder(path.parent)
    progress = Progress() if path is None or not path.exists() else _resume(path, settings, model, optimizer)
    device = model.head.weight.device
    inputs, targets = (torch.as_tensor(x, device=device) for x in (lessons.inputs, lessons.targets))
    losses: list[float] = []
    with _bar(steps, progress.step, show) as report:
        while progress.step < steps and not progress.accuracy >= enough:
            rows = torch.as_tensor(_rows(progress.step, len(lessons), batch, rng), device=device)
            for group in optimizer.param_groups:
                group["lr"] = rate * (1 + math.cos(math.pi * progress.step / steps)) / 2
            loss = _loss(model, inputs[rows], targets[rows])
            if not math.isfinite(loss.item()):
                kept = "there is no checkpoint" if path is None else f"the last good checkpoint is {path}"
                raise FloatingPointError(
                    f"the loss is {loss.item()} at step {progress.step} with rate {rate:g}; {kept}; take a smaller rate"
                )
            if path is not None and progress.evaluations and progress.step == progress.evaluations[-1][0]:
                _save(path, settings, model, optimizer, progress)  # only now known to be good: the loss is finite
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            progress.step += 1
            losses.append(loss.item())
            if progress.step % every == 0 or progress.step == steps:
                progress.evaluations.append((progress.step, sum(losses) / len(losses), accuracy(model, test)))
                losses = []
            report(progress)
    if path is not None:
        _save(path, settings, model, optimizer, progress)
    return progress


@torch.no_grad()
def accuracy(model: Transformer, test: Sequences, batch: int = 256) -> float:
    """Fraction of the questions whose likeliest token is the answer."""
    device, right = model.head.weight.device, 0
    for start in range(0, len(test), batch):
        tokens, targets = (torch.as_tensor(x[start : start + batch], device=device) for x in (test.inputs, test.targets))
        asked = targets >= 0
        right += int((model.head(model.features(tokens)[asked]).argmax(-1) == targets[asked]).sum())
    return right / int((test.targets >= 0).sum())


def _loss(model: Transformer, tokens: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy of the answers; logits only where there is a question."""
    asked = targets >= 0
    return F.cross_entropy(model.head(model.features(tokens)[asked]), targets[asked])


def _rows(step: int, number: int, batch: int, seed: int) -> np.ndarray:
    """The lessons of a step: a new order for each epoch, told by (seed, epoch) alone."""
    epoch, place = divmod(step, number // batch)
    return np.random.default_rng([seed, epoch]).permutation(number)[place * batch : (place + 1) * batch]


def _save(
    path: Path, settings: dict[str, Any], model: Transformer, optimizer: torch.optim.Optimizer, progress: Progress
) -> None:
    state = {
        "settings": settings,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": progress.step,
        "evaluations": progress.evaluations,
    }
    results.write_whole(path, lambda beside: torch.save(state, beside))


def _resume(path: Path, settings: dict[str, Any], model: Transformer, optimizer: torch.optim.Optimizer) -> Progress:
    """The progress in a checkpoint, whose weights and optimizer go into `model` and `optimizer`."""
    try:
        state = torch.load(path, weights_only=True, map_location=model.head.weight.device)
        state["settings"], state["model"], state["optimizer"]
    except (pickle.UnpicklingError, RuntimeError, EOFError, KeyError, TypeError) as error:
        raise checks.refusal("checkpoint", "be one of `train`", f"{str(path)!r} is not", "choose another file") from error
    for name, value in settings.items():
        if state["settings"].get(name) != value:
            was = f"has {name} {state['settings'].get(name)}, not {value}"
            raise checks.refusal("checkpoint", "be of the same settings", f"{str(path)!r} {was}", "choose another file")
    try:
        model.load_state_dict(state["model"])
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise checks.refusal("checkpoint", "be of the same model", f"{str(path)!r} is not ({reason})") from error
    optimizer.load_state_dict(state["optimizer"])
    return Progress(state["step"], [tuple(one) for one in state["evaluations"]])


@contextlib.contextmanager
def _bar(steps: int, done: int, show: bool) -> Iterator[Callable[[Progress], None]]:
    """What shows a progress: a bar with loss and accuracy, or nothing."""
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
