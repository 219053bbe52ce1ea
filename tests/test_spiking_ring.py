"""A bump of spikes: its weights, that it stays where it was cued, and that noise moves it as 1/N."""

import numpy as np
import pytest

import neuromem as nm
from neuromem import figures, spiking, sweep
from neuromem.experiments import spiking_ring


def test_a_cell_hears_the_same_from_rings_of_any_size():
    for units in (16, 40):
        ring = spiking_ring.circuit(units)
        tuned = np.array(ring.projections[1].weight).reshape(units, units)
        np.testing.assert_allclose(tuned, tuned.T)
        np.testing.assert_allclose(tuned.sum(0), spiking_ring.EXCITE)
        np.testing.assert_allclose(tuned[0], np.roll(tuned[3], -3))
        assert tuned[0].argmax() == 0
        assert tuned[0].argmin() == units // 2


def test_without_noise_brian2_gives_the_same_spikes():
    pytest.importorskip("brian2")
    from dataclasses import replace

    ring = spiking_ring.circuit(24)
    cell = replace(ring["Ring"], noise=0.0)
    ring = replace(ring, populations=(ring["Cue"], cell))
    cue = np.arange(150) % 7
    inputs = spiking.Spikes(0 * cue, np.arange(150.0), np.full(150, "Cue"), cue)
    fast, brian = (run(ring, 400.0, inputs=inputs) for run in (spiking.fast.run, spiking.brian.run))
    assert len(fast) > 300
    assert np.array_equal(fast.time_ms, brian.time_ms)
    assert np.array_equal(fast.neuron, brian.neuron)


@pytest.fixture(scope="module")
def data():
    with sweep.on(workers=1):
        return spiking_ring.run(units=(128, 32), copies=30, duration_ms=1500.0, trials=4, seed=1)


def test_the_bump_stays_and_moves_more_slowly_on_a_larger_ring(data):
    rate, half = data.rate.mean("trial"), spiking_ring.BINS // 2
    assert bool((rate[:, half] > 10).all())
    assert bool((rate[:, 0] < 0.2 * rate[:, half]).all())
    small, large = (data.diffusion.sel(units=n) for n in (32, 128))
    ratio = float(small.mean() / large.mean())
    error = ratio * sum(float(one.std("trial", ddof=1) / one.mean()) ** 2 / 4 for one in (small, large)) ** 0.5
    assert error < 1.5
    assert abs(ratio - 4) < 3 * error
    assert float(small.mean()) > 0.005
    np.testing.assert_allclose(data.law, float(small.mean()) * np.array([32 / 128, 1]))


def test_table_and_figure_and_bad_settings(data):
    assert spiking_ring.summary(data).row_count == 2
    assert figures.ALL["spiking_ring"](data).axes
    with pytest.raises(nm.InputError, match="duration_ms must be a multiple of 100 ms"):
        spiking_ring.run(duration_ms=450.0)
    with pytest.raises(nm.InputError, match="units must be a whole number from 16 to 1024"):
        spiking_ring.run(units=(4,))
