"""JavaScript made of the table: its form. What it computes is tested in a browser."""

from __future__ import annotations

from importlib.resources import files

import pytest

from microgradlab.javascript import expression, keys, operations
from microgradlab.ops import OPS, PRIMITIVES, TABLE, Op


def own(name: str, value: str = "x * x", dx: str = "2.0 * x", kink: str | None = None) -> Op:
    return Op(name, name, "A row of one's own.", value, dx, kink=kink)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("1.0 - out * out", "1.0 - (out * out)"),
        ("-x ** 2.0", "-PRIMITIVES.pow(x, 2.0)"),
        ("1e999 - x", "Infinity - x"),
        ("1e-300 * x", "1e-300 * x"),
        ("x if x != y else - -y", "x !== y ? x : (-(-y))"),
        ("0.0 if x < y < 1.0 else x", "(x < y) && (y < 1.0) ? 0.0 : x"),
        ("0.0 if x == 0.0 and y >= 0.0 else x", "(x === 0.0) && (y >= 0.0) ? 0.0 : x"),
    ],
)
def test_each_form_of_the_grammar_has_its_javascript(source: str, code: str) -> None:
    assert expression(source) == code


def test_a_function_of_pythons_math_is_a_primitive_and_another_row_an_operation() -> None:
    assert expression("log1p(exp(-x))") == "PRIMITIVES.log1p(PRIMITIVES.exp(-x))"
    assert expression("relu(x)") == "OPERATIONS.relu.value(x)"


def test_rows_that_a_row_calls_come_along() -> None:
    code = operations([OPS["softplus"]])
    assert "  softplus: {" in code
    assert "  sigmoid: {" in code
    assert "  mul: {" not in code


def test_an_operation_has_a_second_derivative_and_a_kink_only_where_the_table_has_them() -> None:
    assert "dy:" not in operations([OPS["relu"]])
    assert "kink: (x, y, out) => x === 0.0" in operations([OPS["relu"]])
    assert "kink:" not in operations([OPS["mul"]])


def test_a_derivative_with_conditions_says_which_branch_holds() -> None:
    assert "dxBranch: (x, y, out) => x <= 0.0 ? 0.0 : 1.0," in operations([OPS["relu"]])
    assert "dyBranch: (x, y, out) => (x === 0.0) && " in operations([OPS["pow"]])
    assert "Branch" not in operations([OPS["mul"]])


def test_every_row_of_the_table_is_lowered_once() -> None:
    code = operations([*TABLE, *TABLE])
    assert [code.count(f"\n  {op.name}: {{") for op in TABLE] == [1] * len(TABLE)


def test_a_row_named_as_one_of_the_table_leaves_that_one_in_place() -> None:
    mine = own("sigmoid", value="softplus(x)", dx="sigmoid(x)")
    code = operations([mine])
    assert '["sigmoid (2)"]: {\n    value: (x, y, out) => OPERATIONS.softplus.value(x)' in code
    assert "dx: (x, y, out) => OPERATIONS.sigmoid.value(x)" in code
    assert "  sigmoid: {" in code


def test_rows_of_the_same_name_are_told_apart() -> None:
    assert list(keys([own("f"), own("f"), own("f (2)")]).values()) == ["f", "f (2)", "f (2) (2)"]


@pytest.mark.parametrize("name", ["__proto__", "</script>", 'a"b', "new", "²\u2028"])
def test_any_name_is_a_safe_key(name: str) -> None:
    code = operations([own(name)])
    assert code.isascii()
    assert "<" not in code
    assert code.startswith('const OPERATIONS = {\n  ["')


def test_the_primitives_are_those_of_the_table() -> None:
    source = (files("microgradlab.drawing") / "assets" / "primitives.js").read_text("utf-8")
    body = source.partition("const PRIMITIVES = {")[2].partition("};")[0]
    assert {entry.partition(":")[0].strip() for entry in body.split(",") if entry.strip()} == (
        PRIMITIVES
    )
