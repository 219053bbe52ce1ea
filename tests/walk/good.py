"""Good values: what a call is made with beside the odd one.

A parameter without a default is looked up by its full name, `theory.sdm.beta.radius`, then by its part, `theory.radius`,
then by its name alone.
"""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.figure
import numpy as np
import torch
import xarray as xr

import neuromem as nm
from neuromem import encoders
from neuromem.nn import tasks
from neuromem.spiking.circuit import LIF, Circuit, Input, Population, Projection, Random

ITEMS = nm.patterns.random(4, 16, rng=0)
CUES = nm.cues.flip(ITEMS, 0.1, rng=1)
STATES = torch.tensor(nm.patterns.random(8, 16, rng=2), dtype=torch.float32).reshape(2, 4, 16)
PARTS = (Population("in", 2), Population("cells", 3, LIF(cm=0.27, tau_m=10.0, v_reset=-62.0)))
WIRES = (Projection("in", "cells", Random(1.0), 5.0, label="wire"),)
CIRCUIT = Circuit(PARTS, WIRES, (Input("in", (0, 1), (1.0, 3.0)),))
LESSONS = tasks.mqar(8, length=16, pairs=2, vocabulary=16, rng=0)
FOLDER = Path(tempfile.mkdtemp())


@dataclass(frozen=True)
class Make:
    """A good value that is made anew for each call."""

    make: Callable[[], Any]


def point(*, seed: int, load: float) -> Mapping[str, float]:
    return {"one": load}


def data() -> xr.Dataset:
    numbers = xr.Dataset({"x": ("a", [1.0, 2.0])})
    return nm.results.describe(numbers, "completion", {"seed": 0}, 1.0, {"x": ("a number", "1")})


def saved() -> Path:
    (FOLDER / "saved.nc").unlink(missing_ok=True)
    return nm.results.save(data(), FOLDER / "saved.nc")


def saved_circuit() -> Path:
    (FOLDER / "circuit.json").unlink(missing_ok=True)
    return CIRCUIT.save(FOLDER / "circuit.json")


def saved_memory() -> Path:
    return nm.save(nm.Hopfield(16).store(ITEMS), FOLDER / "memory.npz")


MADE: dict[str, Callable[[], Any]] = {  # what neuromem makes: only its methods are called
    "patterns.ItemSet": lambda: nm.patterns.itemset(ITEMS),
    "nn.Block": lambda: nm.nn.Transformer(16, 16).blocks[0],
    "nn.LayerMemory": lambda: nm.nn.as_memory(nm.nn.Attention(16)).store(ITEMS),
    "nn.Mixer": lambda: nm.nn.Attention(16),
    "nn.Progress": lambda: None,
    "nn.Sequences": lambda: LESSONS,
    "trace.Trace": lambda: nm.Hopfield(16).store(ITEMS).trace(CUES),
    "spiking.Record": lambda: nm.spiking.fast.run(CIRCUIT, 8.0),
}

