"""
A spiking memory, spike by spike
================================

`CA3Attractor` is a circuit of integrate-and-fire cells. Items are wired by clipped Hebbian
synapses, and inhibition that feeds back keeps the activity at that of an item.
"""

import neuromem as nm

items = nm.patterns.sparse(8, 100, activity=0.1, rng=0)
cues = nm.cues.erase(items, 0.4, rng=1)
memory = nm.CA3Attractor(100).store(items)
trace = memory.trace(cues[:2])

record = trace.record
for place, name in enumerate(record.names):
    spikes = (record.place == place) & (record.copy == 0)
    print(f"{name:8} {record.sizes[place]:4} cells, {spikes.sum():4} spikes in {record.duration_ms:.0f} ms")

# %%
# The picture shows the states over the recall, the overlap with every stored item, and below them
# the spikes of the first cue.

figure = nm.plot(trace, items)
figure

# %%
# How many items does it hold, beside Willshaw's network of the same synapses? The experiment
# `attractor` asks it at full size, `stress` breaks the published CA3 and mends it.

for number in (4, 16, 64):
    items = nm.patterns.sparse(number, 100, activity=0.1, rng=0)
    cues = nm.cues.erase(items[:8], 0.4, rng=1)
    for memory in (nm.CA3Attractor(100), nm.Willshaw(100, activity=0.1)):
        exact = nm.metrics.exact(memory.store(items).recall(cues), items[:8]).mean()
        print(f"{number:3} items  {type(memory).__name__:13} exact {exact:.2f}")
