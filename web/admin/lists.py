"""Reading lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import StackedInline
from unfold.decorators import display

from kb.models import ReadingList, ReadingListItem
from kb.selectors.lists import broken_links
from kb.services import lists
from web.admin.base import Panel, acting

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class ItemRows(StackedInline):
    """The readings, each with its commentary."""

    model = ReadingListItem
    extra = 0
    fields = ("position", "article", "url", "link", "title", "commentary")
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
class ReadingListAdmin(Panel):
    """Lists are drafts until they are published by the action."""

    list_display = ("title", "state", "curator", "published_at", "updated_at")
    list_filter = (("published_at", admin.EmptyFieldListFilter), "curator")
    list_select_related = ("curator",)
    search_fields = ("title", "slug", "summary")
    actions = ("publish", "withdraw")
    inlines = (ItemRows,)
    fields = ("title", "slug", "summary", "curator", "published_at", "created_at", "updated_at")
    readonly_fields = ("curator", "published_at", "created_at", "updated_at")
    prepopulated_fields = {"slug": ("title",)}

    @display(description=gettext_lazy("state"), label={"published": "success", "draft": "info"})
    def state(self, row: ReadingList) -> tuple[str, str]:
        """Published or draft."""
        return ("published", _("published")) if row.published_at else ("draft", _("draft"))

    def get_fields(self, request: HttpRequest, obj: ReadingList | None = None) -> Any:
        """A new list has only words."""
        found = super().get_fields(request, obj)
        return found if obj else found[:3]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReadingList]:
        """What somebody worked on last, first."""
        found: QuerySet[ReadingList] = super().get_queryset(request)
        return found.order_by("-updated_at")

    def save_model(
        self,
        request: HttpRequest,
        obj: Any,
        form: Any,  # noqa: ARG002 - Django gives it
        change: bool,  # noqa: FBT001 - Django gives it so
    ) -> None:
        """Through the service, as everybody."""
        words = {"title": obj.title, "slug": obj.slug, "summary": obj.summary}
        user = acting(request)
        if change:
            made = lists.update_list(list_id=obj.pk, acting_user=user, **words)
        else:
            made = lists.create_list(acting_user=user, **words)
        obj.__dict__.update(made.__dict__)

    @transaction.atomic
    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """Readings changed: the list has moved."""
        super().save_formset(request, form, formset, change)
        if formset.has_changed():
            lists.update_list(list_id=form.instance.pk, acting_user=acting(request))

    @admin.action(description=gettext_lazy("Publish"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[ReadingList]) -> None:
        """Show these to readers."""
        self._turn(request, queryset, published=True)
        self.message_user(request, _("Published."), messages.SUCCESS)

    @admin.action(description=gettext_lazy("Make a draft again"), permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[ReadingList]) -> None:
        """Take these from readers."""
        self._turn(request, queryset, published=False)
        self.message_user(request, _("Drafts again."), messages.SUCCESS)

    def _turn(
        self, request: HttpRequest, queryset: QuerySet[ReadingList], *, published: bool
    ) -> None:
        for pk in queryset.values_list("pk", flat=True):
            lists.publish_list(list_id=pk, acting_user=acting(request), published=published)


@admin.register(ReadingListItem)
class ReadingListItemAdmin(Panel):
    """All readings of all lists, for finding one."""

    list_display = ("__str__", "reading_list", "position")
    list_filter = ("reading_list",)
    list_select_related = ("reading_list", "article")
    search_fields = ("title", "article__title", "commentary")
    autocomplete_fields = ("article", "reading_list")
