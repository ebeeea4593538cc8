"""A kernel from a program: its sums, its groups, its totals. Floor 4."""

from __future__ import annotations

from dataclasses import replace

from microgradlab.compiler.kernel import Kernel, Statement
from microgradlab.compiler.program import Program
from microgradlab.compiler.rolling.chains import chains_of, terms_of
from microgradlab.compiler.rolling.groups import groups_of, levels_of
from microgradlab.compiler.rolling.irregular import accumulating, runs_of
from microgradlab.compiler.rolling.slots import Slots
from microgradlab.compiler.rolling.totals import Totals


def rolled(program: Program) -> Kernel:
    """The loops of a program.

    A program with gradients has the seed as its last input; its kernel totals the gradients and,
    behind them, the first output: the mean cost, for seeds of 1 / n.
    """
    program, minus_one = _with_constant(program, -1.0)
    terms = terms_of(program, minus_one)
    chains = chains_of(program, terms)
    totals = Totals.of(program, terms, chains)
    absorbed = chains.absorbed | totals.absorbed
    levels = levels_of(program, chains, absorbed)
    groups = groups_of(program, chains, absorbed, levels)
    program, done = accumulating(program, chains)
    slots = Slots(program)
    statements: list[Statement] = []
    copies: list[Statement] = []
    for group, steps in runs_of(groups, chains, done):
        if steps is not None:
            copies += slots.copies(steps)
            statements.append(slots.steps(steps))
        elif groups.is_sum[group]:
            statements += slots.sums(chains, groups[group])
        else:
            statements += slots.maps(groups[group])
    statements += slots.outputs(program.outputs)
    outputs = tuple(slots.slot(output) for output in program.outputs)
    seeded = len(program.gradients) > 0
    if seeded:
        statements += slots.totals(totals, levels, cost=outputs[0])
    names = program.names or ("",) * (program.parameters + program.inputs)
    return Kernel(
        inputs=program.inputs,
        slots=slots.count,
        parameters=program.parameters,
        constants=program.constants,
        statements=(*copies, *statements),
        outputs=outputs,
        totals=program.parameters + 1 if seeded else 0,
        seed=program.inputs - 1 if seeded else None,
        slot_names=names[program.parameters :],
        shared_names=names[: program.parameters],
    )


def _with_constant(program: Program, constant: float) -> tuple[Program, int]:
    """The program with a constant, behind the others, and its id."""
    room = program.with_room(program.leaves, 1)
    return replace(room, constants=(*program.constants, constant)), program.leaves
