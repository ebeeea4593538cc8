"""The DOT text of a scene: values as boxes, operations as small round nodes between them. Floor 8.

Every element has an id and classes of its own, which Graphviz carries over into SVG, so that pages
can find it again:

    v12     "node value role-hidden grad-positive"   a value: its title, number and gradient
    v12-op  "node op"                                the operation that makes it
    v12-0   "edge use"                               its first operand's way into the operation
    v12-out "edge out"                               from the operation to the value
            "cluster group"                          the frame around a layer or a neuron
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from microgradlab.drawing.grouping.collapse import title
from microgradlab.drawing.numerals import numeral
from microgradlab.drawing.pictures.boxes import Box, one_line, operation_box, printable, value_box
from microgradlab.drawing.pictures.layout import Layout, Rectangle
from microgradlab.drawing.pictures.style import Look, kind_of, largest_of, width_of
from microgradlab.drawing.scene import Scene, SceneNode, Use
from microgradlab.errors import optional_import

# Courier, as its widths are known to Graphviz: a browser shows what was measured.
_FONT = {"fontname": "Courier", "fontsize": "10"}
_SPACE = "\u00a0"  # which is never dropped
_SIDELESS = ("add", "mul", "maximum", "minimum", "equal")  # x and y can be exchanged
_PORTS = {
    direction: {"tailport": tail, "headport": head}
    for direction, tail, head in (
        ("LR", "e", "w"),
        ("RL", "w", "e"),
        ("TB", "s", "n"),
        ("BT", "n", "s"),
    )
}
_MANY_LABELS = 150  # from here on labels stand at the heads of arrows, which takes less time


def source_of(scene: Scene, look: Look, layout: Layout | None = None) -> str:
    """The DOT text of a scene.

    Args:
        scene: what is drawn.
        look: how it is drawn.
        layout: where everything stands, frames included, for the engine "nop"; without it Graphviz
            decides, and there are no frames.

    Raises:
        MissingExtraError: the graphviz package is not installed.

    >>> from microgradlab import Value
    >>> from microgradlab.drawing.scene import scene_of
    >>> '"v0" -> "v1-op"' in source_of(scene_of(Value(2.0).tanh()), Look())
    True
    """
    return _Drawing(scene, look, layout).source()


class _Drawing:
    """One scene on its way to DOT, statement by statement."""

    def __init__(self, scene: Scene, look: Look, layout: Layout | None) -> None:
        self.graphviz = optional_import("graphviz", extra="lab", purpose="drawing")
        self.scene = scene
        self.look = look
        self.layout = layout
        uses = [(node, use) for node in scene.nodes for use in node.uses]
        self.label = "headlabel" if len(uses) > _MANY_LABELS else "label"
        self.largest = largest_of(node.grad for node in scene.nodes)
        self.largest_flow = largest_of(use.flow for _, use in uses)
        weights = (use.partial for node, use in uses if node.role == "group")
        self.largest_weight = largest_of(weights)
        self.graph = self.graphviz.Digraph(
            graph_attr=self._graph_attributes(),
            node_attr={**_FONT, "shape": "box", "margin": "0.09,0.05"},
            edge_attr={
                **_FONT,
                "fontsize": "8.5",
                "arrowsize": "0.5",
                "color": look.colours.muted,
                "fontcolor": look.colours.text,
                "labeldistance": "2.5",  # where labels stand at the heads of arrows
                "labelangle": "15",
            },
        )
        self.frames: dict[tuple[str, ...], Any] = {(): self.graph}

    def source(self) -> str:
        nodes = [node for node in self.scene.nodes if node.role != "constant"]
        for node in nodes:
            self._boxes(node)
        for path in sorted(self.frames, key=len, reverse=True):  # the innermost first
            if path:
                self.frames[path[:-1]].subgraph(self.frames[path])
        for node in nodes:
            self._arrows(node)
        return str(self.graph.source)

    def _graph_attributes(self) -> dict[str, str]:
        caption = self.look.caption.splitlines()
        return {
            **_FONT,
            "rankdir": self.look.direction,
            "bgcolor": self.look.colours.background,
            "fontcolor": self.look.colours.text,
            "nodesep": "0.14",
            "ranksep": "0.28" if self.label == "label" else "0.7",
            # The first operand stands before the second, as a - b is not b - a; Graphviz gives this
            # up for a value that is used far apart.
            "ordering": "in",
            # Straight arrows would cross the numbers in their way.
            "outputorder": "edgesfirst" if self.layout else "breadthfirst",
            "labelloc": "b",
            "labeljust": "l",
            # In DOT, \l ends a line that is flush left.
            "label": "".join(self._escaped(printable(line)) + "\\l" for line in caption),
        }

    def _escaped(self, text: str) -> Any:
        return self.graphviz.escape(text.replace("&", "&amp;"))  # dot would read &alpha; as α

    def _boxes(self, node: SceneNode) -> None:
        """A value with its operation and its constants, in the frame that it belongs to."""
        for use in node.uses:
            if self.scene.by_id[use.source].role == "constant":
                self._value(self.scene.by_id[use.source], node.path)
        if self._has_circle(node):
            self._node(f"{node.id}-op", operation_box(node, self.look), node.path)
        self._value(node, node.path)

    def _has_circle(self, node: SceneNode) -> bool:
        return node.op is not None and bool(node.uses) and not self.look.flat

    def _value(self, node: SceneNode, path: tuple[str, ...]) -> None:
        box = value_box(node, kind_of(node.grad, self.largest), self.look)
        if self.layout is None:
            self._node(node.id, box, path)
        else:
            x, y = self._turned(*self.layout.positions[node.id])
            self._node(node.id, box, path, pos=f"{x:.0f},{y:.0f}")

    def _turned(self, x: float, y: float) -> tuple[float, float]:
        """A point of a layout, which points from left to right, in the direction that is wanted.

        Boxes are wider than they are high: turned, their distances change.
        """
        if self.look.direction in ("LR", "RL"):
            return (x if self.look.direction == "LR" else -x), y
        return -3.2 * y, (-0.5 * x if self.look.direction == "TB" else 0.5 * x)

    def _node(self, name: str, box: Box, path: tuple[str, ...], **more: str) -> None:
        attributes = {"label": box.text, "id": name, "class": box.classes, **box.attributes, **more}
        self._frame(path if self.layout else ()).body.append(f'\t"{name}"{_listed(attributes)}\n')

    def _frame(self, path: tuple[str, ...]) -> Any:
        """The cluster of a layer or neuron, inside of those around it."""
        if self.layout and path not in self.frames:
            self._frame(path[:-1])
            label = one_line(title(path[-1]))
            self.frames[path] = self.graphviz.Digraph(
                name="cluster_" + ".".join(path),
                graph_attr={
                    "class": "group",
                    "label": self._escaped(label),
                    "labelloc": "t",
                    "style": "rounded",
                    "color": self.look.colours.muted,
                    "fontcolor": self.look.colours.muted,
                    "penwidth": "0.6",
                    **self._rectangle(self.layout.frames[path], label),
                },
            )
        return self.frames[path]

    def _rectangle(self, frame: Rectangle, label: str) -> dict[str, str]:
        """Where a frame and its label stand."""
        left, bottom, right, top = frame
        corners = self._turned(left, bottom), self._turned(right, top)
        (left, right), (bottom, top) = (sorted(sides) for sides in zip(*corners, strict=True))
        middle = left + 8.0 + 3.0 * len(label)  # half of a character is 3 points wide
        return {
            "bb": f"{left:.0f},{bottom:.0f},{right:.0f},{top:.0f}",
            "lp": f"{middle:.0f},{top - 9.0:.0f}",
        }

    def _arrows(self, node: SceneNode) -> None:
        """The ways of the operands into a value, through its operation where that is drawn."""
        target = f"{node.id}-op" if self._has_circle(node) else node.id
        for index, use in enumerate(node.uses):
            look = {self.label: self._text(node, index, use), **self._use_look(node, use)}
            if node.role == "group" or self.layout:  # from side to side, as networks are drawn
                look |= _PORTS[self.look.direction]
            self._edge(use.source, target, f"{node.id}-{index}", "use", look)
        if target != node.id:
            flow = _flow(node.grad, self.largest, self.look) if self.look.flow else {}
            self._edge(target, node.id, f"{node.id}-out", "out", flow)

    def _edge(self, tail: str, head: str, name: str, kind: str, look: Mapping[str, str]) -> None:
        attributes = {"id": name, "class": kind, **look}
        self.graph.body.append(f'\t"{tail}" -> "{head}"{_listed(attributes)}\n')

    def _use_look(self, node: SceneNode, use: Use) -> dict[str, str]:
        if self.look.flow and use.flow is not None:
            flow = _flow(use.flow, self.largest_flow, self.look)
            if self._is_mean(use) and math.isfinite(use.flow):
                flow |= dict.fromkeys(("color", "fontcolor"), self.look.colours.muted)
            return flow
        if node.role == "group" and use.partial is not None:
            return _signed(use.partial, self.largest_weight, self.look)
        return {}

    def _is_mean(self, use: Use) -> bool:
        """Whether an arrow's flow is a mean magnitude, which has no sign."""
        return use.count > 1 and self.scene.by_id[use.source].role == "group"

    def _text(self, node: SceneNode, index: int, use: Use) -> str:
        """What is written beside an arrow, with the space that it needs."""
        if node.role == "group" and self.layout:
            return ""  # where everything takes from everything, numbers would cover each other
        number = use.flow if self.look.flow else use.partial
        text = f"{use.count} ×" if use.count > 1 else ""
        if number is not None:
            sign = "+" if self.look.flow and number > 0.0 else ""
            prefix = "mean |∂| " if self.look.flow and self._is_mean(use) else sign
            text = prefix + numeral(number, self.look.digits)
        if self.layout and node.op and node.op.dy and node.op.name not in _SIDELESS:
            text = f"{'①②'[index]} {text}".strip()
        if self.look.names and not self.layout:  # which puts a label at its edge's middle
            text = text.center(self.look.digits + 4, _SPACE)
        if self.look.flow and use.flow is not None:  # away from a thick arrow
            return f"{_SPACE}{text}{_SPACE}\n{_SPACE}"
        stands_to_the_right = self.look.direction in ("TB", "BT")
        return f"{_SPACE}{text}" if text and stands_to_the_right else text


