"""`nm.plot`: what it draws is what the trace holds."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import neuromem as nm

ITEMS = nm.patterns.random(5, 64, rng=1)
CUES = nm.cues.flip(ITEMS, 0.25, rng=2)
RESULT = Path(nm.__file__).parent / "figures" / "depth.nc"


def images(figure):
    """What each image of the figure shows, as an item: ink is dark."""
    return [-axes.images[0].get_array().ravel() for axes in figure.axes if axes.images]


def test_a_trace_is_drawn_as_images_energy_and_overlaps():
    trace = nm.Hopfield(64).store(ITEMS).trace(CUES)
    figure = nm.plot(trace, ITEMS)
    shown = images(figure)
    row = [*trace.states[:, 0], ITEMS[0]]
    for image, right in zip(shown[: len(row)], row, strict=True):
        np.testing.assert_array_equal(image, right)
    axes = figure.axes[: len(row)]
    flips = [0, *(np.diff(trace.states[:, 0], axis=0) != 0).sum(1), 0]
    assert [len(a.patches) for a in axes] == flips
    energy, overlap = figure.axes[-2:]
    np.testing.assert_array_equal([line.get_ydata() for line in energy.lines], trace.energy.T)
    own = [line.get_ydata()[-1] for line in overlap.lines][-5:]
    np.testing.assert_allclose(own, nm.metrics.overlap(trace.recall, ITEMS))
    assert energy.get_xlabel() == "time (sweeps)"


def test_a_trace_of_spikes_has_a_raster():
    trace = nm.CA3(64).store(ITEMS).trace(CUES)
    axes = nm.plot(trace).axes[-1]
    spikes = sum(len(lines.get_segments()) for lines in axes.collections)
    assert spikes == (trace.record.copy == 0).sum()


def test_a_recall_is_drawn_beside_its_items_with_the_wrong_units_framed():
    recall = nm.Hopfield(64).store(ITEMS).recall(CUES)
    figure = nm.plot(recall, ITEMS, shape=(4, 16))
    assert len(images(figure)) == 10
    wrong = (recall.items != ITEMS).sum(1)
    assert [len(axes.patches) for axes in figure.axes[5:]] == wrong.tolist()
    assert len(images(nm.plot(recall))) == 5


@pytest.mark.parametrize("rounding", [-1e-16, 0.0, 1e-16])
def test_a_unit_of_which_rounding_is_left_is_framed_whatever_its_sign(rounding):
    given = 0.3 * ITEMS
    given[:, :7] = rounding
    recall = dataclasses.replace(nm.Hopfield(64).store(ITEMS).recall(CUES), items=given)
    assert [len(axes.patches) for axes in nm.plot(recall, ITEMS).axes[5:]] == [7] * 5


def test_a_result_is_drawn_by_its_figure():
    assert nm.plot(nm.results.load(RESULT)).axes
    assert nm.plot(str(RESULT)).axes


@pytest.mark.parametrize("thing", [None, 3, np.ones((2, 3)), "nothing.nc"])
def test_what_cant_be_drawn_is_refused(thing):
    with pytest.raises(nm.InputError):
        nm.plot(thing)


def test_items_and_shapes_that_dont_fit_are_refused():
    trace = nm.Hopfield(64).store(ITEMS).trace(CUES)
    for wrong in ({"items": ITEMS[:, :10]}, {"shape": (3, 3)}, {"items": "digits"}):
        with pytest.raises(nm.InputError):
            nm.plot(trace, **wrong)


def test_every_picture_is_of_an_experiment_and_a_further_one_is_drawn_by_its_name():
    of = {
        name for experiment in nm.experiments.ALL for name in nm.figures.ALL if experiment in (name, name.rpartition("_")[0])
    }
    assert of == set(nm.figures.ALL)
    assert list(nm.figures.pictures("spiking")) == [""]  # spiking_ring is an experiment of its own
    result = RESULT.with_name("retrieval.nc")
    first, cost = nm.plot(result), nm.plot(result, picture="cost")
    assert "who wins" in first.axes[0].get_title("left")
    assert "equal bits" in cost.axes[0].get_title("left")
    with pytest.raises(nm.InputError, match=r"picture must be .*cost"):
        nm.plot(result, picture="price")


def test_a_grid_of_ones_own_is_saved_and_drawn_as_curves(tmp_path):
    """Medians and quartiles over trials, by hand."""

    def point(*, seed, rule, stored):
        return {"exact": stored * (seed % 5), "bits": (("cell",), np.arange(3.0))}

    data = nm.sweep.grid(point, {"rule": ["hebb", "storkey"], "stored": [1, 2, 4]}, trials=5, seed=0)
    nm.results.save(data, tmp_path / "own.nc")
    figure = nm.plot(tmp_path / "own.nc")
    exact, bits = figure.axes
    assert [text.get_text() for text in exact.get_legend().get_texts()] == ["hebb", "storkey"]
    right = np.median(data.exact.values[0], axis=1)
    np.testing.assert_allclose([line.get_ydata() for line in exact.lines], [right, right])
    np.testing.assert_array_equal(exact.lines[0].get_xdata(), [1, 2, 4])
    np.testing.assert_array_equal(bits.lines[0].get_ydata(), [1, 1, 1])
    assert figure.get_suptitle() == "grid of point: median, band: quartiles, over cell, trial"
    words = nm.plot(data.isel(stored=[0])).axes[0]  # no number to draw along: the names
    assert [text.get_text() for text in words.get_xticklabels()] == ["hebb", "storkey"]
