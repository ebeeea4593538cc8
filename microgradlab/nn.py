"""Neurons, layers and multi-layer perceptrons, made of single Values. Floor 5."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from microgradlab import init as schemes
from microgradlab.errors import ArgumentError
from microgradlab.functions import Activation, activation_by_name, dot
from microgradlab.module import Module
from microgradlab.value import Operand, Value, real

_DEFAULT_SCHEMES = {
    **dict.fromkeys(["relu", "leaky_relu", "elu", "silu", "gelu", "gelu_tanh", "mish"], "he"),
    "softplus": "he",
    "selu": "lecun",
}
"""The scheme that suits an activation; glorot for all others."""


class Neuron(Module):
    """activation(bias + Σ weight * input).

    Args:
        inputs: the number of inputs.
        activation: its name, or a function of one Value or float.
        init: the weights' scheme, by name or function; None chooses by the activation.
        seed: of the weights.
        weights: the weights themselves, instead of a scheme.

    >>> neuron = Neuron(2, "relu", weights=[1.0, -2.0])
    >>> neuron.predict([3.0, 0.5])
    2.0
    """

    def __init__(
        self,
        inputs: int,
        activation: str | Activation = "linear",
        *,
        init: str | schemes.Scheme | None = None,
        seed: int = 0,
        weights: Sequence[float] | None = None,
    ) -> None:
        if weights is None:
            weights = _scheme(init, activation)(inputs, 1, Random(seed))[0]
        if len(weights) != inputs:
            raise ArgumentError(f"{len(weights)} weights are given for {inputs} inputs")
        self.activation = activation_by_name(activation)
        self.weights = [Value(weight) for weight in weights]
        self.bias = Value(0.0)

    def __call__(self, x: Sequence[Operand]) -> Any:
        _check_length(x, len(self.weights))
        return self.activation(dot(self.weights, x, start=self.bias))

    def predict(self, x: Sequence[float]) -> float:
        """The output as a float, without a graph; the same number as the recorded one."""
        return self._output(_floats(x, len(self.weights)))

    def _output(self, numbers: list[float]) -> float:
        total = self.bias.data
        for weight, number in zip(self.weights, numbers, strict=True):
            total += weight.data * number
        return float(self.activation(total))


class Layer(Module):
    """Neurons that share their inputs.

    Args:
        inputs: the number of inputs.
        outputs: the number of neurons.
        activation: of all neurons.
        init: the weights' scheme; None chooses by the activation.
        seed: of the weights, or the generator that draws them.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        activation: str | Activation = "linear",
        *,
        init: str | schemes.Scheme | None = None,
        seed: int | Random = 0,
    ) -> None:
        rng = seed if isinstance(seed, Random) else Random(seed)
        rows = _scheme(init, activation)(inputs, outputs, rng)
        self.inputs = inputs
        self.activation_name = getattr(activation, "__name__", str(activation))
        self.neurons = [Neuron(inputs, activation, weights=row) for row in rows]

    def __call__(self, x: Sequence[Operand]) -> list[Any]:
        return [neuron(x) for neuron in self.neurons]

    def predict(self, x: Sequence[float]) -> list[float]:
        """The outputs as floats, without a graph."""
        numbers = _floats(x, self.inputs)
        return [neuron._output(numbers) for neuron in self.neurons]


