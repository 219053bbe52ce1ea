"""Two layers of attention between frozen random embeddings, whose learned matrices are memories."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class TwoLayers(nn.Module):
    """Attention twice, with one head, of which two key matrices and one output matrix learn.

    Equations, numbered as in the code's comments:

        x_t = E[z_t] + P[t]                                                                    (1)
        h_t = x_t + W_O1 W_V1 sum_s a_ts x_s,  a = softmax over s <= t of x_t.W_K1 x_s / sqrt d  (2)
        y_t = h_t + W_O2 W_V2 sum_s b_ts h_s,  b = softmax over s <= t of h_t.W_K2 h_s / sqrt d  (3)
        logits = U y_t                                                                         (4)

    E, P and sqrt(d) U are normal; W_V1, W_V2 and W_O1 are uniform within 1 / sqrt d, and so are
    W_K1, W_K2 and W_O2 at first, which alone learn.

    Parameters
    ----------
    vocabulary, length, width : int
        Tokens, places and the dimension d.
    """

    def __init__(self, vocabulary: int, length: int, width: int):
        super().__init__()
        self.embedding, self.place = nn.Buffer(torch.randn(vocabulary, width)), nn.Buffer(torch.randn(length, width))
        self.unembedding = nn.Buffer(torch.randn(vocabulary, width) * width**-0.5)
        drawn = [torch.empty(width, width).uniform_(-(width**-0.5), width**-0.5) for _ in range(6)]
        self.value, self.moved = nn.Buffer(drawn[0]), nn.Buffer(drawn[1] @ drawn[2])  # W_V2, W_O1 W_V1
        self.key1, self.key2, self.output = map(nn.Parameter, drawn[3:])

    def forward(self, tokens: Tensor, asked: Tensor) -> Tensor:
        """Return the logits (question, token) where `asked` (batch, time) is True."""
        x = self.embedding[tokens] + self.place[: tokens.shape[1]]  # (1)
        h = x + attended(x, x @ self.key1.T, x @ self.moved.T)  # (2)
        y = h + attended(h, h @ self.key2.T, h @ self.value.T) @ self.output.T  # (3)
        return y[asked] @ self.unembedding.T  # (4)

    @torch.no_grad()
    def recalled(self, triggers: int) -> tuple[float, float, float]:
        """Return the shares of what the three memories are to hold that they recall best of all.

        The output matrix holds each token under its own value, the second keys each trigger under
        what the first layer moves of it, and the first keys each place under the next.
        """
        one, moved = self.embedding, self.embedding[:triggers] @ self.moved.T
        output = one @ self.value.T @ self.output.T @ self.unembedding.T
        second = self.embedding[:triggers] @ self.key2 @ moved.T
        first = self.place[1:] @ self.key1 @ self.place[:-1].T
        best = [(scores.argmax(1) == torch.arange(len(scores))).float().mean() for scores in (output, second, first)]
        return float(best[0]), float(best[1]), float(best[2])


def attended(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Return the means of the values so far, by the softmax of query.key / sqrt d."""
    return nn.functional.scaled_dot_product_attention(query[:, None], key[:, None], value[:, None], is_causal=True)[:, 0]
