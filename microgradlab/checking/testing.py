"""Gradient checks everywhere on a domain, as tests for pytest. Floor 7."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from functools import update_wrapper, wraps
from typing import Any, overload

from microgradlab.checking.check import gradcheck
from microgradlab.checking.report import Report, Verdict
from microgradlab.errors import ArgumentError, MissingExtraError, unknown_name

try:
    from hypothesis import event, given, reject
    from hypothesis import strategies as st
except ImportError as error:
    raise MissingExtraError(
        "check_gradients needs hypothesis, which is not installed",
        "pip install 'microgradlab[check]'",
    ) from error

Test = Callable[[], None]

_EVERYWHERE = (-10.0, 10.0)


@overload
def check_gradients(f: Callable[..., Any], /) -> Test: ...
@overload
def check_gradients(f: None = None, /, **domains: Any) -> Callable[[Callable[..., Any]], Test]: ...
def check_gradients(f: Callable[..., Any] | None = None, /, **domains: Any) -> Any:
    """Makes a test of a function: its gradient is checked at points all over its domain.

    Hypothesis draws the points, and shrinks the first that fails; the failure shows the report
    there. A point says nothing where the function or a derivative is not finite, or where the
    verdict is ILL-CONDITIONED or INCONCLUSIVE: it is rejected, and Hypothesis complains when that
    happens to nearly all. `pytest --hypothesis-show-statistics` counts the verdicts. The check also
    calls the function very close to each point. `hypothesis.settings` may be put on top.

    Args:
        f: the function, in the form without parentheses.
        domains: by the name of an argument, its lowest and highest number, or a strategy, for
            numbers or for lists, tuples and dicts of them. Arguments that are not named range from
            -10 to 10, or keep their default if they have one.

    Returns:
        A test without arguments, for pytest to collect or to be called.

    Raises:
        ArgumentError: the function has no such argument, or a domain is no range.

    >>> from microgradlab import log, softplus
    >>> @check_gradients(y=(0.1, 10))
    ... def test_my_loss(x, y):
    ...     return softplus(x) * log(y)
    >>> test_my_loss()
    """

    def decorate(f: Callable[..., Any]) -> Test:
        def check(**inputs: Any) -> None:
            _check_at(f, inputs)

        update_wrapper(check, f)
        del check.__wrapped__  # type: ignore[attr-defined]  # pytest would look there for fixtures
        return given(**_strategies(f, domains))(check)

    if f is not None and not callable(f):
        raise ArgumentError(
            f"check_gradients is given {f!r}",
            hint="give domains by the arguments' names, as in check_gradients(x=(0.1, 10))",
        )
    return decorate if f is None else decorate(f)


def _check_at(f: Callable[..., Any], inputs: Mapping[str, Any]) -> None:
    __tracebackhide__ = True  # in pytest's reports

    @wraps(f)
    def by_position(*numbers: Any) -> Any:
        return f(**dict(zip(inputs, numbers, strict=True)))

    report = gradcheck(by_position, *inputs.values(), names=list(inputs))
    event(f"verdict {report.verdict}")
    if report.verdict is not Verdict.WRONG and not (report and _is_finite(report)):
        reject()
    report.assert_ok()


def _is_finite(report: Report) -> bool:
    return all(math.isfinite(row.analytic) for row in report.rows)


def _strategies(
    f: Callable[..., Any], domains: Mapping[str, Any]
) -> dict[str, st.SearchStrategy[Any]]:
    """A strategy for each argument that is drawn."""
    parameters = inspect.signature(f).parameters
    for name in domains:
        if name not in parameters:
            raise unknown_name("argument", name, parameters)
    return {
        name: _strategy(name, domains.get(name, _EVERYWHERE))
        for name, parameter in parameters.items()
        if name in domains or parameter.default is inspect.Parameter.empty
    }


def _strategy(name: str, domain: Any) -> st.SearchStrategy[Any]:
    if isinstance(domain, st.SearchStrategy):
        return domain
    try:
        low, high = map(float, domain)
    except (TypeError, ValueError):
        low = high = math.nan
    if not -math.inf < low < high < math.inf:
        raise ArgumentError(
            f"the domain of {name} is {domain!r}",
            hint="give its lowest and highest number, as in (0.1, 10), or a Hypothesis strategy",
        )
    return st.floats(low, high)
