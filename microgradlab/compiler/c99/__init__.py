"""A model's predictions as C99 that needs nothing but a compiler. Floor 4.

The statements of a kernel become loops (`loops.py`), the table's expressions C (`expressions.py`),
slots places in a buffer that is as small as their lifetimes allow (`buffer.py`).
"""

from microgradlab.compiler.c99.source import CSource, c_source

__all__ = ["CSource", "c_source"]
