"""Items, damage and metrics: their definitions, their statistics, their errors."""

import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import neuromem as nm
from neuromem import checks
from neuromem.arrays import same_kind, to_host
from neuromem.catalogue import Catalogue, chosen

sizes = st.integers(1, 40)


@given(items=sizes, units=sizes, seed=st.integers(0, 2**40))
@settings(max_examples=30, deadline=None)
def test_random_items_are_spins_and_depend_on_the_seed_alone(items, units, seed):
    x = nm.patterns.random(items, units, rng=seed)
    assert x.shape == (items, units)
    assert set(np.unique(x)) <= {-1, 1}
    np.testing.assert_array_equal(x, nm.patterns.random(items, units, rng=np.random.default_rng(seed)))


def test_random_items_are_unbiased_and_uncorrelated():
    x = nm.patterns.random(400, 1000, rng=0).astype(float)
    assert abs(x.mean()) < 4 / np.sqrt(x.size)
    between = (x @ x.T / 1000)[np.triu_indices(400, 1)]
    assert abs(between.var() * 1000 - 1) < 4 * np.sqrt(2 / between.size)


@pytest.mark.parametrize("correlation", [0.0, 0.3, 1.0])
def test_correlated_items_have_that_correlation(correlation):
    pairs = [
        (x[0] * x[1]).mean() for x in (nm.patterns.correlated(2, 500, correlation=correlation, rng=s) for s in range(200))
    ]
    assert abs(np.mean(pairs) - correlation) <= 4 * np.std(pairs) / np.sqrt(200)


def test_digits_are_images_of_their_labels():
    images, labels = nm.patterns.digits()
    assert images.shape == (1797, 64)
    assert np.bincount(labels).min() > 170
    means = np.stack([images[labels == k].mean(0) for k in range(10)])
    assert (np.argmax(images @ means.T - (means**2).sum(1) / 2, 1) == labels).mean() > 0.85  # nearest mean image
    few, names = nm.patterns.digits(7, rng=3)
    found = [(images == image).all(1) & (labels == name) for image, name in zip(few, names, strict=True)]
    assert np.array(found).any(1).all()


@given(fraction=st.floats(0, 1), units=st.integers(1, 60), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_damage_touches_exactly_the_stated_number_of_units(fraction, units, seed):
    x = nm.patterns.random(5, units, rng=seed)
    number = round(fraction * units)
    assert ((nm.cues.flip(x, fraction, rng=seed) != x).sum(1) == number).all()
    erased = nm.cues.erase(x, fraction, rng=seed)
    assert ((erased == 0).sum(1) == number).all()
    assert ((erased == x) | (erased == 0)).all()
    hidden = nm.cues.occlude(x, fraction, rng=seed) == 0
    assert (hidden.sum(1) == number).all()
    assert (np.abs(np.diff(hidden, axis=1, prepend=False, append=False)).sum(1) <= 2).all()  # one run


def test_occluded_block_is_a_rectangle_within_the_image():
    hidden = (nm.cues.occlude(np.ones((50, 64)), 0.25, shape=(8, 8), rng=0) == 0).reshape(50, 8, 8)
    assert (hidden.any(2).sum(1) == 4).all()
    assert (hidden.any(1).sum(1) == 4).all()
    assert (hidden.sum((1, 2)) == 16).all()
    assert len({tuple(np.argwhere(h)[0]) for h in hidden}) > 5


def test_noise_has_that_deviation():
    x = nm.patterns.random(100, 1000, rng=0)
    assert abs((nm.cues.noise(x, 0.7, rng=1) - x).std() - 0.7) < 0.7 * 4 / np.sqrt(2 * x.size)


def test_metrics_by_hand():
    y = np.array([[1, 1, -1, -1], [1, 1, 1, 1]])
    x = np.array([[1, 1, -1, -1], [1, 1, -1, 0]])
    np.testing.assert_allclose(nm.metrics.overlap(x, y), [1, 1 / np.sqrt(3 * 4)])
    np.testing.assert_array_equal(nm.metrics.exact(x, y), [True, False])
    np.testing.assert_allclose(nm.metrics.bit_error(x, y), [0, 1.5 / 4])
    assert nm.metrics.overlap(np.zeros_like(y), y).tolist() == [0, 0]


@pytest.mark.parametrize("error", [0.0, 0.1, 0.5])
def test_information_is_that_of_a_binary_symmetric_channel(error):
    y = nm.patterns.random(200, 1000, rng=0)
    x = np.where(np.random.default_rng(1).random(y.shape) < error, -y, y)
    entropy = 0 if error == 0 else -(error * np.log2(error) + (1 - error) * np.log2(1 - error))
    assert nm.metrics.information(x, y) / y.size == pytest.approx(1 - entropy, abs=0.003)
    cues = nm.cues.erase(y, 0.25, rng=2)
    assert nm.metrics.information(y, y, cues) / y.size == pytest.approx(0.25, abs=0.003)


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
    ("spec", "settings"),
    [
        ("hopfield:self_coupling=false", {"self_coupling": False}),
        ("hopfield:self_coupling=True:steps=3", {"self_coupling": True, "steps": 3}),
        ("hopfield:threshold=none", {"threshold": None}),
        (r"fast_weights:weights=C:\dir\a:b.pt:heads=2", {"weights": r"C:\dir\a:b.pt", "heads": 2}),
        ("fast_weights:weights='a:heads=3.pt':heads=2", {"weights": "a:heads=3.pt", "heads": 2}),
        ("fast_weights:name=1:scale=1e-3", {"name": "1", "scale": 1e-3}),
        ("hopfield:steps=" + 5000 * "-" + "1", {"steps": 5000 * "-" + "1"}),
        ("hopfield:steps=" + 100_000 * "-" + "1", {"steps": 100_000 * "-" + "1"}),
        ("hopfield:levels=(1, 2)", {"levels": (1, 2)}),
    ],
)
def test_text_settings_take_the_type_of_the_parameter_and_hold_any_character(spec, settings):
    def kind(
        units,
        *,
        self_coupling: bool = False,
        threshold: float | None = 0.0,
        steps=1,
        heads: int = 1,
        name: str = "",
        scale=1.0,
        levels=(),
    ): ...

    assert chosen(spec, "model", {spec.partition(":")[0]: kind}.get, given=("units",), also=("weights",)) == (kind, settings)


