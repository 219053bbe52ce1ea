"""What the page shows, as plain Python: states, links, scenes, views, maps, exports."""

from __future__ import annotations

import csv
import re
import signal
import subprocess
import sys
import urllib.request

import numpy as np
import pytest
from PIL import Image

import neuromem as nm
from neuromem.explorer import Named, State, export, holds, maps, settings, words
from neuromem.explorer.items import drawn_item, text_of
from neuromem.explorer.scene import Workbench
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


def test_an_object_is_named_by_its_label():
    class Mine(nm.Hopfield):
        """A memory of mine."""

    source = nm.models.source(Mine)
    assert isinstance(looked(State(memory=source, stored=2), Named((source,))).one.memory, Mine)


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


STATES = [
    SMALL,
    State(items="sparse", memory="ca3", stored=4, damage="erase", fraction=0.5),
    State(items="correlated", memory="attention", beside="sdm", damage="occlude", fraction=0.3, seed=4),
    State(items="drawn", drawn="ff00,f0f0", stored=4, units=25),
    State(memory="dense_hebbian:temperature=0.4", damage="noise", fraction=0.5),
]


@pytest.mark.parametrize("state", STATES)
def test_the_python_of_a_page_gives_what_the_page_shows(state, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scene, made = looked(state), {}
    exec(export.python(scene), made)
    np.testing.assert_array_equal(made["items"], scene.one.items)
    np.testing.assert_array_equal(made["cues"], scene.one.cues)
    np.testing.assert_array_equal(made["trace"].states, scene.one.trace.states)
    if state.beside:
        np.testing.assert_array_equal(made["beside"].states, scene.other.trace.states)
    assert (tmp_path / "trace.png").stat().st_size > 5000


def test_exports_hold_the_recall_that_is_shown():
    scene = looked(SMALL.but(beside="attention", item=2))
    rows = list(csv.DictReader(export.table(scene)))
    mine = [row for row in rows if row["memory"] == "hopfield"]
    assert len(rows) == scene.one.last(2) + scene.other.last(2) + 2
    assert [int(mine[-1][f"unit_{n}"]) for n in range(64)] == scene.one.at(-1, 2).tolist()
    np.testing.assert_allclose([float(row["energy"]) for row in mine], scene.one.trace.energy[: len(mine), 2])
    moving = Image.open(export.gif(scene))
    shown = [moving.seek(n) or moving.info["duration"] for n in range(moving.n_frames)]
    assert sum(shown) == len(mine) * export.FRAME_MS
    assert b"<svg" in export.svg(scene).read(2000)
    assert b"<svg" in export.svg(looked(STATES[1])).read(2000)


def test_pulls_are_the_equations():
    """m in pairwise fields, m^(P - 1) in dense ones, and the softmax of attention."""
    state = State(units=64, stored=20, item=3)
    one = looked(state).one
    x, items = one.at(-1, 3).astype(float), one.items
    m = items @ x / 64
    np.testing.assert_allclose(holds.pulls(one, -1, 3).values, m)
    dense = looked(state.but(memory="dense_hebbian:order=4")).one
    m = items @ dense.at(0, 3) / 64
    np.testing.assert_allclose(holds.pulls(dense, 0, 3).values, m**3)
    attention = looked(state.but(memory="attention:beta=0.1")).one
    p = np.exp(0.1 * (items @ attention.at(0, 3).astype(float)))
    np.testing.assert_allclose(holds.pulls(attention, 0, 3).values, p / p.sum(), rtol=1e-5)


def test_the_fields_on_stored_items_show_the_load():
    for stored in (5, 60):
        one = looked(State(units=256, stored=stored)).one
        counts = holds.fields(one)
        w = one.items.T.astype(float) @ one.items / 256
        np.fill_diagonal(w, 0)
        pull = one.items * (one.items @ w)
        assert counts.counts.sum() == pull.size
        assert counts.counts[counts.edges[1:] <= 0].sum() <= (pull <= 0).sum()
        assert f"{(pull <= 0).mean():.1%} of the units" in counts.note
    assert (pull <= 0).mean() > 0.01


def test_the_picture_of_the_weights_is_that_of_the_memory():
    one = looked(State(units=64, stored=5)).one
    heat = holds.picture(one)
    np.testing.assert_array_equal(heat.values, one.memory.weights)
    assert heat.linked
    large = holds.picture(looked(State(units=256, stored=5)).one)
    assert large.values.shape == (128, 128)
    assert not large.linked
    bits = looked(State(memory="willshaw", stored=3)).one
    mean = bits.memory.synapses["weights"].mean()
    np.testing.assert_allclose(holds.picture(bits).values.mean(), mean)


def test_the_raster_shows_every_spike_of_the_cue_and_when_each_population_begins():
    one = looked(STATES[1]).one
    view, record = holds.raster(one, 2), one.trace.record
    mine = record.copy == 2
    assert len(view.time_ms) == mine.sum()
    first = [view.time_ms[view.place == n].min() for n in range(len(view.firsts))]
    assert first == sorted(first) == [ms for ms, _, _ in view.firsts]
    assert view.firsts[0][:2] == (0.0, "InCont")
    assert (6.0, "OutCue", "the index of the item is out") in view.firsts
    assert all(role for _, _, role in view.firsts)


def test_codes_of_a_known_cue_are_those_of_its_item():
    one = looked(State(memory="sparsey", stored=5, fraction=0.0)).one
    code, likely = holds.codes(one, 2)
    np.testing.assert_array_equal(code.now, code.stored)
    np.testing.assert_array_equal(code.now, one.memory.codes[2])
    assert likely.values[2] == 1
    assert "G = 1.00" in code.note


def test_a_click_on_the_map_runs_that_point():
    shown = maps.theory()
    state = maps.at(State(), 0.1, 0.3)
    assert maps.here(state) == (26 / 256, 0.3)
    scene = looked(state)
    assert scene.one.items.shape == (26, 256)
    line = shown.lines["T_M: retrieval appears"]
    np.testing.assert_allclose(line[0][0], 0.138, atol=1e-3)


def test_a_saved_map_is_read_and_another_file_refused(tmp_path):
    folder = maps.Path(nm.__file__).parent / "figures"
    found = maps.measured(folder / "phase_diagram_hopfield.nc")
    x, y, values = found.values
    assert values.shape == (len(y), len(x))
    assert values[0, 0] > 0.95 > 0.5 > values[-1, -1]
    for wrong in (folder / "depth.nc", tmp_path / "nothing.nc"):
        with pytest.raises(nm.InputError):
            maps.measured(wrong)


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
