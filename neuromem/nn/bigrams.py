"""Bigrams with triggers: text of pair statistics, in which a few tokens are followed anew."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neuromem import checks

from .sequences import Sequences

ROW = 20  # a row of the table is drawn as if from so many tokens of the common distribution


class Language(NamedTuple):
    """What tokens follow each other.

    Parameters
    ----------
    common : ndarray of shape (vocabulary,)
        Zipf's law: the distribution of a first token, and that around which the rows are drawn. How
        often tokens come up in a text follows from the rows, and is another.
    following : ndarray of shape (vocabulary, vocabulary)
        The distribution of what follows each token, a row each.
    """

    common: np.ndarray
    following: np.ndarray


def language(vocabulary: int = 65, *, rng: int | np.random.Generator = 0) -> Language:
    """Draw the statistics of a language: Zipf's law, and a random row for each token.

    Parameters
    ----------
    vocabulary : int, default 65
        Number of tokens.
    rng : int or numpy.random.Generator, default 0
        Randomness.

    Returns
    -------
    Language
        Zipf's law and the table.
    """
    vocabulary = checks.whole("vocabulary", vocabulary, least=2)
    checks.fits("vocabulary", 16 * vocabulary**2, "take fewer tokens")
    common = 1 / np.arange(1, vocabulary + 1)
    common /= common.sum()
    return Language(common, checks.generator(rng).dirichlet(ROW * common, vocabulary))


def bigrams(
    sequences: int,
    *,
    length: int = 128,
    triggers: int = 5,
    vocabulary: int = 65,
    table: int = 0,
    rng: int | np.random.Generator = 0,
) -> Sequences:
    """Make sequences by the bigrams of a language, in which triggers are followed by their outputs.

    Tokens 0 to triggers - 1, the first by Zipf's law, are the triggers. Each is followed, wherever
    it stands, by its output, any token, drawn anew for each sequence. Every other token is followed
    as the table of the language says. Outputs are asked for from the second time on: only the
    sequence itself says them. No token is a blank.

    Parameters
    ----------
    sequences : int
        Number of sequences.
    length : int, default 128
        Tokens in a sequence.
    triggers : int, default 5
        Number of triggers.
    vocabulary : int, default 65
        Number of tokens.
    table : int, default 0
        Seed of the language; sequences to learn from and to test with have the same.
    rng : int or numpy.random.Generator, default 0
        Randomness.

    Returns
    -------
    Sequences
        The tokens and what is asked.

    References
    ----------
    Bietti, A. et al. (2023). Birth of a transformer: a memory viewpoint.
    https://arxiv.org/abs/2306.00802

    Examples
    --------
    >>> task = bigrams(1, length=10, triggers=1, vocabulary=4, rng=2)
    >>> task.inputs[0].tolist()
    [0, 3, 0, 3, 1, 0, 3, 0, 3, 0]
    >>> task.targets[0].tolist()
    [-1, -1, 3, -1, -1, 3, -1, 3, -1, 3]
    """
    sequences, length = checks.whole("sequences", sequences), checks.whole("length", length, least=2)
    checks.fits("sequences", 8 * 4 * sequences * (length + 1), "make fewer sequences, or shorter ones")
    common, following = language(vocabulary, rng=checks.whole("table", table, least=0))
    triggers = checks.whole("triggers", triggers, most=vocabulary)
    rng = checks.generator(rng)
    output = rng.integers(0, vocabulary, (sequences, triggers))
    upto = following.cumsum(1)
    upto[:, -1] = 1.0
    tokens = np.empty((sequences, length + 1), np.int64)
    tokens[:, 0] = rng.choice(vocabulary, sequences, p=common)
    for t in range(length):
        last = tokens[:, t]
        told = last < triggers
        tokens[:, t + 1] = (rng.random(sequences)[:, None] > upto[last]).sum(1)
        tokens[told, t + 1] = output[told, last[told]]
    inputs = tokens[:, :-1]
    seen = (inputs[..., None] == np.arange(triggers)).cumsum(1)  # (sequence, time, trigger)
    again = (inputs < triggers) & (np.take_along_axis(seen, np.minimum(inputs, triggers - 1)[..., None], 2)[..., 0] > 1)
    return Sequences(inputs, np.where(again, tokens[:, 1:], -1), np.zeros(inputs.shape, bool), vocabulary)
