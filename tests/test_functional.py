"""grad, value_and_grad, jacobian, hessian, jvp, vjp, hvp: structures, conventions, errors."""

from __future__ import annotations

import inspect
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import pytest

import microgradlab as mg
from microgradlab import Value
from microgradlab.errors import NonFiniteError


class Point(NamedTuple):
    """A structure with names."""

    x: Any
    y: Any


# --- structures, as JAX has them


def test_the_gradient_has_the_structure_of_the_argument() -> None:
    def f(p: Any) -> Any:
        return p["w"][0] * p["w"][1] + p["at"].x * p["at"].y ** 2 + p["b"][0]

    parameters = {"w": [2.0, 3.0], "at": Point(5.0, 7.0), "b": (1.0,)}
    gradient = mg.grad(f)(parameters)
    assert gradient == {"w": [3.0, 2.0], "at": Point(49.0, 70.0), "b": (1.0,)}
    assert type(gradient["at"]) is Point


def test_f_receives_the_structure_that_was_given() -> None:
    seen: list[Any] = []

    def f(p: Any) -> float:
        seen.append(p)
        return 0.0

    mg.grad(f)(([1.0], Point(2.0, {"k": 3.0})))
    [(row, point)] = seen
    assert (type(row), type(point), list(point.y)) == (list, Point, ["k"])


@pytest.mark.parametrize("number", [3, np.float64(3.0), np.float32(3.0), np.int64(3)])
def test_ints_and_numpy_scalars_count_as_floats(number: Any) -> None:
    value, gradient = mg.value_and_grad(lambda x: x * x)(number)
    assert (value, gradient) == (9.0, 6.0)
    assert type(value) is type(gradient) is float


def test_argnums_choose_the_arguments() -> None:
    def f(x: Any, y: Any, z: Any) -> Any:
        return x * y + y * z[0]

    at = (2.0, 3.0, [5.0])
    assert mg.grad(f)(*at) == 3.0
    assert mg.grad(f, 1)(*at) == 7.0
    assert mg.grad(f, -1)(*at) == [3.0]
    assert mg.grad(f, (2, 0))(*at) == ([3.0], 3.0)
    assert mg.grad(f, [1])(*at) == (7.0,)


def test_other_arguments_and_keywords_pass_through_untouched() -> None:
    marker, data = object(), [1, 2]

    def f(x: Any, given: object, *, keyword: object) -> Any:
        assert given is marker
        assert keyword is data
        return x * 2.0

    assert mg.grad(f)(1.0, marker, keyword=data) == 2.0
    assert mg.jacobian(f)(1.0, marker, keyword=data) == 2.0
    assert mg.vjp(lambda x, keyword: x * keyword[1])(1.0, keyword=data)[1](1.0) == (2.0,)
    assert mg.jvp(lambda x, keyword: x * keyword[1])((1.0,), (3.0,), keyword=data) == (2.0, 6.0)


def test_the_jacobian_has_the_structure_of_the_result_holding_that_of_the_argument() -> None:
    def f(p: Any) -> Any:
        return {"sum": p[0] + p[1], "products": (p[0] * p[1], p[0] * 3.0)}

    assert mg.jacobian(f)([2.0, 5.0]) == {
        "sum": [1.0, 1.0],
        "products": ([5.0, 2.0], [3.0, 0.0]),
    }


def test_the_jacobian_by_several_arguments_holds_tuples() -> None:
    jacobian = mg.jacobian(lambda x, y: [x * y, x], argnums=(0, 1))
    assert jacobian(2.0, 5.0) == [(5.0, 2.0), (1.0, 0.0)]


def test_the_jacobian_of_one_number_is_its_gradient() -> None:
    assert mg.jacobian(lambda v: v[0] * v[1])([2.0, 5.0]) == [5.0, 2.0]


def test_the_hessian_of_a_dict_is_a_dict_of_dicts() -> None:
    hessian = mg.hessian(lambda p: p["a"] ** 2 * p["b"])({"a": 3.0, "b": 5.0})
    assert hessian == {"a": {"a": 10.0, "b": 6.0}, "b": {"a": 6.0, "b": 0.0}}


