"""Training a model on a recall task, with checkpoints that resume to the same numbers."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from neuromem import checks, results

from ._bar import bar
from ._checkpoint import Evaluation, layers, random_states, resume, save
from .sequences import Sequences
from .transformer import Transformer


@dataclass
class Progress:
    """How far a training came.

    Parameters
    ----------
    step : int, default 0
        The last step.
    evaluations : list of (int, float, float)
        Of each evaluation the step, the mean loss since the one before, and the accuracy.

    Attributes
    ----------
    accuracy, loss : float
        Those of the last evaluation; NaN before the first.
    """

    step: int = 0
    evaluations: list[Evaluation] = field(default_factory=list)

    @property
    def accuracy(self) -> float:
        """The accuracy of the last evaluation; NaN before the first."""
        return self.evaluations[-1][2] if self.evaluations else math.nan

    @property
    def loss(self) -> float:
        """The mean loss since the evaluation before the last; NaN before the first."""
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
    patience: int | None = None,
    every: int = 50,
    rng: int = 0,
    checkpoint: str | Path | None = None,
    show: bool = False,
) -> Progress:
    """Train a model in place on the answers of `lessons`, until `test` is answered well `enough`.

    The optimizer is AdamW with rate_t = rate (1 + cos(pi t / steps)) / 2 and gradients clipped to
    length 1. The order of the lessons follows from `rng` and the epoch alone.

    Parameters
    ----------
    model : Transformer
        The model.
    lessons, test : Sequences
        What it learns from, and what it is evaluated on.
    rate : float, default 0.005
        Learning rate at the first step.
    steps : int, default 1000
        Most training steps.
    batch : int, default 64
        Sequences a step.
    weight_decay : float, default 0.1
        Of AdamW.
    enough : float, default 0.995
        Accuracy at which training stops.
    patience : int, optional
        Evaluations in a row without a better accuracy at which training stops; by default it does
        not. A plateau need not be the end: attention answers one of the pairs for long before it
        answers all.
    every : int, default 50
        Steps between two evaluations, each of which writes the checkpoint.
    rng : int, default 0
        Seed of the order of the lessons.
    checkpoint : str or Path, optional
        File of weights, optimizer, progress and torch's random numbers, written whole. If it
        exists, training goes on from there, to the same numbers as without the stop; `enough` and
        `patience` alone may be others than before, as long as training would not have stopped
        earlier.
    show : bool, default False
        Whether there is a progress bar on stderr.

    Returns
    -------
    Progress
        How far it came.

    Raises
    ------
    InputError
        If the model is no Transformer, sizes don't fit, or the checkpoint is of another model,
        other settings or other sequences, or came further than `enough` and `patience` allow; or if
        the loss is no finite number any more. The error then names the step and the rate, and the
        last good checkpoint is left as it was.
    """
    _known(model)
    _asked("lessons", lessons, model)
    _asked("test", test, model)
    rng = checks.seed(rng)
    settings = {
        "layers": layers(model),
        "rate": (rate := checks.real("rate", rate, above=0, way_out="give a learning rate such as 0.005")),
        "steps": (steps := checks.whole("steps", steps)),
        "batch": (batch := checks.whole("batch", batch, most=len(lessons), way_out="make more lessons, or smaller batches")),
        "weight_decay": (weight_decay := checks.real("weight_decay", weight_decay, least=0, most=max(1.0, 1 / rate))),
        "rng": rng,
    }
    settings["every"] = every = checks.whole("every", every)
    enough = checks.real("enough", enough)
    patience = None if patience is None else checks.whole("patience", patience)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=weight_decay)
    path = None if checkpoint is None else checks.path("checkpoint", checkpoint)
    if path is not None:
        results.folder(path.parent, "checkpoint")
        settings |= {"lessons of sha256": lessons.sha256, "test of sha256": test.sha256}
    progress = Progress() if path is None or not path.exists() else Progress(*resume(path, settings, model, optimizer))
    if any(_stops(progress.evaluations[:number], enough, patience) for number in range(len(progress.evaluations))):
        was = f"{str(path)!r} came to step {progress.step}"
        raise checks.refusal("checkpoint", "be no further than enough and patience allow", was, "choose another file")
    device = model.head.weight.device
    inputs, targets = (torch.as_tensor(x, device=device) for x in (lessons.inputs, lessons.targets))
    losses: list[float] = []
    with bar(steps, progress.step, checks.flag("show", show)) as report, _finite(progress, rate, path):
        while progress.step < steps and not _stops(progress.evaluations, enough, patience):
            rows = torch.as_tensor(order(progress.step, len(lessons), batch, rng), device=device)
            for group in optimizer.param_groups:
                group["lr"] = rate * (1 + math.cos(math.pi * progress.step / steps)) / 2
            due = path if progress.evaluations and progress.step == progress.evaluations[-1][0] else None
            random = random_states(device) if due else {}
            if not (targets[rows] >= 0).any():
                was, way_out = f"was {batch}, of which step {progress.step} has none", "take larger batches"
                raise checks.refusal("batch", "have a question in every step", was, way_out)
            error = loss(model, inputs[rows], targets[rows])
            if not math.isfinite(error.item()):
                raise checks.refusal("loss", "be a finite number", f"is {error.item()}")
            if due is not None:  # only now known to be good: the loss is finite
                save(due, settings, model, optimizer, random, progress.step, progress.evaluations)
            optimizer.zero_grad()
            error.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            progress.step += 1
            losses.append(error.item())
            if progress.step % every == 0 or progress.step == steps:
                progress.evaluations.append((progress.step, sum(losses) / len(losses), accuracy(model, test)))
                losses = []
            report(progress)
    if path is not None:
        save(path, settings, model, optimizer, random_states(device), progress.step, progress.evaluations)
    return progress


@torch.no_grad()
def accuracy(model: Transformer, test: Sequences, batch: int = 256) -> float:
    """Return the fraction of the questions of `test` whose likeliest token is the answer.

    The model is in its mode of evaluation, without dropout, and then in the mode it was in.

    Parameters
    ----------
    model : Transformer
        The model.
    test : Sequences
        The questions.
    batch : int, default 256
        Sequences at a time.

    Returns
    -------
    float
        From 0 to 1.
    """
    _known(model)
    _asked("test", test, model)
    batch = checks.whole("batch", batch)
    device, right = model.head.weight.device, 0
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    try:
        for start in range(0, len(test), batch):
            tokens, targets = (torch.as_tensor(x[start : start + batch], device=device) for x in (test.inputs, test.targets))
            asked = targets >= 0
            right += int((model.head(model.features(tokens)[asked]).argmax(-1) == targets[asked]).sum())
    finally:
        for part, training in modes:
            part.training = training
    return right / int((test.targets >= 0).sum())


def loss(model: Transformer, tokens: Tensor, targets: Tensor) -> Tensor:
    """Return the mean cross-entropy of the answers.

    Parameters
    ----------
    model : Transformer
        The model.
    tokens, targets : Tensor of shape (sequence, time)
        As in `Sequences`; logits are computed only where there is a question.

    Returns
    -------
    Tensor
        One number, with its gradient.
    """
    _known(model)
    whole = isinstance(targets, Tensor) and targets.layout == torch.strided and targets.dtype == torch.int64
    if not whole or not isinstance(tokens, Tensor) or targets.shape != tokens.shape:
        must, was = "be an int64 tensor of the shape of tokens", f"was of type {type(targets).__name__}"
        raise checks.refusal("targets", must, f"has {targets.dtype} of {tuple(targets.shape)}" if whole else was)
    asked = targets >= 0
    if targets.is_cpu and not (asked.any() and targets.max() < model.vocabulary):
        must = f"ask for at least one token, all below {model.vocabulary}"
        raise checks.refusal("targets", must, f"reach to {int(targets.max()) if targets.numel() else 'nothing'}")
    return F.cross_entropy(model.head(model.features(tokens)[asked]), targets[asked])


def order(step: int, number: int, batch: int, rng: int) -> np.ndarray:
    """Return the lessons of a step, in a new order for each epoch that (rng, epoch) tells alone.

    Parameters
    ----------
    step : int
        The training step.
    number : int
        Lessons there are.
    batch : int
        Lessons a step.
    rng : int
        Seed.

    Returns
    -------
    ndarray of shape (batch,)
        Numbers of lessons.
    """
    step, number = checks.whole("step", step, least=0), checks.whole("number", number)
    checks.fits("number", 16 * number, "take fewer lessons")
    batch = checks.whole("batch", batch, most=number)
    rng = checks.seed(rng)
    epoch, place = divmod(step, number // batch)
    return np.random.default_rng([rng, epoch]).permutation(number)[place * batch : (place + 1) * batch]


def _stops(evaluations: list[Evaluation], enough: float, patience: int | None) -> bool:
    """Whether the last evaluation is good enough, or none of the last `patience` was better."""
    right = [accuracy for *_, accuracy in evaluations]
    stuck = patience is not None and len(right) > patience and max(right[-patience:]) <= max(right[:-patience])
    return stuck or (bool(right) and right[-1] >= enough)


def _known(model: Transformer) -> None:
    if not isinstance(model, Transformer):
        way_out = "give a neuromem.nn.Transformer, whose mixer may be any subclass of neuromem.nn.Mixer"
        raise checks.refusal("model", "be a Transformer", f"was of type {type(model).__name__}", way_out)


def _asked(name: str, task: Sequences, model: Transformer) -> None:
    """Refuse what is no Sequences, asks nothing, or has tokens that the model does not know."""
    if not isinstance(task, Sequences):
        way_out = "make them with neuromem.nn.tasks, such as tasks.mqar(1000)"
        raise checks.refusal(name, "be Sequences", f"was of type {type(task).__name__}", way_out)
    if task.vocabulary > model.vocabulary:
        raise checks.refusal(name, f"have at most the {model.vocabulary} tokens of the model", f"has {task.vocabulary}")
    if not (np.asarray(task.targets) >= 0).any():
        raise checks.refusal(name, "ask for at least one token", "has targets of -1 alone", "give sequences with questions")


@contextlib.contextmanager
def _finite(progress: Progress, rate: float, path: Path | None) -> Iterator[None]:
    """Say for which rate, and at which step, a layer or the loss met NaN or infinity."""
    try:
        yield
    except checks.InputError as error:
        if not re.search(r"finite|NaN|within (b?float|1e)", str(error)):
            raise
        kept = "there is no checkpoint" if path is None else f"the last good checkpoint is {path}"
        was = f"was {rate:g}, which gave NaN or infinity at step {progress.step}; {kept}"
        raise checks.refusal("rate", "keep the loss a finite number", was, "take a smaller rate") from error
