"""Feeds. The middleware answers 304 by ETag and Last-Modified."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils.cache import patch_cache_control
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from web.feeds import build, formats
from web.feeds.document import absolute
from web.forms import SearchForm
from web.pages.search import criteria
from web.views import access

if TYPE_CHECKING:
    from django.http import HttpRequest

    from web.feeds.document import Document

# readers ask about every half hour; a quarter keeps news fresh and repeats cheap
MAX_AGE = 900


@require_safe
def home(request: HttpRequest, kind: str) -> HttpResponse:
    """The newest stories."""
    return _answer(request, build.home(), kind)


@require_safe
def source(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """One source."""
    return _answer(request, access.found(build.source(pk)), kind)


@require_safe
def reading_lists(request: HttpRequest, kind: str) -> HttpResponse:
    """All lists."""
    return _answer(request, build.reading_lists(), kind)


@require_safe
def reading_list(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """One list."""
    return _answer(request, access.found(build.reading_list(slug)), kind)


@require_safe
def search(request: HttpRequest, kind: str) -> HttpResponse:
    """What a search finds, newest first."""
    asked = replace(criteria(SearchForm(request.GET)), sort="date", limit=build.SIZE)
    return _answer(request, build.found(asked), kind)


def _answer(request: HttpRequest, document: Document, kind: str) -> HttpResponse:
    address = absolute(request.get_full_path())
    body = formats.write(document, kind, address)
    response = HttpResponse(body, content_type=formats.CONTENT_TYPES[kind])
    response.headers["Last-Modified"] = http_date(document.updated.timestamp())
    response.headers["Access-Control-Allow-Origin"] = "*"
    patch_cache_control(response, public=True, max_age=MAX_AGE)
    return response
