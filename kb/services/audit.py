"""Who did what: one row an act, in the transaction of the act."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from kb.models import AuditEntry, User


def record(*, action: str, subject: object, user: User | None, **detail: Any) -> None:
    """Add a row. `subject` is kept as words, since the thing itself may go."""
    AuditEntry.objects.create(
        at=timezone.now(), user=user, action=action, subject=str(subject)[:300], detail=detail
    )
