"""Sources, and what visits to them brought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import ModelForm
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display

from kb.core.source_options import check_options
from kb.core.urls import is_web_url
from kb.errors import InputError
from kb.models import Check, Crawl, Entry, Host, LinkCheck, Push, Source, Subscription
from kb.selectors.sources import health, troubled
from kb.services import sources
from tasks.notify import check_soon
from web.admin.base import Panel, ReadOnly, acting
from web.admin.find import FindSource
from web.pages.health import sign

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

COLOURS = {
    "well": "success",
    "slow": "warning",
    "failing": "danger",
    "blocked": "danger",
    "gone": "danger",
    "moved": "info",
    "waiting": "info",
    "paused": "info",
}


class AttentionFilter(admin.SimpleListFilter):
    """The sources that a person should look at."""

    title = gettext_lazy("attention")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - Django gives it so
        """One choice beside all."""
        return [("wanted", _("needs a person"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Source]) -> QuerySet[Source]:  # noqa: ARG002 - Django gives it so
        """Failing, slow, kept out, gone."""
        if self.value() != "wanted":
            return queryset
        return queryset.filter(pk__in=troubled().order_by().values("pk"))


class SourceForm(ModelForm):  # type: ignore[type-arg]  # generic only to the type checker
    """The address is checked as an import checks it, so that a mistake stands beside its field."""

    def clean_url(self) -> str:
        """A web address; https where no scheme is typed."""
        url: str = self.cleaned_data["url"].strip()
        url = url if "://" in url else f"https://{url}"
        if not is_web_url(url):
            raise ValidationError(_("Give a web address such as https://example.org/feed.xml."))
        return url

    def clean_options(self) -> dict[str, Any]:
        """Options that the source's kind has."""
        options: dict[str, Any] = self.cleaned_data.get("options") or {}
        try:
            if options:
                check_options(self.instance.kind, options)
        except InputError as error:
            raise ValidationError(str(error)) from error
        return options


