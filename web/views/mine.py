"""What a reader with an account notes for themselves: plain forms that lead back to where they stood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from kb.errors import InputError
from kb.services import readers
from web.views import access

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


@login_required
@require_POST
def follow(request: HttpRequest, item: int) -> HttpResponse:
    """Follow an item, or with `on` empty no longer."""
    return _note(
        request, lambda user, on: readers.follow(acting_user=user, item=item, following=on)
    )


@login_required
@require_POST
def know(request: HttpRequest, pk: int) -> HttpResponse:
    """Know a concept, or with `on` empty no longer."""
    return _note(
        request, lambda user, on: readers.set_known(acting_user=user, concept_id=pk, known=on)
    )


@login_required
@require_POST
def progress(request: HttpRequest, slug: str) -> HttpResponse:
    """What of a list is done: the readings in `done`, and no other."""
    done = {int(pk) for pk in request.POST.getlist("done") if pk.isascii() and pk.isdecimal()}
    user: Any = request.user
    try:
        readers.set_progress(acting_user=user, list_slug=slug, done=done)
    except InputError as error:
        raise Http404 from error
    return redirect("list", slug=slug)


def _note(request: HttpRequest, act: Callable[[Any, bool], object]) -> HttpResponse:
    try:
        act(request.user, bool(request.POST.get("on")))
    except InputError as error:
        raise Http404 from error
    return redirect(access.back(request))
