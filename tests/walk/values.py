"""Odd values: of every kind that a person, a file or a library may hand over.

`SCALARS` are given as they are; `ARRAYS` make an odd array of a good one; `SAME` make another form of a good value, which
must give the same result.
"""

from __future__ import annotations

import collections
import datetime
import fractions
import pathlib
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import array_api_compat
import numpy as np
import pandas as pd
import scipy.sparse
import torch
import xarray as xr


def _scalars() -> dict[str, Callable[[], Any]]:
    plain = [None, True, False, 0, 1, -1, 3, 0.0, -0.0, 0.3, -0.5, 1.5, 1e308, -1e308, 1e200, 5e-324, float("nan")]
    plain += [float("inf"), -float("inf"), 2**31 - 1, 2**31, 2**53 + 1, 2**63, 2**64, -(2**63), 10**30, 10**400, -(10**400)]
    plain += ["", "odd", "3", "0.5", "None", "nan", "a:b=c:d", "\0", "é" * 9, b"3", bytearray(b"x"), 1j, complex("nan")]
    plain += [[], [1, 2], [0.5], (), (1,), (1, 2), (0.5, 0.5), (2, 8), {}, {"a": 1}, {1}, range(3), slice(2), Ellipsis]
    plain += [Decimal(1), Decimal("nan"), fractions.Fraction(1, 3), fractions.Fraction(10**400), int, float, np.ndarray, len]
    plain += [np.int8(3), np.uint64(2**64 - 1), np.float16(0.5), np.float32("nan"), np.float64(0.25), np.bool_(True)]
    plain += [np.longdouble("1e4000"), np.datetime64("NaT"), np.str_("odd"), torch.float32, datetime.timedelta(1)]
    plain += [pathlib.Path("odd"), collections.Counter("aab")]
    made: dict[str, Callable[[], Any]] = {
        "object": object,
        "long text": lambda: 100_000 * "-" + "1",
        "long number": lambda: 10**5000,
        "array of no axis": lambda: np.array(3),
        "array": lambda: np.ones(3),
        "tensor of no axis": lambda: torch.tensor(0.5),
        "RandomState": lambda: np.random.RandomState(0),
        "torch generator": torch.Generator,
        "iterator": lambda: iter([1, 2]),
        "error": lambda: ValueError("odd"),
        "nested": lambda: [[[[]]]],
        "itself": _itself,
    }
    return {f"{type(value).__name__} {value!r:.40}": (lambda value=value: value) for value in plain} | made


def _itself() -> list[Any]:
    ring: list[Any] = []
    ring.append(ring)
    return ring


def _host(x: Any) -> np.ndarray:
    return x.detach().numpy() if isinstance(x, torch.Tensor) else np.asarray(x)


def _with(x: np.ndarray, value: float) -> np.ndarray:
    x = x.astype(float)
    x.flat[-1] = value
    return x


SCALARS = _scalars()

ARRAYS: Mapping[str, Callable[[np.ndarray], Any]] = {
    "masked": lambda x: np.ma.masked_array(x, x == x.flat[0]),
    "masked without a mask": np.ma.masked_array,
    "sparse matrix": lambda x: scipy.sparse.csr_matrix(np.atleast_2d(x.reshape(len(x), -1))),
    "sparse array": lambda x: scipy.sparse.coo_array(np.atleast_2d(x.reshape(len(x), -1))),
    "sparse tensor": lambda x: torch.tensor(x).to_sparse(),
    "meta tensor": lambda x: torch.tensor(x).to("meta"),
    "8-bit float tensor": lambda x: torch.tensor(x, dtype=torch.float32).to(torch.float8_e4m3fn),
    "complex tensor": lambda x: torch.tensor(x) * 1j,
    "unsigned of 0/1": lambda x: (x > 0).astype(np.uint8),
    "unsigned tensor": lambda x: torch.tensor(x > 0).to(torch.uint8),
    "255": lambda x: np.full(x.shape, 255, np.uint8),
    "bool": lambda x: x > 0,
    "bool tensor": lambda x: torch.tensor(x > 0),
    "complex": lambda x: x + 0j,
    "object": lambda x: x.astype(object),
    "texts": lambda x: x.astype(str),
    "longdouble": lambda x: x.astype(np.longdouble),
    "dates": lambda x: x.astype(np.int64).astype("M8[s]"),
    "structured": lambda x: x.astype([("a", np.int8)]),
    "ragged": lambda x: [*x.tolist(), [1]],
    "of lists": lambda x: [[x.tolist()]],
    "dataset": lambda x: xr.Dataset({"x": (tuple(map(str, range(x.ndim))), x)}),
    "mixed frame": lambda x: pd.DataFrame(x.reshape(len(x), -1)).assign(name="a"),
    "frame of none": lambda x: pd.DataFrame(),
    "nan": lambda x: np.full(x.shape, np.nan),
    "a nan": lambda x: _with(x, np.nan),
    "an infinity": lambda x: _with(x, -np.inf),
    "nan tensor": lambda x: torch.full(x.shape, torch.nan),
    "huge": lambda x: 1e308 * x,
    "huge, float32": lambda x: (1e38 * x).astype(np.float32),
    "huge, float16": lambda x: (6e4 * np.sign(x)).astype(np.float16),
    "large": lambda x: 1e160 * x,
    "one large": lambda x: _with(x, 1e200),
    "tiny": lambda x: 5e-324 * x,
    "small": lambda x: 1e-200 * x,
    "half": lambda x: 0.5 * x,
    "large whole": lambda x: x.astype(np.int64) * 2**62,
    "least whole": lambda x: np.full(x.shape, -128, np.int8),
    "zeros": np.zeros_like,
    "none of them": lambda x: x[:0],
    "without units": lambda x: x[..., :0],
    "first": lambda x: x[0],
    "one more axis": lambda x: x[None],
    "one unit more": lambda x: np.concatenate([x, x[..., :1]], -1),
    "turned": lambda x: x.T,
    "doubled": lambda x: np.concatenate([x, x]),
    "record": lambda x: np.rec.array(x),
}

