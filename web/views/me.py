"""A reader's own pages."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from kb.errors import InputError
from kb.selectors import following
from kb.services import marks, mutes, preferences
from web import undoing
from web.pages import belongings, follows, me, parts, shelves
from web.views import access

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from kb.selectors.marks import Shelf


@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """What is new, what is kept, how far one is."""
    return _show(request, "me", me.me_page(access.reader(request), timezone.now()))


@login_required
@require_safe
def unread(request: HttpRequest) -> HttpResponse:
    """What is new from what they follow, or from a part of it."""
    page = shelves.unread_page(
        access.reader(request),
        timezone.now(),
        access.number(request),
        folder=access.id_or_none(request.GET.get("folder")),
        follow=access.id_or_none(request.GET.get("follow")),
    )
    return _show(request, "shelf", access.found(page))


@login_required
@require_POST
def mark_read(request: HttpRequest) -> HttpResponse:
    """The articles that the page showed, or without any all that was there when it was made; can be taken back."""
    user: Any = request.user
    now = timezone.now()
    seen = {int(pk) for pk in request.POST.getlist("article") if access.id_or_none(pk)}
    ids = seen or _there(request, user.pk, now)
    marks.set_marks(acting_user=user, article_ids=ids, read=True, now=now)
    says = ngettext("%(n)d article is marked as read.", "%(n)d articles are marked as read.", len(ids))  # fmt: skip
    undoing.offer(request, "read", says % {"n": len(ids)}, at=now.isoformat())
    narrowed = [(name, request.POST.get(name, "")) for name in ("folder", "follow")]
    return redirect(parts.with_query(reverse("unread"), [*narrowed, ("undo", "1")]))


def _there(request: HttpRequest, user: int, now: dt.datetime) -> frozenset[int]:
    try:
        until = dt.datetime.fromisoformat(request.POST.get("until", ""))
    except ValueError:
        raise Http404 from None
    cards = shelves.within(
        following.followed(user),
        folder=access.id_or_none(request.POST.get("folder")),
        follow=access.id_or_none(request.POST.get("follow")),
    )
    until = until if until.tzinfo else until.replace(tzinfo=dt.UTC)
    return frozenset[int]().union(*following.unread(user, cards, now, until=until).values())


@login_required
@require_safe
def shelf(request: HttpRequest, name: Shelf) -> HttpResponse:
    """Starred, put off or read."""
    user, now, number = access.reader(request), timezone.now(), access.number(request)
    page = access.found(shelves.shelf_page(user, name, now, number))
    links = belongings.links_beside(user, now, kept=name) if number == 1 else None
    return _show(request, "shelf", page, links=links)


@login_required
@require_safe
def tag(request: HttpRequest, name: str) -> HttpResponse:
    """What is filed under a tag."""
    user, now, number = access.reader(request), timezone.now(), access.number(request)
    page = access.found(shelves.tag_page(user, name, now, number))
    links = belongings.links_beside(user, now, tag=name) if number == 1 else None
    return _show(request, "shelf", page, links=links)


@login_required
def tag_index(request: HttpRequest) -> HttpResponse:
    """All tags; POST renames or removes one."""
    return _form(request, "tags", _change_tag, lambda _: follows.tags_page(access.reader(request)))


def _change_tag(request: HttpRequest) -> str:
    user: Any = request.user
    name = request.POST.get("name", "")
    if "remove" not in request.POST:
        marks.rename_tag(acting_user=user, name=name, to=request.POST.get("to", ""))
        return ""
    filed = marks.remove_tag(acting_user=user, name=name)
    says = _("The tag “%(name)s” is removed.") % {"name": name}
    undoing.offer(request, "tag", says, name=name, article_ids=list(filed))
    return "?undo=1"


@login_required
def mute_index(request: HttpRequest) -> HttpResponse:
    """What is muted; POST adds words or removes them."""
    typed = request.POST.get("words", "") if "remove" not in request.POST else ""
    user = access.reader(request)
    return _form(
        request,
        "mutes",
        _change_mute,
        lambda problem: follows.mutes_page(user, timezone.now(), problem=problem, typed=typed),
    )


def _change_mute(request: HttpRequest) -> str:
    user: Any = request.user
    words = request.POST.get("words", "")
    if "remove" not in request.POST:
        mutes.add_mute(acting_user=user, words=words, now=timezone.now())
        return ""
    mutes.remove_mute(acting_user=user, words=words)
    says = _("Stories with “%(words)s” show again.") % {"words": words}
    undoing.offer(request, "mute", says, words=words)
    return "?undo=1"


@login_required
def settings(request: HttpRequest) -> HttpResponse:
    """How the hub should be; POST keeps it."""
    user, saved = access.reader(request), "saved" in request.GET
    return _form(
        request, "settings", _change_settings, lambda _: follows.settings_page(user, saved=saved)
    )


def _change_settings(request: HttpRequest) -> str:
    user: Any = request.user
    preferences.set_preferences(
        acting_user=user,
        newest_first="newest_first" in request.POST,
        language=request.POST.get("language", ""),
    )
    return "?saved=1"


@login_required
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take the last removal back; where it can be no more, nothing happens."""
    try:
        undoing.take_back(request, timezone.now())
    except InputError as error:
        raise Http404 from error
    return redirect(access.back(request))


def _form(
    request: HttpRequest,
    name: str,
    change: Callable[[HttpRequest], str],
    page: Callable[[str], object],
) -> HttpResponse:
    """A page that is its own form: POST changes and comes back, or tells what is wrong; what was typed stays."""
    problem = ""
    if request.method == "POST":
        try:
            return redirect(reverse(name) + change(request))
        except InputError as error:
            problem = str(error)
    return _show(request, name, page(problem), problem=problem)


def _show(
    request: HttpRequest, name: str, page: object, *, problem: str = "", **beside: object
) -> HttpResponse:
    context = {
        **beside,
        "page": page,
        "undo": undoing.offered(request),
        "problem": problem,
        "chosen": getattr(page, "chosen", False),
    }
    return render(request, f"web/{name}.html", context, status=400 if problem else 200)
