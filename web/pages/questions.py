"""Questions: the index, one with its answer, and asking."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from kb.selectors import lists, questions, written
from web.pages import parts
from web.pages.following import Following, following, sign_in
from web.pages.lines import Line, lines, list_lines
from web.pages.prose import LogLine, Prose, log, when

if TYPE_CHECKING:
    import datetime as dt

    from django.utils.safestring import SafeString

    from kb.selectors.questions import Asked
    from kb.selectors.topics import TopicRef
    from web.forms import AskForm
    from web.markdown import Note
    from web.pages.story import When

BEGINNING = 34  # words of an answer in the index
_FORMULA = re.compile(r"<math.*?</math>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question in the index, and how its answer begins."""

    title: str
    path: str
    says: str
    author: str
    when: When


@dataclass(frozen=True, slots=True)
class OwnRow:
    """What the reader asked, and what became of it."""

    title: str
    path: str
    state: str
    when: When


@dataclass(frozen=True, slots=True)
class QuestionsPage:
    """All that were answered, and the reader's own."""

    rows: tuple[QuestionRow, ...]
    own: tuple[OwnRow, ...]
    feeds: parts.Feeds


@dataclass(frozen=True, slots=True)
class Belief:
    """A misconception: what is believed, why it is wrong."""

    claim: SafeString
    why: SafeString


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """A question and its answer."""

    title: str
    path: str
    details: SafeString
    answer: SafeString
    notes: tuple[Note, ...]
    author: str
    when: When
    beliefs: tuple[Belief, ...]
    related: tuple[Line, ...]
    concepts: tuple[Line, ...]
    topics: tuple[TopicRef, ...]
    lists: tuple[Line, ...]
    log: tuple[LogLine, ...]
    following: Following
    feeds: parts.Feeds


@dataclass(frozen=True, slots=True)
class AskPage:
    """The form; `sent` is the question that was just taken, `signed_in` says who may ask."""

    title: str
    details: str
    title_error: str
    details_error: str
    problem: str
    sent: bool
    signed_in: bool
    sign_in: str


def questions_page(now: dt.datetime, *, reader: int | None = None) -> QuestionsPage:
    """The index."""
    found = questions.questions()
    prose = Prose(card.answer for card in found)
    rows = tuple(
        QuestionRow(
            title=card.title,
            path=card.path,
            says=_beginning(prose.html(card.answer, f"q{card.id}")),
            author=card.author,
            when=when(card.published_at, now),
        )
        for card in found
    )
    own = questions.asked_by(reader) if reader is not None else ()
    return QuestionsPage(
        rows=rows,
        own=tuple(_own(asked, now) for asked in own),
        feeds=parts.feeds(_("Questions"), "questions_feed"),
    )


def question_page(slug: str, now: dt.datetime, *, reader: int | None = None) -> QuestionPage | None:
    """An answered question, or None."""
    found = questions.question(slug)
    if found is None:
        return None
    card = found.card
    beliefs = [text for one in found.misconceptions for text in (one.claim, one.why_wrong)]
    prose = Prose([found.details, card.answer, *beliefs])
    answer = prose.whole(card.answer)
    feeds = parts.feeds(_("Questions"), "questions_feed")
    return QuestionPage(
        title=card.title,
        path=card.path,
        details=prose.html(found.details, "details"),
        answer=answer.html,
        notes=answer.notes,
        author=card.author,
        when=when(card.published_at, now),
        beliefs=tuple(
            Belief(prose.html(one.claim, f"c{n}"), prose.html(one.why_wrong, f"w{n}"))
            for n, one in enumerate(found.misconceptions)
        ),
        related=lines(found.related),
        concepts=lines(found.concepts),
        topics=found.topics,
        lists=list_lines(lists.standings(card.item)),
        log=log(written.changes(card.item), card.published_at, card.author, now),
        following=following(card.item, reader, card.path, feeds),
        feeds=feeds,
    )


def ask_page(form: AskForm, *, signed_in: bool, problem: str = "", sent: bool = False) -> AskPage:
    """The form as it was sent, with what was wrong with it."""
    return AskPage(
        title=form["title"].value() or "",
        details=form["details"].value() or "",
        title_error=" ".join(map(str, form["title"].errors)),
        details_error=" ".join(map(str, form["details"].errors)),
        problem=problem,
        sent=sent,
        signed_in=signed_in,
        sign_in=sign_in(reverse("ask")),
    )


def _beginning(html: SafeString) -> str:
    # a formula says nothing as a line of letters, and its spaces are entities
    words = unescape(strip_tags(_FORMULA.sub("…", html))).split()
    return Truncator(" ".join(words)).words(BEGINNING)


def _own(asked: Asked, now: dt.datetime) -> OwnRow:
    states = {
        "asked": _("waits for an answer"),
        "answered": _("answered") if asked.path else _("its answer is being written"),
        "declined": _("declined: %(reason)s") % {"reason": asked.reason},
    }
    return OwnRow(asked.title, asked.path, states[asked.state], when(asked.asked_at, now))
