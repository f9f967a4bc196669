"""Feeds. The middleware answers 304 by ETag and Last-Modified."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse, QueryDict
from django.utils.cache import patch_cache_control
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from kb.selectors import saved_searches
from web.feeds import build, formats, knowledge
from web.feeds import moderation as moderation_feed
from web.feeds.document import absolute, clean
from web.forms import SearchForm
from web.pages.search import criteria, search_query
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
def moderation(request: HttpRequest, kind: str) -> HttpResponse:
    """What curators did."""
    return _answer(request, moderation_feed.log(), kind)


@require_safe
def source(request: HttpRequest, pk: int, kind: str, slug: str = "") -> HttpResponse:  # noqa: ARG001 - beside the page's address, too
    """One source."""
    return _answer(request, access.found(build.source(pk)), kind)


@require_safe
def author(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """One author."""
    return _answer(request, access.found(build.author(slug)), kind)


@require_safe
def reading_lists(request: HttpRequest, kind: str) -> HttpResponse:
    """All lists."""
    return _answer(request, build.reading_lists(), kind)


@require_safe
def issues(request: HttpRequest, kind: str) -> HttpResponse:
    """All issues."""
    return _answer(request, build.issues(), kind)


@require_safe
def reading_list(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """One list."""
    return _answer(request, access.found(build.reading_list(slug)), kind)


@require_safe
def topics(request: HttpRequest, kind: str) -> HttpResponse:
    """Everything in a topic."""
    return _answer(request, knowledge.all_topics(), kind)


@require_safe
def topic(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """One topic."""
    return _answer(request, access.found(knowledge.topic(slug)), kind)


@require_safe
def concepts(request: HttpRequest, kind: str) -> HttpResponse:
    """All concepts."""
    return _answer(request, knowledge.all_concepts(), kind)


@require_safe
def concept(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """What mentions a concept."""
    return _answer(request, access.found(knowledge.concept(slug)), kind)


@require_safe
def impressions(request: HttpRequest, kind: str) -> HttpResponse:
    """All impressions."""
    return _answer(request, knowledge.all_impressions(), kind)


@require_safe
def questions(request: HttpRequest, kind: str) -> HttpResponse:
    """All answered questions."""
    return _answer(request, knowledge.all_questions(), kind)


@require_safe
def search(request: HttpRequest, kind: str) -> HttpResponse:
    """What a search finds, newest first."""
    return _answer(request, _searched(request.GET), kind)


@require_safe
def saved_search(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    """What a saved search finds; the token is all that is asked for."""
    saved = access.found(saved_searches.saved_search(token))
    found = _searched(QueryDict(saved.query))
    named = replace(found, title=f"{clean(saved.name)} · {settings.SITE_NAME}")
    return _answer(request, named, kind, private=True)


def _searched(query: QueryDict) -> Document:
    form = SearchForm(query)
    asked = replace(criteria(form), sort="date", limit=build.SIZE)
    return build.found(asked, search_query(form))


def _answer(
    request: HttpRequest, document: Document, kind: str, *, private: bool = False
) -> HttpResponse:
    address = absolute(request.get_full_path())
    body = formats.write(document, kind, address)
    response = HttpResponse(body, content_type=formats.CONTENT_TYPES[kind])
    response.headers["Last-Modified"] = http_date(document.updated.timestamp())
    response.headers["Access-Control-Allow-Origin"] = "*"
    patch_cache_control(response, max_age=MAX_AGE, **{"private" if private else "public": True})
    return response
