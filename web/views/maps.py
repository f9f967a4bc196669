"""Maps of articles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kb.core.periods import read_period
from web.pages import maps as pages
from web.views import access

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def newest(request: HttpRequest) -> HttpResponse:
    """The last month, or that there is no map yet."""
    return render(request, "web/map.html", {"page": pages.map_page(None, timezone.now())})


@require_safe
def page(request: HttpRequest, period: str) -> HttpResponse:
    """A week, a month, a quarter or a year."""
    asked = access.found(read_period(period))
    found = access.found(pages.map_page(asked, timezone.now()))
    if found.name != period:
        return redirect("map_period", found.name, permanent=True)
    return render(request, "web/map.html", {"page": found})


@require_safe
def guessed(_request: HttpRequest, year: str, part: str) -> HttpResponse:
    """/map/2026/11/ as one would guess it from the archive."""
    return redirect("map_period", f"{year}-{part}", permanent=True)
