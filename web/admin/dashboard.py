"""The first page of the panel: the hub in numbers, and what needs a person."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kb.models import Question
from kb.selectors import overview
from web.pages.sources import sources_page

if TYPE_CHECKING:
    from django.http import HttpRequest

MOST = 10


def callback(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - unfold gives it
    """What admin/index.html shows above the list of tables."""
    counts = overview.overview(overview.current_space())
    page = sources_page(timezone.now(), 1)
    trouble = page.trouble[:MOST] if page else ()
    links = {"sources": "source", "entries": "entry", "articles": "article", "lists": "readinglist"}
    cards = [
        (label, getattr(counts, name), reverse(f"admin:kb_{links[name]}_changelist"))
        for name, label in (
            ("sources", _("Sources")),
            ("articles", _("Articles")),
            ("entries", _("Entries")),
            ("lists", _("Published lists")),
        )
    ]
    share = round(100 * counts.embedded / counts.passages) if counts.passages else 100
    waiting = Question.objects.filter(state=Question.State.ASKED).count()
    return context | {
        "waiting": waiting,
        "queue": reverse("admin:kb_question_changelist") + "?state__exact=asked",
        "broken": reverse("admin:kb_concept_broken"),
        "cards": cards,
        "counts": counts,
        "embedded_share": share,
        "done_at": timezone.now() + dt.timedelta(seconds=counts.seconds_left)
        if counts.seconds_left is not None
        else None,
        "trouble": [(row.name, row.path, row.sign.word, row.advice) for row in trouble],
    }
