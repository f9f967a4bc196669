"""Reading lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kb.core.items import ItemKind
from web.pages import lists as pages
from web.views import access
from web.views.knowledge import moved

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All published lists."""
    return render(request, "web/lists.html", {"page": pages.lists_page(timezone.now())})


@require_safe
def issues(request: HttpRequest) -> HttpResponse:
    """All issues, the newest whole."""
    return render(request, "web/issues.html", {"page": pages.issues_page(timezone.now())})


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One list, or issue; each has one address, and the other leads to it."""
    found = pages.list_page(
        slug,
        timezone.now(),
        reader=access.reader_or_none(request),
        curating=access.is_curator(request),
    )
    if found is None:
        return moved(ItemKind.LIST, slug)
    if request.path != found.path:
        return redirect(found.path, permanent=True)
    return render(request, "web/list.html", {"page": found})
