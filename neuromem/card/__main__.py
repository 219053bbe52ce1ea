"""Measure neuromem's own memories again: python -m neuromem.card [NAME ...], or all of them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from neuromem import models, provenance
from neuromem.card import LIMIT, measure

KNOWN = Path(__file__).with_name("known.json")


def main(names: list[str], limit: float = LIMIT) -> None:
    """Measure memories and write them into the file of known cards, one after the other."""
    if provenance.version().endswith(".dirty"):
        raise SystemExit("commit first: a card says of which commit it is, and there are changes besides")
    for name in names or models.ALL:
        known = json.loads(KNOWN.read_text(encoding="utf-8"))
        known[name] = measure(name, limit)
        print(name, known[name]["seconds"], *known[name]["left_out"], flush=True)
        lines = (f"{json.dumps(key)}: {json.dumps(rounded(known[key]))}" for key in sorted(known))
        KNOWN.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def rounded(value: object) -> object:
    """Return JSON in which numbers have four digits, which is what a page can show."""
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one) for one in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main(sys.argv[1:])
