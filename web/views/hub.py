"""About the hub: what to subscribe to, what machines ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import Error as DatabaseError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from kb.selectors import overview, source_list
from web.feeds import sitemap as site
from web.feeds.document import absolute
from web.pages import moderation as moderation_pages
from web.pages import subscribe as pages
from web.views import access

if TYPE_CHECKING:
    from django.http import HttpRequest

HOUR = 3600


@require_safe
def subscribe(request: HttpRequest) -> HttpResponse:
    """Every feed."""
    return render(request, "web/subscribe.html", {"page": pages.subscribe_page()})


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What this is and how it ranks."""
    return render(request, "web/about.html", {"page": pages.about_page()})


@require_safe
def moderation(request: HttpRequest) -> HttpResponse:
    """What curators did to what readers see."""
    page = moderation_pages.moderation_page(timezone.now(), access.number(request))
    return render(request, "web/moderation.html", {"page": access.found(page)})


@require_safe
def opml(_request: HttpRequest) -> HttpResponse:
    """All sources, for any reader."""
    response = HttpResponse(source_list.sources_opml(), content_type="text/x-opml; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="sources.opml"'
    patch_cache_control(response, public=True, max_age=HOUR)
    return response


@require_safe
def sitemap(_request: HttpRequest) -> HttpResponse:
    """Pages for search engines."""
    return _xml(site.sitemap())


@require_safe
def sitemap_part(_request: HttpRequest, number: int) -> HttpResponse:
    """One file of many."""
    return _xml(access.found(site.sitemap_part(number)))


def _xml(body: bytes) -> HttpResponse:
    response = HttpResponse(body, content_type="application/xml; charset=utf-8")
    patch_cache_control(response, public=True, max_age=HOUR)
    return response


@require_safe
def robots(_request: HttpRequest) -> HttpResponse:
    """Everything but what costs much and says nothing new."""
    lines = (
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /me/",
        "Disallow: /search/",
        "Disallow: /me/",
        "Disallow: /searches/",
        f"Sitemap: {absolute(reverse('sitemap'))}",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def favicon(_request: HttpRequest) -> HttpResponse:
    """Browsers that ask for the old name get the mark."""
    return redirect(static("web/mark.svg"))


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 while the database answers, else 503: for whoever watches over the process."""
    try:
        overview.is_reachable()
    except DatabaseError:
        return JsonResponse({"database": "unreachable"}, status=503)
    return JsonResponse({"database": "ok"})
