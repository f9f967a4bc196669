"""Taking back what was removed: the last removal of a reader waits in their session, and a note offers it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kb.services import folders, marks, mutes, readers

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

_KEY = "undo"


@dataclass(frozen=True, slots=True)
class Offer:
    """What the note says beside its button."""

    says: str


def offer(request: HttpRequest, what: str, says: str, **data: Any) -> None:
    """Keep what it takes to undo: `what` is one of `ACTS`, `data` what its function wants, as JSON."""
    request.session[_KEY] = {"what": what, "says": says, "data": data}


def offered(request: HttpRequest) -> Offer | None:
    """What the page that follows a removal shows; nothing on any other page."""
    kept = request.session.get(_KEY) if "undo" in request.GET else None
    return Offer(kept["says"]) if kept else None


def take_back(request: HttpRequest, now: dt.datetime) -> bool:
    """Undo the last removal; False where there is none any more."""
    kept = request.session.pop(_KEY, None)
    if kept is None:
        return False
    ACTS[kept["what"]](request.user, now, **kept["data"])
    return True


def _follow(user: Any, _now: dt.datetime, *, folder: int | None, **target: Any) -> None:
    made = readers.follow(acting_user=user, **target)
    if made and folder is not None:
        folders.place_follows(acting_user=user, follow_ids=[made.pk], folder_id=folder)


def _folder(user: Any, _now: dt.datetime, **removed: Any) -> None:
    folders.restore_folder(acting_user=user, removed=folders.RemovedFolder(**removed))


def _mute(user: Any, now: dt.datetime, *, words: str) -> None:
    mutes.add_mute(acting_user=user, words=words, now=now)


def _tag(user: Any, now: dt.datetime, *, name: str, article_ids: list[int]) -> None:
    marks.restore_tag(acting_user=user, name=name, article_ids=article_ids, now=now)


def _read(user: Any, _now: dt.datetime, *, at: str) -> None:
    marks.unread_since(acting_user=user, at=dt.datetime.fromisoformat(at))


ACTS: dict[str, Callable[..., None]] = {
    "follow": _follow,
    "folder": _folder,
    "mute": _mute,
    "tag": _tag,
    "read": _read,
}
