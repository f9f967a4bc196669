"""What a change changed: a revision beside what came after it."""

from __future__ import annotations

import json
from difflib import unified_diff
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from kb.core.items import split
from kb.models import Revision
from kb.selectors.findable import FINDABLE

if TYPE_CHECKING:
    from collections.abc import Iterator


def differences(revision: Revision) -> Iterator[tuple[str, list[str]]]:
    """(field, lines) of each field that was changed; lines begin with a space, + or -, as of a unified diff.

    What a field said afterwards stands in the next revision that changed it, else in the row; what stood in other rows
    and was not changed since is told as it was before alone.
    """
    kind, pk = split(revision.item)
    row = QuerySet(FINDABLE[kind].model).filter(pk=pk).first()
    later = list(Revision.objects.filter(item=revision.item, pk__gt=revision.pk).order_by("pk"))
    for name, before in revision.before.items():
        following = next((one.before[name] for one in later if name in one.before), None)
        after = _column(row, name) if following is None else following
        yield name, _lines(before, after)


def _column(row: Any, name: str) -> Any:
    value = getattr(row, name, None)
    return None if hasattr(value, "all") else value


def _lines(before: Any, after: Any) -> list[str]:
    old = _text(before).splitlines()
    if after is None:
        return [f"-{line}" for line in old]
    found = unified_diff(old, _text(after).splitlines(), lineterm="", n=2)
    return [line for line in found if not line.startswith(("---", "+++", "@@"))]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
