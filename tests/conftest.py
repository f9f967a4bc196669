from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.site import Site

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def earshot_data() -> Path:
    """The shared development data; tests that want it are skipped where it is absent."""
    folder = Path(os.environ.get("EARSHOT_DATA", ROOT / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"no development data at {folder}; set EARSHOT_DATA")
    return folder


@pytest.fixture
def site():
    """A web site of our own on loopback."""
    with Site() as running:
        yield running
