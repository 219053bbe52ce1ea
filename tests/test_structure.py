"""The house keeps its shape: floors, no circles, short files, links that exist."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "neuromem"
LONGEST = 350  # lines of a file
ONE_IDEA = {"laws": "the laws of a memory stand together, to be read as a list"}

# a part imports from parts on lower floors only; theory stands alone
GUIDE = (ROOT.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
LISTED = re.search(r"the highest is first:\n\n((?: {4}.+\n)+)", GUIDE)
FLOORS = [line.strip().split(", ") for line in reversed(LISTED[1].splitlines())]
FLOOR = {part: floor for floor, parts in enumerate(FLOORS) for part in parts}


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name without "neuromem.", links followed."""
    found = {}
    for path in sorted(
        [*ROOT.glob("*.py"), *(p for folder in ROOT.iterdir() if folder.is_dir() for p in folder.rglob("*.py"))]
    ):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = path
    return {name: path for name, path in found.items() if name not in ("__init__", "__main__")}


MODULES = modules()


def imported(name: str, path: Path) -> set[str]:
    """The modules of the package that a module imports, anywhere in its text: a lazy import counts."""
    home = f"neuromem.{name}".split(".")
    if path.name != "__init__.py":
        home.pop()
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom):
            base = (
                ".".join([*home[: len(home) - node.level + 1], *filter(None, [node.module])]) if node.level else node.module
            )
            names = [f"{base}.{alias.name}" for alias in node.names] + [base]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        inside = [full.removeprefix("neuromem.") for full in names if full and full.startswith("neuromem.")]
        found |= {next((known for known in (full, full.rpartition(".")[0]) if known in MODULES), full) for full in inside}
    return {known for known in found if known in MODULES and known != name}


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    return {name: imported(name, path) for name, path in MODULES.items()}


def part(name: str) -> str:
    return name.partition(".")[0]


def test_the_floors_name_every_part():
    assert {part(name) for name in MODULES} == set(FLOOR), (
        "give a new part its floor in CONTRIBUTING.md, and one that is gone none"
    )
    assert len(FLOOR) == sum(map(len, FLOORS)), "a part has one floor"


def test_nothing_imports_upward(imports):
    upward = [
        f"{name} -> {other}"
        for name, others in imports.items()
        for other in others
        if part(other) != part(name) and FLOOR[part(other)] >= FLOOR[part(name)]
    ]
    assert not upward


def test_theory_stands_alone(imports):
    for name, others in imports.items():
        if part(name) == "theory":
            assert {part(other) for other in others} <= {"theory", "checks"}, name


def test_there_is_no_circle(imports):
    far: dict[str, set[str]] = defaultdict(set)
    for name in MODULES:
        todo = [name]
        while todo:
            for other in imports[todo.pop()] - far[name]:
                far[name].add(other)
                todo.append(other)
    circle = sorted(name for name in MODULES if name in far[name])
    assert not circle


def test_no_file_is_too_long():
    long = {name: lines for name, path in MODULES.items() if (lines := len(path.read_text().splitlines())) > LONGEST}
    assert not long.keys() - ONE_IDEA.keys()


def test_no_private_name_crosses_a_part():
    """A name that begins with an underscore is imported within its own folder only."""
    crossing = []
    for name, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.level > 1 or (node.module or "").startswith("neuromem.")):
                private = [alias.name for alias in node.names if alias.name.startswith("_")]
                if private and part((node.module or "").removeprefix("neuromem.")) != part(name):
                    crossing.append(f"{name}: {node.module} {private}")
    assert not crossing


@pytest.mark.parametrize("folder", ["models", "experiments", "figures"])
def test_a_checkout_without_links_says_how_to_switch_them_on(folder, tmp_path):
    """Git writes a link as a text file where links are off."""
    import shutil
    import subprocess
    import sys

    copy = tmp_path / "neuromem"
    shutil.copytree(ROOT, copy, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / folder).unlink()
    (copy / folder).write_text(f"../{folder}")
    done = subprocess.run([sys.executable, "-c", "import neuromem"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode
    assert "git config core.symlinks true" in done.stderr.splitlines()[-1]
