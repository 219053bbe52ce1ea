"""Files of images: pictures, and IDX, the format of MNIST and its kin, by their usual names.

IDX files are read here, and pictures in `patterns`.
"""

from __future__ import annotations

import gzip
import math
import os
import re
import zlib
from pathlib import Path

import numpy as np

from . import checks

PARTS = {"train": ("train",), "test": ("t10k", "test")}  # what the names of the files call them
PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".pgm", ".webp"}
PLACES = ("*", "raw/*", "*/raw/*", "*-ubyte/*")  # the folder, torchvision's folders, a folder for each file
NAME = re.compile(r"(?P<set>.*?)(?P<part>train|t10k|test)-(?P<holds>images|labels)[-.]idx[13]-ubyte(\.gz)?")


def read(path: str | Path) -> np.ndarray:
    """Read the array of bytes in an IDX file, plain or gzipped, the format of MNIST and its kin.

    The file begins with two zeros, 8 (unsigned bytes) and the number of axes, then each length as
    four bytes, most significant first. Whether it is gzipped is seen from its content, not its
    name.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    ndarray of uint8
        The array, of the shape that the file says.

    Raises
    ------
    InputError
        If the file can't be read, is of another format, or is cut short.
    """
    path = checks.path("path", path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise checks.refusal("path", "be an IDX file", f"{str(path)!r} can't be read ({error.strerror})") from None
    if zipped := data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            was = f"{str(path)!r} can't be unpacked ({error})"
            raise checks.refusal("path", "be a whole IDX file", was, "compare its size with that of its source") from None
    axes = data[3] if len(data) > 3 else 0
    if data[:3] != b"\0\0\x08" or not 1 <= axes <= 4:
        begins = (data[:4].hex(" ") or "nothing") + (" when unpacked" if zipped else "")
        raise checks.refusal("path", "be an IDX file of unsigned bytes", f"{str(path)!r} begins with {begins}")
    shape = np.frombuffer(data[4 : 4 + 4 * axes].ljust(4 * axes, b"\0"), ">u4").tolist()
    held = len(data) - 4 - 4 * axes
    if held != math.prod(shape):
        raise checks.refusal("path", f"hold {math.prod(shape)} bytes of shape {tuple(shape)}", f"{str(path)!r} holds {held}")
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _sets(folder: Path, place: str, part: str) -> dict[Path, Path]:
    """{file of images: file of their labels} for the sets of a part at a place in a folder."""
    found: dict[tuple[Path, str, str], dict[str, Path]] = {}
    for file in sorted(folder.glob(place)):  # a plain file comes before its .gz, and is taken
        name = NAME.fullmatch(file.name)
        if name and name["part"] in PARTS[part] and file.is_file():
            home = file.parent.parent if NAME.fullmatch(file.parent.name) else file.parent
            found.setdefault((home, name["set"], name["part"]), {}).setdefault(name["holds"], file)
    return {one["images"]: one["labels"] for one in found.values() if len(one) == 2}


def find(items: Path, part: str) -> tuple[Path, Path]:
    """Find the file of images and the file of labels of a part.

    Parameters
    ----------
    items : Path
        A folder that holds them, or holds torchvision's folders; or the file of the images.
    part : str
        "train" or "test".

    Returns
    -------
    images, labels : Path
        The two files.

    Raises
    ------
    InputError
        If they are not there, or a folder holds several sets.
    """
    if items.is_dir():
        sets = next((one for place in PLACES if (one := _sets(items, place, part))), {})
        names = [str(one.relative_to(items)) for one in sets or sorted(items.iterdir())]
        holds = "holds several sets" if sets else f"holds no {PARTS[part][0]}-images-idx3-ubyte with its labels"
        was = f"{holds}: {', '.join(names[:8]) or 'it is empty'}"
    else:
        near = _sets(items.parent, "*", part) | _sets(items.parent.parent, "*-ubyte/*", part)
        sets = {one: labels for one, labels in near.items() if items.name in (one.name, f"{one.name}.gz")}
        was = f"is no file of {part} images with its labels beside it" if items.exists() else "does not exist"
    if len(sets) != 1:
        must = "be 'digits', 'fashion', a folder of MNIST's IDX files, or the file of the images"
        raise checks.refusal("items", must, f"{str(items)!r} {was}", "give the file of the images" if sets else "")
    return next(iter(sets.items()))


def sources(items: Path) -> set[Path]:
    """Find all files that items can be read from, those of both parts and labels among them.

    Parameters
    ----------
    items : Path
        A folder of pictures or IDX files, or an IDX file; all else has no others than itself.

    Returns
    -------
    set of Path
        Pictures and IDX files.
    """
    if os.path.isdir(items):
        pictures = {file for file in items.glob("*") if file.suffix.lower() in PICTURES}
        return pictures | {file for place in PLACES for file in items.glob(place) if NAME.fullmatch(file.name)}
    if NAME.fullmatch(items.name):
        near = (*items.parent.glob("*"), *items.parent.parent.glob("*-ubyte/*"))
        return {file for file in near if NAME.fullmatch(file.name)}
    return set()
