"""
Dense networks, and learning from examples
==========================================

In a dense network P spins interact at once, and the number of items that it holds grows as the
power P - 1 of its units.
"""

import neuromem as nm

units = 60
items = nm.patterns.random(40, units, rng=0)
cues = nm.cues.flip(items, 0.1, rng=1)
for order in (2, 3, 4):
    recalled = nm.DenseHebbian(units, order=order).store(items).recall(cues)
    print(f"order {order}  exact {nm.metrics.exact(recalled, items).mean():.2f}")

# %%
# A network may never see the item itself, the archetype, but only noisy examples of it. Each
# example here agrees with its archetype on 65 % of the units.

archetypes = nm.patterns.random(3, 200, rng=0)
for number in (1, 4, 16, 64):
    examples, _ = nm.patterns.examples(archetypes, number, quality=0.3, rng=1)
    memory = nm.Hopfield(200).store(examples.reshape(-1, 200))
    overlap = nm.metrics.overlap(memory.recall(archetypes), archetypes).mean()
    print(f"{number:3} examples each: overlap with what was never seen {overlap:.2f}")

# %%
# `learning` measures how many are enough, beside the theory.

data = nm.experiments.learning.run(
    units=(100,), orders=(2,), loads=(0.05,), qualities=(0.4, 0.7), examples=(1, 4, 16, 64), trials=2
)
figure = nm.plot(data)
figure
