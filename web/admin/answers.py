"""Impressions, and readers' questions with the queue of those that wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Case, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from kb.models import Impression, Question
from kb.services import impressions, questions
from web.admin.base import acting
from web.admin.fields import MisconceptionsField
from web.admin.written import Saves, WrittenForm, WrittenPanel

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.template.response import TemplateResponse


class ImpressionForm(WrittenForm):
    """Short boxes, so that a quick one fits a screen."""

    texts = ("for_whom", "prerequisites", "liked", "disliked", "notes")

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        for name in self.texts[:-1]:
            self.fields[name].widget.attrs["rows"] = 3


@admin.register(Impression)
class ImpressionAdmin(WrittenPanel):
    """A resource, a verdict, for whom, what was good and what was not; the rest may wait."""

    form = ImpressionForm
    columns = (
        "resource_id", "slug", "verdict", "for_whom", "prerequisites", "liked", "disliked", "notes", "hours", "level",
    )  # fmt: skip
    saves = Saves(
        "impression_id",
        impressions.add_impression,
        impressions.update_impression,
        impressions.publish_impression,
    )
    list_display = ("resource", "state_shown", "verdict", "author", "updated_at")
    list_filter = (("published_at", admin.EmptyFieldListFilter), "level", "resource__kind")
    list_select_related = ("resource", "author")
    search_fields = ("resource__title", "slug", "verdict")
    actions = ("publish", "withdraw")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "resource",
                    "verdict",
                    "for_whom",
                    ("liked", "disliked"),
                    ("hours", "level"),
                    "shown",
                )
            },
        ),
        (
            gettext_lazy("When there is time"),
            {"fields": ("prerequisites", "notes", "labels", "slug", "note")},
        ),
    )
    autocomplete_fields = ("resource",)


class QuestionForm(WrittenForm):
    """A question and its answer."""

    texts = ("details", "answer")

    misconceptions = MisconceptionsField(
        label=gettext_lazy("Often believed, and wrong"),
        help_text=gettext_lazy(
            "A line with the claim, below it why it is wrong; a blank line before the next."
        ),
        rows=6,
    )

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["answer"].widget.attrs["rows"] = 16


class DeclineForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        max_length=300,
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("The reader who asked is told."),
        widget=UnfoldAdminTextInputWidget,
    )


@admin.register(Question)
class QuestionAdmin(WrittenPanel):
    """Those that wait come first."""

    form = QuestionForm
    columns = ("title", "slug", "details", "answer", "misconceptions")
    saves = Saves(
        "question_id", questions.add_question, questions.update_question, questions.publish_question
    )
    list_display = ("title", "queue", "state_shown", "asked_by", "created_at")
    list_filter = ("state", ("published_at", admin.EmptyFieldListFilter))
    list_select_related = ("asked_by",)
    search_fields = ("title", "slug", "details", "answer")
    actions = ("decline", "publish", "withdraw")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "title",
                    "details",
                    "asked_by",
                    "state",
                    "declined_reason",
                    "answer",
                    "shown",
                )
            },
        ),
        (
            gettext_lazy("Around it"),
            {"fields": ("misconceptions", "related", "concepts", "labels", "slug", "note")},
        ),
    )
    readonly_fields = ("asked_by", "state", "declined_reason")
    autocomplete_fields = ("related", "concepts")

    @display(
        description=gettext_lazy("queue"),
        label={"asked": "warning", "answered": "success", "declined": "info"},
    )
    def queue(self, row: Question) -> tuple[str, str]:
        """Where it stands."""
        return row.state, row.get_state_display()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        """What waits first, oldest first among those."""
        found: QuerySet[Question] = super().get_queryset(request)
        waits = Case(When(state=Question.State.ASKED, then=Value(0)), default=Value(1))
        return found.alias(waits=waits).order_by("waits", "created_at", "pk")

    @admin.action(description=gettext_lazy("Decline"), permissions=["change"])
    def decline(
        self, request: HttpRequest, queryset: QuerySet[Question]
    ) -> TemplateResponse | None:
        """Leave these without an answer, and say why."""
        form = DeclineForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            return self.ask(request, queryset, form, _("Decline"))
        for pk in queryset.values_list("pk", flat=True):
            questions.decline_question(
                question_id=pk, reason=form.cleaned_data["reason"], acting_user=acting(request)
            )
        self.message_user(request, _("Declined."), messages.SUCCESS)
        return None
