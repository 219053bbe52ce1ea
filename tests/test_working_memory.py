"""Errors toward earlier stimuli: the pull of a trace by quadrature, and the experiment against theory."""

import numpy as np
import pytest
from scipy.integrate import quad

import neuromem as nm
from neuromem import figures, sweep
from neuromem.experiments import working_memory
from neuromem.theory import ring


@pytest.mark.parametrize("modulation", [2.5, 4.0, 7.0])
def test_the_pull_is_that_of_the_left_null_vector_by_quadrature(modulation):
    w = ring.half_width(modulation)
    for away in (0.3, 1.2, 2.6):

        def force(y, away=away):
            return max(np.cos(y - away) - np.cos(w), 0) * np.sin(y)

        edges = [edge for edge in (away - w, away + w, away + w - 2 * np.pi) if abs(edge) < w]
        top = quad(force, -w, w, points=edges or None, limit=200)[0]
        bottom = quad(lambda y: np.sin(y) ** 2, -w, w)[0]
        assert ring.pull(away, modulation) == pytest.approx(top / bottom, abs=1e-5)
        assert ring.pull(-away, modulation) == pytest.approx(-top / bottom, abs=1e-5)
    assert ring.pull(1.0, 4.0) == pytest.approx((1 - 1 / np.pi) * np.sin(1.0), abs=1e-6)


@pytest.fixture(scope="module")
def data():
    with sweep.on(workers=1):
        return working_memory.run(traces=(0.0, 0.01), stimuli=60, trials=3, seed=2)


def test_bumps_are_drawn_as_theory_of_first_order_says(data):
    """A tenth of the largest error is left for the second order in the trace."""
    for name, x in (("serial", "distance"), ("contraction", "place")):
        found, line = data[name].sel(trace=0.01), data[f"theory_{name}"].sel(trace=0.01)
        error = found.std("trial", ddof=1) / 3**0.5
        assert bool((abs(found.mean("trial") - line) < 4 * error + 0.1 * float(abs(line).max())).all())
        slope = float(np.polyfit(data[x], line, 1)[0])
        assert np.sign(slope) == (1 if name == "serial" else -1)
    assert float(abs(data.serial.sel(trace=0.0)).max()) < 1e-4  # without a trace nothing moves


def test_table_and_figure_and_bad_settings(data):
    assert working_memory.summary(data).row_count == 2
    assert figures.ALL["working_memory"](data).axes
    with pytest.raises(nm.InputError, match="modulation"):
        working_memory.run(modulation=1.5)
    with pytest.raises(nm.InputError, match="span"):
        working_memory.run(span=4.0)
