"""The basins experiment: damage undone by learning rules, against simulations made independently."""

import numpy as np
import pytest

import neuromem as nm
from neuromem import figures, sweep
from neuromem.experiments import basins


@pytest.fixture(scope="module")
def data():
    models = ("hopfield", "hopfield:rule=storkey", "hopfield:rule=projection", "hopfield:rule=projection:self_coupling=True")
    with sweep.on(workers=1):
        return basins.run(models=models, stored=(30, 50, 70), fractions=(0.0, 0.1), trials=8, seed=1)


def test_overlaps_are_those_of_the_reference(data):
    """Within four standard errors over the trials, and 0.03 for those of the reference itself."""
    measured = data.overlap.sel(fraction=0.1)
    error = measured.std("trial", ddof=1) / np.sqrt(data.sizes["trial"])
    known = data.reference.notnull()
    assert known.all()
    assert (abs(measured.mean("trial") - data.reference) < 4 * error + 0.03).all()


def test_a_projection_holds_every_item_and_its_diagonal_holds_cues_as_they_are(data):
    whole = data.exact.sel(fraction=0.0)
    assert (whole.sel(model="hopfield:rule=projection") == 1).all()
    kept = data.overlap.sel(fraction=0.1, stored=70, model="hopfield:rule=projection:self_coupling=True")
    assert kept.values == pytest.approx(0.8, abs=0.03)


def test_table_and_figure(data):
    assert basins.summary(data).row_count == 4
    assert figures.ALL["basins"](data).axes


def test_refuses_what_it_cannot_run():
    with pytest.raises(nm.InputError, match="rule"):
        basins.run(models=("hopfield:rule=hebbian",))
    with pytest.raises(nm.InputError, match="fractions"):
        basins.run(fractions=(1.5,))
