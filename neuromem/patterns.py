"""Items: arrays (item, unit) of +1/-1, random, sparse, correlated or real images."""

from __future__ import annotations

import functools
import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from . import checks

Rng = int | np.random.Generator
FASHION = Path("/usr/share/datasets/fashion-mnist")  # of the Debian package dataset-fashion-mnist
PARTS = {"train": "train", "test": "t10k"}  # their names in the files


def random(items: int, units: int, *, rng: Rng = 0) -> np.ndarray:
    """Unbiased random items: P(x = +1) = P(x = -1) = 1/2.  int8, shape (items, units).

    >>> random(2, 4, rng=0).shape
    (2, 4)
    """
    shape = checks.whole("items", items), checks.whole("units", units)
    return (2 * checks.generator(rng).integers(0, 2, shape) - 1).astype(np.int8)


def sparse(items: int, units: int, *, activity: float, rng: Rng = 0) -> np.ndarray:
    """Sparse items: exactly round(activity * units) units at +1, drawn without replacement, the rest -1.  int8.

    >>> (sparse(3, 100, activity=0.05, rng=0) == 1).sum(1).tolist()
    [5, 5, 5]
    """
    shape = checks.whole("items", items), checks.whole("units", units)
    active = round(checks.fraction("activity", activity) * shape[1])
    if not active:
        most = f"give at least {0.5 / shape[1]:.2g} for one active unit"
        raise checks.refusal("activity", f"make at least one of {shape[1]} units active", f"was {activity}", most)
    order = checks.generator(rng).random(shape).argsort(1)
    return np.where(order < active, 1, -1).astype(np.int8)


def correlated(items: int, units: int, *, correlation: float, rng: Rng = 0) -> np.ndarray:
    """Items around one hidden prototype p: x_i = p_i with probability (1 + sqrt(c)) / 2, so <x^mu_i x^nu_i> = c.  int8.

    >>> x = correlated(50, 2000, correlation=0.5, rng=0).astype(float)
    >>> round(float((x @ x.T / 2000)[np.triu_indices(50, 1)].mean()), 1)
    0.5
    """
    shape = checks.whole("items", items), checks.whole("units", units)
    agree = (1 + np.sqrt(checks.fraction("correlation", correlation))) / 2
    rng = checks.generator(rng)
    prototype = random(1, shape[1], rng=rng)
    return np.where(rng.random(shape) < agree, prototype, -prototype).astype(np.int8)


def examples(archetypes: np.ndarray, number: int, *, quality: float, rng: Rng = 0) -> tuple[np.ndarray, np.ndarray]:
    """Noisy examples x^(mu,a)_i = chi x^mu_i of archetypes (archetype, unit) of +1/-1, and the archetype each is of.

    P(chi = +1) = (1 + quality)/2 for every unit of every example, so that <x^(mu,a)_i x^mu_i> = quality. Returns int8
    (archetype * number, unit), archetype after archetype, and (archetype * number,).

    >>> x, labels = examples(np.ones((2, 10_000)), 3, quality=0.4, rng=0)
    >>> x.mean(1).round(1).tolist(), labels.tolist()
    ([0.4, 0.4, 0.4, 0.4, 0.4, 0.4], [0, 0, 0, 1, 1, 1])
    """
    archetypes = checks.spins("archetypes", archetypes, "unit")
    labels = np.arange(len(archetypes)).repeat(checks.whole("number", number))
    right = (1 + checks.fraction("quality", quality)) / 2
    chi = checks.generator(rng).random((len(labels), archetypes.shape[1]), np.float32) < right
    return np.where(chi, archetypes[labels], -archetypes[labels]).astype(np.int8), labels


@functools.cache
def _digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits  # seconds to import

    images, labels = load_digits(return_X_y=True)
    return np.where(images > 7.5, 1, -1).astype(np.int8), labels.astype(np.int64)


