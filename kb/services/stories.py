"""Putting articles into stories, and a curator's say over them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from kb.core.identifiers import identify
from kb.core.stories import WINDOW, Group, Item, cluster
from kb.core.usual import Background, background
from kb.errors import InputError
from kb.models import Article, Embedding, Passage, Story, StoryRule
from kb.selectors.works import roots
from kb.services.audit import record
from kb.services.leads import settle_stories
from kb.services.leases import lease

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

    from kb.models import User

log = logging.getLogger(__name__)
BATCH = 300
NEIGHBOURS = 1000  # articles looked at before and after the first of a batch
USUAL = 1000  # articles that show what is usual
OPENING = 1500  # characters: a title and the first paragraph tell the event


def pending_articles(space: str) -> QuerySet[Article]:
    """Articles that may tell of an event, have a vector in this space, and were not put beside others yet."""
    return _eligible(space).filter(clustered_at__isnull=True)


def _eligible(space: str) -> QuerySet[Article]:
    """Published, dated by a source (no date, no event), not from a file of documents, with its opening as it reads now
    encoded."""
    opening = Passage.objects.filter(item=OuterRef("pk"), ordinal=0, encoded_in=space)
    shown = Article.objects.filter(
        state=Article.State.PUBLISHED, date_is_ours=False, cut_at__isnull=False
    )
    return shown.exclude(source__kind="documents").filter(Exists(opening))


def assign_pending(*, space: str) -> int:
    """Put what is new into stories, alone; returns how many articles were looked at.

    Others who ask meanwhile get 0 at once: whoever holds the lease looks again after giving it back.
    """
    total = 0
    while pending_articles(space).exists():
        with lease("stories") as held:
            if held is None:
                return total
            while ids := _next_run(space):
                assign_articles(article_ids=ids, space=space, now=timezone.now())
                total += len(ids)
                held.renew()
    return total


def _next_run(space: str) -> list[int]:
    """The oldest pending articles without a gap longer than the window, so that one look around serves them all."""
    rows = pending_articles(space).order_by("published_at", "pk").values_list("pk", "published_at")
    run: list[tuple[int, dt.datetime]] = []
    for pk, at in rows[:BATCH]:
        if run and at - run[-1][1] > WINDOW:
            break
        run.append((pk, at))
    return [pk for pk, _ in run]


@transaction.atomic
def assign_articles(*, article_ids: Iterable[int], space: str, now: dt.datetime) -> None:
    """Group these articles with what was said around the same time. Stories that exist only grow; again, it changes
    nothing."""
    ids = list(article_ids)
    fresh = Article.objects.select_for_update().filter(pk__in=ids)
    times = list(fresh.values_list("published_at", flat=True))
    if not times:
        return
    around = _around(ids, min(times), max(times), space)
    items = _items(around, space)
    rules = _rules([item.id for item in items])
    usual = _usual(max(times) + WINDOW, space)
    found = cluster(items, usual, together=rules["together"], apart=rules["apart"])
    _store(found, items, now)
    fresh.update(clustered_at=now)


def _around(fresh: Sequence[int], first: dt.datetime, last: dt.datetime, space: str) -> list[int]:
    """Ids of these articles, of those said within the window of them, the nearest NEIGHBOURS on either side, and of all
    that stand in a story with one of them."""
    rows = _eligible(space)
    before = rows.filter(published_at__range=(first - WINDOW, first)).order_by("-published_at")
    after = rows.filter(published_at__range=(first, last + WINDOW)).order_by("published_at")
    sides = [dict(side.values_list("pk", "story")[: NEIGHBOURS + 1]) for side in (before, after)]
    if any(len(side) > NEIGHBOURS for side in sides):
        log.warning("more than %d articles around %s; only the nearest are looked at", NEIGHBOURS, first)  # fmt: skip
    found = sides[0] | sides[1] | dict(rows.filter(pk__in=fresh).values_list("pk", "story"))
    stories = {story for story in found.values() if story}
    others = rows.filter(story__in=stories).values_list("pk", flat=True)
    return sorted({*found, *others})


def _items(ids: Sequence[int], space: str) -> list[Item]:
    openings = _openings(Passage.objects.filter(item__in=ids, ordinal=0), space)
    articles = Article.objects.filter(pk__in=openings).defer("html", "text")
    return [
        Item(
            id=a.pk,
            vector=openings[a.pk][1],
            text=openings[a.pk][0],
            at=a.published_at,
            title=a.title,
            source=a.source_id,
            story=a.story_id,
            paper=bool(identify(a.key) or identify(a.url)),
        )
        for a in articles
    ]


def _openings(
    passages: QuerySet[Passage], space: str
) -> dict[int, tuple[str, np.ndarray[tuple[int], np.dtype[np.float32]]]]:
    """Article -> the words of its title and opening, and their vector."""
    rows = list(passages.values_list("item", "text", "hash"))
    hashes = {digest for _, _, digest in rows}
    stored = Embedding.objects.filter(space=space, hash__in=hashes).values_list("hash", "vector")
    vectors = {h: np.frombuffer(bytes(v), dtype="<f2").astype(np.float32) for h, v in stored}
    return {a: (text[:OPENING], vectors[h]) for a, text, h in rows if h in vectors}


def _usual(until: dt.datetime, space: str) -> Background:
    newest = _eligible(space).filter(published_at__lte=until).order_by("-published_at", "-pk")
    sources = dict(newest.values_list("pk", "source")[:USUAL])
    found = _openings(Passage.objects.filter(item__in=sources, ordinal=0), space)
    ids = sorted(found)
    vectors = np.stack([found[pk][1] for pk in ids])
    return background(vectors, [found[pk][0] for pk in ids], [sources[pk] for pk in ids])


def _rules(ids: list[int]) -> dict[str, list[tuple[int, int]]]:
    """What curators said of these articles, by who stands for each now."""
    rows = list(StoryRule.objects.values_list("kind", "first", "second"))
    now = roots({i for _, one, other in rows for i in (one, other)})
    among = set(ids)
    said: dict[str, list[tuple[int, int]]] = {"together": [], "apart": []}
    for kind, one, other in rows:
        if {now[one], now[other]} <= among and now[one] != now[other]:
            said[kind].append((now[one], now[other]))
    return said


def _store(found: Sequence[Group], items: Sequence[Item], now: dt.datetime) -> None:
    """Write what changed. The oldest story of a group keeps its id; those it absorbs go."""
    stood = {item.id: item.story for item in items}
    for group in found:
        if group.story and all(stood[i] == group.story for i in group.members):
            continue
        story_id = group.story or Story.objects.create(created_at=now, updated_at=now).pk
        Article.objects.filter(Q(pk__in=group.members) | Q(story__in=group.absorbed)).update(
            story=story_id
        )
        settle_stories(story_ids=[story_id, *group.absorbed], now=now)


@transaction.atomic
def split_article(*, article_id: int, acting_user: User | None, now: dt.datetime) -> None:
    """Take an article out of its story, for good: later runs never put it beside the same articles again."""
    article = Article.objects.select_for_update().filter(pk=article_id).first()
    if article is None or article.story_id is None:
        raise InputError("this article stands in no story")
    story = article.story_id
    others = Article.objects.filter(story=story).exclude(pk=article_id)
    ids = list(others.order_by("pk").values_list("pk", flat=True))
    _rule([(article_id, other) for other in ids], StoryRule.Kind.APART, acting_user, now)
    article.story = None
    article.save(update_fields=["story"])
    settle_stories(story_ids=[story], now=now)
    record(action="split story", subject=article, user=acting_user, story=story, others=ids)


@transaction.atomic
def join_articles(
    *, article_ids: Iterable[int], acting_user: User | None, now: dt.datetime
) -> Story:
    """Make one story of these articles and of the stories that they stand in; later runs keep it. InputError for one."""
    given = list(Article.objects.select_for_update().filter(pk__in=list(article_ids)))
    known = sorted({a.story_id for a in given if a.story_id})
    rows = Article.objects.filter(Q(pk__in=[a.pk for a in given]) | Q(story__in=known))
    shown = rows.filter(state=Article.State.PUBLISHED)
    ids = list(shown.order_by("pk").values_list("pk", flat=True))
    if len(ids) < 2:  # noqa: PLR2004 - a story has two articles
        raise InputError("a story needs two published articles")
    story = (
        Story.objects.get(pk=known[0])
        if known
        else Story.objects.create(created_at=now, updated_at=now)
    )
    parted = StoryRule.objects.filter(kind=StoryRule.Kind.APART, first__in=ids, second__in=ids)
    pairs = [(ids[0], other) for other in ids[1:]]
    pairs += list(parted.values_list("first", "second"))
    _rule(pairs, StoryRule.Kind.TOGETHER, acting_user, now)
    Article.objects.filter(Q(pk__in=ids) | Q(story__in=known)).update(story=story)
    settle_stories(story_ids=[story.pk, *known], now=now)
    record(action="join story", subject=story, user=acting_user, story=story.pk, articles=ids)
    story.refresh_from_db()
    return story


def _rule(pairs: Iterable[tuple[int, int]], kind: str, user: User | None, now: dt.datetime) -> None:
    for one, other in sorted({(min(p), max(p)) for p in pairs}):
        StoryRule.objects.update_or_create(
            first_id=one, second_id=other, defaults={"kind": kind, "user": user, "at": now}
        )