@pytest.mark.parametrize("spec", ["hopfield:self_coupling=no", "hopfield:self_coupling=", "hopfield:self_coupling=1"])
def test_a_text_that_is_no_truth_value_is_refused(spec):
    with pytest.raises(nm.InputError, match="self_coupling must be True or False, but was"):
        nm.models.make(spec, 8)


def test_false_as_text_is_false():
    assert nm.models.make("hopfield:self_coupling=false", 8).self_coupling is False


def test_a_word_that_can_not_be_printed_is_refused():
    with pytest.raises(nm.InputError, match="rule must be one of 2 names, but was of type int; known: a, b"):
        checks.choice("rule", 10**5000, ["a", "b"])


@pytest.mark.parametrize("spec", ["hopfield:rule", "hopfield=2", ":rule=hebb", "", "hopfield:rule=hebb:rule=hebb", None, 3])
def test_specs_in_no_known_form_are_refused(spec):
    with pytest.raises(nm.InputError, match=r"model must be NAME|comes 2 times"):
        nm.models.make(spec, 8)


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


KINDS = {
    "frame": pd.DataFrame,
    "labelled": xr.DataArray,
    "big-endian": lambda x: x.astype(">f8"),
    "fortran": lambda x: np.asfortranarray(x.astype(">i4")),
    "read-only": lambda x: np.frombuffer(x.tobytes(), np.int8).reshape(x.shape),
    "list": lambda x: x.tolist(),
    "float16": lambda x: x.astype(np.float16),
    "bfloat16": lambda x: torch.tensor(x).to(torch.bfloat16),
    "gradient": lambda x: torch.tensor(x, dtype=torch.float32, requires_grad=True),
    "recall": lambda x: nm.Hopfield(32).store(x).recall(x),
}


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_every_kind_of_array_gives_the_numbers_of_int8(make):
    x = nm.patterns.random(3, 32, rng=0)
    y = nm.cues.flip(x, 0.3, rng=1)
    for damage in (nm.cues.flip, nm.cues.erase, nm.cues.occlude):
        np.testing.assert_array_equal(to_host(damage(make(x), 0.4, rng=2)), damage(x, 0.4, rng=2))
    for metric in (nm.metrics.overlap, nm.metrics.exact, nm.metrics.bit_error, nm.metrics.information):
        np.testing.assert_array_equal(metric(y, make(x)), metric(y, x))
        np.testing.assert_array_equal(metric(make(x), y), metric(x, y))
    for one, other in zip(
        nm.patterns.examples(make(x), 2, quality=0.5), nm.patterns.examples(x, 2, quality=0.5), strict=True
    ):
        np.testing.assert_array_equal(to_host(one), other)


