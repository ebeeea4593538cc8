"""The evidence that the gradient checker is right: `python -m tests.evidence` measures it."""
