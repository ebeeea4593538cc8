"""Initialisation schemes: shapes, distributions, fans, orthogonality, names, errors."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgradlab import init
from microgradlab.errors import ArgumentError

fans = st.integers(1, 12)

# The standard deviations for fan_in = 30 and fan_out = 50, by PyTorch's formulas.
DEVIATIONS = {
    "lecun": math.sqrt(1.0 / 30.0),
    "glorot": math.sqrt(2.0 / 80.0),
    "xavier": math.sqrt(2.0 / 80.0),
    "he": math.sqrt(2.0 / 30.0),
    "kaiming": math.sqrt(2.0 / 30.0),
}


def drawn(scheme: init.Scheme, fan_in: int = 30, fan_out: int = 50, seed: int = 0) -> list[float]:
    return [weight for row in scheme(fan_in, fan_out, Random(seed)) for weight in row]


@given(name=st.sampled_from(list(init.SCHEMES)), fan_in=fans, fan_out=fans, seed=st.integers())
def test_a_scheme_gives_one_row_of_floats_per_neuron_and_the_seed_decides(
    name: str, fan_in: int, fan_out: int, seed: int
) -> None:
    rows = init.resolve(name)(fan_in, fan_out, Random(seed))
    assert [len(row) for row in rows] == [fan_in] * fan_out
    assert all(type(weight) is float for row in rows for weight in row)
    assert rows == init.resolve(name)(fan_in, fan_out, Random(seed))


@pytest.mark.parametrize("name", sorted(set(init.SCHEMES) - {"zeros"}))
def test_another_seed_gives_other_weights(name: str) -> None:
    scheme = init.resolve(name)
    assert drawn(scheme, seed=1) != drawn(scheme, seed=2)


def test_one_generator_gives_layers_that_differ() -> None:
    rng, scheme = Random(0), init.normal()
    assert scheme(2, 3, rng) != scheme(2, 3, rng)


def test_constants() -> None:
    assert init.constant(3)(2, 2, Random(0)) == [[3.0, 3.0], [3.0, 3.0]]
    assert init.zeros()(1, 2, Random(0)) == [[0.0], [0.0]]


# -- distributions ---------------------------------------------------------------------------------


def check_moments(sample: list[float], mean: float, std: float) -> None:
    """Both within five of their own standard errors; the seed is fixed, so this is no gamble."""
    assert abs(statistics.fmean(sample) - mean) < 5.0 * std / math.sqrt(len(sample))
    assert abs(statistics.pstdev(sample) / std - 1.0) < 5.0 / math.sqrt(2.0 * len(sample))


def test_normal_has_its_mean_and_deviation() -> None:
    check_moments(drawn(init.normal(2.0, 0.5)), mean=2.0, std=0.5)


def test_uniform_fills_its_range() -> None:
    sample = drawn(init.uniform(-1.0, 3.0))
    check_moments(sample, mean=1.0, std=4.0 / math.sqrt(12.0))
    assert -1.0 <= min(sample) < -0.9
    assert 2.9 < max(sample) <= 3.0


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
@pytest.mark.parametrize("name", DEVIATIONS)
def test_a_family_has_the_deviation_of_its_formula(name: str, distribution: str) -> None:
    check_moments(drawn(init.resolve(f"{name}_{distribution}")), 0.0, DEVIATIONS[name])


@pytest.mark.parametrize("name", DEVIATIONS)
def test_a_uniform_family_ends_at_root_three_deviations(name: str) -> None:
    sample, bound = drawn(init.resolve(f"{name}_uniform")), math.sqrt(3.0) * DEVIATIONS[name]
    assert 0.99 * bound < max(map(abs, sample)) <= bound


@pytest.mark.parametrize(
    ("mode", "count"), [("fan_in", 30.0), ("fan_out", 50.0), ("fan_avg", 40.0)]
)
def test_the_fan_of_the_mode_divides_the_variance(mode: init.FanMode, count: float) -> None:
    standard = drawn(init.normal())
    scaled = drawn(init.variance_scaling(1.0, mode, "normal"))
    assert scaled == pytest.approx([weight / math.sqrt(count) for weight in standard])


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_he_can_keep_the_size_of_the_backward_pass(distribution: init.Distribution) -> None:
    he = {"normal": init.he_normal, "uniform": init.he_uniform}[distribution]
    check_moments(drawn(he(mode="fan_out")), 0.0, math.sqrt(2.0 / 50.0))


FAMILIES: list[Callable[[float], init.Scheme]] = [
    init.lecun_normal,
    init.lecun_uniform,
    init.glorot_normal,
    init.glorot_uniform,
    init.he_normal,
    init.he_uniform,
    init.orthogonal,
]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_gain_multiplies_the_weights(family: Callable[[float], init.Scheme]) -> None:
    doubled = [2.0 * weight for weight in drawn(family(1.5))]
    assert drawn(family(3.0)) == pytest.approx(doubled)


# -- orthogonal ------------------------------------------------------------------------------------


def dot(left: list[float], right: list[float]) -> float:
    return math.fsum(a * b for a, b in zip(left, right, strict=True))


@settings(deadline=None)
@given(fan_in=fans, fan_out=fans, seed=st.integers(), gain=st.floats(0.1, 10.0))
def test_the_shorter_side_is_orthonormal(fan_in: int, fan_out: int, seed: int, gain: float) -> None:
    rows = init.orthogonal(gain)(fan_in, fan_out, Random(seed))
    vectors = rows if fan_out <= fan_in else [list(column) for column in zip(*rows, strict=True)]
    for i, left in enumerate(vectors):
        for j, right in enumerate(vectors):
            expected = gain * gain if i == j else 0.0
            assert dot(left, right) == pytest.approx(expected, rel=1e-12, abs=1e-12 * gain * gain)


def test_a_wide_layer_is_orthonormal_to_the_last_bits() -> None:
    rows = init.orthogonal()(64, 64, Random(0))
    worst = max(abs(dot(rows[i], rows[j])) for i in range(64) for j in range(i))
    assert worst < 1e-15


def test_orthogonal_matrices_are_drawn_evenly() -> None:
    """Of a Haar-distributed 2 x 2 matrix, the first row's angle is uniform, as is the sign."""
    rng, scheme = Random(0), init.orthogonal()
    drawn = [scheme(2, 2, rng) for _ in range(4000)]
    quarters = [0] * 4
    for (a, b), _ in drawn:
        quarters[int((math.atan2(b, a) + math.pi) / (math.pi / 2.0)) % 4] += 1
    rotations = [a * d - b * c > 0.0 for (a, b), (c, d) in drawn].count(True)
    assert all(abs(count - 1000) < 5 * math.sqrt(750) for count in quarters)
    assert abs(rotations - 2000) < 5 * math.sqrt(1000)