def test_the_hessian_by_two_arguments_is_a_tuple_of_tuples() -> None:
    assert mg.hessian(lambda x, y: x * x * y, (0, 1))(3.0, 5.0) == ((10.0, 6.0), (6.0, 0.0))


def test_jvp_takes_primals_and_tangents_as_tuples_or_lists() -> None:
    def f(x: Any, v: Any) -> Any:
        return [x * v["k"], v["k"] ** 2]

    expected = ([6.0, 9.0], [3.0 * 10.0 + 2.0 * 100.0, 6.0 * 100.0])
    assert mg.jvp(f)((2.0, {"k": 3.0}), (10.0, {"k": 100.0})) == expected
    assert mg.jvp(f)([2.0, {"k": 3.0}], (10, {"k": 100})) == expected


def test_the_pullback_takes_a_cotangent_of_the_results_structure_and_can_be_called_again() -> None:
    value, pullback = mg.vjp(lambda x, v: {"p": x * v[0], "q": v[0] + v[1]})(2.0, [3.0, 5.0])
    assert value == {"p": 6.0, "q": 8.0}
    assert pullback({"p": 1.0, "q": 0.0}) == (3.0, [2.0, 0.0])
    assert pullback({"q": 1.0, "p": 10.0}) == (30.0, [21.0, 1.0])


def test_a_result_that_is_returned_twice_gets_both_cotangents() -> None:
    def f(x: Any) -> Any:
        y = x * x
        return y, y

    assert mg.vjp(f)(3.0)[1]((1.0, 10.0)) == (66.0,)


def test_hvp_gives_the_argument_structure_and_a_tuple_for_several() -> None:
    assert mg.hvp(lambda v: v[0] ** 2 * v[1])(([3.0, 5.0],), ([1.0, 2.0],)) == [22.0, 6.0]
    assert mg.hvp(lambda x, y: x * x * y)((3.0, 5.0), (1.0, 2.0)) == (22.0, 6.0)


def test_one_value_given_twice_is_two_arguments() -> None:
    w = Value(3.0)
    assert [float(g) for g in mg.grad(lambda v: v[0] * v[0] * v[1])([w, w])] == [18.0, 9.0]


# --- functions that depend on little


@pytest.mark.parametrize("constant", [4.0, 4, Value(4.0)], ids=["float", "int", "Value"])
def test_what_does_not_depend_on_the_argument_has_derivative_0(constant: Any) -> None:
    value, gradient = mg.value_and_grad(lambda _: constant)(3.0)
    assert (float(value), gradient) == (4.0, 0.0)
    assert mg.jacobian(lambda x: [x, constant])(3.0) == [1.0, 0.0]
    assert mg.jvp(lambda x: [x, constant])((3.0,), (2.0,))[1] == [2.0, 0.0]
    assert mg.vjp(lambda _: constant)(3.0)[1](1.0) == (0.0,)


def test_the_identity_has_derivative_1() -> None:
    assert mg.value_and_grad(lambda x: x)(3.0) == (3.0, 1.0)
    assert mg.jvp(lambda x: x)((3.0,), (2.0,)) == (3.0, 2.0)
    assert mg.vjp(lambda x: x)(3.0)[1](2.0) == (2.0,)


def test_empty_structures_are_allowed() -> None:
    assert mg.grad(lambda _: 1.0)([]) == []
    assert mg.jacobian(lambda _: [])(1.0) == []


# --- conventions and IEEE


def test_kinks_have_the_tables_derivatives_in_both_modes() -> None:
    for f in (mg.relu, mg.abs):
        assert mg.grad(f)(0.0) == mg.jvp(f)((0.0,), (1.0,))[1] == 0.0
    assert mg.grad(mg.maximum, (0, 1))(2.0, 2.0) == (1.0, 0.0)
    assert mg.jvp(mg.maximum)((2.0, 2.0), (3.0, 5.0)) == (2.0, 3.0)


