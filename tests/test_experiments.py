"""Every experiment has the same frame: a question, options, variables that say what they are, and provenance."""

import importlib
import inspect
import io
import json
import re
import subprocess
import sys
import typing
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.text import Text
from rich.console import Console

import neuromem as nm
from neuromem import checks, experiments, figures, provenance, results, sweep
from neuromem.experiments import _spread as spread

UNSAID = re.compile(r"\bNone\b|\bnan\b")  # what stands where a name or a number is missing
every = pytest.mark.parametrize("name", experiments.ALL)


def module(name):
    return importlib.import_module(f"neuromem.experiments.{name}")


def options(name):
    return inspect.signature(experiments.ALL[name]).parameters


def pictures(data):
    """Draw all pictures of a result, which say nothing that is not known."""
    name = data.attrs["experiment"]
    for draw in figures.pictures(name).values() if name in figures.ALL else ():
        figure = draw(data)
        assert figure.axes
        assert [said for one in figure.findobj(Text) if UNSAID.search(said := one.get_text())] == []


@every
def test_its_first_line_is_its_question(name):
    first = module(name).__doc__.splitlines()[0]
    question = first[: first.index("?") + 1]
    assert experiments.ALL[name].__doc__.startswith(question)
    assert experiments.ALL.about(name) == first


@every
def test_its_options_are_keywords_with_a_default_and_a_text(name):
    hints = typing.get_type_hints(experiments.ALL[name], include_extras=True)
    for option in options(name).values():
        assert option.kind is inspect.Parameter.KEYWORD_ONLY, option
        assert option.default is not inspect.Parameter.empty, option
        (text,) = hints[option.name].__metadata__
        assert text.endswith("."), option
    assert set(module(name).QUICK) <= set(options(name))


class WorkBegan(Exception):
    pass


@every
def test_a_value_that_it_refuses_is_named_as_its_option_is(name, monkeypatch):
    def begun(*_, **__):
        raise WorkBegan

    monkeypatch.setattr(sweep, "grid", begun)
    refused = []
    for option in options(name).values():
        usual = module(name).QUICK.get(option.name, option.default)
        first = usual[0] if isinstance(usual, tuple) and usual else usual
        kind = type(first) if isinstance(first, int | float) and not isinstance(first, bool) else None
        for value in [] if kind is None else [kind(0), kind(-1)]:
            given = (value,) if isinstance(usual, tuple) else value
            try:
                experiments.ALL[name](**{**module(name).QUICK, option.name: given})
            except WorkBegan:
                continue
            except checks.InputError as error:
                refused.append((option.name, str(error)))
    assert [(option, said) for option, said in refused if option not in said.partition(" must ")[0]] == []
    assert refused or name == "spiking"  # which has no numbers to choose


@every
def test_its_data_say_what_they_are_and_where_they_come_from(name, tmp_path):
    given = {**module(name).QUICK, **({"seed": 3} if "seed" in options(name) else {})}
    with sweep.on(workers=1):
        data = experiments.ALL[name](**given)
    for variable, values in data.variables.items():
        if variable in data.data_vars or (values.dtype.kind in "iufb" and variable not in ("trial", "number")):
            assert variable in module(name).VARIABLES
            assert values.attrs["long_name"]
            assert "units" in values.attrs
    assert "error" not in data
    assert data.attrs["experiment"] == name
    expected = {option.name: given.get(option.name, option.default) for option in options(name).values()}
    assert results.parameters(data) == json.loads(json.dumps(expected))
    assert data.attrs.get("seed") == given.get("seed")
    assert {"neuromem", "python", "numpy", "numba", "torch", "brian2"} <= set(json.loads(data.attrs["versions"]))
    assert data.attrs["machine"]
    assert data.attrs["device"] == "cpu"
    assert data.attrs["seconds"] > 0
    assert data.attrs["schema"] == results.SCHEMA

    back = results.load(results.save(data, tmp_path / "data.nc"))
    text = io.StringIO()
    table = module(name).summary(back)
    Console(file=text, width=150).print(table)
    assert len(text.getvalue().splitlines()) > 3
    assert all(column.header for column in table.columns), "a column without a head"
    assert not UNSAID.search(text.getvalue()), text.getvalue()
    pictures(back)


