"""Other libraries as oracles: the operations of the table, and derivatives, in their own words.

They are optional, and the first test that asks for one loads it:

    pip install -e '.[test,oracles]'
    python -m pytest tests/oracles
"""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from microgradlab.checking.program import Expression

Function = Callable[[Sequence[Any]], Sequence[Any]]
"""Takes several numbers and returns several, a library's own."""

Matrix = list[list[float]]

UNARY = ["exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh"]
"""The operations with one operand that have the same name everywhere."""


class Oracle(ABC):
    """A library in double precision; plain floats go in and out."""

    name: str

    operations: Mapping[str, Callable[..., Any]]
    """The table's operations by name, on this library's numbers."""

    where: Callable[[Any, Any, Any], Any]
    """Chooses the second or the third by the first."""

    def function(
        self, expression: Expression, **others: Callable[..., Any]
    ) -> Callable[[Sequence[Any]], list[Any]]:
        """The expression over this library's numbers; its last three are the results.

        Args:
            expression: the steps.
            others: operations to use instead of the library's.
        """
        operations = {**self.operations, **others}

        def f(x: Sequence[Any]) -> list[Any]:
            numbers = list(x)
            for op, operands in expression.steps:
                point = [numbers[o] if type(o) is int else self.number(o) for o in operands]
                numbers.append(operations[op.name](*point))
            return numbers[-3:]

        return f

    @abstractmethod
    def number(self, x: float) -> Any:
        """A number of this library, which is not differentiated by."""

    @abstractmethod
    def values(self, f: Function, x: Sequence[float]) -> list[float]:
        """The results of f."""

    @abstractmethod
    def jacobian(self, f: Function, x: Sequence[float]) -> Matrix:
        """The derivative of each result of f by each number."""

    @abstractmethod
    def hessian(self, f: Function, x: Sequence[float]) -> Matrix:
        """The second derivatives of the last result of f."""


class Torch(Oracle):
    """PyTorch: reverse mode over reverse mode."""

    name = "torch"

    def __init__(self) -> None:
        self.torch = torch = pytest.importorskip("torch")
        self.where = torch.where
        names = "add sub mul div neg pow abs maximum minimum asin acos atan sigmoid relu erf"
        self.operations = {name: getattr(torch, name) for name in [*names.split(), *UNARY]}
        # PyTorch's softplus is a straight line from its threshold on, which is 20 if not given.
        self.operations["softplus"] = lambda x: torch.nn.functional.softplus(x, threshold=100.0)
        self.operations |= _comparisons(torch.where, self.number)

    def number(self, x: float) -> Any:
        return self._tensor(x)

    def _tensor(self, x: float | Sequence[float]) -> Any:
        return self.torch.tensor(x, dtype=self.torch.float64)

    def _of_a_vector(self, f: Function) -> Callable[[Any], Any]:
        return lambda x: self.torch.stack(list(f(x.unbind())))

    def values(self, f: Function, x: Sequence[float]) -> list[float]:
        return list(self._of_a_vector(f)(self._tensor(x)).tolist())

    def jacobian(self, f: Function, x: Sequence[float]) -> Matrix:
        jacobian = self.torch.autograd.functional.jacobian
        return list(jacobian(self._of_a_vector(f), self._tensor(x)).tolist())

    def hessian(self, f: Function, x: Sequence[float]) -> Matrix:
        hessian = self.torch.autograd.functional.hessian
        return list(hessian(lambda x: f(x.unbind())[-1], self._tensor(x)).tolist())


