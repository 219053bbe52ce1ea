"""How objects show themselves in notebooks: small tables, and items as images."""

from __future__ import annotations

import base64
import html
import io
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

SIDE = 96  # pixels of an image


def table(title: str, rows: Mapping[str, Any]) -> str:
    """Return HTML of a table with a row for each name.

    Parameters
    ----------
    title : str
        Its first line.
    rows : mapping of str to object
        Name to what is said of it; HTML inside is shown as text.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> "<td>a &lt; b</td>" in table("Hopfield", {"rule": "a < b"})
    True
    """
    lines = (f"<tr><th>{html.escape(name)}</th><td>{html.escape(str(value))}</td></tr>" for name, value in rows.items())
    return f"<table><caption><b>{html.escape(title)}</b></caption>{''.join(lines)}</table>"


def image(item: np.ndarray) -> str:
    """Return HTML of an item as a square image, its smallest value black and its largest white.

    Parameters
    ----------
    item : ndarray of shape (unit,)
        Of which the number of units is a square.

    Returns
    -------
    str
        HTML that holds the image.
    """
    from PIL import Image  # 20 ms, which only a notebook needs

    side = math.isqrt(len(item))
    low, high = float(item.min()), float(item.max())
    grey = np.uint8(np.round(255 * (item - low) / (high - low or 1))).reshape(side, side)
    content = io.BytesIO()
    Image.fromarray(grey).save(content, "png")
    text = base64.b64encode(content.getvalue()).decode()
    style = f"width:{SIDE}px;image-rendering:pixelated;margin:2px;display:inline-block"
    return f'<img style="{style}" src="data:image/png;base64,{text}">'


def drawable(items: np.ndarray) -> bool:
    """Return whether items can be shown as images.

    Parameters
    ----------
    items : ndarray of shape (item, unit)
        Any array.

    Returns
    -------
    bool
        Whether they are finite rows whose length is a square above 1.
    """
    return (
        items.ndim == 2
        and items.shape[1] > 1
        and math.isqrt(items.shape[1]) ** 2 == items.shape[1]
        and bool(np.isfinite(items).all())
    )


def number(value: float, unit: str) -> str:
    """Say a number with a unit: 4.2 kbit, 1.05 Mbit.

    Parameters
    ----------
    value : float
        The number.
    unit : str
        Its unit.

    Returns
    -------
    str
        Three digits.
    """
    for prefix, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(value) >= size:
            return f"{value / size:.3g} {prefix}{unit}"
    return f"{value:.3g} {unit}"
