"""What networks are made of, and whole networks, as PyTorch and JAX compute them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microgradlab as mg
from microgradlab.checking.strategies import mlps, numbers
from microgradlab.nn import MLP

if TYPE_CHECKING:
    from tests.oracles.conftest import Function, Oracle

pytestmark = pytest.mark.oracle

FEW = settings(max_examples=20)
BOTH = pytest.mark.parametrize("oracle", ["torch", "jax"], indirect=True)
TORCH = pytest.mark.parametrize("oracle", ["torch"], indirect=True)

# Between the whole numbers, where the kinks are.
REALS = numbers(-5.0, 5.0).map(lambda number: number + 0.0005)
LISTS = st.lists(REALS, min_size=3, max_size=3, unique=True)  # max and min have ties

Activation = Callable[[Any], Any]


def close(numbers: Any) -> Any:
    """Slopes near 1 are rounded at that size, also where their difference is what counts."""
    return pytest.approx(numbers, rel=1e-12, abs=1e-13)


def assert_same(oracle: Oracle, ours: Function, theirs: Function, x: Sequence[float]) -> None:
    """Compares the values, all first derivatives, and second ones of the last result."""
    at = list(x)
    assert ours(at) == close(oracle.values(theirs, at))
    for row, their_row in zip(mg.jacobian(ours)(at), oracle.jacobian(theirs, at), strict=True):
        assert row == close(their_row)
    hessian = mg.hessian(lambda x: ours(x)[-1])(at)
    for row, their_row in zip(hessian, oracle.hessian(theirs, at), strict=True):
        assert row == close(their_row)


# --- activations


def torch_activations() -> dict[str, Activation]:
    f = pytest.importorskip("torch.nn.functional")
    names = "relu leaky_relu elu selu silu gelu sigmoid tanh hardtanh softplus softsign mish"
    return {name: getattr(f, name) for name in names.split()} | {
        "linear": lambda x: x * 1.0,
        "gelu_tanh": partial(f.gelu, approximate="tanh"),
        "log_sigmoid": f.logsigmoid,
    }


def jax_activations() -> dict[str, Activation]:
    nn = pytest.importorskip("jax.nn")
    names = "relu leaky_relu elu selu silu sigmoid tanh softplus mish log_sigmoid"
    return {name: getattr(nn, name) for name in names.split()} | {
        "linear": lambda x: x * 1.0,
        "gelu": partial(nn.gelu, approximate=False),
        "gelu_tanh": nn.gelu,
        "hardtanh": nn.hard_tanh,
        "softsign": nn.soft_sign,
    }


ACTIVATIONS = {"torch": torch_activations, "jax": jax_activations}


@BOTH
@pytest.mark.parametrize("name", mg.ACTIVATIONS)
@FEW
@given(x=REALS)
def test_activations(oracle: Oracle, name: str, x: float) -> None:
    ours, theirs = mg.ACTIVATIONS[name], ACTIVATIONS[oracle.name]()[name]
    assert_same(oracle, lambda x: [ours(x[0])], lambda x: [theirs(x[0])], [x])


# --- functions of lists


def torch_functions() -> dict[str, Function]:
    torch = pytest.importorskip("torch")

    def of_a_vector(f: Callable[..., Any]) -> Function:
        return lambda x: torch.atleast_1d(f(torch.stack(list(x)), 0))

    names = ("logsumexp", "softmax", "log_softmax", "amax", "amin", "mean", "sum")
    return {name.removeprefix("a"): of_a_vector(getattr(torch, name)) for name in names}


def jax_functions() -> dict[str, Function]:
    jax = pytest.importorskip("jax")

    def of_a_vector(f: Callable[..., Any]) -> Function:
        return lambda x: list(jax.numpy.atleast_1d(f(jax.numpy.stack(x))))

    own = {name: getattr(jax.nn, name) for name in ("logsumexp", "softmax", "log_softmax")}
    numpy = {name: getattr(jax.numpy, name) for name in ("max", "min", "mean", "sum")}
    return {name: of_a_vector(f) for name, f in (own | numpy).items()}


FUNCTIONS = {"torch": torch_functions, "jax": jax_functions}


@BOTH
@pytest.mark.parametrize(
    "name", ["logsumexp", "softmax", "log_softmax", "max", "min", "mean", "sum"]
)
@FEW
@given(x=LISTS)
def test_functions_of_lists(oracle: Oracle, name: str, x: list[float]) -> None:
    def ours(x: Sequence[Any]) -> list[Any]:
        found = getattr(mg, name)(x)
        return found if isinstance(found, list) else [found]

    assert_same(oracle, ours, FUNCTIONS[oracle.name]()[name], x)


# --- losses


def torch_losses() -> dict[str, Callable[[Any, Any], Any]]:
    f = pytest.importorskip("torch.nn.functional")

    def hinge(p: Any, t: Any) -> Any:
        return f.margin_ranking_loss(p, p * 0.0, 2.0 * t - 1.0, margin=1.0)

    return {
        "squared_error": f.mse_loss,
        "absolute_error": f.l1_loss,
        "huber": f.huber_loss,
        "hinge": hinge,
        "squared_hinge": lambda p, t: hinge(p, t) ** 2,
        "binary_cross_entropy": f.binary_cross_entropy_with_logits,
        "cross_entropy": lambda p, t: f.cross_entropy(p, t if t.ndim else t.long()),
        "poisson_nll": f.poisson_nll_loss,
        "gaussian_nll": lambda p, t: f.gaussian_nll_loss(p[0], t, p[1]),
    }


SEVERAL = st.integers(1, 4).flatmap(
    lambda size: st.tuples(st.lists(REALS, min_size=size, max_size=size), st.just([0.5] * size))
)
ONE_OF_TWO = st.tuples(REALS, st.sampled_from([0.0, 1.0]))
SAMPLES: dict[str, st.SearchStrategy[tuple[Any, Any]]] = {
    "squared_error": SEVERAL,
    "absolute_error": SEVERAL,
    "huber": SEVERAL,
    "hinge": ONE_OF_TWO,
    "squared_hinge": ONE_OF_TWO,
    "binary_cross_entropy": st.tuples(REALS, st.floats(0.0, 1.0)),
    "cross_entropy": st.tuples(
        st.lists(REALS, min_size=3, max_size=3),
        st.one_of(st.integers(0, 2), st.sampled_from([[0.2, 0.5, 0.3], [0.0, 1.0, 0.0]])),
    ),
    "poisson_nll": st.tuples(REALS, st.integers(0, 9)),
    "gaussian_nll": st.tuples(st.tuples(REALS, st.floats(0.1, 5.0)), numbers()),
}


@TORCH
@pytest.mark.parametrize("name", mg.losses.LOSSES)
@FEW
@given(data=st.data())
def test_losses(oracle: Oracle, name: str, data: st.DataObject) -> None:
    prediction, target = data.draw(SAMPLES[name])
    several = isinstance(prediction, (list, tuple))
    torch, loss, reference = pytest.importorskip("torch"), mg.losses.LOSSES[name], torch_losses()

    def ours(p: Sequence[Any]) -> list[Any]:
        return [loss(p if several else p[0], target)]

    def theirs(p: Sequence[Any]) -> list[Any]:
        return [reference[name](torch.stack(list(p)) if several else p[0], oracle.number(target))]

    assert_same(oracle, ours, theirs, prediction if several else [prediction])


# --- networks


@TORCH
@given(
    model=mlps(inputs=2, activations=["tanh", "sigmoid", "silu", "gelu", "mish", "linear"]),
    x=st.tuples(REALS, REALS),
)
def test_networks_by_matrix_products(oracle: Oracle, model: MLP, x: tuple[float, float]) -> None:
    """Each layer as activation(W x + b), and the gradient of the sum of squares of the outputs."""
    parameters = model.parameters()
    outputs = model(x)
    cost = mg.sum(y * y for y in (outputs if isinstance(outputs, list) else [outputs]))
    cost.backward()

    torch, activations = pytest.importorskip("torch"), torch_activations()

    def theirs(flat: Sequence[Any]) -> list[Any]:
        rest, numbers = (
            torch.stack(list(flat)),
            torch.stack([oracle.number(number) for number in x]),
        )
        for layer in model.layers:
            size = len(layer.parameters())
            block = rest[:size].reshape(len(layer.neurons), layer.inputs + 1)
            rest = rest[size:]
            numbers = activations[layer.activation_name](block[:, :-1] @ numbers + block[:, -1])
        return [(numbers * numbers).sum()]

    at = [parameter.data for parameter in parameters]
    assert [cost.data] == close(oracle.values(theirs, at))
    assert [parameter.grad for parameter in parameters] == close(oracle.jacobian(theirs, at)[0])
