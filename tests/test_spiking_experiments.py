"""The published CA3 experiments and the stress test, as experiments."""

import numpy as np
import pytest

import neuromem as nm
from neuromem.experiments import attractor, spiking, stress, timing


def test_every_operation_of_the_published_experiments_is_right():
    data = spiking.run()
    assert dict(zip(*np.unique(data.of, return_counts=True), strict=True)) == {
        "functional": 9,
        "stress": 60,
        "application": 20,
    }
    assert data.passed.all()
    fragment = data.answer.values[data.operation.values == "content {1, 2, 4}"]
    assert fragment.tolist() == ["{2, 6, 10, 12, 13, 14}"]
    assert spiking.summary(data).row_count == 89


def test_the_cured_memory_is_right_where_the_published_one_fails():
    data = stress.run(trials=2, recalls=15)
    share = data.right.sum(("size", "active", "trial")) / (15 * 2 * 2 * 2)
    assert (share.sel(memory="cured", rule="best") == 1).all()
    published = share.sel(memory="published", rule="any")
    assert (published.sel(spacing="14/14", kind=["cue", "1 neuron"], overwrites="no") == 1).all()
    assert (published.sel(kind="3 neurons") < 0.8).all()
    assert (published.sel(spacing="7/6", kind="1 neuron") < 0.8).all()


@pytest.mark.parametrize("bad", [{"sizes": ("5",)}, {"spacings": ("7-6",)}, {"active": (2,)}, {"recalls": 0}])
def test_bad_settings_are_refused(bad):
    with pytest.raises(nm.InputError, match=next(iter(bad))):
        stress.run(**bad)


def test_events_and_energy_follow_the_spikes():
    data = timing.run(stored=(4, 8), fractions=(0.0, 0.2), trials=2, joules=2e-12)
    np.testing.assert_allclose(data.energy, 2e-12 * data.events)
    assert (data.spikes > 0).all()
    assert (data.events > data.spikes).all()
    cured = data.sel(model="ca3:gated=True:match=best")
    assert (cured.latency.sel(fraction=0.0) == 12).all()  # by fragment, then by cue, 6 ms each
    assert (cured.latency.sel(damage="flip", fraction=0.2) > 12).all()
    with pytest.raises(nm.InputError, match="spiking memories"):
        timing.run(models=("hopfield",))


def test_capacity_of_the_attractor_grows_with_its_size():
    data = attractor.run(units=(64, 128), fills=(0.1, 0.4), trials=2, cued=30)
    exact = data.exact.sel(memory="ca3_attractor", known=0.5).mean("trial")
    assert (exact.sel(fill=0.1) > 0.9).all()
    assert (exact.sel(fill=0.4) < exact.sel(fill=0.1)).all()
    at = data.stored.sel(fill=0.1).mean("trial")
    assert at.sel(units=128) > 2 * at.sel(units=64)
    assert attractor.summary(data).row_count == 4


def test_items_of_the_attractor_have_the_active_cells_that_are_asked_for():
    data = attractor.run(units=(100,), active=10, fills=(0.3,), trials=1, cued=5)
    assert data.active.item() == 10
    assert data.stored.item() == round(np.log(0.7) / np.log(1 - 90 / 9900))  # a pair of cells is joined by 90 of 9900
    with pytest.raises(nm.InputError, match="active must be a whole number from 2 to 63"):
        attractor.run(units=(100, 64), active=64)
