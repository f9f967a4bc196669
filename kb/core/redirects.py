"""When a permanent redirect is believed: servers take back most of them within days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

ENOUGH = 10
ENOUGH_HOURS = 72


@dataclass(frozen=True, slots=True)
class Redirects:
    """Permanent redirects in a row that all led to `target`, the first of them at `since`."""

    target: str = ""
    count: int = 0
    since: dt.datetime | None = None

    def then(self, target: str, now: dt.datetime) -> Redirects:
        """After one more answered check, whose permanent redirects led to `target` ("" for none)."""
        if not target:
            return Redirects()
        if target != self.target or self.since is None:
            return Redirects(target, 1, now)
        return Redirects(target, self.count + 1, self.since)

    def is_proven(self, now: dt.datetime) -> bool:
        """Whether these are enough, over long enough, to change an address for."""
        if self.since is None or self.count < ENOUGH:
            return False
        return (now - self.since).total_seconds() >= ENOUGH_HOURS * 3600
