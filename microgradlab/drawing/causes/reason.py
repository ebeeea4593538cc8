"""Why a gradient is zero or nan, vanishes or explodes: its strongest paths in a graph. Floor 8."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from microgradlab.checks import whole
from microgradlab.drawing.causes.blame import Blame, missing, power
from microgradlab.drawing.causes.paths import Path, flow_to
from microgradlab.drawing.numerals import DIGITS, factor, numeral
from microgradlab.drawing.scene import Named, Scene, scene_of
from microgradlab.drawing.stepper.steps import computation, named, operand
from microgradlab.engine import Node
from microgradlab.errors import ArgumentError
from microgradlab.text import counted

_SHOWN = 12  # factors of a path that are printed, half of them from the root on
_NAMED = 8  # values of a further path


@dataclass(frozen=True, repr=False)
class Reason:
    """Why a derivative is what it is. It prints itself.

    Attributes:
        value: the name of the value.
        root: the name of the root.
        gradient: the derivative of the root by the value, as `backward()` gives it from zero.
        count: the number of paths from the root to the value; 10^15 stands for all that is more.
        total: the sum of the absolute products of all paths: far more than the gradient's size
            where paths cancel.
        paths: the strongest paths, with their factors.
        verdict: the answer in a sentence.
        causes: sentences on the operations that are to blame; none where nothing is unusual.
        scene: the graph; its `by_id` has the nodes of the paths' links.
    """

    value: str
    root: str
    gradient: float
    count: int
    total: float
    paths: tuple[Path, ...]
    verdict: str
    causes: tuple[str, ...]
    scene: Scene = field(repr=False, compare=False)
    digits: int = DIGITS

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        derivative = f"∂{operand(self.root)}/∂{operand(self.value)}"
        yield f"{derivative} = {numeral(self.gradient, self.digits)}: {self.verdict}"
        yield from (f"  {cause}" for cause in self.causes)
        if self.paths and self.paths[0].links:
            yield f"\nstrongest path, product {self._product(self.paths[0])}:"
            yield from self._table(self.paths[0])
        if self.paths[1:]:
            yield "\nnext:"
            yield from (f"  {self._arrows(path)}" for path in self.paths[1:])

    def _table(self, path: Path) -> Iterator[str]:
        """One factor in a line, with the operation that it comes from."""
        links = path.links
        if len(links) > _SHOWN:  # sums, mostly, are between what matters
            links = tuple(link for link in links if link.factor != 1.0)
            if left_out := len(path.links) - len(links):
                yield f"  ({counted(left_out, 'factor')} of 1.0 left out)"
        half = _SHOWN // 2
        shown = links if len(links) <= _SHOWN else links[:half] + links[-half:]
        rows = []
        for link in shown:
            node, source = self.scene.by_id[link.node], self.scene.by_id[link.operand]
            partial = numeral(link.factor, self.digits)
            numbers = computation(self.scene, node, self.digits)
            rows.append((f"∂{operand(node.name)}/∂{operand(source.name)}", partial, numbers))
        width, room = (max((len(row[column]) for row in rows), default=0) for column in (0, 1))
        for number, (local, partial, numbers) in enumerate(rows):
            if number == half and len(shown) < len(links):
                yield f"  ... {counted(len(links) - len(shown), 'more factor')}"
            yield f"  {local:<{width}} = {partial:<{room}}  {numbers}"

    def _arrows(self, path: Path) -> str:
        """The values on a path, and its product, in a line."""
        names = [self.root, *(self.scene.by_id[link.operand].name for link in path.links)]
        product = self._product(path)
        if len(names) > _NAMED:
            names = names[: _NAMED // 2] + ["..."] + names[-_NAMED // 2 :]
        elif len(path.links) > 1:
            first, *others = (link.factor for link in path.links)
            factors = [numeral(first, self.digits), *(factor(each, self.digits) for each in others)]
            product = f"{' × '.join(factors)} = {product}"
        return f"{' ← '.join(names)}: {product}"

    def _product(self, path: Path) -> str:
        fits = path.product != 0.0 and math.isfinite(path.product)
        is_lost = not fits and math.isfinite(path.size)  # too small or too large for a float
        return power(path.size, self.digits) if is_lost else numeral(path.product, self.digits)


def why(
    value: Node,
    root: Node,
    model: Named | None = None,
    *,
    paths: int = 3,
    digits: int = DIGITS,
) -> Reason:
    """Why the derivative of a root by a value is zero, vanishing, exploding or nan.

    It is the sum over all paths from the root back to the value, and on each path the product of
    the local derivatives. The gradients that the Values hold play no part, and stay.

    Args:
        value: a parameter, say.
        root: a result that was computed from it, such as a loss.
        model: a model, or a dict of Values by name, which names the parameters; an MLP's are known
            without it.
        paths: so many of the strongest paths are looked for.
        digits: significant digits of the numbers that are printed.

    Returns:
        It prints itself; its fields hold what it prints.

    Raises:
        ArgumentError: value or root is not a Value; paths or digits is no whole number from 1 up.

    >>> from microgradlab.value import Value, relu
    >>> w, x = Value(0.3, label="w"), Value(-1.0, label="x")
    >>> why(w, relu(w * x) * 2.0)
    ∂L/∂w = 0.0: the only path from L back to w meets a local derivative of 0
      v2 = relu(v1): relu passes nothing on unless its input is above 0, and here v1 = -0.3
    <BLANKLINE>
    strongest path, product -0.0:
      ∂L/∂v2  = 2.0   L = v2 × 2.0 = 0.0 × 2.0 = 0.0
      ∂v2/∂v1 = 0.0   v2 = relu(v1) = relu(-0.3) = 0.0
      ∂v1/∂w  = -1.0  v1 = w × x = 0.3 × (-1.0) = -0.3
    """
    for what, given in (("value", value), ("root", root)):
        if not isinstance(given, Node):
            raise ArgumentError(
                f"{what} is a {type(given).__name__}, not a Value",
                hint="as in mg.why(w, loss): why is the derivative of loss by w what it is?",
            )
    whole("paths", paths)
    whole("digits", digits)
    scene = named(scene_of(root, model))
    flow = flow_to(scene, scene.ids[value], paths) if value in scene.ids else None
    if flow is None:
        name = value.label or "value"
        verdict, causes = missing(value, root, name, scene.root.name)
        return Reason(name, scene.root.name, 0.0, 0, 0.0, (), verdict, causes, scene, digits)
    name = scene.by_id[scene.ids[value]].name
    verdict, causes = Blame(scene, flow, name, digits).verdict()
    total = math.exp(flow.size) if flow.size < 709.0 else math.inf
    return Reason(
        name,
        scene.root.name,
        flow.gradient,
        flow.count,
        total,
        flow.paths,
        verdict,
        causes,
        scene,
        digits,
    )
