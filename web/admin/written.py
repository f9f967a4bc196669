"""The panel of what people write: saved through the services as a whole, with a note for readers and its labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from kb.errors import InputError
from kb.models import Label
from kb.selectors.prose import links_in
from kb.selectors.wiki import resolve
from kb.services import written
from kb.services.facets import say_labels
from web.admin.base import Panel, acting
from web.admin.fields import label_choices
from web.markdown import troubles

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse


class WrittenForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only to the type checker
    """What all of them ask beside their own fields. `texts` are the fields that hold Markdown."""

    texts: ClassVar[tuple[str, ...]] = ()
    # what the services said to these very words a moment ago; set by the panel
    refused: ClassVar[str] = ""

    shown = forms.BooleanField(
        required=False, label=gettext_lazy("Readers see it"), widget=UnfoldBooleanSwitchWidget
    )
    note = forms.CharField(
        required=False,
        max_length=300,
        label=gettext_lazy("What changed"),
        help_text=gettext_lazy("For the public log, once readers see it: “fixed the sum in …”."),
        widget=UnfoldAdminTextInputWidget,
    )
    labels = forms.MultipleChoiceField(
        required=False,
        label=gettext_lazy("What it is about"),
        help_text=gettext_lazy(
            "Topics and facets. Those that you take away are not proposed again."
        ),
        widget=UnfoldAdminSelect2MultipleWidget,
    )

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        if "slug" in self.fields:
            self.fields["slug"].required = False
        if "shown" in self.fields:
            self.initial["shown"] = self.instance.published_at is not None
        if "labels" in self.fields:
            self.fields["labels"].choices = label_choices()  # type: ignore[attr-defined]  # a field with choices
            if self.instance.pk:
                held = Label.objects.filter(item=written.item_of(self.instance), refused=False)
                self.initial["labels"] = list(held.values_list("name", flat=True))

    def clean(self) -> dict[str, Any]:
        """Formulas can be set, and the services took it."""
        values: dict[str, Any] = super().clean() or {}
        for name in self.texts:
            for wrong in troubles(str(values.get(name) or "")):
                self.add_error(name, wrong)
        if self.refused:
            raise ValidationError(self.refused)
        return values


@dataclass(frozen=True, slots=True)
class Saves:
    """The services of a kind, and the name by which they take a row's id; without `publish`, readers see all of it."""

    key: str
    add: Callable[..., Any]
    update: Callable[..., Any]
    publish: Callable[..., Any] | None = None


class WrittenPanel(Panel):
    """Rows that are saved by one call of a service, what stands in rows below them included.

    What a service refuses is told above the form, with everything that was typed still there.
    """

    saves: Saves
    # the fields that the services take as they are
    columns: tuple[str, ...] = ()

    def get_form(self, request: HttpRequest, *args: Any, **given: Any) -> Any:
        """With what the services said to the same words, if they did."""
        form = super().get_form(request, *args, **given)
        form.refused = getattr(request, "refused", "")
        return form

    def changeform_view(self, request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
        """Save as a whole; a refusal brings the form back."""
        try:
            with transaction.atomic():
                saved: HttpResponse = super().changeform_view(request, *args, **given)
        except InputError as error:
            request.refused = str(error)  # type: ignore[attr-defined]  # carried to the form of this answer
            again: HttpResponse = super().changeform_view(request, *args, **given)
            return again
        return saved

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 - Django gives it so
        """A new row is made; a change waits for what stands below it."""
        if not change:
            made = self.saves.add(acting_user=acting(request), **self._words(form))
            obj.__dict__.update(made.__dict__)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 - Django gives it so
        """Everything in one call, so that readers are told of one change."""
        del change
        user, values = acting(request), form.cleaned_data
        for formset in formsets:
            formset.save(commit=False)  # only so that Django can tell what was changed
        given = self._words(form) | self.relations(values, formsets)
        key = {self.saves.key: form.instance.pk}
        made = self.saves.update(**key, acting_user=user, note=values.get("note", ""), **given)
        if "labels" in values:
            say_labels(item=written.item_of(made), names=values["labels"], acting_user=user)
        if self.saves.publish and "shown" in values:
            made = self.saves.publish(**key, acting_user=user, published=values["shown"])
        form.instance.__dict__.update(made.__dict__)
        self._tell_broken(request, form)

    def relations(self, values: dict[str, Any], formsets: Any) -> dict[str, Any]:
        """What the service takes that stands in other rows."""
        del formsets
        return {
            name: sorted(row.pk for row in values[name])
            for name in self.autocomplete_fields
            if hasattr(values.get(name), "values_list")
        }

    def _words(self, form: Any) -> dict[str, Any]:
        values = form.cleaned_data
        return {
            name: _plain(name, values) for name in self.columns if _plain(name, values) is not ...
        }

    def _tell_broken(self, request: HttpRequest, form: Any) -> None:
        links = links_in(str(form.cleaned_data.get(name) or "") for name in form.texts)
        names = {link.name for link in links}
        if broken := sorted(names - resolve(names).keys()):
            said = ", ".join(f"[[{name}]]" for name in broken)
            words = _("These links lead nowhere yet: %(links)s.") % {"links": said}
            self.message_user(request, words, messages.WARNING)

    @admin.action(description=gettext_lazy("Publish"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Show these to readers."""
        self._turn(request, queryset, published=True)

    @admin.action(description=gettext_lazy("Make a draft again"), permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Take these from readers."""
        self._turn(request, queryset, published=False)

    def _turn(self, request: HttpRequest, queryset: QuerySet[Any], *, published: bool) -> None:
        publish = self.saves.publish
        if publish is None:
            return
        try:
            with transaction.atomic():
                for pk in queryset.values_list("pk", flat=True):
                    publish(
                        **{self.saves.key: pk}, acting_user=acting(request), published=published
                    )
        except InputError as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        words = _("Published.") if published else _("Drafts again.")
        self.message_user(request, words, messages.SUCCESS)

    @display(description=gettext_lazy("state"), label={"published": "success", "draft": "info"})
    def state_shown(self, row: Any) -> tuple[str, str]:
        """Published or draft."""
        return ("published", _("published")) if row.published_at else ("draft", _("draft"))


def _plain(name: str, values: dict[str, Any]) -> Any:
    """A value as the service takes it: `article_id` from the row in `article`; ... where the form does not ask for it."""
    asked = name.removesuffix("_id")
    if asked not in values:
        return ...
    value = values[asked]
    return (value.pk if value else None) if name.endswith("_id") else value
