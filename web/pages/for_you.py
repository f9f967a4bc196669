"""Recent stories by one reader's taste, each with what caused it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kb.core.taste import LEAST
from kb.selectors import tastes
from kb.selectors.things import things
from web.pages import parts
from web.pages.story import Reason, StoryRow, When, in_list

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from kb.selectors.tastes import Cause, Pick

ROWS = 40
TERMS = 24


@dataclass(frozen=True, slots=True)
class Fitting:
    """A row of the page; `id` is the article's, for "less like this"."""

    id: int
    story: StoryRow


@dataclass(frozen=True, slots=True)
class ForYouPage:
    """What fits a reader. `waiting` says why there is nothing yet; `learned_from` and `terms` what the taste is made of;
    `less` is (id, title) of what was just said to be less wanted."""

    on: bool
    rows: tuple[Fitting, ...]
    waiting: str
    learned_from: tuple[str, ...]
    terms: tuple[str, ...]
    learned: When | None
    less: tuple[int, str] | None


def for_you_page(user_id: int, now: dt.datetime, *, less: str = "") -> ForYouPage:
    """The page of one reader."""
    state = tastes.taste_state(user_id)
    found = tastes.picks(user_id, now, limit=ROWS) if state.on else ()
    weights = state.learned.get("terms", {})
    return ForYouPage(
        on=state.on,
        rows=tuple(Fitting(pick.story.id, _row(pick, now)) for pick in found),
        waiting=_waiting(state.learned) if state.on and not found else "",
        learned_from=_counts(state.learned.get("counts", {})),
        terms=tuple(term for term, weight in weights.items() if weight > 0)[:TERMS],
        learned=When(state.at.isoformat(), parts.long_date(state.at, now.date()))
        if state.at
        else None,
        less=_less(less),
    )


def _row(pick: Pick, now: dt.datetime) -> StoryRow:
    row = in_list(pick.story, now)
    return replace(row, reasons=(*_reasons(pick), *row.reasons))


def _reasons(pick: Pick) -> list[Reason]:
    found = [_close(cause) for cause in pick.causes[:1]]
    if pick.terms:
        found.append(Reason(_("It speaks of %(terms)s.") % {"terms": ", ".join(pick.terms)}))
    if pick.followed:
        found.append(Reason(_("You follow its source.")))
    return found or [Reason(_("Of the rest, what is nearest to your marks."))]


def _close(cause: Cause) -> Reason:
    how = {
        "starred": _(", which you starred."),
        "queued": _(", which is in your queue."),
        "read": _(", which you read."),
        "followed": _(", which you follow."),
    }
    return Reason(_("Close to"), cause.title, cause.path, how[cause.how], language="")


def _waiting(learned: dict[str, Any]) -> str:
    if not learned:
        return _("Your marks are being read; that takes some minutes. Come back to this page soon.")
    if "terms" not in learned:
        return _(
            "There is too little to learn from: star, queue or read at least %(n)s articles, or follow something."
        ) % {"n": parts.in_words(LEAST).lower()}
    return _("Nothing new fits. You marked all that is here, or the model of the hub has changed.")


def _counts(counts: dict[str, int]) -> tuple[str, ...]:
    """Twelve starred, three queued."""
    words: dict[str, Callable[[int], str]] = {
        "starred": lambda n: ngettext("%(n)d starred", "%(n)d starred", n),
        "queued": lambda n: ngettext("%(n)d in the queue", "%(n)d in the queue", n),
        "read": lambda n: ngettext("%(n)d read", "%(n)d read", n),
        "followed": lambda n: ngettext("%(n)d followed", "%(n)d followed", n),
        "less": lambda n: ngettext("%(n)d less wanted", "%(n)d less wanted", n),
        "muted": lambda n: ngettext("%(n)d muted", "%(n)d muted", n),
    }
    return tuple(word(counts[how]) % {"n": counts[how]} for how, word in words.items() if counts.get(how))  # fmt: skip


def _less(said: str) -> tuple[int, str] | None:
    if not parts.is_id(said):
        return None
    found = things([int(said)]).get(int(said))
    return (found.item, found.title) if found else None
