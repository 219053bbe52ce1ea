"""
Attention is a memory
=====================

Attention compares a query with all keys and answers with a mean of the values. If keys and values
are the stored items and the query is a damaged one, it recalls.
"""

import numpy as np

import neuromem as nm

items = nm.patterns.random(100, 256, rng=0)
cues = nm.cues.flip(items, 0.3, rng=1)
for memory in (nm.Hopfield(256), nm.Attention(256)):
    recalled = memory.store(items).recall(cues)
    print(f"{type(memory).__name__:10} exact {nm.metrics.exact(recalled, items).mean():.2f}")

# %%
# The equation in NumPy. The weights of a softmax are so sharp here that one item takes nearly all.

memory = nm.Attention(256, steps=1).store(items)
scores = memory.beta * (cues @ items.T)
weights = np.exp(scores - scores.max(axis=1, keepdims=True))
weights /= weights.sum(axis=1, keepdims=True)
print("weight of the right item", weights[np.arange(100), np.arange(100)].mean().round(3))

# %%
# A softmax with a small beta averages over all items, and gives none of them back.

for beta in (0.005, 0.01, 0.02, 0.05, 0.2):
    recalled = nm.Attention(256, beta=beta, steps=1).store(items).recall(cues)
    print(f"beta {beta:5}  exact {nm.metrics.exact(recalled, items).mean():.2f}")

# %%
# A spiking circuit answers the same cues. The items are sparse now, as spikes are; some
# units of each cue are unknown.

items = nm.patterns.sparse(6, 64, activity=0.1, rng=0)
cues = nm.cues.erase(items, 0.4, rng=1)
for name in ("attention", "ca3_attractor"):
    memory = nm.models.make(name, 64, rng=0).store(items)
    recalled = memory.recall(cues)
    print(f"{name:26} exact {nm.metrics.exact(recalled, items).mean():.2f}  bits {memory.cost.bits:,}")

# %%
# `neuromem run retrieval` compares them at equal load and at equal bits, with spread over trials.
