"""Dataclasses as text: JSON, and rows as a table."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

from .projections import Pairs


def to_json(part: Any) -> str:
    """A dataclass as JSON, those inside it too, each with the name of its type."""

    def plain(part: Any) -> Any:
        if dataclasses.is_dataclass(part):
            inside = {f.name: plain(getattr(part, f.name)) for f in dataclasses.fields(part)}
            return {"type": type(part).__name__, **inside}
        return [plain(p) for p in part] if isinstance(part, tuple) else part

    return json.dumps(plain(part), indent=1)


def from_json(text: str, kinds: tuple[type, ...]) -> Any:
    """What `to_json` wrote, made of `kinds`; raises KeyError, TypeError or JSONDecodeError."""
    named = {kind.__name__: kind for kind in kinds}

    def built(part: Any) -> Any:
        if isinstance(part, list):
            return tuple(built(p) for p in part)
        if not isinstance(part, dict):
            return part
        inside = {name: built(value) for name, value in part.items() if name != "type"}
        return named[part["type"]](**inside)

    return built(json.loads(text))


def brief(part: Any) -> str:
    """A dataclass without the fields at their default."""
    if not dataclasses.is_dataclass(part):
        return str(part)
    shown = [f for f in dataclasses.fields(part) if getattr(part, f.name) != f.default]
    return f"{type(part).__name__}({', '.join(f'{f.name}={getattr(part, f.name)}' for f in shown)})"


def table(rows: Sequence[tuple[str, ...]], right: set[int]) -> str:
    """Rows as aligned lines, the columns `right` to the right."""
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = (
        [cell.rjust(w) if i in right else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, wide, strict=True))]
        for row in rows
    )
    return "\n".join("  ".join(row).rstrip() for row in padded)


def overview(circuit: Any) -> str:
    """The populations and the projections of a circuit as two tables."""
    cells = [("population", "size", "cell")]
    for p in circuit.populations:
        noise = f" + {p.noise:g} {p.body.current_unit} noise" if p.noise and p.body else ""
        outside = f" + {brief(p.background)}" if p.background else ""
        cells.append((p.name, str(p.size), brief(p.cell or "source") + noise + outside))
    wires = [("projection", "pattern", "synapses", "weight", "delay ms", "plasticity")]
    for q in circuit.projections:
        pattern = "pairs" if isinstance(q.pattern, Pairs) else brief(q.pattern)
        body = circuit[q.post].body
        weight = f"{'various' if isinstance(q.weight, tuple) else q.weight} {body.weight_unit if body else ''}"
        plasticity = brief(q.plasticity or "-")
        wires.append((q.name, pattern, str(circuit.expected_synapses(q)), weight, str(q.delay_ms), plasticity))
    return table(cells, right={1}) + "\n\n" + table(wires, right={2, 3, 4})
