"""The boxes of a picture: their lines of text, and their looks as Graphviz' attributes. Floor 8."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from microgradlab.drawing.numerals import numeral
from microgradlab.drawing.pictures.style import Kind, Look
from microgradlab.drawing.scene import Role, SceneNode
from microgradlab.text import counted

_LONGEST = 40  # characters of a title that are drawn
_CHARACTER = 6.0 / 72.0  # the width of a character in inches
_MARGIN = 0.18  # to the left and the right of a text, in inches

_SHAPES: Mapping[Role, Mapping[str, str]] = {
    "input": {"style": "filled,rounded", "penwidth": "1.4"},
    "parameter": {"penwidth": "2"},
    "hidden": {"penwidth": "0.7"},
    "root": {"peripheries": "2"},
    "group": {"shape": "box3d"},
    "cut": {"style": "filled,dashed"},
}


@dataclass(frozen=True)
class Box:
    """A node as it is drawn.

    Attributes:
        text: its lines.
        classes: by which pages find it, and tell what it is.
        attributes: its look.
    """

    text: str
    classes: str
    attributes: Mapping[str, str]


def value_box(node: SceneNode, kind: Kind, look: Look) -> Box:
    """The box of a value or group: its title, number and gradient.

    Args:
        node: the value.
        kind: what its gradient is, beside the largest of the picture.
        look: how the scene is drawn.
    """
    if node.role == "constant":
        # Without a size of its own it stands close to the node that takes it.
        size = {"width": "0", "height": "0", "margin": "0.02"}
        attributes = {"shape": "plaintext", "fontcolor": look.colours.muted, **size}
        return Box(numeral(node.data, look.digits), "value role-constant", attributes)
    title = _title(node, look)
    grad = "not yet" if node.grad is None else numeral(node.grad, look.digits)
    if node.role == "group":
        lines = [title, counted(node.count, "value") if node.count > 1 else ""]
        if node.grad is not None:  # a model's architecture has none
            lines.append(f"mean |∂| {grad}")
        classes = "value role-group"
    else:
        lines = [title, numeral(node.data, look.digits), f"∂ {grad}{_part(node, look)}"]
        classes = f"value role-{node.role} grad-{kind}"
    return Box(
        text="\n".join(line for line in lines if line),
        classes=f"{classes} titled" if title else classes,
        attributes=_filled(node, kind, look),
    )


def operation_box(node: SceneNode, look: Look) -> Box:
    """The small round node of the operation that makes a value."""
    shown = one_line(str(node.op))
    attributes = {
        "shape": "circle" if len(shown) == 1 else "ellipse",
        "style": "filled",
        "fillcolor": look.colours.plain,
        "color": look.colours.muted,
        "fontcolor": look.colours.text,
        "width": "0.25",
        "height": "0.25",
        "margin": "0.02",
    }
    return Box(shown, "op", attributes)


def one_line(label: str) -> str:
    r"""A label without line breaks and control characters, which XML forbids, and not too long.

    >>> one_line("a\nb"), len(one_line("long " * 100))
    ('a b', 40)
    """
    line = printable(label)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def printable(text: str) -> str:
    """A text with spaces for what cannot be printed."""
    return "".join(character if character.isprintable() else " " for character in text)


def _title(node: SceneNode, look: Look) -> str:
    cut = "…" if node.role == "cut" else ""
    symbol = node.op.symbol if node.op and look.flat else ""
    label = node.label or (node.name if look.names else "")
    return one_line(" ".join(part for part in (cut, symbol, label) if part))


def _part(node: SceneNode, look: Look) -> str:
    """What is said of a gradient that is a part only."""
    return " (part)" if node.id in look.partial else ""


def _filled(node: SceneNode, kind: Kind, look: Look) -> dict[str, str]:
    """Attributes that tell a node's role, and the kind of its gradient."""
    colours = look.colours
    is_dark = kind in ("nan", "inf")
    is_plain = node.role == "group" and not is_dark  # a mean magnitude has no sign
    attributes = {
        "style": "filled",
        "fillcolor": colours.plain if is_plain else colours.fills[kind],
        "color": colours.borders.get(node.role, colours.muted),
        "fontcolor": colours.background if is_dark else colours.text,
    }
    if look.names:
        longest = look.digits + 8 + len(_part(node, look))
        attributes["width"] = f"{longest * _CHARACTER + _MARGIN:.2f}"
    return {**attributes, **_SHAPES[node.role]}
