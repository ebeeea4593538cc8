"""Settings of the tests that compile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests neither find nor leave machine code in the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MICROGRADLAB_CACHE", str(tmp_path_factory.mktemp("cache") / "code"))
        yield
