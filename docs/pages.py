"""Writes the pages that come from the package: memories, gallery, interface, licences."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import statistics
import types
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import xarray as xr

import neuromem as nm
from neuromem import about, card, figures
from neuromem.card.page import NUMBERS, shown

ROOT = Path(__file__).parents[1]
TOO_DEEP = ("models", "experiments", "figures", "bench")  # their files have pages of another kind
DATA = {
    "fashion": "Fashion-MNIST (Debian package ``dataset-fashion-mnist``)",
    "digits": "none: digits come with scikit-learn",
}
SIGNS = re.compile(r"(?<![*\\])([*|])(?!\*)|(?<=\w)(_)(?=\W|$)")  # what reStructuredText would take for its own
FIRST_CELL = "%matplotlib inline"  # of every notebook: without it Jupyter shows a Figure as text
LICENCES = ROOT / "docs" / "licences.md"


def readable(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Mark what is indented in a docstring's text as literal, and stars and bars as such."""
    out: list[str] = []
    shell = False
    text = True  # before the first section of names and their descriptions
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if re.fullmatch(r"-{3,}", following):
            text = line not in ("Parameters", "Attributes", "Returns", "Raises", "Yields", "Warns")
        deep = line.startswith("    ") or (line.startswith("  ") and not line.lstrip().startswith(("-", "*")))
        begins = bool(out) and not out[-1].strip() and out[-2:-1] != [""]
        inside = bool(out) and (out[-1].startswith("  ") or begins)
        before = next((one for one in reversed(out) if one.strip()), "")
        if text and deep and begins and not before.startswith("  ") and not before.endswith("::"):
            out += ["::", ""]
        shell = bool(line.strip()) and (line.lstrip().startswith(">>>") or shell)  # until the answer ends
        if not (text and deep and inside) and not shell:
            spoken = re.split(r"(`[^`]*`)", line)
            line = "".join(part if part[:1] == "`" else SIGNS.sub(r"\\\g<0>", part) for part in spoken)
        elif not shell:
            line = re.sub(r" {3,}(\(\w+\))$", r"    \1", line)  # the number of an equation, near to it
        out.append(line)
    lines[:] = out


def pictured(block: Any, inside: dict[str, Any], settings: dict[str, Any]) -> str:
    """Save what a block of a tutorial calls `figure`, for the page of the tutorial."""
    from matplotlib import pyplot
    from sphinx_gallery.scrapers import figure_rst

    figure = inside["example_globals"].pop("figure", None)
    if figure is None:
        return ""
    path = next(inside["image_path_iterator"])
    figure.savefig(path)
    pyplot.close("all")
    return figure_rst([path], settings["src_dir"])


def write(folder: Path) -> None:
    """Write all pages below `folder`."""
    written = {**memories(), **gallery(), **claims(), **interface()}
    for name, text in written.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def heading(text: str, under: str = "=") -> str:
    return f"{text}\n{under * len(text)}\n\n"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]], widths: str = "auto") -> str:
    """Write a table in reStructuredText; widths of its columns are parts of the whole."""
    lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {widths}", ""]
    for row in (head, *rows):
        lines += [f"   {'*' if not column else ' '} - {cell}" for column, cell in enumerate(row)]
    return "\n".join(lines) + "\n\n"


# memories


def memories() -> dict[str, str]:
    """A page a memory: what its docstring says, its card, its settings on the command line."""
    rows = re.findall(
        r"^\| `(\w+)` \|.*(?<!\\)\| ([^|]+) \|[^|]*\|$", (ROOT / "docs" / "memories.md").read_text(encoding="utf-8"), re.M
    )
    written, told = {}, dict(rows)
    for name in nm.models.ALL.files:
        kind = nm.models.ALL[name].__name__
        text = heading(kind) + (f"For {told[kind]}.\n\n" if kind in told else "")
        text += f".. autoclass:: neuromem.{kind}\n   :members:\n   :inherited-members:\n\n"
        text += heading("On the command line", "-") + "::\n\n"
        text += f"    neuromem run completion --models {name}\n    neuromem explore {name}\n    neuromem cite {name}\n\n"
        text += heading("Beside the others", "-") + measured(name)
        written[f"memories/{name}.rst"] = text
    return written


