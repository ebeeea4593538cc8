"""A kernel as LLVM code, for any number of samples. Floor 4."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from microgradlab.compiler.kernel import Kernel, Map, Statement, Steps, Sum, Table, Total
from microgradlab.compiler.llvm import nests, samples, steps, totals
from microgradlab.compiler.llvm.code import Code
from microgradlab.compiler.llvm.expressions import support
from microgradlab.compiler.llvm.layout import Layout
from microgradlab.compiler.llvm.loops import branch, loop, offset
from microgradlab.compiler.llvm.machine import Machine
from microgradlab.compiler.llvm.memory import Frame

_PARAMETERS = (
    ("ptr", "%rows"),
    ("ptr", "%order"),
    ("i64", "%first"),
    ("i64", "%count"),
    ("double", "%seed"),
    ("ptr", "%shared"),
    ("ptr", "%tables"),
    ("ptr", "%slots"),
    ("ptr", "%totals"),
    ("ptr", "%outputs"),
)
_PART = ("i64 %groups", "ptr %slots", "ptr %shared", "ptr %tables", "ptr %totals")


def functions(kernel: Kernel, machine: Machine, *, name: str, fast: bool) -> str:
    module = _Module(Layout(kernel, machine), name, fast)
    text = module.text()
    return text + support(module.calls, module.layout.samples, fast)


def scratch(kernel: Kernel, machine: Machine) -> int:
    """The number of doubles, aligned to 64 bytes, that a run needs at `%slots`."""
    layout = Layout(kernel, machine)
    return layout.chunk * layout.group // 8


def table_data(kernel: Kernel, machine) -> Table:
    return Layout(kernel, machine).tables


class _Module:

    def __init__(self, layout: Layout, name: str, fast: bool) -> None:
        self.layout = layout
        self.name = name
        self.fast = fast
        self.texts: list[str] = []
        self.calls: set[str] = set()
        self.parts: list[str] = []

    def function(self, suffix, parameters, write, lanes=None, internal=True):
        code = Code(lanes or self.layout.samples, self.fast)
        write(Frame(code, self.layout))
        self.calls |= code.calls
        head = f"define internal void @{self.name}.{suffix}({', '.join(parameters)}) noinline"
        self.texts.append("\n".join((f"{head} {{", *code.lines, "  ret void", "}", "")))

    def text(self) -> str:
        gather = ["ptr %rows", "ptr %order", "i64 %first", "i64 %samples", "double %seed", "i64 %groups", "ptr %slots"]
        self.function("gather", gather, lambda f: samples.gather(f, "%groups"))
        scatter = ["i64 %samples", "ptr %slots", "ptr %tables", "ptr %outputs"]
        self.function("scatter", scatter, samples.scatter)
        fwd, tot = [], []
        for number, some in enumerate(_runs(self.layout, self.layout.kernel.statements)):
            suffix = str(number)
            if isinstance(some[0], Total):
                self.function(suffix, _PART, lambda f: totals.write(f, "%groups", some[0]), self.layout.lanes)
                tot.append(suffix)
            elif isinstance(some[0], Steps):
                self.function(suffix, _PART, lambda f: steps.write(f, "%groups", some[0]))
                fwd.append(suffix)
            else:
                def nest(frame: Frame) -> None:
                    def group(carried):
                        nests.write(Frame(frame.code, frame.layout, carried[0]), some)
                        return [offset(frame.code, carried[0], frame.layout.group)]
                    loop(frame.code, "%groups", [("ptr", frame.slots)], group)
                self.function(suffix, _PART, nest)
                fwd.append(suffix)
        self.driver(fwd, tot)
        return "\n".join(self.texts)

    def driver(self, fwd, tot):
        code = Code(self.layout.samples)
        lay = self.layout
        size = lay.chunk * lay.samples
        n = self.name
        code.line("%none = icmp slt i64 %count, 1")
        code.line("br i1 %none, label %end, label %start")
        code.label("start")
        chunks = code.emit(f"add i64 %count, {size - 1}")
        chunks = code.emit(f"udiv i64 {chunks}, {size}")
        nowhere = code.emit("icmp eq ptr %outputs, null")
        def chunk(carried):
            first, left = carried
            less = code.emit(f"icmp ult i64 {left}, {size}")
            m = code.emit(f"select i1 {less}, i64 {left}, i64 {size}")
            up = code.emit(f"add i64 {m}, {lay.samples - 1}")
            groups = code.emit(f"udiv i64 {up}, {lay.samples}")
            block = BLOCK or lay.chunk
            blocks = code.emit(f"udiv i64 {code.emit(f'add i64 {groups}, {block-1}')}, {block}")
            def blk(carried):
                slots, first, mleft, gleft = carried
                lessb = code.emit(f"icmp ult i64 {gleft}, {block}")
                g = code.emit(f"select i1 {lessb}, i64 {gleft}, i64 {block}")
                code.line(f"call void @{n}.gather(ptr %rows, ptr %order, i64 {first}, i64 {mleft}, double %seed, i64 {g}, ptr {slots})")
                for s in fwd:
                    code.line(f"call void @{n}.{s}(i64 {g}, ptr {slots}, ptr %shared, ptr %tables, ptr %totals)")
                return [offset(code, slots, block*lay.group), code.emit(f"add i64 {first}, {block*lay.samples}"),
                   code.emit(f"sub i64 {mleft}, {block*lay.samples}"), code.emit(f"sub i64 {gleft}, {block}")]
            loop(code, blocks, [("ptr", "%slots"), ("i64", first), ("i64", m), ("i64", groups)], blk)
            a, b = code.fresh("out"), code.fresh("out")
            code.line(f"br i1 {nowhere}, label {b}, label {a}")
            code.label(a[1:])
            o = code.emit(f"getelementptr [{len(lay.kernel.outputs)} x double], ptr %outputs, i64 {first}")
            code.line(f"call void @{n}.scatter(i64 {m}, ptr %slots, ptr %tables, ptr {o})")
            branch(code, b)
            for s in tot:
                code.line(f"call void @{n}.{s}(i64 {groups}, ptr %slots, ptr %shared, ptr %tables, ptr %totals)")
            return [code.emit(f"add i64 {first}, {size}"), code.emit(f"sub i64 {left}, {size}")]
        loop(code, chunks, [("i64", "%first"), ("i64", "%count")], chunk)
        branch(code, "%end")
        head = f"define void @{n}({', '.join(' '.join(p) for p in _PARAMETERS)})"
        self.texts.append("\n".join((f"{head} {{", *code.lines, "  ret void", "}", "")))

BLOCK = None

def _runs(layout, statements):
    run: list[Statement] = []
    for statement in statements:
        if run and not _fits(layout, run, statement):
            yield run
            run = []
        run.append(statement)
    if run:
        yield run

FUSE = True

def _fits(layout, run, statement):
    if not FUSE or isinstance(statement, (Total, Steps)) or isinstance(run[0], (Total, Steps)):
        return False
    if statement.shape != run[0].shape:
        return False
    targets = {layout.access(nests.Memory.SLOTS, s.target, s.shape): _span(s.target, s.shape) for s in run}
    reads = []
    if isinstance(statement, Map):
        for o in (statement.x, statement.y, statement.out):
            reads.append((o, statement.shape, True))
    else:
        reads.append((statement.start, statement.shape, True))
        for o in (statement.x, statement.y):
            reads.append((o, (*statement.shape, statement.terms), False))
    for o, shape, itemwise in reads:
        if o is None or o.space is not nests_Space.SLOT:
            continue
        if itemwise and layout.operand(o, shape) in targets:
            continue
        lo, hi = _span(o.index, shape)
        for a, b in targets.values():
            if lo <= b and a <= hi:
                return False
    return True

from microgradlab.compiler.kernel import Space as nests_Space

def _span(index, shape):
    if index.table is not None:
        return int(index.table.min()), int(index.table.max())
    steps = [s*(n-1) for s, n in zip(index.strides, shape, strict=True)]
    return index.base + sum(s for s in steps if s < 0), index.base + sum(s for s in steps if s > 0)
