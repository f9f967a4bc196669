"""The pieces of items that are embedded, kept as the items change, and the outbox that tells the index.

Articles are cut in a stage of its own, before the encoder, and get their gists there, so that storing and finding by words
wait for neither; of the other kinds few change at a time, and they are cut as they do.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.db.models.signals import post_delete
from django.utils import timezone

from kb.core.chunking import passages
from kb.core.gist import gist_of
from kb.core.items import ItemKind, item_id
from kb.core.text import plain_text
from kb.models import Article, Change, Embedding, Entry, Passage, ReadingListItem
from kb.selectors.findable import FINDABLE, read_texts
from kb.services.rows import insert_rows, update_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from django.db.models import QuerySet

BATCH = 500
# items to cut when all is done; None while each is cut at once
_gathered: ContextVar[set[int] | None] = ContextVar("gathered", default=None)


def note_changes(items: Iterable[int]) -> None:
    """Tell the index, within this transaction, that these items may look different."""
    insert_rows([Change(item=i) for i in items])


def uncut_articles() -> QuerySet[Article]:
    """Articles whose passages are not there yet, or are those of an older text."""
    return Article.objects.filter(cut_at__isnull=True)


@transaction.atomic
def cut_batch(*, size: int = BATCH) -> int:
    """Cut the newest uncut articles, and choose their gists; returns how many, 0 when none waits. Call under the encoder's
    lease."""
    fields = ("title", "text", "gist", "updated_at")
    articles = list(uncut_articles().select_for_update().order_by("-pk").only(*fields)[:size])
    if articles:
        cut_passages({a.pk: (a.title, a.text) for a in articles})
        _choose_gists(articles)
        for article in articles:
            article.cut_at = timezone.now()
        update_rows(articles, ("gist", "updated_at", "cut_at"))
    return len(articles)


def _choose_gists(articles: Iterable[Article]) -> None:
    """From what its own source says in short, else from its text. A feed reader is told of another gist."""
    summaries = _summaries([a.pk for a in articles])
    for article in articles:
        told = plain_text(summaries.get(article.pk, ""))
        gist = gist_of((told, article.text), article.title)
        if gist != article.gist:
            article.gist, article.updated_at = gist, timezone.now()


def _summaries(article_ids: Sequence[int]) -> dict[int, str]:
    """Article -> the summary of the entry that speaks for it."""
    entries = Entry.objects.filter(article__in=article_ids).exclude(summary="")
    lead = entries.filter(source=F("article__source"), url=F("article__url"))
    return dict(lead.order_by("-key").values_list("article", "summary"))


def cut_passages(texts: Mapping[int, tuple[str, str]]) -> None:
    """Cut items, id -> (title, body), anew; a passage whose text stayed keeps its row, and so its place in the index.

    The index is told of items that lose a passage, or get one that was encoded for another item already; all others
    it is told of when they are encoded.
    """
    stored: dict[int, dict[int, Passage]] = defaultdict(dict)
    for passage in Passage.objects.filter(item__in=texts).defer("text"):
        stored[passage.item][passage.ordinal] = passage
    stale: list[Passage] = []
    fresh: list[Passage] = []
    for item, (title, body) in texts.items():
        had = stored[item]
        for ordinal, text in enumerate(passages(title, body)):
            digest = hashlib.sha256(text.encode()).hexdigest()
            old = had.pop(ordinal, None)
            if old is None or old.hash != digest:
                stale += [old] if old else []
                fresh.append(Passage(item=item, ordinal=ordinal, text=text, hash=digest))
        stale += had.values()
    Passage.objects.filter(pk__in=[p.pk for p in stale]).delete()
    insert_rows(fresh)
    hashes = {p.hash for p in fresh}
    encoded = set(Embedding.objects.filter(hash__in=hashes).values_list("hash", flat=True))
    note_changes({p.item for p in (*stale, *(p for p in fresh if p.hash in encoded))})


def renew_items(items: Iterable[int]) -> None:
    """Read these items, cut them anew, and tell the index. For kinds of which few change at a time."""
    gathered = _gathered.get()
    if gathered is not None:
        gathered.update(items)
        return
    texts = {t.item: (t.title, t.body) for t in read_texts(items, shown=False)}
    cut_passages(texts)
    note_changes(texts)


@contextmanager
def renewed_at_the_end() -> Iterator[None]:
    """Within, items that change are only remembered; each is read and cut once, when all is done. Inside a transaction."""
    token = _gathered.set(set())
    try:
        yield
        items = _gathered.get() or set()
    finally:
        _gathered.reset(token)
    renew_items(sorted(items))


def follow_articles(article_ids: Iterable[int]) -> None:
    """Cut the lists anew that these articles stand in: a list says its articles' titles, and only those in sight."""
    holders = ReadingListItem.objects.filter(article__in=list(article_ids)).order_by()
    pks = holders.values_list("reading_list", flat=True).distinct()
    renew_items(item_id(ItemKind.LIST, pk) for pk in pks)


def watch_deletions() -> None:
    """From now on, whoever deletes an item, in whatever way, takes its passages along and tells the index."""
    for kind, found in FINDABLE.items():
        post_delete.connect(_forgetter(kind), sender=found.model, weak=False, dispatch_uid=kind)


def _forgetter(kind: ItemKind) -> Any:
    def forget(instance: Any, **_: Any) -> None:
        item = item_id(kind, instance.pk)
        Passage.objects.filter(item=item).delete()
        note_changes([item])

    return forget
