"""The chain rule: sharing, repetition, accumulation, interruption, size and memory."""

from __future__ import annotations

import gc
import math
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise

import pytest

import microgradlab as mg
from microgradlab import Value
from microgradlab.engine import (
    NOT_COMPUTED,
    Node,
    describe,
    first_non_finite,
    gradient_graph,
    topological_order,
)


def test_a_value_used_twice_in_one_operation_gets_both_contributions() -> None:
    a = Value(3.0)
    (a + a).backward()
    assert a.grad == 2.0
    b = Value(3.0)
    (b * b).backward()
    assert b.grad == 6.0


def test_an_inner_value_that_is_used_again_counts_once_for_each_use() -> None:
    """The situation of micrograd's first bug: a result that feeds two later operations."""
    a, b = Value(-2.0), Value(3.0)
    d, e = a * b, a + b
    (d * e).backward()
    assert (d.grad, e.grad) == (1.0, -6.0)
    assert (a.grad, b.grad) == (-3.0, -8.0)


def test_a_diamond_of_diamonds_is_visited_in_the_right_order() -> None:
    """A depth-first walk that follows gradients at once, without an order, fails here."""
    a, b = Value(2.0), Value(3.0)
    c, d = a + b, a * b
    e, f = c + d, c * d
    (e + f).backward()
    assert (c.grad, d.grad) == (1.0 + d.data, 1.0 + c.data)
    assert (a.grad, b.grad) == (7.0 + 6.0 * 3.0, 7.0 + 6.0 * 2.0)


def test_backward_twice_restarts_inner_values_and_accumulates_in_leaves() -> None:
    a, b, d = Value(3.0), Value(2.0), Value(1.0)
    c = a + b
    e = c * d
    for times in (1.0, 2.0, 3.0):
        e.backward()
        assert (e.grad, c.grad) == (1.0, 1.0)
        assert (a.grad, b.grad, d.grad) == (times, times, 5.0 * times)


def test_zeroing_the_leaves_alone_is_enough_before_the_next_pass() -> None:
    """Inner values need no zeroing, also when a graph is kept and used again."""
    w = Value(2.0)
    h = w * 3.0
    out = h * h
    for _ in range(3):
        w.zero_grad()
        out.backward()
        assert (w.grad, h.grad) == (36.0, 12.0)


def test_two_roots_that_share_a_part_do_not_disturb_each_other() -> None:
    x = Value(2.0)
    shared = x * x
    first, second = shared * 3.0, mg.exp(shared)
    first.backward()
    assert (x.grad, shared.grad) == (12.0, 3.0)
    second.backward()
    assert shared.grad == math.exp(4.0)
    assert x.grad == 12.0 + math.exp(4.0) * 4.0


def test_backward_from_an_inner_value_and_then_from_the_root() -> None:
    x = Value(2.0)
    inner = x * 5.0
    root = inner * inner
    inner.backward()
    assert (inner.grad, x.grad) == (1.0, 5.0)
    root.backward()
    assert (inner.grad, x.grad) == (20.0, 105.0)


def test_a_root_that_becomes_an_inner_value_starts_anew() -> None:
    x = Value(3.0)
    y = x * x
    y.backward()
    x.zero_grad()
    (y + y).backward()
    assert (y.grad, x.grad) == (2.0, 12.0)


def test_backward_of_a_leaf_adds_1() -> None:
    x = Value(2.0)
    x.backward()
    x.backward()
    assert x.grad == 2.0


def test_constants_get_no_gradient_and_cost_no_node() -> None:
    x = Value(2.0)
    y = 3.0 * x - 1.0
    assert topological_order(y) == [x, y.x, y]
    y.backward()
    assert x.grad == 3.0


def test_not_computed_is_told_by_identity_from_a_gradient_of_0() -> None:
    reached, other = Value(0.0), Value(0.0)
    square = reached * reached
    square.backward()
    assert reached.grad == 0.0
    assert reached.grad is not NOT_COMPUTED
    assert other.grad is NOT_COMPUTED
    reached.zero_grad()
    assert reached.grad is NOT_COMPUTED


def test_an_inner_gradient_of_0_counts_as_computed() -> None:
    x = Value(-1.0)
    h = mg.relu(x)
    (h * 0.0 * 1.0).backward()
    assert h.grad == x.grad == 0.0
    assert h.grad is not NOT_COMPUTED
    assert x.grad is not NOT_COMPUTED


def test_the_pass_after_an_interrupted_one_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    def graph() -> tuple[Value, Value]:
        x = Value(0.5)
        h = mg.tanh(x * 2.0)
        return x, h * h + mg.sin(h)

    untouched_x, untouched = graph()
    untouched.backward()

    x, root = graph()

    def interrupt(_: list[Node]) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("microgradlab.engine._propagate", interrupt)
        with pytest.raises(KeyboardInterrupt):
            root.backward()
    x.zero_grad()
    root.backward()
    assert x.grad == untouched_x.grad


