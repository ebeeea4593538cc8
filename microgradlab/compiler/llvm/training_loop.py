"""The loop over the batches of an epoch as machine code, for one thread or several. Floor 4.

Each thread computes a part of the batch's samples, with slots and totals of its own. Then all wait
for each other at a barrier, and each adds up the totals, in the order of the threads, and updates
the parameters in a slice of its own. So results depend on the number of threads, but not on their
speed.

Kernels are called through pointers: the code depends on the optimizer's rule alone, and most often
it is found in the cache.
"""

from __future__ import annotations

import ctypes
import platform
import sys

from microgradlab.compiler.arrays import PADDING
from microgradlab.compiler.kernel import Kernel
from microgradlab.compiler.llvm.machine import Machine
from microgradlab.compiler.llvm.machine_code import Native, compile
from microgradlab.compiler.llvm.rule import update_function

_POINTERS = (
    "kernel",  # as of llvm/kernel.py
    "rows",
    "order",
    "tables",
    "outputs",  # null: not wanted
    "penalty",  # another kernel, which has no samples; null: none
    "penalty_tables",
    "penalty_slots",
    "penalty_shared",  # parameters, copied for each update, then constants
    "shared",  # parameters, then constants
    "slots",  # of the first thread; the others' follow
    "totals",  # likewise: gradients, then the cost
    "state",
    "scalars",
    "costs",
    "sync",
)
_NUMBERS = (
    "samples",  # in the order
    "batch_size",
    "threads",
    "part",  # samples of a batch for each thread
    "share",  # totals for each thread, and parameters
    "slots_length",  # of one thread, in doubles
    "length",  # of one thread's totals, and of a column of the state
    "cost",  # its place in the totals, behind those of all parameters
    "updated",  # parameters that belong to the optimizer
    "scalars_length",  # of one update
    "updates",  # is written: those done
)
_NAMES = (*_POINTERS, *_NUMBERS)


class Work(ctypes.Structure):
    """What the loop works on: pointers to arrays of doubles (order: int64), then numbers."""

    _fields_ = [(name, ctypes.c_void_p) for name in _POINTERS] + [
        (name, ctypes.c_int64) for name in _NUMBERS
    ]


SYNC_LENGTH = 32
"""int64 numbers of `sync`, all 0 at the beginning: four lines of memory, each with one number."""
_ARRIVED, _PHASE, _FAILED = 0, 8, 16
ABANDONED = 24
"""The place in `sync` of what is set to 1 when a thread will not come to the barrier any more."""

_PLAIN = "noinline optnone nounwind"  # so that code that hardly runs is made in half the time

_POINTER, _NUMBER = ctypes.c_void_p, ctypes.c_int64
_FUNCTIONS = {
    "epoch": ctypes.CFUNCTYPE(None, _POINTER, _NUMBER),
    "gradient": ctypes.CFUNCTYPE(ctypes.c_bool, _POINTER, _NUMBER, _NUMBER, _NUMBER),
    "step": ctypes.CFUNCTYPE(ctypes.c_bool, _POINTER),
}


def training_loop(rule: Kernel, machine: Machine, *, fast: bool = False) -> Native:
    """Compiles the loop for an optimizer's rule.

    Three functions work on a `Work`, which is given by its address:

    - `epoch(work, thread)`: all batches, until a cost, gradient or new parameter is not finite;
    - `gradient(work, thread, first, count)`: totals of the batch that begins at this place of the
      order; false where the threads were told not to wait for each other any more;
    - `step(work)`: the update with these totals and the first row of scalars; whether all is
      finite.

    The first two are called by all threads at the same time.

    Args:
        rule: as of `rule.update_function`.
        machine: the processor.
        fast: whether the rule's results may differ in their last bits.
    """
    return compile(source(rule, machine, fast=fast), machine, _FUNCTIONS)


def source(rule: Kernel, machine: Machine, *, fast: bool) -> str:
    """The loop in LLVM's assembly language."""
    return "\n".join((update_function(rule, machine, fast=fast), _barrier(), _GRADIENT, _EPOCH))


def _load(*names: str) -> str:
    """Instructions that load pointers and numbers of the work."""
    lines = []
    for name in names:
        kind = "ptr" if name in _POINTERS else "i64"
        lines.append(f"  %{name}.at = getelementptr i64, ptr %work, i64 {_NAMES.index(name)}")
        lines.append(f"  %{name} = load {kind}, ptr %{name}.at")
    return "\n".join(lines)


