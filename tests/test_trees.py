"""Nested lists, tuples and dicts: mapped, compared, described."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

import pytest

from microgradlab.errors import ArgumentError
from microgradlab.trees import check_same_structure, tree_map


class Pair(NamedTuple):
    """A named tuple."""

    first: Any
    second: Any


def test_containers_keep_their_kind_and_order() -> None:
    tree = {"b": [1, (2,)], "a": Pair(3, {}), 7: []}
    result = tree_map(lambda _, x: -x, tree)
    assert result == {"b": [-1, (-2,)], "a": Pair(-3, {}), 7: []}
    assert list(result) == ["b", "a", 7]
    assert type(result["a"]) is Pair


def test_a_subclass_of_dict_becomes_a_dict() -> None:
    assert type(tree_map(lambda _, x: x, OrderedDict(a=1))) is dict


def test_other_trees_are_read_by_key_whatever_their_order() -> None:
    assert tree_map(lambda _, x, y: x - y, {"a": 1, "b": 2}, {"b": 20, "a": 10}) == {
        "a": -9,
        "b": -18,
    }


@pytest.mark.parametrize(
    ("tree", "model", "difference"),
    [
        ([1.0], (1.0,), "t is a list of 1, but others have a tuple of 1"),
        ([1.0], 1.0, "t is a list of 1, but others have a number"),
        (1.0, {"a": 1.0}, "t is a number, but others have a dict with 'a'"),
        ([{"a": 1}], [{"a": [1]}], "t[0]['a'] is a number, but others have a list of 1"),
        ({}, {"a": 1}, "t is a dict with no keys, but others have a dict with 'a'"),
    ],
)
def test_the_first_difference_is_named(tree: Any, model: Any, difference: str) -> None:
    with pytest.raises(ArgumentError) as error:
        check_same_structure("t", tree, "others", model)
    assert error.value.message == difference


def test_equal_structures_pass() -> None:
    check_same_structure("t", [{"a": 1, "b": (2,)}], "others", [{"b": (3,), "a": 4}])
