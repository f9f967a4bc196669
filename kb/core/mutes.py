"""Words that a reader does not want to meet: whole words, any case."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# scripts that put no space between words, where a word has no border to look for
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)


def tidy(words: str) -> str:
    """Words as they are kept: composed (NFKC), single spaces, no case. Empty where no letter or digit is left."""
    found = " ".join(unicodedata.normalize("NFKC", words).casefold().split())
    return found if any(char.isalnum() for char in found) else ""


def muting(words: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern for `is_muted` that finds any of these; None for none. Longest first, so that a match is the most said."""
    tidied = sorted({tidy(word) for word in words} - {""}, key=len, reverse=True)
    return re.compile("|".join(map(_whole, tidied))) if tidied else None


def is_muted(pattern: re.Pattern[str] | None, *texts: str) -> bool:
    """Whether one of these texts has a muted word."""
    return pattern is not None and any(pattern.search(tidy(text)) for text in texts)


def _whole(word: str) -> str:
    first = "" if _borderless(word[0]) else r"(?<!\w)"
    last = "" if _borderless(word[-1]) else r"(?!\w)"
    return f"{first}{re.escape(word)}{last}"


def _borderless(char: str) -> bool:
    return not char.isalnum() or _UNSPACED.match(char) is not None
