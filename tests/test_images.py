"""idx files: what is whole comes back, and what is not is refused with its reason."""

import gzip
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
        ("train-images-idx3-ubyte.gz", lambda raw: raw[:-9], "can't be read"),
        ("train-labels-idx1-ubyte", lambda raw: b"\x00\x00\x0d\x01" + raw[4:], "begins with 00 00 0d 01"),
        ("train-labels-idx1-ubyte", lambda raw: raw[:6], "must hold"),
        ("train-labels-idx1-ubyte", lambda raw: b"", "begins with nothing"),
        ("train-labels-idx1-ubyte", lambda raw: raw[:-1] + b"\x0a", "labels must be from 0 to 9, but hold 10"),
        ("train-labels-idx1-ubyte", lambda raw: packed(np.arange(6)), "with a label each, but they have shapes"),
    ],
)
def test_damaged_files_are_refused(folder, name, content, text):
    path = folder[0] / name
    path.write_bytes(content(path.read_bytes()))
    with pytest.raises(nm.InputError, match=text):
        nm.patterns.images(folder[0])


def test_missing_files_are_named(tmp_path):
    with pytest.raises(nm.InputError, match="holds no t10k-images-idx3-ubyte or"):
        nm.patterns.images(tmp_path, part="test")
    with pytest.raises(nm.InputError, match="can't be read"):
        nm.patterns.idx(tmp_path / "nothing")