_SLICE = """
  ; this thread's slice of the totals and of the parameters
  %from.any = mul i64 %share, %thread
  %from = call i64 @llvm.umin.i64(i64 %from.any, i64 %length)
  %to.any = add i64 %from, %share
  %to = call i64 @llvm.umin.i64(i64 %to.any, i64 %length)
"""

_GRADIENT = f"""
define zeroext i1 @gradient(ptr %work, i64 %thread, i64 %first, i64 %count) {_PLAIN} {{
{_load("slots", "slots_length", "totals", "length", "threads", "part")}
{_load("kernel", "rows", "order", "shared", "tables", "outputs", "penalty")}
  %totals.start = mul i64 %length, %thread
  %own = getelementptr double, ptr %totals, i64 %totals.start
  %bytes = mul i64 %length, 8
  call void @llvm.memset.p0.i64(ptr align 64 %own, i8 0, i64 %bytes, i1 false)

  ; this thread's part of the samples
  %skipped.any = mul i64 %part, %thread
  %skipped = call i64 @llvm.umin.i64(i64 %skipped.any, i64 %count)
  %left = sub i64 %count, %skipped
  %own.count = call i64 @llvm.umin.i64(i64 %left, i64 %part)
  %idle = icmp eq i64 %own.count, 0
  br i1 %idle, label %computed, label %compute
compute:
  %own.first = add i64 %first, %skipped
  %count.double = uitofp i64 %count to double
  %seed = fdiv double 1.0, %count.double
  %slots.start = mul i64 %slots_length, %thread
  %own.slots = getelementptr double, ptr %slots, i64 %slots.start
  call void %kernel(ptr %rows, ptr %order, i64 %own.first, i64 %own.count, double %seed,
    ptr %shared, ptr %tables, ptr %own.slots, ptr %own, ptr %outputs)
  br label %computed
computed:
  %is.first = icmp eq i64 %thread, 0
  %has.penalty = icmp ne ptr %penalty, null
  %penalizes = and i1 %is.first, %has.penalty
  br i1 %penalizes, label %penalize, label %all.computed
penalize:
{_load("penalty_shared", "penalty_tables", "penalty_slots", "cost")}
  %parameter.bytes = mul i64 %cost, 8
  call void @llvm.memcpy.p0.p0.i64(ptr %penalty_shared, ptr %shared, i64 %parameter.bytes, i1 false)
  call void %penalty(ptr null, ptr null, i64 0, i64 1, double 1.0,
    ptr %penalty_shared, ptr %penalty_tables, ptr %penalty_slots, ptr %own, ptr null)
  br label %all.computed
all.computed:
  %alone = icmp eq i64 %threads, 1
  br i1 %alone, label %done, label %together
together:
{_load("share", "sync")}
  %met = call i1 @barrier(ptr %sync, i64 %threads)
  br i1 %met, label %add, label %abandoned
abandoned:
  ret i1 false
add:
{_SLICE}
  %some = icmp ult i64 %from, %to
  br i1 %some, label %next.thread, label %done
next.thread:
  %t = phi i64 [1, %add], [%t.next, %thread.added]
  %other.start = mul i64 %length, %t
  %other = getelementptr double, ptr %totals, i64 %other.start
  br label %next.numbers
next.numbers:
  %i = phi i64 [%from, %next.thread], [%i.next, %next.numbers]
  %sum.at = getelementptr double, ptr %totals, i64 %i
  %term.at = getelementptr double, ptr %other, i64 %i
  %sum = load <{PADDING} x double>, ptr %sum.at, align 64
  %term = load <{PADDING} x double>, ptr %term.at, align 64
  %sum.new = fadd <{PADDING} x double> %sum, %term
  store <{PADDING} x double> %sum.new, ptr %sum.at, align 64
  %i.next = add i64 %i, {PADDING}
  %more = icmp ult i64 %i.next, %to
  br i1 %more, label %next.numbers, label %thread.added
thread.added:
  %t.next = add i64 %t, 1
  %more.threads = icmp ult i64 %t.next, %threads
  br i1 %more.threads, label %next.thread, label %done
done:
  ret i1 true
}}
"""

