"""Which statements share a nest of loops, and which slots are written to memory."""

from __future__ import annotations

from dataclasses import replace

from microgradlab.compiler.kernel import Index, Kernel, Map, Sum
from microgradlab.compiler.llvm.fusion import Nest, fused
from tests.compiler.kernels import RELU, dense, relu_mlp_training, slot, steps, table


def nests(*statements: Map | Sum, slots: int = 20, outputs: tuple[int, ...] = ()) -> list[Nest]:
    kernel = Kernel(4, slots, 12, (), statements, outputs)
    return [part for part in fused(kernel) if isinstance(part, Nest)]


def relu(source: int, target: int, *, step: int = 1, items: int = 3) -> Map:
    return Map((items,), RELU, Index(target, (1,)), x=slot(source, step))


LAYER = dense(4, 3, source=0, target=4)


def test_an_activation_joins_the_sums_that_it_reads() -> None:
    (nest,) = nests(LAYER, relu(4, 7))
    assert nest.statements[0] is LAYER
    assert len(nest.statements) == 2


def test_another_number_of_items_is_another_nest() -> None:
    assert len(nests(LAYER, relu(4, 7, items=2))) == 2


def test_what_reads_another_items_result_is_another_nest() -> None:
    assert len(nests(LAYER, relu(6, 7, step=-1))) == 2


def test_a_sum_over_the_items_of_a_nest_is_behind_it() -> None:
    assert len(nests(LAYER, dense(3, 3, source=4, target=7))) == 2


def test_a_table_is_one_index_and_no_other() -> None:
    order = table(6, 4, 5)
    first = Map((3,), RELU, Index(0, (), order), x=slot(0, 1))
    same = Map((3,), RELU, Index(7, (1,)), x=slot(0, table=order))
    other = Map((3,), RELU, Index(7, (1,)), x=slot(4, 1))
    assert len(nests(first, same)) == 1
    assert len(nests(first, other)) == 2


def test_a_slot_that_only_its_nest_reads_is_not_stored() -> None:
    (nest,) = nests(LAYER, relu(4, 7), relu(7, 10), outputs=(4,))
    assert nest.stored == (True, False, False)


def test_a_slot_that_a_later_nest_reads_is_stored() -> None:
    first, second = nests(LAYER, relu(4, 7), dense(3, 1, source=7, target=10))
    assert first.stored == (False, True)
    assert second.stored == (False,)


def test_totals_and_steps_stand_alone() -> None:
    kernel = relu_mlp_training()
    alone = [part for part in fused(kernel) if not isinstance(part, Nest)]
    assert len(alone) == 5
    assert len(fused(replace(steps(), statements=steps().statements * 2))) == 2
