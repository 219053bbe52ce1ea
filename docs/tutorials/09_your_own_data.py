"""
Your own data
=============

Experiments take items from a file: an array of NumPy, a table, images, or recordings. Numbers that
aren't +1 and -1 are cut in two, and you say where.
"""

import tempfile
from pathlib import Path

import numpy as np

import neuromem as nm

folder = Path(tempfile.mkdtemp())
rates = np.random.default_rng(0).gamma(2.0, 3.0, size=(30, 48))  # such as firing rates (item, cell)
np.save(folder / "rates.npy", rates)

items = nm.patterns.load(folder / "rates.npy", cut="median")
print(items.shape, "values", np.unique(items), " active", (items > 0).mean().round(2))

# %%
# The array goes into any experiment as it is; so does the name of a file.

data = nm.experiments.completion.run(
    items=items, models=("hopfield", "hopfield:rule=projection", "attention"), stored=8, fractions=(0.0, 0.2, 0.4), trials=4
)
figure = nm.plot(data)
figure

# %%
# A result is an xarray Dataset: all trials, the options, the seed and the versions that made it.

recalled = data.exact.sel(damage="flip").mean(("item", "trial"))
print(recalled.to_series().unstack("fraction").round(2))

# %%
# A memory of your own goes where any other goes; this is a whole one. `examine` holds it to the
# laws that the memories here obey, and says which it breaks. In a file `my_file.py`,
# `neuromem check my_file.py:Nearest` does the same.


class Nearest:
    """The stored item that is nearest to the cue."""

    step_unit = "look"

    def __init__(self, units):
        self.units, self.items, self.cost = units, np.zeros((0, units)), nm.Cost(0, 0, np.nan)

    def store(self, keys, values=None):
        self.items = np.concatenate([self.items, keys])
        return self

    def recall(self, cues):
        best, ones = np.argmax(cues @ self.items.T, axis=1), np.ones(len(cues))
        self.cost = nm.Cost(64 * self.items.size, self.items.size, self.items.size)
        return nm.Recall(self.items[best], ones.astype(int), ones > 0, ones * self.items.size)

    def clear(self):
        self.items = self.items[:0]


data = nm.experiments.completion.run(models=(Nearest, "hopfield"), stored=12, fractions=(0.0, 0.2), trials=2)
print(data.exact.sel(damage="flip", fraction=0.2).mean(("item", "trial")).to_series().round(2).to_dict())
print([law for law, fault in nm.laws.examine(Nearest) if fault])
