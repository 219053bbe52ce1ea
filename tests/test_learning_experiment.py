"""The learning experiment: noisy examples against the theory, and on images."""

import numpy as np
import pytest
import xarray as xr

import neuromem as nm
from neuromem import figures, sweep
from neuromem.experiments import learning
from neuromem.theory import learning as theory


@pytest.fixture(scope="module")
def data():
    sizes = {"orders": (2, 4), "units": (500, 50), "loads": (0.02, 0.06)}
    with sweep.on(workers=1):
        return learning.run(**sizes, qualities=(0.5, 0.8), examples=(5, 20, 40), probes=10, trials=4, seed=2)


def test_overlaps_are_those_of_the_theory(data):
    """Where there is a retrieval state, within four standard errors over the trials and 0.03 for the small networks."""
    compared = 0
    for order in (2, 4):
        load = float(data.archetypes.sel(order=order)) / float(data.units.sel(order=order)) ** (order - 1)
        for labels in ("supervised", "unsupervised"):
            expected = theory.overlap(order, load, [[0.5], [0.8]], [5, 20, 40], labels == "supervised")
            trials = data.overlap.sel(order=order, labels=labels).median("probe")
            error = trials.std("trial", ddof=1).values / 2
            known = expected > 0.9
            assert (abs(trials.mean("trial").values - expected) < 4 * error + 0.03)[known].all()
            compared += known.sum()
    assert compared >= 14


def test_labels_help_and_more_so_at_a_higher_order(data):
    poor = data.overlap.sel(quality=0.5, examples=20).median(("trial", "probe"))
    assert poor.sel(order=4, labels="supervised") > poor.sel(order=4, labels="unsupervised") + 0.1


def test_number_needed_is_interpolated():
    coords = {"order": [2], "labels": ["supervised"], "quality": [0.5, 0.6, 0.7], "examples": [1, 10, 100], "trial": [0]}
    overlap = np.array([[0.3, 0.8, 1.0], [0.5, 0.6, 0.7], [0.95, 0.96, 1.0]])[None, None, :, :, None, None]
    dims = ("order", "labels", "quality", "examples", "trial", "probe")
    needed = learning.needed(xr.Dataset({"overlap": (dims, overlap)}, coords)).squeeze().values
    assert needed[0] == pytest.approx(10**1.5)
    assert np.isnan(needed[1])
    assert needed[2] == 1


def test_images_are_learnt_by_orders_that_hold_correlated_ones():
    with sweep.on(workers=1):
        data = learning.run(items="digits", orders=(2, 8), qualities=(0.6,), examples=(2, 32), trials=2, seed=0)
    learnt = data.overlap.sel(labels="supervised", examples=32).median(("trial", "probe")).squeeze()
    assert learnt.sel(order=8) > 0.97
    assert learnt.sel(order=2) < 0.8
    recalled = data.image.sel(order=8, labels="supervised", examples=32, stage="recalled")
    archetype = data.image.sel(order=8, labels="supervised", examples=32, stage="archetype")
    assert ((recalled * archetype).mean("unit") > 0.9).all()
    assert figures.ALL["learning"](data).axes


def test_table_and_figure(data):
    assert learning.summary(data).row_count == 4
    assert figures.ALL["learning"](data).axes


def test_refuses_what_it_cannot_run(tmp_path):
    with pytest.raises(nm.InputError, match="a value for each of the orders"):
        learning.run(orders=(2, 4, 6))
    with pytest.raises(nm.InputError, match="qualities"):
        learning.run(qualities=(1.5,))
    with pytest.raises(nm.InputError, match="holds no train-images-idx3-ubyte"):
        learning.run(items=str(tmp_path))


def test_a_result_in_which_no_number_of_examples_is_enough_is_drawn():
    data = nm.experiments.learning.run(
        units=(50,), orders=(2,), loads=(0.06,), qualities=(0.2,), examples=(1, 2), stored=3, trials=2
    )
    assert data.needed.isnull().all()
    assert nm.plot(data).axes
