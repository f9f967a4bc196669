"""What a reader with an account follows, knows, and has read."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from kb.models import Follow, Known, Preferences, Progress, ReadingList, ReadingListItem


@dataclass(frozen=True, slots=True)
class Target:
    """What can be followed: an item, a source by row id, or a person by name; one of them."""

    item: int | None = None
    source: int | None = None
    person: str = ""

    @property
    def named(self) -> tuple[str, str]:
        """Which of them it is, and its value as a form has it."""
        if self.item is not None:
            return "item", str(self.item)
        if self.source is not None:
            return "source", str(self.source)
        return "person", self.person


@dataclass(frozen=True, slots=True)
class Preferred:
    """How a reader wants the hub; `language` is empty for who takes what the browser asks."""

    newest_first: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class PathCard:
    """A list that a reader is on the way through."""

    title: str
    path: str
    done: int
    size: int


def follows(user_id: int, target: Target) -> bool:
    """Whether a reader follows a thing."""
    own = Follow.objects.filter(user=user_id)
    return own.filter(item=target.item, source=target.source, person=target.person).exists()


def known_concepts(user_id: int) -> frozenset[int]:
    """Row ids of the concepts that a reader says they know."""
    return frozenset(Known.objects.filter(user=user_id).values_list("concept", flat=True))


def readings_done(user_id: int, list_id: int) -> frozenset[int]:
    """Row ids of the readings of one list that a reader has done."""
    rows = Progress.objects.filter(user=user_id, reading__reading_list=list_id)
    return frozenset(rows.values_list("reading", flat=True))


def preferences(user_id: int) -> Preferred:
    """How a reader wants the hub. One query."""
    rows = Preferences.objects.filter(user=user_id)
    found = rows.values_list("newest_first", "language").first()
    return Preferred(*found) if found else Preferred()


def paths_begun(user_id: int) -> tuple[PathCard, ...]:
    """Lists of which a reader has read something, by title. Two queries."""
    size = Count("reading_list__items", distinct=True)
    rows = (
        ReadingListItem.objects.filter(
            pk__in=Progress.objects.filter(user=user_id).values("reading")
        )
        .filter(reading_list__published_at__isnull=False)
        .values("reading_list")
        .annotate(done=Count("pk", distinct=True), size=size)
    )
    found = {row["reading_list"]: row for row in rows}
    lists = ReadingList.objects.filter(pk__in=found).order_by("title")
    return tuple(
        PathCard(row.title, row.get_absolute_url(), found[row.pk]["done"], found[row.pk]["size"])
        for row in lists
    )
