"""Finding articles that are one work, among those that are new or have changed."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from kb.core.dedupe import BLOCK, Decision, Record, decide, groups, keys
from kb.core.identifiers import identify, mentioned
from kb.core.urls import host_of
from kb.errors import InputError
from kb.models import Article, Clue, Entry
from kb.selectors.works import barred_pairs, roots, standing_merges
from kb.services.leases import lease
from kb.services.merges import merge_articles

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable

    from django.db.models import QuerySet

BATCH = 100
LONGEST_KEY = 300
LOOKUP = 400  # keys a query


def pending_articles() -> QuerySet[Article]:
    """Published articles that were not compared since they last changed."""
    return Article.objects.filter(compared_at__isnull=True, state=Article.State.PUBLISHED)


def compare_pending(*, on_batch: Callable[[int], object] | None = None) -> int:
    """Compare what is new or changed with everything, alone, and merge what is one work; returns the merges made.

    Others who ask meanwhile get 0 at once: whoever holds the lease looks again after giving it back.
    """
    total = 0
    while pending_articles().exists():
        with lease("duplicates") as held:
            if held is None:
                return total
            while ids := list(
                pending_articles().order_by("pk").values_list("pk", flat=True)[:BATCH]
            ):
                total += compare_articles(article_ids=ids, now=timezone.now())
                held.renew()
                if on_batch:
                    on_batch(len(ids))
    return total


@transaction.atomic
def compare_articles(*, article_ids: Iterable[int], now: dt.datetime) -> int:
    """Compare these articles with their candidates and merge; returns the merges made. Again, it changes nothing."""
    ids = sorted(set(article_ids))
    Article.objects.filter(pk__in=ids).update(compared_at=now)
    made = 0
    decisions = find_decisions(ids)
    for number, copies in _grouped(decisions).items():
        for copy in copies:
            if copy != number:
                made += _merge(number, copy, decisions, now)
    return made


def find_decisions(ids: list[int]) -> list[Decision]:
    """Renew the clues of these articles and decide about every pair that shares one."""
    fresh = records(ids)
    clues = {r.id: _clues(r) for r in fresh.values()}
    Clue.objects.filter(article__in=ids).delete()
    rows = [Clue(article_id=i, key=key) for i, found in clues.items() for key in found]
    Clue.objects.bulk_create(rows, batch_size=500)
    pairs = _pairs(clues)
    known = fresh | records({i for pair in pairs for i in pair} - fresh.keys())
    decided = (decide(known[a], known[b]) for a, b in pairs if a in known and b in known)
    return [d for d in decided if d]


def _clues(record: Record) -> set[str]:
    """Keys as the table holds them: a DOI may have any length."""
    return {
        key if len(key) <= LONGEST_KEY else f"#{hashlib.sha256(key.encode()).hexdigest()}"
        for key in keys(record)
    }


def _pairs(clues: dict[int, set[str]]) -> list[tuple[int, int]]:
    """Pairs of one of these articles with any that shares a key; a key of more than BLOCK articles says nothing."""
    wanted = sorted({key for found in clues.values() for key in found})
    holders: dict[str, set[int]] = defaultdict(set)
    for start in range(0, len(wanted), LOOKUP):
        some = Clue.objects.filter(key__in=wanted[start : start + LOOKUP])
        shown = some.exclude(article__state=Article.State.HIDDEN)
        for key, article in shown.values_list("key", "article"):
            holders[key].add(article)
    return sorted(
        {
            (min(i, other), max(i, other))
            for i, found in clues.items()
            for key in found
            if len(holders[key]) <= BLOCK
            for other in holders[key]
            if other != i
        }
    )


def records(ids: Iterable[int]) -> dict[int, Record]:
    """What the decision needs of each article. A merged one is compared by its own words: copies of it come, too."""
    wanted = list(ids)
    said: dict[int, list[tuple[str, int]]] = defaultdict(list)
    rows = Entry.objects.filter(article__in=wanted).values_list("article", "url", "source")
    for article, url, source in rows:
        said[article or 0].append((url, source))
    return {a.pk: _record(a, said[a.pk]) for a in Article.objects.filter(pk__in=wanted)}


def _record(article: Article, said: list[tuple[str, int]]) -> Record:
    addresses = {article.url, article.key, *(url for url, _ in said)}
    names = frozenset(n for n in map(identify, addresses) if n)
    hosts = {host_of(url).removeprefix("www.") for url in addresses} - {""}
    return Record(
        id=article.pk,
        title=article.title,
        authors=tuple(str(name) for name in article.authors),
        year=None if article.date_is_ours else article.published_at.year,
        names=names,
        mentions=mentioned(article.html or article.text) - names,
        homes=frozenset(hosts | {f"feed:{source}" for _, source in said}),
        text=article.text,
    )


def _grouped(decisions: list[Decision]) -> dict[int, tuple[int, ...]]:
    """Works by who stands for each article now; the article that we have had longest keeps its address."""
    now = roots({i for d in decisions for i in (d.first, d.second)})
    ends = [Decision(now[d.first], now[d.second], d.reason, d.score) for d in decisions]
    return groups([d for d in ends if d.first != d.second], barred_pairs())


def _merge(winner: int, loser: int, decisions: list[Decision], now: dt.datetime) -> bool:
    ends = roots({i for d in decisions for i in (d.first, d.second)})
    told = [d for d in decisions if loser in {ends[d.first], ends[d.second]}]
    direct = [d for d in told if winner in {ends[d.first], ends[d.second]}]
    why = max(direct or told, key=lambda d: (d.score, -d.first, -d.second))
    evidence = {"score": why.score, "compared": [why.first, why.second]}
    try:
        made = merge_articles(
            winner_id=winner, loser_id=loser, reason=why.reason, evidence=evidence, now=now
        )
    except InputError:
        return False  # hidden since: nothing to show twice
    return made is not None


def explain(*, first_id: int, second_id: int) -> tuple[Decision | None, bool]:
    """Why two articles are one (as it was told when they were merged), or would be; and whether a curator parted them.

    Raises InputError for unknown ids.
    """
    found = records([first_id, second_id])
    if len(found) < 2:  # noqa: PLR2004 - a pair
        raise InputError("give the ids of two articles")
    first, second = sorted(found)
    ends = roots(found)
    for row in standing_merges().filter(winner__in=found, loser__in=found):
        return Decision(first, second, row.reason, row.score), False
    parted = {(ends[first], ends[second]), (ends[second], ends[first])} & barred_pairs()
    return decide(found[first], found[second]), bool(parted)
