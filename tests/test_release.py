"""The release: wheel and source build, hold what commands need, and run from an empty folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import numpy as np
import pytest

import neuromem as nm
from neuromem import commands
from tests.own_study import CLUSTER, COMMANDS, STUDY, written

ROOT = Path(nm.__file__).parents[1]
pytestmark = pytest.mark.slow


ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def done(*command: object, cwd: Path = ROOT) -> str:
    """What a command says, which has to end well."""
    ran = subprocess.run([*map(str, command)], cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """The folder with the wheel and the source, made by the build backend that is installed."""
    out = tmp_path_factory.mktemp("dist")
    done(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ROOT)
    return out


def test_what_is_built_may_be_published(built):
    files = sorted(path for path in built.iterdir() if path.suffix in (".whl", ".gz"))
    assert [path.name for path in files] == [
        f"neuromem-{nm.__version__}-py3-none-any.whl",
        f"neuromem-{nm.__version__}.tar.gz",
    ]
    assert done(sys.executable, "-m", "twine", "check", "--strict", *files).count("PASSED") == 2


def test_the_wheel_is_small_and_whole(built):
    wheel = next(built.glob("*.whl"))
    names = zipfile.ZipFile(wheel).namelist()
    assert wheel.stat().st_size < 2_000_000
    assert not [name for name in names if name.endswith((".png", ".nc", ".html")) or name.startswith(("tests", "docs"))]
    package = ROOT / "neuromem"
    for folder in ("models", "experiments", "figures", "bench", "commands", "theory"):
        for path in (package / folder).glob("*.py"):
            assert f"neuromem/{folder}/{path.name}" in names
    assert {"neuromem/__init__.pyi", "neuromem/py.typed", "neuromem/card/known.json", "neuromem/explorer/page.css"} <= set(
        names
    )


def test_the_source_is_small_and_builds_the_tests(built):
    source = next(built.glob("*.tar.gz"))
    with tarfile.open(source) as inside:
        names = inside.getnames()
    assert source.stat().st_size < 12_000_000
    assert any(name.endswith("tests/test_hopfield.py") for name in names)


@pytest.fixture(scope="module")
def python(built, tmp_path_factory) -> Path:
    """The Python of an environment with the wheel, which sees the dependencies of this one and not this checkout."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False)
    places = next(home.glob("lib/python*/site-packages"))
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(places)
    # appended after the environment's own folder; the line of an editable install isn't followed
    (places / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    said = done(home / "bin" / "python", "-P", "-c", "import neuromem; print(neuromem.__file__)", cwd=home)
    assert Path(said.strip()).is_relative_to(places)
    return home / "bin" / "python"


@pytest.fixture
def address(python, tmp_path):
    """The address of a cluster of the wheel's, in a folder that has none of the user's files."""
    (tmp_path / "cluster.py").write_text(CLUSTER)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen([python, "cluster.py"], cwd=tmp_path, env=ENVIRONMENT, **pipes)
    yield process.stdout.readline().strip()
    process.communicate("\n", timeout=600)


def test_a_study_of_ones_own_gives_the_same_numbers_everywhere(python, address, tmp_path, monkeypatch):
    """Own memory, rule, module and items, by wheel and checkout, as script and command, anywhere."""
    assert len(STUDY.strip().splitlines()) <= 30
    folder = written(tmp_path / "here")
    done(python, "study.py", address, cwd=folder)
    models = "my_memory.py:Nearest:depth=2,hopfield:rule=my_rule.py:clipped,my_layer.py:Dot"
    shared = ["--models", models, "--items", "x.npy", "--trials", "2", "--out", "out"]
    monkeypatch.chdir(folder)
    elsewhere = {"completion": [python, "--scheduler", address], "capacity": [sys.executable, "--workers", "2"]}
    for name, options in COMMANDS.items():
        asked = ["run", name, *shared, *options.split()]
        if name in elsewhere:
            program, *where = elsewhere[name]
            done(program, "-m", "neuromem", *asked, *where, cwd=folder)
        else:
            commands.main([*asked, "--workers", "1"], standalone_mode=False)
        stem = {"phase_diagram": "phase_diagram_models"}.get(name, name)
        command, here, far = (
            nm.results.load(folder / file) for file in (f"out/{stem}_x.nc", f"workers/{name}.nc", f"scheduler/{name}.nc")
        )
        assert (folder / f"out/{stem}_x.png").exists()
        variables = sorted(set(command.data_vars) - {"seconds"})
        for data in (here, far):
            assert sorted(data.data_vars) == variables
            for variable in variables:
                np.testing.assert_array_equal(data[variable], command[variable], f"{name}: {variable}")
        told = json.loads(command.attrs["sources"])
        assert [told[model]["from"] for model in told] == [
            "file my_memory.py",
            f"neuromem {nm.__version__}, rule of file my_rule.py",
            "file my_layer.py",
        ]
        assert all(len(one["sha256"]) == 64 for one in told.values())
        assert json.loads(command.attrs["items"])["sha256"] == json.loads(here.attrs["items"])["sha256"]
    right = nm.results.load(folder / "workers" / "completion.nc").exact.sel(fraction=0.0).mean(("damage", "item", "trial"))
    assert right[0] == 1
    assert right[2] > 0.9


def test_one_place_holds_the_version():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert set(re.findall(r"^ *version: (\S+)", citation, re.M)) == {nm.__version__}
    recipe = (ROOT / "conda" / "recipe.yaml").read_text(encoding="utf-8")
    assert re.findall(r"^ *version: \"(.+)\"", recipe, re.M) == [nm.__version__]


def test_the_conda_recipe_asks_for_what_pip_asks_for():
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    pip = {re.match(r"[\w-]+", one)[0].lower() for one in asked}
    recipe = (ROOT / "conda" / "recipe.yaml").read_text(encoding="utf-8")
    run = recipe.partition("  run:\n")[2].partition("\n\n")[0]
    other_names = {"matplotlib-base": "matplotlib", "pytorch": "torch", "lazy-loader": "lazy-loader"}
    conda = {other_names.get(name, name) for name in re.findall(r"^ *- ([\w-]+)", run, re.M)} - {"python"}
    assert conda == pip
