"""The panel: every table, read-only where the machine writes."""

from __future__ import annotations

from web.admin import articles, collection, lists, machine, people, stories

__all__ = ["articles", "collection", "lists", "machine", "people", "stories"]
