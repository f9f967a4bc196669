"""Labels proposed for articles, and whether they are about the field. What a person said is never changed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from kb.core.labels import FACETS, NOT_FIELD, PROPOSED, decide_state, likeliest
from kb.models import Article, Label, Source, Topic
from kb.selectors.judge import PREFIX, build_judge, explain, parents, read_contents, relevance_of
from kb.services.audit import record
from kb.services.leads import settle_stories
from kb.services.leases import lease
from kb.services.passages import follow_articles, note_changes
from kb.services.rows import insert_rows, update_rows

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from django.db.models import QuerySet

    from kb.selectors.judge import Judge, Told

BATCH = 300
# what the kind of an article says of it, whatever its words are
KINDS = {
    Article.Kind.PAPER: "kind:paper",
    Article.Kind.EPISODE: "kind:podcast",
    Article.Kind.VIDEO: "kind:lecture",
    Article.Kind.RELEASE: "kind:toolkit",
}
NEAREST = 3  # topics that an explanation names


def pending_articles() -> QuerySet[Article]:
    """Articles that were searched for concepts, and not labelled since; those that we hid ourselves among them. None while
    there are no topics: nothing would be about anything."""
    if not Topic.objects.exists():
        return Article.objects.none()
    waiting = Article.objects.filter(labelled_at=None, linked_at__isnull=False)
    return waiting.exclude(state=Article.State.MERGED)


def label_pending(*, space: str, on_batch: Callable[[int], object] | None = None) -> int:
    """Label what is pending, alone; returns how many articles were labelled.

    Others who ask meanwhile get 0 at once: whoever holds the lease looks again after giving it back.
    """
    total = 0
    while pending_articles().exists():
        with lease("label") as held:
            if held is None:
                return total
            judge = build_judge(space)
            while ids := list(
                pending_articles().order_by("-pk").values_list("pk", flat=True)[:BATCH]
            ):
                label_articles(article_ids=ids, judge=judge, space=space, now=timezone.now())
                total += len(ids)
                held.renew()
                if on_batch:
                    on_batch(len(ids))
    return total


@transaction.atomic
def label_articles(
    *, article_ids: Iterable[int], judge: Judge, space: str, now: dt.datetime
) -> None:
    """Propose labels for these articles, and publish, queue or hide them; again, it changes nothing."""
    rows = Article.objects.select_for_update(of=("self",)).filter(pk__in=list(article_ids))
    articles = list(rows.select_related("source").defer("html", "text").order_by("pk"))
    told = {
        pk: judge.tell(content)
        for pk, content in read_contents([a.pk for a in articles], space).items()
    }
    _propose({a: told[a.pk] for a in articles}, judge, now)
    _place({a: told[a.pk] for a in articles}, now)
    Article.objects.filter(pk__in=told).update(labelled_at=now)


def proposals(article: Article, told: Told, up: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Label -> chance, of what is likely enough: topics with those above them, and of each facet one value."""
    topics = {
        n: v.chance
        for n, v in told.verdicts.items()
        if n.startswith(PREFIX) and v.chance >= PROPOSED
    }
    for name, sure in list(topics.items()):
        for above in up.get(name, ()):
            topics[above] = max(topics.get(above, 0.0), sure)
    facets = {n: v.chance for n, v in told.verdicts.items() if n.partition(":")[0] in FACETS}
    chosen = likeliest(facets)
    if kind := KINDS.get(Article.Kind(article.kind)):
        chosen = {n: c for n, c in chosen.items() if not n.startswith("kind:")} | {kind: 1.0}
    return topics | chosen


def _propose(told: Mapping[Article, Told], judge: Judge, now: dt.datetime) -> None:
    held: dict[int, dict[str, Label]] = defaultdict(dict)
    for row in Label.objects.filter(item__in=[a.pk for a in told]):
        held[row.item][row.name] = row
    up = parents()
    fresh: list[Label] = []
    gone: list[int] = []
    for article, found in told.items():
        had = held[article.pk]
        said = {n for n, row in had.items() if row.origin == Label.Origin.CURATOR}
        # whoever said topics said all of them
        judged = any(n.startswith(PREFIX) and had[n].user_id for n in said)
        new = {
            label.name: label
            for label in _labels(article, found, judge, up, now)
            if label.name not in said and not (judged and label.name.startswith(PREFIX))
        }
        same = {n for n in new.keys() & had.keys() if _said(new[n]) == _said(had[n])}
        fresh += [label for name, label in new.items() if name not in same]
        gone += [row.pk for name, row in had.items() if name not in same and name not in said]
    Label.objects.filter(pk__in=gone).delete()
    insert_rows(fresh)


def _labels(
    article: Article, told: Told, judge: Judge, up: Mapping[str, Sequence[str]], now: dt.datetime
) -> list[Label]:
    topics = (v for n, v in told.verdicts.items() if n.startswith(PREFIX))
    best = sorted(topics, key=lambda v: -v.guess.features["meaning"])[:NEAREST]
    nearest = [v.guess.name.removeprefix(PREFIX) for v in best]
    made = []
    for name, sure in proposals(article, told, up).items():
        verdict = told.verdicts.get(name)
        why = explain(told, name, judge.themes, nearest) if verdict else {}
        if name == KINDS.get(Article.Kind(article.kind)):
            why = {"kind": str(article.get_kind_display())}
        made.append(
            Label(
                item=article.pk,
                name=name,
                confidence=round(sure, 3),
                origin=Label.Origin.PROPOSED,
                model_id=verdict.model.id if verdict and verdict.model else None,
                why=why,
                at=now,
            )
        )
    return made


def _said(label: Label) -> tuple[object, ...]:
    return label.origin, label.confidence, label.model_id, label.why


def _place(told: Mapping[Article, Told], now: dt.datetime) -> None:
    """Publish, queue or hide by what the settings say; not what a person said, nor a file that somebody imported.

    What a source says that is about the field itself waits for a curator at worst.
    """
    moved: list[Article] = []
    for article, found in told.items():
        sure = relevance_of(found).chance
        article.relevance = round(sure, 3)
        kept = article.state_is_said or article.state == Article.State.MERGED
        ours = article.state != Article.State.HIDDEN or article.hidden_reason.startswith(NOT_FIELD)
        if kept or not ours or (article.source and article.source.kind == Source.Kind.DOCUMENTS):
            continue
        lowest = 0.0 if found.content.source else settings.RELEVANCE_QUEUE
        state = decide_state(sure, settings.RELEVANCE_PUBLISH, lowest)
        reason = f"{NOT_FIELD} ({sure:.2f})" if state == Article.State.HIDDEN else ""
        if (state, reason) != (article.state, article.hidden_reason):
            if state != article.state:
                moved.append(article)
            article.state, article.hidden_reason = state, reason
    update_rows(list(told), ("relevance", "state", "hidden_reason"))
    if moved:
        ids = [a.pk for a in moved]
        note_changes(ids)
        follow_articles(ids)
        settle_stories(story_ids=[a.story_id for a in moved], now=now)
        states = {str(a.pk): a.state for a in moved}
        record(action="judge articles", subject=f"{len(moved)} articles", user=None, states=states)


def forget_labels() -> int:
    """Have all articles labelled again; returns how many."""
    return Article.objects.exclude(labelled_at=None).update(labelled_at=None)