SAME: Mapping[str, Callable[[Any], Any]] = {
    "list": lambda x: _host(x).tolist(),
    "frame": lambda x: pd.DataFrame(_host(x)),
    "data array": lambda x: xr.DataArray(_host(x)),
    "Fortran": lambda x: np.asfortranarray(_host(x)),
    "strided": lambda x: np.repeat(_host(x), 2, -1)[..., ::2],
    "backward": lambda x: np.ascontiguousarray(_host(x)[..., ::-1])[..., ::-1],
    "big-endian": lambda x: _host(x).astype(">f8"),
    "big-endian whole": lambda x: _host(x).astype(">i4"),
    "read-only": lambda x: np.frombuffer(_host(x).tobytes(), _host(x).dtype).reshape(x.shape),
    "int64": lambda x: _host(x).astype(np.int64),
    "float16": lambda x: _host(x).astype(np.float16),
    "float32": lambda x: _host(x).astype(np.float32),
    "float64": lambda x: _host(x).astype(np.float64),
    "tensor": lambda x: torch.tensor(_host(x)),
    "float32 tensor": lambda x: torch.tensor(_host(x), dtype=torch.float32),
    "float16 tensor": lambda x: torch.tensor(_host(x), dtype=torch.float16),
    "bfloat16 tensor": lambda x: torch.tensor(_host(x), dtype=torch.bfloat16),
    "tensor with gradient": lambda x: torch.tensor(_host(x), dtype=torch.float64, requires_grad=True),
    "turned tensor": lambda x: torch.tensor(_host(x).T.copy()).T,
}

SAME_NUMBERS: Mapping[str, Callable[[Any], Any]] = {
    "int64": np.int64,
    "int8": np.int8,
    "uint8": np.uint8,
    "float64": np.float64,
    "float32": np.float32,
    "Fraction": fractions.Fraction,
}


def is_array(value: Any) -> bool:
    return array_api_compat.is_array_api_obj(value) and not isinstance(value, type) and value.ndim > 0


def forms(base: Any) -> dict[str, Callable[[], Any]]:
    """The other forms of a good value that must give the same result."""
    if isinstance(base, np.ndarray):
        kinds = {name: make for name, make in SAME.items() if _keeps(make, base)}
        return {f"same {name}": (lambda make=make: make(base)) for name, make in kinds.items()}
    if isinstance(base, bool) or not isinstance(base, int | float):
        return {}
    kinds = {
        k: make for k, make in SAME_NUMBERS.items() if isinstance(base, float) == ("int" not in k) and _keeps(make, base)
    }
    return {f"same {name}": (lambda make=make: make(base)) for name, make in kinds.items()}


def _keeps(make: Callable[[Any], Any], base: Any) -> bool:
    """Whether the other form has the same numbers."""
    try:
        made = make(base)
        made = made.detach().double().numpy() if isinstance(made, torch.Tensor) else np.asarray(made, float)
        return made.shape == np.shape(base) and bool((made == np.asarray(base, float)).all())
    except (ValueError, TypeError, OverflowError):
        return False


def odd(base: Any) -> dict[str, Callable[[], Any]]:
    """Every odd value for a parameter whose good value is `base`."""
    made = (
        {f"array {name}": (lambda make=make: make(_host(base))) for name, make in ARRAYS.items()} if is_array(base) else {}
    )
    return SCALARS | made
