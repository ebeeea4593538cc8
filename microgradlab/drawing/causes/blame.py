"""What is to blame for an unusual gradient, in sentences. Floor 8."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from microgradlab.drawing.causes.paths import MANY, Flow, Link, Path
from microgradlab.drawing.numerals import factor, numeral
from microgradlab.drawing.scene import Scene, SceneNode
from microgradlab.drawing.stepper.steps import computation, expression, operand
from microgradlab.engine import Node, topological_order
from microgradlab.ops import OPS
from microgradlab.text import counted

VANISHING, EXPLODING = 1e-5, 1e5
"""Below and above these sizes a gradient is called vanishing or exploding, as the root's own is 1.

In pictures "tiny" is another thing: small beside the largest gradient that is drawn.
"""

_CANCELLED = 0.01  # of the sum of the paths' sizes: what is left where paths cancel
_SMALL, _LARGE = 0.1, 10.0  # factors that are named
_MOST = 3  # operations that are named

# By the name of an operation, or of one of its uses: "div.1" is what is said of y in x ÷ y.
_REASONS: Mapping[str, str] = {
    "mul": "the other factor is {made}",
    "exp": "exp is its own slope, at {x}",
    "log": "the slope of log is 1/x, and here {x}",
    "sqrt": "the slope of sqrt is 0.5 / sqrt(x), and here {x}",
    "div.0": "the slope of x ÷ y by x is 1/y, here with {y} for y",
    "div.1": "the slope of x ÷ y by y is -x/y², here with {x} for x and {y} for y",
    "pow.0": "the slope of x ** y by x is y × x ** (y - 1), here with {x} for x and {y} for y",
    "pow.1": "the slope of x ** y by y is log(x) × x ** y, here with {x} for x and {y} for y",
}
_TIE = ": at a tie it takes the first, by convention"
_REASONS_IF_SMALL: Mapping[str, str] = {
    **_REASONS,
    "relu": "relu passes nothing on unless its input is above 0, and here {x}",
    "tanh": "tanh is saturated at {x}, where its result is {out}",
    "sigmoid": "sigmoid is saturated at {x}, where its result is {out}",
    "greater": "a comparison has no slope: its result jumps between 0.0 and 1.0",
    "equal": "a comparison has no slope: its result jumps between 0.0 and 1.0",
    "gate.0": "the gate is closed by {other}",
    "gate.1": "a gate passes nothing on to what opens it",
    "maximum": "maximum takes {other}, not {this}{tie}",
    "minimum": "minimum takes {other}, not {this}{tie}",
}


@dataclass(frozen=True)
class Blame:
    """Writes sentences about the way of a gradient through a graph.

    Attributes:
        scene: the graph, with names for sentences.
        flow: the way of the gradient.
        name: of the value that it goes to.
        digits: significant digits of the numbers.
    """

    scene: Scene
    flow: Flow
    name: str
    digits: int

    def verdict(self) -> tuple[str, tuple[str, ...]]:
        """Why the gradient is what it is, and the operations that are to blame."""
        flow = self.flow
        size = math.fabs(flow.gradient)
        strongest = flow.paths[0]
        if not strongest.links:
            return "it is the root itself", ()
        if not math.isfinite(flow.gradient):
            return "a part of it is nan or infinite", tuple(self._broken())
        if not flow.gets_by:
            meet = "meets" if flow.count == 1 else "meet"
            return f"{self._ways()} {meet} a local derivative of 0", tuple(self._blocked())
        if size == 0.0 and strongest.product == 0.0:
            sentence = f"it is too small for a float, about {power(strongest.size, self.digits)}"
            return sentence, tuple(self._extreme(strongest, small=True))
        left = -math.inf if size == 0.0 else math.log(size)
        if left - flow.size < math.log(_CANCELLED):
            sizes = power(flow.size, self.digits)
            return f"{self._ways()} cancel: their sizes add up to {sizes}", ()
        if size < VANISHING:
            return f"vanishing, {self._sum()}", tuple(self._extreme(strongest, small=True))
        if size > EXPLODING:
            return f"exploding, {self._sum()}", tuple(self._extreme(strongest, small=False))
        return self._sum(), tuple(self._closed())

    def _sum(self) -> str:
        count = self.flow.count
        return "along its only path" if count == 1 else f"the sum over {_number(count)} paths"

    def _ways(self) -> str:
        words = {1: "the only path", 2: "both paths"}
        ways = words.get(self.flow.count) or f"all {_number(self.flow.count)} paths"
        return f"{ways} from {self.scene.root.name} back to {self.name}"

    def _blocked(self) -> Iterator[str]:
        blocked = self.flow.blocked
        yield from dict.fromkeys(self._remark(link) for link in blocked[:_MOST])
        if len(blocked) > _MOST:
            yield f"and {counted(len(blocked) - _MOST, 'more place')} like these"

    def _closed(self) -> Iterator[str]:
        if self.flow.blocked:
            places = counted(len(self.flow.blocked), "place")
            yield f"other paths add nothing: at {places} a local derivative is 0"

    def _extreme(self, path: Path, *, small: bool) -> Iterator[str]:
        """The smallest or largest factors of a path; or how they act together."""
        sizes = {link: math.fabs(link.factor) for link in path.links}
        ranked = sorted(sizes, key=lambda link: sizes[link], reverse=not small)
        named = [
            link for link in ranked if (sizes[link] <= _SMALL if small else sizes[link] >= _LARGE)
        ]
        yield from (self._remark(link) for link in named[:_MOST])
        if len(named) > _MOST:
            yield f"and {counted(len(named) - _MOST, 'more factor')} like these"
        if not named:
            mean = numeral(math.exp(path.size / len(path.links)), self.digits)
            yield (
                f"no single factor is to blame: the {len(path.links)} factors of the strongest "
                f"path have the geometric mean {mean}"
            )

    def _broken(self) -> Iterator[str]:
        origins = [self._computed(node) for node in self.scene.nodes if self._is_origin(node)]
        if origins:
            more = [f"{len(origins) - _MOST} more like these"] if origins[_MOST:] else []
            yield f"in the forward pass already: {' and '.join(origins[:_MOST] + more)}"
        link = self.flow.broken
        if link is None:
            yield "on the way back each part is finite, but a sum of them is not"
        else:
            product = numeral(self.flow.arriving * link.factor, self.digits)
            factors = (
                f"{numeral(self.flow.arriving, self.digits)} × {factor(link.factor, self.digits)}"
            )
            yield f"on the way back first here: {factors} = {product}"
            yield self._remark(link)

    def _is_origin(self, node: SceneNode) -> bool:
        """Whether a number is nan or infinite, and not because of another one that is told."""
        sources = (self.scene.by_id[use.source] for use in node.uses)
        return _is_broken(node) and not any(map(_is_broken, sources))

    def _computed(self, node: SceneNode) -> str:
        return computation(self.scene, node, self.digits) if node.uses else self._said(node)

    def _remark(self, link: Link) -> str:
        """What an operation does to the gradient that comes back to it."""
        node, this = self.scene.by_id[link.node], self.scene.by_id[link.operand]
        operands = [self.scene.by_id[use.source] for use in node.uses]
        said = [self._said(each) for each in operands]
        op = node.op
        reasons = _REASONS_IF_SMALL if math.fabs(link.factor) <= _SMALL else _REASONS
        reason = f"at {' and '.join(dict.fromkeys(said))}"
        template = None
        if op is not None and OPS.get(op.name) is op:
            template = reasons.get(op.name) or reasons.get(f"{op.name}.{link.use}")
        if template is not None:
            other = operands[-1 - link.use]
            made = f"{other.name} = {expression(self.scene, other)} = {self._numeral(other)}"
            reason = template.format(
                x=said[0],
                y=said[-1],
                out=self._numeral(node),
                this=said[link.use],
                other=said[-1 - link.use],
                made=made if other.uses else said[-1 - link.use],
                tie=_TIE if this.data == other.data else "",
            )
        slope = (
            f"; ∂{operand(node.name)}/∂{operand(this.name)} = {numeral(link.factor, self.digits)}"
        )
        text = f"{node.name} = {expression(self.scene, node)}: {reason}"
        return text if link.factor == 0.0 else text + slope

    def _said(self, node: SceneNode) -> str:
        number = self._numeral(node)
        return number if node.role == "constant" else f"{node.name} = {number}"

    def _numeral(self, node: SceneNode) -> str:
        return numeral(node.data, self.digits)


def _is_broken(node: SceneNode) -> bool:
    """Given infinities are told with what is made from them: i - i = inf - inf = nan."""
    is_made = bool(node.uses) and math.isinf(node.data)
    return node.role != "constant" and (math.isnan(node.data) or is_made)


def missing(value: Node, root: Node, name: str, root_name: str) -> tuple[str, tuple[str, ...]]:
    """What is said where there is no path from the root back to the value, and how that happens."""
    if root in topological_order(value):
        cause = f"it is the other way round: {name} was computed from {root_name}"
    elif root.op is None:
        cause = f"{root_name} is a leaf: no operation was recorded for it, as under no_grad()"
    elif value.label and any(node.label == value.label for node in topological_order(root)):
        cause = f"it depends on another Value of the label {name}: was this one made anew since?"
    else:
        cause = (
            f"a number was taken out of its Value on the way, by .data, float() or no_grad(), "
            f"or {name} was never used"
        )
    return f"{root_name} does not depend on {name}, there is no path between them", (cause,)


def power(size: float, digits: int) -> str:
    """exp(size) as a numeral, also where it is too large or too small for a float.

    >>> power(0.0, 4), power(-2000.0, 4)
    ('1.0', '10^-868.6')
    """
    number = math.exp(size) if -740.0 < size < 709.0 else 0.0
    return numeral(number, digits) if number else f"10^{numeral(size / math.log(10.0), digits)}"


def _number(count: int) -> str:
    return str(count) if count < MANY else "more than 10^15"
