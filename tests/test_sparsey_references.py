"""Sparsey against plain NumPy that shares nothing with it, and the reference numbers that experiments ship.

The simulations use dense weights, their own random numbers, and draws by cumulated chances.
"""

import numpy as np
import pytest

import neuromem as nm
from neuromem.experiments import sequence, similarity
from neuromem.models.sparsey_network import Level


def winners(chance, rng):
    """One winner a module, drawn with chances (module, cell)."""
    reached = np.cumsum(chance, axis=1)
    return (rng.random((len(chance), 1)) * reached[:, -1:] < reached).argmax(1)


def chances(V):
    cells = V.shape[1]
    G = V.max(1).mean()
    eta = 1 + max(0.0, (G - 0.1) / 0.9) ** 2 * 100 * cells
    return 1 + (eta - 1) / (1 + 0.1 * np.exp(-4 * (V - 1))) ** 8


def sequences_recognised(modules, stored, rng, least=9, most=12):
    """Share of winners right when every frame of six sequences is shown: 144 pixels, 10 frames, K = 16, powers 3."""
    cells, pixels, every = 16, 144, np.arange(modules)
    x = np.zeros((stored, 10, pixels))
    for frame in x.reshape(-1, pixels):
        frame[rng.choice(pixels, rng.integers(least, most + 1), replace=False)] = 1
    up, beside = np.zeros((pixels, modules, cells)), np.zeros((modules, cells, modules, cells))

    def evidence(frame, before, loud):
        U = np.tensordot(frame, up, 1) / frame.sum()
        if before is None or not loud:
            return U**3
        H = beside[every, before].sum(0) * loud / (modules - 1)
        return U**3 * np.minimum(H, 1) ** 3

    codes = np.zeros((stored, 10, modules), int)
    for item, frames in enumerate(x):
        before = None
        for t, frame in enumerate(frames):
            code = winners(chances(evidence(frame, before, 1)), rng)
            up[np.flatnonzero(frame)[:, None], every, code] = 1
            if before is not None:
                beside[every[:, None], before[:, None], every, code] = 1
                beside[every, before, every, code] = 0  # a module hears nothing from itself
            codes[item, t] = before = code
    right = []
    for frames, known in zip(x[:6], codes[:6], strict=True):
        before, loud = None, 1
        for frame, code in zip(frames, known, strict=True):
            V = evidence(frame, before, loud)
            before = np.where(V.max(1, keepdims=True) == V, rng.random(V.shape), -1).argmax(1)
            z = max(1, np.rint((V >= 0.9).sum(1).mean()))
            loud = z if z <= 4 else 0
            right.append((before == code).mean())
    return np.mean(right)


def overlaps(stored, rng):
    """Share of winners that new inputs share with the first item's code, at 0, 2, .. 12 of 12 inputs in common."""
    pixels, active, modules, cells = 144, 12, 24, 8
    w, every = np.zeros((pixels, modules, cells)), np.arange(modules)

    def code(item):
        return winners(chances(w[item].sum(0) / active), rng)

    items = [rng.choice(pixels, active, replace=False) for _ in range(stored)]
    codes = []
    for item in items:
        codes.append(code(item))
        w[item[:, None], every, codes[-1]] = 1
    others = np.setdiff1d(np.arange(pixels), items[0])
    new = (
        np.concatenate([rng.choice(items[0], n, replace=False), rng.choice(others, active - n, replace=False)])
        for n in range(0, 13, 2)
    )
    return [(code(item) == codes[0]).mean() for item in new]


def agree(runs, mean, error, errors=4):
    """Whether the mean of runs (run, ..) lies within `errors` standard errors of both of a mean with its own."""
    runs = np.asarray(runs)
    own = runs.std(0, ddof=1) / len(runs) ** 0.5
    assert (np.abs(runs.mean(0) - mean) <= errors * np.hypot(own, error) + 1e-12).all(), (runs.mean(0), own, mean, error)


def recognised_here(modules, stored, rng):
    """What `sequences_recognised` gives, by the memory."""
    shape = stored, 10, 144
    order = rng.random(shape).argsort(-1).argsort(-1)
    items = np.where(order < rng.integers(9, 13, shape[:2])[..., None], 1, -1)
    level = Level((1, 1), modules=modules, cells=16, field=12, first=3, U=3, H=3)
    memory = nm.SparseyNetwork(144, levels=[level], lines="on", backoff=None, rng=rng).store(items)
    return (memory.code(items[:6]) == np.stack([codes[0] for codes in memory.codes[:6]])).mean()


@pytest.mark.parametrize(("modules", "stored"), [(9, 20), (9, 30), (16, 30), (25, 30)])
def test_sequences_are_recognised_as_by_plain_numpy(modules, stored):
    """The reference numbers by other random numbers than those that made them, and the memory beside them."""
    reference = sequence.INDEPENDENT[modules][stored]
    rngs = [np.random.default_rng([9, modules, stored, k]) for k in range(10)]
    agree([sequences_recognised(modules, stored, rng) for rng in rngs], *reference)
    agree([recognised_here(modules, stored, rng) for rng in rngs], *reference)


def test_recall_falls_off_where_more_pixels_are_active():
    """The docstring of the experiment: 30 sequences, 9 modules."""
    for (least, most), mean, error in (((9, 9), 0.849, 0.007), ((9, 12), 0.740, 0.009), ((12, 12), 0.587, 0.007)):
        rngs = (np.random.default_rng([8, least, most, k]) for k in range(10))
        agree([sequences_recognised(9, 30, rng, least, most) for rng in rngs], mean, error)


@pytest.mark.parametrize("stored", [1, 20])
def test_similar_inputs_get_codes_as_similar_as_by_plain_numpy(stored):
    mean, error = map(np.array, similarity.INDEPENDENT[stored])
    agree([overlaps(stored, np.random.default_rng([9, stored, k])) for k in range(300)], mean, error)
    settings = similarity.usual() | {"stored": stored}
    ours = [similarity.point(seed=k, **settings)["overlap"][1][::2] for k in range(60)]
    agree(ours, mean, error)
    assert (np.diff(mean[1:]) > 0).all()


def test_the_experiments_show_the_references_with_their_errors():
    data = nm.experiments.ALL["similarity"](trials=2, stored=(1, 3))
    np.testing.assert_array_equal(data.independent.sel(stored=1)[::2], similarity.INDEPENDENT[1][0])
    np.testing.assert_array_equal(data.independent_error.sel(stored=1)[::2], similarity.INDEPENDENT[1][1])
    assert data.independent.sel(stored=3).isnull().all()
