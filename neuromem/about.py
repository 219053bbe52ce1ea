"""What a memory, a layer or an experiment is, how it is set, and how it is cited."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from . import __version__, checks, experiments, models, results
from .catalogue import parts
from .settings import hints
from .source import Source, split

TITLE = "neuromem: any associative memory, biological or deep, in one instrument"
PAPER = re.compile(r"(?P<authors>[^()]+?) \((?P<year>\d{4})\)\. (?P<title>[^.?]+[.?])(?P<rest>.*)$")
LINK = re.compile(r"https://\S+?(?=[,.;]?(?:\s|$))|arXiv:[\d.]+\d")
NAMING = {"models": "", "memories": "", "deep": "nn."}  # options that name memories, and what to put before
PURPOSE = re.compile(r",? for (?:the )?[(a-z].*$")  # which equation it is cited for


class Text(str):
    """A text that shows its lines in a prompt and in a notebook."""

    def __repr__(self) -> str:
        return str(self)


class Reference(NamedTuple):
    """A paper, from the section References of a docstring.

    Parameters
    ----------
    authors, year, title : str
        As the docstring has them.
    rest : str
        Journal, volume and page.
    url : str
        DOI or arXiv address, "" where there is none.
    """

    authors: str
    year: str
    title: str
    rest: str
    url: str

    @property
    def key(self) -> str:
        """The key of the entry: the first author's name and the year."""
        return re.sub(r"\W", "", self.authors.partition(",")[0]).lower() + self.year

    @property
    def words(self) -> str:
        """The title in small letters, without what is no letter."""
        return re.sub(r"\W", "", self.title).lower()

    @property
    def bibtex(self) -> str:
        """The entry in BibTeX."""
        return self.entry(self.key)

    def entry(self, key: str) -> str:
        """Return the entry in BibTeX, by a key of its own.

        Parameters
        ----------
        key : str
            The key.

        Returns
        -------
        str
            The entry.
        """
        authors = re.sub(r"(?<=\.),? (?:& )?(?=[A-Z][\w'-]+,)", " and ", self.authors).replace(" et al.", " and others")
        fields = {
            "author": authors,
            "title": f"{{{self.title.rstrip('.')}}}",
            "year": self.year,
            "note": self.rest.strip(" ."),
        }
        kind, link = "misc", self.url
        if link.startswith("https://doi.org/"):
            kind, fields["doi"] = "article", link.removeprefix("https://doi.org/")
            fields["journal"] = fields.pop("note")
        elif "arxiv.org/abs/" in link:
            fields |= {"eprint": link.rpartition("/")[2], "archiveprefix": "arXiv"}
        elif link:
            fields["url"] = link
        inside = ",\n".join(f"  {name} = {{{text}}}" for name, text in fields.items() if text)
        return f"@{kind}{{{key},\n{inside}\n}}"


def references(thing: Any) -> list[Reference]:
    """Return the papers of a class or function.

    Parameters
    ----------
    thing : object
        Whose docstring, or whose module's, has a section References.

    Returns
    -------
    list of Reference
        In the order of the section.
    """
    for text in (inspect.getdoc(thing), inspect.getdoc(inspect.getmodule(thing))):
        found = re.search(r"References\n-+\n(.*?)(?:\n\n[A-Z][A-Za-z ]+\n-+\n|\Z)", text or "", re.DOTALL)
        if found:
            entries = re.split(r"\n(?=[A-Z][\w'’-]+, [A-Z]\.)|\n\n", found[1])
            return [one for one in map(_reference, entries) if one]
    return []


def _reference(entry: str) -> Reference | None:
    """The paper of an entry such as "Palm, G. (1980). On associative memory. Biol. Cyb. 36."."""
    found = PAPER.match(" ".join(entry.split()))
    if not found:
        return None
    link = LINK.search(found["rest"])
    rest = PURPOSE.sub("", LINK.sub("", found["rest"]).strip(" .")).strip(" .")
    url = link[0].replace("arXiv:", "https://arxiv.org/abs/") if link else ""
    return Reference(found["authors"], found["year"], found["title"], rest, url)


def own_bibtex() -> str:
    """Return the entry of neuromem itself.

    Returns
    -------
    str
        In BibTeX.
    """
    fields = f"  author = {{The neuromem authors}},\n  title = {{{{{TITLE}}}}},\n  version = {{{__version__}}}"
    return f"@software{{neuromem,\n{fields}\n}}"


def cite(*names: str) -> Text:
    """Write BibTeX of neuromem and of the papers behind memories or a saved result.

    Parameters
    ----------
    *names : str
        Memories as `neuromem.models.source` takes them, or files of results (.nc), of which the
        memories and layers that neuromem has are cited.

    Returns
    -------
    Text
        Entries, neuromem's first; each paper once.

    Raises
    ------
    InputError
        If a name is not known, or a file holds no result.

    Examples
    --------
    >>> "pnas" in cite("hopfield").lower()
    True
    """
    papers = [one for name in names for spec in _inside(name) for one in references(_found(spec).thing)]
    return Text("\n\n".join([own_bibtex(), *(paper.entry(key) for key, paper in keyed(papers).items())]))


