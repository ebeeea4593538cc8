"""Models in C: compiled without a warning by the system's compiler, and right to the last bit."""

from __future__ import annotations

import math
import random
import re
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import microgradlab as mg
from microgradlab.compiler.build import prediction_kernel
from microgradlab.compiler.c99 import CSource, c_source
from microgradlab.compiler.kernel import Index, Kernel, Map, Sum
from microgradlab.expressions import OPERANDS, names_in
from microgradlab.nn import MLP
from microgradlab.ops import TABLE
from tests.compiler.c99.building import COMMAND, needs_cc
from tests.compiler.kernels import (
    dense_layer,
    negative_strides,
    relu_mlp,
    shared,
    slot,
    steps,
    table,
    tables,
)

PREDICTIONS = {
    "dense layer": dense_layer(),
    "relu MLP": relu_mlp(3, 5),
    "negative strides": negative_strides(),
    "tables": tables(),
    "steps": steps(),
}


def parameters_of(kernel: Kernel) -> list[float]:
    generator = random.Random(1)
    return [generator.uniform(-1.0, 1.0) for _ in range(kernel.parameters)]


def ran(code: CSource, folder: Path) -> subprocess.CompletedProcess[str]:
    """Compiles the test and runs it."""
    header, source, test = code.save(folder)
    command = [*COMMAND, str(source), str(test), "-lm", "-o", str(folder / "test")]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    assert header.exists()
    return subprocess.run([folder / "test"], capture_output=True, text=True)


def largest_difference(code: CSource, folder: Path) -> float:
    """Of the test, which passes."""
    result = ran(code, folder)
    assert result.returncode == 0, result.stdout
    found = re.search(r"wrong outputs: 0, largest difference: (\S+)", result.stdout)
    assert found is not None
    return float(found[1])


def numbers_in_test(code: CSource, array: str) -> list[float]:
    """What an array of the test holds."""
    text = code.test.split(f" {array}[")[1].split(" = ")[1].split(";")[0]
    return [float(number) for number in re.findall(r"-?\d[^,f}\n]*", text)]


# --- what it computes


@needs_cc
@pytest.mark.parametrize("kernel", PREDICTIONS.values(), ids=PREDICTIONS)
def test_doubles_are_those_of_the_interpreter_to_the_last_bit(
    kernel: Kernel, tmp_path: Path
) -> None:
    assert largest_difference(c_source(kernel, parameters_of(kernel)), tmp_path) == 0.0


@needs_cc
@pytest.mark.parametrize("kernel", PREDICTIONS.values(), ids=PREDICTIONS)
def test_floats_are_near(kernel: Kernel, tmp_path: Path) -> None:
    code = c_source(kernel, parameters_of(kernel), number="float")
    assert largest_difference(code, tmp_path) < 1e-6


@needs_cc
def test_a_model_predicts_in_c_what_it_predicts_in_python(tmp_path: Path) -> None:
    model = MLP(2, [3, 1], activation="relu", seed=3)
    parameters = [parameter.data for parameter in model.parameters()]
    rows = [[0.25, -1.5], [3.0, 1e-3]]
    code = c_source(relu_mlp(2, 3), parameters, samples=rows)
    assert largest_difference(code, tmp_path) == 0.0
    for prediction in (model.predict(row) for row in rows):
        assert f"{{{prediction!r}}}" in code.test


def whole_table() -> Kernel:
    """Each row's value and derivatives, of the inputs x, y and out."""
    sources = [source for op in TABLE for source in (op.value, op.dx, op.dy) if source is not None]
    distinct = list(dict.fromkeys(sources))
    statements = []
    for place, source in enumerate(distinct, start=3):
        x, y, out = (
            slot(number, 0) if name in names_in(source) else None
            for number, name in enumerate(OPERANDS)
        )
        statements.append(Map((1,), source, Index(place, (0,)), x, y, out))
    slots = 3 + len(distinct)
    return Kernel(3, slots, 0, (), tuple(statements), tuple(range(3, slots)))


@needs_cc
def test_what_the_compiler_has_recorded_is_right(tmp_path: Path) -> None:
    """A recurrent layer over five inputs, then tanh, softmax and a choice."""
    cell, head = MLP(4, [3], seed=1), MLP(3, [4, 3], activation="tanh", seed=2)

    def model(inputs: Sequence[Any]) -> list[Any]:
        state: list[Any] = [0.0, 0.0, 0.0]
        for x in inputs:
            state = [mg.tanh(number) for number in cell([x, *state])]
        first, *others = mg.softmax(head(state))
        return [mg.where(mg.greater(first, others[0]), first * 2.0, others[0] / first), *others]

    values = [*cell.parameters(), *head.parameters()]
    kernel = prediction_kernel(model, 5, values)
    code = c_source(kernel, [value.data for value in values])
    assert "(x[1], a3[0...2])[k]" in code.header
    assert largest_difference(code, tmp_path) == 0.0


