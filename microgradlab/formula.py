"""Formulas as text, such as "x**2 * sin(y)", computed over Values or floats. Floor 3.

Python's parser reads the text, but nothing of it is run: what the syntax tree may hold is listed
here (numbers, names, `+ - * / **`, calls of known functions), and becomes a list of steps, operands
before results, for a small machine with a stack. So a formula records the graph that it spells.
"""

from __future__ import annotations

import ast
import keyword
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, overload

from microgradlab import functions
from microgradlab.errors import ArgumentError, unknown_name
from microgradlab.expressions import pointed
from microgradlab.ops import OPS
from microgradlab.text import counted
from microgradlab.value import Operand, Value, real


@dataclass(frozen=True, slots=True)
class _Call:
    """A step that replaces the operands on top of the stack by the function's result."""

    function: Callable[..., Any]
    operands: int


_Step: TypeAlias = float | str | _Call  # a number, a name, or a call

CONSTANTS: Mapping[str, float] = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}
"""Names that stand for a number where no variable of that name is given."""

_FOLDS: Mapping[str, Callable[..., Any]] = {
    "max": lambda *numbers: functions.max(numbers),
    "min": lambda *numbers: functions.min(numbers),
}

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{name: Value.functions[name] for name in OPS},
    **functions.ACTIVATIONS,
    **_FOLDS,
    "where": functions.where,
}
"""What a formula may call: the table's operations, the activations, max, min and where."""

LONGEST = 2000  # characters; what is longer than this would nest too deeply for Python's parser

_OPERATORS: Mapping[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
}
_NEG = _Call(FUNCTIONS["neg"], 1)

_CUSTOMARY = {
    "ln": "log",
    "log2": "log",
    "log10": "log",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "swish": "silu",
}
_HOLDS = "a formula holds numbers, names, + - * / **, parentheses, and functions such as sin(x)"
_BRANCHES = "write where(greater(x, y), a, b), or maximum(x, y), minimum(x, y), relu(x), abs(x)"
_INSTEAD = {
    "^": "for a power write **, as in x**2",
    "²": "for a power write **, as in x**2",
    "³": "for a power write **, as in x**3",
    "×": "write *, as in 2*x",
    "·": "write *, as in 2*x",
    "÷": "write /, as in x/2",
    "//": "write /, as in x/2",
    "−": "write the hyphen, as in -x",  # U+2212, what typeset text has for a minus
    "√": "write sqrt(x)",
    "|": "write abs(x)",
    "=": "a formula is one number, without an equals sign",
    "[": "write round parentheses",
    "{": "write round parentheses",
    **dict.fromkeys(("<", ">", "<=", ">=", "==", "!="), _BRANCHES),
    **dict.fromkeys(("if", "else", "and", "or", "not"), _BRANCHES),
}
_FOREIGN = re.compile(r"//|[<>=!]=|[²³]|[^\w\s.,()+\-*/]|[^\W\d][^\W²³]*")  # or a word
_PRODUCT = re.compile(r"(?<![\w.])((?>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))([^\W\d_]\w*)")


@dataclass(frozen=True, slots=True)
class Formula:
    """A parsed formula: a function of its variables, over Values (it records) or floats.

    Attributes:
        text: the formula as it was given, with single spaces.
        variables: the names that need a number, in the order in which they first appear.
        names: those, and the constants that it uses, which may be given other numbers.
    """

    text: str
    names: tuple[str, ...] = field(repr=False)
    _steps: tuple[_Step, ...] = field(repr=False, compare=False)

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(name for name in self.names if name not in CONSTANTS)

    @overload
    def __call__(self, /, **values: float) -> float: ...
    @overload
    def __call__(self, /, **values: Operand) -> Any: ...
    def __call__(self, /, **values: Operand) -> Any:
        """The formula's value; a Value that recorded its graph where a variable is a Value.

        Division and powers follow IEEE 754: overflow is inf, what is undefined is nan.

        Args:
            values: a Value or a real number for each variable, by name.

        Raises:
            ArgumentError: a variable is missing, or the formula has none of that name.
            TypeError: a value is neither a Value nor a real number.

        >>> parse("2*pi*x")(x=0.5)
        3.141592653589793
        >>> parse("3 - x")(x=Value(1.0)).operands
        (3.0, Value(data=1.0, grad=0.0))
        """
        for name in values:
            if name not in self.names:
                raise unknown_name("variable", name, self.names)
        missing = [name for name in self.variables if name not in values]
        if missing:
            raise ArgumentError(
                f"the formula has no value for {', '.join(missing)}",
                hint=f"give a number for each of {', '.join(self.variables)}",
            )
        numbers = {
            name: value if isinstance(value, Value) else real(value, name)
            for name, value in {**CONSTANTS, **values}.items()
        }
        stack: list[Any] = []
        for step in self._steps:
            if isinstance(step, _Call):
                operands = stack[-step.operands :]
                del stack[-step.operands :]
                stack.append(step.function(*operands))
            else:
                stack.append(numbers[step] if isinstance(step, str) else step)
        return stack.pop()


def parse(text: str) -> Formula:
    """Reads a formula; nothing in the text is run.

    Args:
        text: numbers, names, `+ - * / **`, parentheses, and calls of FUNCTIONS; `max` and `min`
            take two operands or more, and go through them from left to right.

    Raises:
        ArgumentError: it holds something else; the message shows the place.

    >>> f = parse("x**2 * sin(y)")
    >>> f.variables
    ('x', 'y')
    >>> f(x=2.0, y=0.0)
    0.0
    >>> parse("x^2")
    Traceback (most recent call last):
    microgradlab.errors.ArgumentError: '^' is not part of a formula
        x^2
         ^
    hint: for a power write **, as in x**2
    """
    if not isinstance(text, str):
        raise ArgumentError(f"a formula is a text, not {text!r}", hint='as in "x**2 * sin(y)"')
    line = " ".join(text.split())
    _check_words(line)
    tree = _tree(line)
    steps = [_step(node, line) for node in _operands_first(tree)]
    names = dict.fromkeys(step for step in steps if isinstance(step, str))
    return Formula(line, tuple(names), tuple(step for step in steps if step is not None))


