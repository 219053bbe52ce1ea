"""A sweep gives the same numbers however it is run, says what it takes, and refuses what it can't use."""

import sys
import time
import types

import numpy as np
import psutil
import pytest
import xarray as xr

from neuromem import checks, sweep
from neuromem.sweep import _estimate
from tests.sweeps import DIMS, calls_of, point, run


def test_all_settings_of_a_trial_meet_the_same_items():
    data = run(workers=1)
    assert dict(data.sizes) == {"load": 4, "kind": 2, "trial": 3, "unit": 3}
    noise = data.overlap + data["load"] - 1
    assert float(noise.std(["load", "kind"]).max()) < 1e-12
    assert len(np.unique(data.overlap.isel(load=0, kind=0))) == 3
    assert data.steps.sel(kind="b").mean() == 8
    more = sweep.grid(point, {"load": [0.3], "kind": ["b"]}, trials=5, seed=5)  # a part of the grid, and more trials
    xr.testing.assert_equal(more.isel(trial=slice(3)), data.sel(load=[0.3], kind=["b"]))


def test_workers_change_nothing():
    xr.testing.assert_identical(run(workers=2), run(workers=1))


def test_a_long_grid_moves_to_the_workers(monkeypatch, tmp_path):
    monkeypatch.setattr(sweep, "ALONE", 0.1)
    data = run(pause=0.2, calls=tmp_path / "calls")
    xr.testing.assert_identical(data, run(workers=1))
    assert set(calls_of(tmp_path / "calls").values()) == {1}


class Odd(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


def odd(*, seed):
    raise Odd("this", "that")


def test_an_error_that_can_not_travel_is_told_by_its_text():
    with pytest.raises(RuntimeError, match="Odd: this and that"), sweep.on(workers=2):
        sweep.grid(odd, {}, trials=2, seed=0)


def test_a_point_that_no_other_process_knows_is_refused(monkeypatch):
    ghost = types.ModuleType("ghost")
    exec("def point(*, seed): return {'one': 1}", ghost.__dict__)
    monkeypatch.setitem(sys.modules, "ghost", ghost)
    assert sweep.grid(ghost.point, {}, trials=2, seed=0).one.sum() == 2
    with sweep.on(workers=2), pytest.raises(checks.InputError, match=r"known where it is computed, but was not .*ghost"):
        sweep.grid(ghost.point, {}, trials=2, seed=0)


def test_no_scheduler_there():
    with pytest.raises(checks.InputError, match="did not answer"):
        run(scheduler="tcp://127.0.0.1:9")


@pytest.mark.parametrize(("flaw", "workers"), [("raise", 1), ("raise", 2), ("die", 2)])
def test_failing_point_takes_no_other_down(flaw, workers, tmp_path, capsys):
    data = run(workers=workers, flaw=flaw, store=tmp_path / "store.zarr")
    bad = (data["load"] == 0.2) & (data["kind"] == "b") & (data["trial"] >= 0)
    sound = run(workers=1)
    xr.testing.assert_identical(data.drop_vars("error").where(~bad), sound.where(~bad))
    assert bool(data.overlap.isnull().equals(bad))
    assert bool(((data.error != "") == bad).all())
    assert "load=0.2, kind='b', trial=0" in capsys.readouterr().err.replace("\n", " ").replace("  ", " ")


def bad(*, seed, load):
    raise checks.refusal("load", "be below 1", f"was {load}")


def test_if_all_points_fail_the_first_reason_is_raised():
    with pytest.raises(checks.InputError, match="load must be below 1"):
        sweep.grid(bad, {"load": [2.0, 3.0]}, trials=2, seed=0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"point": None}, "point must be a function"),
        ({"point": "point"}, "point must be a function"),
        ({"point": dict}, "point must be a function"),
        ({"dims": None}, "dims must be a mapping"),
        ({"dims": [("load", [1])]}, "dims must be a mapping"),
        ({"dims": {1: [1]}}, "dims must be a mapping"),
        ({"dims": {"load": 0.1}}, "load must be a sequence of values"),
        ({"dims": {"load": "0.1"}}, r"load must be a sequence of values, but was '0.1'; give \('0.1',\)"),
        ({"dims": {"load": np.array(0.1)}}, "load must be a sequence of values"),
        ({"dims": {"load": [0.1], "trial": [1]}}, "dims must leave trial to the grid"),
        ({"dims": {"load": []}}, "load must hold at least one value"),
        ({"dims": {"load": [0.1, 0.1]}}, r"load must hold different values, but was \(0\.1, 0\.1\)"),
        ({"dims": {"load": [object()], "kind": ["a"]}}, "settings of a sweep must be numbers, texts or arrays"),
        ({"fixed": 3}, "fixed must be a mapping"),
        ({"fixed": {"flaw": {1, 2}}}, "settings of a sweep must be numbers, texts or arrays"),
        ({"fixed": {"flaw": {(1, 2): 3}}}, "settings of a sweep must be numbers, texts or arrays"),
        ({"fixed": {"other": 1}}, r"dims and fixed must hold the settings that point takes, but do not \(got an unexpected"),
        ({"fixed": {"load": 0.2}}, "dims and fixed must hold .*multiple values for keyword argument 'load'"),
        ({"dims": {}}, "dims and fixed must hold .*missing a required"),
        ({"title": None}, "title must be a text"),
        ({"trials": 0}, "trials must be"),
        ({"trials": 10**8}, "trials must make arrays that fit"),
        ({"trials": 10**20}, "trials must be"),
        ({"trials": 2.0}, "trials must be"),
        ({"seed": -1}, "seed must be"),
        ({"seed": 2**63}, "seed must be"),
        ({"seed": None}, "seed must be"),
    ],
)
def test_what_a_grid_can_not_use_is_refused(options, words):
    given = {"point": point, "dims": {"load": [0.1], "kind": ["a"]}, "trials": 1, "seed": 0, **options}
    with pytest.raises(checks.InputError, match=words):
        sweep.grid(given.pop("point"), given.pop("dims"), **given)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"workers": 0}, "workers must be"),
        ({"workers": 10**9}, "workers must be"),
        ({"workers": "2"}, "workers must be"),
        ({"scheduler": 8786}, "scheduler must be an address"),
        ({"scheduler": "nonsense"}, "scheduler must be the address of a running one"),
        ({"store": 3}, "store must be the name of a file or folder"),
        ({"store": ""}, "store must be the name of a file or folder"),
        ({"store": "a\0b"}, "store must be the name of a file or folder"),
        ({"store": "x" * 300}, "store must be the name of a file or folder"),
        ({"store": "/proc/store.zarr"}, "store must be a folder that can be written to"),
        ({"resume": "yes"}, "resume must be"),
    ],
)
def test_what_a_run_can_not_use_is_refused(options, words):
    with pytest.raises(checks.InputError, match=words):
        run(**options)


