"""Hosts: which are open to a crawl, which have asked to be left alone. Shared by all processes and machines."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING

from django.db.models import Q

from kb.core.records import HostLimits
from kb.core.schedule import HostState, host_rest
from kb.models import Host, Source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from kb.core.records import CrawlLimits, Visit


def host_states(now: dt.datetime) -> dict[str, HostState]:
    """The hosts that are not simply open: held by a running crawl, resting, or closed to us for a time."""
    held = set(Source.objects.exclude(crawl=None).values_list("host", flat=True))
    waiting = Host.objects.filter(Q(blocked_until__gt=now) | Q(next_at__gt=now))
    states = {host.name: HostState(free_at=_free_at(host)) for host in waiting}
    for name in held:
        states[name] = HostState(held=True)
    return states


def _free_at(host: Host) -> float:
    times = [at.timestamp() for at in (host.blocked_until, host.next_at) if at]
    return max(times, default=0.0)


def closed_until(now: dt.datetime) -> dict[str, dt.datetime]:
    """Hosts that want quiet, and until when."""
    rows = Host.objects.filter(blocked_until__gt=now).values_list("name", "blocked_until")
    return {name: until for name, until in rows if until}


def note_answers(heard: Iterable[tuple[str, Visit]], now: dt.datetime) -> None:
    """Write what visits, in order and each with its source's host, say of hosts. Call inside a transaction.

    One that answered 429 is left alone for as long as it asks, or for a back-off; one that answers again after its rest
    starts from the shortest one the next time.
    """
    heard = list(heard)
    refused = {name[:255] for _, visit in heard for name, _ in visit.refused}
    names = refused | {name for name, _ in heard}
    met = Host.objects.filter(Q(refusals__gt=0) | Q(name__in=refused), name__in=names)
    rows = {row.name: row for row in met.select_for_update().order_by("name")}
    for name, visit in heard:
        for closed, wait in visit.refused:
            _refuse(rows.setdefault(closed[:255], Host(name=closed[:255])), wait, now)
        if visit.outcome not in {"failed", "waiting"} and name in rows:
            _forgive(rows[name], now)
    Host.objects.bulk_create(
        [rows[name] for name in sorted(rows)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["blocked_until", "refusals", "reason"],
    )


def _refuse(host: Host, retry_after: int, now: dt.datetime) -> None:
    if host.blocked_until is None or host.blocked_until <= now:
        host.refusals += 1
    rest = host_rest(host.refusals, retry_after or None, random.random())  # noqa: S311 - spreads only
    host.blocked_until = max(host.blocked_until or now, now + dt.timedelta(seconds=rest))
    asked = f", {retry_after} s" if retry_after else ""
    host.reason = f"It answered 429 Too Many Requests{asked}."


def _forgive(host: Host, now: dt.datetime) -> None:
    if host.refusals and host.blocked_until and host.blocked_until <= now:
        host.refusals, host.blocked_until, host.reason = 0, None, ""


def rest(*, names: Collection[str], now: dt.datetime, seconds: float) -> None:
    """Keep hosts that a crawl just let go closed for the delay between two requests."""
    until = now + dt.timedelta(seconds=seconds)
    rows = [Host(name=name, next_at=until) for name in sorted(set(names)) if name]
    Host.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["name"], update_fields=["next_at"]
    )


def host_limits(usual: CrawlLimits) -> tuple[HostLimits, ...]:
    """The hosts that a person gave other limits than the usual ones."""
    rows = Host.objects.filter(Q(concurrency__isnull=False) | Q(delay__isnull=False))
    return tuple(
        HostLimits(
            row.name,
            max(1, usual.per_host if row.concurrency is None else row.concurrency),
            max(0.0, usual.delay if row.delay is None else row.delay),
        )
        for row in rows
    )
