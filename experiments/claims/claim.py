"""A claim of the field: what was published, how far ours may be off, and what measures it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Self

import numpy as np

from neuromem import checks

Cost = Literal["instant", "seconds", "minutes", "hours"]
COSTS: tuple[Cost, ...] = ("instant", "seconds", "minutes", "hours")  # below 1 s, 10 s, 10 min on a core; and above

Standing = Literal["published", "exact", "simulation", "memory"]
STANDINGS = {
    "published": "published, and read there",
    "exact": "published by nobody: an exact sum or an own derivation",
    "simulation": "published by nobody: an independent simulation",
    "memory": "from memory: the source could not be checked",
}


class Paper(str):
    """Authors, year and place of a paper, as a text that knows its DOI or arXiv number.

    Parameters
    ----------
    text : str
        Authors, year and place; with + comes the table, figure or equation.
    link : str
        DOI or arXiv number.
    """

    link: str

    def __new__(cls, text: str, link: str) -> Self:
        paper = super().__new__(cls, text)
        paper.link = link
        return paper

    def __add__(self, more: str) -> Paper:
        return Paper(str(self) + more, self.link)


REPRODUCED, NOT_REPRODUCED = "reproduced", "not reproduced"
WRONG, NOT_TESTABLE = "published number wrong", "not testable here"


class Measured(NamedTuple):
    """Numbers and their standard errors, which are 0 where nothing was drawn at random."""

    values: np.ndarray
    errors: np.ndarray


PRINTED = "rounding in print"  # why ours may be off
SOLVED = "two numerical solutions of the same equations"
EXACT = "a closed form, and rounding"

Answer = float | Sequence[float] | np.ndarray | Measured  # what a claim's function gives


def mean(samples: Any) -> Measured:
    """The mean over the trials and its standard error.

    Parameters
    ----------
    samples : array of shape (trial,) or (trial, number)
        One row a trial.

    Returns
    -------
    Measured
        Arrays of shape (number,).
    """
    samples = np.asarray(samples, float)
    samples = samples[:, None] if samples.ndim == 1 else samples
    return Measured(samples.mean(0), samples.std(0, ddof=1) / np.sqrt(len(samples)))


def share(hits: Any, trials: Any) -> Measured:
    """The share of trials that hit, with its binomial standard error (that of one hit at 0 and 1).

    Parameters
    ----------
    hits, trials : array-like of int
        How many trials hit, of how many.

    Returns
    -------
    Measured
        Arrays of the same length.
    """
    hits, trials = np.broadcast_arrays(np.atleast_1d(hits).astype(float), np.atleast_1d(trials).astype(float))
    known = np.clip(hits, 1, np.maximum(trials - 1, 1)) / trials
    return Measured(hits / trials, np.sqrt(known * (1 - known) / trials))


def measured(answer: Answer) -> Measured:
    """What a claim's function gives, a number, several, or a Measured, as arrays."""
    if isinstance(answer, Measured):
        return Measured(np.atleast_1d(answer.values).astype(float), np.atleast_1d(answer.errors).astype(float))
    values = np.atleast_1d(np.asarray(answer, float))
    return Measured(values, np.zeros_like(values))


