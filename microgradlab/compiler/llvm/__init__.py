"""Kernels as LLVM code, and that as machine code, for the processor at hand. Floor 4.

| what | module |
|---|---|
| the code of a whole kernel, for any number of samples | `kernel.py` |
| where its numbers lie in memory | `layout.py` |
| what is computed for each sample | `nests.py`, `steps.py` |
| sums over the samples | `totals.py` |
| inputs and outputs | `samples.py` |
| the table's expressions | `expressions.py`, `code.py` |
| the loop over batches, and the optimizer's rule | `training_loop.py`, `rule.py` |
| machine code, and its cache on disk | `native.py`, `cache.py`, `machine.py` |
"""
