"""Adding a source in two steps: an address, then one of the things that can be followed there."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from kb.errors import InputError
from kb.services import discovery, sources
from tasks.notify import check_soon
from web.admin.base import acting

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from kb.services.discovery import Candidate, Discovery

SALT = "candidates"


class FindForm(forms.Form):
    """Any address."""

    url = forms.CharField(
        max_length=2000,
        label=gettext_lazy("Address"),
        help_text=gettext_lazy("A feed, or any page: what can be followed there is looked for."),
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "url", "autofocus": True}),
    )

    def clean_url(self) -> str:
        """A web address, with https where no scheme is typed."""
        try:
            return sources.checked_address(self.cleaned_data["url"])
        except InputError as error:
            raise ValidationError(str(error)) from error


class PickForm(forms.Form):
    """One of what was found. `found` is signed, so that it is what we found."""

    found = forms.CharField(widget=forms.HiddenInput)
    pick = forms.IntegerField(min_value=0)
    category = forms.CharField(
        required=False,
        max_length=100,
        label=gettext_lazy("Category"),
        widget=UnfoldAdminTextInputWidget,
    )

    def clean(self) -> dict[str, Any]:
        """With the chosen candidate as `candidate`."""
        values: dict[str, Any] = super().clean() or {}
        try:
            rows = signing.loads(values.get("found", ""), salt=SALT, max_age=86400)
            values["candidate"] = rows[values["pick"]]
        except (signing.BadSignature, IndexError, KeyError) as error:
            raise ValidationError(_("Choose one of what was found, or look again.")) from error
        return values


def signed(candidates: tuple[Candidate, ...]) -> str:
    """Candidates on their way through a browser."""
    return signing.dumps([asdict(c) for c in candidates], salt=SALT, compress=True)


class FindSource:
    """What a panel's "add" does for sources. `?plain=1` gives the plain form, for addresses that cannot be looked at."""

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Find, choose, save; what is posted without a step is the plain form."""
        if not self.has_add_permission(request):  # type: ignore[attr-defined]  # of the admin it is mixed into
            raise PermissionDenied
        step = request.POST.get("step", "")
        if step == "find":
            return self._found(request)
        if step == "choose":
            return self._chosen(request)
        if request.method == "GET" and "plain" not in request.GET:
            return self._page(request, FindForm())
        added: HttpResponse = super().add_view(request, form_url, extra_context)  # type: ignore[misc]  # the class it is mixed into carries no types
        return added

    def _found(self, request: HttpRequest) -> HttpResponse:
        form = FindForm(request.POST)
        if not form.is_valid():
            return self._page(request, form)
        found = discovery.discover(url=form.cleaned_data["url"])
        candidates = found.candidates
        if found.may_come:
            # a source that is down today may be up tomorrow
            candidates = (discovery.choose(found).candidate,)
        pick = PickForm(initial={"found": signed(candidates), "pick": 0}) if candidates else None
        return self._page(request, form, found=found, candidates=candidates, pick=pick)

    def _chosen(self, request: HttpRequest) -> HttpResponse:
        form = PickForm(request.POST)
        if not form.is_valid():
            for said in form.non_field_errors() or [_("Choose one of what was found.")]:
                self.message_user(request, said, messages.ERROR)  # type: ignore[attr-defined]  # of the admin it is mixed into
            return self._page(request, FindForm())
        chosen = form.cleaned_data["candidate"]
        with transaction.atomic():
            made, new = sources.add_source(
                url=chosen["url"],
                kind=chosen["kind"],
                options=chosen["options"],
                category=form.cleaned_data["category"],
                acting_user=acting(request),
            )
            transaction.on_commit(check_soon)
        words = _("Followed from now on.") if new else _("The hub follows it already.")
        level = messages.SUCCESS if new else messages.WARNING
        self.message_user(request, words, level)  # type: ignore[attr-defined]  # of the admin it is mixed into
        return HttpResponseRedirect(reverse("admin:kb_source_change", args=[made.pk]))

    def _page(
        self,
        request: HttpRequest,
        form: FindForm,
        *,
        found: Discovery | None = None,
        candidates: tuple[Candidate, ...] = (),
        pick: PickForm | None = None,
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]  # of the admin it is mixed into
            "title": _("Add a source"),
            "form": form,
            "found": found,
            "candidates": candidates,
            "pick": pick,
            "plain": "?plain=1",
            "opts": self.opts,  # type: ignore[attr-defined]  # of the admin it is mixed into
            "media": self.media,  # type: ignore[attr-defined]  # of the admin it is mixed into
        }
        return TemplateResponse(request, "admin/find_source.html", context)
