"""A memory's card: a fixed set of measurements on one page, beside those of all other memories."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from .measure import LIMIT, measure
from .page import page

__all__ = ["LIMIT", "known", "measure", "page"]


@cache
def known() -> dict[str, dict[str, Any]]:
    """Return the cards of neuromem's own memories, which were measured for this version.

    Returns
    -------
    dict of str to dict
        Name of a memory to what `measure` found.
    """
    return json.loads(Path(__file__).with_name("known.json").read_text(encoding="utf-8"))
