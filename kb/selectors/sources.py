"""Sources and how well the hub hears them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.text import slugify

from kb.core.sites import is_public_site
from kb.models import Article, Check, Entry, Host, Source, Subscription

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet

Health = Literal["well", "slow", "failing", "blocked", "waiting", "paused", "gone", "moved"]
PushState = Literal["", "offered", "asked", "active", "denied", "unreachable"]

# a source that misses once or twice only "needs a look": most come back by themselves
FAILING_AFTER = 3
# half of what a check may take: whoever needs so long will soon need too long
SLOW_MS = 10_000
BARS = 28
WEEKS = 12


@dataclass(frozen=True, slots=True)
class Visit:
    """One check, as charts and logs need it. `error` is a sentence."""

    at: dt.datetime
    outcome: str
    new: int
    updated: int
    status: int
    bytes: int
    duration_ms: int
    error: str


@dataclass(frozen=True, slots=True)
class Told:
    """How far a hub tells us of a source's news: "unreachable" where SITE_URL is no public address."""

    state: PushState = ""
    until: dt.datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source with its health. `kept` is the share (0..1) of its entries that were news, or None;
    `visits` has the oldest first; `quiet_until` is set while its host asks us to stay away."""

    id: int
    name: str
    url: str
    home: str
    host: str
    format: str
    category: str
    description: str
    language: str
    health: Health
    last_error: str
    failures: int
    failing_since: dt.datetime | None
    next_check_at: dt.datetime
    last_checked_at: dt.datetime | None
    last_success_at: dt.datetime | None
    last_new_at: dt.datetime | None
    created_at: dt.datetime
    interval: int
    full_text: bool
    entries: int
    a_week: float
    kept: float | None
    duration_ms: int
    robots_since: dt.datetime | None
    quiet_until: dt.datetime | None
    successor: int | None
    told: Told
    visits: tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class SourceName:
    """Enough of a source to link to it and to list it in OPML."""

    id: int
    name: str
    url: str
    home: str
    category: str
    health: Health

    @property
    def path(self) -> str:
        """Its page."""
        return source_path(self.id, self.name)


def source_path(source_id: int, name: str) -> str:
    """The page of a source; its number finds it, the name is for people."""
    return reverse("source", args=[source_id, slugify(name)[:60].strip("-") or "source"])


def health(source: Source) -> Health:
    """How well a source is heard, from what its last checks left behind."""
    resting: dict[str, Health] = {"paused": "paused", "gone": "gone", "moved": "moved"}
    if source.state in resting:
        return resting[source.state]
    if source.robots_since:
        return "blocked"
    # one that never answered has nothing to recover to
    if source.failures >= (FAILING_AFTER if source.last_success_at else 1):
        return "failing"
    if source.failures or source.last_duration_ms >= SLOW_MS:
        return "slow"
    return "well" if source.last_checked_at else "waiting"


def troubled() -> QuerySet[Source]:
    """The sources that a curator should look at: failing, slow, kept out by robots.txt, gone; worst first."""
    active = Q(state=Source.State.ACTIVE)
    bad = Q(failures__gt=0) | Q(robots_since__isnull=False) | Q(last_duration_ms__gte=SLOW_MS)
    rows = Source.objects.filter((active & bad) | Q(state=Source.State.GONE))
    return rows.order_by("-failures", "failing_since", "pk")


def source_names() -> tuple[SourceName, ...]:
    """Every source by name."""
    fields = ("title", "custom_title", "url", "home_url", "category", "state", "failures")
    signs = ("last_checked_at", "last_success_at", "robots_since", "last_duration_ms")
    rows = Source.objects.only(*fields, *signs)
    return tuple(sorted(map(_name, rows), key=lambda row: row.name.casefold()))


def names_of(ids: Collection[int]) -> dict[int, str]:
    """Names by id, of those that exist."""
    rows = Source.objects.filter(pk__in=ids).only("title", "custom_title", "url")
    return {row.pk: row.name for row in rows}


def source_rows(*, ids: Collection[int], now: dt.datetime) -> tuple[SourceRow, ...]:
    """These sources in the order given, with their figures. Six queries, however many."""
    found = Source.objects.in_bulk(list(ids))
    figures = _figures(found, now)
    visits = _visits(found, since=now - dt.timedelta(days=BARS), most=BARS)
    return tuple(_row(found[pk], figures, visits[pk]) for pk in ids if pk in found)


def source_row(source_id: int, now: dt.datetime) -> SourceRow | None:
    """One source with its figures, or None."""
    return next(iter(source_rows(ids=[source_id], now=now)), None)


def last_visits(source_id: int, *, limit: int = 50) -> tuple[Visit, ...]:
    """The newest checks of one source, newest first."""
    rows = Check.objects.filter(source=source_id).order_by("-started_at", "-id")
    return tuple(map(_visit, rows[:limit]))


def new_since(at: dt.datetime) -> int:
    """How many entries were heard since an instant."""
    return Entry.objects.filter(first_seen__gte=at).count()


@dataclass(frozen=True, slots=True)
class _Figures:
    entries: dict[int, int]
    recent: dict[int, int]
    first: dict[int, int]
    told: dict[int, Told]
    quiet: dict[str, dt.datetime | None]


def _counts(rows: QuerySet[Entry] | QuerySet[Article]) -> dict[int, int]:
    return dict(rows.order_by().values_list("source").annotate(Count("pk")))


def _figures(ids: Collection[int], now: dt.datetime) -> _Figures:
    since = now - dt.timedelta(weeks=WEEKS)
    entries = Entry.objects.filter(source__in=ids)
    recent = Q(published_at__gte=since) | Q(published_at=None, first_seen__gte=since)
    return _Figures(
        entries=_counts(entries),
        recent=_counts(entries.filter(recent)),
        first=_counts(Article.objects.filter(source__in=ids, state=Article.State.PUBLISHED)),
        told=_told(ids),
        quiet=dict(Host.objects.filter(blocked_until__gt=now).values_list("name", "blocked_until")),
    )


def _told(ids: Collection[int]) -> dict[int, Told]:
    rows = Subscription.objects.filter(source__in=ids)
    if not is_public_site(settings.SITE_URL):
        return {row.source_id: Told("unreachable") for row in rows}
    return {row.source_id: Told(_push_state(row), row.lease_until, row.error) for row in rows}


def _push_state(row: Subscription) -> PushState:
    states: dict[str, PushState] = {"asked": "asked", "active": "active", "denied": "denied"}
    return states.get(row.state, "offered")


def _visits(
    ids: Collection[int], *, since: dt.datetime, most: int
) -> defaultdict[int, list[Visit]]:
    number = Window(RowNumber(), partition_by=F("source"), order_by=F("started_at").desc())
    rows = Check.objects.filter(source__in=ids, started_at__gte=since).annotate(number=number)
    found = defaultdict[int, list[Visit]](list)
    for row in rows.filter(number__lte=most).order_by("started_at"):
        found[row.source_id].append(_visit(row))
    return found


def _visit(row: Check) -> Visit:
    return Visit(
        at=row.started_at,
        outcome=row.outcome,
        new=row.new,
        updated=row.updated,
        status=row.status,
        bytes=row.bytes,
        duration_ms=row.duration_ms,
        error=row.error,
    )


def _name(source: Source) -> SourceName:
    return SourceName(
        id=source.pk,
        name=source.name,
        url=source.url,
        home=source.home_url,
        category=source.category,
        health=health(source),
    )


def _row(source: Source, figures: _Figures, visits: list[Visit]) -> SourceRow:
    entries = figures.entries.get(source.pk, 0)
    return SourceRow(
        id=source.pk,
        name=source.name,
        url=source.url,
        home=source.home_url,
        host=urlsplit(source.home_url or source.url).hostname or "",
        format=source.format,
        category=source.category,
        description=source.description,
        language=source.language,
        health=health(source),
        last_error=source.last_error,
        failures=source.failures,
        failing_since=source.failing_since,
        next_check_at=source.next_check_at,
        last_checked_at=source.last_checked_at,
        last_success_at=source.last_success_at,
        last_new_at=source.last_new_at,
        created_at=source.created_at,
        interval=source.interval,
        full_text=source.full_text,
        entries=entries,
        a_week=figures.recent.get(source.pk, 0) / WEEKS,
        kept=min(1.0, figures.first.get(source.pk, 0) / entries) if entries else None,
        duration_ms=source.last_duration_ms,
        robots_since=source.robots_since,
        quiet_until=figures.quiet.get(source.host),
        successor=source.successor_id,
        told=figures.told.get(source.pk, Told()),
        visits=tuple(visits),
    )
