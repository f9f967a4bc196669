"""Sentences for readers from code that knows no language but its own: text now, translated where somebody reads it."""

from __future__ import annotations


class Saying(str):
    """A sentence in English that remembers what it was made of: `pattern` with %-placeholders, and its `values`."""

    __slots__ = ("pattern", "values")

    pattern: str
    values: dict[str, object]


def say(pattern: str, **values: object) -> Saying:
    """`pattern` % `values`. `manage.py messages` collects the pattern. KeyError where a value is missing."""
    made = Saying(pattern % values)
    made.pattern, made.values = pattern, values
    return made
