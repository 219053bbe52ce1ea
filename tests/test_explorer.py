"""What the page shows, as plain Python: states, links, scenes and stories; and the command that serves it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request

import numpy as np
import pytest

import neuromem as nm
from neuromem import cli, explorer
from neuromem.explorer import Named, State, export, holds, settings, words
from neuromem.explorer.items import drawn_item, text_of
from neuromem.explorer.scene import Workbench
from neuromem.explorer.serve import serve
from neuromem.explorer.state import read

SMALL = State(items="digits", stored=3, fraction=0.1)


def looked(state, named=None):
    scene = Workbench(named).look(state)
    assert not scene.trouble, scene.trouble
    return scene


@pytest.mark.parametrize("name", nm.models.ALL)
def test_every_memory_is_shown(name):
    """Its trace, its numbers, views of what holds it, and Python that gives the same."""
    scene = looked(SMALL.but(memory=name, beside="hopfield"))
    shown = scene.one
    memory = nm.models.make(name, 64, rng=0).store(shown.items)
    right = np.asarray(memory.recall(nm.cues.flip(shown.items, 0.1, rng=1)))
    np.testing.assert_array_equal(shown.at(-1, 1), right[1])
    table = dict((row[0], row[1]) for row in words.meaning(shown, 1))
    assert table["exact"] == ("yes" if (np.sign(right[1]) == shown.items[1]).all() else "no")
    assert table["bits"] == f"{memory.cost.bits:,}"
    for view in holds.views(shown, 0, 1):
        assert view.title
        assert view.note
    assert name in export.python(scene)
    text, papers = export.about(name)
    assert text
    assert papers
    assert words.verdict(scene).count("verdict") == 2


@pytest.mark.parametrize("name", nm.models.ALL)
def test_settings_are_those_of_the_signature_and_any_of_them_makes_a_memory(name):
    known = settings.known(name)
    parameters = settings.inspect.signature(nm.models.ALL[name]).parameters
    assert [one.name for one in known] == [n for n in parameters if n not in ("units", "rng")]
    for one in known:
        assert one.about, f"{one.name} has no word in the docstring"
        for choice in one.choices if one.kind == "choice" else ():
            spec = settings.join(name, {one.name: choice}, known)
            assert settings.split(spec)[1].get(one.name, str(one.default)) == str(choice)
    assert settings.join(name, {one.name: one.default for one in known}, known) == name


def test_a_link_holds_the_whole_state():
    state = State("hopfield:rule=storkey", "sparse", 144, 7, 0.2, 0.4, "occlude", 0.35, 3, 2, 1, "attention", "bits", "5,ff")
    assert read("?" + state.link, Named()) == state
    assert read(State().link, Named()) == State()
    assert State().link == ""


@pytest.mark.parametrize(
    "link",
    [
        "items=/etc/passwd",
        "items=../secret.npy",
        "memory=/tmp/evil.py:Evil",
        "memory=os:system",
        "memory=hopfield:rule=evil.py:rule",
        "memory=hopfield:rule=os:system",
        "memory=hopfield:rule='evil.py:rule'",
        r"memory=hopfield:rule=('evil\x2epy:rule')",
        "beside=hopfield:rule=evil.py:rule",
        "memory=nn.attention:weights=/etc/passwd",
        "beside=evil.py:Evil:depth=3",
        "stored=0",
        "stored=x",
        "units=100000000",
        "fraction=2",
        "fraction=nan",
        "damage=burn",
        "equal=x",
        "drawn=<script>",
    ],
)
def test_a_link_cant_ask_for_what_was_not_named(link):
    with pytest.raises(nm.InputError):
        read(link, Named())
    scene = Workbench().look(
        State(**{key: value for key, _, value in [link.partition("=")] if key in ("items", "memory", "beside")})
    )
    assert scene.trouble or link.partition("=")[0] not in ("items", "memory", "beside")


def test_what_was_named_may_be_asked_for(tmp_path):
    file, items = tmp_path / "mine.py", tmp_path / "items.npy"
    file.write_text("import neuromem as nm\nclass Mine(nm.Hopfield):\n    '''A memory of mine.'''\n")
    np.save(items, nm.patterns.random(5, 30, rng=0))
    named = Named((f"{file}:Mine",), (str(items),))
    state = read(f"memory={file}:Mine:temperature=0.2&items={items}&stored=3", named)
    scene = looked(state, named)
    assert scene.one.items.shape == (3, 30)
    assert scene.one.memory.temperature == 0.2


CACHE = "memory_caching:segment=3:memory="


@pytest.mark.parametrize(
    "link",
    [
        "hopfield:rule=evil.py:rule",
        CACHE + "evil.py:rule",
        CACHE + "'hopfield:rule=evil.py:rule'",
        CACHE + r"""'hopfield:rule=("evil\x2epy:rule")'""",  # what reads the text undoes this
    ],
)
@pytest.mark.parametrize(
    "mine", ["hopfield:rule=mine.py:rule", CACHE + "mine.py:Mine", CACHE + "'mine.py:Mine:rule=mine.py:rule'"]
)
def test_a_link_runs_no_code_unless_the_page_was_started_with_it(link, mine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("evil", "mine"):  # another content in each folder, as one is run only once
        ran = f"import neuromem as nm\n\nopen({str(tmp_path / name)!r}, 'w').close()\n"
        (tmp_path / f"{name}.py").write_text(f"{ran}\n\ndef rule(x):\n    return x.T @ x / 64\n\n\nMine = nm.Hopfield\n")
    named = explorer.name((mine,))
    scene = Workbench(named).look(State(memory=link))
    assert re.search("name no (file or )?code", scene.trouble[0])
    assert not (tmp_path / "evil").exists()
    other = ":temperature=0.2" if mine.startswith("hopfield") else ":beta=2"
    for one in (mine, mine + other):
        looked(read(f"memory={one}", named), named)
    assert (tmp_path / "mine").exists()


def test_a_memory_of_a_file_is_shown_as_the_command_names_it(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("import neuromem as nm\nclass Mine(nm.Hopfield):\n    '''A memory of mine.'''\n")
    named = explorer.name((f"{file}:Mine",))
    assert looked(State(memory=f"{file}:Mine:temperature=0.2"), named).one.memory.temperature == 0.2
    assert looked(State(memory=f"{file}:Mine"), named).one.memory.temperature == 0


def test_an_object_is_named_by_its_label():
    class Mine(nm.Hopfield):
        """A memory of mine."""

    source = nm.models.source(Mine)
    assert isinstance(looked(State(memory=source, stored=2), Named((source,))).one.memory, Mine)
    made = nm.models.source(Mine(64))
    assert isinstance(looked(State(memory=made, stored=2), Named((made,))).one.memory, Mine)


class Broken(nm.Hopfield):
    """Fails in recall."""

    def recall(self, cues):
        raise RuntimeError("no luck")

    _filmed = None


def test_what_fails_is_said_in_a_line():
    source = nm.models.source(Broken)
    for state in (
        State(memory=source),
        State(memory="hopfield:temperature=-1"),
        State(memory="hopfield:rule=nonsense"),
        State(memory="hopfeild"),
        State(items="digits", stored=3000),
        State(memory="ca3", items="drawn", stored=1, drawn="0"),
        State(beside="attention:beta=-3"),
    ):
        scene = Workbench(Named((source,))).look(state)
        assert len(scene.trouble) == 1
        assert "\n" not in scene.trouble[0]
        assert "Traceback" not in scene.trouble[0]
        assert "<" not in words.verdict(scene).replace("<div class='trouble'>", "").replace("</div>", "")


def test_a_scene_is_kept_as_far_as_it_is_the_same_and_repeats_itself():
    bench = Workbench()
    heat = SMALL.but(memory="hopfield:temperature=0.5:steps=20")
    first = bench.look(heat)
    assert bench.look(heat.but(step=3, item=1)).one is first.one
    other = bench.look(heat.but(fraction=0.2))
    assert other.one.items is first.one.items
    again = bench.look(heat)
    np.testing.assert_array_equal(again.one.trace.states, first.one.trace.states)
    assert Workbench().look(heat).one is not first.one


def test_a_workbench_that_was_used_shows_what_a_new_one_shows():
    """Whatever changed before: nothing of an earlier state stays."""
    used, rng = Workbench(), np.random.default_rng(0)
    for _ in range(40):
        state = State(
            memory=("hopfield", "attention", "hopfield:temperature=0.3:steps=5")[rng.integers(3)],
            items=("random", "sparse", "correlated")[rng.integers(3)],
            units=16,
            stored=int(rng.integers(2, 5)),
            seed=int(rng.integers(3)),
            fraction=float(rng.integers(2)) / 4,
            beside=("", "willshaw")[rng.integers(2)],
            equal=("load", "bits")[rng.integers(2)],
        )
        ours, right = used.look(state), Workbench().look(state)
        for name in ("one", "other"):
            shown, other = getattr(ours, name), getattr(right, name)
            assert (shown is None) == (other is None)
            if shown is not None:
                np.testing.assert_array_equal(shown.items, other.items)
                np.testing.assert_array_equal(shown.trace.states, other.trace.states)
                for view, same in zip(holds.views(shown, -1, 0), holds.views(other, -1, 0), strict=True):
                    assert view.note == same.note


def test_equal_bits_are_as_near_as_an_item_allows():
    scene = looked(State(memory="hopfield", beside="attention", equal="bits"))
    ours, other = scene.one.cost.bits, scene.other.cost.bits
    each = other / len(scene.other.items)
    assert ours <= other < ours + each
    fixed = looked(State(memory="attention", beside="hopfield", equal="bits"))
    assert "however much it stores" in fixed.other.note
    assert len(fixed.other.items) == len(fixed.one.items)


def test_a_drawn_item_is_stored_before_random_ones():
    item = nm.patterns.random(1, 64, rng=5)[0]
    np.testing.assert_array_equal(drawn_item(text_of(item), 64), item)
    scene = looked(State(items="drawn", drawn=text_of(item), stored=3))
    np.testing.assert_array_equal(scene.one.items[0], item)
    assert len(scene.one.items) == 3


@pytest.mark.parametrize("story", words.STORIES, ids=lambda story: story.name)
def test_the_stories_show_what_they_say(story):
    scene = looked(story.state)
    if story.name == "Why Hopfield forgets":
        few, many = (looked(story.state.but(stored=k)).one for k in (20, 60))
        assert few.exact.mean() >= 0.9
        assert not many.exact.any()
        assert few.overlap.mean() > scene.one.overlap.mean() > many.overlap.mean()
    elif story.name == "Why attention does not":
        assert scene.one.exact.all()
        assert scene.other.overlap.max() < 0.9
    elif story.name == "CA3's first 10 ms":
        record = scene.one.trace.record
        assert record.time_ms[record.of("OutCue") & (record.copy == scene.item)].min() == 6
        assert scene.one.exact[scene.item]
    else:
        assert scene.other.exact.all()
        assert not scene.one.exact.any()


def test_explore_refuses_what_is_no_memory_or_setting():
    for arguments in (("nonsense",), (3,)):
        with pytest.raises(nm.InputError):
            nm.explore(*arguments)
    with pytest.raises(nm.InputError, match="fields"):
        nm.explore("hopfield", store=3)
    for named in ({"items": ["nowhere.npy"]}, {"results": ["nowhere.nc"]}):
        with pytest.raises(nm.InputError, match="nowhere"):
            explorer.name(**named)


OUTSIDE = {
    "units": (1, 4097, 2.5),
    "stored": (0, -3, 4001, "4", True),
    "seed": (-1, 2**31 + 1, None),
    "item": (-1, 4000),
    "step": (-2, 10**6 + 1),
    "fraction": (-0.1, 2, float("nan")),
    "activity": (-0.1, 1.5, "x"),
    "correlation": (-1, 1.1, None),
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in OUTSIDE.items() for value in values])
def test_a_state_has_the_bounds_of_a_link(name, value, monkeypatch):
    (line,) = Workbench().look(State(**{name: value})).trouble
    assert line.startswith(f"{name} must ")
    monkeypatch.setattr("neuromem.explorer.serve.page", None)  # no page is made
    with pytest.raises(nm.InputError, match=f"^{name} must "):
        serve(Named(), State(**{name: value}), port=0, show=False)
    with pytest.raises(nm.InputError, match=f"^{name} must "):
        nm.explore("hopfield", **{name: value})


def test_the_command_refuses_a_number_out_of_bounds(monkeypatch, capsys):
    monkeypatch.setattr("neuromem.explorer.serve.page", None)  # no page is made
    for number in (0, -3, 4001):
        monkeypatch.setattr(sys, "argv", ["neuromem", "explore", "--stored", str(number), "--no-browser"])
        assert cli._run_safely() == 2
        assert capsys.readouterr().err == f"neuromem: stored must be a whole number from 1 to 4000, but was {number}.\n"


@pytest.mark.parametrize("port", [-1, 65536, 99999, 10**30])
def test_what_is_no_port_is_refused(port, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["neuromem", "explore", "--port", str(port), "--no-browser"])
    assert cli._run_safely() == 2
    said = f"neuromem: port must be a whole number from 0 to 65535, but was {port}; give another, such as --port 0"
    assert capsys.readouterr().err.startswith(said)


@pytest.mark.parametrize("address", ["a\0b", 80 * "ü", "no.such.host.invalid"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(nm.InputError, match=r"^address must be one of this machine, but was .*; give for example 127"):
        serve(Named(), SMALL, address=address, port=0, show=False)


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost"])
def test_on_the_loopback_address_no_page_of_another_site_may_ask(address):
    before = signal.getsignal(signal.SIGINT)
    server = serve(Named(), SMALL, address=address, port=0, show=False)
    try:
        assert signal.getsignal(signal.SIGINT) is before  # Ctrl-C still ends a script that serves a page
        assert set(server._tornado.websocket_origins) == {f"127.0.0.1:{server.port}", f"localhost:{server.port}"}
    finally:
        server.stop()


def test_the_command_serves_the_loopback_address_until_it_is_stopped():
    words = [sys.executable, "-m", "neuromem", "explore", "attention", "--port", "0", "--no-browser"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+/", line)[0]
        with urllib.request.urlopen(address) as answer:
            assert answer.status == 200
            assert b"cdn" not in answer.read()  # all that the page needs comes from here
        taken = address.rstrip("/").rpartition(":")[2]
        other = subprocess.run([*words[:-2], taken, "--no-browser"], capture_output=True, text=True)
        assert other.returncode == 2
        assert f"another program has port {taken}" in other.stderr
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert "Traceback" not in process.stderr.read()
