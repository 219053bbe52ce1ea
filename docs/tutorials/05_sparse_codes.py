"""
Sparse codes and Sparsey
========================

With few active units a binary matrix is enough. Willshaw's network clips its weights at one, and
still holds many more sparse items than it has units.
"""

import neuromem as nm

units, active = 400, 10
items = nm.patterns.sparse(500, units, activity=active / units, rng=0)
memory = nm.Willshaw(units, activity=active / units).store(items)
recalled = memory.recall(items)
print("items", memory.stored, " exact", nm.metrics.exact(recalled, items).mean())

# %%
# Sparsey gives each item a code of its own: in each module one cell wins. Where the input is
# familiar the most excited cell does; where it is new, chance has a say, so that new items get new
# codes and similar items get similar ones. An item is learnt in a single trial.

digits, labels = nm.patterns.digits(12, rng=0)
memory = nm.Sparsey(64).store(digits)
recalled = memory.recall(nm.cues.erase(digits, 0.3, rng=1))
print("exact from 70 % of the pixels", nm.metrics.exact(recalled, digits).mean().round(2))
figure = nm.plot(recalled, digits)
figure

# %%
# `similarity` measures how the overlap of codes follows that of the inputs.

data = nm.experiments.similarity.run(trials=10)
figure = nm.plot(data)
figure
