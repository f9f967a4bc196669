"""What a reader's marks say of their taste, and which recent stories fit it."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kb.core import taste as core
from kb.core.items import ItemKind, split
from kb.core.mutes import is_muted
from kb.core.taste import Candidate, Example, Verdict
from kb.models import Article, Follow, Mark, Mention, Mute, Preferences
from kb.selectors.articles import Story, leading, stories
from kb.selectors.engine import space as current_space
from kb.selectors.mutes import muted_words
from kb.selectors.things import things
from kb.selectors.vectors import mean_vectors
from kb.selectors.works import roots

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    import numpy as np
    from django.db.models import QuerySet
    from numpy.typing import NDArray

MOST_MARKS = 300
BACKGROUND = 300
CANDIDATES = 400
OF_A_SOURCE = 5
# what the newest article may be behind an older one that fits better, as log-odds a day
A_DAY = 1 / 7
VERSION = 1


@dataclass(frozen=True, slots=True)
class Known:
    """What a reader said by marking, before anything is learned from it. `digest` changes when any of it does."""

    examples: tuple[Example, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Cause:
    """A thing that a pick is close to, and what the reader did with it: starred, queued, read or followed."""

    title: str
    path: str
    how: str


@dataclass(frozen=True, slots=True)
class Pick:
    """A story that fits, and why. `followed` where the reader follows its source."""

    story: Story
    margin: float
    causes: tuple[Cause, ...]
    terms: tuple[str, ...]
    followed: bool


@dataclass(frozen=True, slots=True)
class TasteState:
    """Whether a reader has For you on, and what was learned; `learned` is empty before the first lesson."""

    on: bool
    learned: dict[str, Any]
    at: dt.datetime | None


def taste_state(user_id: int) -> TasteState:
    """How it stands with For you."""
    row = Preferences.objects.filter(user=user_id).first()
    if row is None or not row.for_you:
        return TasteState(on=False, learned={}, at=None)
    return TasteState(on=True, learned=row.taste, at=row.taste_at)


def digest(user_id: int, space: str) -> str:
    """A short name of everything that the taste is learned from. Three queries."""
    marks = _marks(user_id).values_list("article", "starred_at", "queued_at", "read_at", "less_at")
    follows = Follow.objects.filter(user=user_id).order_by("pk")
    mutes = Mute.objects.filter(user=user_id).values_list("words", flat=True)
    said = [
        VERSION,
        space,
        [[pk, *map(bool, when)] for pk, *when in marks],
        list(follows.values_list("item", "source", "person")),
        list(mutes),
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def known(user_id: int, space: str) -> Known:
    """Everything that a reader's marks, follows and mutes say; things without a vector say nothing."""
    marked = {row.article_id: _how(row) for row in _marks(user_id)}
    now = roots(marked)
    told = {now[pk]: how for pk, how in marked.items()}
    followed, items = _followed(user_id)
    muted = muted_words(user_id)
    recent = leading()[:BACKGROUND] if muted else ()
    against = [row.pk for row in recent if is_muted(muted, row.title, row.gist)]
    said = [(pk, how, 1.0) for pk, how in told.items()]
    said += [(pk, "followed", 1 / OF_A_SOURCE) for pk in followed if pk not in told]
    said += [(pk, "muted", 1.0) for pk in against if pk not in told]
    said += [(item, "followed", 1.0) for item in items]
    vectors = mean_vectors([pk for pk, _, _ in said], space)
    terms = _terms([pk for pk, _, _ in said if split(pk)[0] is ItemKind.ARTICLE])
    names = {item: thing.title for item, thing in things(items).items()}
    examples = tuple(
        Example(
            pk,
            how,
            vectors[pk],
            terms.get(pk, frozenset({names[pk]} if pk in names else ())),
            share,
        )
        for pk, how, share in said
        if pk in vectors
    )
    return Known(examples, digest(user_id, space))


def background(user_id: int, space: str) -> list[Candidate]:
    """The newest stories that the reader did nothing with."""
    rows = leading().exclude(pk__in=_marks(user_id).values("article"))[:BACKGROUND]
    return _candidates(list(rows), space)


