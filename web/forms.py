"""What readers and curators type, made into values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from kb.selectors import lists

if TYPE_CHECKING:
    from django.http import QueryDict

    from kb.models import ReadingList

LONGEST = 1000


class SearchForm(forms.Form):
    """A search from an address. What cannot be used is told beside its field and left out."""

    q = forms.CharField(required=False, max_length=LONGEST, label=_("Search the hub"))
    since = forms.DateField(required=False, label=_("Since"))
    until = forms.DateField(required=False, label=_("Until"))
    mode = forms.ChoiceField(
        required=False,
        label=_("Found by"),
        choices=[
            ("hybrid", _("Words and meaning")),
            ("lexical", _("Words only")),
            ("semantic", _("Meaning only")),
        ],
    )
    sort = forms.ChoiceField(
        required=False, choices=[("relevance", _("Best")), ("date", _("Newest"))]
    )

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.sources = tuple(
            dict.fromkeys(int(n) for n in data.getlist("source")[:50] if _is_id(n))
        )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        since, until = values.get("since"), values.get("until")
        if since and until and since > until:
            self.add_error("until", _("This day is before the first one."))
        return values

    def values(self) -> dict[str, Any]:
        """What is usable."""
        self.is_valid()
        return self.cleaned_data


class AddToListForm(forms.Form):
    """Which list, and why."""

    reading_list: forms.ModelChoiceField[ReadingList] = forms.ModelChoiceField(
        queryset=lists.all_lists(), label=_("List"), widget=UnfoldAdminSelectWidget
    )
    commentary = forms.CharField(
        required=False,
        label=_("Commentary"),
        help_text=_("Markdown, with footnotes. Goes to every chosen article."),
        widget=UnfoldAdminTextareaWidget,
    )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19  # noqa: PLR2004 - fits 64 bits
