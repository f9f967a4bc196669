"""Small makers of rows for the tests of the site."""

from __future__ import annotations

import datetime as dt
from hashlib import sha256
from itertools import count

from kb.core.periods import read_period
from kb.models import (
    Article,
    ArticleMap,
    Check,
    Concept,
    ConceptResource,
    Entry,
    Impression,
    Label,
    Mention,
    Merge,
    Prerequisite,
    Question,
    ReadingList,
    ReadingListItem,
    Resource,
    Source,
    Story,
    Topic,
    User,
)
from kb.selectors.sources import source_path as path_of_source
from kb.services.authors import credit_authors
from kb.services.leads import settle_stories
from kb.services.merges import merge_articles

NOW = dt.datetime(2026, 8, 21, 14, 50, tzinfo=dt.UTC)
_numbers = count(1)


def source(title="Desh Raj", **more) -> Source:
    n = next(_numbers)
    given = {
        "url": f"https://s{n}.example/feed.xml",
        "home_url": f"https://s{n}.example/",
        "next_check_at": NOW + dt.timedelta(hours=1),
        "last_checked_at": NOW,
        "created_at": NOW - dt.timedelta(days=60),
    }
    return Source.objects.create(title=title, **(given | more))


def source_path(of: Source | int) -> str:
    """The page of a source, also by its number."""
    found = of if isinstance(of, Source) else Source.objects.get(pk=of)
    return path_of_source(found.pk, found.name)


def article(title="On emission delay", *, of=None, carried_by=(), at=NOW, **more) -> Article:
    """An article with one entry a source: `of` first, then those in `carried_by`, an hour apart."""
    n = next(_numbers)
    lead = of or source(f"Source {n}")
    given = {
        "key": f"k{n}",
        "key_hash": sha256(str(n).encode()).hexdigest(),
        "source": lead,
        "url": f"https://a{n}.example/post",
        "published_at": at,
        "first_seen": at,
        "updated_at": at,
        "gist": f"Gist of {title}",
        "html": "<p>A transducer may wait as long as it likes.</p>",
        "text": "A transducer may wait as long as it likes.",
        "content_hash": str(n),
        # judged and labelled by whoever made it, so that no stage changes it
        "state_is_said": True,
        "linked_at": at,
        "labelled_at": at,
    }
    made = Article.objects.create(title=title, **(given | more))
    credit_authors([(made.pk, made.authors)])
    for hours, carrier in enumerate((lead, *carried_by)):
        entry(carrier, made, at=at + dt.timedelta(hours=hours), authors=made.authors)
    return made


def entry(of: Source, about: Article | None = None, *, at=NOW, **more) -> Entry:
    n = next(_numbers)
    given = {
        "key": str(n),
        "guid": str(n),
        "url": f"https://e{n}.example/",
        "hash": str(n),
        "title": "Entry",
    }
    dates = {"published_at": at, "first_seen": at, "last_changed": at}
    return Entry.objects.create(source=of, article=about, **(given | dates | more))


def check(of: Source, *, at=NOW, **more) -> Check:
    given = {"outcome": "unchanged", "status": 304, "started_at": at, "stored_at": at}
    return Check.objects.create(source=of, **(given | more))


def reading_list(title="Who waits for whom", *articles, published_at=NOW, **more) -> ReadingList:
    n = next(_numbers)
    given = {
        "slug": f"list-{n}",
        "created_at": NOW,
        "updated_at": NOW,
        "published_at": published_at,
    }
    made = ReadingList.objects.create(title=title, **(given | more))
    for position, one in enumerate(articles):
        item(made, one, position=position)
    return made


def item(of: ReadingList, about: Article | None = None, **more) -> ReadingListItem:
    return ReadingListItem.objects.create(reading_list=of, article=about, **more)


def map_of(period: str, *about: Article, **more) -> ArticleMap:
    """A map with these articles on it, side by side."""
    first = read_period(period).first
    points = [[one.pk, n / 10, 0.5, ""] for n, one in enumerate(about, start=1)]
    given = {
        "starts_at": dt.datetime.combine(first, dt.time.min, tzinfo=dt.UTC), "made_at": NOW, "basis": "1",
        "total": len(about), "drawn": len(about), "points": points, "regions": [[0.5, 0.5, "Streaming"]],
    }  # fmt: skip
    return ArticleMap.objects.create(period=period, **(given | more))


def event(*told: Article) -> Story:
    """One event that these articles tell of."""
    made = Story.objects.create(created_at=NOW, updated_at=NOW)
    Article.objects.filter(pk__in=[one.pk for one in told]).update(story=made)
    settle_stories(story_ids=[made.pk], now=NOW)
    made.refresh_from_db()
    return made


def merged(winner: Article, loser: Article, reason="same arXiv id") -> Merge:
    made = merge_articles(winner_id=winner.pk, loser_id=loser.pk, reason=reason, now=NOW)
    winner.refresh_from_db()
    assert made
    return made


def superuser() -> User:
    return User.objects.create_superuser("curator", "curator@hub.example", "secret")


def topic(name="End-to-end models", **more) -> Topic:
    n = next(_numbers)
    return Topic.objects.create(**({"name": name, "slug": f"topic-{n}"} | more))


def concept(name="Transducer", *needs: Concept, published_at=NOW, **more) -> Concept:
    """A concept that rests on those given."""
    n = next(_numbers)
    given = {
        "slug": f"concept-{n}",
        "summary": f"What {name} is.",
        "body": f"About **{name}**.",
        "created_at": NOW,
        "updated_at": NOW,
        "published_at": published_at,
    }
    made = Concept.objects.create(name=name, **(given | more))
    for needed in needs:
        Prerequisite.objects.create(concept=made, needed=needed)
    return made


def resource(
    title="Sequence Transduction", *concepts: Concept, why="The source.", **more
) -> Resource:
    """A resource that is good for some concepts."""
    n = next(_numbers)
    given = {
        "slug": f"resource-{n}",
        "kind": "paper",
        "url": f"https://r{n}.example/",
        "created_at": NOW,
        "updated_at": NOW,
    }
    made = Resource.objects.create(title=title, **(given | more))
    for one in concepts:
        ConceptResource.objects.create(concept=one, resource=made, why=why)
    return made


def impression(of: Resource, verdict="Worth its hours.", published_at=NOW, **more) -> Impression:
    n = next(_numbers)
    dates = {"created_at": NOW, "updated_at": NOW, "published_at": published_at}
    given = {"slug": f"impression-{n}", "liked": "The *pace*."}
    return Impression.objects.create(resource=of, verdict=verdict, **(dates | given | more))


def question(title="Is word2vec deep?", *concepts: Concept, published_at=NOW, **more) -> Question:
    n = next(_numbers)
    given = {"slug": f"question-{n}", "answer": "No.[^1]\n\n[^1]: One layer.", "state": "answered"}
    dates = {"created_at": NOW, "updated_at": NOW, "published_at": published_at}
    made = Question.objects.create(title=title, **(dates | given | more))
    made.concepts.set(concepts)
    return made


def mention(about: Article, of: Concept, **more) -> Mention:
    given = {"name": of.name, "sentence": f"We train a {of.name}."}
    return Mention.objects.create(article=about, concept=of, **(given | more))


def label(item: int, of: Topic, **more) -> Label:
    given = {"origin": "curator", "at": NOW}
    return Label.objects.create(item=item, name=f"topic:{of.slug}", **(given | more))
