"""`jit`: an ordinary function of numbers as machine code, with its derivatives. Floor 5."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cached_property, update_wrapper
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from microgradlab.compiler.build import function_kernel
from microgradlab.compiler.c99 import CSource, c_source
from microgradlab.compiler.description import describe
from microgradlab.compiler.kernel import Kernel
from microgradlab.compiler.native import NativeFunction
from microgradlab.compiler.tape import captured
from microgradlab.errors import ArgumentError
from microgradlab.module import Module
from microgradlab.trees import describe as described
from microgradlab.trees import is_number, tree_map
from microgradlab.value import Value

Numbers: TypeAlias = NDArray[np.float64]

_NEAR = 0.0625  # how far the point lies that recordings are compared at


def jit(f: Callable[..., Any], *, argnums: int | Sequence[int] = 0, fast: bool = False) -> Program:
    """Compiles a function of numbers, or a model, into machine code.

    The function is recorded when it is first called, once for each structure of its arguments. What
    it computes must not depend on the numbers: choices are written with `mg.where`. Values that it
    uses and was not given, as a model's parameters, are read anew at each call.

    Args:
        f: takes and returns numbers, lists, tuples and dicts of numbers, nested; or a model.
        argnums: the place of the argument to differentiate by, or several places.
        fast: allow fused and reordered arithmetic: about 1e-12 instead of the very bits.

    Returns:
        A function with the arguments of f, over numbers or arrays; more is in `Program`.

    Raises:
        ArgumentError: f or argnums cannot be used.

    >>> import microgradlab as mg
    >>> area = jit(lambda r: 3.0 * r**2)
    >>> area(2.0), area.grad(2.0)
    (12.0, 12.0)
    >>> area(np.array([1.0, 2.0, 3.0]))
    array([ 3., 12., 27.])
    """
    if not callable(f):
        raise ArgumentError(
            f"jit takes a function, not {described(f)}", hint="write jit(f)(x), not jit(f(x))"
        )
    return Program(f, argnums, fast)


class Program:
    """A function as machine code.

    Arguments and results are those of the function. Arrays may stand for numbers: they are
    broadcast against each other, and the results are arrays of that shape. For a model the argument
    may also be an array of samples x features; the result has one row per sample then.
    """

    def __init__(self, f: Callable[..., Any], argnums: int | Sequence[int], fast: bool) -> None:
        self._function = f
        self._argnums = argnums
        self._fast = fast
        self._recorded: dict[str, _Recorded] = {}
        update_wrapper(self, f, updated=())

    def __call__(self, *args: Any) -> Any:
        """The function's result."""
        call = _Call(self._unfolded(args))
        recorded = self._record(call)
        outputs = recorded.value(call.rows, recorded.numbers())
        return self._folded(args, call.results(recorded.structure, outputs))

    def value_and_grad(self, *args: Any) -> tuple[Any, Any]:
        """The function's result, a single number, and its derivatives as those of `grad`."""
        call = _Call(self._unfolded(args))
        recorded = self._record(call)
        if not is_number(recorded.structure):
            raise ArgumentError(
                f"the function returns {described(recorded.structure)}",
                hint="only a function with one number as its result has a gradient",
            )
        outputs = recorded.gradient(call.rows, recorded.numbers())
        value = call.results(0, outputs)
        places = [self._argnums] if isinstance(self._argnums, int) else list(self._argnums)
        if not all(-len(args) <= place < len(args) for place in places):
            raise ArgumentError(
                f"argnums is {self._argnums!r}, but the call has {len(args)} arguments",
                hint="arguments are counted from 0",
            )
        by_argument = call.results(call.places, outputs[:, 1:])
        gradients = tuple(self._folded(args, by_argument[place]) for place in places)
        return value, gradients[0] if isinstance(self._argnums, int) else gradients

    def grad(self, *args: Any) -> Any:
        """The derivative by the argument at `argnums`, in its structure."""
        return self.value_and_grad(*args)[1]

    def describe(self, *args: Any) -> str:
        """The loops that were recovered from the function, in words.

        Args:
            args: arguments of the structure that is meant; the last call's if there are none.
        """
        return describe(self._chosen(args).kernel)

    def c_source(
        self,
        *args: Any,
        name: str = "model",
        number: str = "double",
        samples: Sequence[Sequence[float]] = (),
    ) -> CSource:
        """The function as dependency-free C99, with header, test vectors and a self-test.

        Args:
            args: as for `describe`.
            name: of the C function and its files.
            number: "double" or "float".
            samples: inputs to test with; a few are made up if there are none.
        """
        recorded = self._chosen(args)
        chosen = list(samples) or recorded.points
        parameters = recorded.numbers().tolist()
        return c_source(recorded.kernel, parameters, name=name, number=number, samples=chosen)

    def _unfolded(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, with a model's matrix of samples as a list of its columns."""
        if not isinstance(self._function, Module):
            return args
        return tuple(list(a.T) if isinstance(a, np.ndarray) and a.ndim == 2 else a for a in args)

    def _folded(self, args: tuple[Any, ...], results: Any) -> Any:
        """What came of a model's matrix, as a matrix again."""
        matrix = isinstance(self._function, Module) and getattr(args[0], "ndim", 1) == 2
        return np.stack(results, axis=1) if matrix and isinstance(results, list) else results

    def _record(self, call: _Call) -> _Recorded:
        key = repr(call.places)
        if key not in self._recorded:
            self._recorded[key] = _Recorded(self._function, call, self._fast)
        recorded = self._recorded.pop(key)
        self._recorded[key] = recorded  # the last one is the last call's
        return recorded

    def _chosen(self, args: tuple[Any, ...]) -> _Recorded:
        if not args and self._recorded:
            return list(self._recorded.values())[-1]
        return self._record(_Call(self._unfolded(args or self._likely_arguments())))

    def _likely_arguments(self) -> tuple[Any, ...]:
        """Arguments for a function that was not called yet, where it shows what it takes."""
        inputs = getattr(self._function, "inputs", None)
        if isinstance(self._function, Module) and isinstance(inputs, int):
            return ([0.5] * inputs,)
        names = inspect.signature(self._function).parameters.values()
        if isinstance(self._function, Module) or any(p.kind is p.VAR_POSITIONAL for p in names):
            raise ArgumentError(
                "what the function takes is not known yet", hint="call it once, or give arguments"
            )
        return tuple(0.5 for parameter in names if parameter.default is parameter.empty)

    def __repr__(self) -> str:
        name = getattr(self._function, "__name__", repr(self._function))
        return f"Program({name})"


class _Call:
    """The numbers of a call as rows, and the structure that they stand in."""

    def __init__(self, args: tuple[Any, ...]) -> None:
        leaves: list[Any] = []

        def take(path: str, entry: Any) -> int:
            leaves.append(_checked(path, entry))
            return len(leaves) - 1

        self.places = tree_map(take, args)
        try:
            columns = np.broadcast_arrays(*leaves) if leaves else []
        except ValueError:
            shapes = ", ".join(str(np.shape(leaf)) for leaf in leaves)
            raise ArgumentError(
                f"the arguments' shapes are {shapes}", hint="give arrays of one shape, and numbers"
            ) from None
        self.shape: tuple[int, ...] = columns[0].shape if columns else ()
        count = int(np.prod(self.shape))
        self.rows = np.empty((count, len(columns)))
        for place, column in enumerate(columns):
            self.rows[:, place] = column.ravel()

    def results(self, structure: Any, outputs: Numbers) -> Any:
        """Outputs in the structure whose entries are their places."""

        def result(_: str, place: int) -> Any:
            column = outputs[:, place]
            return column.reshape(self.shape).copy() if self.shape else float(column[0])

        return tree_map(result, structure)


def _checked(path: str, entry: Any) -> Any:
    if isinstance(entry, Value):
        return entry.data
    if isinstance(entry, np.ndarray) and entry.dtype.kind in "fiu":
        return entry.astype(np.float64)
    if is_number(entry):
        return float(entry)
    raise ArgumentError(
        f"argument{path} is {described(entry)}", hint="give numbers, or arrays of numbers"
    )


class _Recorded:
    """A function recorded for one structure of arguments."""

    def __init__(self, function: Callable[..., Any], call: _Call, fast: bool) -> None:
        self._fast = fast
        self._places = call.places
        self._function = function
        self.structure: Any = None
        rows = call.rows[:16].tolist() or [[0.5] * call.rows.shape[1]]
        self.points = [*rows, *([number + _NEAR for number in row] for row in rows[:2])]
        self._captured = self._values()
        names = [value.label or f"p{place}" for place, value in enumerate(self._captured)]
        self._names = [*names, *(f"x{place}" for place in range(len(self.points[0])))]
        self.kernel = self._kernel(gradient=False)

    def numbers(self) -> Numbers:
        """The captured Values' numbers."""
        return np.array([value.data for value in self._captured], np.float64)

    @cached_property
    def value(self) -> NativeFunction:
        """The results."""
        return NativeFunction(self.kernel, fast=self._fast)

    @cached_property
    def gradient(self) -> NativeFunction:
        """The result, and its derivatives by each input."""
        return NativeFunction(self._kernel(gradient=True), fast=self._fast)

    def _values(self) -> list[Value]:
        """The Values from outside; a model's parameters in their order, which makes loops plain."""
        found = captured(self._flat, [self.points[0], self.points[-1]])
        model = getattr(self._function, "__self__", self._function)
        ordered = model.parameters() if isinstance(model, Module) else []
        return list(dict.fromkeys([*(value for value in ordered if value in set(found)), *found]))

    def _kernel(self, gradient: bool) -> Kernel:
        return function_kernel(
            self._flat, self.points, self._captured, gradient=gradient, names=self._names
        )

    def _flat(self, numbers: list[Value]) -> list[Any]:
        """The function over a list of numbers, with its results as a list."""
        results: list[Any] = []

        def keep(path: str, entry: Any) -> int:
            if not is_number(entry):
                raise ArgumentError(
                    f"the function returns {described(entry)} as result{path}",
                    hint="return numbers, or lists, tuples and dicts of numbers",
                )
            results.append(entry)
            return len(results) - 1

        args = tree_map(lambda _, place: numbers[place], self._places)
        self.structure = tree_map(keep, self._function(*args))
        if not results:
            raise ArgumentError("the function returns no number", hint="return at least one")
        return results
