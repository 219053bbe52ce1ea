"""SDM: kernels against references, circles and radii against published numbers, the memory."""

import numpy as np
import pytest
from scipy.stats import norm

import neuromem as nm
from neuromem.experiments import attention_approximation as experiment
from neuromem.figures import attention_approximation as figure
from neuromem.kernels import bits, locations
from neuromem.theory import sdm as theory


@pytest.mark.parametrize("units", [1, 63, 64, 65, 150, 330])
@pytest.mark.parametrize("counter", [np.int8, np.float64])
def test_kernels_equal_their_references(units, counter):
    rng = np.random.default_rng(units)
    addresses = np.ascontiguousarray(bits.pack(rng.random((190, units)) < 0.5).T)
    keys, cues = nm.patterns.random(7, units, rng=1), nm.cues.erase(nm.patterns.random(37, units, rng=2), 0.2, rng=3)
    values = nm.patterns.random(7, 33, rng=4)
    radius = units // 2
    ours, reference = np.zeros((190, 33), counter), np.zeros((190, 33), np.int64)
    locations.write(addresses, ours, np.asfortranarray(keys), np.asfortranarray(values), radius)
    locations.write_reference(addresses, reference, keys, values, radius)
    np.testing.assert_array_equal(ours, reference)
    assert np.abs(reference).sum() > 0
    for one, other in zip(
        locations.read(addresses, ours, cues.astype(float), radius),
        locations.read_reference(addresses, reference, cues, radius),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


def test_sums_of_real_counters_are_not_rounded():
    """In float64, location after location."""
    rng = np.random.default_rng(0)
    addresses = np.ascontiguousarray(bits.pack(rng.random((500, 90)) < 0.5).T)
    counters, cues = rng.normal(size=(500, 5)), nm.patterns.random(9, 90, rng=1)
    sums, active = locations.read(addresses, counters, cues, 45)
    near = locations.active_reference(addresses, cues, 45)
    for cue, places in enumerate(near):
        total = np.zeros(5)
        for row in counters[places]:
            total = total + row
        np.testing.assert_array_equal(sums[cue], total)
    assert active.min() > 10


@pytest.mark.parametrize(("dtype", "kind"), [(np.int8, np.int32), (np.int16, np.int64), (np.int32, np.int64)])
def test_sums_can_not_overflow(dtype, kind):
    """All 70,000 locations active, each counter at the largest number of its type."""
    most = np.iinfo(dtype).max
    addresses, counters = np.zeros((1, 70_000), np.uint64), np.full((70_000, 3), most, dtype)
    sums, active = locations.read(addresses, counters, -np.ones((2, 8)), 8)
    assert sums.dtype == kind
    assert sums.tolist() == [[70_000 * int(most)] * 3] * 2
    assert active.tolist() == [70_000] * 2


def test_unknown_units_count_half():
    x = nm.patterns.random(1, 100, rng=0)
    cue = nm.cues.erase(x, 0.4, rng=1)
    for radius, active in ((19, False), (20, True)):
        assert locations.active_reference(bits.pack(x > 0).T, cue, radius).item() is active


TABLE = {  # Kanerva (1988), Table 7.1: distance, exact, book
    0: (1071.85, 1000),
    1: (958.44, 894),
    10: (795.87, 743),
    50: (476.87, 445),
    100: (285.83, 267),
    150: (173.63, 162),
    200: (103.46, 97),
    300: (32.32, 30),
    400: (7.597, 7),
    500: (1.101, 1),
}


@pytest.mark.parametrize("distance", list(TABLE))
def test_kanervas_table(distance):
    exact, book = TABLE[distance]
    ours = float(theory.intersection(1000, 451, distance, locations=1e6))
    assert ours == pytest.approx(exact, rel=4e-4)
    assert ours == pytest.approx(1.0719 * book, rel=0.035)  # the book scales to 1000 locations and rounds


def test_intersection_equals_counting_every_address():
    units, radius = 11, 4
    every = np.arange(2**units)
    near = np.bitwise_count(every) <= radius
    for distance in range(units + 1):
        both = near & (np.bitwise_count(every ^ (2**distance - 1)) <= radius)
        assert theory.intersection(units, radius, distance, 2**units) == pytest.approx(both.sum())
    assert theory.activation(units, radius) == pytest.approx(near.mean())


@pytest.mark.parametrize(
    ("radius", "published", "true"),
    [
        (5, 35.36, 28.29),
        (7, 25.90, 22.20),
        (9, 20.04, 17.82),
        (11, 15.87, 14.43),
        (13, 12.67, 11.70),
        (15, 10.12, 9.45),
        (19, 6.30, 5.97),
    ],
)
def test_beta_is_the_least_squares_slope_and_the_published_one_is_too_steep(radius, published, true):
    beta, error = theory.beta(64, radius)
    assert beta == pytest.approx(true, abs=0.006)
    assert beta * radius / (radius - 1) == pytest.approx(published, abs=0.006)
    assert 0 < error < 0.5


def test_best_radii():
    activation = (2 * 1024 * 2.0**64) ** (-1 / 3)
    assert activation == pytest.approx(2.98e-8, rel=1e-3)
    radii = [theory.best_radius(64, 1024, 2.0**64, goal=goal) for goal in ("signal", "capacity", "distance")]
    assert radii == [11, 5, 15]
    p = np.geomspace(1e-4, 1e-1, 200)
    best = p[np.argmax([theory.signal_to_noise(a, 500, 1e4) for a in p])]
    assert best == pytest.approx((2 * 500 * 1e4) ** (-1 / 3), rel=0.05)


def test_critical_distance_of_kanervas_example():
    """Measured on a memory of 10,000 items, 1,000,000 locations and radius 451: 220 to 250."""
    assert 220 <= theory.critical_distance(1000, 451, 1e4, 1e6) <= 250
    measured = {100: 19, 150: 75, 180: 136, 209: 180, 220: 217, 240: 224}  # distance before and after a read, 60 cues, +-8
    after = theory.one_read(1000, 451, 1e4, 1e6)
    for before, found in measured.items():
        assert abs(after[before] - found) < 3 * 8


def test_one_read_against_a_simulation():
    """Dense algebra on floats and other random numbers; 4 standard errors over 12 networks."""
    units, places, stored, radius, cues = 256, 4000, 200, 114, 40
    distances = [20, 40, 60, 80, 100]
    rng, found = np.random.default_rng(5), np.zeros((12, len(distances)))
    for network in found:
        addresses, items = (rng.choice(np.float32([-1, 1]), (size, units)) for size in (places, stored))
        counters = (items @ addresses.T >= units - 2 * radius).T.astype(np.float32) @ items
        for at, distance in enumerate(distances):
            shown = items[:cues].copy()
            for cue in shown:
                cue[rng.choice(units, distance, replace=False)] *= -1
            field = (shown @ addresses.T >= units - 2 * radius).astype(np.float32) @ counters
            network[at] = (np.where(field == 0, shown, np.sign(field)) != items[:cues]).sum(1).mean()
    error = found.std(0, ddof=1) / np.sqrt(len(found))
    after = theory.one_read(units, radius, stored, places)
    np.testing.assert_array_less(np.abs(found.mean(0) - after[distances]), 4 * error)
    assert theory.one_read(units, radius, 1, places)[0] == pytest.approx(0)


@pytest.mark.parametrize(
    ("radius", "flipped", "published"),
    [
        (9, 16, 0.97),
        (11, 16, 0.99),
        (13, 16, 0.98),
        (15, 16, 0.97),
        (17, 16, 0.92),
        (19, 16, 0.01),
        (5, 10, 1.0),
        (5, 12, 0.0),
    ],
)
def test_recovery_with_every_location(radius, flipped, published):
    """n = 64, m = 1024, 400 trials on both sides: 4 standard errors of the difference."""
    items = nm.patterns.random(1024, 64, rng=radius)
    cues = nm.cues.flip(items[:400], flipped / 64, rng=flipped)
    for _ in range(20):
        cues = np.where((read := experiment.read_everywhere(items, cues, radius)) == 0, cues, np.sign(read)).astype(np.int8)
    recovered = nm.metrics.exact(cues, items[:400]).mean()
    spread = np.sqrt(2 * max(published * (1 - published), 0.01) / 400)
    assert abs(recovered - published) < 4 * spread


def test_reads_of_sdm_and_of_softmax_agree_where_circles_overlap():
    data = experiment.run(radii=(11, 23), stored=300, cues_read=60, trials=2, fractions=(0.0, 0.125, 0.375))
    like = data.likeness.sel(fit="least squares").mean("trial")
    assert like.sel(radius=11, flipped=[0.0, 0.125]).min() > 0.99
    assert like.sel(radius=23).min() > 0.95
    overlap = data.overlap.mean("trial").sel(flipped=0.125)
    assert overlap.sel(radius=11, reader=["every location", "softmax"]).min() > 0.99
    assert overlap.sel(radius=11, reader="hard locations").isnull()  # none is within 11 bits of a cue
    near = overlap.sel(radius=23, reader=["every location", "hard locations"])
    assert 0.5 < near.min() <= near.max() < near.min() + 0.1
    assert (data.beta_published > data.beta).all()
    assert len(figure.draw(data).axes) == 5
    assert experiment.summary(data).row_count == 2


def test_activation_and_intersection_of_random_locations():
    """Mean counts over 200 pairs of addresses in 10,000 locations, 4 standard errors."""
    memory = nm.SDM(256, radius=110)
    x = nm.patterns.random(200, 256, rng=0)
    y = nm.cues.flip(x, 32 / 256, rng=1)
    one, other = (locations.active_reference(memory.addresses, cues, 110) for cues in (x, y))
    for counts, expected in (
        (one.sum(1), 10_000 * theory.activation(256, 110)),
        ((one & other).sum(1), float(theory.intersection(256, 110, 32, 10_000))),
    ):
        assert abs(counts.mean() - expected) < 4 * np.sqrt(expected / 200) + 0.01 * expected


def test_signal_to_noise_of_a_read():
    """Errors of a read at stored keys against Phi(-sqrt(SNR)), a mean field: 10 %."""
    keys, values = nm.patterns.random(2000, 256, rng=0), nm.patterns.random(2000, 256, rng=1)
    wrong = nm.metrics.bit_error(nm.SDM(256, radius=108).store(keys, values).recall(keys), values).mean()
    expected = norm.sf(np.sqrt(theory.signal_to_noise(theory.activation(256, 108), 2000, 10_000)))
    assert wrong == pytest.approx(expected, rel=0.1)
    own = nm.metrics.bit_error(nm.SDM(256, radius=108, steps=1).store(keys).recall(keys), keys).mean()
    assert own < 0.5 * wrong


def test_hetero_association_and_widening_counters():
    keys, values = nm.patterns.random(200, 256, rng=0), nm.patterns.random(200, 50, rng=1)
    memory = nm.SDM(256).store(keys[:100], values[:100])
    assert memory.counters.dtype == np.int8
    assert memory.cost.bits == 10_000 * (256 + 50 * 8)
    memory.store(keys[100:], values[100:])
    assert memory.counters.dtype == np.int16
    assert nm.metrics.overlap(memory.recall(keys), values).mean() > 0.98


@pytest.mark.parametrize("stored", [127, 128, 129, 255, 256, 32_767, 32_768, 32_769])
@pytest.mark.parametrize("parts", [1, 2])
def test_counters_hold_as_many_equal_items_as_there_are(stored, parts):
    items = np.repeat(nm.patterns.random(1, 16, rng=0), stored, axis=0)
    memory = nm.SDM(16, locations=40, radius=8)
    for part in np.array_split(items, parts):
        memory.store(part)
    assert memory.stored == stored
    assert np.abs(memory.counters.astype(int)).max() == stored
    assert memory.counters.itemsize == (1 if stored < 128 else 2 if stored < 2**15 else 4)
    np.testing.assert_array_equal(np.asarray(memory.recall(items[:1])), items[:1])


def test_a_unit_that_is_always_on_is_recalled_on():
    items = nm.patterns.random(128, 64, rng=0)
    items[:, 0] = 1
    assert (np.asarray(nm.SDM(64, radius=64, steps=1, locations=3).store(items).recall(items))[:, 0] == 1).all()


def test_counters_that_are_replaced_are_used_as_they_are():
    items = nm.patterns.random(20, 64, rng=0)
    memory = nm.SDM(64, steps=1).store(items)
    whole = memory.synapses["counters"]
    cue = nm.cues.flip(items, 0.1, rng=1)
    near = locations.active_reference(memory.addresses, cue, memory.radius)
    for counters in (0.3 * whole - 0.01, whole.astype(np.int64) * 10**6):
        memory.synapses = {"counters": counters}
        np.testing.assert_array_equal(memory.synapses["counters"], counters)
        expected = np.sign(near.astype(float) @ counters.astype(float))
        np.testing.assert_array_equal(np.asarray(memory.recall(cue)), np.where(expected == 0, cue, expected))
    memory.synapses = {"counters": 127 * np.ones_like(whole)}
    assert memory.counters.dtype == np.int8
    memory.store(items)
    assert memory.counters.dtype == np.int16
    assert memory.counters.max() > 127
    with pytest.raises(nm.InputError, match="hold real numbers"):
        memory.synapses = {"counters": 1j * whole}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nm.SDM(64, locations=0), "locations must be a positive whole number"),
        (lambda: nm.SDM(64, radius=65), "radius must be a whole number from 0 to 64"),
        (lambda: nm.SDM(10_000, locations=10**9), "GB"),
        (lambda: nm.SDM(4).store(np.ones((2, 4)), np.ones((2, 3))).store(np.ones((2, 4))), "values must have shape"),
        (lambda: theory.intersection(64, 65, 3), "radius must be a whole number from 0 to 64"),
        (lambda: theory.intersection(64, 5, 65), "distance must be at most 64"),
        (lambda: theory.beta(64, 1), "distances must be at least two"),
        (lambda: theory.best_radius(64, 10, 100, goal="none"), "goal must be one of 3 names"),
    ],
)
def test_what_can_not_be_is_refused(make, message):
    with pytest.raises(nm.InputError, match=message):
        make()


def test_one_location_is_best_active_for_all():
    """Of one location (4) grows with p up to 1; with a few more the best p is within."""
    assert theory.best_radius(64, 10, 1, goal="capacity") == 64
    best = theory.best_radius(64, 10, 100, goal="capacity")
    held = [theory.capacity(theory.activation(64, radius), 64, 100) for radius in range(16, 65)]
    assert held[best - 16] > 0.99 * max(held) > 1.1 * held[-1]
