"""Deep memory: a small network that learns each pair by gradient as it comes."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuromem import checks
from neuromem.arrays import same_kind, unit_length
from neuromem.kernels.chain import forward
from neuromem.kernels.deep import kind, prepared
from neuromem.models._one_step import OneStep, zeros


class DeepMemory(OneStep):
    """Network M that is written at test time, by steps along the gradient of its loss on each pair.

    Equations, numbered as in the code's comments:

        M(x) = W x, or W_2 s(W_1 x) with s = GELU, of k = x / |x|                 network      (1)
        l(M(k); v) = |e|^2 / 2, sum |e_j|^p / p or Huber's, e = M(k) - v          objective    (2)
        S <- momentum S - rate grad l                                             optimiser    (3)
        A <- decay A + S,  W = A                                                  retention    (4)
        A <- decay A + S,  W = sign(A) |A|^(q-1) / |A|_q^(q-2)                    lq           (5)
        W <- softmax(decay ln W + S) by rows                                      simplex      (6)
        o = M(q)                                                                  response     (7)

    Settings that are known by other names, each with its objective, retention and optimiser:

        Titans    l2, decay, momentum      Titans' loss is |e|^2: its step is rate / 2
        Moneta    lp (p = 3), lq_published (q = 4), descent      W = A / |A|_q^(q-2) in place of (5)
        Yaad      huber, decay, descent
        Memora    l2, simplex, descent     weights are positive, and so must keys and values be
        CMS       l2, decay, descent, period=(1, 4, 16)

    With one matrix, l2 and one period it is the momentum rule of `Pavlov`. As many periods as there
    are levels make a continuum memory, M_L(... M_1(k)), in which every level but the last adds its
    input. A level of period C changes at every C-th pair only, by the sum of the steps that the C
    pairs ask for.

    Against outliers in the values help losses that grow less than quadratically, huber and lp with
    p < 2; p = 3 is more sensitive than l2. The published map of Moneta is not the dual map (5): at
    q = 4 weights get smaller as A gets larger.

    Parameters
    ----------
    units : int
        Length of a key.
    depth : int, default 2
        Matrices of a level: 1 or 2.
    expansion : int, default 4
        Hidden units of a level of depth 2, in units.
    objective : str, default "l2"
        "l2", "lp" or "huber".
    retention : str, default "decay"
        "decay", "lq", "lq_published" or "simplex".
    optimiser : str, default "descent"
        "descent", which is (3) with momentum 0, or "momentum".
    period : int or tuple of int, default 1
        Pairs between two changes of each level, from the first level on.
    rate : float, default 0.2
        Step.
    decay : float, default 1
        Factor by which what is held fades at each change.
    momentum : float, default 0.9
        What is kept of S.
    power : float, default 3
        p of lp.
    norm : float, default 4
        q.
    threshold : float, default 1
        Length of e from which Huber's loss is linear.
    rng : int or numpy.random.Generator, default 0
        Randomness of the matrices at the start: of W_1, and with lq_published also of W and W_2,
        which start at 0 else. With simplex all weights of a row are equal.

    Attributes
    ----------
    stored : int
        Number of items stored.
    seed : int
        What the matrices at the start were drawn from.
    kind : Deep
        Network, objective, retention, optimiser and periods.

    Raises
    ------
    InputError
        If a setting can't be used, arrays have another shape or library, nothing is stored at a
        recall, or learning diverges.

    References
    ----------
    Behrouz, A., Zhong, P. & Mirrokni, V. (2024). Titans: learning to memorize at test time.
    https://arxiv.org/abs/2501.00663

    Behrouz, A. et al. (2025). It's all connected: a journey through test-time memorization,
    attentional bias, retention, and online optimization. https://arxiv.org/abs/2504.13173

    Examples
    --------
    >>> import neuromem as nm
    >>> items = nm.patterns.random(10, 64, rng=0)
    >>> memory = DeepMemory(64)
    >>> for _ in range(5):
    ...     _ = memory.store(items)
    >>> recalled = memory.recall(nm.cues.flip(items, 0.1, rng=1))
    >>> float(nm.metrics.overlap(recalled, items).min()) > 0.8
    True
    """

    exceptions = dict.fromkeys(
        ("the_order_of_storing_does_not_matter",), "a step of gradient depends on what was learnt before"
    )

    def __init__(
        self,
        units: int,
        *,
        depth: int = 2,
        expansion: int = 4,
        objective: str = "l2",
        retention: str = "decay",
        optimiser: str = "descent",
        period: int | tuple[int, ...] = 1,
        rate: float = 0.2,
        decay: float = 1.0,
        momentum: float = 0.9,
        power: float = 3.0,
        norm: float = 4.0,
        threshold: float = 1.0,
        rng: int | np.random.Generator = 0,
    ):
        super().__init__(units)
        self.kind = kind(
            depth=depth,
            expansion=expansion,
            objective=objective,
            retention=retention,
            optimiser=optimiser,
            period=period,
            power=power,
            norm=norm,
            threshold=threshold,
        )
        self.rate = checks.real("rate", rate, above=0, way_out="give a step such as 0.2")
        self.decay = checks.fraction("decay", decay)
        self.momentum = checks.fraction("momentum", momentum)
        self.seed = checks.seed(rng)

    def _learn(self, state: dict[str, Any], keys: Any, values: Any) -> dict[str, Any]:
        keys = unit_length(keys)
        held = state or self._start(keys, values.shape[1])
        with np.errstate(over="ignore", invalid="ignore"):  # what diverges is refused afterwards
            for i in range(keys.shape[0]):
                pair, number = (keys[i : i + 1], values[i : i + 1]), self.stored + i + 1
                held = self.kind.step(held, *pair, self.rate, number, self.decay, self.momentum)  # (2) to (6)
        return held

    def _read(self, state: dict[str, Any]) -> list[Any]:
        return [state[f"weights_{name}"] for name in self.kind.names()]

    def _respond(self, state: dict[str, Any], cues: Any) -> Any:
        return forward(self.kind.levels(state), unit_length(cues))  # (7)

    def _start(self, beside: Any, outputs: int) -> dict[str, Any]:
        """What is held of a network that has learnt nothing."""
        rng, first = np.random.default_rng(self.seed), {}
        for name, shape in self.kind.shapes(self.units, outputs).items():
            nothing = zeros(beside, *shape)
            first[name] = nothing + same_kind(prepared(self.kind, name, shape, rng), nothing)
        return self.kind.start(first)
