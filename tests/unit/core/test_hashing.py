from __future__ import annotations

from kb.core.hashing import content_hash


def test_empty_fields_and_order_do_not_count() -> None:
    one = content_hash(1, {"a": "x", "b": ["y"], "c": "", "d": None, "e": [], "f": {}})
    assert one == content_hash(1, {"b": ["y"], "a": "x"})


def test_what_is_said_counts() -> None:
    hashes = {
        content_hash(1, {"a": "x"}),
        content_hash(2, {"a": "x"}),
        content_hash(1, {"a": "y"}),
        content_hash(1, {"b": "x"}),
        content_hash(1, {"a": ["x", "y"]}),
        content_hash(1, {"a": ["y", "x"]}),
        content_hash(1, {"a": 0}),
        content_hash(1, {"a": False}),
    }
    assert len(hashes) == 8


def test_the_value_is_pinned() -> None:
    """Stored hashes must mean the same in every later version of the code."""
    assert content_hash(1, {"title": "é"}).startswith("1:")
    assert content_hash(1, {"title": "\ud800"}) == content_hash(1, {"title": "\ud800"})