@needs_cc
def test_every_row_of_the_table_and_its_derivatives_are_right(tmp_path: Path) -> None:
    edges = [edge for op in TABLE for edge in op.edges]
    edges += [(x, y) for x in (-2.5, -0.5, 0.5, math.nan) for y in (0.25, -1.75, math.inf)]
    rows = [[*edge, 0.5][:2] + [0.375] for edge in dict.fromkeys(edges)]
    assert largest_difference(c_source(whole_table(), [], samples=rows), tmp_path) == 0.0


@needs_cc
def test_a_wrong_weight_fails_the_test_and_is_told(tmp_path: Path) -> None:
    kernel = relu_mlp()
    code = c_source(kernel, [0.5] * kernel.parameters, samples=[[1.0, 1.0]])
    result = ran(replace(code, source=code.source.replace("0.5,", "0.75,", 1)), tmp_path)
    assert result.returncode == 1
    assert "sample 0: y[0] is 2.875 instead of 2.75" in result.stdout
    assert "1 sample, wrong outputs: 1" in result.stdout


@needs_cc
@pytest.mark.parametrize("number", ["double", "float"])
def test_the_made_up_samples_of_a_compiled_function_tell_its_inputs_apart(
    number: str, tmp_path: Path
) -> None:
    code = mg.jit(lambda x, y: mg.sin(x) - 0.5 * y).c_source(number=number)
    swapped = code.source.replace("x[0]", "x[2]").replace("x[1]", "x[0]").replace("x[2]", "x[1]")
    assert swapped != code.source
    result = ran(replace(code, source=swapped), tmp_path)
    assert "16 samples, wrong outputs: 16" in result.stdout


def test_made_up_samples_have_numbers_of_both_signs_that_differ() -> None:
    numbers = numbers_in_test(c_source(dense_layer(2, 1), [0.5, 0.25, 0.0]), "inputs")
    assert len(numbers) == len(set(numbers)) == 32
    assert min(numbers) < -0.5
    assert max(numbers) > 0.5


def test_made_up_samples_lie_where_the_results_are_finite() -> None:
    code = mg.jit(lambda x: mg.log(x - 20.0) + mg.exp(x)).c_source(number="float")
    expected = numbers_in_test(code, "expected")
    assert len(expected) >= 3
    assert all(map(math.isfinite, expected))


@needs_cc
def test_what_is_not_finite_is_compared_too(tmp_path: Path) -> None:
    kernel = dense_layer(1, 3)
    parameters = [math.inf, 0.0, math.nan, 0.0, -math.inf, 1.0]
    code = c_source(kernel, parameters, samples=[[1.0]])
    assert "{(double)INFINITY, (double)NAN, -(double)INFINITY}" in code.test
    assert largest_difference(code, tmp_path) == 0.0
    finite = replace(code, source=code.source.replace("(double)INFINITY", "1.0", 1))
    assert "wrong outputs: 1" in ran(finite, tmp_path).stdout


@needs_cc
@pytest.mark.parametrize("number", ["double", "float"])
def test_constants_outputs_that_are_inputs_and_unused_inputs_compile(
    number: str, tmp_path: Path
) -> None:
    ones = Map((2,), "x + x", Index(2, (1,)), shared(1, 0))
    kernel = Kernel(2, 4, 1, (0.1, 7.0), (ones,), outputs=(3, 2, 3))
    code = c_source(kernel, [5.0], number=number)
    assert "7.0" not in code.source
    assert largest_difference(code, tmp_path) < 1e-7
    given_back = Kernel(2, 2, 0, (), (), outputs=(1, 0, 1))
    assert largest_difference(c_source(given_back, [], number=number), tmp_path) == 0.0


@needs_cc
def test_a_single_input_in_the_buffer_is_copied_without_a_loop(tmp_path: Path) -> None:
    square = Map((1,), "x * x", Index(1, (1,)), slot(0, 0), slot(0, 0))
    both = Sum((1,), 3, Index(2, (1,)), None, slot(0, table=table([1, 0, 1])), None)
    code = c_source(Kernel(1, 3, 0, (), (square, both), (2,)), [])
    assert "{\n    s[0] = x[0];\n" in code.source
    assert largest_difference(code, tmp_path) == 0.0


