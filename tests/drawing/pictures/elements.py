"""The elements of a picture, as its tests look for them."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from microgradlab import Value, tanh
from microgradlab.drawing import Picture

SVG = "{http://www.w3.org/2000/svg}"


def groups(picture: Picture) -> dict[str, Element]:
    """The elements of a picture by id, in the order they are drawn in."""
    found = ElementTree.fromstring(picture.svg).iter(f"{SVG}g")
    return {group.get("id", ""): group for group in found}


def classes(group: Element) -> list[str]:
    return group.get("class", "").split()


def lines(group: Element) -> list[str]:
    """The texts of an element, without the space around them."""
    texts = [(text.text or "").strip() for text in group.iter(f"{SVG}text")]
    return [text for text in texts if text]


def shape(group: Element) -> Element:
    """The outline of a box; of an arrow, its line."""
    tags = [f"{SVG}{tag}" for tag in ("polygon", "path", "ellipse")]
    return next(element for element in group if element.tag in tags)


def height(group: Element) -> float:
    """How far down an element is drawn."""
    return float(next(group.iter(f"{SVG}text")).get("y", "nan"))


def of_class(picture: Picture, name: str) -> list[Element]:
    return [group for group in groups(picture).values() if name in classes(group)]


def titled(picture: Picture, title: str) -> Element:
    (found,) = [group for group in of_class(picture, "value") if lines(group)[0] == title]
    return found


def neuron() -> tuple[Value, dict[str, Value]]:
    """z = tanh(w * x + b) after a backward pass, and its parameters."""
    w, x, b = Value(2.0, label="w"), Value(-1.0, label="x"), Value(0.5, label="b")
    z = tanh(w * x + b)
    z.label = "z"
    z.backward()
    return z, {"w": w, "b": b}
