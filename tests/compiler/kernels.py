"""Small kernels made by hand, for the tests of everything that takes a kernel.

Parameters are laid out as in `microgradlab.nn`: for each neuron its weights, then its bias. Slots
are the inputs first, then what the statements write.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from microgradlab.compiler.kernel import (
    Index,
    Kernel,
    Map,
    Operand,
    Space,
    Steps,
    Sum,
    Table,
    Total,
)

RELU = "0.0 if x <= 0.0 else x"
RELU_DX = "0.0 if x <= 0.0 else 1.0"
SIGMOID = "1.0 / (1.0 + exp(-x)) if x >= 0.0 else exp(x) / (1.0 + exp(x))"


def table(*rows: object) -> Table:
    return np.array(rows, np.int32)


def slot(base: int, *strides: int, table: Table | None = None) -> Operand:
    return Operand(Space.SLOT, Index(base, strides, table))


def shared(base: int, *strides: int, table: Table | None = None) -> Operand:
    return Operand(Space.SHARED, Index(base, strides, table))


def dense(inputs: int, outputs: int, *, source: int, target: int, parameters: int = 0) -> Sum:
    """The weighted sums of a layer's neurons: slots from `source` on to slots from `target` on.

    The layer's parameters begin at `parameters`.
    """
    return Sum(
        shape=(outputs,),
        terms=inputs,
        target=Index(target, (1,)),
        start=shared(parameters + inputs, inputs + 1),
        x=shared(parameters, inputs + 1, 1),
        y=slot(source, 0, 1),
    )


def dense_layer(inputs: int = 2, outputs: int = 16) -> Kernel:
    """A layer without an activation."""
    return Kernel(
        inputs=inputs,
        slots=inputs + outputs,
        parameters=outputs * (inputs + 1),
        constants=(),
        statements=(dense(inputs, outputs, source=0, target=inputs),),
        outputs=tuple(range(inputs, inputs + outputs)),
    )


def relu_mlp(inputs: int = 2, hidden: int = 3) -> Kernel:
    """One hidden layer with relu, and one output: predictions alone."""
    z, a = inputs, inputs + hidden
    out = a + hidden
    layer = hidden * (inputs + 1)
    return Kernel(
        inputs=inputs,
        slots=out + 1,
        parameters=layer + hidden + 1,
        constants=(),
        statements=(
            dense(inputs, hidden, source=0, target=z),
            Map((hidden,), RELU, Index(a, (1,)), x=slot(z, 1)),
            dense(hidden, 1, source=a, target=out, parameters=layer),
        ),
        outputs=(out,),
        slot_names=tuple(f"x.{place}" for place in range(inputs)),
        shared_names=mlp_names(inputs, hidden, 1),
    )


def mlp_names(*widths: int) -> tuple[str, ...]:
    """The names of an MLP's parameters, in their order."""
    names: list[str] = []
    for layer, inputs in enumerate(widths[:-1]):
        for neuron in range(widths[layer + 1]):
            path = f"layers.{layer}.neurons.{neuron}"
            names += [f"{path}.weights.{place}" for place in range(inputs)]
            names.append(f"{path}.bias")
    return tuple(names)


def relu_mlp_training(inputs: int = 2, hidden: int = 3) -> Kernel:
    """The same with the squared error of one target, its gradients and the cost.

    The slots are the inputs, the target and the seed; z, a, the prediction, the error, the loss;
    then the adjoints of the prediction, of a, of relu and of z. The loss is (prediction - target)².
    """
    target, seed, z = inputs, inputs + 1, inputs + 2
    a = z + hidden
    out = a + hidden
    error, loss, twice, d_out = out + 1, out + 2, out + 3, out + 4
    d_a, d_relu, d_z = (d_out + 1 + hidden * place for place in range(3))
    layer = hidden * (inputs + 1)
    cost = layer + hidden + 1
    each = (hidden,)
    forward = (
        dense(inputs, hidden, source=0, target=z),
        Map(each, RELU, Index(a, (1,)), x=slot(z, 1)),
        dense(hidden, 1, source=a, target=out, parameters=layer),
        Map((1,), "x - y", Index(error, (0,)), x=slot(out, 0), y=slot(target, 0)),
        Map((1,), "x * y", Index(loss, (0,)), x=slot(error, 0), y=slot(error, 0)),
    )
    backward = (
        Map((1,), "x + x", Index(twice, (0,)), x=slot(error, 0), backward=True),
        Map((1,), "x * y", Index(d_out, (0,)), x=slot(twice, 0), y=slot(seed, 0), backward=True),
        Map(each, "x * y", Index(d_a, (1,)), x=slot(d_out, 0), y=shared(layer, 1), backward=True),
        Map(each, RELU_DX, Index(d_relu, (1,)), x=slot(z, 1), backward=True),
        Map(each, "x * y", Index(d_z, (1,)), x=slot(d_a, 1), y=slot(d_relu, 1), backward=True),
        Total((hidden, inputs), 1, Index(0, (inputs + 1, 1)), slot(d_z, 1, 0, 0), slot(0, 0, 1, 0)),
        Total(each, 1, Index(inputs, (inputs + 1,)), slot(d_z, 1, 0), None),
        Total((1, hidden), 1, Index(layer, (0, 1)), slot(d_out, 0, 0, 0), slot(a, 0, 1, 0)),
        Total((1,), 1, Index(layer + hidden, (0,)), slot(d_out, 0, 0), None),
        Total((1,), 1, Index(cost, (0,)), slot(loss, 0, 0), slot(seed, 0, 0)),
    )
    return Kernel(
        inputs=seed + 1,
        slots=d_z + hidden,
        parameters=cost,
        constants=(),
        statements=forward + backward,
        outputs=(loss, out),
        totals=cost + 1,
        seed=seed,
        slot_names=(*(f"x.{place}" for place in range(inputs)), "target", "seed"),
        shared_names=mlp_names(inputs, hidden, 1),
    )


