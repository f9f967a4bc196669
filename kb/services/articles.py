"""Articles made from what sources said, and a curator's say over them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from kb.core.decide import plausible
from kb.core.hashing import content_hash
from kb.core.text import first_sentence, plain_text
from kb.core.urls import host_of
from kb.models import Article, Entry, User
from kb.selectors.works import roots
from kb.services.audit import record
from kb.services.authors import credit_authors, renew_authors
from kb.services.leads import settle_stories
from kb.services.passages import follow_articles, note_changes
from kb.services.rows import insert_rows, update_rows

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Sequence

ARTICLE_VERSION = 1
PLAIN = Article.Kind.ARTICLE
COMPOSED = (
    "source_id", "url", "title", "authors", "venue", "language", "published_at", "published_said",
    "date_is_ours", "html", "text", "image", "kind", "duration", "content_hash", "updated_at",
)  # fmt: skip
# when each stage was done with it; empty: it waits
STAGES = ("cut_at", "compared_at", "clustered_at", "linked_at", "labelled_at")


@dataclass(frozen=True, slots=True)
class Body:
    """The fullest text that an entry carries."""

    html: str
    text: str


def key_hash(key: str) -> str:
    """What the database looks articles up by: keys have no length limit."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def body_of(entry: Entry) -> Body:
    """The entry's own content, else the page read for it, else its summary."""
    page = entry.page or {}
    own = entry.content or entry.summary
    own_text = plain_text(own)
    if page.get("ok") and len(page.get("text", "")) > len(own_text):
        return Body(page.get("html") or "", page["text"])
    return Body(own, own_text)


def _rank(entry: Entry) -> tuple[bool, int, str]:
    """Who speaks for an article: its own site's feed first, then the source we have had longest."""
    link_host = host_of(entry.url).removeprefix("www.")
    own = bool(link_host) and link_host == host_of(entry.source.url).removeprefix("www.")
    return (not own, entry.source_id, entry.key)


def compose(article: Article, entries: Sequence[Entry], now: dt.datetime) -> bool:
    """Fill an article from its entries, the same whatever order they came in; tell whether it changed."""
    ranked = sorted(entries, key=_rank) if len(entries) > 1 else entries
    lead = ranked[0]
    bodies = [body_of(e) for e in ranked]
    body = max(bodies, key=lambda b: len(b.text))
    dated = next((e for e in ranked if plausible(e.published_at, article.first_seen)), None)
    article.source_id = lead.source_id
    article.url = lead.url
    article.title = lead.title or next((e.title for e in ranked if e.title), "") or _untitled(body)
    article.authors = next((e.authors for e in ranked if e.authors), None) or _page_authors(ranked)
    article.venue = next((e.venue for e in ranked if e.venue), "")
    article.language = lead.language or _page_word(ranked, "language") or lead.source.language
    article.published_at = (dated and dated.published_at) or article.first_seen
    article.published_said = (dated or lead).published_raw
    article.date_is_ours = dated is None
    article.html, article.text = body.html, _with_speech(body.text, ranked)
    # one feed that knows better than "article" is enough: a planet carries papers as posts
    article.kind = next((e.kind for e in ranked if e.kind != PLAIN), PLAIN)
    article.duration = next((e.duration for e in ranked if e.duration), None)
    article.image = next((e.image for e in ranked if e.image), "") or _page_word(ranked, "image")
    digest = content_hash(
        ARTICLE_VERSION,
        {name: str(value) for name in COMPOSED[:-2] if (value := _said(article, name))},
    )
    changed = digest != article.content_hash
    if changed:
        article.content_hash, article.updated_at = digest, now
    return changed


def _said(article: Article, name: str) -> object:
    """A field's value for the hash; what every article was before there were kinds says nothing."""
    value = getattr(article, name)
    return "" if name == "kind" and value == PLAIN else value


def _with_speech(text: str, entries: Iterable[Entry]) -> str:
    """The text and what was said aloud, so that search finds both."""
    spoken = next((e.transcript for e in entries if (e.transcript or {}).get("ok")), None)
    lines = [segment["text"] for segment in spoken["segments"]] if spoken else []
    return "\n\n".join([text, *lines]).strip()


def _untitled(body: Body) -> str:
    return first_sentence(body.text, words=12) or "Untitled"


def _page_authors(entries: Iterable[Entry]) -> list[str]:
    return next((e.page["authors"] for e in entries if e.page and e.page.get("authors")), [])


def _page_word(entries: Iterable[Entry], name: str) -> str:
    return next((e.page[name] for e in entries if e.page and e.page.get(name)), "")


