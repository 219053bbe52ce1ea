"""Conditioning: the numbers of Hebb, decay and Rescorla-Wagner in closed form, and which rule shows what."""

import numpy as np
import pytest
import xarray as xr

import neuromem as nm
from neuromem.experiments import conditioning
from neuromem.figures import conditioning as figure


@pytest.fixture(scope="module")
def data():
    return conditioning.run()


# rate 0.2, 30 presentations a phase; in the order below
NUMBERS = {
    "pavlov:rule=delta": (0.999, 0.001, 0.001, 0.500, 0.671),
    "pavlov:rule=hebb": (6.0, 6.0, 6.0, 12.0, 6.0),
    "pavlov:rule=hebb:decay=0.9": (1.92, 0.081, 1.92, 2.00, 1.26),
}
ORDER = ["acquisition", "extinction", "blocking", "overshadowing", "second-order"]


@pytest.mark.parametrize("model", NUMBERS)
def test_numbers_of_hebb_decay_and_delta(data, model):
    end = data.end.sel(model=model, schedule="group", phenomenon=ORDER).isel(trial=0)
    np.testing.assert_allclose(end, NUMBERS[model], atol=0.005)


def test_learning_curve_of_rescorla_and_wagner_is_exponential(data):
    curve = data.response.sel(model="pavlov:rule=delta", phenomenon="acquisition", schedule="group", stimulus="A")
    np.testing.assert_allclose(curve.isel(trial=0)[:31], 1 - 0.8 ** np.arange(31), atol=1e-12)


def test_which_rule_shows_what(data):
    table = xr.DataArray(np.array(conditioning.VERDICTS)[data.shown], data.shown.coords)
    shows = {
        str(m): {str(p) for p in table.phenomenon.values if table.sel(model=m, phenomenon=p) == "yes"}
        for m in table.model.values
    }
    assert shows["pavlov:rule=hebb"] == {"acquisition", "second-order"}
    assert table.sel(model="pavlov:rule=hebb:decay=0.9", phenomenon="extinction") == "forgets"
    everything = set(conditioning.PHENOMENA)
    assert shows["pavlov:rule=delta"] == everything - {
        "reacquisition",
        "latent inhibition",
    }  # the known failures of the rule
    assert shows["pavlov:rule=least_squares:decay=0.9"] == everything - {"reacquisition"}


def test_blocking_by_bcm_is_no_prediction_error(data):
    """Its threshold has closed on everything that comes later: a B that appears alone would be learnt no better."""
    end = data.end.sel(model="pavlov:rule=bcm", phenomenon="blocking").isel(trial=0)
    assert end.sel(schedule="group") < 0.1 < end.sel(schedule="control")
    memory = conditioning.conditioned("pavlov:rule=bcm", 0.2)
    for stimulus in ([1.0, 0.0], [0.0, 1.0]):
        for _ in range(30):
            memory.store([stimulus], [[1.0]])
    assert memory.recall([[0.0, 1.0]]).items[0, 0] == pytest.approx(float(end.sel(schedule="group")))


def test_noise_makes_trials_differ_and_seeds_repeat():
    runs = [conditioning.run(models=("pavlov:rule=delta",), presentations=5, noise=0.2, trials=2, seed=s) for s in (1, 1, 2)]
    assert np.abs(runs[0].end.isel(trial=0) - runs[0].end.isel(trial=1)).max() > 0.01
    np.testing.assert_array_equal(runs[0].end, runs[1].end)
    assert np.abs(runs[0].end - runs[2].end).max() > 0.01


def test_table_and_figure_hold_every_rule(data):
    assert conditioning.summary(data).row_count == data.sizes["model"]
    assert len(figure.draw(data).subfigs) == 2


def test_a_memory_without_values_is_refused():
    with pytest.raises(nm.InputError, match="values must be None for Hopfield"):
        conditioning.run(models=("hopfield",))