class Jax(Oracle):
    """JAX: reverse mode, and forward mode over it."""

    name = "jax"

    def __init__(self) -> None:
        self.jax = jax = pytest.importorskip("jax")
        jax.config.update("jax_enable_x64", True)
        np = jax.numpy
        self.where = np.where
        self.operations = _in_words_of_numpy(np) | {
            "abs": np.abs,
            "sigmoid": jax.nn.sigmoid,
            "relu": jax.nn.relu,
            "softplus": jax.nn.softplus,
            "erf": jax.scipy.special.erf,
        }
        self.operations |= _comparisons(np.where, self.number)

    def number(self, x: float) -> Any:
        return self.jax.numpy.float64(x)

    def _list(self, x: Iterable[float]) -> list[Any]:
        return [self.number(number) for number in x]

    def _units(self, size: int) -> Iterator[list[Any]]:
        for place in range(size):
            yield self._list(float(i == place) for i in range(size))

    def values(self, f: Function, x: Sequence[float]) -> list[float]:
        return _floats(f(self._list(x)))

    def jacobian(self, f: Function, x: Sequence[float]) -> Matrix:
        # Row by row: jax.jacrev maps over the rows at once, and compiles for each number of rows.
        results, pullback = self.jax.vjp(lambda x: list(f(x)), self._list(x))
        return [_floats(pullback(unit)[0]) for unit in self._units(len(results))]

    def hessian(self, f: Function, x: Sequence[float]) -> Matrix:
        gradient, at = self.jax.grad(lambda x: f(x)[-1]), self._list(x)
        columns = (self.jax.jvp(gradient, (at,), (unit,))[1] for unit in self._units(len(x)))
        return [_floats(column) for column in columns]


class Autograd(Oracle):
    """HIPS autograd: reverse mode over reverse mode."""

    name = "autograd"

    def __init__(self) -> None:
        self.autograd = pytest.importorskip("autograd")
        self.numpy = np = pytest.importorskip("autograd.numpy")
        special = pytest.importorskip("autograd.scipy.special")
        self.where = np.where
        self.operations = _in_words_of_numpy(np) | {
            "abs": np.fabs,  # the rule of abs is x / |x|, which leaves rounding in the second one
            "sigmoid": special.expit,
            "relu": lambda x: np.where(x <= 0.0, 0.0, x),
            "softplus": lambda x: np.logaddexp(0.0, x),
            "erf": special.erf,
        }
        self.operations |= _comparisons(np.where, self.number)

    def number(self, x: float) -> Any:
        return self.numpy.float64(x)

    def _of_a_vector(self, f: Function) -> Callable[[Any], Any]:
        return lambda x: self.numpy.array(list(f(x)))

    def values(self, f: Function, x: Sequence[float]) -> list[float]:
        with self._quiet():
            return list(self._of_a_vector(f)(self.numpy.array(x)).tolist())

    def jacobian(self, f: Function, x: Sequence[float]) -> Matrix:
        with self._quiet():
            jacobian = self.autograd.jacobian(self._of_a_vector(f))
            return list(jacobian(self.numpy.array(x)).tolist())

    def hessian(self, f: Function, x: Sequence[float]) -> Matrix:
        with self._quiet():
            hessian = self.autograd.hessian(lambda x: f(x)[-1])
            return list(hessian(self.numpy.array(x)).tolist())

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        """Infinities and derivatives of 0 are what is asked for."""
        with self.numpy.errstate(all="ignore"), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Output seems independent of input")
            yield


def _in_words_of_numpy(np: Any) -> dict[str, Callable[..., Any]]:
    binary = {"add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "pow": "power"}
    unary = {"neg": "negative", "asin": "arcsin", "acos": "arccos", "atan": "arctan"}
    same = ("maximum", "minimum", *UNARY)
    names = binary | unary | dict(zip(same, same, strict=True))
    return {ours: getattr(np, theirs) for ours, theirs in names.items()}


def _comparisons(
    where: Callable[[Any, Any, Any], Any], number: Callable[[float], Any]
) -> dict[str, Callable[..., Any]]:
    return {
        "greater": lambda x, y: where(x > y, number(1.0), number(0.0)),
        "equal": lambda x, y: where(x == y, number(1.0), number(0.0)),
        "gate": lambda x, y: where(y != 0.0, x, number(0.0)),
    }


def _floats(numbers: Iterable[Any]) -> list[float]:
    return [float(number) for number in numbers]


LIBRARIES: dict[str, Callable[[], Oracle]] = {"torch": Torch, "jax": Jax, "autograd": Autograd}


@pytest.fixture(scope="session", params=LIBRARIES)
def oracle(request: pytest.FixtureRequest) -> Oracle:
    """Each library in turn; where one is not installed, its tests are skipped."""
    return LIBRARIES[request.param]()