GOOD: dict[str, Any] = {
    # items and networks
    "units": 16,
    "patterns.load.items": ITEMS,
    "models.Hopfield.from_weights.weights": np.eye(16),
    "number": 3,
    "width": 16,
    "stored": 3,
    "every": 2,
    "items": ITEMS,
    "keys": ITEMS,
    "recalled": ITEMS,
    "states": ITEMS,
    "archetypes": ITEMS,
    "examples": ITEMS,
    "cues": CUES,
    "fraction": 0.25,
    "deviation": 0.5,
    "activity": 0.25,
    "correlation": 0.5,
    "quality": 0.5,
    "shape": (4, 4),
    "spec": "hopfield",
    "specs": ("hopfield", "attention"),
    "memory": Make(lambda: nm.Hopfield(16).store(ITEMS)),
    "storage.save.path": FOLDER / "saved.npz",
    "storage.load.path": Make(saved_memory),
    "encoders.units": 16,
    "encoders.items": ITEMS,
    "encoders.Blocks.items": 16,
    "encoders.Category.encode.items": np.array([0, 1]),
    "encoders.Scalar.encode.items": np.array([0.25, 0.5]),
    "encoders.Encoded.memory": Make(lambda: nm.Hopfield(64)),
    "encoders.labels.value": np.array([0, 1]),
    "encoder": Make(lambda: encoders.Blocks(16)),
    "categories": 4,
    "classes": 4,
    "low": 0.0,
    "high": 1.0,
    "models.ca3_attractor.circuit.cells": 16,
    "models.ca3_attractor.circuit.active": 4,
    "models.ca3.circuit.cues": 3,
    "models.ca3.learn_and_recall.operations": [("learn", 0, [1, 2]), ("cue", 0)],
    "models.BAM.pair_energy.values": ITEMS,
    "models.BAM.recall_keys.values": ITEMS,
    "models.SequenceNetwork.replay.items": 3,
    "models.ca3.answers.record": Make(lambda: nm.CA3(10, cues=5).simulate([("learn", 0, [1, 2]), ("cue", 0)])),
    "models.ca3.answers.starts": (0, 14, 28),
    "models.CA3.simulate.operations": [("learn", 0, [1, 2])],
    "about.cite.names": ("hopfield",),
    "about.show.name": "hopfield",
    "figures.plot.thing": Make(lambda: nm.Hopfield(16).store(ITEMS).trace(CUES)),
    "figures.plot.items": ITEMS,
    # layers
    "x": STATES,
    "tokens": torch.tensor(LESSONS.inputs[:2, :8]),
    "sequences": 8,
    "vocabulary": 16,
    "layer": Make(lambda: nm.nn.Attention(16)),
    "mixer": Make(lambda: nm.nn.Attention),
    "convolution": 4,
    "expansion": 0,
    "model": Make(lambda: nm.nn.Transformer(16, 16)),
    "nn.replace.model": Make(lambda: torch.nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)),
    "lessons": LESSONS,
    "test": LESSONS,
    "module": Make(lambda: torch.nn.MultiheadAttention(16, 4)),
    "nn.External.memory": Make(lambda: nm.Hopfield(32)),
    "nn.Block.forward.state": (None, None),
    "nn.training.train.batch": 4,
    "nn.training.train.steps": 2,
    # spikes
    "cm": 0.27,
    "tau_m": 10.0,
    "tau_plus": 2.0,
    "tau_minus": 2.0,
    "a_plus": 1.0,
    "a_minus": 1.0,
    "w_max": 6.0,
    "window_ms": 2.0,
    "name": "cells",
    "size": 3,
    "probability": 0.5,
    "pre": (0, 1),
    "post": (1, 2),
    "weight": 1.0,
    "population": "in",
    "neuron": (0, 1),
    "time_ms": (1.0, 3.0),
    "pattern": Random(1.0),
    "projection": WIRES[0],
    "populations": PARTS,
    "circuit": CIRCUIT,
    "duration_ms": 8.0,
    "copy": np.array([0]),
    "spiking.engine.name": "fast",
    "spiking.Projection.pre": "in",
    "spiking.Projection.post": "cells",
    "spiking.Spikes.population": np.array(["in"]),
    "spiking.Spikes.neuron": np.array([0]),
    "spiking.Spikes.time_ms": np.array([1.0]),
    "spiking.Circuit.steps.name": "time_ms",
    "spiking.Circuit.steps.time_ms": 3.0,
    "spiking.Circuit.from_json.text": CIRCUIT.to_json(),
    "spiking.Circuit.save.path": FOLDER / "new.json",
    "spiking.Circuit.load.path": Make(saved_circuit),
    "spiking.Record.of.population": "cells",
    "spiking.Poisson.rate_hz": 50.0,
    "spiking.Background.rate_hz": 900.0,
    "spiking.Background.weight": 0.1,
    "spiking.Indegree.number": 3,
    "receptor": "excitatory",
    "step_ms": 1.0,
    # sweeps and results
    "seed": 0,
    "trial": 1,
    "trials": 1,
    "dims": {"load": (0.1,)},
    "point": Make(lambda: point),
    "data": Make(data),
    "path": Make(saved),
    "seconds": 1.0,
    "experiment": "completion",
    "parameters": {"seed": 0},
    "variables": {"x": ("a number", "1")},
    "sweep.clear.store": FOLDER / "none.zarr",
    "results.as_path.name": "out",
    "results.as_path.value": "saved.nc",
    "results.folder.path": FOLDER / "results",
    "files.folder.path": FOLDER / "results",
    "files.write_whole.path": FOLDER / "text.txt",
    "files.write_whole.write": Make(lambda: lambda path: path.write_text("odd")),
    "files.alone.path": FOLDER / "store.zarr",
    "results.write_whole.path": FOLDER / "text.txt",
    "results.write_whole.write": Make(lambda: lambda path: path.write_text("odd")),
    "results.alone.path": FOLDER / "store.zarr",
    "results.save_figure.path": FOLDER / "figure.png",
    "results.save_figure.figure": Make(matplotlib.figure.Figure),
    # theory
    "theory.integrate_and_fire.regular_rate.mean": 22.0,
    "theory.integrate_and_fire.noisy_rate.mean": 22.0,
    "theory.integrate_and_fire.noisy_rate.deviation": 2.0,
    "theory.integrate_and_fire.balanced_rate.inhibition": 5.0,
    "theory.integrate_and_fire.balanced_rate.drive": 2.0,
    "theory.fast_weights.stacked_error.width": 64,
    "theory.fast_weights.along_over_across.ratio": 2.0,
    "theory.items": 10.0,
    "theory.units": 64,
    "theory.stored": 3,
    "theory.beta": 2.0,
    "theory.radius": 1.0,
    "theory.separation": 0.5,
    "theory.distance": 0.2,
    "theory.failure": 0.01,
    "theory.clusters": 4,
    "theory.cells": 16,
    "theory.erased": 1,
    "theory.active": 4,
    "theory.synapses": 10,
    "theory.threshold": 3,
    "theory.replaced": 1,
    "theory.probability": 0.1,
    "theory.dendrites": 10,
    "theory.patterns": 2,
    "theory.order": 3,
    "theory.load": 0.05,
    "theory.temperature": 0.1,
    "theory.age": 2,
    "theory.decay": 0.9,
    "theory.heads": 4,
    "theory.depth": 2,
    "theory.width": 32,
    "theory.margin": 0.5,
    "theory.time": 1.0,
    "theory.frequency": 0.1,
    "theory.facts": 31,
    "theory.exponent": 1.5,
    "theory.examples": 10,
    "theory.dilution": 0.2,
    "theory.locations": 1000.0,
    "theory.activation": 0.01,
    "theory.codebook": 10,
    "theory.fill": 0.2,
    "theory.overlaps": (0.5, 0.2),
    "theory.match": "any",
    "theory.damage": "erase",
    "theory.kept": 0.5,
    "theory.share": 0.3,
    "theory.inputs": 5,
    "theory.error": 0.01,
    "theory.bits": 800.0,
    "theory.hashes": 6.0,
    "theory.coordinates": 3,
    "theory.ones": 20,
    "theory.common": 10,
    "theory.connections": 1000.0,
    "theory.field": 0.4,
    "theory.morph": 0.3,
    "theory.adaptation": 1.5,
    "theory.priming": 0.2,
    "theory.tau": 20.0,
    "theory.noise": 0.3,
    "theory.start": 0.8,
    "theory.newer": 0,
    "theory.older": 5,
    "theory.kind": "cascade",
    "theory.coupling": 2.0,
    "theory.others": 10.0,
    "theory.inhibition": 0.5,
    "theory.modulation": 3.0,
    "theory.scheme": "p",
    "theory.tail": 2.0,
    "theory.scaling.frequencies.items": 10,
    "theory.scaling.unseen.items": 10,
    "theory.sdm_designs.selected.distance": 5,
    "theory.dendrite.false_negative.synapses": 4,
    "theory.dendrite.log_false_negative.synapses": 4,
    "theory.heavy_tail.polar_rates.frequency": np.array([0.5, 0.3, 0.2]),
    "theory.sdm.activation.radius": 20,
    "theory.sdm.beta.radius": 20,
    "theory.sdm.critical_distance.radius": 20,
    "theory.sdm.one_read.radius": 20,
    "theory.sdm.intersection.radius": 20,
    "theory.sdm.intersection.distance": 4,
}


def good(function: str, parameter: str) -> Callable[[], Any]:
    """What makes a good value for a parameter, each time a new one."""
    for name in (f"{function}.{parameter}", f"{function.partition('.')[0]}.{parameter}", parameter):
        if name in GOOD:
            value = GOOD[name]
            return value.make if isinstance(value, Make) else lambda value=value: copy.deepcopy(value)

    def missing() -> Any:
        raise LookupError(f"{function} has a new parameter {parameter!r}: give it a good value in {__file__}")

    return missing
