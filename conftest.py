"""Settings that all tests share, those in docstrings included."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

# A shared machine may be slow at any moment, which says nothing about the code. Hypothesis loads a
# profile of its own, with fixed seeds, where the environment variable CI is set.
settings.register_profile("unhurried", deadline=None)
if not os.environ.get("CI"):
    settings.load_profile("unhurried")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests neither find nor leave machine code in the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MICROGRADLAB_CACHE", str(tmp_path_factory.mktemp("cache") / "code"))
        yield