def digits(items: int | None = None, *, rng: Rng = 0) -> tuple[np.ndarray, np.ndarray]:
    """Handwritten digits, 8x8 images of ink +1 and paper -1 with their labels 0-9: (items, 64) int8 and (items,).

    `items` different images drawn at random; None: all 1797 in their own order. The grey values 0..16 of scikit-learn's
    `load_digits` (UCI optical recognition of handwritten digits) are cut at 7.5.

    >>> images, labels = digits(5, rng=0)
    >>> images.shape, labels.shape
    ((5, 64), (5,))
    """
    return _drawn(*_digits(), items, rng)


def _drawn(images: np.ndarray, labels: np.ndarray, items: int | None, rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    if items is None:
        return images.copy(), labels.copy()
    number = checks.whole("items", items, most=len(images), way_out=f"there are {len(images)} images")
    chosen = checks.generator(rng).choice(len(images), number, replace=False)
    return images[chosen], labels[chosen]


def idx(path: str | Path) -> np.ndarray:
    """The array of bytes in an IDX file, plain or .gz, the format of MNIST and its kin; uint8.

    The file begins with two zeros, 8 (unsigned bytes) and the number of axes, then each length as four bytes, most
    significant first. Another or a cut file is refused.
    """
    path = Path(path)
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise checks.refusal("path", "be an IDX file", f"{str(path)!r} can't be read ({error})", "fetch it again") from None
    axes = data[3] if len(data) > 3 else 0
    if data[:3] != b"\0\0\x08" or not 1 <= axes <= 4:
        begins = data[:4].hex(" ") or "nothing"
        raise checks.refusal("path", "be an IDX file of unsigned bytes", f"{str(path)!r} begins with {begins}")
    shape = np.frombuffer(data[4 : 4 + 4 * axes].ljust(4 * axes, b"\0"), ">u4").tolist()
    held = len(data) - 4 - 4 * axes
    if held != math.prod(shape):
        raise checks.refusal("path", f"hold {math.prod(shape)} bytes of shape {tuple(shape)}", f"{str(path)!r} holds {held}")
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)


@functools.lru_cache(maxsize=2)
def _images(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    def read(name: str) -> np.ndarray:
        found = [path for path in (folder / name, folder / f"{name}.gz") if path.is_file()]
        if not found:
            raise checks.refusal(
                "source",
                "be 'digits', 'fashion' or a folder of MNIST's IDX files",
                f"{str(folder)!r} holds no {name} or {name}.gz",
                "for Fashion-MNIST on Debian: apt install dataset-fashion-mnist",
            )
        return idx(found[0])

    images, labels = read(f"{PARTS[part]}-images-idx3-ubyte"), read(f"{PARTS[part]}-labels-idx1-ubyte")
    if images.ndim != 3 or labels.shape != images.shape[:1]:
        was = f"they have shapes {images.shape} and {labels.shape}"
        raise checks.refusal("source", "hold images (item, row, column) with a label each", was)
    if labels.max(initial=0) > 9:
        raise checks.refusal("labels", "be from 0 to 9", f"hold {labels.max()}", "fetch the files again")
    return np.where(images.reshape(len(images), -1) > 127, 1, -1).astype(np.int8), labels.astype(np.int64)


def images(
    source: str | Path = "digits", items: int | None = None, *, part: str = "train", rng: Rng = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Real images of ink +1 and paper -1 with their labels: (items, pixel) int8 and (items,).

    source: "digits", the 8x8 ones, which have one part; "fashion", Fashion-MNIST, 28x28, where its Debian package put it;
    or a folder with train-images-idx3-ubyte, t10k-labels-idx1-ubyte and so on, each plain or .gz, as MNIST and its kin
    have. part: "train" or "test". Grey values 0..255 are cut at 127. `items` different images drawn at random; None: all in
    their own order.

    >>> pictures, labels = images("digits", 5)
    >>> pictures.shape
    (5, 64)
    """
    checks.choice("part", part, PARTS)
    if source == "digits":
        return digits(items, rng=rng)
    return _drawn(*_images(FASHION if source == "fashion" else Path(source), part), items, rng)