def test_a_constant_operand_has_no_tangent_so_an_infinite_derivative_by_it_does_not_matter() -> (
    None
):
    w = Value(0.0)
    value, tangent = mg.jvp(lambda x: x + mg.sqrt(w))((1.0,), (1.0,))
    assert (float(value), float(tangent)) == (1.0, 1.0)
    assert mg.jvp(lambda x: mg.sqrt(x))((0.0,), (1.0,))[1] == float("inf")


def test_detect_anomaly_reaches_into_the_function() -> None:
    with mg.detect_anomaly(), pytest.raises(NonFiniteError, match="log"):
        mg.grad(lambda x: mg.log(x))(0.0)


def test_detect_anomaly_watches_the_backward_pass() -> None:
    with mg.detect_anomaly(), pytest.raises(NonFiniteError, match="backward through sqrt"):
        mg.grad(lambda x: mg.sqrt(x))(0.0)


# --- modes, threads, size


def test_an_outer_no_grad_is_ignored_and_an_inner_one_makes_constants() -> None:
    def f(x: Any) -> Any:
        with mg.no_grad():
            constant = x * 1.0
        return x * constant

    with mg.no_grad():
        assert mg.grad(lambda x: x * x)(3.0) == 6.0
        assert mg.grad(mg.grad(lambda x: x**3))(3.0) == 18.0
        assert (Value(1.0) * 2.0).op is None
    assert float(mg.grad(f)(3.0)) == 3.0


def test_recording_stops_again_after_an_error_in_f() -> None:
    def f(_: Any) -> Any:
        raise KeyError

    with mg.no_grad():
        with pytest.raises(KeyError):
            mg.grad(f)(1.0)
        assert (Value(1.0) * 2.0).op is None


def test_threads_do_not_disturb_each_other() -> None:
    _, pullback = mg.vjp(lambda v: [mg.sin(v[0]) * v[1], v[0] ** 2])([0.5, 2.0])

    def work(seed: int) -> list[Any]:
        at = 0.1 * seed
        return [
            mg.grad(mg.grad(lambda x: mg.tanh(x) * x))(at),
            mg.jvp(lambda x: mg.exp(x) * at)((at,), (1.0,)),
            pullback([at, 1.0]),
        ]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(200))) == [work(seed) for seed in range(200)]


def chain(x: Any) -> Any:
    for _ in range(20_000):
        x = x * 1.0
    return x * x


def test_there_is_no_recursion_limit() -> None:
    assert mg.grad(chain)(3.0) == 6.0
    assert mg.grad(mg.grad(chain))(3.0) == 2.0
    assert mg.jvp(chain)((3.0,), (1.0,)) == (9.0, 6.0)
    assert mg.hvp(chain)((3.0,), (1.0,)) == 2.0


@pytest.mark.slow
def test_a_hundred_thousand_operations_are_differentiated_twice() -> None:
    lines = [
        "import microgradlab as mg",
        "def f(x):",
        "    for _ in range(100_000): x = x + 0.0",
        "    return x * x",
        "print(mg.grad(mg.grad(f))(3.0), mg.hvp(f)((3.0,), (1.0,)))",
    ]
    run = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True
    )
    assert run.stdout == "2.0 2.0\n"


# --- what f may do, and what it leaves its name to


def doubled_in_place(v: list[Any]) -> Any:
    v[0] = v[0] * 2.0
    return v[0] * v[1]


def test_a_function_may_change_its_own_containers() -> None:
    point = [1.0, 2.0]
    assert mg.grad(doubled_in_place)(point) == [4.0, 2.0]
    assert mg.jvp(doubled_in_place)((point,), ([1.0, 0.0],)) == (4.0, 4.0)
    assert mg.vjp(doubled_in_place)(point)[1](1.0) == ([4.0, 2.0],)
    assert mg.hessian(doubled_in_place)(point) == [[0.0, 2.0], [2.0, 0.0]]
    assert mg.grad(lambda v: v.pop() * v[0])(point) == [2.0, 1.0]
    assert point == [1.0, 2.0]


def test_a_derivative_shows_the_name_and_arguments_of_its_function() -> None:
    def energy(position: float, speed: float) -> float:
        return position * speed

    assert mg.grad(energy).__name__ == "energy"
    assert list(inspect.signature(mg.grad(energy)).parameters) == ["position", "speed"]
