"""What the page draws and gives away: views of what holds a memory, maps, exports, the same in Python."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import neuromem as nm
from neuromem.explorer import Named, State, export, holds, maps
from neuromem.explorer.state import EQUAL, unlike
from tests.test_explorer import SMALL, looked

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


@pytest.mark.parametrize("equal", EQUAL)
@pytest.mark.parametrize(
    "state",
    [
        State(beside="attention", stored=3, fraction=0.1234567),
        State(memory="attention", beside="hopfield", stored=3),  # whose bits are fixed
        State(items="digits", beside="attention", stored=3),
        State(items="correlated", beside="attention", stored=2, damage="occlude"),
        State(items="drawn", drawn="ff00,f0f0", stored=1, units=25, beside="attention"),
    ],
)
def test_the_python_of_two_memories_stores_as_many_items_in_each(state, equal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scene, made = looked(state.but(equal=equal)), {}
    exec(export.python(scene), made)
    for memory, trace, shown in (("memory", "trace", scene.one), ("other", "beside", scene.other)):
        assert made[memory].stored == len(shown.items)
        np.testing.assert_array_equal(made[trace].states, shown.trace.states)
        np.testing.assert_array_equal(made[trace].recall.items, shown.trace.recall.items)
    assert len(scene.other.items) > len(scene.one.items) or equal == "load" or state.memory == "attention"


def test_the_python_of_a_memory_without_trace_runs_too(tmp_path, monkeypatch):
    """A memory of one's own needs no `trace` to be shown, so its script must not ask for one."""
    monkeypatch.chdir(tmp_path)
    Path("own.py").write_text(
        "import numpy as np\nimport neuromem as nm\n\n\nclass Nearest:\n    step_unit = 'look'\n\n"
        "    def __init__(self, units):\n        self.units, self.cost = units, nm.Cost(1, 1, np.nan)\n\n"
        "    def store(self, keys, values=None):\n        self.items = np.asarray(keys)\n        return self\n\n"
        "    def recall(self, cues):\n        best, ones = np.argmax(cues @ self.items.T, 1), np.ones(len(cues))\n"
        "        return nm.Recall(self.items[best], ones.astype(int), ones > 0, ones)\n\n"
        "    def clear(self):\n        pass\n"
    )
    state, made = State(memory="own.py:Nearest", beside="hopfield"), {}
    scene = looked(state, Named(("own.py:Nearest",)))
    exec(export.python(scene), made)
    np.testing.assert_array_equal(made["trace"].states, scene.one.trace.states)
    np.testing.assert_array_equal(made["beside"].states, scene.other.trace.states)


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


def test_beside_the_map_a_frame_marks_what_is_wrong_and_not_what_is_unknown():
    """Half of the cue's units are unknown, or have the other sign."""
    from bokeh.models import ColumnDataSource

    from neuromem.explorer.diagram_tab import DiagramTab

    for damage, framed in (("erase", 0), ("flip", 32)):
        tab = DiagramTab((), ColumnDataSource({"x": [], "y": []}), lambda x, y: None)
        tab.show(looked(State(damage=damage, fraction=0.5, units=64, stored=2)))
        assert len(tab.pictures["cue"].framed.data["x"]) == framed


def test_files_of_one_name_are_told_apart_by_their_folders():
    files = ("a/x.nc", "b/x.nc", "b/y.nc")
    assert unlike(files) == {"a/x.nc": "a/x.nc", "b/x.nc": "b/x.nc", "y.nc": "b/y.nc"}
    assert len(maps.named(files)) == 4  # and theory


def test_what_bokeh_changes_never_overtakes_what_panel_has_still_to_send(monkeypatch):
    """Data that is sent outside `hold` may reach a busy window before the figure that it belongs to."""
    from bokeh.document import Document
    from bokeh.document.callbacks import DocumentCallbackManager
    from bokeh.events import Tap
    from bokeh.models import ColumnDataSource
    from panel.io.state import set_curdoc

    from neuromem.explorer.page import Page

    doc, sent, kept = Document(), [], DocumentCallbackManager.trigger_on_change

    def seen(callbacks, event):
        if isinstance(getattr(event, "model", None), ColumnDataSource):
            sent.append(callbacks.hold_value)
        kept(callbacks, event)

    with set_curdoc(doc):
        page = Page(Named(), State(items="drawn", drawn="ff00,f0f0", stored=4, units=25))
        page.view.server_doc(doc)
        monkeypatch.setattr(DocumentCallbackManager, "trigger_on_change", seen)
        for act in (
            lambda: page.set(fraction=0.4),
            lambda: setattr(page.tabs, "active", 1),
            lambda: page.diagram.map.clicked(0.1, 0.3),
            lambda: page.inputs.pad.figure._trigger_event(Tap(page.inputs.pad.figure, x=1.0, y=1.0)),
        ):
            sent.clear()
            act()
            assert sent
            assert all(sent)


@pytest.mark.parametrize(
    "state",
    [
        State(stored=-3),
        State(fraction=7.0),
        State(fraction=float("nan")),
        State(items="sparse", activity=-1.0),
        State(items="correlated", correlation=2.0),
        State(memory="hopfield:temperature=-1"),
        State(memory="attention", beside="hopfield:steps=-5"),
    ],
)
def test_a_widget_holds_what_the_browser_would_leave_there(state):
    """Else the browser corrects it, which looks like a wish of the user, and the trouble is gone before it is read."""
    from neuromem.explorer.page import Page

    page = Page(Named(), state)
    assert page.scene.trouble
    inputs = page.inputs
    for widget in (*inputs.widgets.values(), *inputs.memory.widgets.values(), *inputs.beside.widgets.values()):
        least, most = (getattr(widget, name, None) for name in ("start", "end"))
        assert least is None or widget.value >= least
        assert most is None or widget.value <= most
