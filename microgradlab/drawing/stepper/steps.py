"""The forward and the backward pass over a scene, step by step, in sentences. Floor 8.

A step's text is a template: names are in it, numbers are placeholders such as {data:v3}. So a page
in which an input is edited says the same sentences about other numbers, and each wording exists
once, here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from microgradlab.branches import branches, selector
from microgradlab.drawing.numerals import DIGITS, factor, numeral
from microgradlab.drawing.scene import Scene, SceneNode
from microgradlab.expressions import OPERANDS
from microgradlab.ieee import FLOATS
from microgradlab.ops import Op

Kind: TypeAlias = Literal["forward", "seed", "backward"]

_PLACEHOLDER = re.compile(r"\{(\w+):(\w+)(?:\.(\d+))?(!?)\}")
_WORD = re.compile(r"[\w.]+")
_LETTER = re.compile(r"\b(x|y|out)\b")
_LONGEST_NAME = 48  # characters


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a value is computed, or one use of a value adds its part to a gradient.

    Attributes:
        kind: "forward", "seed" (the root's derivative by itself) or "backward".
        node: the id of the node that is computed, or that passes its gradient on.
        text: the sentence, with placeholders for its numbers.
        rules: the derivative as the table has it, a template for each of its branches; this and
            what follows are for "backward" only.
        note: what follows the text where the operation is at its kink, a template too.
        use: which use of an operand it is: 0 for x, 1 for y.
        operand: the id of the operand that receives.
        total: the operand's gradient after this step.
    """

    kind: Kind
    node: str
    text: str
    rules: tuple[str, ...] = ()
    note: str = ""
    use: int | None = None
    operand: str | None = None
    total: float | None = None

    def sentence(self, scene: Scene, digits: int = DIGITS) -> str:
        """The text, filled with the numbers of the scene that the step is from."""
        says_note = self.note and _is_at_kink(scene, scene.by_id[self.node])
        return self._filled(self.text + self.note if says_note else self.text, scene, digits)

    def rule(self, scene: Scene, digits: int = DIGITS) -> str:
        """The rule that holds at the numbers of the scene; "" for a step without one."""
        if self.use is None:
            return ""
        branch = _branch(scene, scene.by_id[self.node], self.use)
        return self._filled(self.rules[branch], scene, digits)

    def _filled(self, template: str, scene: Scene, digits: int) -> str:
        def number(kind: str, id: str, use: str | None) -> Any:
            if kind == "total":
                return self.total
            node = scene.by_id[id]
            return getattr(node if use is None else node.uses[int(use)], kind)

        return fill(template, number, digits)


def fill(
    template: str, number: Callable[[str, str, str | None], float], digits: int = DIGITS
) -> str:
    """A template with its numbers.

    Args:
        template: the sentence. {data:v3} or {flow:v3.0} is replaced by a numeral; with a trailing
            ! as in {data:v3!} a negative one stands in parentheses.
        number: gives the number for "data", "v3" and None, or "flow", "v3" and "0".
        digits: significant digits.

    >>> fill("1.0 × {partial:v2.0!} = {flow:v2.0}", lambda *_: -3.0)
    '1.0 × (-3.0) = -3.0'
    """

    def numeral_of(found: re.Match[str]) -> str:
        kind, id, use, is_factor = found.groups()
        return (factor if is_factor else numeral)(number(kind, id, use), digits)

    return _PLACEHOLDER.sub(numeral_of, template)


def steps_of(scene: Scene) -> tuple[Step, ...]:
    """The steps of the forward pass, then those of the backward pass in the engine's own order.

    Args:
        scene: one with gradients, from `backpropagated`.

    >>> from microgradlab.drawing.scene import backpropagated, scene_of
    >>> from microgradlab.value import Value
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> scene = named(backpropagated(scene_of(a * b)))
    >>> for step in steps_of(scene):
    ...     print(step.sentence(scene))
    L = a × b = 2.0 × (-3.0) = -6.0
    ∂L/∂L = 1.0: the backward pass begins
    ∂L/∂a += ∂L/∂L · ∂L/∂a = 1.0 × (-3.0) = -3.0; a.grad is now -3.0
    ∂L/∂b += ∂L/∂L · ∂L/∂b = 1.0 × 2.0 = 2.0; b.grad is now 2.0
    """
    root = scene.root
    computed = [node for node in scene.nodes if node.op is not None and node.uses]
    forward = [Step("forward", node.id, equation(scene, node)) for node in computed]
    name = operand(root.name)
    text = f"∂{name}/∂{name} = {{grad:{root.id}}}: the backward pass begins"
    return (*forward, Step("seed", root.id, text), *_backward(scene))


