"""What every page of the panel does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import helpers
from django.db import transaction
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin, TabularInline

from kb.models import User
from kb.services import audit

if TYPE_CHECKING:
    from django import forms
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest


def acting(request: HttpRequest) -> User | None:
    """Who presses the buttons."""
    return request.user if isinstance(request.user, User) else None


class Panel(ModelAdmin):
    """A table that people may change: each change leaves a row in the audit log."""

    list_per_page = 50
    list_filter_submit = True
    # counting a table of millions only to say "of so many" makes a page slow
    show_full_result_count = False
    warn_unsaved_form = True
    compressed_fields = True

    @transaction.atomic
    def save_model(
        self,
        request: HttpRequest,
        obj: Any,
        form: Any,
        change: bool,  # noqa: FBT001 - Django gives it so
    ) -> None:
        """Save, and say who did."""
        super().save_model(request, obj, form, change)
        verb = "change" if change else "add"
        fields = [name for name in form.changed_data if "password" not in name]
        self._record(request, verb, obj, fields=fields)

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """Delete, and say who did."""
        self._record(request, "delete", obj)
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete many, each with its row."""
        for obj in queryset:
            self._record(request, "delete", obj)
        super().delete_queryset(request, queryset)

    def _record(self, request: HttpRequest, verb: str, obj: Model, **detail: Any) -> None:
        name = self.opts.verbose_name
        audit.record(
            action=f"{verb} {name}", subject=obj, user=acting(request), id=str(obj.pk), **detail
        )

    def ask(
        self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form, title: str
    ) -> TemplateResponse:
        """The step between choosing rows and acting on them: a form, with the choice kept."""
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "form": form,
            "objects": list(queryset[:20]),
            "chosen": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME),
            "action": request.POST.get("action", ""),
            "opts": self.opts,
            "media": self.media,
        }
        return TemplateResponse(request, "admin/ask.html", context)


class ReadOnly(Panel):
    """A table that the machine writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django gives it so
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django gives it so
        return False


class ReadOnlyRows(TabularInline):
    """Rows of such a table below what they belong to."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django gives it so
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django gives it so
        return False
