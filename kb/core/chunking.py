"""Cutting an article into passages that fit the embedding model's window.

The model's own tokeniser is not asked: it would drag the vendor into pure code and tie stored passages to one model.
Instead the count is estimated from above (checked against the WordPiece vocabulary of BERT in the tests).
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CJK = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    r"\uff00-\uffef\U0001b000-\U0001b2ff\U00020000-\U0003ffff"
)
_PIECES = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+|[^\w\s]")
_PARAGRAPH = re.compile(r"\n\s*\n")
_SENTENCE = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[\u3002\uff01\uff1f\uff1b])|\n")
_SPACES = re.compile(r"\s+")
_PER_WORD = 1.35
_LONG = 9  # longer words are cut into pieces by every subword vocabulary
_SPECIAL = 2  # [CLS] and [SEP]
_MIN_ROOM = 32
_MAX_CHARS = 2_000_000


def _rate(piece: str) -> float:
    """Tokens a character for a word that is no ordinary Latin one."""
    last = max(piece)
    if last < "\x80":
        if piece.isalpha():
            return 0.5 if piece[1:] != piece[1:].lower() else 0.39  # SpecAugment, hyperparameters
        return 0.8  # hashes, versions, identifiers
    return 0.6 if last < "\u0250" else 1.0  # accented Latin, any other alphabet


@lru_cache(maxsize=1 << 16)  # a language's usual words come again and again
def _cost(piece: str) -> float:
    """Tokens that a vocabulary of 30,000 subwords makes of one word, character or mark; measured on BERT's."""
    if len(piece) == 1:
        return 3.0 if "\uac00" <= piece <= "\ud7a3" else 1.0  # a Hangul syllable is taken apart
    if len(piece) <= _LONG and piece.isascii() and piece.isalpha() and piece[1:].islower():
        return _PER_WORD
    return max(_PER_WORD, len(piece) * _rate(piece))


def estimate_tokens(text: str) -> int:
    """About how many tokens a subword model makes of `text`; rather too many than too few."""
    return math.ceil(sum(map(_cost, _PIECES.findall(text))))


def _cut_hard(text: str, room: int) -> Iterator[str]:
    """Pieces of at most `room` tokens of a text without a sentence end, cut between words where there are any."""
    start, used = 0, 0.0
    for match in _PIECES.finditer(text):
        cost = min(_cost(match[0]), float(room))
        if used + cost > room:
            yield text[start : match.start()]
            start, used = match.start(), 0.0
        used += cost
    yield text[start:]


def _fitting(line: str, room: int) -> list[tuple[str, int]]:
    """(piece, tokens) of a sentence; nearly all fit whole."""
    size = estimate_tokens(line)
    if size <= room:
        return [(line, size)]
    pieces = (piece.strip() for piece in _cut_hard(line, room))
    return [(piece, estimate_tokens(piece)) for piece in pieces if piece]


def _shorten_tokens(text: str, room: int) -> str:
    """Breaks unbroken runs (base64, minified code) so that no single piece is larger than `room`."""
    longest = max(int(room * 1.4), 1)
    if len(max(text.split(), key=len, default="")) <= longest:
        return text  # the search below takes as long as all the rest
    return re.sub(rf"(\w{{{longest}}})(?=\w)", r"\1 ", text)


def _sentences(text: str, room: int) -> Iterator[tuple[str, int, bool]]:
    """(sentence, tokens, ends a paragraph) in order, none above `room` tokens."""
    for paragraph in _PARAGRAPH.split(_shorten_tokens(text, room)):
        pieces = [
            piece
            for sentence in _SENTENCE.split(paragraph)
            if (line := " ".join(sentence.split()))
            for piece in _fitting(line, room)
        ]
        for number, (piece, size) in enumerate(pieces, start=1):
            yield piece, size, number == len(pieces)


def _pack(text: str, room: int, *, overlap: bool) -> list[list[str]]:
    """Sentences gathered into chunks of at most `room` tokens; a new paragraph opens a new chunk once 3/4 are used."""
    chunks: list[list[str]] = []
    chunk: list[str] = []
    used, fresh, ended = 0, 0, False
    for sentence, size, ends in _sentences(text, room):
        if fresh and (used + size > room or (ended and used > room * 3 / 4)):
            chunks.append(chunk)
            last = chunk[-1]
            keep = overlap and estimate_tokens(last) + size <= room and len(chunk) > 1
            chunk, used, fresh = ([last], estimate_tokens(last), 0) if keep else ([], 0, 0)
        chunk.append(sentence)
        used, fresh, ended = used + size, fresh + 1, ends
    return [*chunks, chunk] if fresh else chunks


def _merge_tail(chunks: list[list[str]], room: int) -> list[list[str]]:
    """A short last chunk takes sentences from the one before it, so that no passage is a stray line."""
    if len(chunks) < 2:  # noqa: PLR2004 - two chunks are needed to move anything
        return chunks
    before, tail = chunks[-2][:], chunks[-1][:]
    size = estimate_tokens(" ".join(tail))
    while size < room / 4 and len(before) > 1:
        moved = before.pop()
        if moved != tail[0]:
            tail.insert(0, moved)
        size = estimate_tokens(" ".join(tail))
    return [*chunks[:-2], before, tail] if size <= room else chunks


def _short_title(title: str, most: int) -> str:
    """`title` on one line, cut to `most` tokens between words."""
    line = _SPACES.sub(" ", _shorten_tokens(title[:10_000], most)).strip()
    return next(_cut_hard(line, most)).strip()


def passages(
    title: str, text: str, max_tokens: int = 256, *, limit: int = 200, overlap: bool = False
) -> list[str]:
    """`title` + newline + a chunk of `text`, each within `max_tokens` by estimate; at most `limit`, in reading order.

    Cuts fall at paragraph ends, else sentence ends, else between words. With `overlap` the last sentence of a chunk
    opens the next one. A title without text gives itself; neither gives []. The same input gives the same passages.
    """
    head = _short_title(title, max(max_tokens // 3, 1))
    room = max(max_tokens - _SPECIAL - estimate_tokens(head), min(_MIN_ROOM, max_tokens))
    chunks = _merge_tail(_pack(text[:_MAX_CHARS], room, overlap=overlap), room)[:limit]
    found = [f"{head}\n{' '.join(chunk)}".strip() for chunk in chunks]
    return found or ([head] if head else [])
