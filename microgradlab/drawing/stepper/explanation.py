"""The forward and the backward pass of a Value, explained step by step. Floor 8."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from microgradlab import javascript
from microgradlab.checks import whole
from microgradlab.drawing.grouping.reduction import reduced
from microgradlab.drawing.numerals import DIGITS, numeral
from microgradlab.drawing.page import stepper_page
from microgradlab.drawing.pictures.picture import picture_of
from microgradlab.drawing.scene import Named, Scene, SceneNode, backpropagated, scene_of
from microgradlab.drawing.stepper.remarks import beginning, remarks
from microgradlab.drawing.stepper.steps import Step, expression, named, operand, steps_of
from microgradlab.drawing.stepper.widget import widget
from microgradlab.engine import Node
from microgradlab.errors import ArgumentError, MissingExtraError
from microgradlab.files import write_atomically
from microgradlab.javascript import json_number
from microgradlab.module import Module
from microgradlab.ops import Op
from microgradlab.text import counted

LIMIT = 1200
"""So many numbers a page carries with ease: 2 MB that step without a pause, laid out in a second or
two. A loss of an MLP with layers of 2, 16, 16 and 1 has 1011."""

_FLAT_FROM = 100  # numbers; from here on operations stand inside of the boxes
_PRINTED = 24  # steps of a pass that are printed, half of them from its beginning
_LISTED = 12  # numbers that are listed in one line


@dataclass(frozen=True, repr=False)
class Explanation:
    """A forward and a backward pass as a list of steps.

    It prints itself; in a notebook it is a page with buttons to step through it.

    Attributes:
        scene: the graph, with the gradients of its root computed from zero.
        steps: the operations in order, then each contribution to a gradient.
        notes: what else is to be known, such as a part of the graph that is left out.
        digits: significant digits of the numbers.
        flat: whether the picture has the operations inside of the boxes.
        partial: ids of the values whose gradients lack what comes from outside of the scene.
    """

    scene: Scene
    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()
    digits: int = DIGITS
    flat: bool = False
    partial: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        """What is explained."""
        return f"Forward and backward pass of {self.scene.root.name}"

    def sentence(self, step: Step) -> str:
        """The text of a step with its numbers."""
        return step.sentence(self.scene, self.digits)

    def text(self, most: int | None = None) -> str:
        """All steps as text.

        Args:
            most: of each pass at most this many steps, from its beginning and its end.
        """
        return "\n".join(self._lines(most))

    def save(self, path: str | Path) -> None:
        """Writes a page that steps through it offline to `.html`, or all steps to `.txt`.

        Raises:
            ArgumentError: the file name ends in something else.
            MissingExtraError: what draws the graph is not installed.
            OSError: the file cannot be written.
        """
        suffix = Path(path).suffix.lower()
        if suffix not in (".html", ".txt"):
            raise ArgumentError(
                f"an explanation cannot be saved as {str(path)!r}",
                hint="end the file name in .html (a page to step through) or .txt (all steps)",
            )
        write_atomically(path, self._page if suffix == ".html" else self.text() + "\n")

    def widget(self) -> Any:
        """The stepper as a notebook widget.

        Raises:
            MissingExtraError: anywidget, or what draws the graph, is not installed.
        """
        return widget(self.to_dict(), self.operations)

    @property
    def operations(self) -> str:
        """JavaScript that computes the graph's operations, for pages."""
        return javascript.operations(self._keys)

    def to_dict(self, *, svg: bool = True, keys: Mapping[Op, str] | None = None) -> dict[str, Any]:
        """All of it as JSON can hold it; nan and the infinities are words.

        Args:
            svg: whether the picture is part of it.
            keys: what the operations are called, in a page of several graphs.

        Raises:
            MissingExtraError: what draws the graph is not installed.
        """
        picture = {"svg": self._svg} if svg else {}
        keys = self._keys if keys is None else keys
        return {
            "title": self.title,
            "digits": self.digits,
            "notes": list(self.notes),
            **picture,
            "nodes": [self._node(node, keys) for node in self.scene.nodes],
            "ops": {
                keys[op]: {"symbol": op.symbol, "summary": op.summary, "value": op.value}
                | {"dx": op.dx, "dy": op.dy}
                for op in self._keys
            },
            "steps": [_step(step) for step in self.steps],
        }

    def _node(self, node: SceneNode, keys: Mapping[Op, str]) -> dict[str, Any]:
        return {
            "id": node.id,
            "role": node.role,
            "name": node.name,
            "data": json_number(node.data),
            "grad": json_number(node.grad),
            "op": None if node.op is None else keys[node.op],
            "uses": [
                [use.source, json_number(use.partial), json_number(use.flow)] for use in node.uses
            ],
            "expression": expression(self.scene, node),
            **({"partial": True} if node.id in self.partial else {}),
        }

    @cached_property
    def _keys(self) -> dict[Op, str]:
        return javascript.keys(node.op for node in self.scene.nodes if node.op is not None)

    @cached_property
    def _svg(self) -> str:
        look = {"digits": self.digits, "flat": self.flat, "partial": self.partial}
        return picture_of(self.scene, **look, names=True).svg

    @property
    def _page(self) -> str:
        return stepper_page(self.to_dict(), self.operations)

    def _lines(self, most: int | None) -> Iterator[str]:
        shown = [node for node in self.scene.nodes if node.role != "constant"]
        yield f"{self.title}: {counted(len(shown), 'value')}, {counted(len(self.steps), 'step')}"
        yield from (f"note: {note}" for note in self.notes)
        given = [node for node in shown if not node.uses]
        yield f"given: {_list(self._texts(given))}"
        forward = [step for step in self.steps if step.kind == "forward"]
        yield "\nForward: each operation computes its result"
        yield from self._listing(forward, 1, most)
        yield "\nBackward: each use of a value adds its part to the value's gradient"
        yield from self._listing(self.steps[len(forward) :], 1 + len(forward), most)
        yield f"\ngradients: {_list(self._gradients(given))}"

    def _listing(self, steps: Sequence[Step], first: int, most: int | None) -> Iterator[str]:
        width = len(str(len(self.steps)))
        half = len(steps) if most is None or len(steps) <= most else most // 2
        for place, step in enumerate(steps):
            if half <= place < len(steps) - half:
                if place == half:
                    left_out = counted(len(steps) - 2 * half, "more step")
                    yield f"{'...':>{width + 5}} {left_out}: save('steps.txt') writes them all"
                continue
            yield f"{first + place:>{width + 2}}  {self.sentence(step)}"
            if rule := step.rule(self.scene, self.digits):
                yield f"{'':{width + 4}}    {rule}"

    def _texts(self, nodes: Sequence[SceneNode]) -> list[str]:
        return [f"{node.name} = {numeral(node.data, self.digits)}" for node in nodes]

    def _gradients(self, nodes: Sequence[SceneNode]) -> Iterator[str]:
        for node in nodes:
            grad = numeral(node.grad or 0.0, self.digits)
            part = " (part)" if node.id in self.partial else ""
            yield f"{operand(node.name)}.grad = {grad}{part}"

    def __repr__(self) -> str:
        return self.text(_PRINTED)

    def _repr_html_(self) -> str:
        try:
            page = escape(self._page)
        except MissingExtraError as error:  # the steps can be read all the same
            return f"<pre>{escape(repr(self))}\n\n{escape(str(error))}</pre>"
        found = re.search(r'height="(\d+)', self._svg)
        picture = int(found[1]) * 4 // 3 if found else 0  # points to pixels
        height = 420 + min(picture, 480)
        style = f"width: 100%; height: {height}px; border: 0"
        return f'<iframe title="{escape(self.title)}" style="{style}" srcdoc="{page}"></iframe>'


