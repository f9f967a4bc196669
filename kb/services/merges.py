"""Making one article part of another, and taking that back exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from kb.core.urls import canonical_url
from kb.errors import InputError
from kb.models import Article, Entry, Merge, ReadingListItem
from kb.selectors.works import barred_pairs, members, roots
from kb.services.articles import refresh_articles
from kb.services.audit import record
from kb.services.leads import settle_stories
from kb.services.marks import copy_marks
from kb.services.passages import follow_articles, note_changes

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from kb.models import User


@transaction.atomic
def merge_articles(
    *,
    winner_id: int,
    loser_id: int,
    reason: str,
    now: dt.datetime,
    acting_user: User | None = None,
    evidence: Mapping[str, Any] | None = None,
) -> Merge | None:
    """Make `loser` part of `winner`: entries and list items go over, its address leads to the winner from now on.

    None where both are one already, or where the hub itself would repeat what a curator took back. Raises InputError
    for articles that are not there or are hidden. The loser keeps its row with its own words, so that undoing restores it.
    """
    winner, loser = _both(winner_id, loser_id)
    if winner.pk == loser.pk or (acting_user is None and _parted(winner.pk, loser.pk)):
        return None
    moved = _move(loser.pk, winner.pk) | {"story": loser.story_id}
    copy_marks(of=loser.pk, to=winner.pk)
    story = loser.story_id
    loser.state, loser.merged_into, loser.story = Article.State.MERGED, winner, None
    loser.save(update_fields=["state", "merged_into", "story"])
    details = dict(evidence or {})
    made = Merge.objects.create(
        winner=winner, loser=loser, reason=reason[:300], score=details.pop("score", 1.0), evidence=details,
        moved=moved, user=acting_user, at=now,
    )  # fmt: skip
    refresh_articles(article_ids=[winner.pk], now=now)
    note_changes([winner.pk, loser.pk])
    follow_articles([winner.pk])
    settle_stories(story_ids=[story, winner.story_id], now=now)
    record(
        action="merge articles", subject=winner, user=acting_user, winner=winner.pk, loser=loser.pk, reason=reason
    )  # fmt: skip
    return made


@transaction.atomic
def undo_merge(*, merge_id: int, acting_user: User | None, now: dt.datetime) -> Merge:
    """Give the loser back its entries, its places in lists and its address; the hub never merges the two again.

    What came later under the loser's own key goes back with it. Undoing twice changes nothing.
    """
    found = Merge.objects.select_for_update().select_related("loser").filter(pk=merge_id).first()
    if found is None:
        raise InputError("there is no such merge")
    if found.undone_at:
        return found
    loser, root = found.loser, roots([found.winner_id])[found.winner_id]
    theirs = [*found.moved.get("entries", []), *_under_its_keys(loser.pk, root)]
    Entry.objects.filter(pk__in=theirs, article=root).update(article=loser)
    items = ReadingListItem.objects.filter(pk__in=found.moved.get("items", []), article=root)
    items.update(article=loser)
    loser.state, loser.merged_into = Article.State.PUBLISHED, None
    loser.compared_at = loser.clustered_at = None
    loser.save(update_fields=["state", "merged_into", "compared_at", "clustered_at"])
    found.undone_at, found.undone_by = now, acting_user
    found.save(update_fields=["undone_at", "undone_by"])
    refresh_articles(article_ids=[root, loser.pk], now=now)
    note_changes([root, loser.pk])
    follow_articles([root, loser.pk])
    story = Article.objects.filter(pk=root).values_list("story", flat=True).first()
    settle_stories(story_ids=[story], now=now)
    record(
        action="undo merge", subject=loser, user=acting_user, winner=found.winner_id, loser=loser.pk
    )
    return found


def _both(winner_id: int, loser_id: int) -> tuple[Article, Article]:
    """Who stands for the two, locked in one order whoever asks."""
    ends = roots([winner_id, loser_id])
    ids = {ends[winner_id], ends[loser_id]}
    rows = Article.objects.select_for_update().filter(pk__in=ids, state=Article.State.PUBLISHED)
    found = {row.pk: row for row in rows.order_by("pk")}
    if len(found) < len(ids):
        raise InputError("only two published articles can be one")
    return found[ends[winner_id]], found[ends[loser_id]]


def _parted(one: int, other: int) -> bool:
    return bool({(one, other), (other, one)} & barred_pairs())


def _move(loser: int, winner: int) -> dict[str, Any]:
    """Entries and list items over to the winner; an item stays where its list has the winner already."""
    entries = list(Entry.objects.filter(article=loser).order_by("pk").values_list("pk", flat=True))
    Entry.objects.filter(pk__in=entries).update(article=winner)
    taken = ReadingListItem.objects.filter(article=winner).values("reading_list")
    free = ReadingListItem.objects.filter(article=loser).exclude(reading_list__in=taken)
    items = list(free.order_by("pk").values_list("pk", flat=True))
    ReadingListItem.objects.filter(pk__in=items).update(article=winner)
    return {"entries": entries, "items": items}


def _under_its_keys(loser: int, root: int) -> list[int]:
    """Entries that came to `root` because their key named the loser, or one that stands behind it."""
    own = set(Article.objects.filter(pk__in=members(loser)).values_list("key", flat=True))
    rows = Entry.objects.filter(article=root).values_list("pk", "url", "guid", "source__url")
    return [
        pk
        for pk, url, guid, feed in rows
        if own & {canonical_url(url), f"entry:{canonical_url(feed)} {guid}"}
    ]
