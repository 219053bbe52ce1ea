"""The README as a newcomer follows it: its script prints what it says, its table names every memory."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import neuromem as nm

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


SCRIPTS = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", README, re.S)


@pytest.mark.parametrize(("script", "output"), SCRIPTS)
def test_the_scripts_print_what_the_readme_says(script, output, tmp_path):
    (tmp_path / "models.py").write_text("a user's own file")
    (tmp_path / "script.py").write_text(script)
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == output


def test_every_script_has_its_output():
    assert len(SCRIPTS) == README.count("```python") > 0


def test_every_memory_is_in_the_table():
    for name in nm.models.ALL:
        assert f"| `{nm.models.ALL[name].__name__}` |" in README, name
