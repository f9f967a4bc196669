"""A small index on disk."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

# --import-mode=importlib puts no folder on the path; the helpers are shared by the files beside them.
_spec = importlib.util.spec_from_file_location(
    "index_helpers", Path(__file__).with_name("helpers.py")
)
_helpers = importlib.util.module_from_spec(_spec)
sys.modules["index_helpers"] = _helpers
_spec.loader.exec_module(_helpers)


@pytest.fixture
def store(tmp_path):
    from kb.index.store import IndexStore

    return IndexStore(tmp_path / "index")


@pytest.fixture
def built(store):
    """Twenty items of two passages, last change 1."""
    documents = [_helpers.document(n) for n in range(1, 21)]
    store.build(_helpers.SPACE, _helpers.DIMENSION, documents, 1)
    return store