def keyed(papers: Iterable[Reference]) -> dict[str, Reference]:
    """Return each paper once, by a key of its own.

    Parameters
    ----------
    papers : iterable of Reference
        The papers, some of them more than once, perhaps in other words.

    Returns
    -------
    dict of str to Reference
        The papers in their order. Of several by one author in one year, the second has a "b" behind
        its key, the third a "c".
    """
    found: dict[str, Reference] = {}
    for paper in papers:
        alike = [one for one in found.values() if one.key == paper.key]
        if not any(one.url == paper.url != "" or one.words == paper.words for one in alike):
            found[paper.key + " bcdefghijklmnopqrstuvwxyz"[len(alike)].strip()] = paper
    return found


def _inside(name: str) -> Iterable[str]:
    """The memories and layers of neuromem that a saved result compares, or the name itself."""
    checks.instance(
        "names", name, str, words="be names of memories or files of results", way_out="give for example 'hopfield'"
    )
    if not name.endswith(".nc"):
        return [name]
    data = results.load(Path(name))
    given = results.parameters(data)
    names = [] if given.get("models") else [*_compared(data.attrs["experiment"], given)]
    for option, home in NAMING.items():
        for text in _texts(given.get(option)):
            at = "nn." if text.startswith("nn.") else home
            names += [at + one.partition(":")[0] for one in parts(text.removeprefix("nn."))]
    return filter(_ours, names)  # without settings: no code is run that a file names


def _compared(experiment: str, given: dict[str, Any]) -> Iterable[str]:
    """The memories that an experiment compares by itself, or for a word of its options."""
    if experiment not in experiments.ALL.files:
        return ()
    named = getattr(inspect.getmodule(experiments.ALL[experiment]), "COMPARED", ())
    if isinstance(named, tuple):
        return named
    return [name for value in given.values() for word in _texts(value) for name in named.get(word, ())]


def _texts(value: Any) -> list[str]:
    """The texts of an option that has one or several."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def _ours(name: str) -> bool:
    """Whether it is the name of a memory or a layer of neuromem."""
    if not name.startswith("nn."):
        return name in models.ALL.files
    from . import nn

    return name.removeprefix("nn.") in nn.LAYERS


def _found(name: str) -> Source:
    """The memory that a name stands for, or the layer, which is a memory by `nn.as_memory`."""
    if name.startswith("nn."):
        from . import nn

        found = nn.source(name.removeprefix("nn."), "name")
    else:
        found = models.source(name)
    if not isinstance(found.thing, tuple):
        return found
    if len(found.thing) > 1:
        raise checks.refusal("name", "be one layer", checks.shown(name), "give one of them")
    return found.thing[0]


def settings(thing: Any, without: tuple[str, ...] = ("units", "width", "self")) -> list[tuple[str, str, str]]:
    """Return the settings of a class or function.

    Parameters
    ----------
    thing : callable
        The class or function.
    without : tuple of str
        Parameters to leave out.

    Returns
    -------
    list of tuple
        Name, type and default of each, as text; in the place of the type the words of Annotated.
    """
    rows, told = [], hints(thing, extras=True)
    for name, parameter in inspect.signature(thing).parameters.items():
        if name not in without:
            kind = "" if parameter.annotation is parameter.empty else str(parameter.annotation).strip("'")
            kind = getattr(told.get(name), "__metadata__", (kind,))[0]
            default = "" if parameter.default is parameter.empty else repr(parameter.default)
            rows.append((name, kind, default))
    return rows


def show(name: str) -> Text:
    """Say what a memory or an experiment is: its settings and defaults, its papers, an example.

    Parameters
    ----------
    name : str
        A memory or a layer, nn.NAME, as `neuromem.models.source` takes it, or an experiment; of a
        name that is both, the memory.

    Returns
    -------
    Text
        Lines for a terminal.

    Raises
    ------
    InputError
        If the name is not known.

    Examples
    --------
    >>> print(show("hopfield").splitlines()[0])
    hopfield
    """
    if not isinstance(name, str):
        raise checks.refusal("name", "be the name of a memory or of an experiment", checks.shown(name))
    given: Source | None
    if name in experiments.ALL and name not in models.ALL:
        thing, use = experiments.ALL[name], f"neuromem run {name}, and --help for its options"
        head, given = f"Options, keywords of nm.experiments.{name}.run:", None
        rows = settings(thing, without=())
    else:
        given = _found(name)
        thing, rows, place = given.thing, settings(given.thing), split(name)
        bare = f"{place[0]}:{place[1].partition(':')[0]}" if place else name.partition(":")[0]
        use = f"neuromem run completion --models {bare}" + (f":{rows[0][0]}=VALUE" if rows else "")
        head = "Settings, joined by colons: NAME:KEY=VALUE:KEY=VALUE" if rows else "It has no settings."
    width = max((len(row[0]) for row in rows), default=0)
    listed = [f"  {setting:{width}}  {kind}{', default ' + default if default else ''}" for setting, kind, default in rows]
    lines = [
        name,
        "",
        inspect.getdoc(thing) or "It has no docstring.",
        "",
        head,
    ]
    lines += [*listed, "", f"On the command line: {use}"]
    if given is not None:
        lines.append(f"From: {given.origin}")
    return Text("\n".join(lines))