@admin.register(Source)
class SourceAdmin(FindSource, Panel):
    """People say what to listen to; what was heard of it is read-only."""

    form = SourceForm
    list_display = (
        "name",
        "health",
        "category",
        "kind",
        "last_checked_at",
        "last_new_at",
        "next_check_at",
    )
    list_filter = (
        AttentionFilter,
        "state",
        "category",
        "kind",
        "full_text",
        ("failing_since", admin.EmptyFieldListFilter),
    )
    search_fields = ("url", "title", "custom_title", "home_url", "category")
    actions = ("check_now", "pause", "resume")
    readonly_fields = (
        "title", "home_url", "description", "language", "format", "health", "last_checked_at",
        "last_success_at", "last_new_at", "next_check_at", "interval", "failures", "failing_since",
        "last_error", "robots_since", "ttl", "successor", "created_at", "kind",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("url", "custom_title", "category", "full_text")}),
        (gettext_lazy("How it is read"), {"fields": ("kind", "options")}),
        (
            gettext_lazy("What it says of itself"),
            {"fields": ("title", "home_url", "description", "language", "format")},
        ),
        (gettext_lazy("How it is heard"), {"fields": readonly_fields[5:-1]}),
    )

    @display(description=gettext_lazy("health"), label=COLOURS)
    def health(self, source: Source) -> tuple[str, str]:
        """Shape and word, as on the site."""
        kind = health(source)
        return kind, sign(kind).word

    def get_fieldsets(self, request: HttpRequest, obj: Source | None = None) -> Any:
        """A new source has nothing to tell yet."""
        found = super().get_fieldsets(request, obj)
        return found if obj else found[:1]

    @transaction.atomic
    def save_model(
        self,
        request: HttpRequest,
        obj: Any,
        form: Any,
        change: bool,  # noqa: FBT001 - Django gives it so
    ) -> None:
        """A new source comes in by the same door as those of an import."""
        if change:
            if {"url", "options"} & set(form.changed_data):
                # what another server gave us to ask with means nothing to this one; and what is read otherwise
                # must be read again
                obj.etag = obj.last_modified = obj.body_hash = obj.moving_to = ""
                obj.whole_at = obj.ttl = None
                obj.next_check_at = timezone.now()
            super().save_model(request, obj, form, change)
            return
        made, new = sources.add_source(
            url=obj.url,
            acting_user=acting(request),
            title=obj.custom_title,
            category=obj.category,
            full_text=obj.full_text,
        )
        obj.__dict__.update(made.__dict__)
        if not new:
            self.message_user(request, _("The hub follows it already."), messages.WARNING)
        transaction.on_commit(check_soon)

    @admin.action(description=gettext_lazy("Check now"), permissions=["change"])
    def check_now(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        """Ask these at once."""
        ids = list(queryset.values_list("pk", flat=True))
        with transaction.atomic():
            number = sources.check_now(source_ids=ids, acting_user=acting(request))
            transaction.on_commit(check_soon)
        words = ngettext("%(n)d source is due now.", "%(n)d sources are due now.", number)
        self.message_user(request, words % {"n": number}, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Pause"), permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        """Stop asking these."""
        for pk in queryset.values_list("pk", flat=True):
            sources.pause_source(source_id=pk, acting_user=acting(request))
        self.message_user(request, _("Paused."), messages.SUCCESS)

    @admin.action(description=gettext_lazy("Resume"), permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        """Ask these again, from now on."""
        with transaction.atomic():
            for pk in queryset.values_list("pk", flat=True):
                sources.resume_source(source_id=pk, acting_user=acting(request))
            transaction.on_commit(check_soon)
        self.message_user(request, _("Resumed; due now."), messages.SUCCESS)


@admin.register(Check)
class CheckAdmin(ReadOnly):
    """The log of visits."""

    list_display = (
        "source",
        "started_at",
        "outcome",
        "status",
        "new",
        "updated",
        "duration_ms",
        "error",
    )
    list_filter = ("outcome", "status")
    list_select_related = ("source",)
    search_fields = ("source__title", "source__url", "error")
    date_hierarchy = "started_at"


@admin.register(Host)
class HostAdmin(Panel):
    """Hosts that asked for quiet, and limits that a person sets for one."""

    list_display = ("name", "blocked_until", "reason", "refusals", "concurrency", "delay")
    list_filter = (("blocked_until", admin.EmptyFieldListFilter),)
    search_fields = ("name", "reason")
    fields = ("name", "concurrency", "delay", "blocked_until", "reason", "refusals", "next_at")
    readonly_fields = ("reason", "refusals", "next_at")


@admin.register(LinkCheck)
class LinkCheckAdmin(ReadOnly):
    """Whether what curators chose still answers."""

    list_display = ("url", "status", "error", "broken_since", "moved_to", "checked_at")
    list_filter = (("broken_since", admin.EmptyFieldListFilter), "status")
    search_fields = ("url", "error")


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnly):
    """Hubs that tell us of news; the secret and the callback stay out of sight."""

    list_display = ("source", "state", "lease_until", "pushes", "last_push_at", "forged", "error")
    list_filter = ("state",)
    list_select_related = ("source",)
    search_fields = ("source__title", "source__url", "hub")
    exclude = ("secret", "token")


@admin.register(Push)
class PushAdmin(ReadOnly):
    """What hubs sent."""

    list_display = ("source", "received_at", "done_at", "attempts", "error")
    list_select_related = ("source",)
    search_fields = ("source__title", "source__url")


@admin.register(Crawl)
class CrawlAdmin(ReadOnly):
    """Runs of the crawler."""

    list_display = ("id", "started_at", "finished_at", "collected", "offset", "error")
    list_filter = ("collected",)
    search_fields = ("spool", "error")


@admin.register(Entry)
class EntryAdmin(ReadOnly):
    """What sources said, as they said it."""

    list_display = ("title", "source", "published_at", "first_seen", "language")
    list_filter = ("source", "language")
    list_select_related = ("source",)
    search_fields = ("title", "url", "guid")
    date_hierarchy = "first_seen"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        """Rows without their bodies: a page of them would be megabytes."""
        found: QuerySet[Entry] = super().get_queryset(request)
        return found.defer("content", "summary", "page")
