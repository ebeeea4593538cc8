"""The laws of derivatives, on random expressions: no reference, only one gradient and another.

Two results of one random expression serve as f and g: they share inputs, and often much more.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import microgradlab as mg
from microgradlab import Value
from microgradlab.checking.program import Expression, Step
from microgradlab.checking.strategies import expressions, mlps, numbers
from microgradlab.nn import MLP

FACTORS = numbers(-2.0, 2.0)
PLACES = st.integers(0, 50)


class Parts:
    """An expression with any two of its numbers as f and g, and their gradients one by one."""

    def __init__(self, expression: Expression, f: int, g: int) -> None:
        self.expression = expression
        places = [place % len(expression) for place in (f, g)]
        values = expression.numbers(*expression.inputs)
        self.f, self.g = (values[place] for place in places)
        self.places = places
        self.gradients = [gradient(expression, place) for place in places]
        inputs = range(len(expression.inputs))
        self.sizes = [[expression.derivatives(i)[1][place] for i in inputs] for place in places]

    def record(self) -> tuple[Value, Value, list[Value]]:
        """Fresh Values f and g, and the leaves."""
        leaves = self.expression.leaves()
        values = self.expression.numbers(*leaves)
        f, g = (values[place] for place in self.places)
        return f, g, leaves

    def check(self, root: Value, leaves: list[Value], by_f: float, by_g: float) -> None:
        """The gradient of the root is by_f * the gradient of f + by_g * the gradient of g."""
        root.backward()
        for leaf, df, dg, f_size, g_size in zip(leaves, *self.gradients, *self.sizes, strict=True):
            size = abs(by_f) * f_size + abs(by_g) * g_size
            close(leaf.grad, by_f * df + by_g * dg, size, len(self.expression))


PARTS = st.builds(Parts, expressions(max_operations=20), PLACES, PLACES)


def gradient(expression: Expression, place: int = -1) -> list[float]:
    """The derivatives of one number by the inputs."""
    leaves = expression.leaves()
    expression.numbers(*leaves)[place].backward()
    return [float(leaf.grad) for leaf in leaves]


def close(ours: float, other: float, size: float, operations: int) -> None:
    """Both are sums of path products of this size, rounded in another order."""
    allowed = 16 * (operations + 4) * sys.float_info.epsilon * size + sys.float_info.min
    assert abs(ours - other) <= allowed, (ours, other, allowed)


@given(PARTS, FACTORS, FACTORS)
def test_the_gradient_is_linear(parts: Parts, a: float, b: float) -> None:
    f, g, leaves = parts.record()
    parts.check(a * f + g * b, leaves, a, b)


@given(PARTS)
def test_the_product_rule(parts: Parts) -> None:
    f, g, leaves = parts.record()
    parts.check(f * g, leaves, parts.g, parts.f)


@given(PARTS)
def test_the_chain_rule(parts: Parts) -> None:
    f, _, leaves = parts.record()
    parts.check(mg.sin(f), leaves, mg.cos(parts.f), 0.0)


@given(PARTS)
def test_the_chain_rule_for_two_operands(parts: Parts) -> None:
    """The distance of (f, g) from (0, 2): sqrt(u) with u = f² + g² + 4."""
    f, g, leaves = parts.record()
    root = mg.sqrt(f * f + g * g + 4.0)
    parts.check(root, leaves, parts.f / root.data, parts.g / root.data)


@given(PARTS)
def test_a_difference_of_equals_has_no_gradient(parts: Parts) -> None:
    f, _, leaves = parts.record()
    parts.check(f - f, leaves, 0.0, 0.0)


@given(mlps(inputs=2, outputs=1), st.lists(st.tuples(numbers(), numbers()), min_size=1, max_size=4))
def test_the_gradient_of_a_mean_of_losses_is_the_mean_of_their_gradients(
    model: MLP, samples: Sequence[tuple[float, float]]
) -> None:
    def gradients(chosen: Sequence[tuple[float, float]]) -> list[float]:
        model.zero_grad()
        losses = [mg.losses.squared_error(model(sample), 0.5) for sample in chosen]
        mg.losses.cost(losses).backward()
        return [float(parameter.grad) for parameter in model.parameters()]

    one_by_one = [gradients([sample]) for sample in samples]
    for whole, *parts in zip(gradients(samples), *one_by_one, strict=True):
        size = mg.sum(abs(part) for part in parts) + 1.0
        assert abs(whole - mg.mean(parts)) <= 1e-9 * size


@given(expressions(max_operations=20), st.randoms(use_true_random=False))
def test_the_order_of_construction_does_not_change_a_bit(
    expression: Expression, rng: Random
) -> None:
    """Steps are done as soon as their operands are there, in a random order."""
    leaves = expression.leaves()
    done: dict[int, Value] = dict(enumerate(leaves))
    waiting = dict(enumerate(expression.steps, start=len(leaves)))
    while waiting:
        ready = [
            place
            for place, step in waiting.items()
            if all(type(o) is float or o in done for o in step.operands)
        ]
        place = rng.choice(ready)
        op, operands = waiting.pop(place)
        done[place] = Value.functions[op.name](
            *(done[o] if type(o) is int else o for o in operands)
        )
    done[len(expression) - 1].backward()
    assert [repr(float(leaf.grad)) for leaf in leaves] == [repr(d) for d in gradient(expression)]


@given(expressions(max_operations=7))
def test_shared_numbers_may_be_computed_anew_for_every_use(expression: Expression) -> None:
    """The graph, unfolded to a tree with the same leaves."""
    leaves = expression.leaves()

    def unfold(place: int) -> Value:
        if place < len(leaves):
            return leaves[place]
        op, operands = expression.steps[place - len(leaves)]
        copies: list[Any] = [unfold(o) if type(o) is int else o for o in operands]
        copy: Value = Value.functions[op.name](*copies)
        return copy

    unfold(len(expression) - 1).backward()
    for place, (leaf, shared) in enumerate(zip(leaves, gradient(expression), strict=True)):
        _, sizes = expression.derivatives(place)
        close(float(leaf.grad), shared, sizes[-1], 2 ** len(expression.steps))


@given(expressions(max_operations=20))
def test_a_copy_in_between_changes_nothing(expression: Expression) -> None:
    """x * 1.0 in the place of each input."""
    inputs = len(expression.inputs)
    copies = [Step(mg.OPS["mul"], (place, 1.0)) for place in range(inputs)]
    shifted = [
        Step(op, tuple(o + inputs if type(o) is int else o for o in operands))
        for op, operands in expression.steps
    ]
    longer = Expression(expression.inputs, (*copies, *shifted))
    assert list(map(repr, gradient(longer))) == list(map(repr, gradient(expression)))


@given(expressions(max_operations=20))
def test_backward_twice_doubles_the_gradients_of_leaves(expression: Expression) -> None:
    root, leaves = expression.record()
    root.backward()
    once = [float(leaf.grad) for leaf in leaves]
    root.backward()
    for place, (leaf, before) in enumerate(zip(leaves, once, strict=True)):
        _, sizes = expression.derivatives(place)
        close(leaf.grad, 2.0 * before, 2.0 * sizes[-1], len(expression))
