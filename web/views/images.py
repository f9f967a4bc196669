"""Pictures of articles, from this host alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from kb.services import images
from web.views import access

if TYPE_CHECKING:
    from django.http import HttpRequest

YEAR = 31_536_000
NOTHING = (Path(__file__).parent.parent / "static" / "web" / "no-image.png").read_bytes()
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@require_safe
def image(_request: HttpRequest, signature: str, encoded: str) -> HttpResponse:
    """The picture whose address we signed; where it cannot be had, a plain one that says so."""
    if settings.IMAGES == "none":
        raise Http404
    url = access.found(images.image_url(signature, encoded))
    try:
        found = images.load_image(url)
    except images.Busy:
        return _answer(NOTHING, "image/png", "no-store")
    if found is None:
        return _answer(NOTHING, "image/png", f"public, max-age={images.FAILED_SECONDS}")
    return _answer(found.data, found.type, f"public, max-age={YEAR}, immutable")


def _answer(data: bytes, kind: str, caching: str) -> HttpResponse:
    return HttpResponse(data, content_type=kind, headers=HEADERS | {"Cache-Control": caching})
