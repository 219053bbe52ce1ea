"""Sequences of tokens, and what is asked of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Sequences:
    """Tokens and what is asked of them.

    Parameters
    ----------
    inputs : ndarray of shape (sequence, time)
        The tokens.
    targets : ndarray of shape (sequence, time)
        The token that answers the one read at that time; -1 where nothing is asked.
    written : ndarray of shape (sequence, time)
        True where a token is the value of the key just before it; all False where the task is not
        made of pairs.
    vocabulary : int
        Number of tokens.
    cue : int, default 1
        Tokens that make up a key, the last of them just before its value or at the question.
    """

    inputs: np.ndarray
    targets: np.ndarray
    written: np.ndarray
    vocabulary: int
    cue: int = 1

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def sha256(self) -> str:
        """Digest of the tokens and of what is asked of them."""
        digest = hashlib.sha256()
        for held in map(np.ascontiguousarray, (self.inputs, self.targets)):
            digest.update(repr((held.shape, held.dtype)).encode())
            digest.update(held.data)
        return digest.hexdigest()
