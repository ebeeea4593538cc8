"""Vectors in LLVM code, written with Python's operators. Floor 4.

An algorithm reads like the formula that it is: `half = 0.5 * x` appends a multiplication to the
code of x. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from microgradlab.compiler.llvm.code import Code, constant

Table = tuple[tuple[int, int], ...]


class Products(Enum):
    """How `x.times_plus(y, z)` computes x * y + z."""

    FUSED = "fma"  # rounded once
    ROUNDED = ""  # rounded twice
    EITHER = "fmuladd"  # as the machine does it faster


class VectorCode(Code):
    """The code of a vector function.

    Args:
        function: its name, with which the names of its tables begin.
        lanes: as for `Code`.
        products: how they are added.

    Attributes:
        tables: the tables that it reads, by name: rows of two 64-bit words.
    """

    def __init__(self, function: str, lanes: int, products: Products) -> None:
        super().__init__(lanes)
        self.function = function
        self.products = products
        self.tables: dict[str, Table] = {}

    def number(self, number: float) -> Numbers:
        """A number in all lanes."""
        return Numbers(self, constant(number))


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """A vector of truth values."""

    code: VectorCode
    name: str

    def __and__(self, other: Mask) -> Mask:
        return Mask(self.code, self.code.emit(f"and <{self.code.lanes} x i1> {self}, {other}"))

    def __or__(self, other: Mask) -> Mask:
        return Mask(self.code, self.code.emit(f"or <{self.code.lanes} x i1> {self}, {other}"))

    def __invert__(self) -> Mask:
        ones = f"<{self.code.lanes} x i1> {self}, splat (i1 true)"
        return Mask(self.code, self.code.emit(f"xor {ones}"))

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """A vector of 64-bit words."""

    code: VectorCode
    name: str

    def __add__(self, other: Words | int) -> Words:
        return self._with("add", other)

    def __sub__(self, other: Words | int) -> Words:
        return self._with("sub", other)

    def __and__(self, other: Words | int) -> Words:
        return self._with("and", other)

    def __or__(self, other: Words | int) -> Words:
        return self._with("or", other)

    def __lshift__(self, other: int) -> Words:
        return self._with("shl", other)

    def __rshift__(self, other: int) -> Words:
        """Shifts zeros in from the left."""
        return self._with("lshr", other)

    def __str__(self) -> str:
        return self.name

    def _with(self, instruction: str, other: Words | int) -> Words:
        right = f"splat (i64 {other})" if isinstance(other, int) else other
        words = f"<{self.code.lanes} x i64>"
        return Words(self.code, self.code.emit(f"{instruction} {words} {self}, {right}"))

    def numbers(self) -> Numbers:
        """The numbers with these bits."""
        words = f"<{self.code.lanes} x i64>"
        name = self.code.emit(f"bitcast {words} {self} to {self.code.vector}")
        return Numbers(self.code, name)

    def __rsub__(self, other: int) -> Words:
        return Words(self.code, f"splat (i64 {other})") - self

    def lookup(self, name: str, table: Callable[[], Table]) -> tuple[Words, Words]:
        """The rows of a table at these places, as two columns."""
        code = self.code
        name = f"{code.function}.{name}"
        code.tables[name] = table()
        rows = []
        for lane in range(code.lanes):
            place = code.emit(f"extractelement <{code.lanes} x i64> {self}, i32 {lane}")
            address = code.emit(f"getelementptr [2 x i64], ptr @{name}, i64 {place}")
            rows.append(code.emit(f"load <2 x i64>, ptr {address}, align 16"))
        first, second = _columns(code, rows)
        return Words(code, first), Words(code, second)


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """A vector of doubles."""

    code: VectorCode
    name: str

    def __add__(self, other: Number) -> Numbers:
        return self._arithmetic("fadd", self, other)

    def __radd__(self, other: float) -> Numbers:
        return self._arithmetic("fadd", other, self)

    def __sub__(self, other: Number) -> Numbers:
        return self._arithmetic("fsub", self, other)

    def __rsub__(self, other: float) -> Numbers:
        return self._arithmetic("fsub", other, self)

    def __mul__(self, other: Number) -> Numbers:
        return self._arithmetic("fmul", self, other)

    def __rmul__(self, other: float) -> Numbers:
        return self._arithmetic("fmul", other, self)

    def __truediv__(self, other: Number) -> Numbers:
        return self._arithmetic("fdiv", self, other)

    def __neg__(self) -> Numbers:
        return Numbers(self.code, self.code.emit(f"fneg {self.code.vector} {self}"))

    def __abs__(self) -> Numbers:
        return self._intrinsic("fabs", self)

    def __lt__(self, other: Number) -> Mask:
        return self._comparison("olt", other)

    def __le__(self, other: Number) -> Mask:
        return self._comparison("ole", other)

    def __gt__(self, other: Number) -> Mask:
        return self._comparison("ogt", other)

    def __ge__(self, other: Number) -> Mask:
        return self._comparison("oge", other)

    def equals(self, other: Number) -> Mask:
        """Where it is equal."""
        return self._comparison("oeq", other)

    def __str__(self) -> str:
        return self.name

    def trunc(self) -> Numbers:
        """Rounded to a whole number, towards zero."""
        return self._intrinsic("trunc", self)

    def with_sign_of(self, other: Numbers) -> Numbers:
        """Its absolute value, with the sign of another."""
        return self._intrinsic("copysign", self, other)

    def times_plus(self, factor: Number, term: Number) -> Numbers:
        """self * factor + term; how it is rounded is for the code to say."""
        if self.code.products is Products.ROUNDED:
            return self * factor + term
        return self._intrinsic(self.code.products.value, self, factor, term)

    def bits(self) -> Words:
        """The bits of the numbers."""
        words = f"<{self.code.lanes} x i64>"
        return Words(self.code, self.code.emit(f"bitcast {self.code.vector} {self} to {words}"))

    def _arithmetic(self, instruction: str, x: Number, y: Number) -> Numbers:
        text = f"{instruction} {self.code.vector} {_text(x)}, {_text(y)}"
        return Numbers(self.code, self.code.emit(text))

    def _comparison(self, condition: str, other: Number) -> Mask:
        text = f"fcmp {condition} {self.code.vector} {self}, {_text(other)}"
        return Mask(self.code, self.code.emit(text))

    def _intrinsic(self, name: str, *operands: Number) -> Numbers:
        code = self.code
        given = ", ".join(f"{code.vector} {_text(operand)}" for operand in operands)
        text = f"call {code.vector} @llvm.{name}.v{code.lanes}f64({given})"
        return Numbers(code, code.emit(text))


def _columns(code: Code, rows: list[str]) -> tuple[str, str]:
    """The first words of some rows of two, and the second ones; the rows are 1, 2, 4, 8, ..."""
    count = len(rows)
    if count > 4:
        left, right = _columns(code, rows[: count // 2]), _columns(code, rows[count // 2 :])
        first, second = (
            _shuffle(code, count // 2, *halves, *range(count))
            for halves in zip(left, right, strict=True)
        )
        return first, second
    size, even, odd = 2, rows[0], rows[-1]
    if count == 4:  # rows 0 and 2, 1 and 3: registers interleave these without a permutation
        even, odd = (_shuffle(code, 2, rows[i], rows[i + 2], *range(4)) for i in range(2))
        size = 4
    first_places = (0, size, 2, size + 2)[:count]
    second_places = (place + 1 for place in first_places)
    return (
        _shuffle(code, size, even, odd, *first_places),
        _shuffle(code, size, even, odd, *second_places),
    )


def _shuffle(code: Code, size: int, x: str, y: str, *places: int) -> str:
    """These places of two vectors of words behind one another."""
    picked = ", ".join(f"i32 {place}" for place in places)
    words = f"<{size} x i64>"
    return code.emit(f"shufflevector {words} {x}, {words} {y}, <{len(places)} x i32> <{picked}>")


Number = Numbers | float


def where(mask: Mask, x: Number, y: Number) -> Numbers:
    """x where the mask holds, else y."""
    code = mask.code
    text = f"select <{code.lanes} x i1> {mask}, {code.vector} {_text(x)}, {code.vector} {_text(y)}"
    return Numbers(code, code.emit(text))


def _text(number: Number) -> str:
    return number.name if isinstance(number, Numbers) else constant(number)
