"""The README as a newcomer follows it: its script prints what it says, its table names every memory."""

import re
import subprocess
import sys
from pathlib import Path

import neuromem as nm

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_script_prints_what_the_readme_says(tmp_path):
    script, output = re.search(r"```python\n(.*?)```\n\n```text\n(.*?)```", README, re.S).groups()
    (tmp_path / "models.py").write_text("a user's own file")
    (tmp_path / "script.py").write_text(script)
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == output


def test_every_memory_is_in_the_table():
    for name in nm.models.ALL:
        assert f"| `{nm.models.ALL[name].__name__}` |" in README, name
