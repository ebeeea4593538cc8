"""Programs without loops to recover: many tiny statements become a table of steps. Floor 4."""

from __future__ import annotations

from microgradlab.compiler.kernel import Kernel


def with_steps(kernel: Kernel) -> Kernel:
    """The kernel with long runs of tiny statements as `Steps`."""
    return kernel
