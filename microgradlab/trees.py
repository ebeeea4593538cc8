"""Nested lists, tuples and dicts of numbers ("trees" in JAX), entry by entry. Floor 2."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import Any

from microgradlab.engine import Node
from microgradlab.errors import ArgumentError

_CONTAINERS = (list, tuple, dict)


def is_number(thing: object) -> bool:
    """Whether it is a real number (an int, a NumPy scalar, ...) or a Value; a bool is none."""
    return isinstance(thing, (Real, Node)) and not isinstance(thing, bool)


def _keys(tree: Any) -> list[Any] | None:
    """What a container's entries are reached by; None for what is no container."""
    if isinstance(tree, dict):
        return list(tree)
    return list(range(len(tree))) if isinstance(tree, (list, tuple)) else None


def tree_map(function: Callable[..., Any], tree: Any, *others: Any, path: str = "") -> Any:
    """The same containers, with the function's result in place of each entry.

    Args:
        function: takes the path of an entry, such as `"[2]['w']"`, the entry, and the entries of
            the other trees at that path.
        tree: lists, tuples, named tuples and dicts, nested; anything else is an entry.
        others: trees of the same structure, as `check_same_structure` ensures.
        path: where the tree itself stands.

    >>> tree_map(lambda path, x, y: x * y, {"w": [1, 2], "b": 3}, {"b": 4, "w": [5, 6]})
    {'w': [5, 12], 'b': 12}
    >>> tree_map(lambda path, entry: path, ([1, 2], 3))
    (['[0][0]', '[0][1]'], '[1]')
    """
    keys = _keys(tree)
    if keys is None:
        return function(path, tree, *others)
    entries = [
        tree_map(function, tree[key], *(other[key] for other in others), path=f"{path}[{key!r}]")
        for key in keys
    ]
    if isinstance(tree, dict):
        return dict(zip(keys, entries, strict=True))
    if isinstance(tree, list):
        return entries
    return type(tree)(*entries) if hasattr(tree, "_fields") else tuple(entries)


def check_same_structure(name: str, tree: Any, like: str, model: Any, path: str = "") -> None:
    """Refuses a tree whose containers differ from the model's.

    Args:
        name: what the tree is, for the message.
        tree: the tree.
        like: what the model is, for the message.
        model: the tree with the wanted structure.
        path: where the two stand.

    Raises:
        ArgumentError: names the first place where they differ.

    >>> check_same_structure("tangents", ([1.0],), "the primals", ([1.0, 2.0],))
    Traceback (most recent call last):
    microgradlab.errors.ArgumentError: tangents[0] is a list of 1, but the primals have a list of 2
    hint: give tangents the structure of the primals
    """
    keys, wanted = _keys(tree), _keys(model)
    if wanted is None and keys is None:
        return
    same_kind = any(isinstance(tree, kind) and isinstance(model, kind) for kind in _CONTAINERS)
    if not same_kind or set(keys or ()) != set(wanted or ()):
        raise ArgumentError(
            f"{name}{path} is {describe(tree)}, but {like} have {describe(model)}",
            hint=f"give {name} the structure of {like}",
        )
    for key in wanted or ():
        check_same_structure(name, tree[key], like, model[key], f"{path}[{key!r}]")


def describe(thing: Any) -> str:
    """What a thing is, in words for messages.

    >>> describe([1.0, 2.0]), describe({"w": 1.0}), describe(2), describe("a"), describe(None)
    ('a list of 2', "a dict with 'w'", 'a number', 'a str', 'None')
    """
    if thing is None:
        return "None"
    if is_number(thing):
        return "a number"
    kind = type(thing).__name__
    kind = f"an {kind}" if kind[0].lower() in "aeiou" else f"a {kind}"
    if isinstance(thing, dict):
        return f"{kind} with {', '.join(map(repr, thing)) or 'no keys'}"
    return f"{kind} of {len(thing)}" if isinstance(thing, (list, tuple)) else kind
