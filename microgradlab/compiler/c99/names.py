"""Names that a function in C can have. Floor 4."""

from __future__ import annotations

import re

from microgradlab.errors import ArgumentError
from microgradlab.ops import OPS

_KEYWORDS = (
    "auto break case char const continue default do double else enum extern float for goto if "
    "inline int long register restrict return short signed sizeof static struct switch typedef "
    "union unsigned void volatile while "
    # of C++, whose compilers read the header too
    "alignas alignof and asm bitand bitor bool catch class compl concept constexpr decltype delete "
    "explicit export false friend mutable namespace new noexcept not nullptr operator or private "
    "protected public requires template this throw true try typeid typename using virtual xor"
)
_LIBRARY = (
    "acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 "
    "fabs fdim floor fma fmax fmin fmod frexp hypot ilogb ldexp lgamma llrint llround log log10 "
    "log1p log2 logb lrint lround modf nan nearbyint nextafter nexttoward pow remainder remquo "
    "rint round scalbln scalbn sin sinh sqrt tan tanh tgamma trunc j0 j1 jn y0 y1 yn gamma "
    "isnan isinf isfinite isnormal signbit fpclassify main printf math stdio stdint "
    "isgreater isgreaterequal isless islessequal islessgreater isunordered significand drem scalb "
    "clearerr fclose feof ferror fflush fgetc fgetpos fgets fopen fprintf fputc fputs fread "
    "freopen fscanf fseek fsetpos ftell fwrite getc getchar gets perror putc putchar puts remove "
    "rename rewind scanf setbuf setvbuf snprintf sprintf sscanf stderr stdin stdout tmpfile tmpnam "
    "ungetc vfprintf vfscanf vprintf vscanf vsnprintf vsprintf vsscanf errno assert linux unix "
    "BUFSIZ DOMAIN EOF FILE FILENAME_MAX FOPEN_MAX HUGE HUGE_VAL HUGE_VALF HUGE_VALL INFINITY NAN "
    "L_ctermid L_tmpnam NULL OVERFLOW PLOSS P_tmpdir SING TLOSS TMP_MAX UNDERFLOW math_errhandling"
)
_MACROS = re.compile(r"(FP|M|MATH|SEEK|U?INT(_?[A-Z]*\d+|MAX|PTR)|SIZE|SIG_ATOMIC|[WP][A-Z]+)_\w+")
_OWN = "x y s i j k sum weights inputs expected got wanted difference largest wrong"
_RESERVED = {*_KEYWORDS.split(), *_LIBRARY.split(), *_OWN.split(), *OPS}
_FORM = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def check_name(name: str) -> None:
    """Refuses a name that C does not allow for a function, or that has a meaning already.

    >>> check_name("double")
    Traceback (most recent call last):
    microgradlab.errors.ArgumentError: 'double' has a meaning in C, or in the generated code
    hint: choose another name, such as 'double_model'
    """
    if not (isinstance(name, str) and _FORM.fullmatch(name)):
        raise ArgumentError(
            f"{name!r} cannot be the name of a function in C",
            hint="begin with a letter, and use letters, digits and underscores alone",
        )
    is_table, is_type = re.fullmatch(r"t\d+", name), name.endswith("_t")
    is_known = {name, re.sub("[fl]$", "", name)} & _RESERVED or _MACROS.fullmatch(name)
    if is_known or is_table or is_type:
        raise ArgumentError(
            f"{name!r} has a meaning in C, or in the generated code",
            hint=f"choose another name, such as '{name}_model'",
        )
