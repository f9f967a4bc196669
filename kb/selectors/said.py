"""Sayings of the core in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext

from kb.core.saying import Saying

if TYPE_CHECKING:
    from collections.abc import Iterable


def translated(sentences: Iterable[str]) -> tuple[str, ...]:
    """The same sentences; those that know what they were made of in the language that is active."""
    return tuple(gettext(one.pattern) % one.values if isinstance(one, Saying) else one for one in sentences)  # fmt: skip
