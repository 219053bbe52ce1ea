"""What every memory layer shares: projections, a pass over a sequence, storing and reading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from neuromem import checks

from .inputs import Form, finite_result, forms, state_like, tokens_like


class Mixer(nn.Module):
    """Causal layer (batch, time, width) -> (batch, time, width) around one memory for each head.

    Equations, numbered as in the code's comments:

        q, k, v = W_q x, W_k x, W_v x, split into heads of width / heads units
        o = what the memory gives for q;  y = W_o o                                            (1)

    At first W_k and W_v are random rotations, or 1 for a memory of signs, W_q = W_k and W_o =
    W_v^T: an untrained layer is already a memory of its inputs as they are. The weights come from
    torch's generator (torch.manual_seed), like those of any torch layer.

    A subclass gives `mix`, the memory over a sequence, `look_up`, the memory for cues, and
    `operations`. A state is a tensor or a tuple of tensors, named by `holds`; None is the empty
    state.

    Parameters
    ----------
    width : int
        Features of a token.
    heads : int, default 1
        Number of memories; a divisor of the width.
    rotated : bool, default True
        Whether W_k and W_v are random rotations at first, or 1.

    Attributes
    ----------
    holds : tuple of str
        What the tensors of a state are called, in their order.

    Raises
    ------
    InputError
        If the heads don't divide the width; if a token has another width, type or device than the
        weights (under torch.autocast any floating type is taken); if what is given holds NaN or
        infinity, or leads to it. The last is asked on the CPU alone, and not in a compiled graph.
    """

    holds: tuple[str, ...] = ()

    def __init__(self, width: int, *, heads: int = 1, rotated: bool = True):
        super().__init__()
        self._seen: dict[torch.dtype, tuple[type, tuple[Form, ...]]] = {}  # of `_forms`
        self.width = width = checks.whole("width", width, way_out="give the features of a token, such as 64")
        checks.fits("width", 4 * 6 * width**2, "take a smaller width")  # float32: four projections, and making one
        self.heads = heads = checks.whole("heads", heads, way_out="give a divisor of the width, such as 1")
        if width % heads:
            divisor = max(n for n in range(1, min(heads, width + 1)) if not width % n)
            raise checks.refusal("heads", f"divide the width {width}", f"was {heads}", f"give for example {divisor}")
        self.query, self.key, self.value, self.output = (nn.Linear(width, width, bias=False) for _ in range(4))
        for projection in (self.key, self.value):
            (nn.init.orthogonal_ if rotated else nn.init.eye_)(projection.weight)
        with torch.no_grad():
            self.query.weight.copy_(self.key.weight)
            self.output.weight.copy_(self.value.weight.T)

    def mix(self, query: Tensor, key: Tensor, value: Tensor, state: Any, **gates: Any) -> tuple[Tensor, Any]:
        """Return (o, state after the last token).

        o_t (batch, head, time, unit) sees the pairs of `state` and those up to t.

        Parameters
        ----------
        query : Tensor of shape (batch, head, time, unit)
            Queries q.
        key, value : Tensor of shape (batch, head, time, unit)
            Keys k and values v.
        state : object
            What was stored before; None for nothing.
        **gates : object
            What `gates` gives.

        Returns
        -------
        tuple
            o (batch, head, time, unit), and the state after the last token.
        """
        raise NotImplementedError

    def look_up(self, query: Tensor, state: Any) -> Tensor:
        """Return o (batch, head, cue, unit) from what `state` holds, for each query alone.

        Parameters
        ----------
        query : Tensor of shape (batch, head, time, unit)
            Queries q.
        state : object
            What is stored.

        Returns
        -------
        Tensor of shape (batch, head, time, unit)
            o.
        """
        raise NotImplementedError

    def operations(self, state: Any) -> int:
        """Return the multiply-adds of `look_up` for one cue, over all heads.

        Parameters
        ----------
        state : object
            What is stored.

        Returns
        -------
        int
            The number.
        """
        raise NotImplementedError

    def settled(self, query: Tensor, state: Any) -> Tensor:
        """Return whether each `look_up` came to rest, bool (batch, cue); True if nothing moves.

        Parameters
        ----------
        query : Tensor of shape (batch, head, time, unit)
            Queries q.
        state : object
            What is stored.

        Returns
        -------
        Tensor of shape (batch, time)
            True and False.
        """
        return torch.ones(query.shape[0], query.shape[2], dtype=torch.bool, device=query.device)

    def arrays(self, state: Any) -> dict[str, Any]:
        """Return the tensors of a state by their names; empty for None.

        Parameters
        ----------
        state : object
            What is stored.

        Returns
        -------
        dict of str to Tensor
            Empty for None.
        """
        tensors = (state,) if isinstance(state, Tensor) else state or ()
        return dict(zip(self.holds, tensors, strict=False))

    def with_arrays(self, state: Any, arrays: Mapping[str, Any]) -> Any:
        """Return `state` with other values, arrays of the same names and shapes.

        Parameters
        ----------
        state : object
            What is stored.
        arrays : mapping of str to array
            Of the names and shapes of `arrays`.

        Returns
        -------
        object
            The new state.
        """
        new = {name: torch.as_tensor(arrays[name]).to(old) for name, old in self.arrays(state).items()}
        return next(iter(new.values())) if isinstance(state, Tensor) else tuple(new.values())

    def held(self, state: Any) -> tuple[int, int]:
        """Return (bits, numbers) that `state` holds, at the precision at which it holds them.

        Parameters
        ----------
        state : object
            What is stored.

        Returns
        -------
        tuple of int
            Bits and numbers.
        """
        tensors = self.arrays(state).values()
        return 8 * sum(x.numel() * x.element_size() for x in tensors), sum(x.numel() for x in tensors)

    def gates(self, x: Tensor) -> dict[str, Any]:
        """Return further arguments of `mix` that depend on the token (batch, time, width).

        Parameters
        ----------
        x : Tensor of shape (batch, time, width)
            Tokens.

        Returns
        -------
        dict
            Arguments by their names.
        """
        return {}

    def forward(self, x: Tensor) -> Tensor:
        """Return y (batch, time, width) of tokens x, from the empty state."""
        return self.advance(x)[0]

    def advance(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Return (y, state after the last token), for tokens that follow those of `state`.

        Parameters
        ----------
        x : Tensor of shape (batch, time, width)
            Tokens.
        state : object, optional
            What was stored before them.

        Returns
        -------
        tuple
            y (batch, time, width), and the state after the last token.
        """
        x = self._fitting("x", x)
        state = self._continued(state, len(x))
        mixed, state = self.mix(
            self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x)), state, **self.gates(x)
        )
        return finite_result("x", self.output(self.join(mixed))), state  # (1)

    def write(self, keys: Tensor, values: Tensor, state: Any = None) -> Any:
        """Return the state after pairs (batch, item, width), stored one after the other.

        Parameters
        ----------
        keys, values : Tensor of shape (batch, item, width)
            The pairs.
        state : object, optional
            What was stored before them.

        Returns
        -------
        object
            The new state.
        """
        keys, values, state = self._pairs(keys, values, state)
        key, value = self.split(self.key(keys)), self.split(self.value(values))
        _, state = self.mix(key, key, value, state, **self.gates(keys))
        finite_result("keys", key, *(self.arrays(state).values() if self.holds else ()))
        return state

    def read(self, cues: Tensor, state: Any) -> Tensor:
        """Return what cues (batch, cue, width), each alone, bring back from `state`.

        Parameters
        ----------
        cues : Tensor of shape (batch, cue, width)
            The cues.
        state : object
            What is stored.

        Returns
        -------
        Tensor of shape (batch, cue, width)
            The answers.
        """
        cues = self._fitting("cues", cues)
        if self._continued(state, len(cues)) is None and self.holds:
            raise checks.refusal("state", "hold what was stored", "was None", "take it from write")
        return finite_result("cues", self.output(self.join(self.look_up(self.split(self.query(cues)), state))))

    def split(self, x: Tensor) -> Tensor:
        """Return (batch, time, width) as (batch, head, time, unit).

        Parameters
        ----------
        x : Tensor of shape (batch, time, width)
            Tokens.

        Returns
        -------
        Tensor of shape (batch, head, time, unit)
            The parts of each head.
        """
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def join(self, x: Tensor) -> Tensor:
        """Return (batch, head, time, unit) as (batch, time, width).

        Parameters
        ----------
        x : Tensor of shape (batch, head, time, unit)
            The parts of each head.

        Returns
        -------
        Tensor of shape (batch, time, width)
            Tokens.
        """
        return x.transpose(1, 2).flatten(-2)

    def _fitting(self, name: str, x: Tensor) -> Tensor:
        return tokens_like(name, x, self.width, self.key.weight)

    def _pairs(self, keys: Tensor, values: Tensor, state: Any) -> tuple[Tensor, Tensor, Any]:
        keys, values = self._fitting("keys", keys), self._fitting("values", values)
        if keys.shape != values.shape:
            raise checks.refusal("values", f"have the shape {tuple(keys.shape)} of keys", f"has {tuple(values.shape)}")
        return keys, values, self._continued(state, len(keys))

    def _continued(self, state: Any, batch: int) -> Any:
        """Return `state`, once it is known to be like those that this layer returns."""
        if state is None or torch.compiler.is_compiling():
            return state
        kind, like = self._forms()
        if not isinstance(state, kind):
            must, was = f"be a {kind.__name__}, as the layer returns it", f"was of type {type(state).__name__}"
            raise checks.refusal("state", must, was, "take it from advance or write")
        if self.holds:
            state_like(state, like, batch, self.key.weight.device, single=kind is Tensor)
        return state

    def _forms(self) -> tuple[type, tuple[Form, ...]]:
        """The type of a state, and what its tensors are like."""
        weight = self.key.weight
        if weight.dtype not in self._seen:
            with torch.no_grad(), torch.autocast(weight.device.type, enabled=False):
                one, two = (self.write(x, x) for x in (weight.new_ones(1, n, self.width) for n in (1, 2)))
            arrays = [list(self.arrays(state).values()) if self.holds else [] for state in (one, two)]
            self._seen[weight.dtype] = Tensor if isinstance(one, Tensor) else type(one), forms(*arrays)
        return self._seen[weight.dtype]
