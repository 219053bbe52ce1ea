"""The site: it builds without a warning, every public name is in it, and its tutorials run."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import runpy
import subprocess
import sys
import types
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

import neuromem as nm

ROOT = Path(nm.__file__).parents[1]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS))
import pages  # noqa: E402  the site's own, beside its settings

TUTORIALS = sorted((DOCS / "tutorials").glob("*.py"))


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The site, built as `make docs` does but for running the tutorials."""
    out = tmp_path_factory.mktemp("site")
    asked = ["-q", "-W", "--keep-going", "-b", "html", "-d", str(out / "trees"), "-D", "plot_gallery=0"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *asked, str(DOCS), str(out / "html")], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return out / "html"


def public_names() -> set[str]:
    """The names of the stub, and of the `__all__` of every part and of the parts of it, by their places."""
    stub = (ROOT / "neuromem" / "__init__.pyi").read_text(encoding="utf-8")
    found = {f"neuromem.{name}" for name in re.findall(r" as (\w+)", stub)}
    waiting = [importlib.import_module(f"neuromem.{part}") for part in re.findall(r"^from \. import (\w+)", stub, re.M)]
    while waiting:
        module = waiting.pop()
        if module.__name__.rpartition(".")[2] in pages.TOO_DEEP:
            continue
        for name in getattr(module, "__all__", ()):
            thing = getattr(module, name)
            if not isinstance(thing, types.ModuleType):
                found.add(f"{module.__name__}.{name}")
            elif thing.__name__.startswith("neuromem."):
                found.add(thing.__name__)
                waiting.append(thing)
    return found


@pytest.mark.slow
def test_every_public_name_is_in_the_interface(site):
    from sphinx.util.inventory import InventoryFile

    inventory = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="")
    described = {name for kind, names in inventory.data.items() if kind.startswith("py:") for name in names}
    assert len(public_names()) > 200
    assert public_names() - described == set()


@pytest.mark.slow
def test_no_page_asks_another_host_or_a_page_that_is_not_there(site):
    faults = []
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|iframe)[^>]* src=\"([^\"]+)\"|<link[^>]* href=\"([^\"]+)\"", text)
        faults += [f"{page.name} asks {a or b}" for a, b in loaded if (a or b).startswith(("http:", "https:", "//"))]
        for link in re.findall(r"<a [^>]*href=\"([^\"#:?]+)(?:#[^\"]*)?\"", text):
            if not (page.parent / link).exists():
                faults.append(f"{page.relative_to(site)} leads to {link}")
    assert not faults, "\n".join(faults[:20])


@pytest.mark.slow
def test_the_search_finds_a_memory(site):
    index = (site / "searchindex.js").read_text(encoding="utf-8").lower()
    assert '"willshaw"' in index or "willshaw:" in index


def test_every_picture_with_numbers_is_in_the_gallery():
    text = pages.gallery()["gallery.rst"]
    drawn = {path.stem for path in (ROOT / "figures").glob("*.nc")} & {
        path.stem for path in (ROOT / "figures").glob("*.png")
    }
    assert len(drawn) > 20
    assert {name for name in drawn if f"figures/{name}.png" not in text} == set()


def test_every_claim_is_told_with_the_verdict_of_the_last_run():
    text = pages.claims()["ledger.rst"]
    last = nm.results.load(ROOT / "figures" / "reproduce.nc").verdict.to_series()
    for said in ("reproduced", "not reproduced", "published number wrong", "not testable here"):
        assert f"- {(last == said).sum()} {said}" in text
        assert len(re.findall(rf"^     - {said}(:|$)", text, re.M)) == (last == said).sum() > 0, said


def test_every_layer_has_a_row():
    cells = re.findall(r"^\| (`[^|]+`) \|", (DOCS / "layers.md").read_text(encoding="utf-8"), re.M)
    told = re.findall(r"`(\w+)`", " ".join(cells))
    code = (ROOT / "neuromem" / "nn" / "catalogue.py").read_text(encoding="utf-8")  # the package would load torch
    assert sorted(told) == sorted(re.findall(r"^    \"(\w+)\": \w+,$", code, re.M)) != []


def test_every_experiment_that_takes_items_is_told():
    told = re.search(r"take `--items` \(([^)]+)\)", (DOCS / "own.md").read_text(encoding="utf-8"))[1]
    able = [name for name, run in nm.experiments.ALL.items() if "items" in inspect.signature(run).parameters]
    assert [name for name in re.findall(r"\w+", told) if name != "and"] == sorted(able)


def test_every_command_is_told():
    from neuromem.commands import main

    told = re.findall(r"^    neuromem (\w+)", (DOCS / "commands.md").read_text(encoding="utf-8"), re.M)
    assert set(told) == set(main.list_commands(None))


def test_every_memory_has_a_page_and_a_row():
    table = (DOCS / "memories.md").read_text(encoding="utf-8")
    untold = [name for name in nm.models.ALL.files if f"| `{nm.models.ALL[name].__name__}` |" not in table]
    assert not untold, (
        f"{untold}: docs/memories.md needs a row for it, | `Name` | what it computes | who it is for | paper |"
    )
    made = pages.memories()
    for name in nm.models.ALL.files:
        assert "\n\nFor " in made[f"memories/{name}.rst"], name


FAMILIES = ("BSD", "MIT", "Apache", "G(PL|NU)", "MPL", "Python Software", "CeCILL", "CEA CNRS")


def kin(text: str) -> set[str]:
    """The families of licences that a text names; the words of packages differ between their releases."""
    return {family for family in FAMILIES if re.search(family, text, re.IGNORECASE)}


def test_the_licence_of_every_dependency_is_listed():
    text = (DOCS / "licences.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([\w-]+) \| ([^|]+) \| .* \|$", text, re.M))
    del rows["package"], rows["---"]
    assert set(rows) == {name for name, _ in pages.requirements()}, "run python docs/pages.py, look at it and commit it"
    for name, told in rows.items():
        assert kin(told), (name, told)
        assert kin(pages.licence(name)) & kin(told), (name, told, pages.licence(name))


def test_there_are_ten_tutorials():
    assert len(TUTORIALS) == 10


@pytest.mark.slow
@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_runs(path, tmp_path, monkeypatch, capsys):
    """As a script, in this process, which takes no time to start; one takes a process of its own, below."""
    monkeypatch.chdir(tmp_path)
    with plt.rc_context():
        runpy.run_path(str(path), run_name="__main__")
        plt.close("all")
    assert capsys.readouterr().out


@pytest.mark.slow
def test_a_tutorial_runs_as_a_notebook(tmp_path):
    """The notebook that a reader downloads: it runs from top to bottom and holds its picture."""
    import nbformat
    from nbclient import NotebookClient
    from sphinx_gallery.gen_gallery import DEFAULT_GALLERY_CONF
    from sphinx_gallery.notebook import jupyter_notebook
    from sphinx_gallery.py_source_parser import split_code_and_text_blocks

    _, blocks = split_code_and_text_blocks(str(TUTORIALS[0]))
    made = jupyter_notebook(blocks, {**DEFAULT_GALLERY_CONF, "first_notebook_cell": pages.FIRST_CELL}, str(tmp_path))
    notebook = nbformat.reads(json.dumps(made), as_version=4)
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("exactly right" in output.get("text", "") for output in outputs)
    assert any("image/png" in output.get("data", {}) for output in outputs)
