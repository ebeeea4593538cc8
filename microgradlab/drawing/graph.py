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

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from microgradlab.checks import whole
from microgradlab.drawing.grouping import title
from microgradlab.drawing.numerals import DIGITS, numeral
from microgradlab.drawing.scene import Role, Scene, SceneNode, Use
from microgradlab.drawing.style import THEMES, Kind, kind_of, largest_of, width_of
from microgradlab.errors import optional_import, unknown_name

Direction: TypeAlias = Literal["LR", "TB", "RL", "BT"]
"""Where the arrows of the forward pass point: to the right, down, to the left, or up."""

# Courier, as its widths are known to Graphviz: a browser shows what was measured.
_FONT = {"fontname": "Courier", "fontsize": "10"}
_CHARACTER = 6.0 / 72.0  # the width of a character in inches
_LONGEST = 40  # characters of a title that are drawn
_MANY_LABELS = 400  # from here on Graphviz places labels last: a fifth of the time


@dataclass(frozen=True)
class Look:
    """How a scene is drawn.

    Attributes:
        flow: arrows show the gradient that flows back, rather than local derivatives.
        direction: where the forward pass points.
        digits: significant digits of the numbers.
        flat: the operation stands inside of its value's box.
        theme: the name of the colours.
        caption: lines of text for the bottom left of the picture.
        names: values without a label bear their names, and there is room for other numbers.
    """

    flow: bool = False
    direction: Direction = "LR"
    digits: int = DIGITS
    flat: bool = False
    theme: str = "light"
    caption: str = ""
    names: bool = False

    def __post_init__(self) -> None:
        whole("digits", self.digits)
        if self.direction not in get_args(Direction):
            raise unknown_name("direction", self.direction, get_args(Direction))
        if self.theme not in THEMES:
            raise unknown_name("theme", self.theme, THEMES)


def source_of(
    scene: Scene,
    look: Look,
    positions: Mapping[str, tuple[float, float]] | None = None,
) -> str:
    """The DOT text of a scene.

    Args:
        scene: what is drawn.
        look: how it is drawn.
        positions: where each value stands, in points; without it Graphviz decides.

    Raises:
        MissingExtraError: the graphviz package is not installed.

    >>> from microgradlab import Value
    >>> from microgradlab.drawing.scene import scene_of
    >>> 'v0 -> "v1-op"' in source_of(scene_of(Value(2.0).tanh()), Look())
    True
    """
    return _Drawing(scene, look, positions or {}).source()


def one_line(label: str) -> str:
    r"""A label without line breaks and control characters, which XML forbids, and not too long.

    >>> one_line("a\nb"), len(one_line("long " * 100))
    ('a b', 40)
    """
    line = _printable(label)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


