"""Headers that keep a page to itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from web.reader import reader_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from django.template.response import TemplateResponse

_COMMON = "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
SITE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    f"connect-src 'self'; manifest-src 'self'; worker-src 'self'; {_COMMON}"
)
# the panel's components are Alpine expressions and inline styles: for people who signed in, and only there
PANEL = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    f"style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; {_COMMON}"
)
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in ("camera", "geolocation", "microphone", "payment", "usb", "browsing-topics")
)


class SecurityHeaders:
    """Content-Security-Policy, Permissions-Policy and isolation on every response."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        panel = request.path.startswith("/admin/")
        known = settings.SESSION_COOKIE_NAME in request.COOKIES
        response.headers.setdefault("Content-Security-Policy", PANEL if panel else SITE)
        if panel or known or request.path.startswith("/me/"):
            # "no-referrer" makes browsers send "Origin: null" with forms, and the CSRF check refuses that
            response.headers["Referrer-Policy"] = "same-origin"
        if known and "Cache-Control" not in response.headers:
            # made for one reader: no proxy may keep it
            response.headers["Cache-Control"] = "private"
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        return response


class ReadersLanguage(LocaleMiddleware):
    """The language that a signed-in reader chose, else the first of the browser's that there is.

    Asked of the tables only for those who bring a session; no cookie is set, and caches are told by `Vary: Accept-Language`.
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        reader = reader_of(request)
        chosen = reader.preferences.language if reader else ""
        if chosen in dict(settings.LANGUAGES):
            translation.activate(chosen)
            request.LANGUAGE_CODE = chosen


class OwnSite:
    """Pages of allauth are written with `site` of web.context, as all are; its views would put another in its place."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_template_response(
        self, request: HttpRequest, response: TemplateResponse
    ) -> TemplateResponse:
        if request.path.startswith("/me/") and response.context_data:
            response.context_data.pop("site", None)
        return response