def _flow(gradient: float | None, largest: float, look: Look) -> dict[str, str]:
    """Attributes of an arrow that shows a gradient flowing back."""
    return {"dir": "back", "style": "dashed", **_signed(gradient, largest, look)}


def _signed(number: float | None, largest: float, look: Look) -> dict[str, str]:
    """Attributes of an arrow that shows a number's sign, by colour and head, and its magnitude."""
    colour = look.colours.lines[kind_of(number, largest)]
    width = f"{width_of(number, largest):.2f}"
    attributes = {"color": colour, "fontcolor": colour, "penwidth": width}
    if number is not None and number < 0.0:  # a hollow head, for readers who see no colours
        attributes |= {"arrowhead": "onormal", "arrowtail": "onormal"}
    return attributes


def _listed(attributes: Mapping[str, str]) -> str:
    """Attributes in DOT: three times as fast as the graphviz package, which quotes only at need."""
    return f" [{' '.join(f'{name}={_quoted(text)}' for name, text in attributes.items())}]"


def _quoted(text: str) -> str:
    r"""A text in DOT's quotation marks, in which nothing but line breaks has a meaning.

    >>> print(_quoted('a "b" & \\N'))
    "a \"b\" &amp; \\N"
    """
    for character, code in (("\\", r"\\"), ('"', r"\""), ("&", "&amp;"), ("\n", r"\n")):
        text = text.replace(character, code)
    return f'"{text}"'
