"""What is checked: inputs and their names, results, lines of the source, and bad input."""

from __future__ import annotations

import functools
from collections import namedtuple
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest

from microgradlab import MLP, Value, maximum, no_grad, relu, sin
from microgradlab.checking.subject import Function, Model
from microgradlab.errors import ArgumentError
from microgradlab.losses import l2, squared_error
from microgradlab.module import Module


class NoParameters(Module):
    def __call__(self, features: Any) -> Any:
        return features[0]


class Line(NamedTuple):
    slope: float
    shift: float


def complaint(f: Any, *inputs: Any, names: Any = None) -> tuple[str, str]:
    """The message and the hint with which something is refused."""
    with pytest.raises(ArgumentError) as caught:
        Function(f, inputs, names).run([1.0])
    return caught.value.message, caught.value.hint


# --- inputs and their names


def test_inputs_are_named_by_the_signature_and_by_their_place() -> None:
    def f(x: Any, w: Any, *rest: Any, scale: float = 1.0) -> Any:
        return x * scale + w["a"][0] + rest[0]

    subject = Function(f, [1, {"a": [2.0, 3.0], "b": (4.0,)}, 5.0, [6.0]])
    assert subject.names == [
        "x",
        "w['a'][0]",
        "w['a'][1]",
        "w['b'][0]",
        "rest[0]",
        "rest[1][0]",
    ]
    assert subject.point == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]


def test_names_may_be_given() -> None:
    subject = Function(lambda x, w: x * w[0], [1.0, [2.0]], ["length", "weights"])
    assert subject.names == ["length", "weights[0]"]


def test_functions_without_a_signature_have_numbered_inputs() -> None:
    assert Function(max, [1.0, 2.0]).names == ["x0", "x1"]


@pytest.mark.parametrize(
    ("f", "title"),
    [
        (lambda x: x, "f"),
        (sin, "sin"),
        (functools.partial(maximum, 1.0), "partial"),
        (MLP(1, [1]), "MLP"),
    ],
)
def test_the_title_is_the_functions_name(f: Callable[..., Any], title: str) -> None:
    assert Function(f, [1.0]).title == title


@pytest.mark.parametrize(
    "number", [2, 2.0, np.float64(2.0), np.float32(2.0), np.int64(2), Fraction(2), Value(2.0)]
)
def test_any_real_number_is_an_input(number: Any) -> None:
    subject = Function(sin, [number])
    assert subject.point == [2.0]
    assert type(subject.point[0]) is float


def test_f_gets_its_containers_with_values_in_them() -> None:
    seen: list[Any] = []

    def f(line: Line, table: dict[str, list[float]]) -> Any:
        seen.append((line, table))
        return line.slope * table["x"][0] + line.shift

    trace = Function(f, [Line(2.0, 3.0), {"x": [4.0]}]).run([2.0, 3.0, 4.0])
    line, table = seen[0]
    assert [line.slope, line.shift, table["x"][0]] == trace.inputs
    assert [leaf.label for leaf in trace.inputs] == ["line[0]", "line[1]", "table['x'][0]"]


# --- results


def test_results_are_named_by_their_place() -> None:
    Pair = namedtuple("Pair", "a b")
    trace = Function(lambda x: {"p": Pair(x, [x * x])}, [1.0]).run([1.0])
    assert list(trace.results) == ["['p'][0]", "['p'][1][0]"]


def test_a_single_result_has_no_name() -> None:
    assert list(Function(sin, [1.0]).run([1.0]).results) == [""]


# --- runs


def test_each_run_has_values_of_its_own() -> None:
    subject = Function(lambda x: x * x, [3.0])
    first, second = subject.run([3.0]), subject.run([4.0])
    assert (first.results[""].data, second.results[""].data) == (9.0, 16.0)
    assert first.inputs[0] is not second.inputs[0]


def test_a_run_records_even_inside_no_grad() -> None:
    with no_grad():
        trace = Function(lambda x: x * x, [3.0]).run([3.0])
    assert len(trace.order("")) == 2


def test_the_line_that_made_a_node_is_known() -> None:
    def f(x: Value) -> Value:
        y = sin(x)
        return relu(y) * y.maximum(0.5)

    trace = Function(f, [1.0]).run([1.0], with_places=True)
    first = f.__code__.co_firstlineno
    lines = {node.op.name: trace.places[node] for node in trace.order("") if node.op}
    assert lines == {
        "sin": (__file__, first + 1),
        "relu": (__file__, first + 2),
        "maximum": (__file__, first + 2),
        "mul": (__file__, first + 2),
    }
    assert trace.describe(trace.order("")[1]) == (
        f"sin(x) = 0.8414709848078965 at x = 1.0 ('x') (test_subject.py:{first + 1})"
    )


