"""Recall tasks: sequences of tokens in which something is said once and asked for later.

Token 0 is a blank that means nothing. Every function takes the number of sequences first, and
`rng`, and makes all sequences at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from neuromem import checks

from .bigrams import bigrams
from .sequences import Sequences
from .state_tracking import products

Rng = int | np.random.Generator


def mqar(
    sequences: int,
    *,
    length: int = 64,
    pairs: int = 4,
    vocabulary: int = 256,
    power: float = 0.01,
    fillers: str = "blank",
    rng: Rng = 0,
) -> Sequences:
    """Make sequences that tell pairs of a key and a value, then ask for every key once.

    Multi-query associative recall: in k1 v1 k2 v2 ... | 0 k2 0 0 0 k1 0 ... a key is asked for g
    = 1, 2, ... places after the pairs, two tokens a place, with

        P(g) ~ power g^(power - 1),  without replacement                                       (1)

    so that a small `power` asks soon after the pairs. Keys are the tokens from 1 to below
    vocabulary / 2, values those from there on, all different within a sequence. The other places
    hold the blank 0, or random fillers. Zoology's figure 2 has blanks, that of Based has fillers.

    Parameters
    ----------
    sequences : int
        Number of sequences.
    length : int, default 64
        Tokens in a sequence.
    pairs : int, default 4
        Pairs told, and questions.
    vocabulary : int, default 256
        Number of tokens.
    power : float, default 0.01
        Exponent of (1); 1 asks at any place alike.
    fillers : str, default "blank"
        "blank", or "random": any token at all, which may be a key that is not asked for there. At
        the default sizes the key of 1 question in 20 has come up again among the fillers, with
        another token after it; the answer is still the value that was told at first.
    rng : int or numpy.random.Generator, default 0
        Randomness.

    Returns
    -------
    Sequences
        The tokens and what is asked.

    Raises
    ------
    InputError
        If a sequence or the vocabulary is too small for the pairs.

    References
    ----------
    Arora, S. et al. (2023). Zoology. https://arxiv.org/abs/2312.04927

    Examples
    --------
    >>> task = mqar(1, length=12, pairs=2, vocabulary=8, rng=0)
    >>> task.inputs[0].tolist()
    [3, 4, 2, 7, 2, 0, 3, 0, 0, 0, 0, 0]
    >>> task.targets[0].tolist()
    [-1, -1, -1, -1, 7, -1, 4, -1, -1, -1, -1, -1]
    """
    pairs, _, length, vocabulary = _pairs_fit(pairs, pairs, length, vocabulary)
    sequences = _many(sequences, 8 * length)
    rng = checks.generator(rng)
    keys, values = _tokens(sequences, pairs, pairs, vocabulary, rng)
    task = _asked(keys, values, keys, values, length, vocabulary, power, rng)
    if checks.choice("fillers", fillers, ("blank", "random")) == "random":
        blank = task.inputs == 0
        task.inputs[blank] = rng.integers(0, vocabulary, blank.sum())
    return task


def reassigned(
    sequences: int,
    *,
    length: int = 64,
    keys: int = 4,
    pairs: int = 8,
    vocabulary: int = 256,
    power: float = 0.01,
    rng: Rng = 0,
) -> Sequences:
    """Make sequences as `mqar` does, in which `pairs` pairs share `keys` keys, in any order.

    The newest value of each key is asked for. Every key is written at least once.

    Parameters
    ----------
    sequences : int
        Number of sequences.
    length : int, default 64
        Tokens in a sequence.
    keys : int, default 4
        Different keys, each asked for once.
    pairs : int, default 8
        Pairs told.
    vocabulary : int, default 256
        Number of tokens.
    power : float, default 0.01
        Exponent of the gaps, as in `mqar`.
    rng : int or numpy.random.Generator, default 0
        Randomness.

    Returns
    -------
    Sequences
        The tokens and what is asked.

    References
    ----------
    Schlag, I., Irie, K. & Schmidhuber, J. (2021), setting 2. https://arxiv.org/abs/2102.11174
    """
    pairs, keys, length, vocabulary = _pairs_fit(pairs, keys, length, vocabulary)
    sequences = _many(sequences, 8 * length + pairs * keys)
    rng = checks.generator(rng)
    known, values = _tokens(sequences, keys, pairs, vocabulary, rng)
    first = np.broadcast_to(np.arange(keys), (sequences, keys))
    which = rng.permuted(np.concatenate([first, rng.integers(0, keys, (sequences, pairs - keys))], 1), axis=1)
    newest = pairs - 1 - (which[:, ::-1, None] == np.arange(keys)).argmax(1)  # the last pair of each key
    answers = np.take_along_axis(values, newest, 1)
    return _asked(np.take_along_axis(known, which, 1), values, known, answers, length, vocabulary, power, rng)


def joint(sequences: int, *, contexts: int = 5, keys: int = 5, values: int = 16, rng: Rng = 0) -> Sequences:
    """Make sequences of joint recall, in which a key has another value in each context.

    In c k v c k v ... | c k c k ... all contexts x keys are told, then asked for in another
    order: the answer to a key depends on the context before it. Tokens are the blank, contexts,
    keys and values, in this order. A value is drawn for each (context, key), and the length is 5
    * contexts * keys.

    Parameters
    ----------
    sequences : int
        Number of sequences.
    contexts, keys, values : int
        Numbers of contexts, of keys in each, and of values.
    rng : int or numpy.random.Generator, default 0
        Randomness.

    Returns
    -------
    Sequences
        The tokens and what is asked.

    Examples
    --------
    >>> joint(1, contexts=2, keys=2).inputs.shape
    (1, 20)
    """
    contexts, keys = checks.whole("contexts", contexts), checks.whole("keys", keys)
    sequences, rng = _many(sequences, 20 * contexts * keys), checks.generator(rng)
    vocabulary = 1 + contexts + keys + checks.whole("values", values)
    value = rng.integers(1 + contexts + keys, vocabulary, (sequences, contexts * keys))
    told, asked = (rng.permuted(np.tile(np.arange(contexts * keys), (sequences, 1)), axis=1) for _ in range(2))
    both = [np.stack([1 + cell // keys, 1 + contexts + cell % keys], -1) for cell in (told, asked)]
    list_ = np.concatenate([both[0], np.take_along_axis(value, told, 1)[..., None]], -1).reshape(sequences, -1)
    inputs = np.concatenate([list_, both[1].reshape(sequences, -1)], 1)
    targets = np.full_like(inputs, -1)
    targets[:, list_.shape[1] + 1 :: 2] = np.take_along_axis(value, asked, 1)
    written = np.broadcast_to(np.arange(inputs.shape[1]) < list_.shape[1], inputs.shape).copy()
    written[:, np.arange(inputs.shape[1]) % 3 != 2] = False
    return Sequences(inputs, targets, written, vocabulary, cue=2)


def selective_copying(
    sequences: int, *, length: int = 64, tokens: int = 8, vocabulary: int = 256, rng: Rng = 0
) -> Sequences:
    """Make sequences in which tokens scattered among blanks are asked for in their order.

    In 0 b 0 0 a 0 | 1 1 the markers (token 1) at the end ask for b, then a.

    Parameters
    ----------
    sequences : int
        Number of sequences.
    length : int, default 64
        Tokens in a sequence.
    tokens : int, default 8
        Tokens to copy, and markers.
    vocabulary : int, default 256
        Number of tokens.
    rng : int or numpy.random.Generator, default 0
        Randomness.

    Returns
    -------
    Sequences
        The tokens and what is asked.

    References
    ----------
    Gu, A. & Dao, T. (2023). Mamba. https://arxiv.org/abs/2312.00752
    """
    length = checks.whole("length", length, least=2)
    sequences, rng = _many(sequences, 8 * length), checks.generator(rng)
    tokens = checks.whole("tokens", tokens, most=length // 2, way_out="a sequence holds each of them twice; make it longer")
    vocabulary = checks.whole("vocabulary", vocabulary, least=3)
    data = rng.integers(2, vocabulary, (sequences, tokens))
    inputs = np.ones((sequences, length), np.int64)
    inputs[:, : length - tokens] = 0
    at = np.sort(rng.random((sequences, length - tokens)).argsort(1)[:, :tokens], 1)
    np.put_along_axis(inputs, at, data, 1)
    targets = np.full_like(inputs, -1)
    targets[:, length - tokens :] = data
    return Sequences(inputs, targets, np.zeros(inputs.shape, bool), vocabulary)


def induction(sequences: int, *, length: int = 64, vocabulary: int = 256, rng: Rng = 0) -> Sequences:
    """Make sequences of random tokens with one marker (token 1) among them and one at the end.

    In a b 1 c d e 1 the token after the first marker, c, is asked for.

    Parameters
    ----------
    sequences : int
        Number of sequences.
    length : int, default 64
        Tokens in a sequence.
    vocabulary : int, default 256
        Number of tokens.
    rng : int or numpy.random.Generator, default 0
        Randomness.

    Returns
    -------
    Sequences
        The tokens and what is asked.

    References
    ----------
    Olsson, C. et al. (2022). In-context learning and induction heads.
    https://arxiv.org/abs/2209.11895

    Fu, D. Y. et al. (2023). Hungry hungry hippos. https://arxiv.org/abs/2212.14052
    """
    length = checks.whole("length", length, least=3, way_out="a marker, its token, and the marker again")
    sequences, rng = _many(sequences, 8 * length), checks.generator(rng)
    vocabulary = checks.whole("vocabulary", vocabulary, least=3)
    inputs = rng.integers(2, vocabulary, (sequences, length))
    at = rng.integers(0, length - 2, (sequences, 1))
    np.put_along_axis(inputs, at, 1, 1)
    inputs[:, -1] = 1
    targets = np.full_like(inputs, -1)
    targets[:, -1] = np.take_along_axis(inputs, at + 1, 1)[:, 0]
    written = np.arange(length) == at + 1
    return Sequences(inputs, targets, written, vocabulary)


TASKS: dict[str, Callable[..., Sequences]] = {
    "mqar": mqar,
    "reassigned": reassigned,
    "joint": joint,
    "selective_copying": selective_copying,
    "induction": induction,
    "bigrams": bigrams,
    "products": products,
}


def _many(sequences: int, each: int) -> int:
    """The number of sequences, if that many fit with `each` numbers of 8 bytes at the same time."""
    number = checks.whole("sequences", sequences)
    checks.fits("sequences", 8 * number * each, "make fewer sequences, or shorter ones of fewer tokens")
    return number


def _pairs_fit(pairs: int, keys: int, length: int, vocabulary: int) -> tuple[int, int, int, int]:
    """Return the four; refuse more pairs or keys than vocabulary and length have room for."""
    vocabulary = checks.whole("vocabulary", vocabulary, least=4, way_out="give for example 256: half keys, half values")
    pairs = checks.whole("pairs", pairs)
    keys = checks.whole("keys", keys, most=pairs, way_out="every key is written at least once")
    if pairs > vocabulary // 2 or keys > vocabulary // 2 - 1:
        must = f"be at most {vocabulary // 2 - 1}, the keys that a vocabulary of {vocabulary} has"
        raise checks.refusal("pairs", must, f"was {pairs}", f"take a vocabulary of {2 * pairs + 2}")
    room = f"{pairs} pairs and a place for each of {keys} questions need it"
    return pairs, keys, checks.whole("length", length, least=2 * (pairs + keys), way_out=room), vocabulary


def _tokens(
    sequences: int, keys: int, values: int, vocabulary: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Different keys (sequence, key) and different values (sequence, value) for each sequence."""
    size, half = _many(sequences, 2 * vocabulary), vocabulary // 2
    return (
        1 + rng.random((size, half - 1)).argsort(1)[:, :keys],
        half + rng.random((size, vocabulary - half)).argsort(1)[:, :values],
    )


def _asked(
    keys: np.ndarray,
    values: np.ndarray,
    cues: np.ndarray,
    answers: np.ndarray,
    length: int,
    vocabulary: int,
    power: float,
    rng: np.random.Generator,
) -> Sequences:
    """The pairs keys, values, then every cue at a place drawn by equation (1) of `mqar`."""
    power = checks.real("power", power, above=0, way_out="give an exponent such as 0.01; 1 asks at any place alike")
    told = 2 * keys.shape[1]
    gap = np.arange(1, (length - told) // 2 + 1)
    score = np.log(power) + (power - 1) * np.log(gap) + rng.gumbel(size=(len(keys), len(gap)))  # the largest are a draw
    at = told + 2 * (-score).argsort(1)[:, : cues.shape[1]]
    at = rng.permuted(at, axis=1)
    inputs = np.zeros((len(keys), length), np.int64)
    inputs[:, 0:told:2], inputs[:, 1:told:2] = keys, values
    targets, written = np.full_like(inputs, -1), np.zeros(inputs.shape, bool)
    np.put_along_axis(inputs, at, cues, 1)
    np.put_along_axis(targets, at, answers, 1)
    written[:, 1:told:2] = True
    return Sequences(inputs, targets, written, vocabulary)
