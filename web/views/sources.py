"""Sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from web.pages import parts
from web.pages import sources as pages
from web.views import access

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All sources and their health."""
    found = access.found(pages.sources_page(timezone.now(), access.number(request)))
    return render(request, "web/sources.html", {"page": found})


@require_safe
def page(request: HttpRequest, pk: int, slug: str = "") -> HttpResponse:
    """One source; an old or missing name in the address leads to the right one."""
    number, reader = access.number(request), access.reader_or_none(request)
    found = access.found(pages.source_page(pk, timezone.now(), number, reader=reader))
    if slug != found.row.path.rstrip("/").rpartition("/")[2]:
        return redirect(
            parts.with_query(
                found.row.path, [(name, str(value)) for name, value in request.GET.items()]
            ),
            permanent=True,
        )
    return render(request, "web/source.html", {"page": found})
