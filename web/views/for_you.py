"""For you: off until its reader switches it on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kb.errors import InputError
from kb.selectors import tastes
from kb.services.tastes import set_less, switch_for_you
from tasks import notify
from web.pages import for_you as pages
from web.pages.parts import with_query
from web.views import access

if TYPE_CHECKING:
    from django.http import HttpRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The stories that fit; POST switches on, or with `on` empty off, which forgets what was learned."""
    user: Any = request.user
    if request.method == "POST":
        switch_for_you(acting_user=user, on=bool(request.POST.get("on")))
        notify.keep_up_soon()
        return redirect("for_you")
    found = pages.for_you_page(user.pk, timezone.now(), less=request.GET.get("less", ""))
    return render(request, "web/for_you.html", {"page": found})


@login_required
@require_POST
def less(request: HttpRequest, pk: int) -> HttpResponse:
    """Less like this article; or with `on` empty, that is taken back."""
    user: Any = request.user
    wanted = bool(request.POST.get("on"))
    try:
        set_less(acting_user=user, article_id=pk, less=wanted)
    except InputError as error:
        raise Http404 from error
    notify.keep_up_soon()
    return redirect(with_query(reverse("for_you"), [("less", str(pk))] if wanted else []))


@login_required
@require_safe
def taste(request: HttpRequest) -> HttpResponse:
    """What was learned, to take along."""
    state = tastes.taste_state(access.reader(request))
    answer = JsonResponse(state.learned, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer.headers["Content-Disposition"] = 'attachment; filename="taste.json"'
    return answer
