"""Numbers as pictures and sentences write them. Floor 8."""

from __future__ import annotations

DIGITS = 4
"""Significant digits, unless told otherwise."""


def numeral(number: float, digits: int = DIGITS) -> str:
    """A number with a few significant digits; a whole one that is written in full ends in ".0".

    So an exact 1 is told from something that is rounded to 1, and a true 0 from a tiny number.

    >>> numeral(1.0), numeral(0.9999999), numeral(0.0), numeral(1e-9), numeral(-1234.5678)
    ('1.0', '1', '0.0', '1e-09', '-1235')
    """
    text = f"{number:.{digits}g}"
    is_exact = text.lstrip("-").isdigit() and float(text) == number
    return f"{text}.0" if is_exact else text


def factor(number: float, digits: int = DIGITS) -> str:
    """A numeral as a factor of a product, in parentheses where it begins with a minus.

    >>> f"{factor(1.0)} × {factor(-3.0)}"
    '1.0 × (-3.0)'
    """
    text = numeral(number, digits)
    return f"({text})" if text.startswith("-") else text
