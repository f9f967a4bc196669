"""How a reader wants the hub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from kb.errors import InputError
from kb.models import Preferences

if TYPE_CHECKING:
    from kb.models import User


def set_preferences(*, acting_user: User, newest_first: bool, language: str) -> None:
    """Keep what a reader chose. `language` is one of the site's, or empty: as the browser asks. InputError for another."""
    if language and language not in dict(settings.LANGUAGES):
        raise InputError("the site does not speak this language")
    Preferences.objects.update_or_create(
        user=acting_user, defaults={"newest_first": newest_first, "language": language}
    )
