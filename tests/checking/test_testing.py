"""Gradient checks in a user's test file: at a point, and everywhere on a domain."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.errors import FailedHealthCheck, Unsatisfiable

import microgradlab as mg
from microgradlab import OPS
from microgradlab.checking import assert_gradients, check_gradients
from microgradlab.errors import ArgumentError

few = settings(max_examples=20, database=None, phases=[Phase.generate, Phase.shrink])
WRONG_TANH = replace(OPS["tanh"], dx="1.0 - out")


def wrong(x: Any) -> Any:
    """A function whose gradient is wrong where tanh(x) is neither 0 nor 1."""
    return mg.apply(WRONG_TANH, x)


def seen_by(test: Callable[..., Any], **domains: Any) -> list[Any]:
    """What a function is called with, as plain numbers."""
    seen: list[Any] = []

    def watched(x: Any) -> Any:
        seen.append(x)
        return test(x)

    few(check_gradients(**domains)(watched))()
    return seen


def test_an_assertion_at_a_point_passes() -> None:
    assert_gradients(lambda x, w: mg.tanh(w[0] * x + w[1]), 0.5, [1.0, -2.0])


def test_an_assertion_at_a_point_fails_with_the_report() -> None:
    with pytest.raises(AssertionError, match=r"x = 0\.5 .* WRONG"):
        assert_gradients(wrong, 0.5)


def test_options_are_those_of_gradcheck() -> None:
    with pytest.raises(AssertionError, match=r"slope = 3\.0 .* WRONG"):
        assert_gradients(lambda x: x * x, 3.0, gradient=lambda x: 5 * x, names=["slope"])


def test_a_right_gradient_passes_everywhere() -> None:
    @few
    @check_gradients(x=(-5, 5), y=(0.1, 10))
    def loss(x: Any, y: Any) -> Any:
        return mg.softplus(x) * mg.log(y)

    loss()


def test_a_wrong_gradient_fails_with_the_report_at_the_simplest_point() -> None:
    with pytest.raises(AssertionError, match=r"x = 1\.0 .* WRONG"):
        few(check_gradients(wrong))()


def test_a_mistake_in_one_of_several_arguments_is_found() -> None:
    @few
    @check_gradients(x=(0.5, 2.0))
    def loss(x: Any, y: Any) -> Any:
        return mg.log(x) + wrong(y)

    with pytest.raises(AssertionError, match=r"y = 1\.0 .* WRONG"):
        loss()


def test_arguments_lie_in_their_domains() -> None:
    near = 1e-4  # the check itself looks at points close by
    assert all(0.5 - near <= float(x) <= 2.0 + near for x in seen_by(mg.log, x=(0.5, 2.0)))


def test_arguments_that_are_not_named_range_from_minus_10_to_10() -> None:
    seen = [float(x) for x in seen_by(mg.tanh)]
    assert -10.01 < min(seen) < 0.0 < max(seen) < 10.01


def test_arguments_with_a_default_keep_it() -> None:
    deltas = set()

    @few
    @check_gradients
    def loss(x: Any, delta: float = 0.5) -> Any:
        deltas.add(delta)
        return x * delta

    loss()
    assert deltas == {0.5}


def test_lists_of_numbers_come_from_strategies() -> None:
    @few
    @check_gradients(xs=st.lists(st.floats(-2.0, 2.0), min_size=2, max_size=3))
    def loss(xs: Any) -> Any:
        return mg.logsumexp(xs)

    loss()


def test_points_at_kinks_pass() -> None:
    few(check_gradients(x=st.just(0.0))(mg.relu))()


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (mg.log, -1.0),
        (mg.sqrt, 0.0),
        (mg.exp, 800.0),
        (lambda x: x / -x, 3.0),
    ],
    ids=["outside", "infinite slope", "overflow", "ill-conditioned"],
)
def test_points_that_say_nothing_are_rejected_and_never_pass(
    f: Callable[..., Any], x: float
) -> None:
    with pytest.raises((Unsatisfiable, FailedHealthCheck)):
        few(check_gradients(x=st.just(x))(f))()


def test_some_points_outside_the_domain_do_no_harm() -> None:
    assert any(float(x) < 0.0 for x in seen_by(mg.log, x=(-1.0, 10.0)))


def test_an_error_inside_the_function_is_shown() -> None:
    def broken(x: Any) -> Any:
        return x * {"bias": 1.0}["weight"]

    with pytest.raises(KeyError, match="weight"):
        few(check_gradients(broken))()


def test_pytest_sees_a_test_without_arguments_of_the_functions_name() -> None:
    @check_gradients
    def test_loss(x: Any) -> Any:
        """A loss."""
        return x

    kinds = {p.kind for p in inspect.signature(test_loss).parameters.values()}
    assert kinds <= {inspect.Parameter.VAR_KEYWORD}  # which pytest does not fill
    assert (test_loss.__name__, test_loss.__doc__) == ("test_loss", "A loss.")


def test_an_argument_that_the_function_does_not_have_is_named() -> None:
    with pytest.raises(ArgumentError, match="unknown argument 'target'"):
        check_gradients(target=(0, 1))(wrong)


@pytest.mark.parametrize(
    "domain", [5.0, (1.0,), (2.0, 1.0), (0.0, math.inf), "ab", (0.0, math.nan)]
)
def test_a_domain_that_is_no_range_is_refused(domain: Any) -> None:
    with pytest.raises(ArgumentError, match="the domain of x is"):
        check_gradients(x=domain)(wrong)
