"""Topics, concepts and resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import StackedInline

from kb.models import Concept, ConceptResource, Resource, Topic
from kb.selectors.findable import FINDABLE
from kb.selectors.wiki import broken_links
from kb.services import concepts, resources, topics
from web.admin.fields import AliasesField, LinesField
from web.admin.written import Saves, WrittenForm, WrittenPanel

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kb.core.items import ItemKind


class TopicForm(WrittenForm):
    """A part of the field: readers see it at once, and it is what others are labelled with."""

    texts = ("summary", "about")
    shown = None  # type: ignore[assignment]  # how Django takes a field away
    labels = None  # type: ignore[assignment]  # how Django takes a field away


@admin.register(Topic)
class TopicAdmin(WrittenPanel):
    """The tree; readers see every topic at once."""

    form = TopicForm
    columns = ("name", "slug", "parent_id", "position", "summary", "about")
    saves = Saves("topic_id", topics.add_topic, topics.update_topic)
    list_display = ("name", "parent", "position", "summary")
    list_filter = ("parent",)
    list_select_related = ("parent",)
    search_fields = ("name", "slug", "summary")
    fields = ("name", "slug", "parent", "position", "summary", "about", "note")
    autocomplete_fields = ("parent",)
    prepopulated_fields = {"slug": ("name",)}


class ResourceForm(WrittenForm):
    """Facts only; readers see them at once."""

    shown = None  # type: ignore[assignment]  # how Django takes a field away
    authors = LinesField(label=gettext_lazy("Authors"), help_text=gettext_lazy("One a line."))


@admin.register(Resource)
class ResourceAdmin(WrittenPanel):
    """Courses, books, papers, toolkits: what is known of them. Readers see them at once."""

    form = ResourceForm
    columns = (
        "kind", "title", "slug", "url", "authors", "year", "venue", "licence", "minutes", "article_id",
    )  # fmt: skip
    saves = Saves("resource_id", resources.add_resource, resources.update_resource)
    list_display = ("title", "kind", "year", "venue", "url")
    list_filter = ("kind",)
    search_fields = ("title", "slug", "authors", "url")
    fields = (
        "kind", "title", "slug", "url", "authors", "year", "venue", "licence", "minutes", "article", "labels", "note",
    )  # fmt: skip
    autocomplete_fields = ("article",)
    prepopulated_fields = {"slug": ("title",)}


class ConceptForm(WrittenForm):
    """A concept, with lists as lines."""

    texts = ("summary", "body")

    aliases = AliasesField(
        label=gettext_lazy("Other names"),
        help_text=gettext_lazy(
            "One a line, acronyms too. A question mark behind one says that it means other things as well: CTC ?"
        ),
    )
    goals = LinesField(
        label=gettext_lazy("Goals"),
        help_text=gettext_lazy("What one can do who knows it, one a line."),
    )
    open_questions = LinesField(
        label=gettext_lazy("Open questions"), help_text=gettext_lazy("One a line.")
    )
    requires = forms.ModelMultipleChoiceField(
        queryset=Concept.objects.all(),
        required=False,
        label=gettext_lazy("Must be known first"),
        widget=AutocompleteSelectMultiple(
            Concept._meta.get_field("needs"),  # noqa: SLF001 - Django's documented way to a field
            admin.site,
        ),
    )

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        if self.instance.pk:
            self.initial["requires"] = list(self.instance.needs.all())


class ChosenRows(StackedInline):
    """What to read, see or try, best first, and why."""

    model = ConceptResource
    extra = 0
    fields = ("resource", "why", "position")
    autocomplete_fields = ("resource",)
    ordering_field = "position"
    hide_ordering_field = True


@admin.register(Concept)
class ConceptAdmin(WrittenPanel):
    """What one can know."""

    form = ConceptForm
    columns = (
        "name", "slug", "ambiguous", "aliases", "level", "summary", "body", "goals", "open_questions",
    )  # fmt: skip
    saves = Saves(
        "concept_id", concepts.add_concept, concepts.update_concept, concepts.publish_concept
    )
    list_display = ("name", "state_shown", "level", "summary", "updated_at")
    list_filter = ("level", ("published_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "slug", "aliases", "summary")
    actions = ("publish", "withdraw")
    inlines = (ChosenRows,)
    fieldsets = (
        (None, {"fields": ("name", "slug", "ambiguous", "aliases", "level", "summary", "body")}),
        (
            gettext_lazy("Learning"),
            {"fields": ("goals", "requires", "related", "open_questions")},
        ),
        (
            gettext_lazy("For readers"),
            {"fields": ("labels", "note", "shown", "author", "published_at", "updated_at")},
        ),
    )
    readonly_fields = ("author", "published_at", "updated_at")
    autocomplete_fields = ("related",)
    prepopulated_fields = {"slug": ("name",)}

    def get_urls(self) -> list[Any]:
        """With a page of its own for links that lead nowhere."""
        view = self.admin_site.admin_view(self.broken_view)
        return [path("broken-links/", view, name="kb_concept_broken"), *super().get_urls()]

    def broken_view(self, request: HttpRequest) -> TemplateResponse:
        """Every link by name that leads nowhere, with where it stands."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = [
            (
                one.title,
                reverse(f"admin:{_table(one.kind)}_change", args=[one.pk]),
                one.name,
                one.why,
            )
            for one in broken_links()
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Links by name that lead nowhere"),
            "rows": rows,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/broken_links.html", context)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """An address stays when a name changes."""
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def relations(self, values: dict[str, Any], formsets: Any) -> dict[str, Any]:
        """Prerequisites, relatives, and what to read in its order."""
        (rows,) = formsets
        kept = [form for form in rows.forms if form not in rows.deleted_forms]
        said = [form.cleaned_data for form in kept if form.cleaned_data.get("resource")]
        said.sort(key=lambda one: one.get("position") or 0)
        return super().relations(values, formsets) | {
            "needs": sorted(row.pk for row in values["requires"]),
            "resources": [concepts.Chosen(one["resource"].pk, one["why"]) for one in said],
        }


def _table(kind: ItemKind) -> str:
    return f"kb_{FINDABLE[kind].model.__name__.lower()}"
