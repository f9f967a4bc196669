"""Who may make an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.models import Invitation

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet


def open_invitations(now: dt.datetime) -> QuerySet[Invitation]:
    """Invitations that nobody has used and that are not too old."""
    return Invitation.objects.filter(used_at=None, expires_at__gt=now)


def is_invited(token: str, now: dt.datetime, email: str = "") -> bool:
    """Whether this token makes an account, for this address where it is given."""
    found = open_invitations(now).filter(token=token).first() if token else None
    return found is not None and (not email or found.email in {"", email.lower()})