def expression(scene: Scene, node: SceneNode) -> str:
    """What a node computes, by the names of its operands, as in "a × b"; "" for a leaf.

    >>> from microgradlab.drawing.scene import scene_of
    >>> from microgradlab.value import Value
    >>> scene = scene_of((Value(2.0, label="a") - 1.0).tanh())
    >>> [expression(scene, node) for node in scene.nodes if node.op]
    ['a - 1.0', 'tanh(v1)']
    """
    if node.op is None or not node.uses:
        return ""
    operands = enumerate(scene.by_id[use.source] for use in node.uses)
    return applied(node.op, *(_operand_of(node.op, place, found) for place, found in operands))


def equation(scene: Scene, node: SceneNode) -> str:
    """What a node computes, as a template: c = a × b = {data:v0} × {data:v1!} = {data:v2}."""
    op = node.op
    assert op is not None
    names, numbers = [], []
    for place, use in enumerate(node.uses):
        number = f"{{data:{use.source}{'' if _is_bare(op, place) else '!'}}}"
        source = scene.by_id[use.source]
        names.append(number if source.role == "constant" else _operand_of(op, place, source))
        numbers.append(number)
    result = f"{{data:{node.id}}}"
    return f"{node.name} = {applied(op, *names)} = {applied(op, *numbers)} = {result}"


def computation(scene: Scene, node: SceneNode, digits: int = DIGITS) -> str:
    """What a node computes, in names and in numbers: c = a × b = 2.0 × (-3.0) = -6.0."""
    return fill(equation(scene, node), lambda _, place, __: scene.by_id[place].data, digits)


def applied(op: Op, x: str, y: str = "") -> str:
    """An operation and its operands as text: x × y, -x, tanh(x), maximum(x, y).

    >>> from microgradlab.ops import OPS
    >>> applied(OPS["mul"], "a", "b"), applied(OPS["greater"], "a", "b"), applied(OPS["neg"], "a")
    ('a × b', 'greater(a, b)', '-a')
    """
    name, symbol = _spoken(op.name), _spoken(op.symbol)
    if _is_call(op):
        return f"{name}({x})" if op.arity == 1 else f"{name}({x}, {y})"
    return f"-{x}" if op.arity == 1 else f"{x} {symbol} {y}"


def operand(name: str) -> str:
    """A name as a part of a formula: in parentheses, unless it is one word.

    >>> operand("layers.0.bias"), operand("x1w1 + b")
    ('layers.0.bias', '(x1w1 + b)')
    """
    return name if _WORD.fullmatch(name) else f"({name})"


def _operand_of(op: Op, place: int, node: SceneNode) -> str:
    """An operand of an operation by its name; a constant as its number."""
    if node.role == "constant":
        return numeral(node.data) if _is_bare(op, place) else factor(node.data)
    return node.name if _is_call(op) and op.arity == 1 else operand(node.name)


def _is_call(op: Op) -> bool:
    """Whether an operation is written as tanh(x), not as x × y.

    So is greater(x, y): c = a > b = 2.0 > 1.0 = 1.0 would be hard to read.
    """
    if op.arity == 1:
        return op.name != "neg"
    symbol = _spoken(op.symbol)
    return not symbol or symbol[0].isalnum() or symbol[0] in "<>="


def _is_bare(op: Op, place: int) -> bool:
    """Whether a negative number needs no parentheses there: in tanh(-3.0) and -2.0 × 3.0.

    It does in 2.0 - (-3.0), -(-3.0) and (-2.0) ** 2.0.
    """
    return _is_call(op) or (place == 0 and op.arity == 2 and op.name != "pow")


