"""Notes and highlights of a reader: plain forms that lead back to where they stood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kb.errors import InputError
from kb.services import highlights
from web.pages import notes as pages
from web.pages.parts import with_query
from web.views import access

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All of them."""
    found = pages.notes_page(
        access.reader(request), timezone.now(), access.number(request), asked=request.GET.dict()
    )
    return render(request, "web/notes.html", {"page": access.found(found)})


@login_required
@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """One more on an article."""
    user: Any = request.user
    said = {name: request.POST.get(name, "") for name in ("quote", "before", "after", "note")}
    try:
        highlights.add_highlight(acting_user=user, article_id=pk, **said)
    except InputError as error:
        return _back(request, problem=str(error))
    return _back(request)


@login_required
@require_POST
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Another note on the same place."""
    user: Any = request.user
    try:
        access.found(
            highlights.edit_highlight(
                acting_user=user, highlight_id=pk, note=request.POST.get("note", "")
            )
        )
    except InputError as error:
        return _back(request, problem=str(error))
    return _back(request)


@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete one, which can be taken back."""
    user: Any = request.user
    access.found(highlights.remove_highlight(acting_user=user, highlight_id=pk))
    return _back(request, removed=str(pk))


@login_required
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a deletion back."""
    user: Any = request.user
    access.found(highlights.restore_highlight(acting_user=user, highlight_id=pk))
    return _back(request)


def _back(request: HttpRequest, **said: str) -> HttpResponse:
    return redirect(f"{with_query(access.back(request), list(said.items()))}#notes")