@pytest.mark.parametrize(
    ("seed", "trial", "words"), [(-1, 0, "seed"), ("0", 0, "seed"), (0, 0.5, "trial"), (0, -1, "trial")]
)
def test_a_seed_of_what_is_no_trial_is_refused(seed, trial, words):
    with pytest.raises(checks.InputError, match=f"^{words} must be a whole number"):
        sweep.trial_seed(seed, trial)


def wide(*, seed):
    return {"many": ("unit", np.zeros(10**6))}


def test_values_that_can_not_fit_are_refused_before_there_is_room_made():
    with pytest.raises(checks.InputError, match=r"trials must make arrays that fit in the .* GB"):
        sweep.grid(wide, {}, trials=10**5, seed=0)


def test_a_plan_tells_points_and_time_and_computes_few(tmp_path):
    """Points of 0.05 s each, on four cores: the time follows by hand."""
    with sweep.planned(workers=4) as estimates:
        held = {"calls": str(tmp_path / "calls"), "pause": 0.05}
        data = sweep.grid(point, DIMS, trials=400, seed=5, fixed=held, title="it")
    (estimate,) = estimates
    assert estimate.points == 8 * 400
    assert 10 < estimate.measured == calls_of(tmp_path / "calls").total() < 200
    assert estimate.pace == pytest.approx(0.05, rel=0.5)
    assert estimate.seconds == pytest.approx(estimate.pace * 8 * 400 / 4)
    assert estimate.bytes > 4 * 10**7
    assert data.overlap.notnull().sum() == estimate.measured
    assert f"3,200 points; estimated from {estimate.measured} of them" in str(estimate)


def test_a_first_point_that_compiles_for_long_is_not_the_measure(tmp_path, monkeypatch):
    """0.2 s for the first point and 1 ms for the others."""
    monkeypatch.setattr(_estimate, "LOOK", 0.1)

    def compiled(*, seed):
        time.sleep(0.001 if (tmp_path / "compiled").exists() else 0.2)
        (tmp_path / "compiled").touch()
        return {"one": 1.0}

    with sweep.planned(workers=1) as estimates:
        sweep.grid(compiled, {}, trials=1000, seed=0)
    assert estimates[0].measured == 2
    assert estimates[0].pace < 0.1
    one = _estimate.Estimate("it", 10, 6.0, 1, 1, 1e9)
    assert "estimated from 1 of them, at most 60 s on 1 core" in str(one)


def test_the_memory_of_a_plan_counts_its_table_once():
    """Twenty points of 8 MB: 160 MB beside eight processes as large as this one was before."""
    before = psutil.Process().memory_info().rss
    with sweep.planned(workers=8) as estimates:
        sweep.grid(wide, {}, trials=20, seed=0)
    assert 0.5 * 160e6 < estimates[0].bytes - 8 * before < 4 * 160e6


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "less than a second"), (3.14, "3.1 s"), (80, "80 s"), (100, "1.7 min"), (4e4, "11 h")]
)
def test_a_time_as_one_would_say_it(seconds, words):
    assert _estimate.spoken(seconds) == words


def test_a_long_run_says_what_it_will_take_and_a_short_one_does_not(tmp_path, capsys):
    run(workers=1)
    assert "estimated" not in capsys.readouterr().err
    with sweep.on(workers=1):
        sweep.grid(point, DIMS, trials=15, seed=5, fixed={"pause": 0.08})
    assert "points; estimated from" in " ".join(capsys.readouterr().err.split())
