"""Every memory can be shown and cited."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path

import pytest
import xarray as xr

import neuromem as nm
from neuromem import about

FIGURES = sorted((Path(nm.__file__).parent / "figures").glob("*.nc"))


@pytest.mark.parametrize("name", nm.models.ALL)
def test_a_memory_shows_its_settings_and_is_cited(name):
    text = str(nm.show(name))
    for setting, _, default in about.settings(nm.models.ALL[name]):
        assert re.search(rf"^  {setting} .*{re.escape(default)}", text, re.MULTILINE), setting
    papers = about.references(nm.models.ALL[name])
    assert papers, f"{name} names no paper in the form: Authors (year). Title. Place. https://doi.org/..."
    entries = str(nm.cite(name)).split("\n\n")
    assert len(entries) == 1 + len({(paper.key, paper.title) for paper in papers})
    for entry in entries:
        assert entry.startswith("@")
        assert entry.count("{") == entry.count("}")


@pytest.mark.parametrize("name", [name for name in nm.experiments.ALL if name not in nm.models.ALL])
def test_an_experiment_shows_its_options(name):
    assert f"neuromem run {name}" in nm.show(name)


@pytest.mark.parametrize("name", nm.nn.LAYERS)
def test_a_layer_shows_its_settings_and_is_cited(name):
    text = str(nm.show(f"nn.{name}"))
    for setting, _, default in about.settings(nm.nn.LAYERS[name]):
        assert re.search(rf"^  {setting} .*{re.escape(default)}", text, re.MULTILINE), setting
    assert f"--models nn.{name}" in text
    papers = {paper.key for paper in about.references(nm.nn.LAYERS[name])}
    assert papers <= set(re.findall(r"^@misc\{(\w+),$", str(nm.cite(f"nn.{name}")), re.MULTILINE))


def test_of_a_file_the_command_names_file_and_class(tmp_path):
    """And no setting where there is none."""
    file = tmp_path / "mine.py"
    file.write_text("class Plain:\n    def __init__(self, units):\n        pass\n")
    assert str(nm.show(f"{file}:Plain")).splitlines()[-2].endswith(f"--models {file}:Plain")
    file.write_text("class Deep:\n    def __init__(self, units, depth=3):\n        pass\n")
    assert f"--models {file}:Deep:depth=VALUE" in nm.show(f"{file}:Deep:depth=2")


def test_of_several_layers_none_is_shown():
    with pytest.raises(nm.InputError, match="be one layer"):
        nm.show("nn.attention+fast_weights")


def test_an_entry_is_what_bibtex_takes():
    paper = about.Reference(
        "Willshaw, D. J., Buneman, O. P. & Longuet-Higgins, H. C.", "1969", "Title.", "Nature 222, 960", ""
    )
    assert paper.bibtex == (
        "@misc{willshaw1969,\n  author = {Willshaw, D. J. and Buneman, O. P. and Longuet-Higgins, H. C.},\n"
        "  title = {{Title}},\n  year = {1969},\n  note = {Nature 222, 960}\n}"
    )


def test_two_papers_of_one_author_and_year_are_both_cited():
    """By two keys; one paper that is told twice is one, if its address or its title is the same."""
    one, two = (about.Reference("Kanerva, P.", "1988", title, "", "") for title in ("Memory.", "Other memory."))
    again, told = one._replace(title="memory"), two._replace(title="Another title.", url="https://doi.org/1")
    papers = [one, two, again, told, told._replace(title="In other words.")]
    assert {key: paper.title for key, paper in about.keyed(papers).items()} == {
        "kanerva1988": "Memory.",
        "kanerva1988b": "Other memory.",
        "kanerva1988c": "Another title.",
    }


def test_every_paper_of_all_memories_has_a_key_of_its_own():
    papers = [paper for name in nm.models.ALL for paper in about.references(nm.models.ALL[name])]
    text = nm.cite(*nm.models.ALL)
    keys = re.findall(r"^@\w+\{(\w+),", text, re.M)
    assert len(keys) == len(set(keys))
    assert {paper.key for paper in papers} <= set(keys)
    assert all(paper.url.removeprefix("https://doi.org/").rpartition("abs/")[2] in text for paper in papers)


def test_an_unknown_name_is_refused():
    with pytest.raises(nm.InputError, match="did you mean 'hopfield'"):
        nm.show("hopfeild")
    with pytest.raises(nm.InputError, match="was 3"):
        nm.show(3)
    for odd in (3, None, [1, 2], nm.Hopfield):
        with pytest.raises(nm.InputError, match="names must be names of memories or files of results, but was"):
            nm.cite(odd)


BY_THEMSELVES = {  # pictures of experiments that no option tells which memories to compare, with a paper of each
    "attention_approximation": {"ramsauer2021", "kanerva1988"},
    "attractor": {"lisman1995", "palm1980"},
    "classification": {"krotov2016"},
    "dendrite": {"hawkins2016"},
    "learning": {"hopfield1982", "demircigil2017"},
    "learning_fashion": {"hopfield1982", "demircigil2017"},
    "macrocolumn": {"rinkus2014"},
    "oscillators": {"miyato2025", "hopfield1982"},
    "phase_diagram_dense": {"demircigil2017"},
    "phase_diagram_detection": {"agliari2020"},
    "phase_diagram_hopfield": {"hopfield1982"},
    "phase_diagram_learning": {"hopfield1982", "demircigil2017"},
    "phase_diagram_learning_dense": {"hopfield1982", "demircigil2017"},
    "phase_diagram_multitasking": {"agliari2012"},
    "semantic": {"rinkus2014"},
    "sequence": {"rinkus2010"},
    "similarity": {"rinkus2014"},
    "sparse_numbers": {"ahmad2016", "kanerva1988", "willshaw1969", "gripon2011", "frady2020"},
    "spiking": {"jimenezmoreno2024"},
    "stress": {"jimenezmoreno2024"},
}
RINGS = {"ring", "spiking_ring", "working_memory"}
WITHOUT = {"brunel", "forgetting", "heavy_tail", "induction", "reproduce", "scaling", *RINGS}


def keys(path):
    """The keys of all entries, without the letter that tells papers of one author and year apart."""
    return {re.sub(r"(?<=\d)[b-z]$", "", key) for key in re.findall(r"^@\w+\{(\w+),", str(nm.cite(str(path))), re.M)}


def papers_of(names, known):
    return {paper.key for name in names for paper in about.references(known[name])}


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
def test_every_result_is_cited_with_the_papers_of_its_memories(path):
    """What is no memory of neuromem, such as a layer that was trained, has no paper here."""
    given = nm.results.parameters(nm.results.load(path))
    if given.get("models"):
        names = {spec.partition(":")[0] for spec in given["models"]} & {*nm.models.ALL.files}
        assert keys(path) == {"neuromem", *papers_of(names, nm.models.ALL)}
    elif path.stem == "associative_recall":
        memories = papers_of({spec.partition(":")[0] for spec in given["memories"]}, nm.models.ALL)
        layers = papers_of({spec.partition(":")[0] for spec in given["deep"]}, nm.nn.LAYERS)
        assert {"hopfield1982", "vaswani2017"} <= memories | layers
        assert keys(path) == {"neuromem", *memories, *layers}
    else:
        found = keys(path) - {"neuromem"}
        assert BY_THEMSELVES.get(path.stem, set()) <= found
        assert bool(found) == (path.stem not in WITHOUT)
        others = papers_of(nm.models.ALL.files, nm.models.ALL) - found
        assert len(others) > len(found)


@pytest.mark.parametrize("name", sorted({*nm.experiments.ALL.files} - {"phase_diagram"}))
def test_an_experiment_that_takes_a_memory_by_itself_says_so(name):
    """Whose paper a result would leave out, else."""
    module = importlib.import_module(f"neuromem.experiments.{name}")
    said = getattr(module, "COMPARED", ())
    named = {one for names in said.values() for one in names} if isinstance(said, dict) else {*said}
    taken = {one for one in nm.models.ALL.files if nm.models.ALL[one] in vars(module).values()}
    assert taken <= named <= {*nm.models.ALL.files}


def with_options(path, experiment, **given):
    data = xr.Dataset(attrs={"parameters": json.dumps(given), "experiment": experiment})
    return nm.results.save(data, path)


def test_of_a_result_all_that_name_memories_are_read(tmp_path):
    file = tmp_path / "a.nc"
    layers = with_options(
        file, "completion", models=["nn.fast_weights:rule=delta+attention", "sdm", "nn.own", "FILE.py:Own"]
    )
    assert papers_of(["fast_weights", "attention"], nm.nn.LAYERS) | {"neuromem", "kanerva1988"} == keys(layers)
    chosen = with_options(file, "phase_diagram", network="hopfield", models=["sdm"])  # instead of the network
    assert keys(chosen) == {"neuromem", "kanerva1988"}
    for odd in (3, "sdm", {"a": 1}, [["sdm"], 3, None], [[]], None):
        assert keys(with_options(file, "grid of point", models=odd)) <= {"neuromem", "kanerva1988"}
        assert keys(with_options(file, "phase_diagram", network=odd)) == {"neuromem"}


def test_a_result_that_names_code_runs_none(tmp_path, monkeypatch):
    (tmp_path / "evil.py").write_text("open('ran', 'w').close()\nOwn = 1\n")
    monkeypatch.chdir(tmp_path)
    with_options("bad.nc", "associative_recall", models=["evil.py:Own", "hopfield", "sdm:rule=evil.py:Own"])
    assert {"hopfield1982", "kanerva1988"} <= set(re.findall(r"{(\w+),", nm.cite("bad.nc")))
    assert not (tmp_path / "ran").exists()


def test_the_options_of_an_experiment_are_in_words():
    text = str(nm.show("phase_diagram"))
    assert "Annotated" not in text
    assert re.search(r"^  units +Units N; by default 1000 hopfield.*, default None$", text, re.M)
    assert re.search(r"^  starts +Items that are recalled, twice each., default 4$", text, re.M)
    assert "Options, keywords of nm.experiments.phase_diagram.run" in text
    assert "Settings, joined by colons" in nm.show("hopfield")
