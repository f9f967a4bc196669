"""The panel: every table, read-only where the machine writes."""

from __future__ import annotations

from web.admin import (
    answers,
    articles,
    collection,
    kept,
    knowledge,
    lists,
    machine,
    people,
    stories,
)

__all__ = [
    "answers",
    "articles",
    "collection",
    "kept",
    "knowledge",
    "lists",
    "machine",
    "people",
    "stories",
]