def test_gradients_are_added_in_the_order_of_the_operations() -> None:
    """1e16 + 1 - 1e16 in floats depends on the order: the same one in every run."""
    x = Value(1.0)
    (1e16 * x + 1.0 * x + -1e16 * x).backward()
    assert x.grad == -1e16 + 1.0 + 1e16


# --- graphs as pictures and messages see them


def test_topological_order_has_operands_before_results_and_each_node_once() -> None:
    a, b = Value(1.0), Value(2.0)
    c = a * b
    d = c + a
    e = d * c
    assert topological_order(e) == [a, b, c, d, e]


def test_topological_order_of_several_roots_holds_shared_nodes_once() -> None:
    a = Value(1.0)
    b = a * 2.0
    c, d = b + a, b * b
    assert topological_order(c, d, b) == [a, b, c, d]
    assert topological_order() == []


def test_topological_order_leaves_nodes_out_with_what_lies_below_them_alone() -> None:
    a, b = Value(1.0), Value(2.0)
    inner = a * a
    out = inner * b
    assert topological_order(out, without=[inner]) == [b, out]
    assert topological_order(out + a, without=[inner])[:2] == [b, out]
    assert topological_order(inner, without=[inner]) == []


def test_operands_are_those_that_the_operation_has() -> None:
    x = Value(1.0)
    assert x.operands == ()
    assert mg.exp(x).operands == (x,)
    assert (2.0 - x).operands == (2.0, x)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Value(2.0), "a leaf holding 2.0"),
        (lambda: Value(2.0, label="w"), "a leaf ('w') holding 2.0"),
        (lambda: mg.exp(Value(0.0)), "exp(x) = 1.0 at x = 0.0"),
        (lambda: 3.0 - Value(2.0, label="w"), "sub(x, y) = 1.0 at x = 3.0, y = 2.0 ('w')"),
    ],
)
def test_describe_tells_how_a_value_was_made(make: Callable[[], Value], words: str) -> None:
    assert describe(make()) == words


def test_describe_gives_the_result_its_label() -> None:
    out = mg.exp(Value(0.0))
    out.label = "p"
    assert describe(out) == "exp(x) = 1.0 ('p') at x = 0.0"


def test_first_non_finite_finds_the_earliest_and_none_when_all_is_well() -> None:
    x = Value(0.0)
    bad = mg.log(x)
    assert first_non_finite(mg.exp(bad) + bad * 0.0) is bad
    assert first_non_finite(x * 2.0) is None


# --- size and memory


# A million nodes in a fresh interpreter: a crash there is a failure here, and nothing traces it.
CHAIN = "for _ in range(1_000_000): out = out + 1.0"
SUM = "out = mg.sum(x for _ in range(1_000_000))"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("build", "data", "grad"), [(CHAIN, 1_000_001.0, 1.0), (SUM, 1_000_000.0, 1_000_000.0)]
)
def test_a_million_operations_go_forward_backward_and_are_freed(
    build: str, data: float, grad: float
) -> None:
    lines = [
        "import microgradlab as mg",
        "x = out = mg.Value(1.0)",
        build,
        "out.backward()",
        "numbers = out.data, x.grad",
        "del out",
        "print(*numbers)",
    ]
    run = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == [repr(data), repr(grad)]


def test_a_deep_graph_can_be_walked_and_described() -> None:
    out = Value(1.0)
    for _ in range(20_000):
        out = out * 1.0
    assert len(topological_order(out)) == 20_001
    assert first_non_finite(out) is None
    order = topological_order(out)
    gradients = gradient_graph(out)
    assert all(gradients[node].data == 1.0 for node in order)
    assert all(later.x is earlier for earlier, later in pairwise(order))


def test_a_plain_step_leaves_no_reference_cycles() -> None:
    model = mg.MLP(2, [4, 1], "tanh", seed=0)
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        cost = mg.mean([(model([x, -x]) - 1.0) ** 2 for x in (0.1, 0.2)])
        cost.backward()
        model.zero_grad()
        del cost
        gc.collect()
        found = [thing for thing in gc.garbage if isinstance(thing, Node)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert found == []


def test_a_freed_graph_takes_its_nodes_with_it_at_once() -> None:
    def nodes() -> int:
        return sum(isinstance(thing, Node) for thing in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        before = nodes()
        x = Value(1.0)
        out = mg.tanh(x * 2.0 + x)
        out.backward()
        assert nodes() == before + 4
        del out
        assert nodes() == before + 1
    finally:
        gc.enable()