def measured(name: str) -> str:
    """What the card of a memory says: its row in the comparison, and where it fails."""
    known = card.known()
    if name not in known:
        return f"It has not been measured for this version; `neuromem card {name}` does so.\n\n"
    own = known[name]
    text = f"Measured with {own['units']} units by `neuromem card {name}`; the median is that of all memories.\n\n"
    rows = []
    for key, (words, more) in NUMBERS.items():
        value = own["numbers"].get(key)
        rest = [one["numbers"][key] for one in known.values() if one["numbers"].get(key) is not None]
        if value is not None and rest:
            ahead = sum((other > value) if more else (other < value) for other in rest)
            rank = "" if more is None else f"{ahead} of {len(rest) - 1}"
            rows.append((words, shown(value), shown(statistics.median(rest)), rank))
    text += table(("", "this memory", "median", "memories that do better"), rows)
    broken = [f"{law.replace('_', ' ')}: {why}" for law, why in own["laws"].items() if why]
    text += heading("Where it fails", "-")
    text += f"Of the {len(own['laws'])} laws of a memory that were asked, it keeps {len(own['laws']) - len(broken)}.\n\n"
    return text + "".join("::\n\n    " + line + "\n\n" for line in broken) + "\n"


# pictures


def gallery() -> dict[str, str]:
    """Every picture of figures/ that has saved data, with its question, command and time."""
    parts = [heading("Gallery"), "Each picture is drawn from saved numbers, and its command makes both again.\n\n"]
    for data in sorted((ROOT / "figures").glob("*.nc")):
        if data.with_suffix(".png").exists():
            parts.append(picture(data))
    return {"gallery.rst": "".join(parts)}


def picture(data: Path) -> str:
    """The entry of one picture."""
    with xr.open_dataset(data, engine="h5netcdf") as result:
        attributes = dict(result.attrs)
    name = str(attributes["experiment"])
    experiment = importlib.import_module(f"neuromem.experiments.{name}")
    drawing = importlib.import_module(f"neuromem.figures.{name}")
    question = inspect.getdoc(experiment).splitlines()[0]
    see = inspect.getdoc(drawing).splitlines()[0].partition(": ")[2]
    parameters = json.loads(attributes["parameters"])
    seconds = float(attributes["seconds"])
    time = f"{seconds:.0f} seconds" if seconds < 100 else f"{seconds / 60:.0f} minutes"
    papers = papers_of(experiment, parameters)
    usual = getattr(inspect.signature(experiment.run).parameters.get("items"), "default", "")
    fields = {
        "To see": f"{see[:1].upper()}{see[1:]}",
        "Command": f"``{command(name, experiment.run, parameters)}``",
        "Time": f"{time} on {attributes['machine']}; drawn again with ``neuromem plot figures/{data.name}``",
        "Papers": "; ".join(papers),
        "Data": DATA.get(str(parameters.get("items") or usual), "none: items are drawn"),
    }
    listed = "".join(f":{key}: {value}\n" for key, value in fields.items() if value)
    title, text = data.stem.replace("_", " ").capitalize(), ""
    for part in figures.pictures(name):
        file = f"{data.stem}_{part}.png" if part else f"{data.stem}.png"
        text += f".. image:: ../../figures/{file}\n   :alt: {question} {part}\n\n"
    return heading(title, "-") + f"{question}\n\n{text}{listed}\n"


