"""Searches that a person keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kb.errors import InputError
from kb.services import saved_searches
from web.forms import SearchForm
from web.pages import saved as pages
from web.pages.parts import with_query
from web.pages.search import search_query
from web.views import access

if TYPE_CHECKING:
    from django.http import HttpRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """All of them; POST keeps one more."""
    user = access.reader(request)
    problem = _save(request, user) if request.method == "POST" else ""
    if request.method == "POST" and not problem:
        return redirect("saved_searches")
    page = pages.saved_page(user, timezone.now(), removed=request.GET.get("removed", ""), problem=problem)  # fmt: skip
    return render(request, "web/saved.html", {"page": page}, status=400 if problem else 200)


def _save(request: HttpRequest, user: int) -> str:
    """Keep what the form holds; what is wrong with it, or ""."""
    asked = search_query(SearchForm(QueryDict(request.POST.get("query", ""))))
    kept = with_query("", [part for part in asked if part[0] != "sort"]).lstrip("?")
    name = request.POST.get("name", "")
    try:
        saved_searches.save_search(user_id=user, query=kept, name=name, now=timezone.now())
    except InputError as error:
        return str(error)
    return ""


@login_required
@require_safe
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """To the results; from now on, those of now are not new."""
    user, now = access.reader(request), timezone.now()
    found = saved_searches.look_at(search_id=pk, user_id=user, now=now)
    return redirect(f"{reverse('search')}?{access.found(found).query}&sort=date")


@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete one, which can be taken back."""
    user, now = access.reader(request), timezone.now()
    access.found(saved_searches.remove_search(search_id=pk, user_id=user, now=now))
    return redirect(with_query(reverse("saved_searches"), [("removed", str(pk))]))


@login_required
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a deletion back."""
    access.found(saved_searches.restore_search(search_id=pk, user_id=access.reader(request)))
    return redirect("saved_searches")
