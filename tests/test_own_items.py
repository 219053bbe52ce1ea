"""Items of one's own come from every kind of file, as +1/-1 by a rule that is said, and reach every experiment."""

from __future__ import annotations

import gzip
import json
import pickle
import struct

import h5py
import numpy as np
import pytest
import scipy.io
import torch
from PIL import Image

import neuromem as nm

GREY = np.random.default_rng(3).integers(0, 256, (9, 4, 6)).astype(np.uint8)


def by_hand(level):
    """+1 above the level of its own item, with Python's numbers alone."""
    return [[1 if int(v) > level([int(u) for u in item.ravel()]) else -1 for v in item.ravel()] for item in GREY]


def mean(values):
    return sum(values) / len(values)


def median(values):
    low, high = sorted(values)[len(values) // 2 - 1 : len(values) // 2 + 1]
    return (low + high) / 2


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", GREY)
    np.savez("one.npz", x=GREY, labels=np.arange(9))
    np.savez("two.npz", x=GREY, y=1 - GREY)
    scipy.io.savemat("old.mat", {"x": GREY})
    with h5py.File("new.mat", "w") as file:
        file["x"] = GREY.T  # as MATLAB writes it
    idx = bytes([0, 0, 8, 3]) + struct.pack(">3I", *GREY.shape) + GREY.tobytes()
    (tmp_path / "x.idx").write_bytes(idx)
    (tmp_path / "x-idx3-ubyte.gz").write_bytes(gzip.compress(idx))
    (tmp_path / "faces").mkdir()
    for number, item in enumerate(GREY):
        Image.fromarray(item).save(tmp_path / "faces" / f"{number}.png")
    return tmp_path


SOURCES = ["x.npy", "one.npz", "two.npz:array=x", "old.mat", "new.mat", "x.idx", "x-idx3-ubyte.gz", "faces"]


@pytest.mark.parametrize("source", SOURCES)
def test_every_kind_of_file_gives_the_same_items(files, source):
    np.testing.assert_array_equal(nm.patterns.load(source), by_hand(mean))
    np.testing.assert_array_equal(nm.patterns.load(f"{source}:cut=median"), by_hand(median))
    np.testing.assert_array_equal(nm.patterns.load(f"{source}:cut=200"), by_hand(lambda _: 200))


def test_paths_arrays_and_keywords_are_taken_too(files):
    for source in (files / "x.npy", GREY, GREY.tolist(), torch.tensor(GREY), GREY.astype(">f4"), GREY.reshape(9, -1)):
        np.testing.assert_array_equal(nm.patterns.load(source, cut="median"), by_hand(median))
    np.testing.assert_array_equal(nm.patterns.load("two.npz", array="x", cut=99.5), by_hand(lambda _: 99.5))


def test_two_values_are_kept_whatever_their_mean():
    spins = np.where(GREY.reshape(9, -1) > 250, 1, -1)
    spins[0] = 1
    for same in (spins, (spins + 1) // 2, spins > 0, spins.astype(float)):
        np.testing.assert_array_equal(nm.patterns.load(same), spins)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("none.npy", "there is no 'none.npy'"),
        ("two.npz", "say which: two.npz:array=x"),
        ("two.npz:array=z", "array must be one of"),
        ("x.npy:cut=deep", "cut must be"),
        ("x.npy:cot=3", "did you mean 'cut'"),
        ("cut.npy", r"be a whole \.npy file"),
        ("objects.npy", r"be a whole \.npy file"),
        ("text.mat", r"be a whole \.mat file"),
        ("empty", "is empty"),
        ("mixed", "be pictures of one size"),
        ("line.npy", "have shape"),
        ("holes.npy", "NaN"),
        ("zz.idx", "IDX"),
        (3, "items must"),
        (None, "items must"),
        ([["a"]], "items must"),
    ],
)
def test_what_holds_no_items_is_refused_in_one_line(files, source, says):
    (files / "cut.npy").write_bytes((files / "x.npy").read_bytes()[:-9])
    np.save("objects.npy", np.array([{}], object), allow_pickle=True)
    np.save("line.npy", GREY[0, 0])
    np.save("holes.npy", np.full((2, 3), np.nan))
    (files / "text.mat").write_text("no")
    (files / "zz.idx").write_text("no")
    (files / "empty").mkdir()
    (files / "mixed").mkdir()
    Image.fromarray(GREY[0]).save(files / "mixed" / "a.png")
    Image.fromarray(GREY[0].T).save(files / "mixed" / "b.png")
    with pytest.raises(nm.InputError, match=says) as error:
        nm.patterns.itemset(source)
    assert "\n" not in str(error.value)


def test_a_set_draws_different_items_of_its_own_by_seed(files):
    found = nm.patterns.itemset("x.npy")
    there = pickle.loads(pickle.dumps(found))
    every = {tuple(item) for item in by_hand(mean)}
    for number in (1, 9):
        drawn = found.draw(number, 5)
        assert {tuple(item) for item in drawn.tolist()} <= every
        assert len({tuple(item) for item in drawn.tolist()}) == number
        np.testing.assert_array_equal(drawn, there.draw(number, 5))
    assert (found.draw(4, 1) != found.draw(4, 2)).any()
    assert (found.units, found.number, found.shape) == (24, 9, (4, 6))
    with pytest.raises(nm.InputError, match="at most the 9 items of x"):
        found.draw(10)
    with pytest.raises(nm.InputError, match="units must be the 24 units"):
        nm.patterns.itemset("x.npy", units=20)