def test_lines_are_not_looked_for_unless_wanted() -> None:
    assert Function(sin, [1.0]).run([1.0]).places == {}


def test_code_from_text_has_no_lines_that_could_be_shown() -> None:
    trace = Function(eval("lambda x: x * x"), [1.0]).run([1.0], with_places=True)
    assert trace.places == {}


# --- models


def test_a_models_inputs_are_its_parameters() -> None:
    model = MLP(1, [2], seed=0)
    subject = Model(model, [([1.0], [0.0, 1.0])], squared_error)
    assert subject.names == [name for name, _ in model.named_parameters()]
    assert subject.point == [parameter.data for parameter in model.parameters()]
    assert subject.title == "MLP with squared_error"


def test_a_model_runs_at_any_point_and_stays_as_it_is() -> None:
    model = MLP(1, [1], output="linear", seed=0)
    before = [(p, p.data, p.grad) for p in model.parameters()]
    subject = Model(model, [([2.0], 1.0), ([3.0], 0.0)], squared_error, l2(0.5))
    cost = subject.run([4.0, 5.0]).results[""]  # 4 x + 5
    assert cost.data == ((13.0 - 1.0) ** 2 + 17.0**2) / 2.0 + 0.5 * (4.0**2 + 5.0**2)
    assert [(p, p.data, p.grad) for p in model.parameters()] == before


def test_samples_may_come_from_a_generator() -> None:
    model = MLP(1, [1], seed=0)
    subject = Model(model, (([x], 0.0) for x in (1.0, 2.0)), squared_error)
    assert (
        subject.run(subject.point).results[""].data == subject.run(subject.point).results[""].data
    )


# --- bad input


@pytest.mark.parametrize(
    ("f", "inputs", "message"),
    [
        (lambda: 1.0, (), "there is no number to differentiate by"),
        (lambda xs: xs, ([],), "there is no number to differentiate by"),
        (lambda x: x, (1.0, 2.0), "f(x) does not take 2 inputs: too many positional arguments"),
        (
            lambda x, y: x * y,
            (1.0,),
            "f(x, y) does not take 1 input: missing a required argument: 'y'",
        ),
        (lambda x: x, ("a",), "x is a str, not a number"),
        (lambda x: x, (None,), "x is None, not a number"),
        (lambda x: x, (True,), "x is a bool, not a number"),
        (lambda x: x, (1j,), "x is a complex, not a number"),
        (lambda x: x, ({"w": [1.0, "b"]},), "x['w'][1] is a str, not a number"),
        (3.0, (1.0,), "f is a number, not a function"),
        (None, (1.0,), "f is None, not a function"),
        (lambda _: None, (1.0,), "f returned None, not a Value"),
        (lambda _: 1.0, (1.0,), "f returned a number, not a Value"),
        (lambda x: [x, None], (1.0,), "f returned None at [1], not a Value"),
        (lambda x: {"a": x, "b": 2.0}, (1.0,), "f returned a number at ['b'], not a Value"),
        (lambda _: [], (1.0,), "f returned a list of 0: no number to differentiate"),
        (lambda x: float(x), (1.0,), "f returned a number, not a Value"),
        (lambda _: "x", (1.0,), "f returned a str, not a Value"),
    ],
)
def test_what_cannot_be_checked_is_refused_in_a_sentence(
    f: Any, inputs: tuple[Any, ...], message: str
) -> None:
    assert complaint(f, *inputs)[0] == message


def test_the_hints_say_how_to_mend_it() -> None:
    assert "as in gradcheck(f, 1.3, [0.5, 2.0])" in complaint(lambda: 1.0)[1]
    assert "by a lambda" in complaint(lambda x: x, "mode")[1]
    assert "array.tolist()" in complaint(lambda x: x, np.array([1.0, 2.0]))[1]
    assert "gradient=" in complaint(lambda _: 1.0, 1.0)[1]
    assert "one input for each argument" in complaint(lambda x: x, 1.0, 2.0)[1]
    assert "the function comes first" in complaint(1.3, sin)[1]


def test_there_is_a_name_for_each_input() -> None:
    assert complaint(lambda x: x, 1.0, names=["a", "b"])[0] == "2 names are given for 1 input"


def test_what_f_itself_raises_comes_through() -> None:
    with pytest.raises(AttributeError, match="foo"):
        Function(lambda x: x.foo, [1.0]).run([1.0])


def test_a_model_needs_parameters_and_samples() -> None:
    with pytest.raises(ArgumentError, match="there are no samples"):
        Model(MLP(1, [1]), [], squared_error)
    with pytest.raises(ArgumentError, match="no parameters to differentiate by"):
        Model(NoParameters(), [([1.0], 1.0)], squared_error)
