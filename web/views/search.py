"""Search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from web.forms import SearchForm
from web.pages import search as pages
from web.views import access

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The form and what it finds."""
    found = pages.search_page(SearchForm(request.GET), timezone.now(), access.number(request))
    return render(request, "web/search.html", {"page": found})