def picks(user_id: int, now: dt.datetime, *, limit: int) -> tuple[Pick, ...]:
    """The recent stories that fit a reader's taste, best first: log-odds less a seventh a day of age.

    What they marked in any way, and what says a muted word, is left out. Empty before anything is learned, and where
    the taste is of another model's vectors.
    """
    state, space = taste_state(user_id), current_space()
    if not state.learned.get("terms") or state.learned["space"] != space:
        return ()
    muted = muted_words(user_id)
    rows = list(leading().exclude(pk__in=_marks(user_id).values("article"))[:CANDIDATES])
    rows = [row for row in rows if not is_muted(muted, row.title, row.gist)]
    liked = _anchors(state.learned["anchors"], space)
    verdicts = core.judge(core.from_json(state.learned), _candidates(rows, space), liked)
    dates = {row.pk: row.published_at for row in rows}
    order = sorted(verdicts, key=lambda v: (_age(dates[v.id], now) * A_DAY - v.margin, -v.id))
    return _told(order[:limit], rows, liked, user_id)


def _age(at: dt.datetime, now: dt.datetime) -> float:
    return max(0.0, (now - at).total_seconds() / 86400)


def _marks(user_id: int) -> QuerySet[Mark]:
    """What was only opened and taken back again says nothing."""
    rows = Mark.objects.filter(user=user_id).exclude(
        read_at=None, starred_at=None, queued_at=None, less_at=None
    )
    return rows.order_by("-changed_at", "-pk")[:MOST_MARKS]


def _how(mark: Mark) -> str:
    """The strongest thing that a mark says."""
    said = (
        (mark.less_at, "less"),
        (mark.starred_at, "starred"),
        (mark.queued_at, "queued"),
        (mark.read_at, "read"),
    )
    return next(how for at, how in said if at)


def _followed(user_id: int) -> tuple[list[int], list[int]]:
    """The newest articles of followed sources and people, and the followed items."""
    rows = list(Follow.objects.filter(user=user_id).order_by("pk"))
    items = sorted({row.item for row in rows if row.item is not None})
    articles: list[int] = []
    for source in [row.source_id for row in rows if row.source_id][:50]:
        articles += leading().filter(source=source).values_list("pk", flat=True)[:OF_A_SOURCE]
    people = {row.person for row in rows if row.person}
    if people:
        recent = leading().values_list("pk", "authors")[:2000]
        articles += [pk for pk, authors in recent if people & set(map(str, authors))][:50]
    return sorted(set(articles)), items


def _terms(article_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    titles = dict(Article.objects.filter(pk__in=article_ids).values_list("pk", "title"))
    concepts: dict[int, list[str]] = defaultdict(list)
    said = Mention.objects.filter(article__in=article_ids, concept__published_at__isnull=False)
    for article, name in said.order_by("pk").values_list("article", "concept__name"):
        concepts[article].append(name)
    return {pk: core.terms_of(title, concepts[pk]) for pk, title in titles.items()}


def _candidates(rows: Sequence[Article], space: str) -> list[Candidate]:
    ids = [row.pk for row in rows]
    vectors, terms = mean_vectors(ids, space), _terms(ids)
    return [Candidate(pk, vectors[pk], terms[pk]) for pk in ids if pk in vectors]


def _anchors(said: Iterable[Sequence[Any]], space: str) -> list[Example]:
    """The liked things as they were when the taste was learned."""
    pairs = [(int(item), str(how)) for item, how in said]
    vectors: dict[int, NDArray[np.float32]] = mean_vectors([item for item, _ in pairs], space)
    return [Example(i, how, vectors[i], frozenset()) for i, how in pairs if i in vectors]


def _told(
    verdicts: Sequence[Verdict], rows: Sequence[Article], liked: Sequence[Example], user_id: int
) -> tuple[Pick, ...]:
    """Verdicts as stories with what caused them."""
    by_id = {row.pk: row for row in rows}
    named = things({item for verdict in verdicts for item in verdict.nearest})
    how = {example.id: example.how for example in liked}
    follows = set(
        Follow.objects.filter(user=user_id, source__isnull=False).values_list("source", flat=True)
    )
    told = stories(by_id[verdict.id] for verdict in verdicts)
    return tuple(
        Pick(
            story=story,
            margin=verdict.margin,
            causes=tuple(
                Cause(named[i].title, named[i].path, how[i]) for i in verdict.nearest if i in named
            ),
            terms=verdict.terms,
            followed=story.source_id in follows,
        )
        for verdict, story in zip(verdicts, told, strict=True)
    )
