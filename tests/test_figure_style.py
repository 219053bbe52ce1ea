"""How figures look: one look a memory, clean names, and the widths and formats of a journal."""

from __future__ import annotations

import io
import itertools
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from neuromem import figures, results
from neuromem.checks import InputError
from neuromem.commands import plot
from neuromem.figures import _style as style
from neuromem.results import save_figure

SAVED = Path(__file__).parents[1] / "figures" / "sparse_numbers.nc"


def test_a_memory_keeps_its_look_and_no_two_share_one():
    looks = [tuple(style.look(model).values()) for model in style.MODELS]
    assert len(set(looks)) == len(style.MODELS) == len({colour for colour, _ in looks})
    assert style.look("hopfield:temperature=0.3")["color"] == style.look("hopfield")["color"]
    assert style.look("mine.py:Mine") == style.look("mine.py:Mine") != style.look("mine.py:Mine:depth=3")


def test_the_colours_of_a_memory_are_told_apart_in_grey_or_by_their_marker():
    def grey(colour):
        return sum(w * int(colour[i : i + 2], 16) for w, i in ((0.299, 1), (0.587, 3), (0.114, 5)))

    looks = list(style.MODELS.values())
    for n, (colour, marker, _) in enumerate(looks):
        for other, shape, _ in looks[:n]:
            assert marker != shape or abs(grey(colour) - grey(other)) > 10


def test_settings_of_one_memory_are_told_apart_and_the_table_is_kept():
    specs = ["hopfield", "hopfield:rule=perceptron", "hopfield:rule=descent_l1", "hopfield:rule=storkey"]
    looks = style.apart(specs)
    assert list(looks) == specs
    assert looks["hopfield"] == style.look("hopfield")
    assert len({look["color"] for look in looks.values()}) == len({look["marker"] for look in looks.values()}) == len(specs)


def test_shades_of_a_quantity_grow_lighter_in_grey():
    grey = [0.299 * r + 0.587 * g + 0.114 * b for _, (r, g, b, _) in style.shades(range(6))]
    assert min(np.diff(grey)) > 0.05


def test_the_activity_is_left_out_of_a_name_and_nothing_else():
    assert style.bare("willshaw:activity=0.1:rule=x") == "willshaw:rule=x"
    assert style.bare("hopfield:rule=projection") == "hopfield:rule=projection"


@pytest.mark.filterwarnings("error")
def test_a_line_ends_where_nothing_was_measured():
    data = xr.DataArray([[1.0, 5.0, np.nan], [3.0, 9.0, np.nan]], dims=("trial", "load"), coords={"load": [1, 2, 3]})
    axes = style.new(3, 3).subplots()
    style.band(axes, data, "load")
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), [2, 7, np.nan])
    drawn = axes.collections[0].get_paths()[0].vertices
    assert drawn[:, 0].max() == 2
    assert set(drawn[:, 1]) == {1.5, 2.5, 6.0, 8.0}


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("ca3:gated=True:match=best", "CA3, gated"),
        ("hopfield:rule=projection", "Hopfield, projection"),
        ("pavlov:rule=least_squares:ridge=0.001", "Pavlov, least squares, ridge 0.001"),
        ("bam", "bam"),
    ],
)
def test_names_have_nothing_of_a_command_line(spec, name):
    assert style.readable(spec) == name


def test_names_at_line_ends_do_not_overlap():
    figure = style.new(4, 3)
    axes = figure.subplots()
    axes.set_ylim(0, 1)
    style.ends(axes, {word: (0.5, "#000000") for word in "abcde"}, gap=0.08)
    places = sorted(text.xyann[1] for text in axes.texts)
    assert min(b - a for a, b in itertools.pairwise(places)) > 0.079


def test_a_line_that_is_not_there_has_no_name():
    axes = style.new(4, 3).subplots()
    style.ends(axes, {"gone": (float("nan"), "#000000")})
    style.ends(axes, {"gone": (float("nan"), "#000000"), "there": (0.5, "#000000")})
    assert [text.get_text() for text in axes.texts] == ["there"]


def test_a_line_that_ends_outside_of_the_panel_has_its_name_at_the_border():
    axes = style.new(4, 3).subplots()
    axes.set_ylim(0, 1)
    style.ends(axes, {"far below": (-40.0, "#000000"), "inside": (0.5, "#000000"), "far above": (70.0, "#000000")})
    assert [round(text.xy[1], 3) for text in axes.texts] == [0, 0.5, 1]
    assert all(-0.03 < text.xyann[1] < 1.03 for text in axes.texts)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("blocks", lambda data: data.isel(block=[0])),  # those of the upper panels are near 1, of the lower ones not
        ("classification", lambda data: data.assign(wrong=data.wrong.clip(0.8))),  # far more than the nearest image
    ],
)
def test_no_line_is_left_out_of_its_panel(name, change):
    figure = figures.ALL[name](change(results.load(SAVED.with_name(f"{name}.nc"))))
    for axes in figure.axes:
        low, high = axes.get_ylim()
        for line in axes.lines:
            if line.get_transform() == axes.transData:  # others are drawn over the whole height
                assert low <= np.min(line.get_ydata())
                assert np.max(line.get_ydata()) <= high
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # matplotlib says so where the names leave panels no room
        figure.savefig(io.BytesIO())


@pytest.mark.parametrize(("width", "points"), [("single", 89 / 25.4 * 72), ("double", 183 / 25.4 * 72)])
def test_a_picture_is_as_wide_as_a_column_in_each_format(tmp_path, width, points):
    (tmp_path / "x.nc").write_bytes(SAVED.read_bytes())
    arguments = [str(tmp_path / "x.nc"), "--format", "svg,pdf,png", "--column", width]
    CliRunner().invoke(plot.command, arguments)  # its own pictures may be drawn again
    done = CliRunner().invoke(plot.command, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found = re.search(r'<svg[^>]* width="([\d.]+)pt"', (tmp_path / "x.svg").read_text())
    assert found
    assert float(found[1]) == pytest.approx(points, abs=0.5)
    assert (tmp_path / "x.png").exists()
    assert (tmp_path / "x.pdf").exists()


@pytest.mark.parametrize("suffix", ["svg", "pdf"])
def test_drawings_of_others_are_kept(tmp_path, suffix):
    (tmp_path / f"x.{suffix}").write_text("mine")
    with pytest.raises(InputError, match="hold no picture that neuromem did not make"):
        save_figure(style.new(2, 2), tmp_path / f"x.{suffix}")
    assert (tmp_path / f"x.{suffix}").read_text() == "mine"
