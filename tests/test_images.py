"""idx files: what is whole comes back, and what is not is refused with its reason."""

import gzip
import os
import struct

import numpy as np
import pytest

import neuromem as nm


def packed(array):
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.astype(np.uint8).tobytes()


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    pixels, labels = rng.integers(0, 256, (7, 4, 5)), np.array([0, 1, 2, 3, 4, 9, 9])
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(packed(pixels)))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(packed(labels))
    return tmp_path, pixels, labels


def test_whole_files_come_back(folder):
    path, pixels, labels = folder
    items, found = nm.patterns.images(path)
    np.testing.assert_array_equal(found, labels)
    np.testing.assert_array_equal(items, np.where(pixels.reshape(7, 20) > 127, 1, -1))


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        (
            "train-images-idx3-ubyte.gz",
            lambda raw: gzip.compress(gzip.decompress(raw)[:-3]),
            "hold 140 bytes of shape .* holds 137",
        ),
        ("train-images-idx3-ubyte.gz", lambda raw: raw[:-9], "can't be unpacked"),
        ("train-labels-idx1-ubyte", lambda raw: b"\x00\x00\x0d\x01" + raw[4:], "begins with 00 00 0d 01"),
        ("train-labels-idx1-ubyte", lambda raw: raw[:6], "must hold"),
        ("train-labels-idx1-ubyte", lambda raw: b"", "begins with nothing"),
        ("train-labels-idx1-ubyte", lambda raw: packed(np.arange(6)), "with a label each, but they have shapes"),
    ],
)
def test_damaged_files_are_refused(folder, name, content, text):
    path = folder[0] / name
    path.write_bytes(content(path.read_bytes()))
    with pytest.raises(nm.InputError, match=text):
        nm.patterns.images(folder[0])


def test_missing_files_are_named(tmp_path):
    (tmp_path / "mnist.npz").touch()
    with pytest.raises(nm.InputError, match=r"holds no t10k-images-idx3-ubyte with its labels: mnist\.npz"):
        nm.patterns.images(tmp_path, part="test")
    with pytest.raises(nm.InputError, match="does not exist"):
        nm.patterns.images(tmp_path / "mnist")
    with pytest.raises(nm.InputError, match="can't be read"):
        nm.patterns.idx(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("part", "images", "labels"),
    [
        ("train", "train-images.idx3-ubyte", "train-labels.idx1-ubyte"),
        ("test", "MNIST/raw/t10k-images-idx3-ubyte", "MNIST/raw/t10k-labels-idx1-ubyte"),
        ("test", "raw/t10k-images-idx3-ubyte.gz", "raw/t10k-labels-idx1-ubyte.gz"),
        ("test", "emnist-letters-test-images-idx3-ubyte", "emnist-letters-test-labels-idx1-ubyte"),
        ("train", "train-images-idx3-ubyte/train-images-idx3-ubyte", "train-labels-idx1-ubyte/train-labels-idx1-ubyte"),
    ],
)
@pytest.mark.parametrize("zipped", [True, False])
def test_files_are_found_under_the_names_that_people_have(tmp_path, part, images, labels, zipped):
    pixels, names = np.random.default_rng(0).integers(0, 256, (5, 2, 3)), np.array([1, 26, 61, 0, 9])  # EMNIST has 62
    for name, array in ((images, pixels), (labels, names)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(gzip.compress(packed(array)) if zipped else packed(array))  # whatever its suffix
    for source in (tmp_path, str(tmp_path / images)):
        items, found = nm.patterns.images(source, part=part)
        np.testing.assert_array_equal(items, 2 * (pixels.reshape(5, 6) > 127) - 1)
        np.testing.assert_array_equal(found, names)
    with pytest.raises(nm.InputError, match="with its labels"):
        nm.patterns.images(tmp_path, part={"train": "test", "test": "train"}[part])


def test_a_choice_of_several_sets_is_the_callers(tmp_path):
    for kind in ("letters", "digits"):
        for name, array in (("images-idx3", np.full((2, 2, 2), 255)), ("labels-idx1", np.array([1, 2]))):
            (tmp_path / f"emnist-{kind}-train-{name}-ubyte").write_bytes(packed(array))
    with pytest.raises(nm.InputError, match="several sets: emnist-digits-train-images-idx3-ubyte, emnist-letters"):
        nm.patterns.images(tmp_path)
    assert nm.patterns.images(tmp_path / "emnist-digits-train-images-idx3-ubyte")[0].shape == (2, 4)


def test_a_file_that_has_changed_is_read_again(folder):
    path, _, labels = folder
    nm.patterns.images(path)
    file = path / "train-labels-idx1-ubyte"
    file.write_bytes(packed(labels + 1))
    os.utime(file, (0, 0))
    np.testing.assert_array_equal(nm.patterns.images(path)[1], labels + 1)
