"""Kernels as LLVM code, and that as machine code, for the processor at hand. Floor 4.

| what | module |
|---|---|
| the code of a whole kernel, for any number of samples | `kernel.py` |
| where its numbers lie in memory, and how they are walked through | `layout.py`, `memory.py` |
| what is computed for each sample | `fusion.py`, `nests.py`, `sums.py`, `steps.py` |
| sums over the samples | `grid.py`, `totals.py`, `outer.py` |
| inputs and outputs | `samples.py` |
| loops, vectors, the table's expressions | `loops.py`, `vectors.py`, `expressions.py`, `code.py` |
| functions such as exp over vectors | `vector_math/` |
| the loop over batches, and the optimizer's rule | `training_loop.py`, `rule.py` |
| machine code, and its cache on disk | `compiled.py`, `machine_code.py`, `cache.py`, `machine.py` |
"""