def test_drawn_items_have_no_end():
    with pytest.raises(nm.InputError, match=r"^items must be a set that is held, but 'random' are drawn"):
        nm.patterns.itemset("random").all()


def test_a_set_that_was_found_before_keeps_its_length(files):
    for found in (nm.patterns.itemset("x.npy"), nm.patterns.itemset("random", units=24)):
        assert nm.patterns.itemset(found) is nm.patterns.itemset(found, units=24) is found
        with pytest.raises(nm.InputError, match="units must be the 24 units"):
            nm.patterns.itemset(found, units=20)


def test_real_vectors_are_not_drawn_as_spins():
    found = nm.patterns.itemset("normal", units=9, real=True)
    np.testing.assert_allclose((found.vectors(3) ** 2).sum(1), 1)
    with pytest.raises(nm.InputError, match=r"items of \+1/-1 must be one of"):
        found.draw(3)


@pytest.mark.parametrize("suffix", ["png", "gif", "tif", "webp", "jpg", "bmp", "pgm"])
def test_a_damaged_picture_is_refused_in_one_line_or_read(files, suffix):
    """Bytes are changed and cut off; whatever the library does, a user sees an array or one line."""
    rng, place = np.random.default_rng(0), files / "broken"
    place.mkdir()
    Image.fromarray(GREY[0]).save(place / f"a.{suffix}")
    whole, refused = (place / f"a.{suffix}").read_bytes(), []
    for _ in range(60):
        data = bytearray(whole[: rng.integers(1, len(whole) + 1)])
        for at in rng.integers(0, len(data), 3):
            data[at] = rng.integers(256)
        (place / f"a.{suffix}").write_bytes(data)
        try:
            assert nm.patterns.load(place).dtype == np.int8
        except nm.InputError as error:
            refused.append(str(error))
    assert len(refused) > 5
    assert not any("\n" in words for words in refused)


def test_correlation_and_activity_are_those_of_all_pairs_and_units(files):
    found, x = nm.patterns.itemset("x.npy"), np.array(by_hand(mean))
    pairs = [np.dot(x[i], x[j]) / 24 for i in range(9) for j in range(i)]
    assert found.correlation == pytest.approx(np.mean(pairs), abs=1e-12)
    assert found.activity == pytest.approx((x > 0).mean(), abs=1e-12)


@pytest.mark.parametrize("text", ["random", "sparse", "sparse:activity=0.25", "correlated", "correlated:correlation=0.5"])
def test_drawn_items_have_the_correlation_that_is_said(text):
    found = nm.patterns.itemset(text, units=400)
    x = np.concatenate([found.draw(2, seed) for seed in range(300)]).reshape(300, 2, 400).astype(float)
    measured = (x[:, 0] * x[:, 1]).mean(1)
    assert abs(measured.mean() - found.correlation) < 4 * measured.std() / np.sqrt(300)
    assert abs((x > 0).mean() - found.activity) <= 4 * (x > 0).mean((1, 2)).std() / np.sqrt(300)


def test_names_that_are_none_and_settings_that_are_none_are_refused():
    for text, says in (
        ("sparse:activty=0.1", "did you mean"),
        ("sparse:activity=no", "fraction"),
        ("rndom", "there is no 'rndom'; did you mean 'random'"),
    ):
        with pytest.raises(nm.InputError, match=says):
            nm.patterns.itemset(text)


def test_experiments_store_them_and_say_so(files):
    from neuromem import figures
    from neuromem.experiments import basins, capacity, completion

    with nm.sweep.on(workers=1):
        data = completion.run(models=("attention",), items="x.npy", stored=9, fractions=(0.0,), trials=2)
        assert data.sizes["unit"] == 24
        every = {tuple(item) for item in by_hand(mean)}
        assert {tuple(item) for item in data.image.sel(stage="stored").values.reshape(-1, 24)} <= every
        said = json.loads(data.attrs["items"])
        assert (said["items"], said["number"], said["units"], said["shape"]) == ("x.npy", 9, 24, [4, 6])
        assert len(said["sha256"]) == 64
        assert "x.npy, N = 24, correlation" in nm.patterns.caption(data)
        assert figures.completion.draw(data).axes[-1].images[0].get_array().shape == (4, 6)
        data = capacity.run(models=("hopfield",), items=GREY, loads=(0.1, 0.3), asked=2, trials=1)
        assert nm.results.parameters(data)["items"].startswith("array of shape (9, 4, 6), sha256")
        legend = [text.get_text() for text in figures.capacity.draw(data).legends[0].get_texts()]
        assert "theory, N to infinity, for items without correlation" in legend
        with pytest.raises(nm.InputError, match="loads must ask for at most the 9 items"):
            capacity.run(models=("hopfield",), items="x.npy", loads=(0.1, 3.0))
        data = basins.run(models=("hopfield",), items="correlated:correlation=0.9", stored=(3,), fractions=(0.1,), trials=1)
        assert nm.patterns.described(data)["correlation"] == 0.9
