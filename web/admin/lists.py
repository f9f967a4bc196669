"""Reading lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import StackedInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from kb.core.items import ItemKind
from kb.models import ReadingList, ReadingListItem
from kb.selectors.lists import broken_links
from kb.selectors.wiki import names_of, resolve
from kb.services import lists
from web.admin.base import ReadOnly
from web.admin.written import Saves, WrittenForm, WrittenPanel
from web.markdown import troubles

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class ListForm(WrittenForm):
    """A list's own words."""

    texts = ("summary",)


class ReadingForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only to the type checker
    """One reading: an article, anything of the hub by name, or an address."""

    thing = forms.CharField(
        required=False,
        max_length=300,
        label=gettext_lazy("Anything else of the hub"),
        help_text=gettext_lazy(
            "By name, as in a link: beam search, question:is-word2vec-deep, resource:kaldi."
        ),
        widget=UnfoldAdminTextInputWidget,
    )

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        if item := self.instance.item:
            self.initial["thing"] = names_of([item]).get(item, "")

    def clean(self) -> dict[str, Any]:
        """With the item that the name leads to, and a commentary whose formulas can be set."""
        values: dict[str, Any] = super().clean() or {}
        name = values.get("thing", "").strip()
        target = resolve([name], drafts=True).get(name) if name else None
        if name and (target is None or target.kind == ItemKind.ARTICLE):
            self.add_error("thing", _("Nothing of the hub but articles has this name."))
        # what points somewhere is checked on the row, before the service sees it
        self.instance.item = target.item if target else None
        for wrong in troubles(values.get("commentary") or ""):
            self.add_error("commentary", ValidationError(wrong))
        return values


class ItemRows(StackedInline):
    """The readings, each with its commentary."""

    model = ReadingListItem
    form = ReadingForm
    extra = 0
    fields = (
        "position",
        "section",
        "article",
        "thing",
        ("url", "link"),
        ("title", "minutes"),
        "commentary",
    )
    readonly_fields = ("link",)
    autocomplete_fields = ("article",)
    ordering_field = "position"
    hide_title = False

    @display(description=gettext_lazy("last look at the link"))
    def link(self, item: ReadingListItem) -> str:
        """What was wrong with it when it was last asked."""
        url = item.url or (item.article.url if item.article else "")
        return broken_links([url]).get(url, "–")


@admin.register(ReadingList)
class ReadingListAdmin(WrittenPanel):
    """Lists are drafts until they are published."""

    form = ListForm
    columns = ("title", "slug", "kind", "summary")
    saves = Saves("list_id", lists.create_list, lists.update_list, lists.publish_list)
    list_display = ("title", "kind", "state_shown", "curator", "published_at", "updated_at")
    list_filter = ("kind", ("published_at", admin.EmptyFieldListFilter), "curator")
    list_select_related = ("curator",)
    search_fields = ("title", "slug", "summary")
    actions = ("publish", "withdraw")
    inlines = (ItemRows,)
    fields = (
        "title", "slug", "kind", "summary", "labels", "note", "shown", "curator", "published_at", "updated_at",
    )  # fmt: skip
    readonly_fields = ("curator", "published_at", "updated_at")
    prepopulated_fields = {"slug": ("title",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReadingList]:
        """What somebody worked on last, first."""
        found: QuerySet[ReadingList] = super().get_queryset(request)
        return found.order_by("-updated_at")

    def relations(self, values: dict[str, Any], formsets: Any) -> dict[str, Any]:
        """The readings in their order; a form that nobody filled is none."""
        (rows,) = formsets
        kept = [
            form
            for form in rows.forms
            if form not in rows.deleted_forms and (form.instance.pk or form.has_changed())
        ]
        kept.sort(key=lambda form: form.cleaned_data.get("position") or 0)
        return super().relations(values, formsets) | {"readings": [_reading(f) for f in kept]}


def _reading(form: Any) -> lists.Reading:
    said = form.cleaned_data
    article = said.get("article")
    return lists.Reading(
        article_id=article.pk if article else None,
        item=form.instance.item,
        url=said.get("url", ""),
        title=said.get("title", ""),
        section=said.get("section", ""),
        minutes=said.get("minutes"),
        commentary=said.get("commentary", ""),
    )


@admin.register(ReadingListItem)
class ReadingListItemAdmin(ReadOnly):
    """All readings of all lists, for finding one; they are changed in their list."""

    list_display = ("__str__", "reading_list", "position")
    list_filter = ("reading_list",)
    list_select_related = ("reading_list", "article")
    search_fields = ("title", "article__title", "commentary")
