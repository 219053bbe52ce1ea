"""Every experiment has the same frame: a question, options, variables that say what they are, and provenance."""

import importlib
import inspect
import io
import json
import subprocess
import typing
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from rich.console import Console

import neuromem as nm
from neuromem import experiments, figures, provenance, results, sweep

every = pytest.mark.parametrize("name", experiments.ALL)


def module(name):
    return importlib.import_module(f"neuromem.experiments.{name}")


def options(name):
    return inspect.signature(experiments.ALL[name]).parameters


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
    Console(file=text, width=150).print(module(name).summary(back))
    assert len(text.getvalue().splitlines()) > 3
    if name in figures.ALL:
        assert figures.ALL[name](back).axes


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
