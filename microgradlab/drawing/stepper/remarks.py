"""What is said beside the steps: parts left out, stale numbers, forgotten gradients. Floor 8."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Collection, Iterator
from dataclasses import replace

from microgradlab.drawing.numerals import numeral
from microgradlab.drawing.scene import Scene, SceneNode
from microgradlab.drawing.stepper.steps import expression, operand
from microgradlab.ieee import FLOATS
from microgradlab.text import counted

_SAME = 1e-9  # relative difference of numbers that are taken to be equal


def beginning(scene: Scene, limit: int) -> tuple[Scene, frozenset[str]]:
    """The part of a graph in which its backward pass begins.

    A node passes its gradient on when it has all of it, from all its users: so every gradient that
    is passed on in the part is that of the whole graph, to the last bit.

    Args:
        scene: the graph.
        limit: at most this many nodes, if it has more; the root's operands in any case.

    Returns:
        The part, in which results without operands are "cut"; and the ids of those nodes whose
        gradients lack what comes from outside of it.

    >>> from microgradlab.drawing.scene import scene_of
    >>> from microgradlab.value import Value
    >>> x = Value(0.5, label="x")
    >>> part, lacking = beginning(scene_of(x.exp().tanh() * x), 3)
    >>> [(node.role, node.name) for node in part.nodes], lacking
    ([('input', 'x'), ('cut', 'v2'), ('root', 'v3')], frozenset({'v0'}))
    """
    if len(scene.nodes) <= limit:
        return scene, frozenset()
    missing = Counter(use.source for node in scene.nodes for use in node.uses)
    kept, expanded = {scene.root.id}, set()
    ready = deque([scene.root])
    while ready:
        node = ready.popleft()
        operands = [use.source for use in node.uses]
        if node is not scene.root and len(kept) + len(set(operands) - kept) > limit:
            continue
        kept.update(operands)
        expanded.add(node.id)
        for source in operands:
            missing[source] -= 1
            if missing[source] == 0:
                ready.append(scene.by_id[source])
    nodes = (node for node in scene.nodes if node.id in kept)
    part = tuple(
        node if node.id in expanded or not node.uses else replace(node, uses=(), role="cut")
        for node in nodes
    )
    ids = {value: id for value, id in scene.ids.items() if id in kept}
    return Scene(part, ids), frozenset(id for id in kept if missing[id] > 0)


def remarks(whole: Scene, recorded: Scene, computed: Scene, lacking: Collection[str]) -> list[str]:
    """Sentences about a graph that somebody who follows its backward pass has to know.

    Args:
        whole: the graph.
        recorded: the part of it that is explained, with the gradients that the Values hold.
        computed: the same, with gradients computed from zero.
        lacking: ids in it whose gradients lack parts, from `beginning`.
    """
    return [
        *_left_out(whole, computed, lacking),
        *_stale(computed),
        *_other_gradients(recorded, computed, lacking),
    ]


def _left_out(whole: Scene, part: Scene, lacking: Collection[str]) -> Iterator[str]:
    if len(part.nodes) == len(whole.nodes):
        return
    results = sum(node.role == "cut" for node in part.nodes)
    yield (
        f"Of {len(whole.nodes)} numbers in the graph the {len(part.nodes)} nearest to "
        f"{part.root.name} are explained; {counted(results, 'result')} at the edge count as given."
    )
    if lacking:
        first = next(node.name for node in part.nodes if node.id in lacking)
        if len(lacking) == 1:
            yield f"{first} also has uses that are left out: its gradient is a part only."
        else:
            others = counted(len(lacking) - 1, "other value")
            are = "also have uses that are left out: their gradients are a part only."
            yield f"{first} and {others} {are}"


def _stale(scene: Scene) -> Iterator[str]:
    for node in scene.nodes:
        if node.op is not None and node.uses:
            x, *y = (scene.by_id[use.source].data for use in node.uses)
            now = FLOATS.value(node.op, x, y[0] if y else None)
            if not _is_same(now, node.data):
                yield (
                    f"The numbers do not fit together: {expression(scene, node)} is "
                    f"{numeral(now)} now and was {numeral(node.data)} in the forward pass; "
                    f"compute {scene.root.name} again after a value was changed."
                )
                return


def _other_gradients(recorded: Scene, computed: Scene, lacking: Collection[str]) -> Iterator[str]:
    def is_other(held: SceneNode, fresh: SceneNode) -> bool:
        if held.role not in ("input", "parameter") or held.id in lacking:
            return False
        return not (held.grad is None or fresh.grad is None or _is_same(held.grad, fresh.grad))

    pairs = zip(recorded.nodes, computed.nodes, strict=True)
    others = [(held, fresh) for held, fresh in pairs if is_other(held, fresh)]
    if others:
        held, fresh = others[0]
        more = f" (and likewise {counted(len(others) - 1, 'other value')})" if others[1:] else ""
        name, root = operand(held.name), operand(recorded.root.name)
        cause = "backward() ran more than once without zero_grad(), or also from another result."
        if recorded.root.grad is None:
            cause = f"it is from an earlier one; call zero_grad() before {root}.backward()."
        yield (
            f"{name}.grad holds {numeral(held.grad or 0.0)}, but this backward pass gives "
            f"{numeral(fresh.grad or 0.0)} from zero{more}: {cause}"
        )


def _is_same(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=_SAME) or (math.isnan(a) and math.isnan(b))
