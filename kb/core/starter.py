"""The bundled content as files say it: read, checked, and held against itself, before anything is stored.

A problem names the file, the entry and the reason. Nothing here knows a database.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kb.core.prerequisites import cycle
from kb.core.urls import is_web_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

TEXT, TEXTS, NUMBER, AMOUNT, DAY, TABLE, TABLES = (
    "a text", "a list of texts", "a whole number above 0", "a number above 0", "a date", "a table", "a list of tables",
)  # fmt: skip
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_SLUG = 100


@dataclass(frozen=True, slots=True)
class Form:
    """What an entry of one kind may say, and must: field -> what it holds. `refers` names the kind that a field's slugs are
    of; the slugs of tables stand in a key of each, given after a dot."""

    fields: Mapping[str, str]
    must: frozenset[str]
    refers: Mapping[str, str]
    tables: Mapping[str, Form]


def _form(
    fields: dict[str, str],
    must: str,
    refers: dict[str, str] | None = None,
    tables: dict[str, Form] | None = None,
) -> Form:
    return Form(fields, frozenset(must.split()), refers or {}, tables or {})


def _texts(names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), TEXT)


_ITEM = _form(_texts("target url title section commentary") | {"minutes": NUMBER}, "commentary")
_TOPICS = {"topics": "topic"}
# in the order in which they can be loaded: what is referred to comes first
FORMS: dict[str, Form] = {
    "topic": _form(_texts("slug name parent summary about"), "slug name", {"parent": "topic"}),
    "source": _form(
        _texts("url title home kind language") | {"topics": TEXTS, "options": TABLE},
        "url title kind",
        _TOPICS,
    ),
    "resource": _form(
        _texts("slug kind title venue url licence openness role side level")
        | {"authors": TEXTS, "topics": TEXTS, "year": NUMBER, "minutes": NUMBER},
        "slug kind title url",
        _TOPICS,
    ),
    "concept": _form(
        _texts("slug name level summary body")
        | dict.fromkeys(
            ("aliases", "ambiguous", "topics", "requires", "related", "goals", "open_questions"), TEXTS
        )
        | {"resources": TABLES, "published": DAY},
        "slug name level summary body",
        _TOPICS
        | {"requires": "concept", "related": "concept", "resources.resource": "resource"},
        {"resources": _form(_texts("resource why"), "resource why")},
    ),
    "impression": _form(
        _texts(
            "slug resource verdict for_whom prerequisites liked disliked notes level openness role side"
        )
        | {"hours": AMOUNT, "topics": TEXTS, "published": DAY},
        "slug resource verdict",
        _TOPICS | {"resource": "resource"},
    ),
    "question": _form(
        _texts("slug title details answer level")
        | {"misconceptions": TABLES, "published": DAY}
        | dict.fromkeys(("related", "concepts", "topics"), TEXTS),
        "slug title answer",
        _TOPICS | {"related": "question", "concepts": "concept"},
        {"misconceptions": _form(_texts("claim why_wrong"), "claim why_wrong")},
    ),
    "list": _form(
        _texts("slug title kind summary level") | {"topics": TEXTS, "item": TABLES, "published": DAY},
        "slug title kind item",
        _TOPICS,
        {"item": _ITEM},
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing as a file says it. `place` names the file and the entry, for people; `hash` is SHA-256 of what is said."""

    kind: str
    slug: str
    place: str
    said: Mapping[str, Any]

    @property
    def hash(self) -> str:
        """The same whatever the order of keys and however it is laid out."""
        said = json.dumps(self.said, sort_keys=True, default=str, ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()

    @property
    def published(self) -> dt.date | None:
        """The day on which its content was finished, where the file says so."""
        return self.said.get("published")


@dataclass(frozen=True, slots=True)
class Content:
    """All that was read, by kind, each in the order of its files; and what is wrong with it."""

    entries: Mapping[str, tuple[Entry, ...]]
    problems: tuple[str, ...]


def read_content(files: Mapping[str, bytes]) -> Content:
    """Entries from files by path below the folder: `topics.toml`, `sources.toml` and `{concepts,resources}/*.toml` hold
    many, `{impressions,lists,questions}/*.toml` one, whose slug is the file's name. Other files are not looked at."""
    found: dict[str, list[Entry]] = {kind: [] for kind in FORMS}
    problems: list[str] = []
    for path in sorted(files):
        kind, many = _kind_of(path)
        if not kind:
            continue
        try:
            tables = tomllib.loads(files[path].decode())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            problems.append(f"{path}: {error}")
            continue
        for entry in _entries(path, kind, tables, many=many):
            wrong = list(_wrong(FORMS[kind], entry.said)) + _wrong_name(entry)
            problems += [f"{entry.place}: {one}" for one in wrong]
            if not wrong:
                found[kind].append(entry)
        if many and tables.keys() - {kind}:
            problems.append(
                f"{path}: only [[{kind}]] may stand here, not {min(tables.keys() - {kind})}"
            )
    entries = {kind: _both_ways(some) for kind, some in found.items()}
    return Content(entries, (*problems, *_against_itself(entries)))


def _both_ways(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """`related` holds both ways, whichever of two files says it."""
    some = tuple(entries)
    near: dict[str, set[str]] = defaultdict(set)
    for entry in some:
        for other in entry.said.get("related", ()):
            near[entry.slug].add(other)
            near[other].add(entry.slug)
    return tuple(
        replace(entry, said={**entry.said, "related": sorted(near[entry.slug])})
        if near[entry.slug]
        else entry
        for entry in some
    )


def _kind_of(path: str) -> tuple[str, bool]:
    """The kind that a file holds, "" for none, and whether it may hold many."""
    folder, _, name = path.rpartition("/")
    if not name.endswith(".toml"):
        return "", False
    kind = (folder or name.removesuffix(".toml")).removesuffix("s")
    many = kind in {"topic", "source"} if not folder else kind in {"concept", "resource"}
    single = bool(folder) and kind in {"impression", "list", "question"}
    return (kind if many or single else "", many)


def _entries(path: str, kind: str, tables: dict[str, Any], *, many: bool) -> Iterator[Entry]:
    if not many:
        slug = path.rpartition("/")[2].removesuffix(".toml")
        yield Entry(kind, slug, path, {"slug": slug} | tables)
        return
    some = tables.get(kind, [])
    for number, said in enumerate(some if isinstance(some, list) else [], 1):
        name = str(said.get("slug") or said.get("url") or number)
        yield Entry(kind, name, f"{path}: {name}", said)


def _wrong_name(entry: Entry) -> list[str]:
    if entry.kind == "source" or (_SLUG.fullmatch(entry.slug) and len(entry.slug) <= _LONGEST_SLUG):
        return []
    return [f"{entry.slug!r} is no slug: small letters, digits and single hyphens"]


def _wrong(form: Form, said: Mapping[str, Any], where: str = "") -> Iterator[str]:
    for name in sorted(form.must - said.keys()):
        yield f"{where}{name} is missing"
    for name, value in said.items():
        what = form.fields.get(name)
        if what is None:
            yield f"{where}there is no field {name!r}"
        elif not _holds(what, value):
            yield f"{where}{name} must be {what}"
        elif name in form.must and not value:
            yield f"{where}{name} is empty"
        elif name == "url" and not is_web_url(value):
            yield f"{where}{value!r} is not a web address"
        elif name in form.tables:
            for number, one in enumerate(value, 1):
                yield from _wrong(form.tables[name], one, f"{where}{name} {number}: ")
    if form is _ITEM:
        yield from _wrong_target(said, where)


def _wrong_target(said: Mapping[str, Any], where: str) -> Iterator[str]:
    target, url = said.get("target"), said.get("url")
    if bool(target) == bool(url):
        yield f"{where}give a target or a url"
    elif url and not said.get("title"):
        yield f"{where}a url needs a title"


def _holds(what: str, value: object) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
    fits = {
        TEXT: isinstance(value, str),
        TEXTS: isinstance(value, list) and all(isinstance(one, str) for one in value),
        NUMBER: number and isinstance(value, int),
        AMOUNT: number,
        DAY: isinstance(value, dt.date) and not isinstance(value, dt.datetime),
        TABLE: isinstance(value, dict),
        TABLES: isinstance(value, list) and all(isinstance(one, dict) for one in value),
    }
    return fits[what]


def _against_itself(entries: Mapping[str, tuple[Entry, ...]]) -> Iterator[str]:
    """Names given twice, references to what is not there, and circles."""
    slugs = {kind: {entry.slug for entry in some} for kind, some in entries.items()}
    for some in entries.values():
        seen: dict[str, str] = {}
        for entry in some:
            if entry.slug in seen:
                yield f"{entry.place}: stands in {seen[entry.slug]} already"
            seen[entry.slug] = entry.place
            for field, kind, slug in references(entry):
                if slug not in slugs.get(kind, ()):
                    yield f"{entry.place}: {field} names the {kind} {slug!r}, which there is not"
    yield from _circles(entries["concept"], "requires")
    yield from _circles(entries["topic"], "parent")


def references(entry: Entry) -> Iterator[tuple[str, str, str]]:
    """(field, kind, slug) of everything that an entry refers to."""
    for field, kind in FORMS[entry.kind].refers.items():
        outer, _, inner = field.partition(".")
        value = entry.said.get(outer) or []
        named: list[Any] = [value] if isinstance(value, str) else value
        for one in named:
            yield outer, kind, one[inner] if inner else one
    for item in entry.said.get("item", ()):
        if target := item.get("target"):
            kind, _, slug = target.partition(":")
            yield "item", kind, slug


def _circles(entries: Iterable[Entry], field: str) -> Iterator[str]:
    needs: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        said = entry.said.get(field) or []
        for needed in [said] if isinstance(said, str) else said:
            if circle := cycle(needs, entry.slug, needed):
                yield f"{entry.place}: {' → '.join(circle)} is a circle"
            else:
                needs[entry.slug].append(needed)
