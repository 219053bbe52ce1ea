"""Objects say what they hold, in a prompt and in a notebook."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

import neuromem as nm

ITEMS = nm.patterns.random(3, 64, rng=0)


@pytest.mark.parametrize("name", nm.models.ALL)
def test_every_memory_says_its_name_units_and_what_it_holds(name):
    memory = nm.models.make(name, 64)
    assert repr(memory).startswith(f"{nm.models.ALL[name].__name__}(64): 0 items stored")
    memory.store(ITEMS)
    assert "(64): 3 items stored, " in repr(memory)
    assert "\n" not in repr(memory)
    memory.recall(ITEMS)
    html = memory._repr_html_()
    assert "<td>3 items stored</td>" in html
    assert "operations a recall" in html


def test_settings_that_are_not_the_default_are_shown():
    memory = nm.Hopfield(64, rule="storkey", temperature=0.25).store(ITEMS)
    assert (
        repr(memory) == "Hopfield(64, rule='storkey', temperature=0.25): 3 items stored, 131 kbit"
    )  # 4096 entries of 32 bits
    assert "<td>&#x27;storkey&#x27;</td>" in memory._repr_html_()


def test_a_memory_that_is_half_made_can_be_shown():
    assert repr(nm.Hopfield.__new__(nm.Hopfield)).startswith("Hopfield(?)")


def test_a_recall_in_a_line_and_as_images():
    recall = nm.Recall(ITEMS, np.array([1, 2, 2]), np.array([True, True, False]), np.array([10.0, 20.0, 30.0]))
    assert repr(recall) == "Recall(3 cues of 64 units, 2 converged, 1 to 2 steps, 20 operations a cue)"
    found = re.findall(r"data:image/png;base64,([^\"]+)", recall._repr_html_())
    assert len(found) == 3
    for item, text in zip(ITEMS, found, strict=True):
        pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(text))))
        np.testing.assert_array_equal(pixels, np.where(item.reshape(8, 8) > 0, 255, 0))


def test_a_recall_of_no_square_has_no_image():
    recall = nm.Recall(ITEMS[:, :60], np.ones(3), np.ones(3, bool), np.ones(3))
    assert repr(recall) == "Recall(3 cues of 60 units, all converged, 1 step, 1 operations a cue)"
    assert "<img" not in recall._repr_html_()


def test_catalogues_and_circuits():
    assert repr(nm.models.ALL).startswith(f"{len(nm.models.ALL)} models: {next(iter(sorted(nm.models.ALL)))}, ")
    assert "<th>hopfield</th>" in nm.models.ALL._repr_html_()
    assert repr(nm.CA3Attractor(64).store(ITEMS).circuit).startswith("Circuit(")
