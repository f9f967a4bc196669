"""Hosts: which are open to a crawl, which have asked to be left alone. Shared by all processes and machines."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from kb.core.records import HostLimits
from kb.core.schedule import HostState, host_rest
from kb.models import Host, Source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from kb.core.records import CrawlLimits


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


@transaction.atomic
def refuse_all(refused: Iterable[tuple[str, int]], now: dt.datetime) -> None:
    """`refuse` for each host that a visit met, with the seconds that it asks for."""
    for name, wait in refused:
        refuse(name=name, retry_after=wait, now=now)


def refuse(*, name: str, retry_after: int, now: dt.datetime) -> Host:
    """Note that a host answered 429: all its sources wait for as long as it asks, or for a back-off."""
    host, _ = Host.objects.select_for_update().get_or_create(name=name[:255])
    if host.blocked_until is None or host.blocked_until <= now:
        host.refusals += 1
    rest = host_rest(host.refusals, retry_after or None, random.random())  # noqa: S311 - spreads only
    host.blocked_until = max(host.blocked_until or now, now + dt.timedelta(seconds=rest))
    asked = f", {retry_after} s" if retry_after else ""
    host.reason = f"It answered 429 Too Many Requests{asked}."
    host.save()
    return host


def forgive(*, name: str, now: dt.datetime) -> None:
    """Note that a host answers again after its rest, so that the next refusal starts from the shortest one."""
    rested = Host.objects.filter(name=name, refusals__gt=0, blocked_until__lte=now)
    rested.update(refusals=0, blocked_until=None, reason="")


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
