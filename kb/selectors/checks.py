"""What visits to sources gave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.models import Check

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class CrawlSummary:
    """Sources checked, unchanged and failed; entries new and updated; (address, error) of each failure."""

    checked: int
    unchanged: int
    new: int
    updated: int
    failed: int
    errors: tuple[tuple[str, str], ...]

    def as_json(self) -> dict[str, object]:
        """The summary as the `crawl` command prints it."""
        return {
            "checked": self.checked,
            "unchanged": self.unchanged,
            "new": self.new,
            "updated": self.updated,
            "failed": self.failed,
            "errors": [{"source": source, "error": error} for source, error in self.errors],
        }


def summarise(*, source_ids: Collection[int], since: dt.datetime) -> CrawlSummary:
    """The checks of these sources stored since then, added up."""
    checks = Check.objects.filter(stored_at__gte=since).select_related("source").order_by("pk")
    wanted = set(source_ids)
    mine = [c for c in checks if c.source_id in wanted]
    failed = [c for c in mine if c.outcome == Check.Outcome.FAILED]
    return CrawlSummary(
        checked=len({c.source_id for c in mine}),
        unchanged=sum(c.outcome == Check.Outcome.UNCHANGED for c in mine),
        new=sum(c.new for c in mine),
        updated=sum(c.updated for c in mine),
        failed=len(failed),
        errors=tuple((c.source.url, c.error) for c in mine if c.error),
    )
