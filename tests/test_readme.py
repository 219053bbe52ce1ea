"""The README and the site's pages as a newcomer follows them: scripts print what is said, commands are known."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from matplotlib.text import Text

import neuromem as nm

ROOT = Path(__file__).parents[1]
PAGES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))}
COMMANDS = sorted(
    {line for text in PAGES.values() for line in re.findall(r"^    (neuromem \w+(?: \S+)*)", text, re.M)}
    | {line for text in PAGES.values() for line in re.findall(r"`(neuromem \w+(?: [^`]+)?)`", text)}
)
SCRIPTS = [
    pytest.param(*found, id=f"{name} {number}")
    for name, text in PAGES.items()
    for number, found in enumerate(re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", text, re.S))
]


@pytest.mark.parametrize(("script", "output"), SCRIPTS)
def test_the_scripts_print_what_the_page_says(script, output, tmp_path):
    (tmp_path / "models.py").write_text("a user's own file")
    (tmp_path / "script.py").write_text(script)
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == output


def test_every_script_has_its_output():
    assert len(SCRIPTS) == sum(text.count("```python") for text in PAGES.values()) > 2


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_is_known_with_its_options(line):
    """Its name is a command's, an experiment's is known, and so is every option."""
    from neuromem.commands import main

    name, *words = line.split()[1:]
    command = main.get_command(click.Context(main), name)
    assert command is not None, name
    options = [word.partition("=")[0] for word in words if word.startswith("--") and word != "--help"]
    if name == "run" and words[0] not in ("EXPERIMENT", "NAME"):
        assert words[0] in nm.experiments.ALL
        command = command.get_command(click.Context(command), words[0])
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert set(options) <= known, set(options) - known


def test_the_bits_of_associative_recall_are_those_of_its_picture():
    figure = nm.figures.ALL["associative_recall"](nm.results.load(ROOT / "figures" / "associative_recall.nc"))
    drawn = dict(re.findall(r"^(.+): (\d+) kbit$", "\n".join(one.get_text() for one in figure.findobj(Text)), re.M))
    told = re.search(
        r"take (\d+) kbit in the best trained layer, (\d+) in a spiking memory,\s+and (\d+) in", PAGES["layers.md"]
    )
    assert told
    assert told.groups() == tuple(drawn[kind] for kind in ("trained", "never trained, spiking", "never trained"))


def test_the_minutes_that_are_told_are_those_of_the_saved_results():
    told = re.findall(r"`(\w+)` (\d+)", PAGES["commands.md"].partition("On two cores")[2])
    saved = [file for file in (ROOT / "figures").glob("*.nc") if file.stem in nm.experiments.ALL]  # with their own options
    took = {file.stem: round(nm.results.load(file).attrs["seconds"] / 60) for file in saved}
    assert {name: int(minutes) for name, minutes in told} == {name: took[name] for name in took if took[name] > 2}
    told = re.findall(r"`neuromem run (\w+)`\s\((\d+) s", PAGES["README.md"])
    assert [name for name, _ in told] == ["completion", "retrieval"]
    told += [("completion", seconds) for seconds in re.findall(r"in (\d+) s on two cores", PAGES["index.md"])]
    for name, seconds in told:
        assert int(seconds) == round(nm.results.load(ROOT / "figures" / f"{name}.nc").attrs["seconds"])


def test_every_file_that_the_readme_leads_to_is_there():
    for link in re.findall(r"\]\(([^)#:]+)\)", PAGES["README.md"]):
        assert (ROOT / link).exists(), link
