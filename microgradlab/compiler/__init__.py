"""The compiler: recorded graphs as native loops, the training loop included. Floor 4.

| step | module |
|---|---|
| record one sample's graph, flat | `graph.py` |
| differentiate it by the table | `derivative.py` |
| recover its loops | `rolling/` |
| the loops, as data | `kernel.py` |
| what they mean, in plain Python | `interpreter.py` |
| LLVM code and machine code | `llvm/` |
| C99 | `c99.py` |
"""
