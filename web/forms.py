"""What readers and curators type, made into values."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from kb.core.query import MAX_CHARS, Filter
from kb.selectors import lists
from kb.selectors.search import kind_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import QueryDict

    from kb.models import ReadingList, User

LONGEST = 1000
LONGEST_TEXT = MAX_CHARS
MOST_CHOICES = 32


class SearchForm(forms.Form):
    """A search from an address. What cannot be used is told beside its field and left out."""

    q = forms.CharField(required=False, max_length=LONGEST_TEXT, label=_("Search the hub"))
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
        self.sources = _several(data, "source", str.isdecimal)
        self.kinds = _several(data, "kind", kind_names().__contains__)
        like = data.get("like", "")
        self.like = int(like) if _is_id(like) else None

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

    @property
    def filters(self) -> tuple[Filter, ...]:
        """What the boxes and the days mean in the language of the search box; the last day is a part of the time."""
        values = self.values()
        since, until = values.get("since"), values.get("until")
        days = [Filter("after", since.isoformat())] if since else []
        if until and until < dt.date.max:
            days.append(Filter("before", (until + dt.timedelta(days=1)).isoformat()))
        return (
            *(Filter("source", value) for value in self.sources),
            *(Filter("kind", value) for value in self.kinds),
            *days,
        )


class AskForm(forms.Form):
    """A reader's question."""

    title = forms.CharField(
        max_length=300,
        label=_("Your question"),
        error_messages={"required": _("A question needs words. One sentence is best.")},
    )
    details = forms.CharField(required=False, max_length=5000, label=_("What you know already"))


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


class ImportForm(forms.Form):
    """A file from elsewhere, and what becomes of plain bookmarks in it."""

    file = forms.FileField(
        allow_empty_file=False,
        error_messages={
            "required": _("choose a file first"),
            "empty": _("this file is empty"),
        },
    )
    keep = forms.ChoiceField(
        required=False, choices=[("starred", _("Starred")), ("queued", _("In the queue"))]
    )


class LeaveForm(forms.Form):
    """The confirmation of somebody who wants to leave: their password, or their name where they have none."""

    confirm = forms.CharField(max_length=4096, strip=False)

    def __init__(self, data: QueryDict | None, *, user: User) -> None:
        super().__init__(data)
        self._user = user

    def clean_confirm(self) -> str:
        said = str(self.cleaned_data["confirm"])
        user = self._user
        right = (
            user.check_password(said)
            if user.has_usable_password()
            else constant_time_compare(said.strip(), user.get_username())
        )
        if not right:
            raise forms.ValidationError(_("that is not it"))
        return said


def _several(data: QueryDict, name: str, usable: Callable[[str], bool]) -> tuple[str, ...]:
    """The values of boxes of one name, each once."""
    return tuple(dict.fromkeys(v for v in data.getlist(name)[:MOST_CHOICES] if usable(v)))


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19  # noqa: PLR2004 - fits 64 bits
