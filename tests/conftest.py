"""Settings that all tests share."""

from __future__ import annotations

import os

from hypothesis import settings

# A shared machine may be slow at any moment, which says nothing about the code. Hypothesis loads a
# profile of its own, with fixed seeds, where the environment variable CI is set.
settings.register_profile("unhurried", deadline=None)
if not os.environ.get("CI"):
    settings.load_profile("unhurried")