class MLP(Module):
    """A multi-layer perceptron: layers, each fed with the outputs of the one before.

    Args:
        inputs: the number of inputs.
        sizes: the number of neurons of each layer; the last is the number of outputs.
        activation: of the hidden layers; one for all, or a list with one for each.
        output: the activation of the last layer.
        init: the weights' scheme, by name or function; None chooses by the activation: he for the
            relu family, lecun for selu, else glorot. Biases start at 0.
        seed: of the weights; the same seed gives the same weights.

    Raises:
        ArgumentError: a size is not a whole number from 1 up, or a name is unknown.

    >>> model = MLP(2, [16, 16, 1], seed=0)
    >>> model
    MLP(2 → 16 relu → 16 relu → 1 linear: 337 parameters)
    >>> model([1.0, -1.0]).data == model.predict([1.0, -1.0])
    True
    """

    def __init__(
        self,
        inputs: int,
        sizes: Sequence[int],
        activation: str | Activation | Sequence[str | Activation] = "relu",
        output: str | Activation = "linear",
        *,
        init: str | schemes.Scheme | None = None,
        seed: int = 0,
    ) -> None:
        _check_sizes(inputs, sizes)
        hidden = len(sizes) - 1
        if isinstance(activation, str) or callable(activation):
            activation = [activation] * hidden
        if len(activation) != hidden:
            raise ArgumentError(
                f"{len(activation)} activations were given, and the hidden layers number {hidden}",
                hint="the last layer's activation is the argument `output`",
            )
        activations = [*activation, output]
        chosen = [_suited(init, function) for function in activations]
        self.inputs = inputs
        self.seed: int | None = seed
        names = (scheme if isinstance(scheme, str) else "custom" for scheme in chosen)
        self.scheme: str | None = ", ".join(dict.fromkeys(names))
        rng = Random(seed)
        self.layers = [
            Layer(fan_in, fan_out, function, init=scheme, seed=rng)
            for fan_in, fan_out, function, scheme in zip(
                [inputs, *sizes[:-1]], sizes, activations, chosen, strict=True
            )
        ]
        for name, parameter in self.named_parameters():  # for pictures and messages
            parameter.label = name

    def __call__(self, x: Sequence[Operand]) -> Any:
        """The output for one sample: a Value, or a list of Values when there are several."""
        for layer in self.layers:
            x = layer(x)
        return x[0] if len(x) == 1 else x

    def predict(self, x: Sequence[float]) -> Any:
        """The output for one sample as a float (or a list of floats), without a graph."""
        for layer in self.layers:
            x = layer.predict(x)
        return x[0] if len(x) == 1 else x

    @property
    def config(self) -> dict[str, Any]:
        """The arguments that make a model of this architecture."""
        names = [layer.activation_name for layer in self.layers]
        sizes = [len(layer.neurons) for layer in self.layers]
        return {
            "inputs": self.inputs,
            "sizes": sizes,
            "activation": names[:-1],
            "output": names[-1],
        }

    def __repr__(self) -> str:
        layers = "".join(
            f" → {len(layer.neurons)} {layer.activation_name}" for layer in self.layers
        )
        return f"MLP({self.inputs}{layers}: {len(self.parameters())} parameters)"


def _suited(
    init: str | schemes.Scheme | None, activation: str | Activation
) -> str | schemes.Scheme:
    """The scheme that was asked for, else the one that suits the activation."""
    if init is not None:
        return init
    return _DEFAULT_SCHEMES.get(getattr(activation, "__name__", str(activation)), "glorot")


def _scheme(init: str | schemes.Scheme | None, activation: str | Activation) -> schemes.Scheme:
    return schemes.resolve(_suited(init, activation))


def _floats(x: Sequence[float], inputs: int) -> list[float]:
    """The inputs as floats; NumPy's float32 would otherwise compute in its own precision."""
    _check_length(x, inputs)
    if any(isinstance(number, (list, tuple)) for number in x):
        raise ArgumentError(
            "predict takes one sample, not a list of samples",
            hint="as in [model.predict(sample) for sample in samples]",
        )
    return [number if type(number) is float else real(number, "predict") for number in x]


def _check_length(x: Sequence[Any], inputs: int) -> None:
    if not hasattr(x, "__len__") or isinstance(x, str):
        raise ArgumentError(
            f"a model takes a list of numbers, not a {type(x).__name__}", hint="as in model([x])"
        )
    if len(x) != inputs:
        raise ArgumentError(
            f"this layer takes {inputs} inputs, not {len(x)}",
            hint="one number per feature, in the order of training",
        )


def _check_sizes(inputs: int, sizes: Sequence[int]) -> None:
    if not isinstance(sizes, (list, tuple)):
        raise ArgumentError(f"sizes is {sizes!r}, not a list", hint="as in MLP(2, [16, 16, 1])")
    for size in [inputs, *sizes]:
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise ArgumentError(
                f"a layer cannot have {size!r} neurons",
                hint="sizes are whole numbers from 1 up, as in MLP(2, [16, 16, 1])",
            )
    if not sizes:
        raise ArgumentError("an MLP needs at least one layer", hint="as in MLP(2, [16, 16, 1])")