# -- names and errors ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("lecun", "lecun_normal"),
        ("glorot", "glorot_normal"),
        ("he", "he_normal"),
        ("xavier", "glorot"),
        ("xavier_normal", "glorot_normal"),
        ("xavier_uniform", "glorot_uniform"),
        ("kaiming", "he"),
        ("kaiming_normal", "he_normal"),
        ("kaiming_uniform", "he_uniform"),
    ],
)
def test_aliases_give_the_same_weights(alias: str, name: str) -> None:
    assert drawn(init.resolve(alias)) == drawn(init.resolve(name))


def test_a_scheme_resolves_to_itself() -> None:
    def scheme(fan_in: int, fan_out: int, rng: Random) -> init.Weights:
        return [[rng.random()] * fan_in] * fan_out

    assert init.resolve(scheme) is scheme


@pytest.mark.parametrize("name", init.SCHEMES)
@pytest.mark.parametrize("fan", [0, -1, 2.0, True, "3"])
def test_a_fan_must_be_a_whole_number_from_one(name: str, fan: int) -> None:
    scheme = init.resolve(name)
    with pytest.raises(ArgumentError, match="fan_in is"):
        scheme(fan, 3, Random(0))
    with pytest.raises(ArgumentError, match="fan_out is"):
        scheme(3, fan, Random(0))


BAD: dict[str, tuple[Callable[[], object], str]] = {
    "unknown name": (lambda: init.resolve("xavier_normel"), "did you mean 'xavier_normal'"),
    "no name": (lambda: init.resolve(3), "init is 3"),  # type: ignore[arg-type]
    "not called": (lambda: init.resolve(init.he_normal), "he_normal()"),  # type: ignore[arg-type]
    "constant": (lambda: init.constant(math.inf), "value is inf"),
    "low": (lambda: init.uniform(math.nan, 1.0), "low is nan"),
    "high": (lambda: init.uniform(0.0, math.inf), "high is inf"),
    "exchanged": (lambda: init.uniform(1.0, -1.0), "low is 1.0, above high, -1.0"),
    "mean": (lambda: init.normal("0"), "mean is '0'"),  # type: ignore[arg-type]
    "std": (lambda: init.normal(0.0, -1.0), "std is -1.0"),
    "gain": (lambda: init.he_normal(-1.0), "gain is -1.0"),
    "orthogonal gain": (lambda: init.orthogonal(math.nan), "gain is nan"),
    "mode": (lambda: init.he_normal(mode="fan_inn"), "'fan_in'"),  # type: ignore[arg-type]
    "distribution": (
        lambda: init.variance_scaling(1.0, "fan_in", "gauss"),  # type: ignore[arg-type]
        "unknown distribution 'gauss'",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_argument_is_named_at_once(case: str) -> None:
    make, message = BAD[case]
    with pytest.raises(ArgumentError, match=message) as caught:
        make()
    assert caught.value.hint
