"""What every template may use beside its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from web.pages import parts

if TYPE_CHECKING:
    from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the main navigation; `key` follows `g`, `wide` ones have no room beside the others on a phone."""

    label: str
    path: str
    key: str
    current: bool
    wide: bool


@dataclass(frozen=True, slots=True)
class Site:
    """The hub's name, its places and the feeds that every page announces. `reader` is a word for the session of who brings
    one, which scripts can compare and which opens nothing."""

    name: str
    url: str
    places: tuple[Place, ...]
    feeds: parts.Feeds
    reader: str


def site(request: HttpRequest) -> dict[str, Site]:
    """`site` in every template. Asks neither the database nor the session: no page sets a cookie."""
    here = request.path
    home = reverse("home")
    found = (
        (_("Today"), home, "t", False),
        (_("Topics"), reverse("topics"), "o", True),
        (_("Concepts"), reverse("concepts"), "c", False),
        (_("Lists"), reverse("lists"), "l", False),
        (_("Questions"), reverse("questions"), "q", True),
        (_("Impressions"), reverse("impressions"), "i", True),
        (_("Sources"), reverse("sources"), "s", True),
    )
    places = tuple(
        Place(label, path, key, here == path if path == home else here.startswith(path), wide)
        for label, path, key, wide in found
    )
    name = settings.SITE_NAME
    return {
        "site": Site(name, settings.SITE_URL, places, parts.feeds(name, "feed"), _reader(request))
    }


def _reader(request: HttpRequest) -> str:
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return (
        salted_hmac("web.reader", session, algorithm="sha256").hexdigest()[:12] if session else ""
    )