def named(scene: Scene) -> Scene:
    r"""The scene with names for sentences: on one line, not too long, and different.

    A root without a name is "L".

    >>> from microgradlab.drawing.scene import scene_of
    >>> from microgradlab.value import Value
    >>> [node.name for node in named(scene_of(Value(2.0, label="a line\nand more").tanh())).nodes]
    ['a line and more', 'L']
    """
    taken = {node.name for node in scene.nodes if _spoken(node.name) == node.name}
    nodes = []
    for node in scene.nodes:
        spoken = name = _spoken(node.name)
        if name != node.name:
            copy = 2
            while name in taken:
                name = f"{spoken} ({copy})"
                copy += 1
            taken.add(name)
        nodes.append(replace(node, name=name))
    if not nodes[-1].label and all(node.name != "L" for node in nodes):
        nodes[-1] = replace(nodes[-1], name="L")
    return Scene(tuple(nodes), scene.ids)


def _spoken(name: str) -> str:
    line = name
    if not name.isprintable():
        line = "".join(character if character.isprintable() else " " for character in name)
    if len(line) > _LONGEST_NAME:
        half = _LONGEST_NAME // 2  # the end tells (2) from (3)
        line = f"{line[: half - 1]}…{line[-half:]}"
    # A label may look like a placeholder, but is not to be filled.
    return line.replace("{", "(").replace("}", ")") if _PLACEHOLDER.search(line) else line


def _backward(scene: Scene) -> Iterator[Step]:
    root = operand(scene.root.name)
    totals = {node.id: 0.0 for node in scene.nodes}
    for node in reversed(scene.nodes):
        for place, use in enumerate(node.uses):
            if use.flow is None:
                continue
            totals[use.source] += use.flow
            name, result = operand(scene.by_id[use.source].name), operand(node.name)
            local = f"∂{result}/∂{name}"
            if [other.source for other in node.uses] == [use.source, use.source]:
                local += " (2nd use)" if place else " (1st use)"
            at = f"{node.id}.{place}"
            text = (
                f"∂{root}/∂{name} += ∂{root}/∂{result} · {local} "
                f"= {{grad:{node.id}}} × {{partial:{at}!}} = {{flow:{at}}}; "
                f"{name}.grad is now {{total:{use.source}}}"
            )
            yield Step(
                "backward",
                node.id,
                text,
                tuple(_rules(scene, node, place, local)),
                _note(node, at),
                place,
                use.source,
                totals[use.source],
            )


def _rules(scene: Scene, node: SceneNode, place: int, local: str) -> Iterator[str]:
    """The derivative by the names of this graph, and as the table has it, for each branch."""
    op = node.op
    assert op is not None
    form = applied(op, "x", "y")
    form = form if form.endswith(")") else f"({form})"
    names = {"out": operand(node.name)}
    for letter, use in zip(OPERANDS, node.uses, strict=False):
        source = scene.by_id[use.source]
        is_constant = source.role == "constant"
        names[letter] = f"{{data:{source.id}!}}" if is_constant else operand(source.name)
    for branch in branches(_derivative(op, place)):
        derivative = _signs(branch.value)
        here = _LETTER.sub(lambda found: names[found[0]], derivative)
        if _PLACEHOLDER.fullmatch(here):
            here = here.replace("!", "")  # a number by itself needs no parentheses
        rule = f"∂{form}/∂{OPERANDS[place]} = {derivative}{_signs(branch.condition)}"
        yield f"{local} = {here}, by the rule {rule}"


def _signs(formula: str) -> str:
    return formula.replace(" * ", " × ").replace(" / ", " ÷ ")


def _derivative(op: Op, place: int) -> str:
    return str(op.dx if place == 0 else op.dy)


def _note(node: SceneNode, at: str) -> str:
    if node.op is None or node.op.kink is None:
        return ""
    convention = f"by convention the table takes {{partial:{at}}}"
    return f" ({node.op.name} has a kink here and no derivative; {convention})"


def _is_at_kink(scene: Scene, node: SceneNode) -> bool:
    return node.op is not None and node.op.kink is not None and bool(_at(scene, node, node.op.kink))


def _branch(scene: Scene, node: SceneNode, place: int) -> int:
    """The number of the branch of a derivative that holds."""
    assert node.op is not None
    choose = selector(_derivative(node.op, place))
    return 0 if choose is None else int(_at(scene, node, choose))


def _at(scene: Scene, node: SceneNode, source: str) -> float:
    """An expression of a node's operation, at its numbers."""
    x, *y = (scene.by_id[use.source].data for use in node.uses)
    number: float = FLOATS.expression(source)(x, y[0] if y else None, node.data)
    return number
