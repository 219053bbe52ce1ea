"""What a layer holds of a sequence: tensors with names, which can be counted and replaced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from neuromem import checks

from .inputs import Form, forms, state_like


class Holding(nn.Module):
    """Layer with a state, a tensor or a tuple of tensors that `holds` names; None is the empty one.

    A subclass gives `write` and `like`.

    Attributes
    ----------
    holds : tuple of str
        What the tensors of a state are called, in their order.
    exceptions : mapping of str to str
        Laws that the layer breaks as a memory by design, and why.
    part : float
        Share of its batch that the layer is given in a call; 1 but where padding parts the batch.
    """

    holds: tuple[str, ...] = ()
    exceptions: ClassVar[Mapping[str, str]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.part = 1.0
        self._seen: dict[torch.dtype, tuple[type, tuple[Form, ...]]] = {}  # of `_forms`

    @property
    def like(self) -> Tensor:
        """A tensor of the type and on the device of the layer."""
        raise NotImplementedError

    def example(self, items: int) -> tuple[Tensor, Tensor]:
        """Return keys and values (1, item, width) that the layer can write.

        Parameters
        ----------
        items : int
            How many.

        Returns
        -------
        tuple of Tensor
            Keys and values, all 1.
        """
        raise NotImplementedError

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
        raise NotImplementedError

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

    def counted(self) -> int:
        """Return for how many of its weights the layer's `operations` count a multiply-add.

        Returns
        -------
        int
            The number; 0 where they count what reads a state alone.
        """
        return 0

    def _continued(self, state: Any, batch: int) -> Any:
        """Return `state`, once it is known to be like those that this layer returns."""
        if state is None or torch.compiler.is_compiling():
            return state
        kind, like = self._forms()
        if not isinstance(state, kind):
            must, was = f"be a {kind.__name__}, as the layer returns it", f"was of type {type(state).__name__}"
            raise checks.refusal("state", must, was, "take it from advance or write")
        if self.holds:
            state_like(state, like, batch, self.like.device, single=kind is Tensor)
        return state

    def _forms(self) -> tuple[type, tuple[Form, ...]]:
        """The type of a state, and what its tensors are like."""
        if self.like.dtype not in self._seen:
            with torch.no_grad(), torch.autocast(self.like.device.type, enabled=False):
                one, two = (self.write(*self.example(n)) for n in (1, 2))
            arrays = [list(self.arrays(state).values()) if self.holds else [] for state in (one, two)]
            self._seen[self.like.dtype] = Tensor if isinstance(one, Tensor) else type(one), forms(*arrays)
        return self._seen[self.like.dtype]
