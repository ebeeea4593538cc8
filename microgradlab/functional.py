"""Derivatives of ordinary functions: grad, jacobian, hessian, jvp, vjp, hvp. Floor 3.

Each takes a function of numbers and gives a function; names and conventions are JAX's. They nest in
any combination; tracing.py says how.

Results are floats where no Value from outside took part (as an argument, or used by the function
as a model's parameters are), and otherwise Values that can be differentiated further. A leaf Value
that the function makes itself cannot be told from one from outside: write constants as floats.
Nothing outside is changed, no `grad` either; an outer `no_grad()` does not keep the function from
being differentiated, one inside of it makes constants.

Functions must compute with the operations of this package: `mg.sin(x)`, not `math.sin(x)`, which
makes a float of a Value and so leaves the graph, unnoticed, with derivative 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeAlias

from microgradlab.engine import Node
from microgradlab.errors import ArgumentError
from microgradlab.tracing import forward, reverse, trace
from microgradlab.trees import check_same_structure, describe, is_number, tree_map
from microgradlab.value import Operand, Value, real

Function: TypeAlias = Callable[..., Any]


def grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives the gradient of a function with one number as its result.

    Args:
        f: takes numbers, lists, tuples and dicts of numbers, nested; returns one number.
        argnums: the place of the argument to differentiate by, or several places.

    Returns:
        A function with the arguments of f. It returns the derivative in the structure of the
        argument; for several places a tuple of these. What f does not depend on has derivative 0.

    Raises:
        ArgumentError: f or argnums cannot be used; the returned function raises it, too, naming
            the entry of an argument that is no number, or what f returned instead of a number.

    >>> import microgradlab as mg
    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    >>> grad(lambda p: p["w"] * p["b"][0] + mg.exp(p["b"][1]))({"w": 2.0, "b": [3.0, 0.0]})
    {'w': 3.0, 'b': [2.0, 1.0]}
    """
    return _gradient("grad", f, argnums)


def value_and_grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """Like grad, with the function's value beside the gradient: one call of f gives both.

    Args:
        f: as for `grad`.
        argnums: as for `grad`.

    Returns:
        A function with the arguments of f that returns (value, gradient).

    Raises:
        ArgumentError: as for `grad`.

    >>> value_and_grad(lambda x, y: x * y, argnums=(0, 1))(2.0, 5.0)
    (10.0, (5.0, 2.0))
    """
    return _value_and_gradient("value_and_grad", f, argnums)


