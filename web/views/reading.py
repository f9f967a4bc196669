"""Today, days, months, articles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from kb.selectors.works import winner_path
from web.kept import kept
from web.pages import archive as archive_pages
from web.pages import article as article_pages
from web.pages import home as pages
from web.pages import notes as note_pages
from web.reader import reader_of
from web.views import access

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from kb.selectors.days import Order

MOVED_SECONDS = 3600


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The newest stories by day."""
    before, order, usual = access.before(request), access.order(request), _usual_order(request)
    page = kept(
        request,
        lambda: pages.home_page(timezone.now(), before, order=order, usual=usual),
        *("home", before, order, usual),
    )
    return render(request, "web/home.html", {"page": page})


def _usual_order(request: HttpRequest) -> Order:
    """The order that a reader prefers."""
    reader = reader_of(request)
    return "newest" if reader and reader.preferences.newest_first else "weight"


@require_safe
def latest(request: HttpRequest) -> HttpResponse:
    """Everything, newest first."""
    number = access.number(request)
    page = kept(request, lambda: pages.latest_page(timezone.now(), number), "latest", number)
    page = access.found(page)
    return render(request, "web/latest.html", {"page": page})


@require_safe
def years(request: HttpRequest) -> HttpResponse:
    """All years."""
    return render(request, "web/years.html", {"page": archive_pages.years_page()})


@require_safe
def year(request: HttpRequest, year: str) -> HttpResponse:
    """One year."""
    page = access.found(archive_pages.year_page(access.date(year, "01").year))
    return render(request, "web/years.html", {"page": page})


@require_safe
def archive(request: HttpRequest, year: str, month: str) -> HttpResponse:
    """One month."""
    first = access.date(year, month)
    page = access.found(archive_pages.month_page(first.year, first.month, timezone.now()))
    return render(request, "web/month.html", {"page": page})


@require_safe
def day(request: HttpRequest, year: str, month: str, day: str) -> HttpResponse:
    """One day."""
    date, order = access.date(year, month, day), access.order(request) or "weight"
    page = kept(
        request,
        lambda: archive_pages.day_page(date, timezone.now(), order),
        *("day", date, order),
    )
    page = access.found(page)
    return render(request, "web/day.html", {"page": page})


@require_safe
def article(request: HttpRequest, pk: int, slug: str = "") -> HttpResponse:
    """One article; an old or wrong slug leads to the right one, a merged article to what it is part of."""
    now = timezone.now()
    page = article_pages.article_page(pk, now)
    if page is None:
        return _moved(access.found(winner_path(pk) or None))
    if slug != page.path.rstrip("/").rpartition("/")[2]:
        return redirect(page.path, permanent=True)
    reader = access.reader_or_none(request)
    own = reader and note_pages.own_notes(reader, pk, page.path, now, asked=request.GET.dict())
    shown = {"page": page, "curator": access.is_curator(request), "own": own}
    return render(request, "web/article.html", shown)


def _moved(path: str) -> HttpResponse:
    """301, kept an hour only: a curator may take a merge back."""
    response = redirect(path, permanent=True)
    patch_cache_control(response, max_age=MOVED_SECONDS)
    return response
