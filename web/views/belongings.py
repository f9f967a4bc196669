"""Bringing things, taking them along, and leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kb.errors import InputError
from kb.selectors import belongings as kept
from kb.services import reader_imports, saved_links
from kb.services.accounts import delete_account
from kb.services.bookmarks import read_import
from tasks import notify
from web.forms import ImportForm, LeaveForm
from web.pages import belongings as pages
from web.pages.parts import with_query
from web.views import access

if TYPE_CHECKING:
    from django.http import HttpRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """Where a file is given; POST takes it, small ones at once."""
    problem = ""
    if request.method == "POST":
        try:
            return redirect("import", _bring(request).pk)
        except InputError as error:
            problem = str(error)
    page = pages.import_page(access.reader(request), timezone.now(), problem)
    return render(request, "web/import.html", {"page": page}, status=400 if problem else 200)


def _bring(request: HttpRequest) -> Any:
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        raise InputError(" ".join(str(e) for errors in form.errors.values() for e in errors))
    file, user = form.cleaned_data["file"], request.user
    brought = read_import(file.read(), keep=form.cleaned_data["keep"] or "starred")
    opened = reader_imports.open_import(acting_user=user, name=file.name, brought=brought)  # type: ignore[arg-type]  # who is signed in
    if opened.total <= reader_imports.AT_ONCE:
        while not reader_imports.take_batch(import_id=opened.pk):
            pass
    else:
        notify.keep_up_soon()
    return opened


@login_required
@require_safe
def outcome(request: HttpRequest, pk: int) -> HttpResponse:
    """What became of a file, or how far it is."""
    page = access.found(pages.outcome_page(access.reader(request), pk, timezone.now()))
    return render(request, "web/imported.html", {"page": page})


@login_required
@require_safe
def links(request: HttpRequest) -> HttpResponse:
    """Saved links from elsewhere."""
    page = pages.links_page(
        access.reader(request),
        timezone.now(),
        access.number(request),
        asked=request.GET.dict(),
    )
    return render(request, "web/links.html", {"page": access.found(page)})


@login_required
@require_POST
def remove_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a saved link, which can be taken back."""
    user: Any = request.user
    access.found(saved_links.remove_link(acting_user=user, link_id=pk))
    return redirect(with_query(reverse("saved_links"), [("removed", str(pk))]))


@login_required
@require_POST
def restore_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Take that back."""
    user: Any = request.user
    access.found(saved_links.restore_link(acting_user=user, link_id=pk))
    return redirect("saved_links")


@login_required
@require_safe
def take(request: HttpRequest) -> HttpResponse:
    """What there is to take along."""
    return render(request, "web/export.html", {"page": {}})


@login_required
@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """Everything of a reader in one of three formats."""
    user, now = access.reader(request), timezone.now()
    if kind == "json":
        said = kept.belongings(user, now)
        answer: HttpResponse = JsonResponse(
            said, json_dumps_params={"ensure_ascii": False, "indent": 1}
        )
    elif kind == "opml":
        answer = HttpResponse(kept.followed_opml(user), content_type="text/x-opml; charset=utf-8")
    else:
        answer = HttpResponse(kept.markdown(user, now), content_type="text/markdown; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="earshot-{now:%Y-%m-%d}.{kind}"'
    return answer


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Delete the account: by its password, or where it has none by typing its name."""
    user: Any = request.user
    form = LeaveForm(request.POST if request.method == "POST" else None, user=user)
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            delete_account(acting_user=user)
        except InputError as error:
            problem = str(error)
        else:
            logout(request)
            return redirect("left")
    elif request.method == "POST":
        problem = _("that is not it; nothing was deleted")
    page = {"problem": problem, "password": user.has_usable_password(), "name": user.get_username()}
    return render(request, "web/leave.html", {"page": page}, status=400 if problem else 200)


@require_safe
def left(request: HttpRequest) -> HttpResponse:
    """Goodbye."""
    return render(request, "web/left.html", {"page": {}})
