"""What every template may use beside its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from web.pages import parts
from web.reader import reader_of

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
    """The hub's name, its places and the feeds that every page announces; `canonical` is the one whole address of the page, or ""
    for what is at no address; `written_in` the language of what curators write. `reader` is a word for the session of who
    brings one, which scripts can compare and which opens nothing."""

    name: str
    url: str
    places: tuple[Place, ...]
    feeds: parts.Feeds
    signup: str
    mails: bool
    reader: str
    canonical: str
    written_in: str


# the parts of a query that make another page of an address; all else shows the same one
PAGES = ("page", "before")


def site(request: HttpRequest) -> dict[str, Any]:
    """`site` in every template, and `reader` where one is signed in. Asks the session only of those who bring one: no page
    sets a cookie."""
    here = request.path
    home = reverse("home")
    found = (
        (_("Today"), home, "t", False),
        (_("Topics"), reverse("topics"), "o", True),
        (_("Concepts"), reverse("concepts"), "c", False),
        (_("Lists"), reverse("lists"), "l", True),
        (_("Issues"), reverse("issues"), "i", False),
        (_("Questions"), reverse("questions"), "q", True),
        (_("Impressions"), reverse("impressions"), "p", True),
        (_("Sources"), reverse("sources"), "s", True),
    )
    places = tuple(
        Place(label, path, key, here == path if path == home else here.startswith(path), wide)
        for label, path, key, wide in found
    )
    name = settings.SITE_NAME
    known = Site(
        name=name,
        url=settings.SITE_URL,
        places=places,
        feeds=parts.feeds(name, "feed"),
        signup=settings.SIGNUP,
        mails=settings.MAILS,
        reader=_reader(request),
        canonical=_canonical(request),
        written_in=parts.WRITTEN_IN,
    )
    return {"site": known, "reader": reader_of(request), "here": request.get_full_path()}


def _reader(request: HttpRequest) -> str:
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return (
        salted_hmac("web.reader", session, algorithm="sha256").hexdigest()[:12] if session else ""
    )


def _canonical(request: HttpRequest) -> str:
    """The address without what makes no other page. None for an address that leads nowhere, or to an error."""
    if request.resolver_match is None:
        return ""
    query = [(name, request.GET.get(name, "")) for name in PAGES]
    told = [(name, value) for name, value in query if (name, value) != ("page", "1")]
    return f"{settings.SITE_URL}{parts.with_query(request.path, told)}"
