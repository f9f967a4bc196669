"""Questions that were answered, and those that a reader still waits for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.core.items import ItemKind, item_id
from kb.models import Question
from kb.selectors.lists import name_of
from kb.selectors.things import Thing, shown, things
from kb.selectors.topics import TopicRef, topics_of

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True, slots=True)
class Misconception:
    """What is often believed, and why it is wrong (Markdown)."""

    claim: str
    why_wrong: str


@dataclass(frozen=True, slots=True)
class QuestionCard:
    """An answered question in an index; `answer` is Markdown."""

    id: int
    slug: str
    path: str
    title: str
    answer: str
    author: str
    published_at: dt.datetime
    updated_at: dt.datetime

    @property
    def item(self) -> int:
        """The id under which it is found, followed and labelled."""
        return item_id(ItemKind.QUESTION, self.id)


@dataclass(frozen=True, slots=True)
class QuestionDetail:
    """One answered question. `asked_by` is not told: who asks in public is asked first."""

    card: QuestionCard
    details: str
    misconceptions: tuple[Misconception, ...]
    related: tuple[Thing, ...]
    concepts: tuple[Thing, ...]
    topics: tuple[TopicRef, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A reader's own question: `path` once it is answered, `reason` where it was declined."""

    title: str
    asked_at: dt.datetime
    state: str
    path: str
    reason: str


def questions(*, limit: int = 500) -> tuple[QuestionCard, ...]:
    """Answered questions, newest first. One query."""
    rows = shown(ItemKind.QUESTION).select_related("author")
    return tuple(_card(row) for row in rows[:limit])


def question(slug: str) -> QuestionDetail | None:
    """One answered question, or None. Seven queries at most."""
    row = shown(ItemKind.QUESTION).select_related("author").filter(slug=slug).first()
    if row is None:
        return None
    item = item_id(ItemKind.QUESTION, row.pk)
    related = [item_id(ItemKind.QUESTION, pk) for pk in row.related.values_list("pk", flat=True)]
    about = [item_id(ItemKind.CONCEPT, pk) for pk in row.concepts.values_list("pk", flat=True)]
    told = things([*related, *about])
    return QuestionDetail(
        card=_card(row),
        details=row.details,
        misconceptions=tuple(
            Misconception(str(one["claim"]), str(one["why_wrong"])) for one in row.misconceptions
        ),
        related=tuple(told[one] for one in related if one in told),
        concepts=tuple(told[one] for one in about if one in told),
        topics=topics_of([item])[item],
    )


def asked_by(user_id: int) -> tuple[Asked, ...]:
    """What a reader asked, newest first."""
    rows = Question.objects.filter(asked_by=user_id).order_by("-created_at", "-pk")
    return tuple(
        Asked(
            title=row.title,
            asked_at=row.created_at,
            state=row.state,
            path=row.get_absolute_url() if row.state == "answered" and row.published_at else "",
            reason=row.declined_reason,
        )
        for row in rows
    )


def _card(row: Question) -> QuestionCard:
    return QuestionCard(
        id=row.pk,
        slug=row.slug,
        path=row.get_absolute_url(),
        title=row.title,
        answer=row.answer,
        author=name_of(row.author),
        published_at=row.published_at or row.created_at,
        updated_at=row.updated_at,
    )