@dataclass(frozen=True)
class Claim:
    """One claim of the field.

    Parameters
    ----------
    id : str
        Short name, such as "P01".
    family : str
        The file that holds it.
    statement : str
        What is claimed, in a sentence.
    source : str
        Authors, year, and the table, figure or equation.
    published : tuple of float
        The number or numbers of the source.
    within : tuple of float
        How far ours may be off, each in the unit of its number.
    why : str
        What that distance is made of: rounding in print, standard error, finite size.
    cost : {"instant", "seconds", "minutes", "hours"}
        How long it takes on one core.
    measure : callable
        Gives our number or numbers, from a seed.
    standing : {"published", "exact", "simulation", "memory"}
        Where the number comes from.
    link : str
        DOI or arXiv number, "" where there is none.
    independent : callable, optional
        The same number or numbers computed without neuromem.
    needs : tuple of str
        Packages without which it can't be measured; "CUDA" stands for a GPU that works.
    untestable : str
        Why it can't be measured by neuromem, "" where it can.
    note : str
        What explains our number where it is not the published one.
    """

    id: str
    family: str
    statement: str
    source: str
    published: tuple[float, ...]
    within: tuple[float, ...]
    why: str
    cost: Cost
    measure: Callable[..., Answer] = field(repr=False)
    standing: Standing = "published"
    link: str = ""
    independent: Callable[[], Answer] | None = field(default=None, repr=False)
    needs: tuple[str, ...] = ()
    untestable: str = ""
    note: str = ""

    @property
    def command(self) -> str:
        """What measures it again on a command line."""
        return f"neuromem reproduce {self.id}"

    @property
    def url(self) -> str:
        """The address of the source, "" where there is none."""
        if self.link.startswith("arXiv:"):
            return f"https://arxiv.org/abs/{self.link.removeprefix('arXiv:')}"
        return f"https://doi.org/{self.link}" if self.link else ""

    def missing(self) -> str:
        """Why it can't be measured on this machine, "" where it can."""
        if self.untestable:
            return self.untestable
        away = [package for package in self.needs if package != "CUDA" and importlib.util.find_spec(package) is None]
        if away:
            return f"{', '.join(away)} is not installed"
        return "this machine has no CUDA GPU that works" if "CUDA" in self.needs and not _cuda() else ""

    def verdict(self, ours: Measured, independent: np.ndarray | None = None) -> str:
        """What our numbers say of the published ones.

        Ours may be off by the distance allowed. Where it is farther off, but a calculation without
        neuromem agrees with it, the published number is wrong; not so if nobody published or could
        check it, as then it is only not reproduced. A measurement whose three standard
        errors are more than the distance allowed decides nothing, unless it is off by more than
        both. Where neuromem gives no number, the claim is not reproduced.

        Parameters
        ----------
        ours : Measured
            Our numbers and their standard errors.
        independent : ndarray, optional
            The numbers of the calculation without neuromem.

        Returns
        -------
        str
            One of the four verdicts.
        """
        if np.isnan(ours.values).any():
            return NOT_REPRODUCED
        noise = np.where(3 * ours.errors > np.asarray(self.within), 3 * ours.errors, 0.0)
        if self._agrees(ours.values, np.asarray(self.published), noise):
            return NOT_TESTABLE if noise.any() else REPRODUCED
        if self.standing == "published" and independent is not None and self._agrees(ours.values, independent, noise):
            return WRONG
        return NOT_REPRODUCED

    def _agrees(self, ours: np.ndarray, other: np.ndarray, noise: np.ndarray) -> bool:
        rounding = 1e-9 * np.abs(other)
        return bool((np.abs(ours - other) <= np.asarray(self.within) + rounding + noise).all())


def _cuda() -> bool:
    """Whether a CUDA device works here for PyTorch or for numba."""
    if importlib.util.find_spec("torch") is not None:
        import torch

        if torch.cuda.is_available():
            return True
    from numba import cuda

    return bool(cuda.is_available())


LEDGER: dict[str, Claim] = {}


def _numbers(value: float | Sequence[float]) -> tuple[float, ...]:
    return tuple(float(one) for one in np.atleast_1d(value))


def claim(
    id: str,
    *source: str,
    published: float | Sequence[float],
    within: float | str | Sequence[float],
    why: str,
    cost: Cost,
    standing: Standing = "published",
    independent: Callable[[], Answer] | None = None,
    needs: tuple[str, ...] = (),
    untestable: str = "",
    note: str = "",
) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Enter the function below it into the ledger as the claim's measurement.

    The docstring of the function is the statement. It takes nothing, or `seed`; it returns a
    number, several, or what `mean` and `share` give.

    Parameters
    ----------
    id : str
        Short name that no other claim has.
    *source : str
        Authors, year, and the table, figure or equation; a `Paper` brings its link. Where there
        are two texts, the first is the statement.
    published : float or sequence of float
        The number or numbers of the source.
    within : float, sequence of float, or str
        How far ours may be off; "1%" is a share of each number.
    why, cost, standing : str
        As `Claim` has them.
    independent : callable, optional
        The same number or numbers computed without neuromem.
    needs : tuple of str
        Packages without which it can't be measured; "CUDA" stands for a GPU that works.
    untestable : str
        Why it can't be measured by neuromem.
    note : str
        What explains our number where it is not the published one.

    Returns
    -------
    callable
        A decorator.

    Raises
    ------
    InputError
        If the id is taken, or `within` does not fit `published`.
    """
    numbers = _numbers(published)
    if isinstance(within, str):
        allowed = tuple(abs(number) * float(within.rstrip("%")) / 100 for number in numbers)
    else:
        allowed = _numbers(within) * (len(numbers) if np.ndim(within) == 0 else 1)
    if len(allowed) != len(numbers):
        raise checks.refusal("within", f"be one number, or {len(numbers)} as published", f"was {len(allowed)}")
    if id in LEDGER:
        raise checks.refusal("id", "be new", f"{id!r} is in {LEDGER[id].family}", "give the claim another id")
    checks.choice("cost", cost, COSTS)
    checks.choice("standing", standing, STANDINGS)
    paper = source[-1]

    def enter(measure: Callable[..., Answer]) -> Callable[..., Answer]:
        statement = " ".join((source[0] if len(source) > 1 else measure.__doc__ or "").split())
        measure.__doc__ = statement
        LEDGER[id] = Claim(
            id=id,
            family=measure.__module__.rpartition(".")[2],
            statement=statement,
            source=str(paper),
            published=numbers,
            within=allowed,
            why=why,
            cost=cost,
            measure=measure,
            standing=standing,
            link=getattr(paper, "link", ""),
            independent=independent,
            needs=needs,
            untestable=untestable,
            note=note,
        )
        return measure

    return enter
