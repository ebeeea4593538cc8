"""The compiler: recorded graphs as native loops, the training loop included. Floor 4.

| step | module |
|---|---|
| record one sample's graph as a flat tape | `tape.py` |
| differentiate it by the table | `derivative.py`, `edges.py`, `sweep.py` |
| a flat program, what is computed twice merged | `program.py` |
| recover its loops | `rolling/` |
| the loops, as data | `kernel.py` |
| what they mean, in plain Python | `interpreter.py` |
| what they are, in words | `description.py` |
| LLVM code and machine code | `llvm/` |
| C99 | `c99/` |
| all of these together | `build.py`, `jit.py`, `training.py` |
"""

from microgradlab.errors import optional_import

optional_import("numpy", extra="jit", purpose="the compiler")
