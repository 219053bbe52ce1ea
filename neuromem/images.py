"""Images with labels from a folder of idx files (MNIST, Fashion-MNIST): checked, cut into +1/-1, never trusted blindly."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from . import checks

NAMES = {"train": "train", "test": "t10k"}


def idx(path: str | Path) -> np.ndarray:
    """The array of bytes in an idx file, gzipped or not: uint8, of the shape that its head states.

    The head is 0, 0, 8 (bytes), the number of dims, and each dim as a big-endian int32. Raises InputError for a file that is
    not there, begins otherwise, or is shorter or longer than its head says.
    """
    path = Path(path)

    def refused(was: str) -> checks.InputError:
        return checks.refusal("file", "be a whole idx file of bytes", f"{str(path)!r} {was}", "fetch it again")

    try:
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except OSError as error:
        raise refused(f"can't be read ({error.strerror or 'it is cut short'})") from None
    except (EOFError, zlib.error):
        raise refused("is cut short") from None
    if len(raw) < 4 or raw[:3] != b"\x00\x00\x08" or not 1 <= raw[3] <= 3:
        raise refused(f"begins with {raw[:4].hex(' ') or 'nothing'}")
    if len(raw) < 4 + 4 * raw[3]:
        raise refused("is cut short")
    shape = struct.unpack_from(f">{raw[3]}I", raw, 4)
    have, want = len(raw) - 4 - 4 * raw[3], math.prod(shape)
    if have != want:
        raise refused(f"holds {have} bytes and its head says {want}")
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def load(folder: str | Path, part: str = "train", threshold: int = 127) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """Images (item, pixel) int8, +1 where a grey value is above `threshold`, labels (item,) 0-9, and (rows, columns).

    part: "train" or "test". The folder holds train-images-idx3-ubyte, t10k-labels-idx1-ubyte and so on, gzipped or not.
    """
    stem = NAMES[checks.choice("part", part, NAMES)]
    checks.whole("threshold", threshold, least=0, most=254)
    names = f"{stem}-images-idx3-ubyte", f"{stem}-labels-idx1-ubyte"
    found = []
    for name in names:
        there = [path for path in (Path(folder) / name, Path(folder) / f"{name}.gz") if path.is_file()]
        if not there:
            raise checks.refusal("folder", f"hold {name} or {name}.gz", f"{str(folder)!r} does not")
        found.append(idx(there[0]))
    pixels, labels = found
    if pixels.ndim != 3 or labels.ndim != 1 or len(pixels) != len(labels):
        was = f"has images of shape {pixels.shape} and labels of shape {labels.shape}"
        raise checks.refusal("folder", "hold images (item, row, column) and a label for each", was)
    if labels.size and labels.max() > 9:
        raise checks.refusal("labels", "be from 0 to 9", f"hold {labels.max()}", "fetch the files again")
    rows, columns = pixels.shape[1:]
    items = np.where(pixels > threshold, 1, -1).astype(np.int8).reshape(len(pixels), -1)
    return items, labels.astype(np.int64), (rows, columns)
