"""Images with their labels: digits, Fashion-MNIST, and the files of MNIST and its kin."""

from __future__ import annotations

import functools
import importlib.metadata
from pathlib import Path

import numpy as np

from neuromem import checks, idx

from .drawn import Rng

FASHION = Path("/usr/share/datasets/fashion-mnist")  # of the Debian package dataset-fashion-mnist
__all__ = ["digits", "images"]

CUTS = {"digits": 7.5, "fashion": 127.0}  # grey values above are ink


@functools.cache
def grey_digits() -> tuple[np.ndarray, np.ndarray]:
    """Give the grey values 0 to 16 of the digits, and their labels.

    Returns
    -------
    images : ndarray of shape (1797, 64)
        Grey values.
    labels : ndarray of shape (1797,)
        Their digits.
    """
    # the file of `sklearn.datasets.load_digits`, whose import takes longer than many an experiment
    file = importlib.metadata.distribution("scikit-learn").locate_file("sklearn/datasets/data/digits.csv.gz")
    rows = np.loadtxt(str(file), delimiter=",", dtype=np.int64)
    return rows[:, :-1].astype(np.uint8), rows[:, -1]


def digits(number: int | None = None, *, rng: Rng = 0) -> tuple[np.ndarray, np.ndarray]:
    """Give handwritten digits, 8x8 images of ink +1 and paper -1, with their labels 0-9.

    The grey values 0..16 of scikit-learn's `load_digits` (UCI optical recognition of handwritten
    digits) are cut at 7.5.

    Parameters
    ----------
    number : int, optional
        How many different images, drawn at random; without it, all 1797 in their own order.
    rng : int or numpy.random.Generator, default 0
        Which images.

    Returns
    -------
    images : ndarray of shape (number, 64)
        Items of +1/-1, int8.
    labels : ndarray of shape (number,)
        Their digits.

    Raises
    ------
    InputError
        If there are not so many images.

    Examples
    --------
    >>> images, labels = digits(5, rng=0)
    >>> images.shape, labels.shape
    ((5, 64), (5,))
    """
    return _drawn(*grey_digits(), number, rng, CUTS["digits"])


def _drawn(
    images: np.ndarray, labels: np.ndarray, number: int | None, rng: Rng, cut: float
) -> tuple[np.ndarray, np.ndarray]:
    """Different images, cut into +1/-1, and their labels; all of them in order without a number."""
    generator = checks.generator(rng)
    chosen: slice | np.ndarray = slice(None)
    if number is not None:
        number = checks.whole("number", number, most=len(images), way_out=f"there are {len(images)} images")
        chosen = generator.choice(len(images), number, replace=False)
    return np.where(images[chosen] > cut, 1, -1).astype(np.int8), labels[chosen].copy()


@functools.lru_cache(maxsize=2)
def _read(files: tuple[Path, Path], changed: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    images, labels = map(idx.read, files)
    if images.ndim != 3 or labels.shape != images.shape[:1] or 0 in images.shape:
        was = f"they have shapes {images.shape} and {labels.shape}"
        raise checks.refusal("items", "hold images (item, row, column) with a label each", was)
    return images.reshape(len(images), -1), labels.astype(np.int64)


def fashion() -> Path:
    """Find Fashion-MNIST.

    Returns
    -------
    Path
        The folder where its Debian package put it.

    Raises
    ------
    InputError
        If it is not there.
    """
    if not FASHION.is_dir():
        way_out = "on Debian: apt install dataset-fashion-mnist; or give the folder that holds it"
        raise checks.refusal("items", "be here", f"there is no {FASHION}", way_out)
    return FASHION


def images(
    items: str | Path = "digits", number: int | None = None, *, part: str = "train", rng: Rng = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Give real images of ink +1 and paper -1, with their labels.

    Grey values 0..255 are cut at 127. A folder may hold the files of MNIST and its kin as they
    come: train-images-idx3-ubyte or train-images.idx3-ubyte, plain or gzipped, EMNIST's
    emnist-letters-train-images-idx3-ubyte (its images lie on their side), or torchvision's folders,
    MNIST/raw. Where it holds several sets, give the file of the images. Images without labels, and
    in other files, are for `load`.

    Parameters
    ----------
    items : str or path-like, default "digits"
        "digits", the 8x8 ones, which have one part; "fashion", Fashion-MNIST, 28x28, where its
        Debian package put it; or a folder or file as above.
    number : int, optional
        How many different images, drawn at random; without it, all in their own order.
    part : str, default "train"
        "train" or "test".
    rng : int or numpy.random.Generator, default 0
        Which images.

    Returns
    -------
    images : ndarray of shape (number, pixel)
        Items of +1/-1, int8.
    labels : ndarray of shape (number,)
        Their labels, as the files have them.

    Raises
    ------
    InputError
        If the files are not there, are damaged or hold other things, or there are not so many
        images.

    Examples
    --------
    >>> pictures, labels = images("digits", 5)
    >>> pictures.shape
    (5, 64)
    """
    checks.choice("part", part, idx.PARTS)
    if isinstance(items, str) and items == "digits":
        return digits(number, rng=rng)
    return _drawn(*grey_images(items, part), number, rng, CUTS["fashion"])


def grey_images(items: str | Path, part: str = "train") -> tuple[np.ndarray, np.ndarray]:
    """Give the grey values 0 to 255 of images in IDX files, and their labels.

    Parameters
    ----------
    items : str or path-like
        "fashion", or a folder or file as `images` takes it.
    part : str, default "train"
        "train" or "test".

    Returns
    -------
    images : ndarray of shape (item, pixel)
        Grey values.
    labels : ndarray of shape (item,)
        Their labels.

    Raises
    ------
    InputError
        If the files are not there, are damaged or hold other things.
    """
    place = fashion() if isinstance(items, str) and items == "fashion" else checks.path("items", items)
    try:
        files = idx.find(place, part)
        changed = tuple(file.stat().st_mtime_ns for file in files)
    except OSError as error:
        raise checks.refusal("items", "be readable", f"{str(items)!r} is not ({error.strerror})") from None
    return _read(files, (changed[0], changed[1]))
