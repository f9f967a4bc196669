"""What the hub took for one work or one event, and the buttons that correct it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from kb.errors import InputError
from kb.models import Article, Clue, Merge, Story, StoryRule
from kb.services import merges, stories
from web.admin.base import ReadOnly, ReadOnlyRows, acting

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest


class Corrected(ReadOnly):
    """Nothing is typed here, but buttons are pressed."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Who may press them; the fields stay closed."""
        return bool(super(ReadOnly, self).has_change_permission(request, obj))


@admin.register(Merge)
class MergeAdmin(Corrected):
    """Copies of one work."""

    list_display = ("loser", "winner", "reason", "state", "at", "user")
    list_filter = (("undone_at", admin.EmptyFieldListFilter), ("user", admin.EmptyFieldListFilter))
    list_select_related = ("winner", "loser", "user")
    search_fields = ("winner__title", "loser__title", "reason")
    readonly_fields = fields = (
        "winner", "loser", "reason", "score", "evidence", "moved", "user", "at", "undone_at", "undone_by",
    )  # fmt: skip
    actions = ("undo",)

    @display(description=gettext_lazy("state"), label={"stands": "success", "undone": "warning"})
    def state(self, row: Merge) -> tuple[str, str]:
        """Whether it holds."""
        return ("undone", _("undone")) if row.undone_at else ("stands", _("stands"))

    @admin.action(description=gettext_lazy("Undo, for good"), permissions=["change"])
    def undo(self, request: HttpRequest, queryset: QuerySet[Merge]) -> None:
        """Two works after all."""
        for pk in queryset.order_by("-pk").values_list("pk", flat=True):
            merges.undo_merge(merge_id=pk, acting_user=acting(request), now=timezone.now())
        self.message_user(
            request, _("Undone; the hub will not merge them again."), messages.SUCCESS
        )


class MemberRows(ReadOnlyRows):
    """Who tells of it."""

    model = Article
    fk_name = "story"
    fields = ("title", "source", "published_at", "state")


@admin.register(Story)
class StoryAdmin(Corrected):
    """Articles about one event."""

    list_display = ("lead", "lead_reason", "created_at", "updated_at")
    list_select_related = ("lead",)
    search_fields = ("lead__title",)
    readonly_fields = fields = ("lead", "lead_reason", "created_at", "updated_at")
    inlines = (MemberRows,)
    actions = ("join",)

    @admin.action(description=gettext_lazy("Make one story of these"), permissions=["change"])
    def join(self, request: HttpRequest, queryset: QuerySet[Story]) -> None:
        """One event after all."""
        ids = Article.objects.filter(story__in=queryset).values_list("pk", flat=True)
        join_chosen(self, request, list(ids))


@admin.register(StoryRule)
class StoryRuleAdmin(ReadOnly):
    """What curators said of pairs; later runs keep to it."""

    list_display = ("kind", "first", "second", "user", "at")
    list_filter = ("kind",)
    list_select_related = ("first", "second", "user")
    search_fields = ("first__title", "second__title")


@admin.register(Clue)
class ClueAdmin(ReadOnly):
    """What copies are looked up by."""

    list_display = ("key", "article")
    list_select_related = ("article",)
    search_fields = ("key", "article__title")


def join_chosen(panel: admin.ModelAdmin[Model], request: HttpRequest, ids: list[int]) -> None:
    """Make one story of these articles and say so, or say why not."""
    try:
        stories.join_articles(article_ids=ids, acting_user=acting(request), now=timezone.now())
    except InputError as error:
        panel.message_user(request, str(error), messages.ERROR)
        return
    panel.message_user(request, _("One story now, and kept."), messages.SUCCESS)
