"""How fast and how small: `python -m benchmarks` measures, and prints tables of ratios."""
