"""
Learning rules, and a rule of your own
======================================

A Hopfield network learns its weights by Hebb's rule unless told otherwise. Other rules stand items
that resemble each other, or hold more of them.
"""

import numpy as np

import neuromem as nm

items = nm.patterns.correlated(10, 100, correlation=0.4, rng=0)
cues = nm.cues.flip(items, 0.1, rng=1)
for rule in ("hebb", "storkey", "projection", "perceptron"):
    recalled = nm.Hopfield(100, rule=rule).store(items).recall(cues)
    print(f"{rule:12} exact {nm.metrics.exact(recalled, items).mean():.1f}")

# %%
# A rule of your own is a function of all items, one a row, that returns the weights. This one takes
# the correlations of the items out softly: a ridge keeps the inverse from growing without end.


def softened(x, ridge=0.1):
    """The projection rule with a ridge."""
    overlaps = x @ x.T / x.shape[1]
    return x.T @ np.linalg.solve(overlaps + ridge * np.eye(len(x)), x) / x.shape[1]


recalled = nm.Hopfield(100, rule=softened).store(items).recall(cues)
print(f"{'softened':12} exact {nm.metrics.exact(recalled, items).mean():.1f}")

# %%
# Up to what load and damage does it retrieve? Any memory goes into an experiment as a name, a class
# or a function `(units, rng)`, and every number comes with its spread over trials. A function that
# takes a temperature, too, is heated where an experiment does so.


def mine(units, rng=0, temperature=0.0):
    """A Hopfield network with the rule above."""
    return nm.Hopfield(units, rule=softened, rng=rng, temperature=temperature)


models = ("hopfield", mine)
asked = {"units": 60, "stored": (3, 6, 12, 24), "fractions": (0.0, 0.1, 0.2), "trials": 3}
data = nm.experiments.basins.run(models=models, **asked)
figure = nm.plot(data)
figure

# %%
# The phase diagram of your rule, over load, damage and temperature, is the same with more points.

asked = {"units": 60, "resolution": 5, "load": 1.2, "temperature": 0.9, "trials": 3}
data = nm.experiments.phase_diagram.run(models=(mine,), **asked)
figure = nm.plot(data)
figure

# %%
# The points in the picture are the loads at which half of the recalls still succeed, with their
# standard errors over trials. `boundary` gives them as numbers, along the damage, or with
# `"heated"` along the temperature. One trial has no error, and NaN stands where recall does not end
# within the map, or has ended before its smallest load: another `load=` moves the end of the map.

for variable, axis in (("overlap", "fraction"), ("heated", "temperature")):
    ends = nm.experiments.phase_diagram.boundary(data, variable).sel(model="mine")
    for place in ends[axis].values:
        load, error = (float(one.sel({axis: place})) for one in (ends["load"], ends.error))
        print(f"{axis} {place:.2f}  recalls up to a load of {load:.2f} +- {error:.2f}")

# %%
# On the command line the same rule, in a file `rules.py`, is `hopfield:rule=rules.py:softened`. A
# first look, the time that the whole will take, and the whole, with a table of where recall ends
# ("-" where it does not end within the map)::
#
#     RULE=hopfield:rule=rules.py:softened
#     neuromem run phase_diagram --models $RULE --quick
#     neuromem run phase_diagram --models $RULE --trials 5 --load 1 --dry-run
#     neuromem run phase_diagram --models $RULE --trials 5 --load 1
#
# `hopfield,hopfield:rule=rules.py:softened` maps Hebb's rule beside it, with the line of theory.
# `neuromem check hopfield:rule=rules.py:softened` asks it for the laws of a memory.
