"""Names with settings as text, and catalogues of files."""

import pytest

import neuromem as nm
from neuromem import checks
from neuromem.catalogue import Catalogue, chosen


@pytest.mark.parametrize(
    ("spec", "settings"),
    [
        ("hopfield:self_coupling=false", {"self_coupling": False}),
        ("hopfield:self_coupling=True:steps=3", {"self_coupling": True, "steps": 3}),
        ("hopfield:threshold=none", {"threshold": None}),
        (r"fast_weights:weights=C:\dir\a:b.pt:heads=2", {"weights": r"C:\dir\a:b.pt", "heads": 2}),
        ("fast_weights:weights='a:heads=3.pt':heads=2", {"weights": "a:heads=3.pt", "heads": 2}),
        ("fast_weights:name=1:scale=1e-3", {"name": "1", "scale": 1e-3}),
        ("hopfield:steps=" + 5000 * "-" + "1", {"steps": 5000 * "-" + "1"}),
        ("hopfield:steps=" + 100_000 * "-" + "1", {"steps": 100_000 * "-" + "1"}),
        ("hopfield:levels=(1, 2)", {"levels": (1, 2)}),
    ],
)
def test_text_settings_take_the_type_of_the_parameter_and_hold_any_character(spec, settings):
    def kind(
        units,
        *,
        self_coupling: bool = False,
        threshold: float | None = 0.0,
        steps=1,
        heads: int = 1,
        name: str = "",
        scale=1.0,
        levels=(),
    ): ...

    assert chosen(spec, "model", {spec.partition(":")[0]: kind}.get, given=("units",), also=("weights",)) == (kind, settings)


@pytest.mark.parametrize("spec", ["hopfield:self_coupling=no", "hopfield:self_coupling=", "hopfield:self_coupling=1"])
def test_a_text_that_is_no_truth_value_is_refused(spec):
    with pytest.raises(nm.InputError, match="self_coupling must be True or False, but was"):
        nm.models.make(spec, 8)


def test_false_as_text_is_false():
    assert nm.models.make("hopfield:self_coupling=false", 8).self_coupling is False


def test_a_word_that_can_not_be_printed_is_refused():
    with pytest.raises(nm.InputError, match="rule must be one of 2 names, but was of type int; known: a, b"):
        checks.choice("rule", 10**5000, ["a", "b"])


@pytest.mark.parametrize("spec", ["hopfield:rule", "hopfield=2", ":rule=hebb", "", "hopfield:rule=hebb:rule=hebb", None, 3])
def test_specs_in_no_known_form_are_refused(spec):
    with pytest.raises(nm.InputError, match=r"model must be NAME|comes 2 times"):
        nm.models.make(spec, 8)


def test_a_package_is_an_entry_of_a_catalogue_as_a_file_is(tmp_path, monkeypatch):
    (tmp_path / "kinds" / "two_layers").mkdir(parents=True)
    (tmp_path / "kinds" / "_helper").mkdir()
    for file, text in {
        "__init__.py": "",
        "_helper/__init__.py": "",
        "one.py": '"""One."""\nclass One: ...\nclass Other: ...\n',
        "two_layers/__init__.py": "from .network import TwoLayers as TwoLayers\n\n\ndef run(): ...\n",
        "two_layers/network.py": "class TwoLayers: ...\n",
        "none.py": "",
    }.items():
        (tmp_path / "kinds" / file).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    kinds = Catalogue("kinds", "kind")
    assert list(kinds) == ["none", "one", "two_layers"]
    assert [kinds[name].__name__ for name in ("one", "two_layers")] == ["One", "TwoLayers"]
    assert [kinds.about(name) for name in kinds] == ["", "One.", ""]
    with pytest.raises(nm.InputError, match="kind must define none"):
        kinds["none"]
    for name in ("ones", None, 3):
        with pytest.raises(nm.InputError, match="kind must be a known name"):
            kinds.named(name)