def command(name: str, run: Any, parameters: dict[str, Any]) -> str:
    """The command of a result: the options that are not the defaults."""
    words = [f"neuromem run {name}"]
    for key, parameter in inspect.signature(run).parameters.items():
        value = parameters.get(key)
        usual = list(parameter.default) if isinstance(parameter.default, tuple) else parameter.default
        if value is None or value == usual:
            continue
        text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
        words.append(f"--{key.replace('_', '-')} {text}")
    return " ".join(words)


def papers_of(experiment: types.ModuleType, parameters: dict[str, Any]) -> list[str]:
    """Authors and years behind an experiment, and behind the memories that it names."""
    behind = getattr(nm.theory, experiment.__name__.rpartition(".")[2], None)
    found = [*about.references(experiment.run), *about.references(behind)]
    asked = [text for value in parameters.values() for text in (value if isinstance(value, list) else [value])]
    names = {str(text).partition(":")[0] for text in asked}
    source = inspect.getsource(experiment)
    for name in nm.models.ALL.files:
        if name in names or re.search(rf"\b{nm.models.ALL[name].__name__}\b", source):
            found += about.references(nm.models.ALL[name])
    return [
        f"`{one.authors} ({one.year}) <{one.url}>`__" if one.url else f"{one.authors} ({one.year})"
        for one in about.keyed(found).values()
    ]


# published numbers


def claims() -> dict[str, str]:
    """Every claim of the ledger with the verdict of its last run, a table a family."""
    from neuromem.experiments.claims import ledger
    from neuromem.experiments.claims.verdicts import ours

    measured = nm.results.load(ROOT / "figures" / "reproduce.nc")
    families: dict[str, list[tuple[str, ...]]] = {}
    verdicts: dict[str, list[str]] = {}
    for one in ledger().values():
        source = f"`{one.source} <{one.url}>`__" if one.url else one.source
        numbers = ", ".join(f"{value:.4g}" for value in one.published)
        own, verdict = "", "not measured for this page"
        if one.id in measured.claim.values:
            found = measured.sel(claim=one.id)
            own, verdict, reason = ours(found, 4), str(found.verdict.item()), str(found.reason.item())
            verdicts.setdefault(verdict, []).append(one.id)
            verdict += f": {reason}" if reason else ""
        cells = (one.id, one.statement, numbers, own, one.why or "exact", verdict)
        row = [cell.replace("|", "\\|").replace("*", "\\*").replace("`", "\\`") for cell in cells]
        row[1] += f" ({source})"
        families.setdefault(one.family, []).append(tuple(row))
    text = heading("Which published numbers come out")
    count = sum(map(len, families.values()))
    text += f"``neuromem reproduce`` measures {count} claims of the field again, and writes a page with ours beside them. A "
    text += (
        "verdict follows from the numbers alone: ours may be off by what the table says, and by no more; ± is the standard "
    )
    text += "error of ours. Each was last measured so:\n\n"
    for verdict, ids in sorted(verdicts.items(), key=lambda pair: -len(pair[1])):
        text += f"- {len(ids)} {verdict}{'' if verdict == 'reproduced' else ': ' + ', '.join(ids)}\n"
    text += "\n"
    for family, rows in families.items():
        name = family.upper() if family in ("ca3", "sdm", "vsa") else family.replace("_", " ").capitalize()
        text += heading(name, "-") + f"``neuromem reproduce {family}``\n\n"
        text += table(("claim", "statement", "published", "ours", "may be off by", "verdict"), rows, "6 48 11 11 12 12")
    return {"ledger.rst": text}


# the interface


def named(home: str = "") -> list[str]:
    """List the names that neuromem takes from a place, by its stub; from its folder the parts."""
    stub = (Path(nm.__file__).parent / "__init__.pyi").read_text(encoding="utf-8")
    return re.findall(rf"^from \.{home} import (\w+) as", stub, re.MULTILINE)


