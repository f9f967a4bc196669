"""Lists that people type as lines, and labels that they choose."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextareaWidget

from kb.core.labels import FACETS
from kb.models import Topic


class LinesField(forms.Field):
    """A list of texts, one a line."""

    def __init__(self, **given: Any) -> None:
        rows = given.pop("rows", 4)
        widget = UnfoldAdminTextareaWidget(attrs={"rows": rows})
        super().__init__(required=False, widget=widget, **given)

    def to_python(self, value: Any) -> list[Any]:
        """The lines that say anything."""
        lines = value.splitlines() if isinstance(value, str) else value or []
        return [line.strip() for line in lines if line.strip()]

    def prepare_value(self, value: Any) -> Any:
        """As it is typed."""
        return value if isinstance(value, str) else "\n".join(map(self.typed, value or []))

    def typed(self, one: Any) -> str:
        """One of them as a line."""
        return str(one)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Blank lines are no change."""
        try:
            return (initial or []) != self.to_python(data)
        except ValidationError:
            return True


class AliasesField(LinesField):
    """Other names, one a line; a question mark behind one says that it means other things too."""

    def to_python(self, value: Any) -> list[Any]:
        """Names with whether they are ambiguous."""
        lines = super().to_python(value) if isinstance(value, (str, type(None))) else []
        return [
            {"name": line.removesuffix("?").strip(), "ambiguous": line.endswith("?")}
            for line in lines
            if line.removesuffix("?").strip()
        ]

    def typed(self, one: Any) -> str:
        """With its mark."""
        return f"{one['name']} ?" if one.get("ambiguous") else str(one["name"])


class MisconceptionsField(LinesField):
    """What is often believed, with blank lines between: a line with the claim, and below it why it is wrong."""

    def to_python(self, value: Any) -> list[Any]:
        """Claims with why each is wrong."""
        said = value if isinstance(value, str) else ""
        parts = [part.strip() for part in re.split(r"\n[ \t]*\n", said.replace("\r\n", "\n"))]
        pairs = [part.partition("\n") for part in parts if part]
        for claim, _mark, why in pairs:
            if not why.strip():
                raise ValidationError(
                    _("Below “%(claim)s” is missing why it is wrong."), params={"claim": claim}
                )
        return [{"claim": claim.strip(), "why_wrong": why.strip()} for claim, _mark, why in pairs]

    def prepare_value(self, value: Any) -> Any:
        """As it is typed."""
        if isinstance(value, str):
            return value
        return "\n\n".join(f"{one['claim']}\n{one['why_wrong']}" for one in value or [])


def label_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every label, grouped, for choosing some."""
    named = Topic.objects.order_by("name").values_list("slug", "name")
    topics = [(f"topic:{slug}", str(name)) for slug, name in named]
    facets = [
        (facet.capitalize(), [(f"{facet}:{value}", f"{facet}: {value}") for value in values])
        for facet, values in FACETS.items()
    ]
    return [(_("Topics"), topics), *facets]
