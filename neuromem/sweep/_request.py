"""What a run is asked for, and by which code: a run that goes on must be the same run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neuromem import __version__, checks, provenance

from ._tasks import Point


def request(point: Point, settings: Mapping[str, Any], trials: int, seed: int) -> dict[str, Any]:
    """Return all that the numbers of a grid depend on, as it comes back from JSON.

    Beside the settings these are the version of neuromem, and digests of the code, and of the files
    that the settings name, such as weights or a memory of the user's own.
    """
    try:
        asked = json.loads(json.dumps({**settings, "trials": trials, "seed": seed}, default=_plain))
    except checks.InputError:
        raise
    except (TypeError, ValueError, RecursionError) as error:  # keys that are no texts, a list that holds itself
        raise _odd(f"can't be written as JSON ({error})") from None
    asked |= {"point": f"{point.__module__.rpartition('.')[2]}.{point.__qualname__}"}
    asked |= {"version of neuromem": __version__, "code": provenance.code(point)}
    every = [one for value in settings.values() for one in (value if isinstance(value, list) else [value])]
    asked |= {f"content of {one}": one.sha256[:12] for one in every if getattr(one, "sha256", "")}
    return asked | {f"content of {path}": content for path, content in provenance.files(settings).items()}


def must_agree(store: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to go on with a run that was begun with another request."""
    for name in {**now, **before}:
        if now.get(name) != before.get(name):
            was = _difference(name, before.get(name), now.get(name))
            way_out = f"go back to what it was, or delete {str(store)!r} to begin anew"
            raise checks.refusal("resume", "continue the run that was begun", was, way_out)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise _odd(f"hold {value!r}")


def _odd(was: str) -> checks.InputError:
    return checks.refusal("settings of a sweep", "be numbers, texts or arrays", was)


def _difference(name: str, before: Any, now: Any) -> str:
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        place = next(i for i, pair in enumerate(zip(before, now, strict=True)) if pair[0] != pair[1])
        name, before, now = f"{name}[{place}]", before[place], now[place]
    elif isinstance(before, list) and isinstance(now, list):
        before, now = f"{len(before)} values", f"{len(now)} values"
    return f"{name} was {before} and is now {now}"
