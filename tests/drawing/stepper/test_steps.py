"""The forward and backward pass in sentences: what each says, and that its numbers are right."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgradlab import functions
from microgradlab.drawing.scene import Scene, backpropagated, scene_of
from microgradlab.drawing.stepper.steps import Step, expression, fill, named, steps_of
from microgradlab.engine import topological_order
from microgradlab.ops import OPS, Op
from microgradlab.value import Value, abs, apply, exp, maximum, relu, tanh


def scene_from(root: Value) -> Scene:
    return named(backpropagated(scene_of(root)))


def steps(root: Value, kind: str = "backward") -> list[Step]:
    return [step for step in steps_of(scene_from(root)) if step.kind == kind]


def sentences(root: Value, kind: str = "backward") -> list[str]:
    scene = scene_from(root)
    return [step.sentence(scene) for step in steps_of(scene) if step.kind == kind]


def rules(root: Value) -> list[str]:
    scene = scene_from(root)
    return [step.rule(scene) for step in steps_of(scene) if step.kind == "backward"]


def leaf(data: float, label: str) -> Value:
    return Value(data, label=label)


def test_the_forward_pass_names_operands_and_numbers_of_each_operation() -> None:
    w, x, b = leaf(2.0, "w"), leaf(-1.0, "x"), leaf(0.5, "b")
    assert sentences(tanh(w * x + b), "forward") == [
        "v1 = w × x = 2.0 × (-1.0) = -2.0",
        "v2 = v1 + b = -2.0 + 0.5 = -1.5",
        "L = tanh(v2) = tanh(-1.5) = -0.9051",
    ]


@pytest.mark.parametrize(
    ("root", "sentence"),
    [
        (3.0 - leaf(-1.0, "x"), "L = 3.0 - x = 3.0 - (-1.0) = 4.0"),
        (leaf(1.0, "x") * -3.0, "L = x × (-3.0) = 1.0 × (-3.0) = -3.0"),
        (-leaf(-2.0, "x"), "L = -x = -(-2.0) = 2.0"),
        (leaf(-2.0, "x") ** 2, "L = x ** 2.0 = (-2.0) ** 2.0 = 4.0"),
        (leaf(-2.0, "x") / 4, "L = x ÷ 4.0 = -2.0 ÷ 4.0 = -0.5"),
        (maximum(leaf(1.0, "x"), -2), "L = maximum(x, -2.0) = maximum(1.0, -2.0) = 1.0"),
    ],
)
def test_operators_stand_between_operands_and_negative_factors_in_parentheses(
    root: Value, sentence: str
) -> None:
    assert sentences(root, "forward") == [sentence]


def test_the_backward_pass_begins_with_the_roots_derivative_by_itself() -> None:
    assert sentences(leaf(2.0, "a") * 3.0, "seed") == ["∂L/∂L = 1.0: the backward pass begins"]


def test_each_contribution_is_one_step_with_the_total_so_far() -> None:
    a, b = leaf(2.0, "a"), leaf(-3.0, "b")
    c = a * b
    c.label = "c"
    assert sentences(c + a) == [
        "∂L/∂c += ∂L/∂L · ∂L/∂c = 1.0 × 1.0 = 1.0; c.grad is now 1.0",
        "∂L/∂a += ∂L/∂L · ∂L/∂a = 1.0 × 1.0 = 1.0; a.grad is now 1.0",
        "∂L/∂a += ∂L/∂c · ∂c/∂a = 1.0 × (-3.0) = -3.0; a.grad is now -2.0",
        "∂L/∂b += ∂L/∂c · ∂c/∂b = 1.0 × 2.0 = 2.0; b.grad is now 2.0",
    ]


def test_a_value_used_twice_by_one_operation_receives_twice() -> None:
    a = leaf(3.0, "a")
    assert sentences(a * a) == [
        "∂L/∂a += ∂L/∂L · ∂L/∂a (1st use) = 1.0 × 3.0 = 3.0; a.grad is now 3.0",
        "∂L/∂a += ∂L/∂L · ∂L/∂a (2nd use) = 1.0 × 3.0 = 3.0; a.grad is now 6.0",
    ]


def test_a_constant_receives_nothing() -> None:
    assert [step.operand for step in steps(leaf(1.0, "x") * 2.0)] == ["v0"]


@pytest.mark.parametrize(
    ("root", "rule"),
    [
        (leaf(1.0, "a") * leaf(2.0, "b"), "∂L/∂a = b, by the rule ∂(x × y)/∂x = y"),
        (leaf(1.0, "a") / leaf(2.0, "b"), "∂L/∂a = 1.0 ÷ b, by the rule ∂(x ÷ y)/∂x = 1.0 ÷ y"),
        (tanh(leaf(1.0, "a")), "∂L/∂a = 1.0 - L × L, by the rule ∂tanh(x)/∂x = 1.0 - out × out"),
        (exp(leaf(1.0, "x")), "∂L/∂x = L, by the rule ∂exp(x)/∂x = out"),
        (leaf(1.0, "a") * -2.0, "∂L/∂a = -2.0, by the rule ∂(x × y)/∂x = y"),
        (2.0 / leaf(1.0, "a"), "∂L/∂a = -L ÷ a, by the rule ∂(x ÷ y)/∂y = -out ÷ y"),
        (leaf(1.0, "a") / -2.0, "∂L/∂a = 1.0 ÷ (-2.0), by the rule ∂(x ÷ y)/∂x = 1.0 ÷ y"),
    ],
)
def test_the_rule_is_the_tables_row_and_what_it_is_in_this_graph(root: Value, rule: str) -> None:
    assert rules(root)[0] == rule


@pytest.mark.parametrize(
    ("root", "rule"),
    [
        (relu(leaf(1.0, "a")), "= 1.0, by the rule ∂relu(x)/∂x = 1.0 unless x <= 0.0"),
        (relu(leaf(-1.0, "a")), "= 0.0, by the rule ∂relu(x)/∂x = 0.0 where x <= 0.0"),
        (
            leaf(3.0, "a") ** 2,
            "= 2.0 × a ** (2.0 - 1.0), by the rule "
            "∂(x ** y)/∂x = y × x ** (y - 1.0) where y != 0.0",
        ),
        (
            leaf(0.0, "a") ** 0,
            "= 0.0, by the rule ∂(x ** y)/∂x = 0.0 where y == 0.0 and x == 0.0",
        ),
    ],
)
def test_of_a_rule_with_conditions_the_branch_that_holds_is_told(root: Value, rule: str) -> None:
    assert rules(root) == [f"∂L/∂a {rule}"]


def test_constants_in_rules_have_as_many_digits_as_asked_for() -> None:
    root = leaf(1.0, "a") * 1.23456
    assert steps(root)[0].rule(scene_from(root), 2).startswith("∂L/∂a = 1.2, by")


@pytest.mark.parametrize("root", [relu(leaf(0.0, "a")), abs(leaf(0.0, "a"))])
def test_at_a_kink_the_convention_is_said(root: Value) -> None:
    assert root.op is not None
    assert sentences(root)[0].endswith(
        f"({root.op.name} has a kink here and no derivative; by convention the table takes 0.0)"
    )


def test_beside_a_kink_nothing_is_said_of_it() -> None:
    step, scene = steps(relu(leaf(0.1, "a")))[0], scene_from(relu(leaf(0.1, "a")))
    assert "kink" in step.note
    assert "kink" not in step.sentence(scene)


def test_numbers_that_are_not_finite_are_said() -> None:
    zero = leaf(0.0, "p")
    assert sentences(zero**-1.0)[0].startswith("∂L/∂p += ∂L/∂L · ∂L/∂p = 1.0 × (-inf) = -inf")


def test_a_row_of_ones_own_is_explained_from_its_expressions() -> None:
    cube = Op("cube", "³", "x to the third power.", "x * x * x", "3.0 * x * x")
    root = apply(cube, leaf(2.0, "a"))
    assert sentences(root, "forward") == ["L = cube(a) = cube(2.0) = 8.0"]
    assert rules(root)[0] == "∂L/∂a = 3.0 × a × a, by the rule ∂cube(x)/∂x = 3.0 × x × x"


def test_texts_hold_placeholders_so_that_other_numbers_can_be_said() -> None:
    text = steps(leaf(2.0, "a") * leaf(-3.0, "b"))[0].text
    assert text == (
        "∂L/∂a += ∂L/∂L · ∂L/∂a = {grad:v2} × {partial:v2.0!} = {flow:v2.0}; "
        "a.grad is now {total:v0}"
    )
    assert fill(text, lambda *_: -0.5).endswith("= -0.5 × (-0.5) = -0.5; a.grad is now -0.5")


def test_a_label_that_looks_like_a_placeholder_is_not_filled() -> None:
    assert sentences(-leaf(1.0, "{data:v0}"), "forward") == ["L = -((data:v0)) = -1.0 = -1.0"]


def test_names_are_one_line_and_not_too_long() -> None:
    names = [node.name for node in scene_from(-leaf(1.0, "a\n\x1b[31m" + "long " * 50)).nodes]
    assert names[0].isprintable()
    assert len(names[0]) == 48


def labelled(value: Value, label: str) -> Value:
    value.label = label
    return value


def test_a_name_that_is_a_formula_stands_in_parentheses_where_it_is_an_operand() -> None:
    total, c = leaf(2.0, "x1w1 + b"), leaf(3.0, "c")
    assert sentences(total * c, "forward") == ["L = (x1w1 + b) × c = 2.0 × 3.0 = 6.0"]
    assert sentences(-total, "forward") == ["L = -(x1w1 + b) = -2.0 = -2.0"]
    assert sentences(tanh(total), "forward")[0].startswith("L = tanh(x1w1 + b) = ")
    assert sentences(maximum(total, c), "forward")[0].startswith("L = maximum((x1w1 + b), c) = ")
    rest = sentences(1.0 - labelled(leaf(3.0, "a") - leaf(1.0, "b"), "a - b"), "forward")
    assert rest[1] == "L = 1.0 - (a - b) = 1.0 - 2.0 = -1.0"


def test_derivatives_and_rules_have_such_a_name_in_parentheses_too() -> None:
    total = leaf(2.0, "x1w1 + b")
    product = labelled(total * leaf(3.0, "c"), "a + d")
    by_total, _ = steps(product)
    assert rules(product)[1] == "∂(a + d)/∂c = (x1w1 + b), by the rule ∂(x × y)/∂y = x"
    assert by_total.text == (
        "∂(a + d)/∂(x1w1 + b) += ∂(a + d)/∂(a + d) · ∂(a + d)/∂(x1w1 + b) "
        "= {grad:v2} × {partial:v2.0!} = {flow:v2.0}; (x1w1 + b).grad is now {total:v0}"
    )
    out = labelled(tanh(leaf(0.0, "x")), "a + d")
    assert rules(out)[0].startswith("∂(a + d)/∂x = 1.0 - (a + d) × (a + d), by")
    assert sentences(out, "seed")[0].startswith("∂(a + d)/∂(a + d) = 1.0")


def test_a_constant_in_an_expression_is_in_parentheses_where_it_is_negative() -> None:
    scene = scene_from(leaf(1.0, "a") - -1e-5)
    assert expression(scene, scene.root) == "a - (-1e-05)"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a\nb", "a b"),
        ("a b", "a\nb"),
        ("begin" * 10 + "x" + "end" * 20, "begin" * 10 + "y" + "end" * 20),
    ],
)
def test_names_that_become_equal_are_told_apart(first: str, second: str) -> None:
    x, y, _ = (node.name for node in scene_from(leaf(1.0, first) + leaf(2.0, second)).nodes)
    assert x != y
    assert {x, y} >= {name for name in (first, second) if name == "a b"}


def test_a_nameless_root_is_called_l_unless_something_else_is() -> None:
    assert scene_from(-leaf(1.0, "a")).root.name == "L"
    assert scene_from(-leaf(1.0, "L")).root.name == "v1"
    total = -leaf(1.0, "a")
    total.label = "cost"
    assert scene_from(total).root.name == "cost"


def test_an_expression_is_empty_for_what_is_given() -> None:
    scene = scene_from(leaf(1.0, "a") + 1.0)
    assert [expression(scene, node) for node in scene.nodes] == ["", "", "a + 1.0"]


NUMBERS = st.floats(-2.0, 2.0)
UNARY = st.sampled_from(["tanh", "relu", "exp", "sigmoid", "neg", "abs"])
BINARY = st.sampled_from(["add", "sub", "mul", "maximum", "div"])


@st.composite
def graphs(draw: st.DrawFn) -> Value:
    """A graph in which values are used again and again."""
    values = [Value(draw(NUMBERS)) for _ in range(draw(st.integers(1, 3)))]
    for _ in range(draw(st.integers(1, 12))):
        x, y = draw(st.sampled_from(values)), draw(st.sampled_from(values))
        if draw(st.booleans()):
            values.append(apply(OPS[draw(UNARY)], x))
        else:
            values.append(apply(OPS[draw(BINARY)], x, y))
    return values[-1]


@settings(max_examples=50)
@given(graphs())
def test_the_last_total_of_each_value_is_what_backward_gives_to_the_last_bit(root: Value) -> None:
    scene = scene_from(root)
    totals = {step.operand: step.total for step in steps_of(scene) if step.kind == "backward"}
    root.backward()
    for node in topological_order(root):
        if node is not root:
            assert repr(totals.get(scene.ids[node], 0.0)) == repr(node.grad)


def test_a_network_has_a_step_for_every_operation_and_every_use() -> None:
    values = [Value(0.1 * number) for number in range(20)]
    root = functions.sum(values).tanh()
    assert len(steps(root, "forward")) == 20
    assert len(steps(root)) == 2 * 19 + 1
