"""
At scale: processes, Dask, resuming, and a GPU
==============================================

Every experiment is a grid of points that don't depend on each other. They run on all cores unless
told otherwise, and each point has its own seed, so that the numbers are the same however many
workers there are.
"""

import tempfile
from pathlib import Path

import neuromem as nm

folder = Path(tempfile.mkdtemp())
asked = {"models": ("hopfield", "attention"), "units": 64, "loads": (0.05, 0.1, 0.2), "trials": 2}
with nm.sweep.on(workers=1):
    one = nm.experiments.capacity.run(**asked)
with nm.sweep.on(workers=2):
    two = nm.experiments.capacity.run(**asked)
print("the same numbers:", bool((one.exact == two.exact).all()))
figure = nm.plot(two)
figure

# %%
# A run that keeps its points in a folder goes on where it was stopped, with the very same numbers.

with nm.sweep.on(store=folder / "capacity.zarr"):
    nm.experiments.capacity.run(**asked)
with nm.sweep.on(store=folder / "capacity.zarr", resume=True):
    again = nm.experiments.capacity.run(**asked)
print("the same numbers:", bool((one.exact == again.exact).all()))

# %%
# On the command line, in this order: how long will it take, do it, finish it, and do it on a Dask
# cluster::
#
#     neuromem run phase_diagram --units 2000 --dry-run
#     neuromem run phase_diagram --units 2000
#     neuromem run phase_diagram --units 2000 --resume
#     neuromem run phase_diagram --units 2000 --scheduler tcp://HOST:8786
#
# With CuPy a memory works where its items lie, and `phase_diagram`, `capacity`, `basins` and
# `completion` take `--device cuda`. `neuromem doctor` says what works on this machine.
