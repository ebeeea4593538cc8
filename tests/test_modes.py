"""no_grad, detect_anomaly, watchers and escapes: what they change, and for whom."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import numpy as np
import pytest

import microgradlab as mg
from microgradlab import Value, modes
from microgradlab.errors import NonFiniteError


def test_no_grad_gives_leaves_with_the_same_numbers() -> None:
    x = Value(2.0)
    with mg.no_grad():
        out = mg.tanh(x * 3.0) + x
    assert out.data == (mg.tanh(x * 3.0) + x).data
    assert (out.op, out.x, out.y, out.dx, out.dy) == (None, None, None, None, None)


def test_recording_returns_after_no_grad_also_after_an_error() -> None:
    with pytest.raises(KeyError), mg.no_grad():
        raise KeyError
    assert (Value(1.0) + 1.0).op is mg.OPS["add"]
    assert modes.active == 0


def test_no_grad_decorates_a_function() -> None:
    @mg.no_grad()
    def double(x: Value) -> Value:
        return 2.0 * x

    assert double(Value(1.0)).op is None
    assert double(Value(1.0)).op is None


def test_recording_undoes_no_grads_outside_and_heeds_those_inside() -> None:
    with mg.no_grad(), mg.no_grad(), modes.recording():
        assert (Value(1.0) + 1.0).op is mg.OPS["add"]
        with mg.no_grad():
            assert (Value(1.0) + 1.0).op is None
        assert (Value(1.0) + 1.0).op is mg.OPS["add"]
    assert modes.current() == modes.Mode()
    assert modes.active == 0


def test_recording_costs_nothing_where_no_mode_holds() -> None:
    with modes.recording():
        assert modes.active == 0


def test_modes_nest_and_keep_what_the_outer_one_asked_for() -> None:
    for outer, inner in ((mg.no_grad, mg.detect_anomaly), (mg.detect_anomaly, mg.no_grad)):
        with outer():
            before = modes.current()
            with inner():
                assert not modes.current().record
                assert modes.current().detect_anomaly
            assert modes.current() == before


def test_modes_that_are_left_in_another_order_than_entered_leave_nothing_behind() -> None:
    first, second = mg.no_grad(), mg.detect_anomaly()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert modes.current().record
    assert modes.current().detect_anomaly
    second.__exit__(None, None, None)
    assert modes.current() == modes.Mode()
    assert modes.active == 0


def test_a_graph_made_before_no_grad_can_be_differentiated_inside() -> None:
    x = Value(3.0)
    y = x * x
    with mg.no_grad():
        y.backward()
    assert x.grad == 6.0


@pytest.mark.parametrize(
    ("compute", "message"),
    [
        (lambda x: mg.log(x - x), r"log\(x\) = -inf at x = 0.0"),
        (lambda x: x / 0.0, r"div\(x, y\) = inf at x = 2.0 \('w'\), y = 0.0"),
        (lambda x: 0.0 / (x - 2.0), r"div\(x, y\) = nan at x = 0.0, y = 0.0"),
        (lambda x: mg.exp(1000.0 * x) * 0.0, r"exp\(x\) = inf at x = 2000.0"),
        (lambda x: x * Value(math.inf, label="bad"), r"a leaf \('bad'\) holding inf"),
    ],
)
def test_detect_anomaly_names_the_first_operation_with_its_operands(
    compute: Callable[[Value], Value], message: str
) -> None:
    with pytest.raises(NonFiniteError, match=message) as error, mg.detect_anomaly():
        compute(Value(2.0, label="w"))
    assert error.value.hint


def test_detect_anomaly_finds_the_culprit_in_a_graph_made_before() -> None:
    bad = mg.log(Value(0.0, label="p")) * 2.0
    culprit = r"log\(x\) = -inf at x = 0.0 \('p'\)"
    with pytest.raises(NonFiniteError, match=culprit), mg.detect_anomaly():
        bad + 1.0


def test_detect_anomaly_asks_no_value_for_its_truth() -> None:
    told: list[str] = []
    listening = modes.escaping(lambda _, how: told.append(how))
    with listening, mg.detect_anomaly(), pytest.raises(NonFiniteError):
        mg.log(Value(0.0))
    assert told == []


def test_detect_anomaly_stops_a_backward_pass_at_the_bad_local_derivative() -> None:
    x = Value(0.0, label="x")
    y = mg.sqrt(x) * 3.0
    with pytest.raises(NonFiniteError) as error, mg.detect_anomaly():
        y.backward()
    assert error.value.message == (
        "backward through sqrt(x) = 0.0 at x = 0.0 ('x') gives inf for x: "
        "gradient 3.0 times local derivative inf"
    )
    assert error.value.hint


def test_detect_anomaly_changes_no_gradient_where_all_is_finite() -> None:
    def gradients() -> tuple[float, float]:
        x, y = Value(0.7), Value(-1.3)
        (mg.tanh(x * y) / y + 2.0 ** (x + x)).backward()
        return x.grad, y.grad

    expected = gradients()
    with mg.detect_anomaly():
        assert gradients() == expected


def test_without_detect_anomaly_infinities_pass() -> None:
    x = Value(0.0)
    mg.log(x).backward()
    assert x.grad == math.inf


def test_threads_do_not_see_each_others_modes() -> None:
    both_inside = Barrier(2, timeout=10)

    def recording() -> list[bool]:
        found = []
        for _ in range(200):
            both_inside.wait()
            found.append((Value(0.0).log()).op is not None)
            both_inside.wait()
        return found

    def quiet() -> list[bool]:
        found = []
        for _ in range(200):
            with mg.no_grad():
                both_inside.wait()
                found.append((Value(0.0) + 1.0).op is not None)
                both_inside.wait()
        return found

    with ThreadPoolExecutor(2) as pool:
        records, silent = pool.submit(recording), pool.submit(quiet)
        assert all(records.result())
        assert not any(silent.result())
    assert modes.active == 0


def test_a_watcher_sees_each_new_node_and_no_leaf() -> None:
    made: list[Value] = []
    with modes.watching(made.append):
        x = Value(2.0)
        out = x * x + 1.0
    _ = x + 1.0
    assert made == [out.x, out]


def test_watchers_may_be_left_in_any_order() -> None:
    first: list[Value] = []
    second: list[Value] = []
    one, two = modes.watching(first.append), modes.watching(second.append)
    one.__enter__()
    two.__enter__()
    one.__exit__(None, None, None)
    out = Value(2.0) * 3.0
    two.__exit__(None, None, None)
    assert (first, second) == ([], [out])
    assert modes.active == 0


# --- numbers that leave the graph


def escapes(use: Callable[[], object]) -> list[tuple[Value, str]]:
    """What a handler is told while a function runs."""
    told: list[tuple[Value, str]] = []
    with modes.escaping(lambda value, how: told.append((value, how))):
        use()
    return told


V: Any = Value(2.0, label="v")
W: Any = Value(3.0, label="w")


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        (lambda: V < 1.0, [(V, "is compared")]),
        (lambda: V <= 1.0, [(V, "is compared")]),
        (lambda: V > 1.0, [(V, "is compared")]),
        (lambda: V >= 1.0, [(V, "is compared")]),
        (lambda: V > W, [(V, "is compared"), (W, "is compared")]),
        (lambda: V == 1.0, [(V, "is compared with ==")]),
        (lambda: V != 1, [(V, "is compared with ==")]),
        (lambda: 1.0 == V, [(V, "is compared with ==")]),  # noqa: SIM300
        (lambda: V in (1, W), [(V, "is compared with ==")]),
        (lambda: 1 if V else 2, [(V, "becomes a bool")]),
        (lambda: not V, [(V, "becomes a bool")]),
        (lambda: int(V), [(V, "becomes an int")]),
        (lambda: float(V), [(V, "becomes a float")]),
        (lambda: math.sqrt(V), [(V, "becomes a float")]),
        (lambda: math.floor(V), [(V, "becomes a float")]),
        (lambda: np.float64(V), [(V, "becomes a float")]),
        (lambda: np.array([V, W], dtype=float), [(V, "becomes a float"), (W, "becomes a float")]),
        (lambda: "%g" % V, [(V, "becomes a float")]),  # noqa: UP031
        (lambda: Value(V), [(V, "becomes a float")]),
        (lambda: mg.MLP(1, [1]).predict([V]), [(V, "becomes a float")]),
    ],
)
def test_a_number_that_leaves_the_graph_is_told_with_how(
    use: Callable[[], object], expected: list[tuple[Value, str]]
) -> None:
    assert escapes(use) == expected


@pytest.mark.parametrize(
    "use",
    [
        lambda: [repr(V), str(V), f"{V} {V:.2f}", mg.engine.describe(V * W)],
        lambda: [V == W, V != W, V in [W, V], hash(V), {V: W}[V]],
        lambda: [copy.copy(V), copy.deepcopy(V * W)],
        lambda: (mg.tanh(V) * W).backward(),
        lambda: (V**2.0 + mg.tanh(W)).backward(create_graph=True),
        lambda: mg.grad(lambda x: x * x)(2.0),
        lambda: [V.data, V.data > 1.0, 1.0 if V.data else 2.0],  # not noticed
    ],
)
def test_what_stays_in_the_graph_or_is_only_looked_at_is_not_told(
    use: Callable[[], object],
) -> None:
    assert escapes(use) == []


@pytest.mark.parametrize("name", mg.OPS)
def test_no_operation_lets_a_number_out(name: str) -> None:
    operands = (V, W)[: mg.OPS[name].arity]
    assert escapes(lambda: getattr(mg, name)(*operands)) == []


@pytest.mark.parametrize("name", mg.ACTIVATIONS)
def test_no_activation_lets_a_number_out(name: str) -> None:
    model = mg.MLP(2, [3, 1], activation=name, output=name)
    assert escapes(lambda: model([V, W])) == []


@pytest.mark.parametrize("name", ["sum", "mean", "max", "min", "logsumexp", "softmax"])
def test_no_function_of_a_list_lets_a_number_out(name: str) -> None:
    assert escapes(lambda: getattr(mg, name)([V, W])) == []


def test_a_choice_lets_no_number_out() -> None:
    assert escapes(lambda: mg.where(mg.greater(V, W), mg.dot([V, W], [W, 1.0]), V)) == []


@pytest.mark.parametrize("name", mg.losses.LOSSES)
def test_no_loss_of_values_lets_a_number_out(name: str) -> None:
    prediction = [V, W] if name in ("cross_entropy", "gaussian_nll") else V
    assert escapes(lambda: mg.losses.LOSSES[name](prediction, Value(1.0))) == []


@pytest.mark.parametrize("penalty", [mg.losses.l1(0.1), mg.losses.l2(0.1)])
def test_no_penalty_lets_a_number_out(penalty: Callable[[list[Value]], Any]) -> None:
    assert escapes(lambda: mg.losses.cost([V, W], penalty([V, W]))) == []


def test_an_index_is_told_before_it_is_refused() -> None:
    told: list[str] = []
    with modes.escaping(lambda _, how: told.append(how)), pytest.raises(TypeError, match="one-hot"):
        ["a", "b"][V]
    assert told == ["is used as an index"]


def test_a_rule_with_conditions_lets_a_number_out_when_it_is_differentiated_again() -> None:
    """The graph of relu's derivative holds for one side alone."""
    assert escapes(lambda: mg.relu(V).backward(create_graph=True)) == [(V, "becomes a float")]


def test_a_handler_may_look_at_the_value_and_raise() -> None:
    def refuse(value: Value, how: str) -> None:
        raise RuntimeError(f"{float(value)} {how}, {value > 1.0}")

    with modes.escaping(refuse):
        for _ in range(2):
            with pytest.raises(RuntimeError, match=r"2\.0 is compared, True"):
                bool(V > 1.0)
    assert float(V) == 2.0
    assert modes.current() == modes.Mode()
    assert modes.active == 0


def test_handlers_nest_and_may_be_left_in_any_order() -> None:
    first: list[str] = []
    second: list[str] = []
    one = modes.escaping(lambda _, how: first.append(how))
    two = modes.escaping(lambda _, how: second.append(how))
    one.__enter__()
    two.__enter__()
    int(V)
    one.__exit__(None, None, None)
    bool(V)
    two.__exit__(None, None, None)
    float(V)
    assert first == ["becomes an int"]
    assert second == ["becomes an int", "becomes a bool"]
    assert modes.active == 0


def test_another_threads_numbers_are_not_told() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert escapes(lambda: pool.submit(float, V).result()) == []
