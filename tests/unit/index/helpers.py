"""Documents and indexes for the index tests."""

from __future__ import annotations

import numpy as np

from kb.index.base import Document

DIMENSION = 16
SPACE = "test@1"


def vectors(count, seed=0, dimension=DIMENSION):
    """Unit vectors, float16."""
    found = np.random.default_rng(abs(seed)).standard_normal((count, dimension)).astype(np.float32)
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float16)


def document(item, text="some words about speech", *, count=2, version=0, **changes):
    """An item with `count` passages whose ids and vectors depend on item and version alone."""
    first = item * 1000 + version * 100
    values = {
        "item": item,
        "title": f"Title {item}",
        "body": text,
        "sources": (item % 3,),
        "published": 1_000_000 + item,
        "language": "en",
        "passages": tuple(range(first, first + count)),
        "vectors": vectors(count, seed=first),
    }
    return Document(**values | changes)


def clustered(count, dimension, seed=0, clusters=40):
    """Unit vectors around common centres, as texts about the same things are, float16."""
    chance = np.random.default_rng(seed)
    centres = np.random.default_rng(5).standard_normal((clusters, dimension))
    found = centres[chance.integers(0, clusters, count)]
    found = found + 0.35 * chance.standard_normal((count, dimension))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float16)
