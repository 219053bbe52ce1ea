"""
Your own layer in a transformer
===============================

A layer that mixes tokens is a memory: keys and values are written, queries are read. Here a layer
of your own is trained to recall pairs told earlier in a sequence, and is then put on the bench of
biological memories.
"""

import torch

import neuromem as nm

torch.manual_seed(0)
lessons, test = (nm.nn.tasks.mqar(number, length=16, pairs=3, vocabulary=32, rng=number) for number in (3000, 300))


class Squared(nm.nn.Attention):
    """Attention whose scores are sharper: its queries are doubled."""

    def mix(self, query, key, value, state, **gates):
        return super().mix(2 * query, key, value, state, **gates)

    def look_up(self, query, state, **asked):
        return super().look_up(2 * query, state, **asked)


for mixer in (Squared, nm.nn.FastWeights):
    torch.manual_seed(0)
    model = nm.nn.Transformer(vocabulary=32, width=32, depth=2, mixer=mixer)
    progress = nm.nn.training.train(model, lessons, test, steps=150)
    print(f"{mixer.__name__:12} answers {progress.accuracy:.0%} of the keys")

# %%
# These steps are enough for fast weights, while attention is still learning.
#
# Untrained, any layer is a memory with `store` and `recall`.

items = nm.patterns.random(8, 64, rng=0)
memory = nm.nn.as_memory(Squared(64))
recalled = memory.store(items).recall(nm.cues.erase(items, 0.3, rng=1))
print("exact", nm.metrics.exact(recalled, items).mean(), " bits", memory.cost.bits)

# %%
# `neuromem run associative_recall` gives trained layers and untrained biological memories the same
# sequences; `neuromem run retrieval` sets attention beside CA3 at equal bits. A layer of yours, in
# a file, is `my_layer.py:Squared` there.
