"""Authors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kb.selectors.authors import author_path
from web.pages import authors as pages
from web.views import access

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

LONGEST = 100


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Who wrote most lately, or whose name has a word that begins as asked."""
    asked = " ".join(request.GET.get("q", "")[:LONGEST].replace("\0", "").split())
    return render(request, "web/authors.html", {"page": pages.authors_page(asked, timezone.now())})


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One author; a name written any other way leads to its address."""
    found = pages.author_page(
        slug, timezone.now(), access.number(request), access.reader_or_none(request)
    )
    if found is None:
        path = author_path(slug.replace("-", " ").replace("_", " ").replace("+", " "))
        if not path or path == request.path:
            raise Http404
        return redirect(path, permanent=True)
    return render(request, "web/author.html", {"page": found})
