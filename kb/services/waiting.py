"""Which sources wait for a check: the due ones, and those that a person asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q, Window
from django.db.models.functions import RowNumber

from kb.core.schedule import HOST_SHARE, Due
from kb.models import Check, Host, Source
from kb.services.hosts import closed_until

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from django.db.models import QuerySet

# so many ids fit into one query of any database
IDS_AT_ONCE = 500


def _free() -> QuerySet[Source]:
    return Source.objects.filter(state=Source.State.ACTIVE, crawl=None)


def due_sources(now: dt.datetime, limit: int) -> list[Due]:
    """The longest waiting sources, at most a crawl's share of each host; hosts that are not open are left out.

    The database does the leaving out, so that a host with thousands of due sources costs a crawl nothing.
    """
    own = Host.objects.filter(name=OuterRef("host"))
    closed = own.filter(Q(blocked_until__gt=now) | Q(next_at__gt=now))
    held = Source.objects.exclude(crawl=None).filter(host=OuterRef("host"))
    number = Window(RowNumber(), partition_by=F("host"), order_by=("next_check_at", "pk"))
    rows = _free().filter(~Exists(closed), ~Exists(held), next_check_at__lte=now)
    best = rows.annotate(number=number).filter(number__lte=HOST_SHARE)
    found = best.order_by("next_check_at", "pk").values_list("pk", "host", "next_check_at")
    return [Due(pk, host, at.timestamp()) for pk, host, at in found[:limit]]


def named_sources(source_ids: Collection[int]) -> list[Due]:
    """These sources as far as they are free, due or not."""
    ids, found = sorted(source_ids), []
    for at in range(0, len(ids), IDS_AT_ONCE):
        rows = _free().filter(pk__in=ids[at : at + IDS_AT_ONCE]).order_by("next_check_at", "pk")
        found += [Due(pk, host, 0.0) for pk, host in rows.values_list("pk", "host")]
    return found


def unchecked(*, source_ids: Collection[int], since: dt.datetime) -> set[int]:
    """Which of these sources are still to be checked: active, and without a check stored since then."""
    seen = Check.objects.filter(source=OuterRef("pk"), stored_at__gte=since)
    active = Source.objects.filter(Q(state=Source.State.ACTIVE) & ~Exists(seen))
    return set(active.values_list("pk", flat=True)) & set(source_ids)


def put_off(*, source_ids: Collection[int], now: dt.datetime) -> None:
    """Record a check that did not happen for each of these whose host wants quiet: nobody waits days for one."""
    closed = closed_until(now)
    if not closed:
        return
    for source in Source.objects.filter(pk__in=source_ids, host__in=closed, crawl=None):
        until = closed[source.host]
        Check.objects.create(
            source=source,
            started_at=now,
            stored_at=now,
            outcome=Check.Outcome.WAITING,
            error=f"{source.host} asked to be left alone until {until:%Y-%m-%d %H:%M} UTC",
        )