@pytest.mark.parametrize("file", sorted(Path(figures.__file__).parent.glob("*.nc")), ids=lambda file: file.stem)
def test_a_saved_result_is_of_options_that_there_are_and_has_a_table(file):
    data = results.load(file)
    name = data.attrs["experiment"]
    if name in experiments.ALL:  # the ledger of claims is none
        assert set(results.parameters(data)) <= set(options(name))
        assert module(name).summary(data).row_count
        pictures(data)
        if "trial" in data.dims:  # one trial has no spread, and none is printed
            text = io.StringIO()
            Console(file=text, width=400).print(module(name).summary(data.isel(trial=[0])))
            assert not re.search(r"± *[\dn]|\bnan\b", text.getvalue()), text.getvalue()


def test_a_standard_error_is_that_of_the_mean_and_none_of_one_trial():
    values = xr.DataArray([[2.0, 1.0], [4.0, 1.0], [9.0, 1.0]], dims=("trial", "load"))
    error = spread.standard_error(values).values
    np.testing.assert_allclose(error, [(26 / 2 / 3) ** 0.5, 0])  # squares 9, 1, 16 about the mean of 5
    assert np.isnan(spread.standard_error(values[:1])).all()
    assert [spread.said(0.1382, 0.002), spread.said(0.1382, np.nan), spread.said(np.nan, np.nan)] == [
        "0.138 ± 0.002",
        "0.138",
        "-",
    ]


LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_AS, 2 * (6 * 10**9,))  # as `ulimit -v`
resource.setrlimit(resource.RLIMIT_CPU, 2 * (20,))  # most of it for imports
import neuromem as nm
for name, option in (("conditioning", {"models": ("sdm:locations=1000000000",)}), ("macrocolumn", {"modules": (10**8,)})):
    try:
        nm.experiments.ALL[name](**option)
    except nm.InputError as error:
        print(error)
"""


def test_sizes_beyond_the_limit_of_memory_are_refused_at_once():
    pytest.importorskip("resource", reason="limits of a process are those of Unix")
    done = subprocess.run([sys.executable, "-c", LIMITED], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    locations, cells = done.stdout.splitlines()
    assert locations.startswith("locations must make arrays that fit")
    assert locations.endswith("would need 18.0 GB; use fewer locations.")  # 2 words of 8 bytes and 2 counters each
    assert cells.startswith("units, modules and cells must make arrays that fit")


@pytest.mark.parametrize(
    ("name", "option", "says"),
    [
        ("attractor", {"units": (10**9,)}, "units must make arrays that fit"),
        ("classification", {"orders": (200,)}, "orders must be a whole number from 2 to 159"),  # 76^200 is no float64
        ("heavy_tail", {"steps": 2**31 - 1}, "steps must make arrays that fit"),
        ("oscillators", {"dimensions": (10**9,)}, "dimensions must make arrays that fit"),
        ("oscillators", {"oscillators": 10**9}, "oscillators must make arrays that fit"),
        ("ring", {"copies": 10**9}, "units and copies must make arrays that fit"),
    ],
)
def test_a_size_that_points_could_not_hold_is_refused_by_its_name(name, option, says):
    with pytest.raises(nm.InputError, match=says):
        experiments.ALL[name](**option)


def test_a_run_records_all_that_it_was_called_with_and_leaves_its_data_alone():
    inside = xr.Dataset({"overlap": ("trial", np.ones(2))})

    @results.experiment({"overlap": ("overlap", "1"), "other": ("not there", "1")})
    def run(*, model: object = "hopfield", loads: tuple = (0.1, 0.2), seed: int = 0, device: str = "cpu") -> xr.Dataset:
        return inside

    data = run(model=nm.Hopfield, seed=5, device="cuda")
    assert results.parameters(data) == {"model": "Hopfield", "loads": [0.1, 0.2], "seed": 5, "device": "cuda"}
    assert data.attrs["device"] == "cuda"
    assert data.overlap.attrs == {"long_name": "overlap", "units": "1"}
    assert not inside.overlap.attrs
    assert not inside.attrs
    with pytest.raises(TypeError, match="loadz"):
        run(loadz=(1,))


def test_the_version_names_the_commit_of_a_checkout():
    root = Path(nm.__file__).parents[1]
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True)
    version, _, commit = provenance.version().partition("+g")
    assert version == nm.__version__
    if head.returncode:  # no checkout
        assert not commit
    else:
        assert head.stdout.startswith(commit.removesuffix(".dirty"))
        assert len(commit) >= 12
