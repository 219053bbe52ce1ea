"""
Capacity and the diagram of Amit, Gutfreund and Sompolinsky
===========================================================

How many items does a Hopfield network hold? Theory says 0.138 for each unit, without noise, in an
infinite network.
"""

import matplotlib.pyplot as plt
import numpy as np

import neuromem as nm

print("critical load", round(nm.theory.hopfield.critical_load(), 4))

# %%
# Measure it: networks of 500 units at growing loads, each load with items of five seeds.

units, loads = 500, np.arange(0.06, 0.21, 0.02)
overlaps = np.zeros((len(loads), 5))
for i, load in enumerate(loads):
    for seed in range(5):
        items = nm.patterns.random(int(load * units), units, rng=seed)
        memory = nm.Hopfield(units, rng=seed).store(items)
        overlaps[i, seed] = nm.metrics.overlap(memory.recall(items), items).mean()

figure, axes = plt.subplots(figsize=(6, 3.5))
axes.errorbar(loads, overlaps.mean(1), overlaps.std(1), fmt="o", label="measured, 500 units")
axes.axvline(nm.theory.hopfield.critical_load(), color="grey", label="theory, infinitely many units")
axes.set(xlabel="items stored for each unit", ylabel="overlap of the recalled item", ylim=(0, 1.05))
_ = axes.legend(frameon=False)

# %%
# With noise there is a whole diagram. `phase_diagram` measures it and draws the lines of theory on
# top; this one is small, and each of its points has the spread over its trials in the data.

data = nm.experiments.phase_diagram.run(network="hopfield", units=200, resolution=6, trials=2)
figure = nm.plot(data)
figure

# %%
# The command line does the same, larger: `neuromem run phase_diagram --units 2000 --resolution 32`.
# It says with `--dry-run` how long it will take, and finishes with `--resume` what was stopped.
