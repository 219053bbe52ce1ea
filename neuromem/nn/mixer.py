"""What every memory layer shares: projections, a pass over a sequence, storing and reading."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from neuromem import checks

from .inputs import finite_result, tokens_like
from .masks import attend
from .state import Holding


class Mixer(Holding):
    """Layer around one memory for each head, which tokens write by key and value and read by query.

    Equations, numbered as in the code's comments:

        q, k, v = W_q x, W_k x, W_v x, split into heads of width / heads units
        o = what the memory gives for q;  y = W_o o                                            (1)

    At first W_k and W_v are random rotations, or 1 for a memory of signs, W_q = W_k and W_o =
    W_v^T: an untrained layer is already a memory of its inputs as they are. The weights come from
    torch's generator (torch.manual_seed), like those of any torch layer.

    A subclass gives `mix`, the memory over a sequence, `look_up`, the memory for cues, and
    `operations`; all else follows. A state is a tensor or a tuple of tensors, named by `holds`;
    None is the empty state.

    Parameters
    ----------
    width : int
        Features of a token.
    heads : int, default 1
        Number of memories; a divisor of the width.
    value_width : int, optional
        Features of a value, and of what a query reads; by default the width.
    rotated : bool, default True
        Whether W_k and W_v are random rotations at first, or 1.

    Raises
    ------
    InputError
        If the heads don't divide the widths; if there is no token, or one has another width, type
        or device than the weights (under torch.autocast any floating type is taken); if what is
        given holds NaN or infinity, or leads to it. The last is asked on the CPU alone, and not in
        a compiled graph.

    Examples
    --------
    A layer of your own: the mean of all values so far, whatever the query.

    >>> class Mean(Mixer):
    ...     holds = ("sum", "count")
    ...
    ...     def mix(self, query, key, value, state, **gates):  # all are (batch, head, time, unit)
    ...         total, count = state or (0 * value[:, :, :1], value.new_zeros(len(value)))
    ...         number = count[:, None] + torch.arange(1, value.shape[2] + 1).to(value)
    ...         sums = total + value.cumsum(2)
    ...         return sums / number[:, None, :, None], (sums[:, :, -1:], number[:, -1])
    ...
    ...     def look_up(self, query, state):
    ...         return (state[0] / state[1][:, None, None, None]).expand_as(query)
    ...
    ...     def operations(self, state):
    ...         return self.value_width
    >>> layer = Mean(4, rotated=False)
    >>> layer(torch.tensor([[[1.0, 0, 0, 0], [3, 0, 0, 4]]])).tolist()
    [[[1.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 2.0]]]
    """

    def __init__(self, width: int, *, heads: int = 1, value_width: int | None = None, rotated: bool = True):
        super().__init__()
        self.width = width = checks.whole("width", width, way_out="give the features of a token, such as 64")
        self.value_width = self.width if value_width is None else checks.whole("value_width", value_width)
        largest = 4 * 6 * max(width, self.value_width) ** 2  # float32: four projections, and making one
        checks.fits("width", largest, "take a smaller width")
        self.heads = heads = checks.whole("heads", heads, way_out="give a divisor of the width, such as 1")
        for name, size in (("width", width), ("value_width", self.value_width)):
            if size % heads:
                divisor = max(n for n in range(1, min(heads, size + 1)) if not size % n)
                raise checks.refusal("heads", f"divide the {name} {size}", f"was {heads}", f"give for example {divisor}")
        self.query, self.key = (nn.Linear(width, width, bias=False) for _ in range(2))
        self.value, self.output = (nn.Linear(self.value_width, self.value_width, bias=False) for _ in range(2))
        for projection in (self.key, self.value):
            (nn.init.orthogonal_ if rotated else nn.init.eye_)(projection.weight)
        with torch.no_grad():
            self.query.weight.copy_(self.key.weight)
            self.output.weight.copy_(self.value.weight.T)

    @property
    def like(self) -> Tensor:
        """A tensor of the type and on the device of the layer."""
        return self.key.weight

    def example(self, items: int) -> tuple[Tensor, Tensor]:
        """Return keys and values (1, item, width) that the layer can write."""
        return self.like.new_ones(1, items, self.width), self.like.new_ones(1, items, self.value_width)

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
            What `gates` and `asks` give.

        Returns
        -------
        tuple
            o (batch, head, time, unit), and the state after the last token.
        """
        raise NotImplementedError

    def look_up(self, query: Tensor, state: Any, **asked: Any) -> Tensor:
        """Return o (batch, head, cue, unit) from what `state` holds, for each query alone.

        Parameters
        ----------
        query : Tensor of shape (batch, head, time, unit)
            Queries q.
        state : object
            What is stored.
        **asked : object
            What `asks` gives.

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

    def gates(self, x: Tensor) -> dict[str, Any]:
        """Return further arguments of `mix` that depend on what is stored, (batch, time, width).

        Parameters
        ----------
        x : Tensor of shape (batch, time, width)
            Tokens, as keys.

        Returns
        -------
        dict
            Arguments by their names.
        """
        return {}

    def asks(self, x: Tensor) -> dict[str, Any]:
        """Return further arguments of `mix` and `look_up` that depend on what asks.

        Parameters
        ----------
        x : Tensor of shape (batch, time, width)
            Tokens, as queries.

        Returns
        -------
        dict
            Arguments by their names.
        """
        return {}

    def forward(
        self,
        x: Tensor,
        key: Tensor | None = None,
        value: Tensor | None = None,
        *,
        causal: bool = True,
        padding: Tensor | None = None,
    ) -> Tensor:
        """Return y (batch, time, value width) of tokens, from the empty state.

        Parameters
        ----------
        x : Tensor of shape (batch, time, width)
            Tokens, or what asks.
        key, value : Tensor of shape (batch, time, width), optional
            What is stored; by default x, and the key.
        causal : bool, default True
            Whether a token reads what was stored up to it; False: each reads all pairs.
        padding : Tensor of shape (batch, time), optional
            True where a key is no token: it is neither stored nor does anything fade there.

        Returns
        -------
        Tensor of shape (batch, time, value width)
            y, with zeros for x that are padding themselves where `causal`.
        """
        key = x if key is None else key
        return attend(self, x, key, key if value is None else value, causal, padding)

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
        return self.exchange(x, x, x, state)

    def exchange(self, x: Tensor, key: Tensor, value: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Return (y, state after the last pair); x reads after the pair of its time is stored.

        Parameters
        ----------
        x, key, value : Tensor of shape (batch, time, width)
            What asks, and the pairs.
        state : object, optional
            What was stored before them.

        Returns
        -------
        tuple
            y (batch, time, value width), and the state after the last pair.
        """
        x = self._fitting("x", x)
        key = x if key is x else self._fitting("key", key)
        if value is x and self.value_width != self.width:
            must, was = f"have the {self.value_width} features of value_width", f"was x, which has {self.width}"
            raise checks.refusal("value", must, was, "give values, or leave value_width out")
        value = x if value is x else self._fitting("value", value, self.value_width)
        if key.shape[:2] != x.shape[:2] or value.shape[:2] != x.shape[:2]:
            must = f"have the batch and times of x, {tuple(x.shape[:2])}, where causal"
            raise checks.refusal("key", must, f"has {tuple(key.shape[:2])}, value {tuple(value.shape[:2])}")
        state = self._continued(state, len(x))
        more = {**self.gates(key), **self.asks(x)}
        query, key, value = (self.split(y) for y in (self.query(x), self.key(key), self.value(value)))
        mixed, state = self.mix(query, key, value, state, **more)
        return finite_result("x", self.output(self.join(mixed))), state  # (1)

    def write(self, keys: Tensor, values: Tensor, state: Any = None) -> Any:
        """Return the state after pairs (batch, item, width), stored one after the other."""
        keys, values, state = self._pairs(keys, values, state)
        key, value = self.split(self.key(keys)), self.split(self.value(values))
        _, state = self.mix(key, key, value, state, **self.gates(keys), **self.asks(keys))
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
        Tensor of shape (batch, cue, value width)
            The answers.
        """
        cues = self._fitting("cues", cues)
        if self._continued(state, len(cues)) is None and self.holds:
            raise checks.refusal("state", "hold what was stored", "was None", "take it from write")
        read = self.look_up(self.split(self.query(cues)), state, **self.asks(cues))
        return finite_result("cues", self.output(self.join(read)))

    def split(self, x: Tensor) -> Tensor:
        """Return x (batch, time, width) as (batch, head, time, unit).

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
        """Return x (batch, head, time, unit) as (batch, time, width).

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

    def _fitting(self, name: str, x: Tensor, width: int | None = None) -> Tensor:
        return tokens_like(name, x, width or self.width, self.like)

    def _pairs(self, keys: Tensor, values: Tensor, state: Any) -> tuple[Tensor, Tensor, Any]:
        keys, values = self._fitting("keys", keys), self._fitting("values", values, self.value_width)
        if keys.shape[:2] != values.shape[:2]:
            raise checks.refusal("values", f"have the batch and items of keys, {keys.shape[:2]}", f"has {values.shape[:2]}")
        return keys, values, self._continued(state, len(keys))
