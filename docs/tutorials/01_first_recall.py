"""
First recall
============

A memory stores items, and gives one back from a damaged cue. Items are rows of +1 and -1.
"""

import neuromem as nm

items = nm.patterns.random(20, 256, rng=0)  # (item, unit)
cues = nm.cues.flip(items, 0.2, rng=1)  # a fifth of the units inverted

memory = nm.Hopfield(256).store(items)
recalled = memory.recall(cues)
print("overlap", nm.metrics.overlap(recalled, items).mean().round(3))
print("exactly right", nm.metrics.exact(recalled, items).mean())

# %%
# Every memory is used in the same way, and says what it costs: the bits that it must hold, and the
# operations of a recall.

for memory in (nm.Hopfield(256), nm.Attention(256), nm.Pavlov(256, rule="delta")):
    recalled = memory.store(items).recall(cues)
    exact = nm.metrics.exact(recalled, items).mean()
    print(f"{type(memory).__name__:10} exact {exact:.2f}  bits {memory.cost.bits}")

# %%
# A recall has a way: `trace` keeps the states between the cue and the answer. Handwritten digits
# resemble each other, which Hebb's rule does not stand; the projection rule removes their
# correlations. A frame marks a pixel that has changed since the image before; the energy never
# rises.

digits, labels = nm.patterns.digits(8, rng=0)
damaged = nm.cues.flip(digits, 0.2, rng=1)
memory = nm.Hopfield(64, rule="projection").store(digits)
trace = memory.trace(damaged)
figure = nm.plot(trace, digits)
figure

# %%
# How many pixels were wrong in the cue, and how many are wrong in the answer?

print("wrong in the cues   ", (damaged != digits).sum(axis=1))
print("wrong in the answers", (trace.recall.items != digits).sum(axis=1))
