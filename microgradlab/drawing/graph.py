"""The graph of a Value as DOT: one box per number, with its operation, data and gradient. Floor 8.

Orange and blue tell negative from positive, the text says it too; leaves, constants, results and
the root differ in shape or border as well as in colour, so that print and colour-blind readers lose
nothing.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Any

from microgradlab.checks import whole
from microgradlab.engine import NOT_COMPUTED, Node
from microgradlab.errors import optional_import

_LONGEST = 40  # characters of a label that are drawn
_BLUE, _ORANGE, _GREY, _PALE = "#d8e6f3", "#fbe3cf", "#8a8a8a", "#f4f4f4"

_FONT = {"fontname": "Courier", "fontsize": "10"}
_GRAPH = {
    "rankdir": "LR",
    "bgcolor": "white",
    "nodesep": "0.12",
    "ranksep": "0.35",
    # The first operand stands above the second, as a - b is not b - a; in a large graph Graphviz
    # may give this up for a value that is used far apart.
    "ordering": "in",
    "labelloc": "b",
    "labeljust": "l",
}
_NODE = {"shape": "box", "margin": "0.08,0.04"}
_EDGE = {"color": _GREY, "arrowsize": "0.5", "fontname": "Courier", "fontsize": "8"}
# Without a size of their own, constants stand close to the arrow that takes them.
_CONSTANT = {
    "shape": "plaintext",
    "fontcolor": _GREY,
    "width": "0",
    "height": "0",
    "margin": "0.02",
}


def graph_source(root: Node, limit: int = 300, caption: str = "") -> str:
    """The DOT text of the graph under a Value.

    Args:
        root: the Value whose graph is drawn, from left (leaves) to right (root).
        limit: at most this many numbers are drawn, the nearest to the root first; "…" stands for
            the operands of those that were cut off.
        caption: lines of text for the bottom left of the picture.

    Raises:
        ArgumentError: the limit is not a whole number from 1 up.
        MissingExtraError: the graphviz package is not installed.

    >>> from microgradlab import Value
    >>> "n1 -> n0" in graph_source(Value(2.0, label="a").tanh())
    True
    """
    whole("limit", limit)
    graphviz = optional_import("graphviz", extra="lab", purpose="drawing")

    def escaped(text: str) -> Any:
        return graphviz.escape(text.replace("&", "&amp;"))  # dot would read &alpha; as α

    # In DOT, \l ends a line that is flush left.
    label = "".join(escaped(_printable(line)) + "\\l" for line in caption.splitlines())
    graph = graphviz.Digraph(
        graph_attr={**_GRAPH, **_FONT, "label": label},
        node_attr={**_NODE, **_FONT},
        edge_attr=_EDGE,
    )
    names = _nearest(root, limit)
    for node, name in names.items():
        graph.node(name, escaped(_text(node)), **_look(node, is_root=node is root))
        for place, operand, local in zip("xy", node.operands, (node.dx, node.dy), strict=False):
            source = names.get(operand) if isinstance(operand, Node) else None
            if source is None:
                source = name + place
                text = "…" if isinstance(operand, Node) else short(operand)
                graph.node(source, text, **_CONSTANT)
            graph.edge(source, name, label="" if local is None else short(local))
    return str(graph.source)


def short(number: float) -> str:
    """A number with four significant digits, and a true zero told from a tiny number.

    >>> short(0.0), short(1e-9), short(-1234.5678), short(math.nan)
    ('0', '1e-09', '-1235', 'nan')
    """
    return f"{number:.4g}"


def one_line(label: str) -> str:
    r"""A label without line breaks and control characters, which XML forbids, and not too long.

    >>> one_line("a\nb"), len(one_line("long " * 100))
    ('a b', 40)
    """
    line = _printable(label)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def _nearest(root: Node, limit: int) -> dict[Node, str]:
    """The nodes to draw, breadth first from the root, with their names n0, n1, ..."""
    names = {root: "n0"}
    queue = deque([root])
    while queue:
        for operand in queue.popleft().operands:
            if isinstance(operand, Node) and operand not in names and len(names) < limit:
                names[operand] = f"n{len(names)}"
                queue.append(operand)
    return names


def _text(node: Node) -> str:
    title = " ".join(part for part in (node.op and node.op.symbol, one_line(node.label)) if part)
    gradient = "not computed" if node.grad is NOT_COMPUTED else short(float(node.grad))
    lines = [title, short(node.data), f"∂ {gradient}"]
    return "\n".join(line for line in lines if line)


def _look(node: Node, *, is_root: bool) -> dict[str, Any]:
    """Attributes that tell a leaf, a result and the root apart, coloured by the gradient's sign."""
    gradient = float(node.grad)
    fill = _PALE
    if math.isfinite(gradient) and gradient != 0.0:
        fill = _BLUE if gradient > 0.0 else _ORANGE
    look = {"style": "filled", "fillcolor": fill, "color": _GREY}
    if node.op is None:
        look |= {"style": "filled,rounded", "color": "black"}
    if is_root:
        look |= {"peripheries": "2", "color": "black"}
    return look
