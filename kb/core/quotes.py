"""Finding a quoted place again in a text that may have changed since (W3C Web Annotation, TextQuoteSelector).

White space does not count: what a browser selects across paragraphs has breaks where the text has none.
"""

from __future__ import annotations

import re

_WHITE = re.compile(r"\s+")


def squeezed(text: str) -> str:
    """The text without any white space."""
    return _WHITE.sub("", text)


def find_quote(text: str, quote: str, before: str = "", after: str = "") -> int | None:
    """Where `quote` stands in `squeezed(text)`; of several places the one whose surroundings agree most. None where it
    stands nowhere."""
    whole, part = squeezed(text), squeezed(quote)
    if not part:
        return None
    left, right = squeezed(before), squeezed(after)
    best, place, at = -1, None, whole.find(part)
    while at >= 0:
        end = at + len(part)
        agreed = _common(whole[max(0, at - len(left)) : at][::-1], left[::-1])
        agreed += _common(whole[end : end + len(right)], right)
        if agreed > best:
            best, place = agreed, at
        at = whole.find(part, at + 1)
    return place


def _common(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length
