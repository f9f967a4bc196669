"""What a text itself says that letters stand for.

After Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical text", 2003, with
whole initials instead of any letters: an acronym of this field is made of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kb.core.usual import GENERAL

if TYPE_CHECKING:
    from collections.abc import Collection

_LONG_FORM = re.compile(r"((?:[\w'’/-]+ ){1,8})\(\s*$")
_BEHIND = re.compile(r"s?\s*\(([^()]{5,80})\)")


def long_form(text: str, start: int, end: int) -> str:
    """The words that `text` says the letters at `start` to `end` stand for, before them in brackets or behind; "" for none."""
    name = text[start:end].removesuffix("s")
    before = _LONG_FORM.search(text, max(0, start - 120), start)
    if before and text[end : end + 2].lstrip("s")[:1] in {")", ",", ";", ""}:
        words = re.split(r"[ /-]", before[1].strip())
        for size in range(2, len(name) + 3):  # the shortest that fits; small words may stand inside
            tail = words[-size:]
            if len(tail) == size and are_initials(tail, name):
                return " ".join(tail)
    behind = _BEHIND.match(text, end)
    if behind and are_initials(re.split(r"[ /-]", behind[1]), name):
        return behind[1]
    return ""


def are_initials(words: Collection[str], name: str) -> bool:
    """Whether the first letters of the words, small words left out or not, spell `name`: WER and word error rate."""
    firsts = [w[:1].casefold() for w in words if w]
    telling = [w[:1].casefold() for w in words if w.casefold() not in GENERAL]
    letters = [c for c in name.casefold() if c.isalpha()]
    return len(letters) > 1 and letters in (firsts, telling)
