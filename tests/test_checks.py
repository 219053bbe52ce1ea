"""What is refused, in one form: bad numbers, bad arrays, and work that does not fit."""

import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse
import torch
import xarray as xr

import neuromem as nm
from neuromem import checks


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nm.patterns.random(0, 5), "number must be a positive whole number, but was 0"),
        (lambda: nm.patterns.random(3, 5, rng=-1), "rng must be"),
        (lambda: nm.patterns.random(3, 5, rng=1.5), "rng must be"),
        (lambda: nm.patterns.sparse(3, 10, activity=0.01), "make at least one of 10 units active"),
        (lambda: nm.patterns.sparse(3, 10, activity=1.5), r"activity must be in \[0, 1\]"),
        (lambda: nm.patterns.digits(5000), "there are 1797 images"),
        (lambda: nm.cues.flip(np.ones((2, 4)), 1.5), r"fraction must be in \[0, 1\], but was 1.5"),
        (lambda: nm.cues.erase(np.ones((2, 4)), float("nan")), "fraction must be a finite number"),
        (lambda: nm.cues.noise(np.ones((2, 4)), -1), "deviation must be"),
        (
            lambda: nm.cues.occlude(np.ones((2, 4)), 0.5, shape=(3, 3)),
            "that multiply to 4 units, but was",
        ),
        (lambda: nm.cues.flip([[1, 2], [1]], 0.5), "rows differ in length"),
        (lambda: nm.cues.flip(np.ones((2, 2), bool), 0.5), r"np.where\(items > 0, 1, -1\)"),
        (
            lambda: nm.metrics.overlap(np.ones((2, 3)), np.ones((2, 4))),
            r"recalled must have shape \(2, 4\), but has shape \(2, 3\)",
        ),
        (lambda: nm.models.make("hopfield:nonsense", 4), "NAME:KEY=VALUE"),
        (lambda: nm.models.make("hopfeild", 4), "did you mean 'hopfield'"),
        (lambda: nm.models.make("hopfield:rulee=hebb", 4), "did you mean 'rule'"),
    ],
)
def test_errors_say_what_it_must_be_what_it_was_and_the_way_out(call, message):
    with pytest.raises(nm.InputError, match=message):
        call()


@pytest.mark.parametrize(
    "value", [2**31, 2**63, 10**30, 10**400, 10**5000, 0, -1, True, 2.0, "3", None, np.array(3), 1j], ids=type
)
def test_counts_that_no_array_can_have_are_refused(value):
    with pytest.raises(nm.InputError, match="units must be a"):
        checks.whole("units", value)


@pytest.mark.parametrize(
    "value", [10**400, 1e4000, float("nan"), "1", None, True, 1j, Fraction(10**400), Decimal(1), [1.0]], ids=type
)
def test_numbers_that_no_float_can_hold_are_refused(value):
    with pytest.raises(nm.InputError, match="rate must be a finite number"):
        checks.real("rate", value)


def test_minus_zero_is_zero():
    assert str(checks.real("rate", -0.0)) == "0.0"


def test_work_that_no_machine_can_hold_is_refused():
    checks.fits("units", 1000, "use fewer units")
    for size in (1e15, 10**400, float("inf")):
        with pytest.raises(nm.InputError, match="units must make arrays that fit in"):
            checks.fits("units", size, "use fewer units")


def test_a_limit_on_the_process_counts():
    limit = "import resource; from neuromem import checks; resource.setrlimit(resource.RLIMIT_AS, (2**33, -1)); "
    script = limit + "checks.fits('units', 1e9, ''); checks.fits('units', 8e9, 'use fewer units')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    have = float(done.stderr.splitlines()[-1].partition("fit in the ")[2].split()[0])  # of 8.6 GB, less what is loaded
    assert 2 < have < 8.6, done.stderr


BAD = {
    "masked": (lambda x: np.ma.masked_array(x, x > 0), "masked array; fill them with items.filled"),
    "sparse of scipy": (scipy.sparse.csr_array, "toarray"),
    "sparse of torch": (lambda x: torch.tensor(x).to_sparse(), "to_dense"),
    "without values": (lambda x: torch.tensor(x).to("meta"), "device meta"),
    "eight bits": (lambda x: torch.tensor(x).to(torch.float8_e4m3fn), "give items in float32"),
    "dataset": (lambda x: xr.Dataset({"x": (("a", "b"), x)}), "be an array"),
    "ragged": (lambda x: [*x.tolist(), [1]], "rows differ in length"),
    "objects": (lambda x: x.astype(object), "be an array of real numbers"),
    "huge": (lambda x: [[10**400] * 8] * 3, "be an array of real numbers"),
    "texts": (lambda x: x.astype(str), "be an array of real numbers"),
    "complex": (lambda x: x * 1j, "real numbers of at most 64 bits, but holds complex128"),
    "longdouble": (lambda x: x.astype(np.longdouble), "at most 64 bits"),
    "bool": (lambda x: x > 0, r"np.where\(items > 0, 1, -1\)"),
    "type": (lambda x: np.ndarray, "be an array of real numbers"),
    "none": (lambda x: None, "be an array of real numbers"),
    "dict": (lambda x: {"items": x}, "be an array of real numbers"),
    "nan": (lambda x: x * np.nan, "finite"),
    "empty": (lambda x: x[:0], "not be empty"),
    "one": (lambda x: x[0], r"items\[None\]"),
}


@pytest.mark.parametrize(("make", "text"), BAD.values(), ids=BAD)
@pytest.mark.parametrize("call", [lambda x: nm.cues.flip(x, 0.5), lambda x: nm.metrics.overlap(x, x), nm.Hopfield(8).store])
def test_what_is_no_array_of_numbers_is_refused(make, text, call):
    with pytest.raises(nm.InputError, match=text.replace("items", "(items|keys)")):
        call(make(nm.patterns.random(3, 8, rng=0)))
