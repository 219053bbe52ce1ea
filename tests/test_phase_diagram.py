"""The maps of phases and of capacity lie where the theory has them."""

import inspect
import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from neuromem import checks, experiments, figures, results, sweep
from neuromem.experiments import capacity, phase_diagram
from neuromem.figures import phase_diagram as phase_figure
from neuromem.theory import dense, hopfield


@pytest.mark.parametrize(("load", "temperature"), [(0.05, 0.25), (0.08, 0.2)])
def test_hopfield_overlap_below_the_spinodal(load, temperature):
    """Within four standard errors over runs, and 0.005 for 1000 units."""
    data = [
        phase_diagram.hopfield(seed=seed, load=load, temperatures=(temperature,), units=1000, steps=100, starts=8)
        for seed in range(4)
    ]
    runs = np.array([point["overlap"][1].mean() for point in data])
    error = runs.std(ddof=1) / len(runs) ** 0.5
    assert abs(runs.mean() - hopfield.overlap(load, temperature)) < 4 * error + 0.005


def test_hopfield_forgets_above_the_spinodal_and_freezes_below_the_glass_line():
    lost = phase_diagram.hopfield(seed=0, load=0.1, temperatures=(0.6,), units=1000, steps=200, starts=8)
    assert np.median(lost["overlap"][1]) < 0.3
    assert lost["alike"][1].mean() > 0.15  # T_g = 1.32
    hot = phase_diagram.hopfield(seed=0, load=0.1, temperatures=(1.7,), units=1000, steps=200, starts=8)
    assert np.abs(hot["overlap"][1]).max() < 0.15
    assert np.abs(hot["alike"][1]).max() < 0.15


@pytest.mark.parametrize("network", list(phase_diagram.USUAL))
def test_every_network_has_its_map(network, tmp_path):
    own = {"learning": {"examples": 4, "starts": 2}, "multitasking": {}}.get(network, {"starts": 2})
    data = phase_diagram.run(network=network, units=40, resolution=2, steps=5, trials=2, **own)
    assert bool(data.overlap.notnull().all())
    assert float(data.overlap.isel({dim: 0 for dim in data.overlap.dims}).item()) != 0
    assert results.parameters(data)["network"] == network
    results.save(data, tmp_path / "map.nc")
    again = results.load(tmp_path / "map.nc")
    assert phase_diagram.summary(again).row_count == 2
    results.save_figure(figures.ALL["phase_diagram"](again), tmp_path / "map.png")


@pytest.mark.parametrize("patterns", [1, 2, 4])
def test_a_network_of_any_number_of_patterns_has_its_map(patterns):
    data = phase_diagram.run(network="multitasking", patterns=patterns, units=60, resolution=3, steps=5, trials=1)
    assert figures.pictures("phase_diagram")[""](data).axes


def test_capacity_of_the_rules_is_in_their_order():
    data = capacity.run(
        models=("hopfield", "hopfield:rule=storkey", "attention"), units=48, loads=(0.05, 0.25, 2.0), trials=3, damage=0.05
    )
    exact = data.exact.mean(["age", "trial"])
    assert bool((exact.sel(load=0.05) > 0.95).all())
    assert exact.sel(load=0.25, model="hopfield") < 0.6 < exact.sel(load=0.25, model="hopfield:rule=storkey")
    assert exact.sel(load=2.0, model="hopfield") == 0
    assert exact.sel(load=2.0, model="attention") == 1
    assert capacity.summary(data).row_count == 3
    figures.ALL["capacity"](data)


def test_bad_settings_are_refused_before_any_work():
    for bad in ({"units": 0}, {"load": -1.0}, {"network": "hopfeild"}, {"resolution": 1}, {"interactions": "some"}):
        with pytest.raises(checks.InputError):
            phase_diagram.run(**{"network": "dense", **bad})
    for bad in ({"models": ("hopfeild",)}, {"loads": (0.0,)}, {"damage": 2.0}, {"asked": 0}):
        with pytest.raises(checks.InputError):
            capacity.run(**bad)
    assert {"capacity", "phase_diagram"} <= set(experiments.ALL)


@pytest.mark.parametrize(
    "file", sorted((Path(__file__).parents[1] / "figures").glob("phase_diagram_*.nc")), ids=lambda f: f.stem
)
def test_published_maps_agree_with_theory_away_from_the_lines(file):
    """The median overlap of the saved maps is high well below the spinodal and low well above it."""
    data = results.load(file)
    given = results.parameters(data)
    figures.ALL["phase_diagram"](data)
    if given["network"] in ("hopfield", "dense"):
        median = data.overlap.median(["trial", "start", "replica"])
        spinodal = (
            hopfield.critical_load(data.temperature.values)
            if given["network"] == "hopfield"
            else dense.critical_load(int(data.order), data.temperature.values, given["interactions"])
        )
        spinodal = xr.DataArray(spinodal, {"temperature": data.temperature})
        assert float(median.where(data["load"] < 0.6 * spinodal).where(data.temperature < 0.3).min()) > 0.9
        assert float(median.where(data.temperature > 0.85 * data.temperature.max()).max()) < 0.3


