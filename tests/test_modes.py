"""no_grad and detect_anomaly: what they change, and for whom."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

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