def test_damage_stays_in_the_array_library_and_keeps_the_gradient():
    x = torch.tensor(nm.patterns.random(3, 8, rng=0), dtype=torch.float32, requires_grad=True)
    for damage in (nm.cues.flip, nm.cues.erase, nm.cues.occlude, nm.cues.noise):
        damaged = damage(x, 0.5)
        assert isinstance(damaged, torch.Tensor)
        assert damaged.dtype == torch.float32
        (slope,) = torch.autograd.grad(damaged.sum(), x)
        expected = {"flip": damaged / x, "noise": torch.ones_like(x)}.get(damage.__name__, (damaged != 0).float())
        np.testing.assert_array_equal(slope, expected.detach())


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "u8"])
def test_unsigned_numbers_have_their_minus_one(dtype):
    flipped = nm.cues.flip(np.ones((2, 10), dtype), 0.2, rng=0)
    assert sorted(flipped[0].tolist()) == [-1] * 2 + [1] * 8
    with pytest.raises(nm.InputError, match=r"only \+1 and -1, but holds 0; .* np.where\(items > 0, 1, -1\)"):
        nm.cues.flip(np.eye(4, dtype=dtype), 0.2)
    bits = np.eye(4, dtype=dtype)
    assert set(np.where(bits > 0, 1, -1).ravel()) == {-1, 1}  # what the error says
    assert nm.metrics.bit_error(bits, -np.ones((4, 4))).tolist() == [0.625] * 4  # 3 of 4 unknown, 1 wrong
    assert same_kind(np.array([-1, 1], np.int8), bits).tolist() == [-1, 1]
    assert same_kind(np.array([-1, 1], np.int8), torch.ones(2, dtype=torch.uint8)).tolist() == [-1, 1]


@pytest.mark.parametrize("size", [1e308, 1e200, 1e-200, 5e-324])
def test_overlap_of_the_largest_and_the_smallest_numbers(size):
    x, y = size * np.array([[1.0, 1, 1, 1]]), np.array([[1.0, 1, 1, -1]])
    np.testing.assert_allclose([nm.metrics.overlap(x, y), nm.metrics.overlap(y, x)], 0.5, rtol=1e-12)


@pytest.mark.parametrize("number", [2**62, 2**31 - 1, 10**30])
def test_a_number_of_examples_that_no_machine_can_hold_is_refused(number):
    for call in (
        lambda: nm.patterns.examples(np.ones((2, 50)), number, quality=0.5),
        lambda: nm.patterns.random(number, 10**6),
        lambda: nm.patterns.sparse(10**6, number, activity=0.5),
        lambda: nm.patterns.correlated(number, 10**6, correlation=0.5),
    ):
        with pytest.raises(nm.InputError, match=r"must (be a whole number|make arrays that fit)"):
            call()


def test_a_memory_without_synapses_has_no_bits_for_each():
    x = nm.patterns.random(2, 8, rng=0)
    with pytest.raises(nm.InputError, match="memory must have synapses"):
        nm.metrics.bits_per_synapse(x, x, nm.Attention(8))
    for memory in (None, nm.Hopfield, 3):
        with pytest.raises(nm.InputError, match="memory must be a memory"):
            nm.metrics.bits_per_synapse(x, x, memory)


def test_a_package_is_an_entry_of_a_catalogue_as_a_file_is(tmp_path, monkeypatch):
    (tmp_path / "kinds" / "two_layers").mkdir(parents=True)
    (tmp_path / "kinds" / "_helper").mkdir()
    for file, text in {
        "__init__.py": "",
        "_helper/__init__.py": "",
        "one.py": '"""One."""\nclass One: ...\nclass Other: ...\n',
        "two_layers/__init__.py": "from .network import TwoLayers as TwoLayers\n\n\ndef run(): ...\n",
        "two_layers/network.py": "class TwoLayers: ...\n",
        "none.py": "",
    }.items():
        (tmp_path / "kinds" / file).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    kinds = Catalogue("kinds", "kind")
    assert list(kinds) == ["none", "one", "two_layers"]
    assert [kinds[name].__name__ for name in ("one", "two_layers")] == ["One", "TwoLayers"]
    assert [kinds.about(name) for name in kinds] == ["", "One.", ""]
    with pytest.raises(nm.InputError, match="kind must define none"):
        kinds["none"]
    for name in ("ones", None, 3):
        with pytest.raises(nm.InputError, match="kind must be a known name"):
            kinds.named(name)
