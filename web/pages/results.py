"""A found item as a row: what it is, where the words are, and why it is there."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kb.core.items import ItemKind, split
from kb.selectors.sources import source_path
from web.pages import parts
from web.pages.story import Carrier, Reason, When

if TYPE_CHECKING:
    from kb.selectors.search import Card, Found, Marked, SearchResult

# a share of the best: cosines lie closer together than scores of words
STRONG_WORDS, STRONG_MEANING = 0.5, 0.75
NEW = dt.timedelta(days=7)
LISTS = 2


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One found item; `article` is its id where it is one; `when` is None where its date says nothing. Pieces are (text, is it a found word); weights are 0..1; `also` names the fold of `others`, which
    tell of the same event."""

    article: int | None
    anchor: str
    kind: str
    path: str
    language: str
    title: Marked
    who: str
    who_path: str
    parts: tuple[str, ...]
    when: When | None
    snippet: Marked
    words: float
    meaning: float
    reasons: tuple[Reason, ...]
    also: str
    others: tuple[Carrier, ...]
    like: str


def result_rows(result: SearchResult, now: dt.datetime) -> tuple[ResultRow, ...]:
    """The rows of a page of results."""
    return tuple(_row(found, result, now) for found in result.found)


def _row(found: Found, result: SearchResult, now: dt.datetime) -> ResultRow:
    card = found.card
    many = len(found.others)
    return ResultRow(
        article=card.item if split(card.item)[0] is ItemKind.ARTICLE else None,
        anchor=f"r{card.item}",
        kind=card.label[:1].upper() + card.label[1:],
        path=card.path,
        language=parts.language(card.language),
        title=found.title or ((card.title, False),),
        who=card.who or card.venue or parts.host(card.url),
        who_path=source_path(card.source_id, card.who) if card.source_id else "",
        parts=_meta(card),
        when=None
        if card.timeless
        else When(card.published_at.isoformat(), parts.long_date(card.published_at, now.date())),
        snippet=found.snippet or ((card.gist, False),),
        words=found.words,
        meaning=found.meaning,
        reasons=_reasons(found, result, now),
        also=ngettext("also: %(n)d other", "also: %(n)d others", many) % {"n": many}
        if many
        else "",
        others=tuple(_other(other, now) for other in found.others),
        like=parts.with_query(reverse("search"), [("like", str(card.item))]),
    )


def _meta(card: Card) -> tuple[str, ...]:
    people = parts.people(card.people)
    venue = card.venue if card.who else ""
    said = ("" if people.casefold() == card.who.casefold() else people, venue)
    return tuple(part for part in said if part)


def _other(card: Card, now: dt.datetime) -> Carrier:
    at = card.published_at
    when = When(at.isoformat(), parts.short_date(at, now.date()))
    return Carrier(name=card.title, path=card.path, when=when, by=card.who)


def _reasons(found: Found, result: SearchResult, now: dt.datetime) -> tuple[Reason, ...]:
    """Full sentences: how it was found, then what speaks for it besides."""
    card = found.card
    reasons = [Reason(_how(found, result))]
    if card.copies > 1:
        reasons.append(Reason(f"{parts.sources_in_words(card.copies)}."))
    reasons += [Reason(_("In"), ref.title, ref.path, ".") for ref in card.lists[:LISTS]]
    if now - NEW < card.published_at <= now and not card.timeless:
        reasons.append(Reason(_("New this week.")))
    return tuple(reason for reason in reasons if reason.before)


def _how(found: Found, result: SearchResult) -> str:
    """What the two bars say, in words."""
    if not result.mode:
        return _("Passes the filters.")
    in_title = any(marked for _text, marked in found.title)
    by_words, by_meaning = found.words >= STRONG_WORDS, found.meaning >= STRONG_MEANING
    if by_words and by_meaning:
        return _("Words and meaning agree.")
    if by_words or (found.words and not found.meaning):
        return _("Your words are in its title.") if in_title else _("Your words are in its text.")
    if by_meaning:
        return _("Close in meaning.")
    return _("Some of your words, and near in meaning.") if found.words else _("Near in meaning.")