def jacobian(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives the derivative of each result by each number of the argument.

    Args:
        f: takes and returns numbers, lists, tuples and dicts of numbers, nested.
        argnums: as for `grad`.

    Returns:
        A function with the arguments of f that returns, in the structure of f's result, for each
        number the derivative as `grad` gives it: for lists, row i has the derivatives of result i.

    Raises:
        ArgumentError: as for `grad`.

    >>> jacobian(lambda v: [v[0] * v[1], v[0] ** 2])([3.0, 5.0])
    [[5.0, 3.0], [6.0, 0.0]]
    """
    return _jacobian("jacobian", f, argnums)


def hessian(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives the second derivatives: the jacobian of the gradient.

    Args:
        f: as for `grad`.
        argnums: as for `grad`.

    Returns:
        A function with the arguments of f. For a list of n numbers it returns n lists of n.

    Raises:
        ArgumentError: as for `grad`.

    >>> hessian(lambda v: v[0] ** 2 * v[1])([3.0, 5.0])
    [[10.0, 6.0], [6.0, 0.0]]
    """
    return _jacobian("hessian", _gradient("hessian", f, argnums), argnums)


def jvp(f: Function) -> Function:
    """The function that gives f's value and its derivative along a direction, by forward mode.

    The Jacobian-vector product costs one sweep, however many numbers go in and out.

    Args:
        f: takes and returns numbers, lists, tuples and dicts of numbers, nested.

    Returns:
        A function of `primals`, the arguments of f as a tuple or list, and `tangents`, the
        direction in the same structure; keywords go to f. It returns (value, tangent).

    Raises:
        ArgumentError: as for `grad`; or the tangents have another structure than the primals.

    >>> jvp(lambda x, y: [x * y, x**2])((3.0, 5.0), (1.0, 0.0))
    ([15.0, 9.0], [5.0, 6.0])
    """
    return _along("jvp", f)


def vjp(f: Function) -> Function:
    """The function that gives f's value, and a pullback of gradients through f, by reverse mode.

    The vector-Jacobian product costs one sweep, however many numbers go in and out.

    Args:
        f: takes and returns numbers, lists, tuples and dicts of numbers, nested.

    Returns:
        A function with the arguments of f that returns (value, pullback). The pullback takes a
        cotangent, the gradient of something by f's result, in the structure of that result, and
        returns the gradients of that something by each argument, as a tuple.

    Raises:
        ArgumentError: as for `grad`; or the cotangent has another structure than the result.

    >>> value, pullback = vjp(lambda x, y: [x * y, x**2])(3.0, 5.0)
    >>> value, pullback([1.0, 10.0])
    ([15.0, 9.0], (65.0, 3.0))
    """
    _check_function("vjp", f)

    def pull(*primals: Any, **kwargs: Any) -> tuple[Any, Function]:
        call = trace("vjp", f, range(len(primals)), primals, kwargs)
        numbers = call.numbers  # now, in the mode of this call

        def pullback(cotangent: Any, /) -> tuple[Any, ...]:
            check_same_structure("cotangent", cotangent, "the results", call.output)
            return call.by_input(reverse(numbers, _paired("cotangent", call.output, cotangent)))

        return call.value, pullback

    return pull


def hvp(f: Function) -> Function:
    """The function that gives the derivative of f's gradient along a direction.

    The Hessian-vector product costs a few sweeps, where the Hessian costs one per number: forward
    over reverse mode, Pearlmutter 1994, doi:10.1162/neco.1994.6.1.147.

    Args:
        f: takes numbers, lists, tuples and dicts of numbers, nested; returns one number.

    Returns:
        A function of `primals` and `tangents`, as for `jvp`; keywords go to f. It returns the
        product in the structure of the argument; for several arguments a tuple of these.

    Raises:
        ArgumentError: as for `jvp`.

    >>> hvp(lambda v: v[0] ** 2 * v[1])(([3.0, 5.0],), ([1.0, 0.0],))
    [10.0, 6.0]
    """
    _check_function("hvp", f)

    def product(primals: Any, tangents: Any, /, **kwargs: Any) -> Any:
        _check_direction("hvp", primals, tangents)
        places = 0 if len(primals) == 1 else range(len(primals))
        return _along("hvp", _gradient("hvp", f, places))(primals, tangents, **kwargs)[1]

    return product


def _gradient(name: str, f: Function, argnums: int | Sequence[int]) -> Function:
    both = _value_and_gradient(name, f, argnums)

    @_named_after(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


def _value_and_gradient(name: str, f: Function, argnums: int | Sequence[int]) -> Function:
    _check_function(name, f)
    _check_argnums(name, argnums)

    @_named_after(f)
    def derivative(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        call = trace(name, f, _places(name, argnums, args), args, kwargs, scalar=True)
        gradients = call.gradients(call.output)
        return call.value, gradients[0] if isinstance(argnums, int) else gradients

    return derivative


def _jacobian(name: str, f: Function, argnums: int | Sequence[int]) -> Function:
    _check_function(name, f)
    _check_argnums(name, argnums)

    @_named_after(f)
    def derivative(*args: Any, **kwargs: Any) -> Any:
        call = trace(name, f, _places(name, argnums, args), args, kwargs)

        def row(_: str, result: Operand) -> Any:
            gradients = call.gradients(result)
            return gradients[0] if isinstance(argnums, int) else gradients

        return tree_map(row, call.output)

    return derivative


def _named_after(f: Function) -> Callable[[Function], Function]:
    """Makes a derivative show the name and the arguments of its function."""
    return wraps(f, updated=())  # without the attributes that f may have


def _along(name: str, f: Function) -> Function:
    _check_function(name, f)

    def derivative(primals: Any, tangents: Any, /, **kwargs: Any) -> tuple[Any, Any]:
        _check_direction(name, primals, tangents)
        call = trace(name, f, range(len(primals)), primals, kwargs)
        found = forward(call.numbers, _paired("tangents", call.inputs, tuple(tangents)))
        return call.value, tree_map(lambda _, result: found.get(result, 0.0), call.output)

    return derivative


def _paired(name: str, nodes: Any, numbers: Any) -> dict[Node, Operand]:
    """The numbers by node, from two trees of the same structure; a repeated node adds them up."""
    pairs: dict[Node, Operand] = {}

    def pair(path: str, node: Any, number: Any) -> None:
        if not is_number(number):
            raise ArgumentError(f"{name}{path} is {describe(number)}", hint="give a number there")
        if isinstance(node, Value):
            plain = number if isinstance(number, Value) else real(number, name)
            pairs[node] = pairs[node] + plain if node in pairs else plain

    tree_map(pair, nodes, numbers)
    return pairs


# --- checks of arguments


def _check_function(name: str, f: Any) -> None:
    if not callable(f):
        raise ArgumentError(
            f"{name} takes a function, not {describe(f)}", hint=f"write {name}(f)(x), not f(x)"
        )


def _check_argnums(name: str, argnums: Any) -> None:
    given = argnums if isinstance(argnums, Sequence) else [argnums]
    whole = all(isinstance(place, int) and not isinstance(place, bool) for place in given)
    if not given or not whole:
        raise ArgumentError(
            f"argnums of {name} is {argnums!r}", hint="give a whole number, or several in a tuple"
        )


def _places(name: str, argnums: int | Sequence[int], args: Sequence[Any]) -> list[int]:
    """The places that argnums means in this call; negative ones count from the end."""
    given = [argnums] if isinstance(argnums, int) else argnums
    count = len(args)
    for place in given:
        if not -count <= place < count:
            raise ArgumentError(
                f"argnums of {name} is {argnums!r}, but the call has {count} arguments by position",
                hint="arguments given by keyword are not differentiated: give it by position",
            )
    places = [place % count for place in given]
    if len(set(places)) < len(places):
        raise ArgumentError(
            f"argnums of {name} is {argnums!r}, the same argument twice", hint="name each once"
        )
    return places


def _check_direction(name: str, primals: Any, tangents: Any) -> None:
    for what, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, (list, tuple)):
            raise ArgumentError(
                f"{what} of {name} is {describe(given)}, not a tuple of arguments",
                hint=f"for one argument write {name}(f)((x,), (direction,))",
            )
    check_same_structure("tangents", tuple(tangents), "the primals", tuple(primals))
