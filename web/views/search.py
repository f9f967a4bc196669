"""Search, and what is suggested while typing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from kb.selectors import suggestions
from web.forms import LONGEST, SearchForm
from web.pages import search as pages
from web.reader import is_signed_in
from web.views import access

if TYPE_CHECKING:
    from django.http import HttpRequest

SUGGESTED_SECONDS = 60


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The form and what it finds. Asked by a page that has the words alone, 204 while there is no more than them."""
    found = pages.search_page(SearchForm(request.GET), timezone.now(), access.number(request))
    if found.waiting and request.headers.get("HX-Trigger") == "waiting":
        return HttpResponse(status=204)
    return _answer(request, found)


# it reads only: a token would need a cookie, and readers get none
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def text(request: HttpRequest) -> HttpResponse:
    """What is close to a text, too long for an address."""
    if request.method != "POST":
        return redirect("search")
    found = pages.text_page(SearchForm(request.POST), timezone.now())
    return _answer(request, found)


def _answer(request: HttpRequest, found: pages.SearchPage) -> HttpResponse:
    # whoever changes filters has them open; whoever comes to a page came for its results
    live = request.headers.get("HX-Trigger") == "search-form"
    context = {"page": found, "signed_in": is_signed_in(request), "live": live}
    answer = render(request, "web/search.html", context)
    patch_vary_headers(answer, ["HX-Trigger"])
    return answer


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """What may be about to be typed, as JSON: [{label, kind, path or query}]."""
    typed = request.GET.get("q", "")[:LONGEST]
    found = suggestions.suggest(typed, timezone.now().date())
    rows = [{"label": s.label, "kind": s.kind, "path": s.path, "query": s.query} for s in found]
    response = JsonResponse({"suggestions": rows})
    patch_cache_control(response, public=True, max_age=SUGGESTED_SECONDS)
    return response
