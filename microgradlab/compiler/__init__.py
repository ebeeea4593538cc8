"""The compiler: recorded graphs as native loops, the training loop included. Floor 4.

A neuron, relu(w·x + b) with two inputs, on its way; the loss is its result times the target:

| stage | what becomes of the neuron | module |
|---|---|---|
| recorded for one sample | 6 operations: mul, mul, add, add, relu, mul | `tape.py` |
| differentiated | more of them, such as relu′ | `derivative.py`, `edges.py`, `sweep.py` |
| what is computed twice merged | a flat program, each number once | `program.py` |
| its loops recovered | Σ w[k] · x[k] is one statement | `rolling/` |
| the loops, as data | Sum, Map, Map, Map, ..., Total | `kernel.py` |
| what they mean, in plain Python | the numbers | `interpreter.py` |
| what they are, in words | the text below | `description.py`, `naming.py` |
| LLVM code | the same loops, over vectors of samples | `llvm/`, with `vector_math/` |
| and the updates | batches, the optimizer's rule | `llvm/training_loop.py`, `llvm/rule.py` |
| machine code | kept on disk | `llvm/machine_code.py`, `llvm/cache.py` |
| C99 | void model(const double x[2], double y[1]) | `c99/` |
| all of these together | a fit, or a function to call | `build.py`, `training.py`, `jit.py` |

>>> import microgradlab as mg
>>> from microgradlab.compiler.build import training_kernel
>>> from microgradlab.compiler.description import describe
>>> w, b = [mg.Value(0.5, label="w0"), mg.Value(-1.0, label="w1")], mg.Value(0.25, label="b")
>>> def neuron(x):
...     return mg.relu(mg.dot(w, x) + b)
>>> samples = [([1.0, 2.0], 3.0), ([4.0, 5.0], 6.0)]
>>> print(describe(training_kernel(neuron, lambda a, target: a * target, samples, [*w, b])))
inputs: x[0…1], target, seed
forward
  z1 = Σ w[k] · x[k]  over 2 terms
  a1 = z1 + b
  a2 = relu(a1)
  a3 = a2 · target
backward
  g1 = seed · target
  g2 = g1 · relu′(a1)
totals over the samples
  for each of 2:  gradient of w[i] += g2 · x[i]
  gradient of b += g2
  cost += a3 · seed
outputs: a3, a2
relu′(x) is 0 if x ≤ 0 else 1
seed is the weight of a sample: 1 / n in a batch of n
9 statements, 3 parameters; per sample 10 numbers (inputs and results) and 15 operations
"""

from microgradlab.errors import optional_import

optional_import("numpy", extra="jit", purpose="the compiler")