@needs_cc
def test_many_places_need_wider_integers(tmp_path: Path) -> None:
    count = 33000
    ends = Map((2,), "x * y", Index(1, (1,)), slot(0, 0), shared(0, table=table(3, count - 1)))
    kernel = Kernel(1, 3, count, (), (ends,), (1, 2))
    code = c_source(kernel, parameters_of(kernel), samples=[[1.5]])
    assert "static const uint16_t t0[2] = {3, 32999};" in code.source
    assert "for (long i = 0; i < 2; i++)" in code.source
    assert largest_difference(code, tmp_path) == 0.0


# --- how it reads


SOURCE = """\
/* Generated by microgradlab; tiny.h says what it is. */
#include "tiny.h"

#include <math.h>

static const double weights[9] = {
    /* layers.0.neurons.0 */
    0.25, -1.5, 0.0,
    /* layers.0.neurons.1 */
    1.0, 2.0, 1e-05,
    /* layers.1.neurons.0 */
    3.0, 0.1, -1.0,
};

static double s[3];

static inline double relu(double x)
{
    return x <= 0.0 ? 0.0 : x;
}

void tiny(const double x[TINY_INPUTS], double y[TINY_OUTPUTS])
{
    /* for each of 2 layers[0].neurons[i]:  z1[i] = bias + sum of weights[k] * x[k]  over 2 terms */
    for (int i = 0; i < 2; i++) {
        double sum = weights[3 * i + 2];
        for (int k = 0; k < 2; k++) {
            sum += weights[3 * i + k] * x[k];
        }
        s[i] = sum;
    }
    /* for each of 2:  a1[i] = relu(z1[i]) */
    for (int i = 0; i < 2; i++) {
        s[i] = relu(s[i]);
    }
    /* for layers[1].neurons[0]:  z2 = bias + sum of weights[k] * a1[k]  over 2 terms */
    {
        double sum = weights[8];
        for (int k = 0; k < 2; k++) {
            sum += weights[k + 6] * s[k];
        }
        s[2] = sum;
    }
    y[0] = s[2];
}
"""


def tiny(number: str = "double") -> CSource:
    parameters = [0.25, -1.5, 0.0, 1.0, 2.0, 1e-5, 3.0, 0.1, -1.0]
    return c_source(relu_mlp(2, 2), parameters, name="tiny", number=number)


def test_the_source_reads_like_code_by_hand() -> None:
    assert tiny().source == SOURCE


def test_the_length_does_not_depend_on_the_number_of_weights() -> None:
    narrow, wide = (
        c_source(relu_mlp(2, hidden), parameters_of(relu_mlp(2, hidden))).source
        for hidden in (3, 30)
    )
    body = re.compile(r"^void.*", re.DOTALL | re.MULTILINE)
    lines = [body.findall(source)[0].count("\n") for source in (narrow, wide)]
    assert lines[0] == lines[1]


@pytest.mark.parametrize(("number", "constants", "ram"), [("double", 72, 24), ("float", 36, 12)])
def test_the_header_declares_the_function_and_says_what_it_costs(
    number: str, constants: int, ram: int
) -> None:
    header = tiny(number).header
    words = " ".join(header.replace(" * ", " ").split())
    assert f"void tiny(const {number} x[TINY_INPUTS], {number} y[TINY_OUTPUTS]);" in header
    assert "#define TINY_INPUTS 2\n#define TINY_OUTPUTS 1\n" in header
    assert "#ifndef TINY_H" in header
    assert 'extern "C" {' in header
    assert f"Memory: {constants} bytes of constants" in words
    assert f"{ram} bytes of RAM" in words
    assert "for each of 2: a1[i] = relu(z1[i])" in words
    assert ("to the last bit" in words) == (number == "double")
    assert ("as on a classic AVR, generate this with" in words) == (number == "double")


def test_the_files_are_ascii_and_the_same_each_time() -> None:
    first, second = tiny(), tiny()
    assert first == second
    assert (first.header + first.source + first.test).isascii()


def test_the_files_bear_the_name_of_the_function(tmp_path: Path) -> None:
    paths = tiny().save(tmp_path / "new" / "folder")
    assert [path.name for path in paths] == ["tiny.h", "tiny.c", "tiny_test.c"]
    assert paths[1].read_text("utf-8") == SOURCE


def test_at_a_prompt_it_is_its_files_and_their_sizes() -> None:
    assert repr(tiny()).startswith("CSource(tiny.h: ")
    assert f"tiny.c: {SOURCE.count(chr(10))} lines, tiny_test.c: " in repr(tiny())


def test_a_name_cannot_end_its_comment() -> None:
    names = ("a*/ int evil; /*", *relu_mlp(2, 2).shared_names[1:])
    kernel = replace(relu_mlp(2, 2), shared_names=names)
    code = c_source(kernel, parameters_of(kernel))
    for text in (code.header, code.source):
        assert "int evil" not in re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
