"""Where hubs reach us: whether we meant a subscription (GET), and news (POST). W3C WebSub, sections 5.3 and 7."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from kb.services import websub
from tasks.notify import push_soon

if TYPE_CHECKING:
    from django.http import HttpRequest


@csrf_exempt
@require_http_methods(["GET", "POST"])
def callback(request: HttpRequest, token: str) -> HttpResponse:
    """The address that only one hub was told."""
    return _deliver(request, token) if request.method == "POST" else _verify(request, token)


def _verify(request: HttpRequest, token: str) -> HttpResponse:
    challenge = websub.verify(token=token, asked=request.GET.dict(), now=timezone.now())
    if challenge is None:
        raise Http404
    # plain text, so that a challenge that is a page shows as its source
    return HttpResponse(challenge, content_type="text/plain; charset=utf-8")


def _deliver(request: HttpRequest, token: str) -> HttpResponse:
    if not websub.is_known(token):
        raise Http404
    try:
        body = request.body
    except RequestDataTooBig:
        return HttpResponse(status=413)
    push = websub.receive(
        token=token,
        body=body,
        signature=request.headers.get("X-Hub-Signature", ""),
        content_type=request.headers.get("Content-Type", ""),
        now=timezone.now(),
    )
    if push:
        push_soon(push.pk)
    # a wrong signature is answered like a right one: whoever forges learns nothing
    return HttpResponse(status=202)
