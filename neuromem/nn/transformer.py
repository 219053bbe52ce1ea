"""A small language model whose mixer is any memory layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from neuromem import checks
from neuromem.arrays import bits_of

from .attention import Attention
from .convolution import ShortConvolution
from .from_torch import as_mixer, made
from .inputs import finite_result, tokens_like
from .mixer import Mixer

State = list[tuple[Any, Any]]  # of each block: convolution, mixer


class Block(nn.Module):
    """Residual block around a mixer.

    x <- x + mixer(h + convolution(h)), h = norm(x);  x <- x + mlp(norm(x)), where there is one.

    Parameters
    ----------
    mixer : Mixer or torch.nn.Module
        The memory, as `as_mixer` takes it.
    convolution : int
        Taps of the convolution, 0 for none.
    expansion : int
        Hidden units of the MLP in widths, 0 for none.
    """

    def __init__(self, mixer: Mixer | nn.Module, convolution: int, expansion: int):
        super().__init__()
        mixer = as_mixer(mixer, argument="mixer")
        width = mixer.width
        convolution = checks.whole("convolution", convolution, least=0, way_out="give the taps, such as 4, or 0 for none")
        expansion = checks.whole("expansion", expansion, least=0, way_out="give a factor such as 4, or 0 for no MLP")
        checks.fits("expansion", 8 * 2 * expansion * width**2, "take a smaller factor")
        self.mixer, self.norm = mixer, nn.RMSNorm(width)
        self.convolution = ShortConvolution(width, convolution) if convolution else None
        self.mlp = (
            nn.Sequential(
                nn.RMSNorm(width), nn.Linear(width, expansion * width), nn.GELU(), nn.Linear(expansion * width, width)
            )
            if expansion
            else None
        )

    def forward(self, x: Tensor, state: tuple[Any, Any]) -> tuple[Tensor, tuple[Any, Any]]:
        """Return x after the block, and the states of its convolution and its mixer."""
        x = tokens_like("x", x, self.mixer.width, self.mixer.like)
        if not isinstance(state, tuple) or len(state) != 2:
            must = "be the states of convolution and mixer"
            raise checks.refusal("state", must, checks.shown(state), "give (None, None) at the start")
        nearby, memory = state
        h = self.norm(x)
        if self.convolution is not None:
            mixed, nearby = self.convolution.advance(h, nearby)
            h = h + mixed
        y, memory = self.mixer.advance(h, memory)
        x = x + y
        return finite_result("x", x if self.mlp is None else x + self.mlp(x)), (nearby, memory)


class Transformer(nn.Module):
    """Language model: tokens (batch, time) -> logits of the next (batch, time, vocabulary).

    Order is known from the convolution and from causality alone. There are no position codes, so
    that the length of a sequence is free.

    Parameters
    ----------
    vocabulary : int
        Number of tokens.
    width : int
        Features of a token.
    depth : int, default 2
        Number of blocks.
    mixer : callable or sequence of callables, default Attention
        A call width -> layer, such as a class of `neuromem.nn`, a subclass of
        `neuromem.nn.Mixer`, functools.partial(FastWeights, heads=2), or functools.partial(
        torch.nn.MultiheadAttention, num_heads=4): any torch module that maps (query, key, value).
        Several make a hybrid, in turn over the blocks.
    convolution : int, default 4
        Taps of a short convolution before each mixer, 0 for none. With it a token can be stored
        under the one before it, in one layer.
    expansion : int, default 0
        Hidden units of an MLP after each mixer, in widths, 0 for none.

    Raises
    ------
    InputError
        If a size can't be used, a mixer gives no Mixer, or a token is no whole number below
        `vocabulary`.

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> model = Transformer(16, 8, 1)
    >>> model(torch.tensor([[1, 2, 3]])).shape, model.generate(torch.tensor([[1, 2, 3]]), 2).shape
    (torch.Size([1, 3, 16]), torch.Size([1, 5]))
    """

    def __init__(
        self,
        vocabulary: int,
        width: int,
        depth: int = 2,
        *,
        mixer: Callable[[int], nn.Module] | Sequence[Callable[[int], nn.Module]] = Attention,
        convolution: int = 4,
        expansion: int = 0,
    ):
        super().__init__()
        self.vocabulary = vocabulary = checks.whole("vocabulary", vocabulary, least=2)
        width = checks.whole("width", width, way_out="give the features of a token, such as 64")
        depth = checks.whole("depth", depth)
        checks.fits("depth", (20_000 + 4 * 6 * width**2) * depth, "take fewer blocks")
        convolution = checks.whole("convolution", convolution, least=0, way_out="give the taps, such as 4, or 0 for none")
        expansion = checks.whole("expansion", expansion, least=0, way_out="give a factor such as 4, or 0 for no MLP")
        checks.fits("vocabulary", 8 * vocabulary * width, "take fewer tokens or a smaller width")
        mixers = [mixer] if callable(mixer) else list(mixer) if isinstance(mixer, list | tuple) else []
        if not mixers or not all(map(callable, mixers)):
            raise checks.refusal("mixer", "be a call width -> Mixer, or several", checks.shown(mixer), "give nn.FastWeights")
        self.embedding = nn.Embedding(vocabulary, width)
        self.blocks = nn.ModuleList(
            Block(made(mixers[i % len(mixers)], width), convolution, expansion) for i in range(depth)
        )
        self.norm = nn.RMSNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)
        nn.init.normal_(self.embedding.weight, std=width**-0.5)
        self.head.weight = self.embedding.weight

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the logits of the next token after each of `tokens`."""
        return self.head(self.features(tokens))

    def features(self, tokens: Tensor) -> Tensor:
        """Return what `head` reads the logits from, (batch, time, width).

        Parameters
        ----------
        tokens : Tensor of shape (batch, time)
            Whole numbers below the vocabulary.

        Returns
        -------
        Tensor of shape (batch, time, width)
            Features.
        """
        return self.advance(tokens)[0]

    def advance(self, tokens: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Return (features, state after the last token) for tokens that follow those of `state`.

        Parameters
        ----------
        tokens : Tensor of shape (batch, time)
            Whole numbers below the vocabulary.
        state : list, optional
            Of each block, the states of convolution and mixer; None at the start.

        Returns
        -------
        tuple
            Features (batch, time, width), and the new state.
        """
        x = finite_result("the model's weights", self.embedding(self._known(tokens)))
        after = []
        for block, before in self._with([(None, None)] * len(self.blocks) if state is None else state):
            x, one = block(x, before)
            after.append(one)
        return self.norm(x), after

    def held(self, state: State) -> int:
        """Return the bits of `state`, what the model holds of the sequence beside its weights.

        Parameters
        ----------
        state : list
            As `advance` gives it.

        Returns
        -------
        int
            Bits.
        """
        parts = list(self._with(state))
        nearby = [tokens for _, (tokens, _) in parts if tokens is not None]
        return bits_of(*nearby) + sum(block.mixer.held(memory)[0] for block, (_, memory) in parts)

    def operations(self, state: State) -> int:
        """Return the multiply-adds of one more token: each weight once, and all reading.

        Parameters
        ----------
        state : list
            As `advance` gives it.

        Returns
        -------
        int
            The number.
        """
        return sum(weight.numel() for weight in self.parameters()) + sum(
            max(0, block.mixer.operations(memory) - block.mixer.counted()) for block, (_, memory) in self._with(state)
        )

    def _with(self, state: State) -> Iterator[tuple[Any, tuple[Any, Any]]]:
        pairs = isinstance(state, list) and all(isinstance(one, tuple) and len(one) == 2 for one in state)
        if not pairs or len(state) != len(self.blocks):
            must = f"be a list of {len(self.blocks)} pairs, one a block"
            raise checks.refusal("state", must, checks.shown(state), "take it from advance")
        return zip(self.blocks, state, strict=True)

    def _known(self, tokens: Tensor) -> Tensor:
        must = f"be whole numbers from 0 to {self.vocabulary - 1} of shape (batch, time)"
        if not isinstance(tokens, Tensor):
            raise checks.refusal("tokens", must, f"are a {type(tokens).__name__}", "turn them into one with torch.tensor")
        whole = tokens.dtype in (torch.int32, torch.int64) and tokens.layout == torch.strided
        if tokens.ndim != 2 or not whole or 0 in tokens.shape:
            raise checks.refusal("tokens", must, f"are {tokens.layout} {tokens.dtype} of shape {tuple(tokens.shape)}")
        if tokens.device != self.head.weight.device:
            raise checks.refusal("tokens", f"be on {self.head.weight.device} like the model", f"are on {tokens.device}")
        if tokens.is_cpu and not torch.compiler.is_compiling() and not 0 <= tokens.min() <= tokens.max() < self.vocabulary:
            raise checks.refusal("tokens", must, f"reach from {int(tokens.min())} to {int(tokens.max())}")
        return tokens

    @torch.no_grad()
    def generate(self, tokens: Tensor, number: int) -> Tensor:
        """Return `tokens` (batch, time) and the `number` likeliest tokens that follow.

        Each is computed once, from the state that is kept.

        Parameters
        ----------
        tokens : Tensor of shape (batch, time)
            The prompt.
        number : int
            How many tokens to add.

        Returns
        -------
        Tensor of shape (batch, time + number)
            The prompt and the new tokens.
        """
        features, state = self.advance(tokens)
        for _ in range(checks.whole("number", number)):
            new = self.head(features[:, -1:]).argmax(-1)
            tokens = torch.cat([tokens, new], 1)
            features, state = self.advance(new, state)
        return tokens
