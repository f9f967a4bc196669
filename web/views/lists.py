"""Reading lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from web.pages import lists as pages
from web.views import access

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All published lists."""
    return render(request, "web/lists.html", {"page": pages.lists_page(timezone.now())})


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One list."""
    curating = access.is_curator(request)
    found = access.found(pages.list_page(slug, timezone.now(), curating=curating))
    return render(request, "web/list.html", {"page": found})
