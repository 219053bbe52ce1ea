"""The release: wheel and source build, hold what commands need, and run from an empty folder."""

from __future__ import annotations

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

import pytest

import neuromem as nm

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


def test_the_wheel_runs_in_an_empty_folder(built, tmp_path):
    """In an environment of its own, which sees the dependencies of this one and not this checkout."""
    home, empty = tmp_path / "environment", tmp_path / "empty"
    empty.mkdir()
    venv.create(home, with_pip=False)
    places = next(home.glob("lib/python*/site-packages"))
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(places)
    # appended after the environment's own folder; the line of an editable install isn't followed
    (places / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    python = home / "bin" / "python"
    said = done(python, "-P", "-c", "import neuromem; print(neuromem.__file__)", cwd=empty)
    assert Path(said.strip()).is_relative_to(places)
    done(python, "-P", "-m", "neuromem", "run", "completion", "--quick", "--models", "hopfield,attention", cwd=empty)
    assert sorted(path.suffix for path in (empty / "results").iterdir()) == [".nc", ".png"]


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
