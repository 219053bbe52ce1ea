"""What the command line says to odd input: results that were tampered with, and odd values of every option."""

import inspect
import sys
import typing
from collections import Counter
from pathlib import Path

import pytest
import xarray as xr

import neuromem as nm
from neuromem import cli

FIGURES = Path(__file__).parents[1] / "figures"


@pytest.fixture(scope="module")
def similar():
    return nm.results.load(FIGURES / "similarity.nc")


def huge(path, data):
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs["experiment"] = "similarity"
        file.create_dataset("overlap", (200_000, 200_000), "f8", chunks=(100, 100))


def deep(data):
    return data.assign_attrs(parameters="[" * 100_000)


HOSTILE = {
    "empty": lambda path, data: path.write_bytes(b""),
    "text": lambda path, data: path.write_text("a,b\n1,2"),
    "cut": lambda path, data: path.write_bytes(data.to_netcdf(engine="h5netcdf").tobytes()[:5000]),
    "huge": huge,
    "no name": lambda path, data: data.drop_attrs(deep=False),
    "unknown name": lambda path, data: data.assign_attrs(experiment="alchemy"),
    "name is a number": lambda path, data: data.assign_attrs(experiment=3),
    "name is a path": lambda path, data: data.assign_attrs(experiment="../cli"),
    "other name": lambda path, data: data.assign_attrs(experiment="completion"),
    "no parameters": lambda path, data: data.assign_attrs(parameters=""),
    "parameters no JSON": lambda path, data: data.assign_attrs(parameters="{'a': 1}"),
    "parameters deep": lambda path, data: deep(data),
    "parameters a list": lambda path, data: data.assign_attrs(parameters="[1, 2]"),
    "parameters a number": lambda path, data: data.assign_attrs(parameters=7),
    "parameters lack one": lambda path, data: data.assign_attrs(parameters="{}"),
    "a parameter a text": lambda path, data: data.assign_attrs(parameters='{"cells": "many"}'),
    "no variable": lambda path, data: data.drop_vars("overlap"),
    "no variables": lambda path, data: data.drop_vars(list(data.data_vars)),
    "no dimension": lambda path, data: data.isel(trial=0, drop=True),
    "other dimension": lambda path, data: data.rename(shared="divided"),
    "other size": lambda path, data: data.assign(overlap=data.overlap.isel(stored=0, drop=True)),
    "a variable of texts": lambda path, data: data.assign(overlap=data.overlap.astype(str)),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_result_is_refused_in_one_line(kind, similar, tmp_path, monkeypatch, capsys):
    path = tmp_path / "similarity.nc"
    changed = HOSTILE[kind](path, similar)
    if isinstance(changed, xr.Dataset):
        changed.to_netcdf(path, engine="h5netcdf")
    monkeypatch.setattr(sys, "argv", ["neuromem", "plot", str(path)])
    assert cli._run_safely() == 2
    words = capsys.readouterr().err.removeprefix("drawing ...\n")
    assert words.startswith("neuromem: ")
    assert words.count("\n") == 1
    assert [file.name for file in tmp_path.iterdir()] == ["similarity.nc"]


LONG = 400 * "a"  # no system has files of such names


@pytest.mark.parametrize(
    "words",
    [
        *(f"run {name} --quick --out {LONG}" for name in ("similarity", "conditioning")),
        f"run similarity --quick --items {LONG}",
        f"run completion --quick --models {LONG}.py:Mine",
        f"run completion --quick --models hopfield:rule={LONG}.py:mine",
        f"card hopfield --out {LONG}",
        f"plot {LONG}",
        f"plot {FIGURES / 'similarity.nc'} --out {LONG}/one.png",
        f"reproduce H01 --out {LONG}",
        f"explore --items {LONG} --no-browser",
        f"explore --result {LONG} --no-browser",
        f"check {LONG}.py:Mine",
        f"bench --quick --out {LONG}",
        f"cite {LONG}",
        f"show {LONG}",
    ],
)
def test_a_name_that_no_file_can_have_is_refused_in_one_line(words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["neuromem", *words.split()])
    assert cli._run_safely() == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not list(tmp_path.iterdir())


class Begun(BaseException):
    """The work would begin: all checks are passed."""


ODD = {
    int: ["-1", "2147483647", "100000000000000000000", "", "1e3"],
    float: ["nan", "inf", "-1", "1e308", ""],
    str: ["", "[/b]", "x", "hopfield:steps=-1"],
}
WORK = {  # what begins the work of an experiment that goes over no grid
    "conditioning": "neuromem.experiments.conditioning.learn",
    "stress": "neuromem.experiments.stress.fast.run",
}


def option_cases():
    for name, run in nm.experiments.ALL.items():
        hints = typing.get_type_hints(inspect.unwrap(run))
        for option in hints.keys() - {"return"}:
            kinds = {hints[option], *typing.get_args(hints[option])}
            for value in next((ODD[kind] for kind in (int, float, str) if kind in kinds), []):
                yield name, option, value


@pytest.mark.slow
def test_every_option_of_every_experiment_is_refused_or_taken(tmp_path, monkeypatch, capsys):
    """Never another exception, nothing left behind, no size that is found too large only when it is allocated."""

    def begun(*args, **options):
        raise Begun

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(nm.sweep, "_batches", begun)
    counts = Counter()
    for name, option, value in sorted(option_cases()):
        words = ["neuromem", "run", name, "--quick", f"--{option.replace('_', '-')}", value]
        monkeypatch.setattr(sys, "argv", words)
        with monkeypatch.context() as patched:
            if name in WORK:
                patched.setattr(WORK[name], begun)
            try:
                code = cli._run_safely()
            except Begun:
                code = "taken"
        counts[code] += 1
        words_said = capsys.readouterr().err
        assert code in (2, "taken"), (words, words_said)
        assert not list(tmp_path.iterdir()), words
    print(dict(counts))
    assert counts[2] > 300
    assert counts["taken"] > 50
