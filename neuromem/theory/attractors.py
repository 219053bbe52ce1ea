"""What a Hopfield network makes of an item that turns into another, and when it grows tired of one.

The cue x(c) is item A, in which the share c of the units where A and B differ is set to B. It acts
as a field b x(c) on a network that begins in A. With D = m_A - m_B and S = m_A + m_B,

    D = (1 - c) E tanh(beta (D + b + n z)) + c E tanh(beta (D - b + n z))                      (1)
    S = E tanh(beta (S + b + n z)),  n^2 = load r                                              (2)
    r = q / (1 - beta (1 - q))^2, q the mean square of all units                               (3)

where E is over a standard Gaussian z. The state jumps to B at the c at which D > 0 is lost, and
back at 1 - c. Where (1) keeps D > 0 up to c = 1, a network of any size stays in A for ever; a
small one may jump by chance.

With adaptation, the field of unit i is h_i - g a_i, and tau da/dt = s - a. In a clean item the
field h s is 1, so that the state is left when g a = 1:

    t = tau ln(g / (g - 1)),  g > 1                                                            (4)

This bounds it from above, as units of weak field go first. A state that ended t ago still acts on
the next one: through adaptation against it, -g exp(-t/tau), and through priming, a field eps, for
it. The two are equal at

    t = tau ln(g / eps)                                                                        (5)

Equations (1) to (5) are own derivations.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._arguments import finite, plain, real
from ._retrieval import slope, spin

_STEPS = 400  # of iteration


@finite
def morph_overlap(morph: Any, field: Any, load: Any, temperature: Any) -> Any:
    """Return D = m_A - m_B of the state that began in A, equations (1) to (3).

    Parameters
    ----------
    morph : float or array
        Share c of the differing units that are B's, 0 to 1.
    field : float or array
        Strength b of the cue's field.
    load : float or array
        Items over units, K / N.
    temperature : float or array
        Temperature T, above 0.

    Returns
    -------
    float or ndarray
        D; below 0 where the state has gone to B.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> [round(morph_overlap(c, field=0.6, load=0.05, temperature=0.4), 2) for c in (0.0, 0.3, 0.7)]
    [1.0, 0.8, -0.8]
    """
    c, b = real("morph", morph, least=0, most=1), real("field", field, least=0)
    load, beta = real("load", load, least=0), 1 / real("temperature", temperature, above=0)
    c, b, load, beta = np.broadcast_arrays(c, b, load, beta)
    d, s, noise = np.ones(c.shape), np.ones(c.shape), np.sqrt(load)
    for _ in range(_STEPS):
        fields = [beta * (d + b), beta * (d - b), beta * (s + b)]
        for_a, for_b, same = (spin(each, beta * noise) for each in fields)
        free_a, free_b, free_same = (slope(each, beta * noise) for each in fields)
        q = 1 - ((1 - c) * free_a + c * free_b + free_same) / 2
        response = np.minimum(beta * (1 - q), 0.99)  # a state on its way may pass 1
        d, s, noise = (1 - c) * for_a + c * for_b, same, np.sqrt(load * q) / (1 - response)  # (1) to (3)
    return plain(d)


def jump(field: Any, load: Any, temperature: Any) -> Any:
    """Return the morph c at which a state that began in A is lost.

    Parameters
    ----------
    field : float or array
        Strength b of the cue's field.
    load : float or array
        Items over units, K / N.
    temperature : float or array
        Temperature T, above 0.

    Returns
    -------
    float or ndarray
        c, to the next 0.005; 1 where the state is kept to the end.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> round(jump(1.0, load=0.05, temperature=0.4), 2)
    0.5
    """
    grid = np.linspace(0, 1, 201)
    b, k, t = np.broadcast_arrays(real("field", field), real("load", load), real("temperature", temperature))
    d = morph_overlap(grid, b[..., None], k[..., None], t[..., None])
    lost = d < 1e-3
    return plain(np.where(lost.any(-1), grid[lost.argmax(-1)], 1.0))


def leaving_time(adaptation: Any, tau: Any) -> Any:
    """Return the time after which an item that adapts is left, at the latest, (4).

    Parameters
    ----------
    adaptation : float or array
        Strength g.
    tau : float or array
        Time constant of the adaptation.

    Returns
    -------
    float or ndarray
        Time, in the unit of tau; infinite up to g = 1.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> [round(leaving_time(g, 20), 1) for g in (1.0, 1.2, 3.0)]
    [inf, 35.8, 8.1]
    """
    g, tau = real("adaptation", adaptation, least=0), real("tau", tau, above=0)
    with np.errstate(divide="ignore"):
        return plain(np.where(g > 1, -tau * np.log1p(-1 / np.maximum(g, 1)), np.inf))  # (4)


@finite
def priming_delay(adaptation: Any, priming: Any, tau: Any) -> Any:
    """Return the delay up to which adaptation is stronger than priming, (5).

    Parameters
    ----------
    adaptation, priming : float or array
        Strengths g and eps.
    tau : float or array
        Time constant of the adaptation.

    Returns
    -------
    float or ndarray
        Time, in the unit of tau; 0 where priming is stronger from the start.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Examples
    --------
    >>> round(priming_delay(0.6, 0.2, 20), 2)
    21.97
    """
    g, eps = real("adaptation", adaptation, above=0), real("priming", priming, above=0)
    return plain(real("tau", tau, above=0) * np.maximum(np.log(g) - np.log(eps), 0))  # (5)
