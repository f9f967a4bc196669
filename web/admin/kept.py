"""What the hub keeps about written things and readers: shown, not typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from kb.models import (
    ConceptResource,
    Folder,
    Follow,
    Highlight,
    Known,
    Label,
    ListEdition,
    Mark,
    Mention,
    Mute,
    OldSlug,
    Preferences,
    Prerequisite,
    Progress,
    Revision,
    Tag,
    TopicModel,
)
from kb.selectors.revisions import differences
from kb.selectors.wiki import titles
from web.admin.base import ReadOnly

if TYPE_CHECKING:
    from django.utils.safestring import SafeString


@admin.register(Revision)
class RevisionAdmin(ReadOnly):
    """The log of changes, with what was different before."""

    list_display = ("at", "thing", "note", "user")
    list_filter = ("user",)
    list_select_related = ("user",)
    search_fields = ("note", "=item")
    date_hierarchy = "at"
    fields = readonly_fields = ("thing", "at", "user", "note", "changed")

    @display(description=gettext_lazy("what"))
    def thing(self, row: Revision) -> str:
        """Its title now."""
        return titles([row.item], drafts=True).get(row.item, str(row.item))

    @display(description=gettext_lazy("what changed"))
    def changed(self, row: Revision) -> SafeString:
        """Line by line, field by field."""
        return format_html_join(
            "",
            "<h3>{}</h3><pre>{}</pre>",
            ((name, format_html("{}", "\n".join(lines))) for name, lines in differences(row)),
        )


@admin.register(Label)
class LabelAdmin(ReadOnly):
    """What is said of items."""

    list_display = ("name", "item", "confidence", "origin", "refused", "user", "at")
    list_filter = ("origin", "refused")
    list_select_related = ("user",)
    search_fields = ("name", "=item")


@admin.register(Mention)
class MentionAdmin(ReadOnly):
    """Where concepts are spoken of."""

    list_display = ("concept", "article", "name", "count", "score")
    list_select_related = ("concept", "article")
    search_fields = ("name", "concept__name")


@admin.register(TopicModel)
class TopicModelAdmin(ReadOnly):
    """Models that propose labels."""

    list_display = ("name", "version", "active", "examples", "made_at")
    list_filter = ("active",)
    search_fields = ("name",)
    exclude = ("weights",)


@admin.register(OldSlug)
class OldSlugAdmin(ReadOnly):
    """Addresses that things had."""

    list_display = ("slug", "kind", "pk_now")
    list_filter = ("kind",)
    search_fields = ("slug",)


@admin.register(ListEdition)
class ListEditionAdmin(ReadOnly):
    """Orders of ranked lists as they were published."""

    list_display = ("reading_list", "at")
    list_select_related = ("reading_list",)
    search_fields = ("reading_list__title",)


@admin.register(Prerequisite)
class PrerequisiteAdmin(ReadOnly):
    """The graph, edge by edge."""

    list_display = ("concept", "needed")
    list_select_related = ("concept", "needed")
    search_fields = ("concept__name", "needed__name")


@admin.register(ConceptResource)
class ConceptResourceAdmin(ReadOnly):
    """Every choice of a resource, for finding one."""

    list_display = ("concept", "resource", "position")
    list_select_related = ("concept", "resource")
    search_fields = ("concept__name", "resource__title", "why")


class _Theirs(ReadOnly):
    """What readers keep; who keeps what is not searched for."""

    list_display: Any = ("user", "at")
    list_select_related: Any = ("user",)


@admin.register(Follow)
class FollowAdmin(_Theirs):
    """What readers follow."""

    list_display = ("user", "item", "source", "person", "at")
    list_select_related = ("user", "source")


@admin.register(Known)
class KnownAdmin(_Theirs):
    """What readers say they know."""

    list_display = ("user", "concept", "at")
    list_select_related = ("user", "concept")


@admin.register(Progress)
class ProgressAdmin(_Theirs):
    """What readers have read."""

    list_display = ("user", "reading", "at")
    list_select_related = ("user", "reading", "reading__article")


@admin.register(Folder)
class FolderAdmin(_Theirs):
    """Where readers put what they follow."""

    list_display = ("user", "name", "position")
    list_select_related = ("user",)


@admin.register(Tag)
class TagAdmin(_Theirs):
    """Words that readers file articles under."""

    list_display = ("user", "name")
    list_select_related = ("user",)


@admin.register(Mark)
class MarkAdmin(_Theirs):
    """What readers did with articles."""

    list_display = ("user", "article", "read_at", "starred_at", "queued_at")
    list_select_related = ("user", "article")


@admin.register(Mute)
class MuteAdmin(_Theirs):
    """Words that readers do not want to meet."""

    list_display = ("user", "words", "at")
    list_select_related = ("user",)


@admin.register(Highlight)
class HighlightAdmin(_Theirs):
    """Where readers marked a place; what they wrote to it is not shown."""

    list_display = ("user", "article", "created_at")
    list_select_related = ("user", "article")
    exclude = ("quote", "before", "after", "note")


@admin.register(Preferences)
class PreferencesAdmin(_Theirs):
    """How readers want the hub."""

    list_display = ("user", "newest_first", "language", "for_you")
    list_select_related = ("user",)
    exclude = ("taste",)
