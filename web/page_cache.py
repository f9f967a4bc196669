"""Pages as they were a moment ago, for readers who are nobody in particular.

A page is kept for PAGE_SECONDS at most, and only until something new can be found: the newest change that the index is told
of is part of its key. What is kept is what goes over the wire, compressed and with its validators, so that a page that is asked
for again costs one query, and one that the browser has costs no more.
"""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import caches
from django.http import HttpResponse
from django.utils import translation
from django.utils.cache import get_conditional_response

from web.kept import newest

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

# what is different for each, or costs too much room for what nobody asks twice
NEVER = ("/admin/", "/me/", "/search", "/accounts/", "/healthz", "/websub/")
CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")


class PageCache:
    """Stands outside of compression and validators, inside of the choice of a language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not _is_for_all(request):
            return self.get_response(request)
        key = _key(request, newest())
        kept = caches["pages"].get(key)
        if kept:
            return _unless_known(request, HttpResponse(kept[0], headers=kept[1]))
        # whole first, whatever the browser has: the next one may have nothing
        conditions = {name: request.META.pop(name) for name in CONDITIONS if name in request.META}
        response: HttpResponseBase = self.get_response(request)
        request.META |= conditions
        if not isinstance(response, HttpResponse) or not _may_be_kept(response):
            return response
        caches["pages"].set(key, (response.content, dict(response.items())), settings.PAGE_SECONDS)
        return _unless_known(request, response)


def _is_for_all(request: HttpRequest) -> bool:
    """Whether a request says nothing about who asks."""
    plain = request.method == "GET" and not request.headers.get("Authorization")
    nobody = settings.SESSION_COOKIE_NAME not in request.COOKIES
    return bool(settings.PAGE_SECONDS) and plain and nobody and not request.path.startswith(NEVER)


def _may_be_kept(response: HttpResponse) -> bool:
    """Pages only: an answer with a cookie, or one that says that it depends on one, is somebody's own."""
    kind = response.headers.get("Content-Type", "")
    page = response.status_code == HTTPStatus.OK and kind.startswith("text/html")
    own = response.cookies or "cookie" in response.headers.get("Vary", "").lower()
    return page and not own and "no-store" not in response.headers.get("Cache-Control", "")


def _key(request: HttpRequest, newest_known: int) -> str:
    compressed = "gzip" in request.headers.get("Accept-Encoding", "")
    asked = (request.get_host(), request.get_full_path(), translation.get_language(), compressed)
    said = (request.headers.get("HX-Request", ""), request.is_secure(), newest_known)
    return hashlib.sha256(repr((asked, said)).encode()).hexdigest()


def _unless_known(request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
    """The response, or 304 where the browser has it."""
    found: HttpResponseBase | None = get_conditional_response(
        request, etag=response.headers.get("ETag"), response=response
    )
    return response if found is None else found
