"""Articles: read, hide, put into lists. Their words are made from what sources said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectMultipleWidget, UnfoldAdminTextInputWidget

from kb.core.labels import NOT_FIELD
from kb.errors import InputError
from kb.models import Article, Entry, Label, Passage, ReadingListItem
from kb.services import articles, lists, merges, stories
from kb.services.facets import say_labels
from web.admin.base import Panel, ReadOnly, ReadOnlyRows, acting
from web.admin.fields import label_choices
from web.admin.stories import join_chosen
from web.forms import AddToListForm

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest
    from django.template.response import TemplateResponse


class HideForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        max_length=300,
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Kept in the audit log; readers do not see it."),
        widget=UnfoldAdminTextInputWidget,
    )


class LabelsForm(forms.Form):
    """All that holds, beginning with what holds for the first of them now."""

    labels = forms.MultipleChoiceField(
        required=False,
        label=gettext_lazy("Topics and facets"),
        help_text=gettext_lazy("What a model proposed and you leave out is not proposed again."),
        widget=UnfoldAdminSelectMultipleWidget(attrs={"size": 20}),
    )

    def __init__(self, data: Any, *, article: Article | None) -> None:
        held = Label.objects.filter(item=article.pk, refused=False) if article else ()
        super().__init__(data, initial={"labels": [label.name for label in held]})
        self.fields["labels"].choices = label_choices()  # type: ignore[attr-defined]  # a field with choices


class EntryRows(ReadOnlyRows):
    """Who carried it."""

    model = Entry
    fields = ("source", "title", "url", "published_at", "first_seen")


class PlaceRows(ReadOnlyRows):
    """The lists that it stands in."""

    model = ReadingListItem
    fields = ("reading_list", "position", "commentary")


@admin.register(Article)
class ArticleAdmin(Panel):
    """Nothing is typed here: the next word of a source would overwrite it."""

    list_display = ("title", "source", "published_at", "shown", "relevance", "language")
    list_filter = ("state", "date_is_ours", "language", "source")
    list_select_related = ("source",)
    search_fields = ("title", "url")
    date_hierarchy = "published_at"
    actions = (
        "hide",
        "show",
        "not_field",
        "add_to_list",
        "say_what",
        "merge",
        "join_story",
        "split_story",
    )
    inlines = (EntryRows, PlaceRows)
    fields = readonly_fields = (
        "title", "state", "hidden_reason", "relevance", "source", "url", "authors", "venue", "language",
        "published_at", "published_said", "date_is_ours", "first_seen", "updated_at", "gist",
        "text", "key", "merged_into", "story",
    )  # fmt: skip

    @display(
        description=gettext_lazy("state"),
        label={"published": "success", "queued": "warning", "hidden": "danger", "merged": "info"},
    )
    def shown(self, article: Article) -> tuple[str, str]:
        """State, coloured."""
        return article.state, article.get_state_display()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        """Rows without their bodies."""
        found: QuerySet[Article] = super().get_queryset(request)
        return found.defer("html")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Sources bring articles."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django gives it so
        """A deleted article would come back with the next check: hide it."""
        return False

    @admin.action(description=gettext_lazy("Hide"), permissions=["change"])
    def hide(self, request: HttpRequest, queryset: QuerySet[Article]) -> TemplateResponse | None:
        """Take these out of every page, feed and search."""
        form = HideForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            return self.ask(request, queryset, form, _("Hide from readers"))
        for pk in queryset.values_list("pk", flat=True):
            articles.hide_article(
                article_id=pk, reason=form.cleaned_data["reason"], acting_user=acting(request)
            )
        self.message_user(request, _("Hidden."), messages.SUCCESS)
        return None

    @admin.action(description=gettext_lazy("Publish, or show again"), permissions=["change"])
    def show(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        """Bring these back."""
        for pk in queryset.values_list("pk", flat=True):
            articles.show_article(article_id=pk, acting_user=acting(request))
        self.message_user(request, _("Shown again."), messages.SUCCESS)

    @admin.action(description=gettext_lazy("Hide: not about the field"), permissions=["change"])
    def not_field(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        """Hide these, and have the hub learn from it."""
        for pk in queryset.values_list("pk", flat=True):
            articles.hide_article(article_id=pk, reason=NOT_FIELD, acting_user=acting(request))
        self.message_user(request, _("Hidden; the hub learns from it."), messages.SUCCESS)

    @admin.action(description=gettext_lazy("Add to a list"), permissions=["change"])
    def add_to_list(
        self, request: HttpRequest, queryset: QuerySet[Article]
    ) -> TemplateResponse | None:
        """Put these at the end of a list."""
        form = AddToListForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            return self.ask(request, queryset, form, _("Add to a list"))
        chosen = form.cleaned_data["reading_list"]
        with transaction.atomic():
            added = [
                lists.add_to_list(
                    list_id=chosen.pk,
                    article_id=pk,
                    commentary=form.cleaned_data["commentary"],
                    acting_user=acting(request),
                )[1]
                for pk in queryset.order_by("published_at", "pk").values_list("pk", flat=True)
            ]
        words = ngettext(
            "%(n)d article added to %(list)s.", "%(n)d articles added to %(list)s.", sum(added)
        )
        self.message_user(request, words % {"n": sum(added), "list": chosen}, messages.SUCCESS)
        return None

    @admin.action(description=gettext_lazy("Say what these are about"), permissions=["change"])
    def say_what(
        self, request: HttpRequest, queryset: QuerySet[Article]
    ) -> TemplateResponse | None:
        """The labels that hold for each of these, and no others."""
        first = queryset.order_by("pk").first()
        form = LabelsForm(request.POST if "confirmed" in request.POST else None, article=first)
        if not form.is_valid():
            return self.ask(request, queryset, form, _("Say what these are about"))
        with transaction.atomic():
            for pk in queryset.values_list("pk", flat=True):
                say_labels(item=pk, names=form.cleaned_data["labels"], acting_user=acting(request))
        self.message_user(request, _("Kept; proposals will not change it."), messages.SUCCESS)
        return None

    @admin.action(description=gettext_lazy("Merge: these are one work"), permissions=["change"])
    def merge(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        """The one that the hub has had longest keeps its address."""
        first, *rest = queryset.order_by("pk").values_list("pk", flat=True)
        try:
            with transaction.atomic():
                for pk in rest:
                    merges.merge_articles(
                        winner_id=first,
                        loser_id=pk,
                        reason=_("a curator says so"),
                        now=timezone.now(),
                        acting_user=acting(request),
                    )
        except InputError as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        self.message_user(request, _("One article now."), messages.SUCCESS)

    @admin.action(
        description=gettext_lazy("Make one story: these tell of one event"), permissions=["change"]
    )
    def join_story(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        """With the stories that they stand in."""
        join_chosen(self, request, list(queryset.values_list("pk", flat=True)))

    @admin.action(description=gettext_lazy("Take out of its story"), permissions=["change"])
    def split_story(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        """Each of these tells of something else."""
        for pk in queryset.filter(story__isnull=False).values_list("pk", flat=True):
            stories.split_article(article_id=pk, acting_user=acting(request), now=timezone.now())
        self.message_user(request, _("Taken out, and kept out."), messages.SUCCESS)


@admin.register(Passage)
class PassageAdmin(ReadOnly):
    """Pieces that are embedded."""

    list_display = ("item", "ordinal", "hash")
    search_fields = ("=item", "hash")
