"""Getters of what a request asks for; where it is not there, they answer 404."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, TypeVar

from django.http import Http404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from web.reader import is_signed_in

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kb.selectors.days import Order

T = TypeVar("T")
EARLIEST, LATEST = 1900, 2199


def found(page: T | None) -> T:
    """The page, or 404."""
    if page is None:
        raise Http404
    return page


def is_curator(request: HttpRequest) -> bool:
    """Whether somebody who may mend things looks at a public page."""
    return is_signed_in(request) and bool(request.user.is_staff)


def reader(request: HttpRequest) -> int:
    """The id of who is signed in; 404 for nobody, who never gets this far."""
    return found(request.user.pk)


def reader_or_none(request: HttpRequest) -> int | None:
    """The id of who is signed in and looks at a public page; asked only of those who bring a session."""
    return request.user.pk if is_signed_in(request) else None


def is_ours(url: str) -> bool:
    """Whether an address is a path of this site: nobody is led elsewhere by a link to a form of ours."""
    return url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)


def back(request: HttpRequest) -> str:
    """`next` of a form: the page of ours that it stood on, else the first page."""
    path = request.POST.get("next", "")
    return path if is_ours(path) else reverse("home")


def number(request: HttpRequest) -> int:
    """`?page=`, from 1; anything else is 404."""
    text = request.GET.get("page", "1")
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) == int(text)):
        raise Http404
    return int(text)


def id_or_none(text: str | None) -> int | None:
    """A row id as a form or an address gives it; None for anything else."""
    if text and text.isascii() and text.isdecimal() and len(text) < 19:  # noqa: PLR2004 - fits 64 bits
        return int(text)
    return None


def before(request: HttpRequest) -> dt.date | None:
    """`?before=`, a day, if it is one."""
    try:
        date = dt.date.fromisoformat(request.GET.get("before", ""))
    except ValueError:
        return None
    return date if EARLIEST <= date.year <= LATEST else None


def order(request: HttpRequest) -> Order | None:
    """`?order=`: by weight or newest first; None where it says neither."""
    said = request.GET.get("order", "")
    return said if said in {"weight", "newest"} else None  # type: ignore[return-value]  # it is one of the two


def date(year: str, month: str, day: str = "01") -> dt.date:
    """A day of the archive, or 404."""
    try:
        given = dt.date(int(year), int(month), int(day))
    except ValueError:
        raise Http404 from None
    if not EARLIEST <= given.year <= LATEST:
        raise Http404
    return given
