"""`python -m microgradlab`: the command line. Floor 14."""

import sys

from microgradlab.cli.main import run

sys.exit(run())
