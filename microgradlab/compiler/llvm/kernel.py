"""A kernel as LLVM code, for any number of samples. Floor 4.

The code goes through the samples chunk by chunk. Each statement, or nest of statements, is a
function of its own, and so are the transpositions of samples into slots and of outputs out of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from microgradlab.compiler.kernel import Kernel, Steps, Table, Total
from microgradlab.compiler.llvm import nests, samples, steps, totals
from microgradlab.compiler.llvm.code import Code
from microgradlab.compiler.llvm.expressions import support
from microgradlab.compiler.llvm.fusion import Nest, fused
from microgradlab.compiler.llvm.layout import Layout
from microgradlab.compiler.llvm.loops import branch, loop, offset
from microgradlab.compiler.llvm.machine import Machine
from microgradlab.compiler.llvm.memory import Frame

_RUN = (
    "ptr %rows, ptr %order, i64 %first, i64 %count, double %seed, "
    "ptr %shared, ptr %tables, ptr %slots, ptr %totals, ptr %outputs"
)
_GATHER = "ptr %rows, ptr %order, i64 %first, i64 %samples, i64 %groups, double %seed, ptr %slots"
_SCATTER = "i64 %samples, ptr %tables, ptr %slots, ptr %outputs"
_PART = "i64 %groups, ptr %shared, ptr %tables, ptr %slots"
_TOTAL = f"{_PART}, ptr %totals"


def functions(kernel: Kernel, machine: Machine, *, name: str, fast: bool) -> str:
    """LLVM code that defines a function of this name, which runs a kernel for some samples.

    The function takes, in this order:

    - `ptr %rows`: a matrix with a row for each sample, its inputs but for the seed;
    - `ptr %order`, `i64 %first`, `i64 %count`: the samples are in the rows order[first], ...,
      order[first + count - 1]; where %order is null, in first, ..., first + count - 1;
    - `double %seed`: the weight of each of them;
    - `ptr %shared`: the parameters, and from their number, rounded up to 8, on the constants;
    - `ptr %tables`: what `table_data` returns;
    - `ptr %slots`: room for `scratch` doubles, aligned to 64 bytes;
    - `ptr %totals`: what totals are added to;
    - `ptr %outputs`: a matrix with a row of outputs for each place of the order, or null.

    Args:
        kernel: what is computed.
        machine: the processor it is written for.
        name: the function's; those that it calls begin with it.
        fast: whether products and sums may be fused.
    """
    writer = _Writer(Layout(kernel, machine), name, fast)
    writer.write()
    return "\n".join((*writer.texts, support(writer.calls, writer.layout.samples, fast)))


def scratch(kernel: Kernel, machine: Machine) -> int:
    """The number of doubles that a run needs at `%slots`, aligned to 64 bytes."""
    return Layout(kernel, machine).scratch // 8


def table_data(kernel: Kernel, machine: Machine) -> Table:
    """What a run needs at `%tables`."""
    return Layout(kernel, machine).tables


class _Writer:
    """Writes the functions of a kernel, one after the other."""

    def __init__(self, layout: Layout, name: str, fast: bool) -> None:
        self.layout = layout
        self.name = name
        self.fast = fast
        self.texts: list[str] = []
        self.calls: set[str] = set()

    def write(self) -> None:
        """Writes all functions."""
        self.function("gather", _GATHER, samples.gather)
        has_outputs = bool(self.layout.kernel.outputs)
        if has_outputs:
            self.function("scatter", _SCATTER, samples.scatter)
        parts: list[str] = []
        sums: list[str] = []
        for number, part in enumerate(fused(self.layout.kernel)):
            own = f"{type(part).__name__.lower()}{number}"
            match part:
                case Nest():
                    parts.append(self.function(own, _PART, partial(nests.write, nest=part)))
                case Steps():
                    parts.append(self.function(own, _PART, partial(steps.write, steps=part)))
                case Total():
                    sums.append(self.function(own, _TOTAL, partial(totals.write, total=part)))
        run = partial(_run, parts=parts, sums=sums, name=self.name, has_outputs=has_outputs)
        self.function("", _RUN, run)

    def function(self, name: str, parameters: str, write: Callable[[Frame], None]) -> str:
        """Writes a function, internal unless it has no name of its own; returns its full name."""
        code = Code(self.layout.samples, self.fast)
        write(Frame(code, self.layout))
        self.calls |= code.calls
        full = f"@{self.name}.{name}" if name else f"@{self.name}"
        linkage, inlining = ("internal ", " noinline") if name else ("", "")
        head = f"define {linkage}void {full}({parameters}){inlining} nounwind {{"
        self.texts.append("\n".join((head, *code.lines, "  ret void", "}", "")))
        return full


def _run(frame: Frame, *, parts: list[str], sums: list[str], name: str, has_outputs: bool) -> None:
    """Appends the loop over the chunks."""
    code, layout = frame.code, frame.layout
    size = layout.chunk * layout.samples

    def chunk(carried: list[str]) -> list[str]:
        first, left = carried
        count = code.emit(f"call i64 @llvm.umin.i64(i64 {left}, i64 {size})")
        groups = _ratio(code, count, layout.samples)
        _blocks(frame, first, count, groups, name, parts)
        if has_outputs:
            _where_wanted(frame, first, count, name)
        for each in sums:
            code.line(
                f"call void {each}(i64 {groups}, ptr %shared, ptr %tables, ptr %slots, ptr %totals)"
            )
        return [code.emit(f"add i64 {first}, {size}"), code.emit(f"sub i64 {left}, {size}")]

    some = code.emit("icmp sgt i64 %count, 0")
    begin, end = code.fresh("run"), code.fresh("run")
    code.line(f"br i1 {some}, label {begin}, label {end}")
    code.label(begin[1:])
    loop(code, _ratio(code, "%count", size), [("i64", "%first"), ("i64", "%count")], chunk)
    branch(code, end)


def _blocks(frame: Frame, first: str, count: str, groups: str, name: str, parts: list[str]) -> None:
    """Appends the loop over the blocks of a chunk: all that is computed sample by sample."""
    code, layout = frame.code, frame.layout

    def block(carried: list[str]) -> list[str]:
        first, count, groups, slots = carried
        some = code.emit(f"call i64 @llvm.umin.i64(i64 {groups}, i64 {layout.block})")
        code.line(
            f"call void @{name}.gather(ptr %rows, ptr %order, i64 {first}, i64 {count}, "
            f"i64 {some}, double %seed, ptr {slots})"
        )
        for each in parts:
            code.line(f"call void {each}(i64 {some}, ptr %shared, ptr %tables, ptr {slots})")
        samples = layout.block * layout.samples
        return [
            code.emit(f"add i64 {first}, {samples}"),
            code.emit(f"sub i64 {count}, {samples}"),
            code.emit(f"sub i64 {groups}, {layout.block}"),
            offset(code, slots, layout.block * layout.line),
        ]

    carried = [("i64", first), ("i64", count), ("i64", groups), ("ptr", frame.slots)]
    loop(code, _ratio(code, groups, layout.block), carried, block)


def _where_wanted(frame: Frame, first: str, count: str, name: str) -> None:
    """Appends the call that copies outputs, unless `%outputs` is null."""
    code = frame.code
    wanted = code.emit("icmp ne ptr %outputs, null")
    begin, end = code.fresh("outputs"), code.fresh("outputs")
    code.line(f"br i1 {wanted}, label {begin}, label {end}")
    code.label(begin[1:])
    row = f"[{len(frame.layout.kernel.outputs)} x double]"
    outputs = code.emit(f"getelementptr {row}, ptr %outputs, i64 {first}")
    code.line(f"call void @{name}.scatter(i64 {count}, ptr %tables, ptr %slots, ptr {outputs})")
    branch(code, end)


def _ratio(code: Code, number: str, unit: int) -> str:
    """A quotient, rounded up."""
    return code.emit(f"udiv i64 {code.emit(f'add i64 {number}, {unit - 1}')}, {unit}")
