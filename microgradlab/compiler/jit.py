"""`jit`: an ordinary function of numbers as machine code, with its derivatives. Floor 5."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, update_wrapper
from reprlib import repr as shortened
from typing import Any

import numpy as np

from microgradlab.compiler.arguments import Call, held_by, is_list_of_lists
from microgradlab.compiler.arrays import Numbers
from microgradlab.compiler.build import function_kernel
from microgradlab.compiler.c99 import CSource, c_source
from microgradlab.compiler.description import describe
from microgradlab.compiler.kernel import Kernel
from microgradlab.compiler.llvm.machine import library
from microgradlab.compiler.native import NativeFunction
from microgradlab.compiler.refusals import NUMBERS, UNSEEN, agree, in_time, probes
from microgradlab.compiler.tape import captured
from microgradlab.engine import number_of
from microgradlab.errors import ArgumentError
from microgradlab.modes import no_grad
from microgradlab.module import Module
from microgradlab.trees import describe as described
from microgradlab.trees import is_number, tree_map
from microgradlab.value import Value

_MOST_ROWS = 8  # with as many probes
_NOT_FOR_FLOATS = (ArithmeticError, AttributeError, TypeError, ValueError)
"""What Python raises where Values have a method, or give inf or nan, and floats do not."""


def jit(f: Callable[..., Any], *, argnums: int | Sequence[int] = 0, fast: bool = False) -> Compiled:
    """Compiles a function of numbers, or a model, into machine code.

    The function is recorded when it is first called, once for each structure of its arguments. What
    it computes must not depend on the numbers: choices are written with `mg.where`. Values that it
    uses and was not given, as a model's parameters, are read anew at each call; a model whose
    parameters are replaced is recorded anew. Other variables, globals too, stay what they were.

    An `if`, a comparison or float() of an argument is refused; so is what differs for other numbers
    that are tried, or from f called with floats. Not noticed is a branch by `.data`, or by other
    variables, that none of these numbers takes. Checks of arguments, as a loss's of its targets,
    are made at the first call only.

    Args:
        f: takes and returns numbers, lists, tuples and dicts of numbers, nested; or a model.
        argnums: the place of the argument to differentiate by, or several places.
        fast: allow fused and reordered arithmetic: about 1e-12 instead of the very bits.

    Returns:
        A function with the arguments of f, over numbers or arrays; more is in `Compiled`.

    Raises:
        ArgumentError: f or argnums cannot be used.
        MissingExtraError: llvmlite is not installed.

    >>> import microgradlab as mg
    >>> import numpy as np
    >>> area = mg.jit(lambda r: 3.0 * r**2)
    >>> area(2.0), area.grad(2.0)
    (12.0, 12.0)
    >>> area(np.array([1.0, 2.0, 3.0]))
    array([ 3., 12., 27.])
    """
    library()
    if not callable(f):
        raise ArgumentError(
            f"jit takes a function, not {described(f)}", hint="write jit(f)(x), not jit(f(x))"
        )
    given = [argnums] if isinstance(argnums, int) else argnums
    if not isinstance(given, Sequence) or not given or any(type(n) is not int for n in given):
        raise ArgumentError(
            f"argnums of jit is {argnums!r}", hint="give a whole number, or several in a tuple"
        )
    return Compiled(f, argnums, fast)


class Compiled:
    """A function as machine code.

    Arguments and results are those of the function. Arrays may stand for numbers: they are
    broadcast against each other, and the results are arrays of that shape. For a model the argument
    may also be an array of features, or of samples x features, or an MLP's list of samples; the
    result is an array then, with a row for each sample.
    """

    def __init__(self, f: Callable[..., Any], argnums: int | Sequence[int], fast: bool) -> None:
        self._function = f
        self._argnums = argnums
        self._fast = fast
        self._recorded: dict[str, _Recorded] = {}
        update_wrapper(self, f, updated=())

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """The function's result."""
        args = self._given(args, keywords)
        call = Call(self._unfolded(args))
        recorded = self._record(call)
        outputs = recorded.value(call.rows, recorded.numbers())
        return self._folded(args, call.results(recorded.structure, outputs))

    def value_and_grad(self, *args: Any, **keywords: Any) -> tuple[Any, Any]:
        """The function's result, a single number, and its derivatives as those of `grad`."""
        args = self._given(args, keywords)
        call = Call(self._unfolded(args))
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

    def grad(self, *args: Any, **keywords: Any) -> Any:
        """The derivative by the argument at `argnums`, in its structure."""
        return self.value_and_grad(*args, **keywords)[1]

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
        parameters = recorded.numbers().tolist()
        return c_source(recorded.kernel, parameters, name=name, number=number, samples=samples)

    def _given(self, args: tuple[Any, ...], keywords: Iterable[str] = ()) -> tuple[Any, ...]:
        """The arguments, with an MLP's list of samples as a matrix."""
        for name in keywords:
            raise ArgumentError(
                f"the argument {name} is given by its name",
                hint=f"give it by its place, or fix it, as in jit(lambda x: f(x, {name}=...))",
            )
        if not isinstance(getattr(self._function, "inputs", None), int):
            return args
        try:
            return tuple(np.array(a) if is_list_of_lists(a) else a for a in args)
        except ValueError:
            raise ArgumentError(
                "the samples have different numbers of features", hint="give rows of one length"
            ) from None

    def _unfolded(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, with a model's array of features or samples as a list of its columns."""
        if isinstance(self._function, Module):
            for array in args:
                if isinstance(array, np.ndarray) and array.ndim not in (1, 2):
                    raise ArgumentError(
                        f"a model is given an array of shape {array.shape}",
                        hint="give its features, or samples x features",
                    )
        return tuple(list(a.T) if self._is_folded(a) else a for a in args)

    def _folded(self, args: tuple[Any, ...], results: Any) -> Any:
        """What came of a model's array, as an array again."""
        folded = any(map(self._is_folded, args[:1])) and isinstance(results, list)
        return np.stack(results, axis=-1) if folded else results

    def _is_folded(self, argument: Any) -> bool:
        is_array = isinstance(argument, np.ndarray) and argument.ndim in (1, 2)
        return is_array and isinstance(self._function, Module)

    def _record(self, call: Call) -> _Recorded:
        key = repr(call.places)
        if key in self._recorded and self._recorded[key].held != held_by(self._function):
            del self._recorded[key]  # other Values are the model's parameters now
        if key not in self._recorded:
            self._recorded[key] = _Recorded(self._function, call, self._fast)
        recorded = self._recorded.pop(key)
        self._recorded[key] = recorded  # the last one is the last call's
        return recorded

    def _chosen(self, args: tuple[Any, ...]) -> _Recorded:
        if not args and self._recorded:
            return list(self._recorded.values())[-1]
        given = self._given(args or self._likely_arguments())
        return self._record(Call(self._unfolded(given)))

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
        return f"jit({name})"


class _Recorded:
    """A function recorded for one structure of arguments."""

    def __init__(self, function: Callable[..., Any], call: Call, fast: bool) -> None:
        self._fast = fast
        self._places = call.places
        self._function = function
        self.structure: Any = None
        rows = call.rows[:_MOST_ROWS].tolist() or [[0.5] * call.rows.shape[1]]
        with no_grad():
            others = list(in_time(filter(self._is_accepted, probes(rows[0]))))
        self.points = [*rows, *reversed(others or rows[:1])]
        self._captured = self._values()
        self._names = [*self._captured_names(), *_argument_names(function, call.places)]
        self.kernel = self._kernel(gradient=False)
        self._check_floats(rows)
        self.held = held_by(function)

    def numbers(self) -> Numbers:
        """The captured Values' numbers."""
        with NUMBERS:
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
        found = dict.fromkeys(captured(self._flat, [self.points[0]] * 2))
        model = getattr(self._function, "__self__", self._function)
        ordered = model.parameters() if isinstance(model, Module) else []
        return list(dict.fromkeys([*(value for value in ordered if value in found), *found]))

    def _captured_names(self) -> list[str]:
        model = getattr(self._function, "__self__", self._function)
        paths = model.named_parameters() if isinstance(model, Module) else ()
        names = {value: name for name, value in paths}
        return [
            names.get(value) or value.label or f"p{place}"
            for place, value in enumerate(self._captured)
        ]

    def _kernel(self, gradient: bool) -> Kernel:
        return function_kernel(
            self._flat, self.points, self._captured, gradient=gradient, names=self._names
        )

    def _is_accepted(self, numbers: list[float]) -> bool:
        """Whether the function takes numbers; it may check them, as losses check classes."""
        try:
            self._flat(list(map(Value, numbers)))
        except ArgumentError:
            return False
        except Exception:
            return True  # to be told of where it is recorded
        return True

    def _check_floats(self, rows: Sequence[list[float]]) -> None:
        """Compares what is recorded with the function called with floats, where it takes them."""
        with no_grad():
            for row in in_time(rows):
                compiled = [number_of(result) for result in self._flat(list(map(Value, row)))]
                try:
                    structure, results = self._called(row)
                except _NOT_FOR_FLOATS:
                    continue
                plain = [float(number_of(result)) for result in results]
                if structure != self.structure or not agree(compiled, plain):
                    raise ArgumentError(
                        f"recorded with Values the function gives {shortened(compiled)}, and with "
                        f"floats {shortened(plain)}, for the numbers {shortened(row)}",
                        hint=UNSEEN,
                    )

    def _flat(self, numbers: list[Value]) -> list[Any]:
        """The function over a list of numbers, with its results as a list."""
        self.structure, results = self._called(numbers)
        return results

    def _called(self, numbers: Sequence[Any]) -> tuple[Any, list[Any]]:
        """The structure of the function's results, with their places, and the results."""
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
        structure = tree_map(keep, self._function(*args))
        if not results:
            raise ArgumentError("the function returns no number", hint="return at least one")
        return structure, results


def _argument_names(function: Callable[..., Any], places: tuple[Any, ...]) -> list[str]:
    """The numbers of a call by the function's own names: "x", "p.w.0"."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except ValueError:  # some of Python's own functions do not tell
        parameters = []
    found: list[str] = []
    for place, entry in enumerate(places):
        named = [p for p in parameters[: place + 1] if p.kind is not p.VAR_POSITIONAL]
        name = named[place].name if place < len(named) else f"x{place}"
        tree_map(lambda path, _, name=name: found.append(name + _dotted(path)), entry)
    return found


def _dotted(path: str) -> str:
    """A path such as "['w'][0]" with dots."""
    return "".join(f".{key.strip(chr(39))}" for key in re.findall(r"\[(.*?)\]", path))
