"""Topics, concepts, resources, impressions and questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_http_methods, require_safe

from kb.core.items import ItemKind
from kb.errors import InputError
from kb.selectors.written import moved_to
from kb.services.questions import ask_question
from web.forms import AskForm
from web.pages import concepts, impressions, questions, resources, topics
from web.reader import is_signed_in
from web.views import access

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

MOVED_SECONDS = 3600


def moved(kind: ItemKind, slug: str) -> HttpResponse:
    """301 to where something stands that had this address, else 404; kept an hour only, since others may take it."""
    response = redirect(access.found(moved_to(kind, slug) or None), permanent=True)
    patch_cache_control(response, max_age=MOVED_SECONDS)
    return response


@require_safe
def topic_index(request: HttpRequest) -> HttpResponse:
    """The tree of topics."""
    return render(request, "web/topics.html", {"page": topics.topics_page(timezone.now())})


@require_safe
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """One topic."""
    reader = access.reader_or_none(request)
    number = access.number(request)
    page = topics.topic_page(slug, timezone.now(), number, reader=reader)
    return _answer(request, "topic", ItemKind.TOPIC, slug, page)


@require_safe
def concept_index(request: HttpRequest) -> HttpResponse:
    """All concepts, or those of an area or a level."""
    page = concepts.concepts_page(request.GET.get("area", ""), request.GET.get("level", ""))
    return render(request, "web/concepts.html", {"page": page})


@require_safe
def concept(request: HttpRequest, slug: str) -> HttpResponse:
    """One concept."""
    page = concepts.concept_page(slug, timezone.now(), reader=access.reader_or_none(request))
    return _answer(request, "concept", ItemKind.CONCEPT, slug, page)


@require_safe
def concept_path(request: HttpRequest, slug: str) -> HttpResponse:
    """What to learn before a concept."""
    page = concepts.path_page(slug, reader=access.reader_or_none(request))
    return _answer(request, "path", ItemKind.CONCEPT, slug, page)


@require_safe
def resource(request: HttpRequest, slug: str) -> HttpResponse:
    """One resource."""
    return _answer(request, "resource", ItemKind.RESOURCE, slug, resources.resource_page(slug))


@require_safe
def impression_index(request: HttpRequest) -> HttpResponse:
    """All impressions."""
    page = impressions.impressions_page(timezone.now())
    return render(request, "web/impressions.html", {"page": page})


@require_safe
def impression(request: HttpRequest, slug: str) -> HttpResponse:
    """One impression."""
    reader = access.reader_or_none(request)
    page = impressions.impression_page(slug, timezone.now(), reader=reader)
    return _answer(request, "impression", ItemKind.IMPRESSION, slug, page)


@require_safe
def question_index(request: HttpRequest) -> HttpResponse:
    """All answered questions, and the reader's own."""
    page = questions.questions_page(timezone.now(), reader=access.reader_or_none(request))
    return render(request, "web/questions.html", {"page": page})


@require_safe
def question(request: HttpRequest, slug: str) -> HttpResponse:
    """One question and its answer."""
    page = questions.question_page(slug, timezone.now(), reader=access.reader_or_none(request))
    return _answer(request, "question", ItemKind.QUESTION, slug, page)


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The form; POST puts a question into the queue. Who is not signed in is told how to be."""
    signed_in = is_signed_in(request)
    if not signed_in and request.method == "POST":
        return redirect("ask")
    form = AskForm(request.POST) if request.method == "POST" else AskForm()
    problem = _ask(request, form) if form.is_valid() else ""
    if form.is_valid() and not problem:
        return redirect(f"{reverse('ask')}?sent=1")
    page = questions.ask_page(
        form, signed_in=signed_in, problem=problem, sent="sent" in request.GET
    )
    status = 400 if form.is_bound else 200
    return render(request, "web/ask.html", {"page": page}, status=status)


def _ask(request: HttpRequest, form: AskForm) -> str:
    """Put the question into the queue; why that cannot be, or ""."""
    asker: Any = request.user
    try:
        ask_question(acting_user=asker, **form.cleaned_data)
    except InputError as error:
        return str(error)
    return ""


def _answer(
    request: HttpRequest, name: str, kind: ItemKind, slug: str, page: object
) -> HttpResponse:
    if page is None:
        return moved(kind, slug)
    return render(request, f"web/{name}.html", {"page": page})
