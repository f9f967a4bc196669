"""Topics and facets as people say them. What a person said, also a refusal, no proposal changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from kb.core.labels import FACETS
from kb.errors import InputError
from kb.models import Label, Topic
from kb.services.audit import record
from kb.services.passages import note_changes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kb.models import User

CURATOR = Label.Origin.CURATOR


def label_names() -> set[str]:
    """Every label that there is."""
    facets = {f"{facet}:{value}" for facet, values in FACETS.items() for value in values}
    return facets | {f"topic:{slug}" for slug in Topic.objects.values_list("slug", flat=True)}


@transaction.atomic
def say_labels(*, item: int, names: Iterable[str], acting_user: User | None) -> bool:
    """These labels hold for this item; tells whether anything changed.

    From a person that is all there is to say: labels that a model proposed and that are not named are refused. Without
    a user (the bundled content speaks), what people and models said of other labels stays. InputError for labels that
    there are not.
    """
    wanted = set(names)
    if unknown := wanted - label_names():
        raise InputError(f"there is no label {min(unknown)}")
    had = {row.name: row for row in Label.objects.select_for_update().filter(item=item)}
    said = {name: had.get(name) or Label(item=item, name=name) for name in sorted(wanted)}
    if acting_user is None:
        ours = [row for row in had.values() if row.origin == CURATOR and row.user_id is None]
        gone = [row.pk for row in ours if row.name not in wanted]
        Label.objects.filter(pk__in=gone).delete()
        fresh = [row for row in said.values() if not row.pk or row.origin != CURATOR]
        refused: list[Label] = []
    else:
        gone = []
        refused = [
            r for r in had.values() if r.name not in wanted and not _is_said(r, refused=True)
        ]
        fresh = [row for row in said.values() if not row.pk or not _is_said(row, refused=False)]
    now = timezone.now()
    for row in (*fresh, *refused):
        row.origin, row.refused, row.user, row.at = (
            CURATOR,
            row.name not in wanted,
            acting_user,
            now,
        )
        row.confidence, row.model, row.why = 1.0, None, {}
        row.save()
    if fresh or refused or gone:
        note_changes([item])
        record(action="label", subject=f"item {item}", user=acting_user, names=sorted(wanted))
    return bool(fresh or refused or gone)


def _is_said(row: Label, *, refused: bool) -> bool:
    return row.origin == CURATOR and row.refused == refused
