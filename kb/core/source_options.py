"""What each kind of source may be told, and reading it from text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kb.core.arxiv import MAX_RESULTS, is_category
from kb.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MOST_TEXT = 500
_MOST_ITEMS = 50
TEXT, TEXTS, NUMBER, FLAG = "text", "texts", "number", "flag"
# kind -> option -> what it holds; docs/crawler.md says what each means
OPTIONS: dict[str, dict[str, str]] = {
    "feed": {},
    "releases": {"prereleases": FLAG},
    "arxiv": {"categories": TEXTS, "terms": TEXTS, "max_results": NUMBER},
    "listing": {"item": TEXT, "link": TEXT, "title": TEXT, "date": TEXT, "summary": TEXT},
    "sitemap": {"include": TEXTS, "exclude": TEXTS},
}


def _fits(kind: str, value: object) -> bool:
    if kind == FLAG:
        return isinstance(value, bool)
    if kind == NUMBER:
        return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_RESULTS
    if kind == TEXT:
        return isinstance(value, str) and len(value) <= _MOST_TEXT
    return (
        isinstance(value, list) and len(value) <= _MOST_ITEMS and all(_fits(TEXT, v) for v in value)
    )


def check_options(kind: str, options: Mapping[str, Any]) -> None:
    """Raise InputError, with a sentence, for an unknown kind, an option that the kind does not have, or a wrong value."""
    if kind not in OPTIONS:
        raise InputError(f"{kind!r} is no kind of source; there are {', '.join(OPTIONS)}")
    known = OPTIONS[kind]
    for name, value in options.items():
        if name not in known:
            names = ", ".join(known) or "none"
            raise InputError(f"a source of kind {kind} has no option {name!r} (it has: {names})")
        if not _fits(known[name], value):
            raise InputError(
                f"the option {name} of a source of kind {kind} is not {_NEEDS[known[name]]}"
            )
    wrong = [c for c in options.get("categories", ()) if not is_category(c)]
    if wrong:
        raise InputError(f"{wrong[0]!r} is no category of arXiv; give one like cs.SD or eess")


_NEEDS = {
    TEXT: f"a text of at most {_MOST_TEXT} characters",
    TEXTS: f"a list of at most {_MOST_ITEMS} texts",
    NUMBER: f"a number from 1 to {MAX_RESULTS}",
    FLAG: "true or false",
}


def _value(kind: str, said: str) -> object:
    if kind == TEXTS:
        return [part.strip() for part in said.split(",") if part.strip()]
    if kind == TEXT:
        return said
    try:
        return json.loads(said.lower())
    except ValueError:
        return said


def read_options(kind: str, pairs: Iterable[str]) -> dict[str, Any]:
    """Options from "name=value" texts; lists are separated by commas, or named several times. Raises InputError."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, mark, said = pair.partition("=")
        if not mark:
            raise InputError(f"{pair[:100]!r} is not an option; write it as name=value")
        value = _value(OPTIONS.get(kind, {}).get(name, TEXT), said)
        found[name] = found.get(name, []) + value if isinstance(value, list) else value
    check_options(kind, found)
    return found
