"""WebSub (w3.org/TR/websub): hubs that tell us of news, so that we ask less. Polling goes on, only slower."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.db.models import F

from kb.core.records import PlanItem
from kb.core.schedule import DAY, HOUR, Said, next_interval
from kb.core.sites import is_public_site
from kb.core.text import clean_title
from kb.core.urls import is_web_url
from kb.models import Push, Source, Subscription
from kb.services.program import run_errands, spool_folder, usual_limits

if TYPE_CHECKING:
    from collections.abc import Collection

    from kb.core.records import FeedRecord, Visit

State = Subscription.State
MAX_URL = 2000
WANTED_LEASE = 10 * DAY
LONGEST_LEASE = 30 * DAY
# the answer to a request may take a hub so long; later ones are not ours any more
ANSWER_WITHIN = dt.timedelta(days=1)
AT_ONCE = 100
METHODS = frozenset({"sha1", "sha256", "sha384", "sha512"})


def note_offers(*, feeds: Collection[tuple[Source, FeedRecord]], now: dt.datetime) -> None:
    """Keep what feeds say of their hubs; one that names none any more ends its subscription."""
    if not feeds:
        return
    stored = Subscription.objects.filter(source__in=[source for source, _ in feeds])
    had = {row.source_id: row for row in stored}
    for source, feed in feeds:
        _note_offer(source, feed, had.get(source.pk), now)


def _note_offer(
    source: Source, feed: FeedRecord, had: Subscription | None, now: dt.datetime
) -> None:
    topic = feed.topic if is_web_url(feed.topic) else source.url
    if not is_web_url(feed.hub) or max(len(feed.hub), len(topic)) > MAX_URL:
        if had:
            had.delete()
        return
    if had and (had.hub, had.topic) == (feed.hub, topic):
        return
    fresh = {
        "hub": feed.hub,
        "topic": topic,
        "token": secrets.token_urlsafe(32),
        "secret": secrets.token_urlsafe(32),
        "state": State.OFFERED,
        "next_at": now,
        "lease_until": None,
        "failures": 0,
        "error": "",
    }
    Subscription.objects.update_or_create(source=source, defaults=fresh)


def told_sources(*, source_ids: Collection[int], now: dt.datetime) -> set[int]:
    """Which of these sources a hub tells us of news of."""
    active = Subscription.objects.filter(source__in=source_ids, lease_until__gt=now)
    return set(active.values_list("source_id", flat=True))


def ask_hubs(*, now: dt.datetime) -> int:
    """Ask every hub whose subscription is new or soon ends; returns how many were asked.

    None is asked when SITE_URL is no public address, since no hub could answer.
    """
    if not is_public_site(settings.SITE_URL):
        return 0
    due = list(_due(now))
    # noted before it is done: hubs may verify before they answer
    Subscription.objects.filter(pk__in=[s.pk for s in due]).update(
        asked_at=now, next_at=now + dt.timedelta(hours=1)
    )
    visits = {v.source: v for v in run_errands([_request(s) for s in due], usual_limits())}
    for subscription in due:
        if visit := visits.get(subscription.pk):
            _note_answer(subscription, visit, now)
    return len(due)


def _due(now: dt.datetime) -> list[Subscription]:
    active = Subscription.objects.filter(source__state=Source.State.ACTIVE, next_at__lte=now)
    return list(active.order_by("next_at")[:AT_ONCE])


def _request(subscription: Subscription) -> PlanItem:
    form = {
        "hub.mode": "subscribe",
        "hub.topic": subscription.topic,
        "hub.callback": f"{settings.SITE_URL}/websub/{subscription.token}/",
        "hub.secret": subscription.secret,
        "hub.lease_seconds": str(WANTED_LEASE),
    }
    return PlanItem(subscription.pk, subscription.hub, form=urlencode(form))


@transaction.atomic
def _note_answer(subscription: Subscription, visit: Visit, now: dt.datetime) -> None:
    row = Subscription.objects.select_for_update().filter(pk=subscription.pk).first()
    if row is None:
        return
    if visit.outcome == "failed":
        row.failures += 1
        row.error = visit.error
        wait = next_interval(Said(failures=row.failures, retry_after=visit.retry_after), None, 0.0)
        row.next_at = now + dt.timedelta(seconds=wait)
    elif row.state != State.ACTIVE:
        row.state, row.error = State.ASKED, ""
        # the hub took the request and has not verified it yet; one that never does is asked ever more rarely
        row.failures += 1
        wait = next_interval(Said(failures=row.failures), None, 0.0)
        row.next_at = now + dt.timedelta(seconds=wait)
    row.save()


@transaction.atomic
def verify(*, token: str, asked: dict[str, str], now: dt.datetime) -> str | None:
    """What to answer a hub that asks whether we meant it: its challenge; None when we did not."""
    row = Subscription.objects.select_for_update().filter(token=token).first()
    if row is None or asked.get("hub.topic") != row.topic:
        return None
    if asked.get("hub.mode") == "denied":
        row.state, row.error = (
            State.DENIED,
            f"The hub said no: {clean_title(asked.get('hub.reason', ''))}"[:500],
        )
        row.lease_until, row.next_at = None, now + dt.timedelta(seconds=LONGEST_LEASE)
        row.save()
        return ""
    wanted = row.asked_at is not None and now - row.asked_at <= ANSWER_WITHIN
    if asked.get("hub.mode") != "subscribe" or not wanted or not asked.get("hub.challenge"):
        return None
    seconds = _lease(asked.get("hub.lease_seconds", ""))
    row.state, row.failures, row.error = State.ACTIVE, 0, ""
    row.lease_until = now + dt.timedelta(seconds=seconds)
    row.next_at = now + dt.timedelta(seconds=max(seconds * 4 // 5, seconds - DAY))
    row.save()
    return asked["hub.challenge"]


def _lease(text: str) -> int:
    """Seconds that a hub grants, within reason; ten days where it does not say."""
    if not (text.isascii() and text.isdigit()) or len(text) > 12:  # noqa: PLR2004 - no lease is longer
        return WANTED_LEASE
    return min(max(int(text), HOUR), LONGEST_LEASE)


def is_known(token: str) -> bool:
    """Whether a callback address is one of ours, for a source that we still listen to."""
    mine = Subscription.objects.filter(token=token, source__state=Source.State.ACTIVE)
    return mine.exists()


def receive(
    *, token: str, body: bytes, signature: str, content_type: str, now: dt.datetime
) -> Push | None:
    """Keep a delivery to be read by a task; None for one that its secret does not sign, which is only counted."""
    row = Subscription.objects.get(token=token)
    if not is_signed(row.secret, body, signature):
        Subscription.objects.filter(pk=row.pk).update(forged=F("forged") + 1)
        return None
    name = f"push-{secrets.token_hex(16)}"
    (spool_folder() / name).write_bytes(body)
    with transaction.atomic():
        Subscription.objects.filter(pk=row.pk).update(pushes=F("pushes") + 1, last_push_at=now)
        return Push.objects.create(
            source_id=row.source_id, received_at=now, file=name, content_type=content_type[:200]
        )


def is_signed(secret: str, body: bytes, signature: str) -> bool:
    """Whether X-Hub-Signature (`sha256=…`) is what `secret` makes of `body`; compared in constant time."""
    method, _, digest = signature.strip().partition("=")
    if method.lower() not in METHODS:
        return False
    right = hmac.new(secret.encode(), body, getattr(hashlib, method.lower())).hexdigest()
    return hmac.compare_digest(right.encode(), digest.lower().encode("utf-8", "replace"))
