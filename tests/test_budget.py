"""Equal bits and equal operations: memories are as large as a budget allows, and say where they can't be."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

import neuromem as nm
from neuromem.experiments import _budget, capacity, retrieval

ITEMS = nm.patterns.random(6, 64, rng=0)


def build(one):
    return nm.models.make(one, 64)


@pytest.mark.parametrize("spec", ["sdm", "sparsey"])
def test_a_memory_that_has_a_size_fills_its_bits_to_a_few_percent(spec):
    for bits in (200_000, 900_000):
        memory, told = _budget.filled(build, spec, ITEMS, bits, None)
        assert 0.9 * bits < memory.cost.bits <= bits
        assert _budget.SIZES[told["sized_by"]] == ("locations" if spec == "sdm" else "modules")
        assert told["state"] == memory.cost.bits
        larger = build(nm.models.source(f"{spec}:{_budget.SIZES[told['sized_by']]}={int(told['size'] * 1.05) + 1}"))
        assert larger.store(ITEMS).cost.bits > bits


def test_operations_are_a_budget_too():
    memory, told = _budget.filled(build, "sdm", ITEMS, None, 20_000)
    assert memory.recall(ITEMS).operations.mean() <= 20_000
    assert told["size"] > 100


def test_a_memory_of_one_size_fits_or_does_not():
    """Hebb's weights of 64 units are 4096 entries of at least 8 bits."""
    for bits, fits in ((70_000, True), (30_000, False)):
        memory, told = _budget.filled(build, "hopfield", ITEMS, bits, None)
        assert (memory is not None, told["fits"], told["sized_by"]) == (fits, float(fits), -1)
        assert np.isnan(told["size"])


def test_trained_weights_and_state_are_told_apart():
    memory, told = _budget.filled(build, "nn.attention", ITEMS, 10**9, None)
    assert told["trained"] == 32 * sum(weight.numel() for weight in memory.layer.parameters())
    assert told["state"] == memory.cost.bits - told["trained"] > 0


def text(table):
    console = Console(file=io.StringIO(), width=200)
    console.print(table)
    return console.file.getvalue()


def test_capacity_says_who_fits():
    models = ("hopfield", "sdm", "attention")
    data = capacity.run(models=models, units=64, loads=(0.1, 2.0), asked=4, trials=1, bits=60_000)
    assert data.fits.isel(trial=0).values.tolist() == [[0, 0], [1, 1], [1, 0]]  # 128 items of 64 x 8 bits are 65,536
    assert np.isnan(data.exact.sel(model="attention", load=2.0)).all()
    assert (data.bits.sel(model="sdm") <= 60_000).all()
    lines = {line.split()[1]: line for line in text(capacity.summary(data)).splitlines() if len(line.split()) > 3}
    assert "does not fit" in lines["hopfield"]
    assert "locations" in lines["sdm"]
    assert "has one size" in lines["attention"]
    assert "sized by" not in text(capacity.summary(capacity.run(models=models[:1], loads=(0.1,), trials=1)))


def test_retrieval_within_bits():
    options = {"stored": (2, 8), "units": 64, "erased": (0.2,), "flipped": (0.05,), "trials": 1}
    data = retrieval.run(models=("attention", "sdm"), bits=3_000, **options)
    assert data.fits.sel(model="attention").values.ravel().tolist() == [1, 0]  # 8 items of 64 x 8 bits are 4096
    table = text(retrieval.summary(data))
    assert "3 kbit" in table
    assert "does not" in table


@pytest.mark.parametrize("wrong", [0, -5, 2.5])
def test_a_budget_that_is_none_is_refused(wrong):
    with pytest.raises(nm.InputError, match="bits must"):
        capacity.run(models=("hopfield",), bits=wrong)
