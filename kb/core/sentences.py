"""The sentence around a place in a text."""

from __future__ import annotations

import re

from kb.core.text import ENDS, ends_sentence

LONGEST = 400  # characters; a longer sentence is cut around the place
_BREAK = re.compile(r"\n\s*\n|\n(?=[ \t]*(?:[-*#>|]|\d+\.)[ \t])")


def sentence_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentence of the characters `start` to `end` begins and ends; paragraphs and items of lists end one."""
    low, high = max(0, start - LONGEST), min(len(text), end + LONGEST)
    before, after = text[low:start], text[end:high]
    starts = [m.end() for m in _BREAK.finditer(before)]
    starts += [
        m.end()
        for m in ENDS.finditer(before)
        if ends_sentence(text, low + m.start(), low + m.end())
    ]
    ends = [m.start() for m in _BREAK.finditer(after)][:1]
    marks = (m for m in ENDS.finditer(after) if ends_sentence(text, end + m.start(), end + m.end()))
    ends += [m.end() for m in marks][:1]
    first = low + max(starts, default=0)
    last = end + min(ends, default=len(after))
    # the white space around it is nobody's
    return first + len(text[first:start]) - len(text[first:start].lstrip()), last


def sentence_at(text: str, start: int, end: int) -> str:
    """That sentence on one line, cut with "…" to about LONGEST characters around the place."""
    first, last = sentence_span(text, start, end)
    room = (LONGEST - (end - start)) // 2
    low, high = first, last
    if last - first > LONGEST:
        low = max(first, min(start - room, last - LONGEST))
        high = min(last, max(end + room, first + LONGEST))
    line = " ".join(text[low:high].split())
    line = line if low == first else "…" + line.partition(" ")[2]
    return line if high == last else line.rpartition(" ")[0] + "…"
