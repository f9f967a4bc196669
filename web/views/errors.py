"""Pages for what goes wrong. They ask nothing of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from django.conf import settings
from django.shortcuts import render

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

LONGEST = 80


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django gives it
    """400."""
    return _told(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django gives it
    """403."""
    return _told(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django gives it
    """404, with the last words of the address to search for."""
    last = unquote(request.path).rstrip("/").rpartition("/")[2]
    guess = " ".join(last.replace("-", " ").replace("_", " ").split())[:LONGEST]
    page = {"path": request.path[:LONGEST], "guess": "" if guess.isdigit() else guess}
    return _told(request, 404, page)


def broken(request: HttpRequest) -> HttpResponse:
    """500, as for anybody: what broke may be what knows the reader."""
    request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
    return _told(request, 500)


def _told(request: HttpRequest, status: int, page: dict[str, str] | None = None) -> HttpResponse:
    # the address was not good for this page, so the page must not name it as its own
    request.resolver_match = None
    return render(request, f"web/{status}.html", {"page": page}, status=status)
