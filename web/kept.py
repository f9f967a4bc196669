"""What a page shows before anybody looks at it, kept a moment for all who are signed in.

Their pages differ in buttons and in what they mute, which templates see to; finding and describing the stories is the same
for all, and most of the work. As `web.page_cache`, it is kept for PAGE_SECONDS at most, and only until something new can be
found. Curators get everything anew: they look at what they have just mended.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.core.cache import caches
from django.utils.translation import get_language

from kb.selectors.overview import newest_change
from web.reader import is_signed_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

T = TypeVar("T")
_newest = 0


def newest() -> int:
    """The newest change that the index was ever told of. Changes are removed once the index has them, and what was made before
    them must not come back then."""
    global _newest  # noqa: PLW0603 - one number for the process
    _newest = max(_newest, newest_change())
    return _newest


def kept(request: HttpRequest, make: Callable[[], T], *asked: object) -> T:
    """What `make` gives for the things `asked` for, or gave a moment ago. It may depend on nothing else but the language."""
    if not settings.PAGE_SECONDS or not is_signed_in(request) or request.user.is_staff:
        return make()
    key = hashlib.sha256(repr((newest(), get_language(), asked)).encode()).hexdigest()
    found: tuple[T] | None = caches["pages"].get(key)
    if found is None:
        found = (make(),)
        caches["pages"].set(key, found, settings.PAGE_SECONDS)
    return found[0]
