"""Functions of the C library over whole vectors, with the very same results. Floor 4.

Python's math functions are the C library's, and strict code must equal them bit for bit. Called
lane by lane they cost more than everything else in a network. So the algorithms of the GNU C
library stand here a second time, as code over vectors. Where another C library is at work, `probe`
finds out, and its own functions are called.

| what | module |
|---|---|
| vectors, written with Python's operators | `numbers.py` |
| exp, expm1, tanh | `exponentials.py` |
| log, log1p | `logarithms.py` |
| pow | `powers.py` |
| their text as LLVM functions | `definitions.py` |
| whether they are exact here | `probe.py` |
"""
