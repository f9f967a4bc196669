"""Names of people as sources write them, and the address that all spellings of one name share."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 100  # characters of a slug
_MAIL = re.compile(r"\S+@\S+\.\S+")
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]|[*†‡§¶]|\d+$")
_OWNED = re.compile(r"^\S+@\S+\s*\(([^)]+)\)$")
_BY = re.compile(r"^(?:by|posted by|written by|von|par)\s+", re.IGNORECASE)
_PARTS = re.compile(r"[^\W_]+")
_WORDS = 2  # on either side of the comma of “Povey, Daniel”
# letters that no decomposition turns into Latin ones
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"})  # fmt: skip


def author_name(written: str) -> str:
    """A name as a person would write it: “ada@x.org (Ada King)” and “King, Ada” are Ada King; "" for none.

    Initials stay as they are: nobody can tell whether D. Povey is Daniel.
    """
    text = " ".join(unicodedata.normalize("NFKC", written).split())
    if owned := _OWNED.match(text):
        text = owned[1]
    text = _BY.sub("", _ASIDE.sub("", _MAIL.sub("", text))).strip(" ,;.-–—<>\"'")
    last, comma, first = (part.strip() for part in text.partition(","))
    one_name = comma and first and "," not in first
    if one_name and len(last.split()) == 1 and len(first.split()) <= _WORDS:
        text = f"{first} {last}"
    return text if _PARTS.search(text) else ""


def author_slug(written: str) -> str:
    """The end of the address of a name's page: without case, marks and points. Other scripts keep their letters."""
    folded = unicodedata.normalize("NFKD", author_name(written).casefold().translate(_LETTERS))
    bare = "".join(c for c in folded if not unicodedata.combining(c))
    latin = bare if bare.isascii() else unicodedata.normalize("NFKC", folded)
    return "-".join(_PARTS.findall(latin.replace("'", "").replace("’", "")))[:LONGEST].strip("-")
