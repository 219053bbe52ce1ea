"""The files of a user's own study: a memory, a rule, a torch module, items, and the script that uses them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

MEMORY = """
import numpy as np
import neuromem as nm

class Nearest:
    step_unit = "look"

    def __init__(self, units, depth=1):
        self.units, self.depth, self.items, self.cost = units, depth, np.zeros((0, units)), nm.Cost(0, 0, np.nan)

    def store(self, keys, values=None):
        self.items = np.concatenate([self.items, keys])
        return self

    def recall(self, cues):
        best, ones = np.argmax(cues @ self.items.T, axis=1), np.ones(len(cues))
        self.cost = nm.Cost(64 * self.items.size, self.items.size, self.items.size)
        return nm.Recall(self.items[best], ones.astype(int), ones > 0, ones * self.items.size)

    def clear(self):
        self.items = self.items[:0]
"""
RULE = """
import numpy as np

def clipped(items):
    return np.sign(items.T @ items)
"""
LAYER = """
import torch

class Dot(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.width = width

    def forward(self, query, key, value):
        return torch.softmax(query @ key.transpose(-1, -2), -1) @ value
"""
STUDY = """
import sys
import numpy as np
import neuromem as nm
from neuromem.experiments import capacity, completion, phase_diagram, retrieval

models = ("my_memory.py:Nearest:depth=2", "hopfield:rule=my_rule.py:clipped", "my_layer.py:Dot")
items = np.load("x.npy")

def study():
    yield completion.run(models=models, items=items, stored=4, fractions=(0.0, 0.2), trials=2)
    yield capacity.run(models=models, items=items, loads=(0.1, 0.2), asked=4, trials=2)
    yield phase_diagram.run(models=models, items=items, resolution=2, steps=5, starts=2, trials=2)
    yield retrieval.run(models=models, items=items, stored=(2, 4), erased=(0.3,), flipped=(0.1,), trials=2)

for how in ({"workers": 2}, {"scheduler": sys.argv[1]}):
    with nm.sweep.on(**how):
        for data in study():
            nm.results.save(data.drop_vars("seconds", errors="ignore"), f"{next(iter(how))}/{data.attrs['experiment']}.nc")
"""
COMMANDS = {
    "completion": "--stored 4 --fractions 0,0.2",
    "capacity": "--loads 0.1,0.2 --asked 4",
    "phase_diagram": "--resolution 2 --steps 5 --starts 2",
    "retrieval": "--stored 2,4 --erased 0.3 --flipped 0.1",
}
CLUSTER = """
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        input()
"""


def written(folder: Path) -> Path:
    """Write the files into a new folder, and return it."""
    folder.mkdir()
    for name, text in {"my_memory": MEMORY, "my_rule": RULE, "my_layer": LAYER, "study": STUDY}.items():
        (folder / f"{name}.py").write_text(text)
    np.save(folder / "x.npy", np.random.default_rng(0).normal(size=(40, 6, 6)))
    return folder
