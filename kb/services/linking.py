"""Finding the concepts that articles speak of: what is new, and what a changed concept can touch."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Value
from django.utils import timezone

from kb.core.items import ItemKind, item_id
from kb.models import Article, Concept, Mention
from kb.selectors.linker import build_linker, name_finder
from kb.selectors.vectors import mean_vectors, unread_passages
from kb.services.leases import Held, lease
from kb.services.passages import note_changes
from kb.services.rows import insert_rows

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Sequence

    from kb.core.concepts import Found, Linker

BATCH = 300
READ = 1000  # articles looked through at once for a changed concept's names


def pending_articles(space: str) -> QuerySet[Article]:
    """Articles that were not searched for concepts since they changed, and all of whose passages are encoded."""
    waiting = Article.objects.filter(linked_at=None, cut_at__isnull=False)
    return waiting.exclude(state=Article.State.MERGED).filter(
        ~unread_passages(OuterRef("pk"), space)
    )


def pending_concepts(space: str) -> QuerySet[Concept]:
    """Concepts whose names, or whose text, changed since the articles were searched for them. One whose text is still to
    be encoded waits for that."""
    first = Value(item_id(ItemKind.CONCEPT, 0), output_field=BigIntegerField())
    waiting = Concept.objects.filter(linked_at=None).alias(item=F("pk") + first)
    return waiting.filter(~unread_passages(OuterRef("item"), space))


def link_pending(*, space: str, on_batch: Callable[[int], object] | None = None) -> int:
    """Search what is pending for concepts, alone; returns how many articles were searched.

    Others who ask meanwhile get 0 at once: whoever holds the lease looks again after giving it back.
    """
    total = 0
    while has_pending(space):
        with lease("link") as held:
            if held is None:
                return total
            renew_concepts(space=space, held=held)
            linker = build_linker(space)
            while ids := list(
                pending_articles(space).order_by("-pk").values_list("pk", flat=True)[:BATCH]
            ):
                link_articles(article_ids=ids, linker=linker, space=space, now=timezone.now())
                total += len(ids)
                held.renew()
                if on_batch:
                    on_batch(len(ids))
                if pending_concepts(space).exists():
                    break
    return total


def renew_concepts(*, space: str, held: Held | None = None) -> int:
    """Have the articles searched again that a changed concept's names can touch; returns how many those are."""
    concepts = list(pending_concepts(space))
    if not concepts:
        return 0
    seen = {c.pk: c.updated_at for c in concepts}
    touched = set(Mention.objects.filter(concept__in=seen).values_list("article", flat=True))
    touched |= _articles_with(name_finder(c for c in concepts if c.published_at), touched, held)
    with transaction.atomic():
        for ids in _slices(sorted(touched)):
            Article.objects.filter(pk__in=ids).update(linked_at=None)
            note_changes(ids)  # they are found by its names
        for pk, at in seen.items():  # one that changed once more meanwhile waits again
            Concept.objects.filter(pk=pk, updated_at=at).update(linked_at=timezone.now())
    return len(touched)


def _articles_with(finder: Linker, known: set[int], held: Held | None) -> set[int]:
    found: set[int] = set()
    rows = (
        Article.objects.filter(linked_at__isnull=False)
        .order_by("pk")
        .values_list("pk", "title", "text")
    )
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:READ]):
        found.update(
            pk
            for pk, title, text in batch
            if pk not in known and finder.touches(f"{title}\n\n{text}")
        )
        last = batch[-1][0]
        if held:
            held.renew()
    return found


def _slices(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[at : at + READ] for at in range(0, len(ids), READ))


@transaction.atomic
def link_articles(
    *, article_ids: Iterable[int], linker: Linker, space: str, now: dt.datetime
) -> None:
    """Search these articles for concepts and keep what is found; again, it changes nothing."""
    fresh = Article.objects.select_for_update().filter(pk__in=list(article_ids)).order_by("pk")
    articles = list(fresh.values_list("pk", "title", "text"))
    vectors = mean_vectors([pk for pk, _, _ in articles], space)
    told = {pk: linker.link(f"{title}\n\n{text}", vectors.get(pk)) for pk, title, text in articles}
    note_changes(_store(told))
    # other concepts may be other topics
    fresh.update(linked_at=now, labelled_at=None)


def _store(told: dict[int, list[Found]]) -> list[int]:
    """Keep what was found; returns the articles that speak of other concepts now."""
    held: dict[int, dict[int, Mention]] = defaultdict(dict)
    for mention in Mention.objects.filter(article__in=told):
        held[mention.article_id][mention.concept_id] = mention
    fresh: list[Mention] = []
    gone: list[int] = []
    changed: list[int] = []
    alive = set(Concept.objects.values_list("pk", flat=True))
    for article, found in told.items():
        had = held[article]
        new = {f.concept: _mention(article, f) for f in found if f.concept in alive}
        same = {pk for pk in new.keys() & had.keys() if _said(new[pk]) == _said(had[pk])}
        fresh += [mention for pk, mention in new.items() if pk not in same]
        gone += [mention.pk for pk, mention in had.items() if pk not in same]
        if new.keys() != had.keys():
            changed.append(article)
    Mention.objects.filter(pk__in=gone).delete()
    insert_rows(fresh)
    return changed


def _mention(article: int, found: Found) -> Mention:
    return Mention(
        article_id=article,
        concept_id=found.concept,
        name=found.name[:200],
        sentence=found.sentence,
        count=found.count,
        score=round(found.score, 4),
    )


def _said(mention: Mention) -> tuple[object, ...]:
    return mention.name, mention.sentence, mention.count, mention.score


def has_pending(space: str) -> bool:
    """Whether an article waits to be searched, or a concept to be searched for."""
    return pending_concepts(space).exists() or pending_articles(space).exists()


def forget_links() -> int:
    """Have all articles searched again; returns how many."""
    return Article.objects.exclude(linked_at=None).update(linked_at=None)