def explain(
    value: Node,
    model: Named | None = None,
    *,
    limit: int = LIMIT,
    digits: int = DIGITS,
    flat: bool | None = None,
) -> Explanation:
    """The forward pass that made a Value, and its backward pass, one contribution at a time.

    The gradients are computed anew, from zero; the Values keep theirs.

    Args:
        value: a result, such as a loss.
        model: a model, or a dict of Values by name, which names the parameters; an MLP's are known
            without it.
        limit: at most this many numbers, but the root's operands in any case; of a larger graph the
            part where the backward pass begins.
        digits: significant digits of the numbers.
        flat: whether the picture has operations inside of the boxes; None: where it is large.

    Returns:
        It prints itself, and is a stepper in a notebook; `.save("z.html")` writes that as a page.

    Raises:
        ArgumentError: it is not a Value, or no operation made it; limit or digits is not a whole
            number from 1 up.

    >>> from microgradlab.value import Value
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> c = a * b
    >>> c.label = "c"
    >>> explain(c)
    Forward and backward pass of c: 3 values, 4 steps
    given: a = 2.0, b = -3.0
    <BLANKLINE>
    Forward: each operation computes its result
      1  c = a × b = 2.0 × (-3.0) = -6.0
    <BLANKLINE>
    Backward: each use of a value adds its part to the value's gradient
      2  ∂c/∂c = 1.0: the backward pass begins
      3  ∂c/∂a += ∂c/∂c · ∂c/∂a = 1.0 × (-3.0) = -3.0; a.grad is now -3.0
             ∂c/∂a = b, by the rule ∂(x × y)/∂x = y
      4  ∂c/∂b += ∂c/∂c · ∂c/∂b = 1.0 × 2.0 = 2.0; b.grad is now 2.0
             ∂c/∂b = a, by the rule ∂(x × y)/∂y = x
    <BLANKLINE>
    gradients: a.grad = -3.0, b.grad = 2.0
    """
    _check(value)
    whole("limit", limit)
    whole("digits", digits)
    graph = reduced(scene_of(value, model), collapse="none")  # neurons and layers have frames
    part, lacking = beginning(graph, limit)
    recorded = named(part)
    scene = backpropagated(recorded)
    notes = remarks(graph, recorded, scene, lacking)
    is_flat = len(scene.nodes) >= _FLAT_FROM if flat is None else flat
    return Explanation(scene, steps_of(scene), tuple(notes), digits, is_flat, lacking)


def _check(value: object) -> None:
    if isinstance(value, Module):
        raise ArgumentError(
            "explain takes a Value, not a model",
            hint="explain an output or a loss, as in mg.explain(model(x))",
        )
    if not isinstance(value, Node):
        raise ArgumentError(
            f"explain takes a Value, not {type(value).__name__}",
            hint="give one result of operations on Values, such as a loss",
        )
    if value.op is None:
        name = repr(value.label) if value.label else "this Value"
        raise ArgumentError(
            f"{name} is a leaf: no operation made it, so there is nothing to explain",
            hint="explain a result, such as x * x; under no_grad() results become leaves",
        )


def _list(texts: Iterable[str]) -> str:
    shown = list(texts)
    more = [f"and {len(shown) - _LISTED} more"] if len(shown) > _LISTED else []
    return ", ".join(shown[:_LISTED] + more)


def _step(step: Step) -> dict[str, Any]:
    columns = ("kind", "node", "use", "operand", "rules", "text", "note")
    found = {column: getattr(step, column) for column in columns}
    return {column: entry for column, entry in found.items() if entry not in (None, "", ())}
