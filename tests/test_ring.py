"""Bumps on a ring: theory against the equations themselves, and the experiment against theory."""

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

import neuromem as nm
from neuromem import figures, sweep
from neuromem.experiments import ring
from neuromem.theory import ring as theory


def test_the_bump_stands_still_under_an_integral_over_the_line():
    """rho int J(x - y) r(y) dy by quadrature, on an endless line."""
    a, j0, n = 0.4, 1.3, 200
    rho = n / (2 * np.pi)
    kc = theory.critical_inhibition(n, a, j0)
    for ratio in (0.3, 0.999):
        height = theory.bump_height(ratio * kc, n, a, j0)

        def u(x, height=height):
            return height * np.exp(-(x**2) / (4 * a**2))

        below = 1 + ratio * kc * rho * quad(lambda y: u(y) ** 2, -8, 8)[0]
        for x in (0.0, 0.7):
            near = quad(lambda y, x=x: np.exp(-((x - y) ** 2) / (2 * a**2)) * u(y) ** 2, -8, 8)[0]
            assert rho * j0 / (np.sqrt(2 * np.pi) * a) * near / below == pytest.approx(u(x), rel=1e-8)
    assert theory.bump_height(1.001 * kc, n, a, j0) == 0


def test_the_half_width_is_that_of_the_ring_models_fixed_point():
    """An ODE solver finds it, from the equation with sums over 2000 angles."""
    x, j1 = np.arange(2000) * 2 * np.pi / 2000, 3.0

    def slope(_, m):
        tuned = np.cos(x) * (m * np.cos(x)).mean() + np.sin(x) * (m * np.sin(x)).mean()
        return -m + np.maximum(1 - 2 * m.mean() + j1 * tuned, 0)

    m = solve_ivp(slope, (0, 200), 1 + 0.1 * np.cos(x), rtol=1e-8, atol=1e-10).y[:, -1]
    assert (m > 1e-6).mean() * np.pi == pytest.approx(theory.half_width(j1), abs=np.pi / 1000)
    assert theory.half_width(1.9) == np.pi


def test_without_a_bump_there_is_no_diffusion_and_strong_tuning_makes_it_narrow():
    kc = theory.critical_inhibition(128)
    with pytest.raises(nm.InputError, match=r"^inhibition must be at most 2\.03"):
        theory.diffusion(0.01, 1.01 * kc, 128)
    with pytest.raises(nm.InputError, match=r"^width must leave the answer within float64"):
        theory.diffusion(0.5, 0.5, 128, width=1e-3)  # all units but one are silent
    np.testing.assert_allclose(theory.half_width([1e9, 1e200]), (3 * np.pi / np.array([1e9, 1e200])) ** (1 / 3), rtol=1e-6)
    w = theory.half_width(1e7)
    assert w > 3e-3  # here the series gives way to the difference itself
    assert 1e7 * (w**3 * 2 / 3 - w**5 * 2 / 15 + w**7 * 4 / 315) / (2 * np.pi) == pytest.approx(1, rel=1e-9)


@pytest.fixture(scope="module")
def data():
    with sweep.on(workers=1):
        return ring.run(noises=(0.005,), trials=8, copies=100, seed=3)


def test_heights_widths_and_diffusion_are_those_of_theory(data):
    """Heights to a millionth, widths to an angle, and diffusion within four standard errors and 1 %."""
    np.testing.assert_allclose(data.height, data.theory_height, atol=1e-6)
    np.testing.assert_allclose(data["width"], data.theory_width, atol=2 * np.pi / 512)
    found = data.diffusion.isel(noise=0)
    error = float(found.std("trial", ddof=1)) / 8**0.5
    line = float(data.theory_diffusion[0])
    assert abs(float(found.mean("trial")) - line) < 4 * error + 0.01 * line
    assert error < 0.1 * line


def test_table_and_figure_and_bad_settings(data):
    assert ring.summary(data).row_count == 16
    assert figures.ALL["ring"](data).axes
    with pytest.raises(nm.InputError, match="inhibitions"):
        ring.run(inhibitions=(0.0,))
    with pytest.raises(nm.InputError, match="units must be a whole number of at least 8"):
        ring.run(units=3)
