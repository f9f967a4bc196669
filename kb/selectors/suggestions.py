"""What a reader may be about to type: titles of anything that can be found, names of sources, values of filters.

Titles lie in memory, per process: those that stood when the process first asked, and beside them what changed since,
looked up at most every minute, by a thread of its own, so that no keystroke waits for it. What is shown is looked up in
the tables, so that nothing hidden comes back.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from kb.core.items import ItemKind, item_id
from kb.core.prefixes import Prefixes
from kb.core.query import FIELDS, Filter
from kb.models import Source
from kb.selectors.concepts import concept_names
from kb.selectors.search.kinds import KINDS, kind_names, links, shown
from kb.selectors.sources import source_path
from kb.selectors.topics import all_topics

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)
SHOWN = 8
SOURCES = 3
FRESH_SECONDS = 60
MOST_CHANGES = 2000
WHOLE_AGAIN = dt.timedelta(hours=6)
_UNFINISHED = re.compile(r'(?P<before>(?:.*\s)?)(?P<minus>-?)(?P<field>[a-z]+):"?(?P<start>[^"]*)')


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A page to go to, or with `query` a search to finish. `kind` says what it is, in a word."""

    label: str
    kind: str
    path: str = ""
    query: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What one look at the tables gave: every title, those that changed since, and the sources."""

    titles: Prefixes
    changed: Prefixes
    sources: Prefixes
    since: dt.datetime
    looked: float


class Memory:
    """What is known, renewed by a thread; the first to ask waits for it, `warm` spares them that."""

    def __init__(self) -> None:
        self._known: Known | None = None
        self._lock = threading.Lock()

    def known(self) -> Known:
        """What was last looked up; older than a minute, it is looked up anew, for those who ask after this one."""
        known = self._known
        if known is None:
            with self._lock:
                self._known = known = self._known or _look(None)
        elif time.monotonic() - known.looked > FRESH_SECONDS and self._lock.acquire(blocking=False):
            threading.Thread(target=self._renew, name="titles", daemon=True).start()
        return known

    def begin(self) -> None:
        """Look up what is known, in a thread of its own; a hub without tables yet has nothing to tell."""
        try:
            self.known()
        except DatabaseError as error:
            log.warning("no suggestions yet: %s", error)
        finally:
            connection.close()

    def _renew(self) -> None:
        try:
            self._known = _look(self._known)
        finally:
            connection.close()
            self._lock.release()


memory = Memory()


def warm() -> None:
    """Begin to read the titles, so that the first keystroke finds them ready."""
    threading.Thread(target=memory.begin, name="titles", daemon=True).start()


def suggest(typed: str, today: dt.date) -> tuple[Suggestion, ...]:
    """At most SHOWN things for what is typed so far, sources first."""
    unfinished = _UNFINISHED.fullmatch(typed)
    if unfinished and unfinished["field"] in FIELDS:
        values = _values(unfinished["field"], unfinished["start"].strip(), today)
        rest, negated = unfinished["before"], bool(unfinished["minus"])
        found = (Filter(unfinished["field"], value, negated) for value in values)
        return tuple(Suggestion(str(f), _("filter"), query=f"{rest}{f} ") for f in found)[:SHOWN]
    known = memory.known()
    items = [*known.changed.find(typed, SHOWN), *known.titles.find(typed, SHOWN)]
    shown_links = links(dict.fromkeys(items))
    found_titles = (Suggestion(*link) for link in shown_links)
    return (*_sources(known, typed), *found_titles)[:SHOWN]


def _sources(known: Known, typed: str) -> tuple[Suggestion, ...]:
    pks = known.sources.find(typed, SOURCES)
    names = {source.pk: source.name for source in Source.objects.filter(pk__in=pks)} if pks else {}
    return tuple(
        Suggestion(names[pk], _("source"), source_path(pk, names[pk])) for pk in pks if pk in names
    )


def _values(field: str, start: str, today: dt.date) -> list[str]:
    """Values of a filter that begin as typed."""
    if field == "source":
        pks = memory.known().sources.find(start, SHOWN) if start else []
        return [source.name for source in Source.objects.filter(pk__in=pks)]
    if field in {"topic", "concept"}:
        said = concept_names().values() if field == "concept" else ([t.name] for t in all_topics())
        begun = start.casefold()
        return [names[0] for names in said if any(n.casefold().startswith(begun) for n in names)]
    years = [str(year) for year in range(today.year, today.year - 4, -1)]
    known = {
        "kind": list(kind_names()),
        "is": ["curated"],
        "after": ["7d", "1m", "1y", *years],
        "before": years,
    }
    return [value for value in known.get(field, []) if value.startswith(start.lower())]


def _look(known: Known | None) -> Known:
    """Look the tables up: all of them at first and when much has changed, else what changed."""
    now = timezone.now()
    changed = list(_titles(known.since)) if known else []
    # at times all anew: what was hidden and came back did not change
    if known is None or len(changed) > MOST_CHANGES or now - known.since > WHOLE_AGAIN:
        known = Known(Prefixes(_titles(None)), Prefixes([]), Prefixes([]), now, 0)
        changed = []
    rows = Source.objects.values_list("pk", "custom_title", "title", "url").order_by("title")
    sources = Prefixes((pk, custom or title or url) for pk, custom, title, url in rows)
    return Known(known.titles, Prefixes(changed), sources, known.since, time.monotonic())


def _titles(since: dt.datetime | None) -> Iterator[tuple[int, str]]:
    """(item, title): articles last, since there are so many of them, the newest first."""
    for kind, of in sorted(KINDS.items(), key=lambda pair: pair[0] == ItemKind.ARTICLE):
        rows = shown(kind)
        if since:
            rows = rows.filter(**{f"{of.changed}__gt": since})
        columns = (of.title, *([of.also] if of.also else []))
        titles = rows.order_by(f"-{of.dated}", "-pk").values_list("pk", *columns)
        for pk, title, *also in titles.iterator():
            yield item_id(kind, pk), title
            yield from ((item_id(kind, pk), other["name"]) for names in also for other in names)