def _check_words(line: str) -> None:
    """Refuses characters and words that no formula has, before the parser sees them."""
    if not line:
        raise ArgumentError("the formula is empty", hint='write one, as in "x**2 * sin(y)"')
    if len(line) > LONGEST:
        why = f"the formula has {len(line)} characters, more than {LONGEST}"
        raise _refusal(line, LONGEST, why, "write it as a Python function of Values")
    for found in _FOREIGN.finditer(line):
        word = found[0]
        if keyword.iskeyword(word) and word not in _INSTEAD:
            hint = f"Python keeps this word for itself; choose another name, such as {word}_"
            raise _refusal(line, found.start(), f"{word!r} cannot be a name", hint)
        if word in _INSTEAD or not word.isidentifier():
            why = f"{word!r} is not part of a formula"
            raise _refusal(line, found.start(), why, _INSTEAD.get(word, _HOLDS))
    if product := _PRODUCT.search(line):
        hint = f"to multiply, write {product[1]}*{product[2]}"
        raise _refusal(line, product.start(2), "an operator is missing here", hint)


def _tree(line: str) -> ast.expr:
    try:
        return ast.parse(line, mode="eval").body
    except (RecursionError, MemoryError):
        raise _refusal(line, 0, "the formula is nested too deeply", "write it in parts") from None
    except SyntaxError as error:
        place = (error.offset or 0) - 1
        if not 0 <= place < len(line):
            hint = "add the operand that is missing"
            raise _refusal(line, len(line), "the formula ends too early", hint) from None
        for message, why, hint in (
            ("never closed", "this parenthesis is never closed", "add its )"),
            ("unmatched", "this parenthesis was never opened", "add its ( or leave it out"),
            ("too many nested", "too many parentheses are open here", "write it in parts"),
        ):
            if message in error.msg:
                raise _refusal(line, place, why, hint) from None
        hint = "write every product with *, as in 2*x, and operands in parentheses, as in sin(x)"
        raise _refusal(line, place, "the formula cannot be read from here on", hint) from None


def _operands_first(tree: ast.expr) -> list[ast.expr]:
    """The nodes of the tree, operands before results, left before right; without recursion."""
    nodes: list[ast.expr] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        nodes.append(node)
        match node:
            case ast.BinOp(left=left, right=right):
                waiting += [left, right]
            case ast.UnaryOp(operand=operand):
                waiting.append(operand)
            case ast.Call(args=arguments):
                waiting += arguments
    return nodes[::-1]


def _step(node: ast.expr, line: str) -> _Step | None:
    """The step that a node stands for; None for a plus sign, which does nothing."""
    match node:
        case ast.Constant(value=number) if type(number) in (int, float):
            return real(number, "number")
        case ast.Name(id=name) if name not in FUNCTIONS:
            return name
        case ast.UnaryOp(op=ast.USub()):
            return _NEG
        case ast.UnaryOp(op=ast.UAdd()):
            return None
        case ast.BinOp(op=operator) if type(operator) in _OPERATORS:
            return _Call(FUNCTIONS[_OPERATORS[type(operator)]], 2)
        case ast.Call(func=ast.Name(id=name), args=given, keywords=[]) if name in FUNCTIONS:
            wanted = _arity(name)
            if len(given) == wanted or (name in _FOLDS and len(given) > wanted):
                return _Call(FUNCTIONS[name], len(given))
    why, hint = _objection(node)
    place = len(line.encode()[: node.col_offset].decode())  # the parser counts bytes of UTF-8
    raise _refusal(line, place, why, hint)


def _objection(node: ast.expr) -> tuple[str, str]:
    """What to say of a node that is no step: a sentence, and a hint."""
    match node:
        case ast.Call(func=ast.Name(id=name)) if name not in FUNCTIONS:
            nearest = name.lower() if name.lower() in FUNCTIONS else _CUSTOMARY.get(name)
            error = unknown_name("function", name, FUNCTIONS, nearest)
            is_factor = len(name) == 1 or name in CONSTANTS
            return error.message, f"to multiply, write {name}*(...)" if is_factor else error.hint
        case ast.Call(func=ast.Name(id=name), args=given, keywords=[]):
            wanted = counted(_arity(name), "operand") + " or more" * (name in _FOLDS)
            return f"{name} takes {wanted}, not {len(given)}", f"write {_example(name)}"
        case ast.Name(id=name):
            return f"the function {name!r} has no operands", f"write {_example(name)}"
        case ast.Attribute(attr=name) | ast.Call(func=ast.Attribute(attr=name)):
            hint = f"write {_example(name)}" if name in FUNCTIONS else _HOLDS
            return "names have no dots in a formula", hint
        case ast.Call(keywords=[]):
            return "this is no function", "to multiply, write *, as in 2*(x + 1)"
    return "this is not part of a formula", _HOLDS


def _arity(name: str) -> int:
    """The number of operands that a function takes; of max and min, the least."""
    if name in OPS:
        return OPS[name].arity
    return 3 if name == "where" else 2 if name in _FOLDS else 1


def _example(name: str) -> str:
    return f"{name}({', '.join('xyz'[: _arity(name)])})"


def _refusal(line: str, place: int, why: str, hint: str) -> ArgumentError:
    return ArgumentError(f"{why}\n{pointed(line, place)}", hint=hint)
