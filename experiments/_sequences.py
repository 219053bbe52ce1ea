"""The sequences of each task, by how much they ask about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from neuromem import checks

if TYPE_CHECKING:
    from neuromem.nn.sequences import Sequences

Task = Literal["mqar", "reassigned", "joint", "selective_copying", "induction", "parity", "permutations"]


def sequences(
    number: int, task: str, pairs: int, length: int | None, vocabulary: int, rng: int, fillers: str = "blank"
) -> Sequences:
    """Return `number` sequences of a task that ask about `pairs` things, four tokens for each.

    The things are pairs, (context, key) cells or tokens. "reassigned" has `pairs` pairs of half as
    many keys, "joint" two contexts of half as many keys, and "induction" one pair, whatever `pairs`
    is. A `length` is that of all sequences but those of joint recall.
    """
    from neuromem.nn import tasks

    if task == "joint" and checks.whole("pairs", pairs) % 2:
        raise checks.refusal("pairs", "be even for joint recall, half of them in each context", f"was {pairs}")
    length = 4 * pairs if length is None else length
    sizes: dict[str, dict[str, Any]] = {
        "mqar": {"length": length, "pairs": pairs, "vocabulary": vocabulary, "fillers": fillers},
        "reassigned": {"length": length, "pairs": pairs, "keys": max(1, pairs // 2), "vocabulary": vocabulary},
        "joint": {"contexts": 2, "keys": pairs // 2, "values": vocabulary // 2},
        "selective_copying": {"length": length, "tokens": pairs, "vocabulary": vocabulary},
        "induction": {"length": length, "vocabulary": vocabulary},
        "parity": {"length": length, "group": "signs"},
        "permutations": {"length": length, "group": "permutations"},
    }
    name = "products" if task in ("parity", "permutations") else task
    return tasks.TASKS[name](number, **sizes[task], rng=rng)
