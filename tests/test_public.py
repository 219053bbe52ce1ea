"""The public names: visible to `dir`, to editors and to mypy, complete, and the same word everywhere."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

import neuromem as nm

ROOT = Path(nm.__file__).parent
# commands, and what is inside
HIDDEN = {"card", "cli", "commands", "display", "doctor", "explorer", "files", "idx", "options", "provenance", "settings"}
HIDDEN |= {"named_code", "terminal"}
TYPES = {
    "about": ["cite", "show"],
    "checks": ["InputError"],
    "explorer": ["explore"],
    "figures": ["plot"],
    "memory": ["Cost", "Memory", "Recall"],
    "storage": ["load", "save"],
    "trace": ["Trace"],
}


def expected() -> str:
    """The text of `__init__.pyi`: every part, the types of the protocol, every memory."""
    paths = [p for p in ROOT.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()]
    parts = sorted(p.stem for p in paths if not p.stem.startswith("_") and p.stem not in HIDDEN)
    lines = [f"from . import {part} as {part}" for part in parts]
    homes = {**TYPES, **{f"models.{name}": [nm.models.ALL[name].__name__] for name in nm.models.ALL}}
    lines += [f"from .{home} import {name} as {name}" for home, names in sorted(homes.items()) for name in names]
    return "\n".join([*lines, "", "__version__: str", ""])


def expected_theory() -> str:
    """The text of `theory/__init__.pyi`: every theory."""
    names = sorted(p.stem for p in (ROOT / "theory").glob("*.py") if not p.stem.startswith("_"))
    return "\n".join([*(f"from . import {name} as {name}" for name in names), ""])


@pytest.mark.parametrize(("folder", "names"), [(".", expected), ("theory", expected_theory)])
def test_every_name_is_in_the_stub(folder, names):
    stub = ROOT / folder / "__init__.pyi"
    if not stub.exists() or stub.read_text(encoding="utf-8") != names():
        stub.write_text(names(), encoding="utf-8")
        pytest.fail(f"{stub} did not list every public name; it does now: look at it and commit it")


def test_dir_shows_parts_and_memories_and_each_is_there():
    names = dir(nm)
    assert {"Hopfield", "Sparsey", "CA3", "patterns", "theory", "spiking", "kernels", "InputError"} <= set(names)
    for name in names:
        assert getattr(nm, name) is not None
    assert "hopfield" in dir(nm.theory)


def test_mypy_sees_a_misspelt_name_and_rule(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import neuromem as nm\n"
        "nm.Hopfeild(8)\n"
        "nm.Hopfield(8, rule='hebbb')\n"
        "nm.Hopfield(8, rulee='hebb')\n"
        "nm.spiking.fast.run\n"
        "nm.Hopfield(8, rule='hebb').store([[1] * 8])\n"
    )
    skipped = "torch.*,xarray.*,pandas.*,matplotlib.*,dask.*,distributed.*,scipy.*,panel.*,bokeh.*,PIL.*,click.*,zarr.*"
    settings = tmp_path / "mypy.ini"  # skipped is what takes most of the time and says nothing of these lines
    settings.write_text(
        "[mypy]\nignore_missing_imports = True\nfollow_imports = silent\n"
        f"[mypy-{skipped}]\nfollow_imports = skip\nfollow_imports_for_stubs = True\n"
    )
    asked = ["--config-file", str(settings), f"--cache-dir={os.devnull}"]  # that of the project is for its own settings
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *asked, str(script)], capture_output=True, text=True, cwd=ROOT.parent
    )
    lines = [line.split(":", 2)[1] for line in done.stdout.splitlines() if "error:" in line]
    assert lines == ["2", "3", "4"], done.stdout


# name -> annotation that its parameter has, wherever it is one: the table in CONTRIBUTING.md
NAMES = {
    "units": "int",
    "stored": "int",
    "activity": "float",
    "temperature": "float",
    "beta": "float",
    "steps": "int",
    "rate": "float",
    "decay": "float",
    "order": "int",
    "rule": "str",
    "rng": "int | np.random.Generator",
    "seed": "int",
    "trials": "int",
    "fraction": "float",
}
OLD = {"sweeps": "steps", "iterations": "steps", "learning_rate": "rate", "lr": "rate", "n": "units", "random_state": "rng"}


def signatures():
    for kind, catalogue in (("memory", nm.models.ALL), ("experiment", nm.experiments.ALL)):
        for name in catalogue:
            for parameter in inspect.signature(catalogue[name]).parameters.values():
                yield f"{kind} {name}", parameter
    for part in (nm.patterns, nm.cues, nm.metrics):
        for name in dir(part):
            function = getattr(part, name)
            own = f"{getattr(function, '__module__', '')}.".startswith(f"{part.__name__}.")
            if inspect.isfunction(function) and own and not name.startswith("_"):
                for parameter in inspect.signature(function).parameters.values():
                    yield f"{part.__name__}.{name}", parameter


@pytest.mark.parametrize("parameter", NAMES)
def test_one_name_has_one_type(parameter):
    """In memories, experiments, patterns, cues and metrics; None or a word may be allowed besides."""
    seen = {}
    for where, found in signatures():
        if found.name == parameter:
            text = str(found.annotation).removeprefix("Annotated[").split(",")[0].strip("'\"")
            seen[where] = text
    kinds = (NAMES[parameter], "Rng", "Rule")
    several = tuple(f"tuple[{kind}" for kind in kinds)  # an experiment goes over several
    odd = {
        where: text
        for where, text in seen.items()
        if not text.startswith((*kinds, *several) if where.startswith("experiment") else kinds)
    }
    assert seen
    assert not odd


def test_no_old_name_is_left():
    odd = [f"{where}: {p.name}, now {OLD[p.name]}" for where, p in signatures() if p.name in OLD]
    assert not odd


def test_items_is_never_a_count():
    counts = [where for where, p in signatures() if p.name == "items" and "int" in str(p.annotation)]
    assert not counts


def test_an_unknown_name_is_told_the_nearest():
    with pytest.raises(AttributeError, match="neuromem has no Hopfeild; did you mean Hopfield"):
        nm.Hopfeild  # noqa: B018
    with pytest.raises(AttributeError, match="did you mean Willshaw"):
        nm.willshaw  # noqa: B018
    assert not hasattr(nm, "__wrapped__")
