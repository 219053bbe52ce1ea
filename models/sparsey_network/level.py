"""The settings of a SparseyNetwork: one level of macrocolumns, and how weights fade."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any

from neuromem import checks
from neuromem.kernels.afferents import WEIGHT


@dataclass(frozen=True)
class Level:
    """One level of macrocolumns.

    Parameters
    ----------
    grid : tuple of int, default (1, 1)
        Rows and columns of macrocolumns, spread evenly over the level below.
    modules, cells : int, default 16, 32
        Modules Q of a macrocolumn and cells K of a module.
    field : int, default 4
        Side of the receptive field, in pixels or in macrocolumns of the level below.
    reach : int, default 1
        How many macrocolumns away, in rows and columns, horizontal input comes from.
    persistence : int, default 1
        Number of frames for which a code stays.
    active_range : tuple of float, default (0, 1)
        Least and greatest active fraction at which a macrocolumn acts, pi- and pi+: of the known
        pixels at the lowest level, and of the cells below at the others.
    first : float, default 1
        Exponent of U in the first frame of an episode.
    U, H, D : float, default 1
        Exponents of the bottom-up, horizontal and top-down input in all other frames.

    Raises
    ------
    InputError
        If a setting is out of its range.

    Examples
    --------
    >>> Level((2, 2), field=4).macrocolumns
    4
    """

    grid: tuple[int, int] = (1, 1)
    _: KW_ONLY
    modules: int = 16
    cells: int = 32
    field: int = 4
    reach: int = 1
    persistence: int = 1
    active_range: tuple[float, float] = (0.0, 1.0)
    first: float = 1.0
    U: float = 1.0
    H: float = 1.0
    D: float = 1.0

    def __post_init__(self) -> None:
        checks.rectangle("grid", self.grid)
        for name, least in {"modules": 1, "cells": 2, "field": 1, "persistence": 1, "reach": 0}.items():
            checks.whole(name, getattr(self, name), least=least)
        for name in ("first", "U", "H", "D"):
            checks.real(name, getattr(self, name), least=0)
        checks.interval("active_range", self.active_range)

    @property
    def macrocolumns(self) -> int:
        """Number of macrocolumns of the level."""
        return math.prod(self.grid)


@dataclass(frozen=True)
class Fading:
    """Fading of weights with age, counted in frames since a weight was last set.

    A weight is worth `weights[n]` until the age `ages[stiffness][n]`, and 0 after the last age. It
    is set with stiffness 0. A weight that is set again later than the persistence of its level and
    before the first age gains one in stiffness; at stiffness 2 it stays for good.

    Parameters
    ----------
    ages : tuple of tuple of int, default ((2000, 3000, 4000), (4000, 6000, 8000))
        Rising ages, for stiffness 0 and for stiffness 1. The defaults are those of Sparsey's code.
    weights : tuple of int, default (127, 120, 50)
        What a weight is worth until each age, from 1 to 127.

    Raises
    ------
    InputError
        If ages do not rise, or are not as many as the weights.

    Examples
    --------
    >>> Fading(ages=((2, 4), (6, 8)), weights=(127, 50)).weights
    (127, 50)
    """

    ages: tuple[tuple[int, ...], tuple[int, ...]] = ((2000, 3000, 4000), (4000, 6000, 8000))
    weights: tuple[int, ...] = (WEIGHT, 120, 50)

    def __post_init__(self) -> None:
        ages = checks.array("ages", self.ages, ("stiffness", "age"))
        weights = checks.array("weights", self.weights, (ages.shape[1],))
        if len(ages) != 2 or (ages != ages.astype(int)).any() or (ages <= 0).any() or (ages[:, 1:] <= ages[:, :-1]).any():
            raise checks.refusal("ages", "be two rows of rising whole numbers of frames", f"was {self.ages}")
        if (weights != weights.astype(int)).any() or weights.min() < 1 or weights.max() > WEIGHT:
            raise checks.refusal("weights", f"be whole numbers from 1 to {WEIGHT}", f"was {self.weights}")


def usual_levels(shape: tuple[int, int], lines: str) -> list[Level]:
    """Return the default levels: up to 6 x 6 overlapping fields, and one macrocolumn above.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of a frame.
    lines : {"both", "on"}
        Which values of a pixel have an input line.

    Returns
    -------
    list of Level
    """
    grid = tuple(min(6, max(1, side // 2 - 1)) for side in shape)
    size = max(2 * math.ceil(side / (n + 1)) for side, n in zip(shape, grid, strict=True))
    power = 8.0 if lines == "both" else 1.0  # as in Sparsey: unrelated dense items agree in half of their units
    return [
        Level((grid[0], grid[1]), field=size, modules=12, cells=32, first=power, U=power),
        Level((1, 1), field=max(grid), modules=24, cells=32),
    ]


def checked(levels: Any) -> list[Level]:
    """Give levels as a list, and refuse what is none.

    Parameters
    ----------
    levels : sequence of Level
        From below.

    Returns
    -------
    list of Level
        The same.
    """
    way_out = "write [Level(grid, modules=.., cells=..), ..]"
    if not isinstance(levels, Sequence) or not levels or isinstance(levels, str):
        raise checks.refusal("levels", "be a list of Level, from below", checks.shown(levels), way_out)
    for n, level in enumerate(levels):
        if not isinstance(level, Level):
            raise checks.refusal(f"levels[{n}]", "be a Level", checks.shown(level), way_out)
    return list(levels)
