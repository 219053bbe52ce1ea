"""Reading IDX files, and images from them."""

import gzip

import numpy as np
import pytest

import neuromem as nm
from neuromem import patterns


def write(path, array, header=None):
    header = header or bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    data = header + array.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    write(tmp_path / "train-images-idx3-ubyte.gz", rng.integers(0, 256, (7, 3, 4)))
    write(tmp_path / "train-labels-idx1-ubyte", np.arange(7))
    return tmp_path


@pytest.mark.parametrize("name", ["a", "a.gz"])
def test_idx_gives_back_what_was_written(tmp_path, name):
    array = np.arange(24).reshape(2, 3, 4)
    assert (patterns.idx(write(tmp_path / name, array)) == array).all()


def test_idx_refuses_other_and_cut_files(tmp_path):
    array = np.arange(24).reshape(2, 3, 4)
    whole = write(tmp_path / "whole", array).read_bytes()
    wrong = {
        "short": (whole[:-1], "holds 23"),
        "long": (whole + b"0", "holds 25"),
        "cut header": (whole[:9], "hold"),
        "empty": (b"", "begins with"),
        "png": (b"\x89PNG" + whole, "begins with 89 50 4e 47"),
        "floats": (b"\0\0\x0d\1" + whole, "unsigned bytes"),
        "cut.gz": (gzip.compress(whole)[:-9], "can't be read"),
        "plain.gz": (whole, "can't be read"),
    }
    for name, (data, text) in wrong.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(nm.InputError, match=text):
            patterns.idx(tmp_path / name)
    with pytest.raises(nm.InputError, match="can't be read"):
        patterns.idx(tmp_path / "absent")


def test_images_of_a_folder(folder):
    images, labels = patterns.images(folder)
    grey = patterns.idx(folder / "train-images-idx3-ubyte.gz").reshape(7, 12)
    assert ((images == 1) == (grey > 127)).all()
    assert labels.tolist() == list(range(7))
    some, which = patterns.images(str(folder), 3, rng=1)
    assert (some == images[which]).all()
    assert len(set(which.tolist())) == 3
    images[:] = 0  # a copy: the next caller has the images
    assert (patterns.images(folder)[0] != 0).all()


def test_images_say_how_to_get_them(tmp_path):
    with pytest.raises(nm.InputError, match="apt install dataset-fashion-mnist"):
        patterns.images(tmp_path)
    write(tmp_path / "train-images-idx3-ubyte", np.zeros((3, 2, 2)))
    write(tmp_path / "train-labels-idx1-ubyte", np.zeros(2))
    with pytest.raises(nm.InputError, match="a label each"):
        patterns.images(tmp_path)


@pytest.mark.skipif(not patterns.FASHION.is_dir(), reason="dataset-fashion-mnist is not installed")
def test_fashion():
    images, labels = patterns.images("fashion")
    assert images.shape == (60_000, 784)
    assert np.bincount(labels).tolist() == [6000] * 10


def test_examples():
    archetypes = patterns.random(3, 20_000, rng=0)
    x, labels = patterns.examples(archetypes, 4, quality=0.3, rng=1)
    overlaps = (x.astype(float) * archetypes[labels]).mean(1)
    assert labels.tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]
    assert overlaps == pytest.approx(0.3, abs=4 / np.sqrt(20_000))
    assert abs((x[0].astype(float) * x[1]).mean() - 0.09) < 4 / np.sqrt(20_000)  # independent given the archetype
    assert (patterns.examples(archetypes, 1, quality=1.0)[0] == archetypes).all()
    with pytest.raises(nm.InputError, match="quality"):
        patterns.examples(archetypes, 4, quality=1.3)
