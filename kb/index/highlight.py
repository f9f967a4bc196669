"""Cutting the telling part out of a text and marking the words that were looked for."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from kb.index.lexical import analyser, analysers, clean
from kb.index.terms import keep_telling

if TYPE_CHECKING:
    from kb.core.query import Query

_MAX_CHARS = 60_000  # of a longer text only the beginning is looked at
_MAX_SPANS = 400
_LEAD = 48  # characters shown before the first found word

Span = tuple[int, int, int]  # start, end, which wanted thing


def highlight(query: Query, text: str, max_chars: int = 240) -> list[tuple[str, bool]]:
    """About `max_chars` characters of `text` where most of the query's words are: [(piece, found)], never raises.

    The pieces put together are the snippet, with "…" where text was left out. Without a found word it is the
    beginning. The pieces are plain text: the caller escapes.
    """
    text = clean(text[:_MAX_CHARS])
    spans = _find(query, text)
    start, end = _window(text, spans, max_chars)
    pieces: list[tuple[str, bool]] = [("…", False)] if start else []
    place = start
    for first, last, _ in spans:
        if first >= place and last <= end:
            pieces += [(text[place:first], False), (text[first:last], True)]
            place = last
    pieces += [(text[place:end], False), ("…" if end < len(text) else "", False)]
    return [piece for piece in pieces if piece[0]]


def _wanted(query: Query) -> dict[str, list[tuple[tuple[str, ...], int]]]:
    """The token sequences to find, by their first token."""
    stemmed, plain = analysers()
    found: dict[str, list[tuple[tuple[str, ...], int]]] = {}
    for number, words in enumerate((*query.phrases, *keep_telling(query.words))):
        for tokens in {tuple(stemmed(words)), tuple(plain(words))} - {()}:
            found.setdefault(tokens[0], []).append((tokens, number))
    return found


def _find(query: Query, text: str) -> list[Span]:
    wanted = _wanted(query)
    tokens = analyser(stem=True).pre_tokenize(text).tokens if wanted else []
    words = [token.text for token in tokens]
    spans: list[Span] = []
    for place, word in enumerate(words):
        for sequence, number in wanted.get(word, ()):
            last = place + len(sequence)
            if tuple(words[place:last]) == sequence:
                spans.append(
                    (tokens[place].char_offset_from, tokens[last - 1].char_offset_to, number)
                )
        if len(spans) > _MAX_SPANS:
            break
    return sorted(spans, key=lambda span: (span[0], -span[1]))


def _window(text: str, spans: list[Span], size: int) -> tuple[int, int]:
    """Where to cut: the window with the most different wanted things, then the most of them, then the first."""
    ends = [span[1] for span in spans]

    def worth(number: int) -> tuple[int, int, int]:
        first = max(spans[number][0] - _LEAD, 0)
        inside = spans[number : bisect_left(ends, first + size + 1, lo=number)]
        return len({span[2] for span in inside}), len(inside), -number

    begin = max(spans[max(range(len(spans)), key=worth)][0] - _LEAD, 0) if spans else 0
    begin = min(begin, max(len(text) - size, 0))
    if begin:  # not in the middle of a word
        space = text.find(" ", begin, begin + _LEAD)
        begin = space + 1 if space >= 0 else begin
    end = min(begin + size, len(text))
    if end < len(text):
        space = text.rfind(" ", max(begin, end - _LEAD), end)
        end = space if space > begin else end
    return begin, end