SMALL = {"units": 24, "resolution": 2, "steps": 1, "trials": 1}
KINDS = {
    "hopfield": {"starts": 2},
    "dense": {"starts": 2, "order": 3},
    "dense, P = 2": {"starts": 2, "order": 2},
    "learning": {"starts": 2, "examples": 4},
    "learning, P > 2": {"starts": 2, "examples": 4, "order": 3, "units": 12},
    "multitasking": {},
    "detection": {"starts": 2, "load": 0.1},
    "models": {"models": ("hopfield",), "starts": 2},
    "models, cold": {"models": ("attention",), "starts": 2},
}
OTHERS = {
    "network": "oscillators",
    "models": ("willshaw",),
    "rule": "projection",
    "items": "sparse:activity=0.3",
    "units": 16,
    "resolution": 3,
    "load": 0.6,
    "temperature": 0.7,
    "order": 4,
    "interactions": "full",
    "quality": 0.9,
    "examples": 2,
    "patterns": 2,
    "steps": 4,
    "starts": 3,
    "trials": 2,
    "seed": 1,
    "device": "cuda",
}
NOT_HEARD = {"models, cold": {"steps"}}  # which a first look (--quick) gives to all


@pytest.mark.parametrize("kind", KINDS)
def test_every_option_is_heard_or_refused(kind):
    """Another value gives other data, or is refused by the name of the option."""
    network = kind.partition(",")[0]
    given = SMALL | ({} if network == "models" else {"network": network}) | KINDS[kind]
    assert OTHERS.keys() == inspect.signature(phase_diagram.run).parameters.keys()
    others = OTHERS | {"network": "dense" if network == "models" else "learning" if network == "dense" else "dense"}
    silent, refused = set(), {}
    with sweep.on(workers=1):
        before = phase_diagram.run(**given)
        for option, other in others.items():
            assert other != given.get(option)
            try:
                same = phase_diagram.run(**{**given, option: other}).equals(before)
            except checks.InputError as error:
                refused[option] = str(error)
            else:
                silent |= {option} if same else set()
    assert silent == NOT_HEARD.get(kind, set())
    assert not refused.keys() & {"units", "resolution", "trials", "seed", "steps"}
    for option in refused.keys() - {"network", "models"}:  # which leave other options without a meaning
        assert refused[option].startswith(f"{option} must ")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"order": 4}, "order must be left out for hopfield, but was 4; it is for dense, learning"),
        ({"models": ("hopfield",), "network": "dense"}, "network must be hopfield for models, but was 'dense'"),
        ({"models": ("hopfield",), "rule": "projection"}, "rule must be hebb for models"),
        ({"models": ("hopfield",), "patterns": 4}, "patterns must be 3 for models"),
        ({"network": "multitasking", "load": 0.3}, "load must be left out for multitasking, but was 0.3"),
        ({"network": "multitasking", "starts": 2}, "starts must be 4 for multitasking"),
        ({"network": "detection", "order": 3}, "order must be left out for detection"),
        ({"network": "learning", "interactions": "full"}, "interactions must be distinct for P = 2"),
        ({"models": ("attention",), "temperature": 1.0}, "temperature must be left out for memories that take none"),
    ],
)
def test_what_means_nothing_for_a_network_is_refused(given, says):
    with pytest.raises(checks.InputError, match=says):
        phase_diagram.run(**SMALL, **given)


def test_phases_are_named_where_theory_has_them():
    for word, (load, temperature) in phase_figure.PHASES["hopfield"].items():
        assert ("retrieval" in word) == (load < hopfield.critical_load(temperature)), word
        assert (word == "paramagnet") == (temperature > hopfield.glass_temperature(load)), word
        assert (word == "retrieval") == (load < hopfield.transition_load(temperature)), word


