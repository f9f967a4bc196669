"""What makes the site installable, and readable without a network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kb.selectors import queue
from web.views import access

if TYPE_CHECKING:
    from django.http import HttpRequest

DAY = 86400
MOST = 100
WORKER = Path(__file__).parent.parent / "static" / "web" / "service-worker.js"
ICONS = (("icon-192.png", "192x192", "any"), ("icon-512.png", "512x512", "any"), ("icon-maskable.png", "512x512", "maskable"))  # fmt: skip


@require_safe
def manifest(_request: HttpRequest) -> HttpResponse:
    """How the site looks as an app."""
    said = {
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME[:12],
        "description": _("Stories on speech recognition and deep learning"),
        "lang": get_language(),
        "dir": "rtl" if get_language_bidi() else "ltr",
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#fcfdfc",
        "theme_color": "#006a4c",
        "icons": [
            {"src": static(f"web/{name}"), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes, purpose in ICONS
        ],
        "shortcuts": [
            {"name": name, "url": path}
            for name, path in ((_("Latest"), reverse("latest")), (_("Search"), reverse("search")))
        ],
    }
    answer = JsonResponse(said, content_type="application/manifest+json")
    patch_cache_control(answer, public=True, max_age=DAY)
    return answer


@require_safe
def worker(_request: HttpRequest) -> HttpResponse:
    """The service worker, at the root, since it can only serve what lies below it."""
    answer = HttpResponse(WORKER.read_bytes(), content_type="text/javascript; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What is shown where there is no network."""
    return render(request, "web/offline.html", {"page": {}})


@login_required
@require_safe
def queued(request: HttpRequest) -> HttpResponse:
    """The addresses of a reader's queue, for their own browser to keep."""
    answer = JsonResponse({"paths": queue.queued_paths(access.reader(request), limit=MOST)})
    answer.headers["Cache-Control"] = "no-store"
    return answer