def public(module: types.ModuleType) -> Iterator[tuple[str, Any]]:
    """The public names of a module: what it lists, or else the classes and functions in it."""
    listed = getattr(module, "__all__", None)
    for name in sorted(listed if listed is not None else vars(module)):
        thing = getattr(module, name)
        own = getattr(thing, "__module__", None) == module.__name__ and (inspect.isclass(thing) or inspect.isfunction(thing))
        if not name.startswith("_") and (listed is not None or own):
            yield name, thing


def directive(where: str, name: str, thing: Any) -> str:
    """The directive that describes one name."""
    if inspect.isclass(thing):
        return f".. autoclass:: {where}.{name}\n   :members:\n\n"
    if inspect.isfunction(thing):
        return f".. autofunction:: {where}.{name}\n\n"
    return f".. py:data:: {name}\n   :module: {where}\n   :type: {type(thing).__name__}\n\n"


def section(where: str) -> tuple[str, list[str]]:
    """The text of a module's page, and the modules in it."""
    module = importlib.import_module(where)
    inside = [thing.__name__ for _, thing in public(module) if isinstance(thing, types.ModuleType)]
    text = heading(where) + f".. automodule:: {where}\n\n"
    if where == "neuromem.experiments":
        text += "".join(f".. autofunction:: neuromem.experiments.{name}.run\n\n" for name in nm.experiments.ALL.files)
        inside = []
    if where.rpartition(".")[2] in TOO_DEEP:
        inside = []
    for name, thing in public(module):
        if isinstance(thing, types.ModuleType):
            continue
        text += directive(where, name, thing)
    return text, [name for name in inside if name.startswith("neuromem.")]


def interface() -> dict[str, str]:
    """A page a module, and the page that lists them."""
    written: dict[str, str] = {}
    first = heading("neuromem") + "".join(directive("neuromem", name, getattr(nm, name)) for name in named(r"(?!models)\w+"))
    written["api/neuromem.rst"] = first + "The memories have :doc:`pages of their own </memories>`.\n"
    waiting = [f"neuromem.{part}" for part in named()]
    while waiting:
        where = waiting.pop(0)
        if f"api/{where}.rst" not in written:
            written[f"api/{where}.rst"], more = section(where)
            waiting += more
    listed = "".join(f"   {Path(name).stem}\n" for name in sorted(written))
    written["api/index.rst"] = heading("Interface") + f"Every public name.\n\n.. toctree::\n   :maxdepth: 1\n\n{listed}"
    return written


# licences


def licences() -> str:
    """The page of the licences: every package that neuromem asks for, by itself or as an extra."""
    rows = ["# Licences of what neuromem uses", "", "neuromem itself is BSD-3-Clause. It asks for:", ""]
    rows += ["| package | licence | for |", "| --- | --- | --- |"]
    for name, extra in requirements():
        rows.append(f"| {name} | {licence(name)} | {extra} |")
    return "\n".join([*rows, "", "Written by `python docs/pages.py`, and held to pyproject.toml by a test.", ""])


def requirements() -> list[tuple[str, str]]:
    """Names of the packages in pyproject.toml, and what each is for."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, list[str]] = {}
    for extra, asked in {"every use": project["dependencies"], **project["optional-dependencies"]}.items():
        for one in asked:
            found.setdefault(re.match(r"[\w-]+", one)[0].lower(), []).append(extra)
    return sorted((name, ", ".join(dict.fromkeys(extras))) for name, extras in found.items() if name != "neuromem")


def licence(name: str) -> str:
    """The licence that an installed package states, or that the page already says."""
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        old = (
            re.search(rf"^\| {re.escape(name)} \| ([^|]+) \|", LICENCES.read_text(encoding="utf-8"), re.M)
            if LICENCES.exists()
            else None
        )
        return old[1] if old else "unknown"
    classified = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or () if one.startswith("License ::")]
    stated = (told.get("License") or "").strip() or "unknown"
    text = told.get("License-Expression") or ", ".join(classified) or stated.splitlines()[0]
    return text.replace("|", "/")


if __name__ == "__main__":
    LICENCES.write_text(licences(), encoding="utf-8")