class _Drawing:
    """One scene on its way to DOT, statement by statement."""

    def __init__(
        self, scene: Scene, look: Look, positions: Mapping[str, tuple[float, float]]
    ) -> None:
        self.graphviz = optional_import("graphviz", extra="lab", purpose="drawing")
        self.scene = scene
        self.look = look
        self.positions = positions
        self.theme = THEMES[look.theme]
        self.largest = largest_of(node.grad for node in scene.nodes)
        uses = [use for node in scene.nodes for use in node.uses]
        self.largest_flow = largest_of(use.flow for use in uses)
        self.label = "xlabel" if len(uses) > _MANY_LABELS else "label"
        self.graph = self.graphviz.Digraph(
            graph_attr=self._graph_attributes(),
            node_attr={**_FONT, "shape": "box", "margin": "0.09,0.05"},
            edge_attr={
                **_FONT,
                "fontsize": "8.5",
                "arrowsize": "0.5",
                "color": self.theme.muted,
                "fontcolor": self.theme.text,
            },
        )
        self.frames: dict[tuple[str, ...], Any] = {(): self.graph}

    def source(self) -> str:
        for node in self.scene.nodes:
            self._value(node)
            has_circle = node.uses and node.op is not None and not self.look.flat
            target = f"{node.id}-op" if has_circle else node.id
            if has_circle:
                self._operation(node)
            for index, use in enumerate(node.uses):
                self._use(f"{node.id}-{index}", use, target)
        for path in sorted(self.frames, key=len, reverse=True)[:-1]:  # the innermost first
            self.frames[path[:-1]].subgraph(self.frames[path])
        return str(self.graph.source)

    def _graph_attributes(self) -> dict[str, str]:
        # In DOT, \l ends a line that is flush left.
        lines = self.look.caption.splitlines()
        return {
            **_FONT,
            "rankdir": self.look.direction,
            "bgcolor": self.theme.background,
            "fontcolor": self.theme.text,
            "nodesep": "0.14",
            "ranksep": "0.28",
            # The first operand stands before the second, as a - b is not b - a; in a large graph
            # Graphviz may give this up for a value that is used far apart.
            "ordering": "in",
            "labelloc": "b",
            "labeljust": "l",
            "label": "".join(self._escaped(_printable(line)) + "\\l" for line in lines),
        }

    def _escaped(self, text: str) -> Any:
        return self.graphviz.escape(text.replace("&", "&amp;"))  # dot would read &alpha; as α

    def _frame(self, path: tuple[str, ...]) -> Any:
        """The cluster of a layer or neuron, inside of those around it."""
        if path not in self.frames:
            self._frame(path[:-1])
            self.frames[path] = self.graphviz.Digraph(
                name="cluster_" + ".".join(path),
                graph_attr={
                    "class": "group",
                    "label": self._escaped(one_line(title(path[-1]))),
                    "labelloc": "t",
                    "style": "rounded",
                    "color": self.theme.muted,
                    "fontcolor": self.theme.muted,
                    "penwidth": "0.6",
                },
            )
        return self.frames[path]

    def _value(self, node: SceneNode) -> None:
        kind = kind_of(node.grad, self.largest)
        title = self._title(node)
        classes = ["value", f"role-{node.role}", f"grad-{kind}"] + ["titled"] * bool(title)
        self._frame(node.path).node(
            node.id,
            self._escaped("\n".join(line for line in (title, *self._numbers(node)) if line)),
            id=node.id,
            **{"class": " ".join(classes)},
            **self._shape(node, kind),
        )

    def _title(self, node: SceneNode) -> str:
        symbol = node.op.symbol if node.op and self.look.flat else ""
        label = one_line(node.label or (node.name if self.look.names else ""))
        if node.role == "constant":
            return ""
        cut = "…" if node.role == "cut" else ""
        return " ".join(part for part in (cut, symbol, label) if part)

    def _numbers(self, node: SceneNode) -> list[str]:
        grad = "not yet" if node.grad is None else numeral(node.grad, self.look.digits)
        if node.role == "group":
            return [f"{node.count} values", f"mean |∂| {grad}"]
        number = numeral(node.data, self.look.digits)
        return [number] if node.role == "constant" else [number, f"∂ {grad}"]

    def _shape(self, node: SceneNode, kind: Kind) -> dict[str, str]:
        """Attributes that tell a node's role, and the kind of its gradient."""
        theme = self.theme
        if node.role == "constant":  # without a size of its own it stands close to its consumer
            size = {"width": "0", "height": "0", "margin": "0.02"}
            return {"shape": "plaintext", "fontcolor": theme.muted, **size}
        look = {
            "style": "filled",
            "fillcolor": theme.fills[kind],
            "color": theme.borders.get(node.role, theme.muted),
            "fontcolor": theme.background if kind in ("nan", "inf") else theme.text,
        }
        if self.look.names:
            look["width"] = f"{(self.look.digits + 8) * _CHARACTER + 0.18:.2f}"
        return look | _SHAPES[node.role]

    def _operation(self, node: SceneNode) -> None:
        assert node.op is not None
        symbol = one_line(node.op.symbol)
        self._frame(node.path).node(
            f"{node.id}-op",
            self._escaped(symbol),
            id=f"{node.id}-op",
            **{"class": "op"},
            shape="circle" if len(symbol) == 1 else "ellipse",
            style="filled",
            fillcolor=self.theme.operation,
            color=self.theme.muted,
            fontcolor=self.theme.text,
            width="0.25",
            height="0.25",
            margin="0.02,0.02",
        )
        arrow = self._arrow(node.grad, self.largest) if self.look.flow else {}
        self.graph.edge(f"{node.id}-op", node.id, id=f"{node.id}-out", **{"class": "out"}, **arrow)

    def _use(self, name: str, use: Use, target: str) -> None:
        number = use.flow if self.look.flow else use.partial
        flows = self.look.flow and use.flow is not None
        attributes = self._arrow(use.flow, self.largest_flow) if flows else {}
        text = f"{use.count} ×" if use.count > 1 else ""
        if number is not None:
            text = numeral(number, self.look.digits)
            if self.look.flow and number > 0.0:
                text = f"+{text}"
        if flows:  # room beside a thick arrow
            text = f"\u00a0{text}\u00a0\n\u00a0"
        if self.look.names:
            text = text.center(self.look.digits + 4, "\u00a0")
        self.graph.edge(
            use.source, target, id=name, **{"class": "use", self.label: text}, **attributes
        )

    def _arrow(self, gradient: float | None, largest: float) -> dict[str, str]:
        """Attributes of an arrow that shows a gradient flowing back."""
        colour = self.theme.lines[kind_of(gradient, largest)]
        return {
            "dir": "back",
            "style": "dashed",
            "color": colour,
            "fontcolor": colour,
            "penwidth": f"{width_of(gradient, largest):.2f}",
        }


_SHAPES: Mapping[Role, dict[str, str]] = {
    "input": {"style": "filled,rounded", "penwidth": "1.4"},
    "parameter": {"penwidth": "2"},
    "hidden": {"penwidth": "0.7"},
    "root": {"peripheries": "2"},
    "group": {"shape": "box3d"},
    "cut": {"style": "filled,dashed"},
}