_EPOCH = f"""
define void @epoch(ptr %work, i64 %thread) {_PLAIN} {{
entry:
{_load("shared", "totals", "state", "length", "cost", "updated", "scalars", "scalars_length")}
{_load("samples", "batch_size", "threads", "share", "costs", "updates", "sync")}
{_SLICE}
  %failed.at = getelementptr i64, ptr %sync, i64 {_FAILED}
  %cost.number.at = getelementptr double, ptr %totals, i64 %cost
  %is.first = icmp eq i64 %thread, 0
  br label %next
next:
  %update = phi i64 [0, %entry], [%update.next, %again]
  %first = phi i64 [0, %entry], [%first.next, %again]
  %left = sub i64 %samples, %first
  %count = call i64 @llvm.umin.i64(i64 %left, i64 %batch_size)
  %added = call i1 @gradient(ptr %work, i64 %thread, i64 %first, i64 %count)
  br i1 %added, label %apply, label %done
apply:
  %scalars.start = mul i64 %update, %scalars_length
  %row = getelementptr double, ptr %scalars, i64 %scalars.start
  %is.finite = call i1 @update(ptr %shared, ptr %totals, i64 %updated, ptr %state, i64 %length,
    ptr %row, i64 %from, i64 %to)
  br i1 %is.finite, label %meet, label %fail
fail:
  store atomic i64 1, ptr %failed.at monotonic, align 8
  br label %meet
meet:
  %met = call i1 @barrier(ptr %sync, i64 %threads)
  br i1 %met, label %check, label %done
check:
  %failed = load atomic i64, ptr %failed.at monotonic, align 8
  %is.good = icmp eq i64 %failed, 0
  br i1 %is.good, label %good, label %done
good:
  %update.next = add i64 %update, 1
  br i1 %is.first, label %note, label %again
note:
  %cost.number = load double, ptr %cost.number.at
  %note.at = getelementptr double, ptr %costs, i64 %update
  store double %cost.number, ptr %note.at
  store i64 %update.next, ptr %updates.at
  br label %again
again:
  %first.next = add i64 %first, %count
  %more = icmp ult i64 %first.next, %samples
  br i1 %more, label %next, label %done
done:
  ret void
}}

define zeroext i1 @step(ptr %work) {_PLAIN} {{
{_load("shared", "totals", "updated", "state", "length", "scalars")}
  %is.finite = call i1 @update(ptr %shared, ptr %totals, i64 %updated, ptr %state, i64 %length,
    ptr %scalars, i64 0, i64 %length)
  ret i1 %is.finite
}}
"""


def _barrier() -> str:
    """Where threads wait until all are there; false when one will not come.

    They spin for some ten microseconds, then they let others have the processor.
    """
    yields = "SwitchToThread" if sys.platform == "win32" else "sched_yield"
    is_x86 = platform.machine().lower() in ("x86_64", "amd64")
    pause = "call void @llvm.x86.sse2.pause()" if is_x86 else ""
    return f"""
declare i32 @{yields}()
define internal i1 @barrier(ptr %sync, i64 %threads) {_PLAIN} {{
  %alone = icmp eq i64 %threads, 1
  br i1 %alone, label %met, label %arrive
arrive:
  %arrived.at = getelementptr i64, ptr %sync, i64 {_ARRIVED}
  %phase.at = getelementptr i64, ptr %sync, i64 {_PHASE}
  %abandoned.at = getelementptr i64, ptr %sync, i64 {ABANDONED}
  %phase = load atomic i64, ptr %phase.at acquire, align 8
  %before = atomicrmw add ptr %arrived.at, i64 1 acq_rel, align 8
  %now = add i64 %before, 1
  %is.last = icmp eq i64 %now, %threads
  br i1 %is.last, label %release, label %wait
release:
  store atomic i64 0, ptr %arrived.at monotonic, align 8
  %phase.next = add i64 %phase, 1
  store atomic i64 %phase.next, ptr %phase.at release, align 8
  ret i1 true
wait:
  %turn = phi i64 [0, %arrive], [%turn.next, %spin], [%turn.next, %patient]
  %seen = load atomic i64, ptr %phase.at acquire, align 8
  %still = icmp eq i64 %seen, %phase
  br i1 %still, label %hold, label %met
hold:
  %turn.next = add i64 %turn, 1
  %is.early = icmp ult i64 %turn, 1000
  br i1 %is.early, label %spin, label %yield
spin:
  {pause}
  br label %wait
yield:
  %yielded = call i32 @{yields}()
  %abandoned = load atomic i64, ptr %abandoned.at monotonic, align 8
  %is.lost = icmp ne i64 %abandoned, 0
  br i1 %is.lost, label %lost, label %patient
patient:
  br label %wait
lost:
  ret i1 false
met:
  ret i1 true
}}
"""
