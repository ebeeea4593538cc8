"""The derivative of a tape: a program that computes gradients beside the results. Floor 4.

Reverse mode, as in the eager engine and with the table's partial derivatives: an operation passes
on, to each of its operands, its own adjoint times the local derivative, and what arrives at one
operand is added up. Both visit operations, and operands, in the same order, so that both add the
same numbers in the same order, and gradients are equal to the last bit.

The tape is differentiated as a whole, with arrays: an "edge" (edges.py) is one use of an operand
whose adjoint is wanted, and sweep.py passes on and adds up along all of them.
The ids of the result, from the left:

    leaves      | tape       | rules                   | sweep
    parameters, | the        | local derivatives that  | from the last operation back,
    inputs,     | forward    | do not fit in one       | additions that make its adjoint, and
    constants   | pass       | operation with adjoints | the products that it passes on
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from microgradlab.compiler.edges import Edges
from microgradlab.compiler.program import NONE, Expressions, Ids, Operations, Program
from microgradlab.compiler.sweep import swept
from microgradlab.compiler.tape import Tape

SEED = "seed"


def forward(tape: Tape) -> Program:
    """The program of a tape without derivatives."""
    expressions = Expressions()
    rows = np.array([expressions[op.value] for op in tape.ops], np.int32)
    nothing = np.full(len(tape.code), NONE, np.int32)
    return Program(
        parameters=tape.parameters,
        inputs=tape.inputs,
        constants=tape.constants,
        expressions=expressions.sources,
        operations=Operations(rows[tape.code], tape.x, tape.y, nothing),
        outputs=tape.outputs,
        forward=len(tape.code),
        gradients=np.empty(0, np.int32),
        names=tape.names,
    )


def by_parameters(tape: Tape) -> Program:
    """The program with one more input, the seed, and the gradients of seed * the first output.

    >>> from microgradlab import Value
    >>> from microgradlab.compiler.tape import record
    >>> weight = Value(3.0)
    >>> program = by_parameters(record(lambda x: [weight * x[0]], [[2.0]], [weight]))
    >>> program.inputs, program.expressions, program.gradients.tolist()
    (2, ('x * y',), [4])
    """
    seed = tape.parameters + tape.inputs
    tape = replace(
        tape.with_room(seed, 1),
        inputs=tape.inputs + 1,
        names=(*tape.names, SEED) if tape.names else (),
    )
    program, gradients = _differentiated(tape, range(tape.parameters), seed)
    return replace(program, gradients=gradients)


def by_inputs(tape: Tape) -> Program:
    """The program whose further outputs are the derivatives of the first output by each input.

    >>> from microgradlab.compiler.tape import record
    >>> by_inputs(record(lambda x: [x[0] * x[1]], [[2.0, 3.0]])).outputs
    (4, 5, 6)
    """
    one, zero = tape.leaves, tape.leaves + 1
    tape = replace(tape.with_room(one, 2), constants=(*tape.constants, 1.0, 0.0))
    inputs = range(tape.parameters, tape.parameters + tape.inputs)
    program, gradients = _differentiated(tape, inputs, seed=one)
    found = np.where(gradients == NONE, zero, gradients)
    return replace(program, outputs=(*program.outputs, *found.tolist()))


def _differentiated(tape: Tape, wanted: range, seed: int) -> tuple[Program, Ids]:
    """The program of a tape and its derivatives, and the ids of those by the wanted leaves."""
    program = forward(tape)
    edges = Edges.of(tape, wanted)
    expressions = Expressions(program.expressions)
    rules = edges.rules(expressions)
    sweep, adjoints = swept(tape, edges, seed, expressions)
    operations = program.operations + rules + sweep
    program = replace(program, expressions=expressions.sources, operations=operations)
    return program, adjoints[wanted.start : wanted.stop]
