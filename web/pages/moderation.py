"""The public log of what curators did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from kb.selectors import moderation
from web.pages import parts
from web.pages.story import When

if TYPE_CHECKING:
    import datetime as dt

    from kb.selectors.moderation import Act

PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class ActRow:
    """One line of the log."""

    anchor: str
    when: When
    did: str
    subject: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class ModerationPage:
    """One page of it."""

    rows: tuple[ActRow, ...]
    pages: parts.Paging
    feeds: parts.Feeds


def moderation_page(now: dt.datetime, number: int) -> ModerationPage | None:
    """A page of the log; None for one that there is not."""
    pages = max(1, -(-moderation.count() // PER_PAGE))
    if number > pages:
        return None
    found = moderation.acts(limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    path = reverse("moderation")
    return ModerationPage(
        rows=tuple(_row(act, now) for act in found),
        pages=parts.paging(number, pages, lambda n: parts.with_query(path, [("page", str(n))])),
        feeds=parts.feeds(
            _("Moderation · %(site)s") % {"site": settings.SITE_NAME}, "moderation_feed"
        ),
    )


def did(action: str) -> str:
    """What was done, in words."""
    words = {
        "hide article": _("Hidden"),
        "show article": _("Shown again"),
        "merge articles": _("Copies joined"),
        "undo merge": _("Copies parted"),
        "split story": _("Taken out of a story"),
        "join story": _("Stories joined"),
        "add source": _("Source added"),
        "pause source": _("Source paused"),
        "resume source": _("Source resumed"),
        "delete source": _("Source removed"),
        "retire source": _("Source gone: its server says that it will not come back"),
        "move source": _("Source moved to where its server redirects"),
        "merge source": _("Source joined with another that it redirects to"),
        "publish list": _("List published"),
        "publish concept": _("Concept published"),
        "publish impression": _("Impression published"),
        "publish question": _("Answer published"),
        "withdraw list": _("List withdrawn"),
        "withdraw concept": _("Concept withdrawn"),
        "withdraw impression": _("Impression withdrawn"),
        "withdraw question": _("Answer withdrawn"),
    }
    return words[action]


def _row(act: Act, now: dt.datetime) -> ActRow:
    return ActRow(
        anchor=f"act-{act.id}",
        when=When(act.at.isoformat(), parts.long_date(act.at, now.date())),
        did=did(act.action),
        subject=act.subject,
        path=act.path,
        reason=act.reason,
    )