def give_articles(*, added: Sequence[tuple[str, Entry]], now: dt.datetime) -> set[int]:
    """Lead entries that are not stored yet to the articles that their keys name, made where there is none; a merged
    article's key leads to where it went.

    Returns the articles that were there before, to be composed anew once the entries are stored. New ones are composed
    from these entries before their first insert. Call inside a transaction.
    """
    carried: dict[str, list[Entry]] = defaultdict(list)
    for key, entry in added:
        carried[key].append(entry)
    by_hash = {key_hash(key): key for key in carried}
    stored = _ids(by_hash)
    ends = roots(stored.values()) if stored else {}
    # in one order, so that no two writers wait for each other
    missing = sorted(by_hash.keys() - stored.keys())
    fresh = [_new_article(by_hash[digest], carried[by_hash[digest]], now) for digest in missing]
    inserted = insert_rows(fresh, skip_known=True)
    made = _ids(missing) if missing else {}
    note_changes(made.values())
    credit_authors((made[a.key_hash], a.authors) for a in fresh)
    told = set(ends.values())
    # another process made some of them meanwhile, of entries that we do not know
    if inserted < len(fresh):
        told.update(made.values())
    found = {digest: ends[pk] for digest, pk in stored.items()} | made
    for digest, key in by_hash.items():
        for entry in carried[key]:
            entry.article_id = found[digest]
    return told


def _ids(hashes: Collection[str]) -> dict[str, int]:
    rows = Article.objects.filter(key_hash__in=hashes).order_by()
    return dict(rows.values_list("key_hash", "pk"))


def _new_article(key: str, entries: Sequence[Entry], now: dt.datetime) -> Article:
    article = Article(key=key, key_hash=key_hash(key), first_seen=now)
    compose(article, entries, now)
    return article


def refresh_articles(*, article_ids: Iterable[int], now: dt.datetime) -> int:
    """Compose these articles anew from their entries; returns how many changed. Call inside a transaction."""
    ids = sorted(set(article_ids))
    if not ids:
        return 0
    rows = Article.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    # the rest is composed anew: their texts need not be read
    articles = list(rows.only("first_seen", "content_hash", "merged_into"))
    if gone := [a.pk for a in articles if a.merged_into_id]:
        # merged by another process between our looking and our locking: its new entries follow it
        ends = roots(gone)
        for pk in gone:
            Entry.objects.filter(article=pk).update(article=ends[pk])
        return refresh_articles(article_ids={*ids, *ends.values()} - {*gone}, now=now)
    entries: dict[int, list[Entry]] = defaultdict(list)
    # prefetched, so that all entries of a source share one object
    for entry in Entry.objects.filter(article__in=ids).prefetch_related("source"):
        entries[entry.article_id or 0].append(entry)
    changed = [a for a in articles if entries[a.pk] and compose(a, entries[a.pk], now)]
    # other words are other passages, and may make it another's copy, part of a story, or speak of other concepts
    for article in changed:
        for stage in STAGES:
            setattr(article, stage, None)
    update_rows(changed, (*COMPOSED, *STAGES))
    renew_authors(changed)
    note_changes(a.pk for a in changed)
    follow_articles(a.pk for a in changed)
    return len(changed)


@transaction.atomic
def hide_article(*, article_id: int, reason: str, acting_user: User | None) -> Article:
    """Take an article out of every page, feed and search from this commit on, for good: no judgment of ours brings it back.

    The reason `kb.core.labels.NOT_FIELD` teaches what is not about the field.

    One that is part of another is nowhere to be taken from, and stays as it is.
    """
    article = Article.objects.select_for_update().get(pk=article_id)
    if article.merged_into_id:
        return article
    article.state, article.hidden_reason = Article.State.HIDDEN, reason[:300]
    article.state_is_said = True
    article.save(update_fields=["state", "hidden_reason", "state_is_said"])
    note_changes([article.pk])
    follow_articles([article.pk])
    settle_stories(story_ids=[article.story_id], now=timezone.now())
    record(action="hide article", subject=article, user=acting_user, id=article.pk, reason=reason)
    return article


@transaction.atomic
def show_article(*, article_id: int, acting_user: User | None) -> Article:
    """Bring a hidden article back, or publish one that waits, for good. One that is part of another comes back by undoing the merge."""
    article = Article.objects.select_for_update().get(pk=article_id)
    if article.merged_into_id:
        return article
    article.state, article.hidden_reason = Article.State.PUBLISHED, ""
    article.state_is_said = True
    article.save(update_fields=["state", "hidden_reason", "state_is_said"])
    note_changes([article.pk])
    follow_articles([article.pk])
    settle_stories(story_ids=[article.story_id], now=timezone.now())
    record(action="show article", subject=article, user=acting_user, id=article.pk)
    return article