def test_a_map_of_less_of_the_plane_has_only_the_names_that_are_in_it():
    def named(data):
        axes = figures.ALL["phase_diagram"](data).axes
        return {(text.get_text(), *text.get_position()) for one in axes for text in one.texts}

    data = results.load(Path(figures.__file__).parent / "phase_diagram_multitasking.nc")
    whole = named(data)
    assert len(whole) == 4
    assert named(data.isel(temperature=slice(0, data.sizes["temperature"] // 2))) < whole


RULE = "import numpy as np\n\n\ndef half(items):\n    return items.T @ items / (2 * items.shape[1])\n"


def test_a_rule_of_ones_own_has_its_map_and_half_of_hebb_is_half_as_hot(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_rule.py").write_text(RULE)
    size = {"units": 60, "resolution": 3, "steps": 10, "starts": 2, "trials": 2, "load": 0.2}
    with sweep.on(workers=1):
        hebb = phase_diagram.run(temperature=1.0, **size)
        half = phase_diagram.run(rule="my_rule.py:half", temperature=0.5, **size)
        assert phase_diagram.run(rule="projection", **size).attrs["parameters"]
        for bad, says in (
            ({"rule": "my_rule.py:third"}, "my_rule.py"),
            ({"rule": "heb"}, "did you mean"),
            ({"rule": "storkey", "network": "dense"}, "be hebb for dense"),
            ({"rule": lambda items: items}, "must have shape"),
            ({"items": "digits", "network": "learning"}, "be random for learning"),
            ({"items": "digits", "load": 40.0}, "at most the 1797 items of digits"),
        ):
            with pytest.raises(checks.InputError, match=says):
                phase_diagram.run(**{**size, "units": None, **bad})
    np.testing.assert_array_equal(half.overlap, hebb.overlap)
    assert not figures.ALL["phase_diagram"](half).legends  # no theory for it
    assert figures.ALL["phase_diagram"](hebb).legends


def test_any_memories_have_their_maps(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.random.default_rng(0).normal(size=(30, 5, 10)))
    with sweep.on(workers=1):
        data = phase_diagram.run(models=("hopfield", "attention"), items="x.npy", resolution=3, trials=2, starts=3, steps=20)
        with pytest.raises(checks.InputError, match="did you mean 'hopfield'"):
            phase_diagram.run(models=("hopfeild",))
    assert data.overlap.dims == ("model", "load", "trial", "fraction", "start")
    assert (data.overlap.sel(model="attention").isel(fraction=0) > 0.9).all()
    assert not data.heated.sel(model="hopfield").isnull().any()
    assert data.heated.sel(model="attention").isnull().all()
    cold, hot = data.heated.sel(model="hopfield").isel(load=0, temperature=[0, -1]).mean(("trial", "start", "replica"))
    assert cold > 0.8 > 0.4 > hot
    assert phase_diagram.summary(data).row_count == 2
    results.save(data, tmp_path / "map.nc")
    figure = figures.ALL["phase_diagram"](results.load(tmp_path / "map.nc"))
    assert "x.npy, N = 50" in figure.get_suptitle()
    assert "for items without correlation" in figure.get_suptitle()


def test_the_boundary_of_a_map_made_by_hand_has_its_mean_and_standard_error():
    """Loads that end at 0.2, 0.4 and 0.6 in three trials: 0.4, and 0.2 / sqrt(3)."""
    loads = np.arange(0.05, 1, 0.1)
    ends = np.array([0.2, 0.4, 0.6])
    overlap = np.where(loads[:, None, None] < ends[:, None], 0.9, 0.1)  # (load, trial, start)
    data = xr.Dataset({"overlap": (("load", "trial", "start"), overlap.repeat(2, 2))}, {"load": loads, "recalled": 0.5})
    found = phase_diagram.boundary(data)
    assert float(found["load"]) == pytest.approx(0.4)
    assert float(found.error) == pytest.approx(0.2 / 3**0.5)
    assert np.isnan(phase_diagram.boundary(data.isel(trial=[0])).error)
    for outside in (data.sel(load=slice(0.6, 1)), data.sel(load=slice(0, 0.3)).isel(trial=[1, 2])):
        assert np.isnan(phase_diagram.boundary(outside)["load"])
    for other in (data.isel(load=[0]), data.rename(overlap="exact"), data.drop_vars("recalled")):
        with pytest.raises(checks.InputError, match="several loads"):
            phase_diagram.boundary(other)


def test_the_boundary_of_the_published_map_is_the_spinodal_of_theory():
    """N = 2000, three trials; below T = 0.35 small networks stay beside the item beyond it."""
    data = results.load(Path(figures.__file__).parent / "phase_diagram_hopfield.nc")
    ends = phase_diagram.boundary(data).sel(temperature=slice(0.35, 0.85))
    theory = hopfield.critical_load(ends.temperature.values)
    assert (np.abs(ends["load"] - theory) < 4 * ends.error + 0.5 / 2000).all()
    assert (ends.error < 0.004).all()
    assert re.search(r"T = 0.492: 0.0(59|6|60|61)\d* ± 0.00\d, T = 1.01: -", phase_diagram.summary(data).caption)
