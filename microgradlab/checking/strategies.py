"""Hypothesis strategies: random expressions, networks, data sets and optimizers. Floor 7.

    from hypothesis import given, settings
    from microgradlab.checking.strategies import expressions

    @settings(deadline=None)
    @given(expressions(operations=["add", "mul", "tanh"]))
    def test_my_engine(expression):
        def gradient(*inputs):
            leaves = [MyValue(number) for number in inputs]
            functions = {"add": operator.add, "mul": operator.mul, "tanh": MyValue.tanh}
            expression.over(functions, *leaves).backward()
            grads = [leaf.grad for leaf in leaves]
            return grads if len(grads) > 1 else grads[0]

        assert_gradients(expression, *expression.inputs, gradient=gradient,
                         allow=["ILL-CONDITIONED"])

What they make is printed in a failing test as the Python that makes it again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import product
from typing import Any

from microgradlab import checks, optim
from microgradlab.checking.decoding import At, Instruction, decode, rows, special_rows
from microgradlab.checking.program import Expression
from microgradlab.data.dataset import Dataset, Task
from microgradlab.errors import ArgumentError, MissingExtraError, unknown_name
from microgradlab.functions import ACTIVATIONS, Activation
from microgradlab.init import SCHEMES
from microgradlab.nn import MLP
from microgradlab.ops import TABLE, Op
from microgradlab.value import Value

try:
    from hypothesis import strategies as st
except ImportError as error:
    raise MissingExtraError(
        "the strategies need hypothesis, which is not installed",
        "pip install 'microgradlab[check]'",
    ) from error

# Half of the operands are the last number, so that some expressions are deep; the others reach back
# far enough to share any number. All that says where operands come from is one draw: Hypothesis
# deletes up to five draws at once, and so a whole instruction.
_BACK = [0] * 8 + [1, 2, 3, 4, 5, 7, 11, 17]
_OPERANDS = st.sampled_from(list(product([None, None, 0, 1], _BACK, _BACK)))
_REPEATS = st.sampled_from([1] * 9 + [100])
_LONGEST_LIST = 20
_FINE = 2000


def numbers(min_value: float = -3.0, max_value: float = 3.0) -> st.SearchStrategy[float]:
    """Floats that people would choose: one in three is whole, the others have few decimals.

    No subnormal or huge number hides a mistake behind its rounding. They shrink towards 1, for 0
    hides mistakes too.

    Args:
        min_value: the least of them.
        max_value: the greatest.

    Raises:
        ArgumentError: the range is empty or infinite.

    >>> from hypothesis import find
    >>> find(numbers(), lambda number: number > 1.0)
    2.0
    """
    low, high = float(min_value), float(max_value)
    if not -math.inf < low <= high < math.inf:
        raise ArgumentError(f"numbers from {low!r} to {high!r}", hint="as in numbers(-3.0, 3.0)")
    whole = [n for n in (1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 0.0) if low <= n <= high]

    def number(index: int) -> float:
        if whole and index < _FINE // 2:
            return whole[index % len(whole)]
        fine = round(low + (high - low) * (index % _FINE) / _FINE, 6)
        return min(max(fine, low), high) + 0.0  # -0.0 becomes 0.0

    return st.integers(0, _FINE + _FINE // 2).map(number)


def values(min_value: float = -3.0, max_value: float = 3.0) -> st.SearchStrategy[Value]:
    """Leaf Values.

    Args:
        min_value: the least of their numbers.
        max_value: the greatest.

    >>> from hypothesis import find
    >>> find(values(), lambda value: value.data < 0.0)
    Value(data=-1.0, grad=0.0)
    """
    return st.builds(Value, numbers(min_value, max_value))


def expressions(
    *,
    max_inputs: int = 3,
    max_operations: int = 200,
    operations: Iterable[str | Op] = TABLE,
    at: At = "smooth",
    numbers: st.SearchStrategy[float] = numbers(),  # noqa: B008  # strategies are immutable
) -> st.SearchStrategy[Expression]:
    """Expressions with sharing, repeated variables, and constants on either side.

    Most have a few operations; one in ten runs them over and over, as an unrolled loop does.

    Args:
        max_inputs: how many inputs there may be; an expression need not use them all.
        max_operations: how many operations are drawn; half of the expressions add up all results
            that are left over, by further additions.
        operations: names in the table, or rows, such as one of your own.
        at: "smooth" keeps every operation inside the domain where all its derivatives exist, and
            numbers and slopes below a million. "kinks" puts at least one operation exactly onto
            its kink, as in relu(0) or a tie of maximum. "edges" puts at least one onto a pole, an
            end of its domain or beyond, or into overflow, and lets infinities and nan spread.
            Operands are moved there by adding constants.
        numbers: what inputs and constants are drawn from.

    Raises:
        ArgumentError: an operation is unknown, or none of them has a kink or edge as wanted.

    >>> from hypothesis import find
    >>> print(find(expressions(operations=["mul", "tanh"]), lambda e: len(e.steps) == 2))
    import microgradlab as mg
    x0 = mg.Value(1.0, label="x0")
    x1 = x0 * x0
    z = x1 * x1
    """
    checks.whole("max_inputs", max_inputs)
    checks.whole("max_operations", max_operations)
    chosen = rows(operations)
    special_rows(chosen, at)
    special = st.none() if at == "smooth" else st.sampled_from([None, *range(6)])
    instruction = st.tuples(st.integers(0, len(chosen) - 1), _OPERANDS, numbers, special)
    instructions = st.lists(
        instruction.map(_instruction), min_size=1, max_size=min(max_operations, _LONGEST_LIST)
    )

    @st.composite
    def decoded(draw: st.DrawFn) -> Expression:
        repeats, sum_unused = draw(_REPEATS), draw(st.booleans())
        inputs = draw(st.lists(numbers, min_size=1, max_size=max_inputs))
        repeated = (draw(instructions) * repeats)[:max_operations]
        return decode(inputs, repeated, operations=chosen, at=at, sum_unused=sum_unused)

    return decoded()


def _instruction(drawn: tuple[int, tuple[int | None, int, int], float, int | None]) -> Instruction:
    row, (constant_at, x, y), constant, special = drawn
    return Instruction(row, x, y, constant_at, constant, special)


def mlps(
    *,
    inputs: int | None = None,
    outputs: int | None = None,
    activations: Sequence[str | Activation] = tuple(ACTIVATIONS),
    max_layers: int = 3,
    max_size: int = 4,
) -> st.SearchStrategy[MLP]:
    """Small multi-layer perceptrons: sizes, activations, initialisation and seed vary.

    Args:
        inputs: the number of inputs; 1 to `max_size` when None.
        outputs: the number of outputs; 1 to `max_size` when None.
        activations: what hidden layers and the output choose from, as names or functions.
        max_layers: how many layers there may be, the last included.
        max_size: how many neurons a layer may have.

    >>> from hypothesis import find
    >>> find(mlps(inputs=2, activations=["tanh"]), lambda model: len(model.layers) == 2)
    MLP(2 → 1 tanh → 1 tanh: 5 parameters)
    """
    size = st.integers(1, checks.whole("max_size", max_size))
    hidden = st.lists(size, max_size=checks.whole("max_layers", max_layers) - 1)
    last = size if outputs is None else st.just(outputs)
    activation = st.sampled_from(list(activations))
    return st.builds(
        MLP,
        inputs=size if inputs is None else st.just(inputs),
        sizes=st.builds(lambda sizes, last: [*sizes, last], hidden, last),
        activation=activation,
        output=activation,
        init=st.sampled_from([None, *SCHEMES]),
        seed=st.integers(0, 1000),
    )


_CLASSES: dict[Task, list[int | None]] = {
    "regression": [None],
    "binary": [2],
    "multiclass": [3, 4, 5],
}


def datasets(
    task: Task | None = None, *, inputs: int | None = None, max_samples: int = 8
) -> st.SearchStrategy[Dataset]:
    """Small data sets.

    Args:
        task: "regression", "binary" or "multiclass"; any of them when None.
        inputs: the number of features; 1 to 4 when None.
        max_samples: how many samples there may be.

    Raises:
        ArgumentError: there is no such task.

    >>> from hypothesis import find
    >>> find(datasets("binary", inputs=2), lambda data: len(data) == 2)
    Dataset 'data': 2 samples, 2 features, 2 classes (class 0 2, class 1 0)
    """
    if task is not None and task not in _CLASSES:
        raise unknown_name("task", task, _CLASSES)
    counts = [n for name, ns in _CLASSES.items() if task in (None, name) for n in ns]
    samples = checks.whole("max_samples", max_samples)

    @st.composite
    def drawn(draw: st.DrawFn) -> Dataset:
        classes = draw(st.sampled_from(counts))
        columns = inputs or draw(st.integers(1, 4))
        row = st.lists(numbers(), min_size=columns, max_size=columns)
        features = draw(st.lists(row, min_size=1, max_size=samples))
        target: st.SearchStrategy[float] = numbers()
        if classes is not None:
            target = st.integers(0, classes - 1)
        targets = st.lists(target, min_size=len(features), max_size=len(features))
        names = None if classes is None else [f"class {i}" for i in range(classes)]
        # Drawn by builds() so that a failing test prints this call.
        return draw(st.builds(Dataset, st.just(features), targets, classes=st.just(names)))

    return drawn()


def optimizers() -> st.SearchStrategy[Callable[[Iterable[Value]], optim.Optimizer]]:
    """Optimizers that wait for their parameters: every kind, with customary hyper-parameters.

    >>> from hypothesis import find
    >>> make = find(optimizers(), lambda make: True)
    >>> make([Value(1.0)])
    SGD(parameters=1, lr=ConstantLR(lr=0.001), momentum=0.0, nesterov=False, weight_decay=0.0)
    """
    common = {
        "lr": st.sampled_from([0.001, 0.01, 0.1]),
        "weight_decay": st.sampled_from([0.0, 0.0001, 0.01]),
    }
    momentum = {"momentum": st.sampled_from([0.5, 0.9]), "nesterov": st.booleans()}
    alpha = {"alpha": st.sampled_from([0.9, 0.99])}
    betas = {"betas": st.sampled_from([(0.9, 0.999), (0.5, 0.9)])}
    kinds: list[tuple[type[optim.Optimizer], dict[str, st.SearchStrategy[Any]]]] = [
        (optim.SGD, {}),
        (optim.SGD, momentum),
        (optim.RMSProp, alpha),
        (optim.Adagrad, {}),
        (optim.Adam, betas),
        (optim.AdamW, betas),
    ]
    makers: list[st.SearchStrategy[Any]] = [
        st.builds(partial, st.just(kind), **common, **options) for kind, options in kinds
    ]
    return st.one_of(makers)
