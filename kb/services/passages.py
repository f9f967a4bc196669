"""The pieces of items that are embedded, kept as the items change, and the outbox that tells the index."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.db.models.signals import post_delete

from kb.core.chunking import passages
from kb.core.items import ItemKind, item_id
from kb.models import Change, Passage, ReadingListItem
from kb.selectors.findable import FINDABLE, read_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def note_changes(items: Iterable[int]) -> None:
    """Tell the index, within this transaction, that these items may look different."""
    Change.objects.bulk_create([Change(item=i) for i in items], batch_size=500)


def cut_passages(texts: Mapping[int, tuple[str, str]]) -> None:
    """Cut items, id -> (title, body), anew; a passage whose text stayed keeps its row, and so its place in the index."""
    stored: dict[int, dict[int, Passage]] = defaultdict(dict)
    for passage in Passage.objects.filter(item__in=texts).defer("text"):
        stored[passage.item][passage.ordinal] = passage
    stale: list[int] = []
    fresh: list[Passage] = []
    for item, (title, body) in texts.items():
        had = stored[item]
        for ordinal, text in enumerate(passages(title, body)):
            digest = hashlib.sha256(text.encode()).hexdigest()
            old = had.pop(ordinal, None)
            if old is None or old.hash != digest:
                stale += [old.pk] if old else []
                fresh.append(Passage(item=item, ordinal=ordinal, text=text, hash=digest))
        stale += [p.pk for p in had.values()]
    Passage.objects.filter(pk__in=stale).delete()
    Passage.objects.bulk_create(fresh, batch_size=500)
    note_changes(texts)


def renew_items(items: Iterable[int]) -> None:
    """Read these items and cut them anew. For kinds of which few change at a time."""
    cut_passages({t.item: (t.title, t.body) for t in read_texts(items, shown=False)})


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