def two_dimensional_totals(rows: int = 5, columns: int = 7) -> Kernel:
    """Outer products of two parts of the inputs, weighted by the seed, and inner sums."""
    left, right, seed = 0, rows, rows + columns
    weighted = seed + 1
    return Kernel(
        inputs=seed + 1,
        slots=weighted + rows,
        parameters=0,
        constants=(),
        statements=(
            Map((rows,), "x * y", Index(weighted, (1,)), x=slot(left, 1), y=slot(seed, 0)),
            Total(
                shape=(rows, columns),
                terms=1,
                target=Index(0, (columns, 1)),
                x=slot(weighted, 1, 0, 0),
                y=slot(right, 0, 1, 0),
            ),
            Total(
                (rows,),
                columns,
                Index(rows * columns, (1,)),
                slot(weighted, 1, 0),
                slot(right, 0, 1),
            ),
        ),
        outputs=(),
        totals=rows * columns + rows,
        seed=seed,
    )


def negative_strides(inputs: int = 4, outputs: int = 3) -> Kernel:
    """A layer's backward pass as the eager engine adds it up: from the last neuron to the first.

    The inputs are the adjoints of the neurons; each output is one of the layer's inputs' adjoint.
    """
    last = (inputs + 1) * (outputs - 1)
    return Kernel(
        inputs=outputs,
        slots=outputs + inputs,
        parameters=outputs * (inputs + 1),
        constants=(),
        statements=(
            Sum(
                shape=(inputs,),
                terms=outputs,
                target=Index(outputs, (1,)),
                start=None,
                x=shared(last, 1, -(inputs + 1)),
                y=slot(outputs - 1, 0, -1),
                backward=True,
            ),
        ),
        outputs=tuple(range(outputs, outputs + inputs)),
    )


def tables() -> Kernel:
    """Operands and targets whose places follow no rule; constants behind the parameters."""
    return Kernel(
        inputs=4,
        slots=12,
        parameters=3,
        constants=(0.5, -0.0),
        statements=(
            Map(
                shape=(3,),
                expression="x * y",
                target=Index(0, (), table(9, 4, 7)),
                x=slot(0, table=table(2, 0, 3)),
                y=shared(0, table=table(1, 4, 0)),
            ),
            Sum(
                shape=(2, 2),
                terms=2,
                target=Index(0, (), table([5, 6], [11, 8])),
                start=shared(0, table=table([3, 3], [0, 4])),
                x=slot(0, table=table([[9, 4], [7, 7]], [[0, 1], [2, 3]])),
                y=shared(2, -1, 0, 0),
            ),
            Sum((1,), 3, Index(10, (0,)), None, slot(0, table=table([11, 5, 8])), None),
        ),
        outputs=(10, 6, 10, 1),
    )


def steps() -> Kernel:
    """Operations one after the other, each with another expression or other places."""
    expressions = ("x + y", "sin(x)", "1.0 - out * out", SIGMOID, "0.5 / out")
    rows = (
        (0, 2, 0, 1, -1),
        (1, 3, 2, -1, -1),
        (3, 4, 3, -1, -1),
        (2, 5, -1, -1, 4),
        (0, 6, 5, 0, -1),
        (4, 7, -1, -1, 6),
    )
    return Kernel(2, 8, 0, (), (Steps(expressions, table(*rows)),), outputs=(7, 3))


KERNELS: Mapping[str, Kernel] = {
    "dense layer": dense_layer(),
    "relu MLP": relu_mlp(),
    "training of a relu MLP": relu_mlp_training(),
    "two-dimensional totals": two_dimensional_totals(),
    "negative strides": negative_strides(),
    "tables": tables(),
    "steps": steps(),
}
"""All of them, by name."""
