"""The course's notebooks are true: `python -m tests.notebooks` executes and compares them."""
