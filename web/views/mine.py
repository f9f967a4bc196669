"""What a reader with an account notes for themselves: plain forms that lead back to where they stood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kb.errors import InputError
from kb.selectors import following
from kb.selectors.readers import Target
from kb.services import folders, readers
from kb.services import marks as marking
from web import undoing
from web.pages import follows as pages
from web.reader import reader_of
from web.views import access

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

_SWITCH = {"0": False, "1": True}


@login_required
@require_POST
def follow(request: HttpRequest) -> HttpResponse:
    """Follow an item, a source or a person, or with `on` empty no longer: that can be taken back."""
    user: Any = request.user
    target = Target(
        item=access.id_or_none(request.POST.get("item")),
        source=access.id_or_none(request.POST.get("source")),
        person=request.POST.get("person", ""),
    )
    on = bool(request.POST.get("on"))
    if not on:
        _offer_to_follow(request, target)
    try:
        readers.follow(
            acting_user=user,
            item=target.item,
            source_id=target.source,
            person=target.person,
            following=on,
        )
    except InputError as error:
        raise Http404 from error
    return redirect(access.back(request))


def _offer_to_follow(request: HttpRequest, target: Target) -> None:
    for card in following.followed(access.reader(request)):
        if Target(card.item, card.source, card.person) == target:
            says = _("You no longer follow “%(title)s”.") % {"title": card.title}
            undoing.offer(
                request, "follow", says, folder=card.folder,
                item=card.item, source_id=card.source, person=card.person,
            )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def follows(request: HttpRequest) -> HttpResponse:
    """What is followed, in folders; POST makes, names, moves or deletes a folder, or puts things into one."""
    problem, undo = "", ""
    if request.method == "POST":
        try:
            undo = _arrange(request)
            return redirect(reverse("follows") + undo)
        except InputError as error:
            problem = str(error)
    page = pages.follows_page(access.reader(request), problem)
    context = {"page": page, "undo": undoing.offered(request)}
    return render(request, "web/follows.html", context, status=400 if problem else 200)


def _arrange(request: HttpRequest) -> str:
    """Do what the pressed button says; the query of the page that follows."""
    user: Any = request.user
    folder = access.id_or_none(request.POST.get("folder"))
    name = request.POST.get("name", "")
    match request.POST.get("do"):
        case "add":
            folders.add_folder(acting_user=user, name=name)
        case "place":
            chosen = [int(pk) for pk in request.POST.getlist("follow") if access.id_or_none(pk)]
            folders.place_follows(acting_user=user, follow_ids=chosen, folder_id=folder or None)
        case "rename" if folder:
            folders.rename_folder(acting_user=user, folder_id=folder, name=name)
        case "up" | "down" as way if folder:
            folders.move_folder(acting_user=user, folder_id=folder, by=-1 if way == "up" else 1)
        case "delete" if folder:
            gone = folders.remove_folder(acting_user=user, folder_id=folder)
            says = _("The folder “%(name)s” is deleted; what was in it is followed on.")
            undoing.offer(
                request, "folder", says % {"name": gone.name}, name=gone.name,
                position=gone.position, follows=list(gone.follows),
            )  # fmt: skip
            return "?undo=1"
        case _:
            raise InputError(_("the form said nothing that can be done"))
    return ""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def marks(request: HttpRequest, pk: int) -> HttpResponse:
    """The tags of an article; POST sets what it holds of read, starred and queued, each 1 or 0, or the tags."""
    problem = ""
    if request.method == "POST":
        try:
            return _mark(request, pk)
        except InputError as error:
            problem = str(error)
    back = request.GET.get("next", "")
    page = access.found(
        pages.filing_page(access.reader(request), pk, back if access.is_ours(back) else "", problem)
    )
    return render(request, "web/filing.html", {"page": page}, status=400 if problem else 200)


def _mark(request: HttpRequest, pk: int) -> HttpResponse:
    user: Any = request.user
    now = timezone.now()
    if "tags" in request.POST:
        names = [*request.POST.getlist("tag"), *request.POST["tags"].split(",")]
        marking.set_tags(acting_user=user, article_id=pk, names=names, now=now)
        return redirect(access.back(request))
    said = {
        name: _SWITCH[request.POST[name]]
        for name in ("read", "starred", "queued")
        if request.POST.get(name) in _SWITCH
    }
    marking.set_marks(acting_user=user, article_ids=[pk], now=now, **said)
    if not request.headers.get("HX-Request"):
        # back to the row, not to the top of its page
        return redirect(f"{access.back(request)}#m{pk}")
    reader = access.found(reader_of(request))
    context = {
        "article": pk, "marked": reader.marked(pk, None), "open": "open" in request.POST,
        "next": access.back(request),
    }  # fmt: skip
    return render(request, "web/part/marks.html", context)


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
