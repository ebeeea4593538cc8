"""`jit`: an ordinary function of numbers as machine code, with its derivatives. Floor 5."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import update_wrapper
from typing import Any

import numpy as np

from microgradlab.compiler.arguments import Call, held_by, is_list_of_lists
from microgradlab.compiler.c99 import CSource, c_source
from microgradlab.compiler.description import describe
from microgradlab.compiler.llvm.machine import library
from microgradlab.compiler.recorded import Recorded
from microgradlab.errors import ArgumentError
from microgradlab.module import Module
from microgradlab.trees import describe as described
from microgradlab.trees import is_number


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
    result is an array then, with a row for each sample. Give arrays where there are many numbers:
    a call takes some tenths of a millisecond, and each further row far less than a microsecond.
    """

    def __init__(self, f: Callable[..., Any], argnums: int | Sequence[int], fast: bool) -> None:
        self._function = f
        self._argnums = argnums
        self._fast = fast
        self._recorded: dict[str, Recorded] = {}
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

    def _record(self, call: Call) -> Recorded:
        key = repr(call.places)
        if key in self._recorded and self._recorded[key].held != held_by(self._function):
            del self._recorded[key]  # other Values are the model's parameters now
        if key not in self._recorded:
            self._recorded[key] = Recorded(self._function, call, self._fast)
        recorded = self._recorded.pop(key)
        self._recorded[key] = recorded  # the last one is the last call's
        return recorded

    def _chosen(self, args: tuple[Any, ...]) -> Recorded:
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

    def __getstate__(self) -> dict[str, Any]:
        """What is copied and pickled: machine code is made anew."""
        return {**vars(self), "_recorded": {}}

    def __repr__(self) -> str:
        name = getattr(self._function, "__name__", repr(self._function))
        return f"jit({name})"
