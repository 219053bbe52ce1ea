"""The experiments on Sparsey: small runs that must show what each claims, drawn."""

import numpy as np
import pytest

import neuromem as nm
from neuromem import figures, sweep


@pytest.fixture(autouse=True)
def in_this_process():
    with sweep.on(workers=1):
        yield


def drawn(data):
    figure = figures.ALL[data.attrs["experiment"]](data)
    figure.canvas.draw()
    return figure


def test_similarity_shows_codes_that_follow_inputs():
    data = nm.experiments.ALL["similarity"](trials=20, stored=(1, 20))
    overlap = data.overlap.mean("trial")
    assert (overlap.isel(shared=-1) > 0.9).all()
    assert (overlap.isel(shared=slice(0, 2)) < 0.2).all()
    assert data.independent.sel(stored=1)[::2].notnull().all()
    drawn(data)
    other = nm.experiments.ALL["similarity"](trials=2, stored=(1,), cells=16)
    assert other.independent.isnull().all()
    drawn(other)


def test_sequence_shows_recall_and_the_sense_of_order():
    data = nm.experiments.ALL["sequence"](modules=(9,), sequences=(4,), films=(2,), trials=2)
    assert (data.recalled > 0.95).all()
    assert (data.in_order > data.shuffled + 0.5).all()
    assert (data.film_recognised == 1).all()
    drawn(data)


def test_semantic_reads_one_store_twice():
    data = nm.experiments.ALL["semantic"](sizes=(10,), test=10, memories=("local",), trials=1)
    assert float(data.accuracy.max()) > 0.5
    assert data.episodic.item() > 0.95
    assert set(np.unique(data.generated)) >= {-1, 1}
    drawn(data)


def test_semantic_refuses_what_it_has_no_images_for(tmp_path):
    run = nm.experiments.ALL["semantic"]
    with pytest.raises(nm.InputError, match="different images of each class"):
        run(sizes=(150,), test=50, trials=1)
    with pytest.raises(nm.InputError, match="holds no train-images"):
        run(sizes=(2,), items=str(tmp_path), trials=1)
    with pytest.raises(nm.InputError, match="memories must be one of"):
        run(memories=("sparse",))


def test_a_greater_macrocolumn_holds_more_at_fewer_bits_a_synapse():
    data = nm.experiments.ALL["macrocolumn"](modules=(12, 48), cells=(16, 32), trials=3)
    held, bits = (data[name].sel(cue="clean").median("trial") for name in ("held", "bits_per_synapse"))
    assert (held.diff("cells") > 0).all()
    assert (held.diff("modules") > 0).all()
    assert (bits.diff("modules") < 0).all()
    assert (data.held.sel(cue="noisy") <= data.held.sel(cue="clean")).all()
    drawn(data)
