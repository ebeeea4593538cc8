"""What a trace records, and how far it walks."""

from __future__ import annotations

from typing import Any

import microgradlab as mg
from microgradlab import Value
from microgradlab.tracing import forward, reverse, trace


def long_chain() -> Value:
    out = Value(1.0)
    for _ in range(1000):
        out = out * 1.0
    return out


def test_a_trace_does_not_walk_below_the_callers_values() -> None:
    """So that a loop with a derivative at each step takes time in proportion to its steps."""
    z = long_chain()
    as_argument = trace("test", lambda y: y * y + z, [0], [z], {})
    beside = trace("test", lambda y, w: y * w, [0], [1.0, z], {})
    in_a_list = trace("test", lambda y, w: y * w[0], [0], [1.0, [z]], {})
    by_keyword = trace("test", lambda y, w: y * w, [0], [1.0], {"w": z})
    assert len(as_argument.order) == 3
    assert [len(call.order) for call in (beside, in_a_list, by_keyword)] == [2, 2, 2]


def test_only_what_depends_on_the_fresh_values_has_a_number() -> None:
    w = Value(3.0)
    call = trace("test", lambda x: x * (w + 1.0), [0], [2.0], {})
    assert [float(number) for number in call.numbers.values()] == [2.0, 8.0]


def test_numbers_are_floats_until_a_value_from_outside_takes_part() -> None:
    w = Value(3.0)
    call = trace("test", lambda x: (x * x) * w, [0], [2.0], {})
    assert [type(number) for number in call.numbers.values()] == [float, float, Value]


def test_the_lifted_graph_has_the_recorded_operations_with_operands_in_their_places() -> None:
    w = Value(3.0)
    call = trace("test", lambda x: 1.0 - mg.sigmoid(w / x), [0], [2.0], {})
    value = call.value
    assert (value.op, value.x, value.data) == (mg.OPS["sub"], 1.0, call.output.data)
    sigmoid = value.y
    assert sigmoid.op is mg.OPS["sigmoid"]
    assert (sigmoid.x.op, sigmoid.x.x, sigmoid.x.y) == (mg.OPS["div"], w, 2.0)


def test_operations_of_ones_own_are_traced_through() -> None:
    cube = mg.Op("cube", "³", "x to the third power.", "x * x * x", "3.0 * x * x")

    def f(x: Any) -> Any:
        return mg.apply(cube, x)

    assert mg.grad(f)(2.0) == 12.0
    assert mg.grad(mg.grad(f))(2.0) == 12.0
    assert mg.hvp(f)((2.0,), (1.0,)) == 12.0


def test_the_sweeps_add_up_what_a_shared_operand_gets() -> None:
    call = trace("test", lambda x: (x * x) * (x + x), [0], [2.0], {})
    [x] = call.given
    assert forward(call.numbers, {x: 1.0})[call.output] == 24.0
    assert reverse(call.numbers, {call.output: 1.0})[x] == 24.0
