"""Readers' questions: asked, answered, declined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from django.db import transaction
from django.utils.translation import gettext as _

from kb.errors import InputError
from kb.models import Question
from kb.services import written
from kb.services.written import Words, several

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from kb.models import User

# what one reader may have waiting, so that nobody fills the queue alone
MOST_WAITING = 10


class Misconception(TypedDict):
    """Something that is often believed, and why it is wrong; both Markdown."""

    claim: str
    why_wrong: str


class QuestionWords(Words, total=False):
    """What a question and its answer are made of; `related` are questions, `concepts` concepts, by row id, sorted."""

    title: str
    details: str
    answer: str
    misconceptions: Sequence[Misconception]
    related: Sequence[int]
    concepts: Sequence[int]


RELATIONS = {"related": several("related"), "concepts": several("concepts")}


@transaction.atomic
def ask_question(*, title: str, acting_user: User, details: str = "") -> Question:
    """A reader's question, which curators find in their queue. InputError without one, or when too many wait."""
    waiting = Question.objects.filter(asked_by=acting_user, state=Question.State.ASKED)
    if waiting.count() >= MOST_WAITING:
        raise InputError(
            _("%(n)d of your questions wait for an answer; that is enough") % {"n": MOST_WAITING}
        )
    made = Question(title=title.strip(), details=details.strip(), asked_by=acting_user)
    return written.add(made, slug=title, acting_user=acting_user)


@transaction.atomic
def add_question(
    *,
    acting_user: User | None,
    now: dt.datetime | None = None,
    **words: Unpack[QuestionWords],
) -> Question:
    """A question that a curator brings along; with an answer it is answered, and a draft until it is published."""
    tidy = _tidy(words)
    made = Question(**{k: v for k, v in tidy.items() if k not in {*RELATIONS, "slug"}})
    if made.answer:
        made.author, made.state = acting_user, Question.State.ANSWERED
    written.add(made, slug=words.get("slug") or made.title, acting_user=acting_user, now=now)
    for field in RELATIONS.keys() & tidy.keys():
        RELATIONS[field].put(made, tidy[field])
    return made


@transaction.atomic
def update_question(
    *, question_id: int, acting_user: User | None, note: str = "", **words: Unpack[QuestionWords]
) -> Question:
    """Change what is given; the first answer makes it answered, by whoever writes it."""
    found = written.locked(Question, question_id)
    before = written.change(
        found, _tidy(words), acting_user=acting_user, note=note, relations=RELATIONS
    )
    if "answer" in before and found.answer and found.state != Question.State.ANSWERED:
        found.state, found.declined_reason = Question.State.ANSWERED, ""
        found.author = acting_user
        found.save(update_fields=["state", "declined_reason", "author"])
    return found


@transaction.atomic
def answer_question(
    *,
    question_id: int,
    acting_user: User | None,
    now: dt.datetime | None = None,
    **words: Unpack[QuestionWords],
) -> Question:
    """Answer a question and show both to readers. InputError without an answer."""
    update_question(question_id=question_id, acting_user=acting_user, **words)
    return publish_question(question_id=question_id, acting_user=acting_user, now=now)


@transaction.atomic
def decline_question(*, question_id: int, reason: str, acting_user: User | None) -> Question:
    """Leave a question without an answer, and tell the reader why. InputError without a reason."""
    if not reason.strip():
        raise InputError("say why: the reader who asked is told")
    found = written.locked(Question, question_id)
    written.publish(found, published=False, acting_user=acting_user)
    found.state, found.declined_reason = Question.State.DECLINED, reason.strip()[:300]
    found.save(update_fields=["state", "declined_reason"])
    written.record("decline", found, acting_user, reason=found.declined_reason)
    return found


@transaction.atomic
def publish_question(
    *,
    question_id: int,
    acting_user: User | None,
    published: bool = True,
    now: dt.datetime | None = None,
) -> Question:
    """Show a question and its answer to readers, or make it a draft again. InputError while it has no answer."""
    found = written.locked(Question, question_id)
    if published and not found.answer.strip():
        raise InputError(f"“{found.title}” has no answer yet")
    written.publish(found, published=published, acting_user=acting_user, now=now)
    return found


def _tidy(words: QuestionWords) -> dict[str, Any]:
    tidy: dict[str, Any] = dict(words)
    if "misconceptions" in words:
        tidy["misconceptions"] = [_misconception(one) for one in words["misconceptions"]]
    for field in RELATIONS.keys() & tidy.keys():
        tidy[field] = sorted(set(tidy[field]))
    return tidy


def _misconception(given: Mapping[str, Any]) -> dict[str, str]:
    said = {name: given.get(name) for name in ("claim", "why_wrong")}
    if not all(isinstance(text, str) and text.strip() for text in said.values()):
        raise InputError("a misconception needs a claim and why it is wrong")
    return {name: str(text).strip() for name, text in said.items()}
