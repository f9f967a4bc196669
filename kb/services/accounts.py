"""People with accounts."""

from __future__ import annotations

import secrets

from django.db import transaction

from kb.models import User
from kb.services.audit import record


@transaction.atomic
def first_admin() -> tuple[str, str] | None:
    """Make the first administrator and return its name and password; None when there is one already."""
    if User.objects.filter(is_superuser=True).exists():
        return None
    password = secrets.token_urlsafe(12)
    user = User.objects.create_superuser("admin", password=password)
    record(action="create administrator", subject=user, user=None)
    return user.username, password
