"""Do the links of curators' lists still answer? Asked monthly, told to curators; nothing is ever deleted for it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction

from kb.core.records import PlanItem
from kb.core.urls import is_web_url
from kb.models import LinkCheck, ReadingListItem
from kb.services import hosts
from kb.services.program import run_errands, usual_limits

if TYPE_CHECKING:
    from kb.core.records import Visit

EVERY = dt.timedelta(days=30)
# one that failed is asked again before a curator acts on it
AGAIN = dt.timedelta(days=3)
AT_ONCE = 60
MAX_URL = 2000


def check_links(*, now: dt.datetime) -> int:
    """Ask the links that were not asked for a month, some at a time; returns how many were."""
    urls = due_links(now=now)
    items = [PlanItem(number, url) for number, url in enumerate(urls)]
    limits = replace(usual_limits(), quiet=tuple(sorted(hosts.closed_until(now))))
    visits = run_errands(items, limits)
    with transaction.atomic():
        hosts.note_answers([("", visit) for visit in visits], now)
    for visit in visits:
        if visit.outcome != "waiting":
            _note(visit, now)
    return len(visits)


def due_links(*, now: dt.datetime) -> list[str]:
    """The addresses to ask now, the longest unasked first."""
    rows = ReadingListItem.objects.order_by("pk").values_list("url", "article__url")
    urls = {url or article for url, article in rows}
    wanted = sorted(u for u in urls if u and is_web_url(u) and len(u) <= MAX_URL)
    asked = {row.url: row for row in LinkCheck.objects.filter(url__in=wanted)}
    due = [url for url in wanted if _is_due(asked.get(url), now)]
    never = dt.datetime.min.replace(tzinfo=dt.UTC)
    due.sort(key=lambda url: asked[url].checked_at if url in asked else never)
    return due[:AT_ONCE]


def _is_due(row: LinkCheck | None, now: dt.datetime) -> bool:
    if row is None:
        return True
    return row.checked_at <= now - (AGAIN if row.error else EVERY)


def _note(visit: Visit, now: dt.datetime) -> None:
    row = LinkCheck.objects.filter(url=visit.url).first() or LinkCheck(url=visit.url)
    row.checked_at, row.status, row.error = now, visit.status, visit.error
    row.moved_to = visit.redirect[:MAX_URL]
    row.broken_since = (row.broken_since or now) if visit.error else None
    row.save()
