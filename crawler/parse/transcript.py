"""Transcripts as podcasts publish them (podcast:transcript): SubRip, WebVTT, JSON, HTML and plain text.

Captions come a few words at a time. They are joined to stretches of a sentence or some more, each with the time at
which it begins: enough to find the place, and readable.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from crawler.parse.encoding import decode
from kb.core.records import Enclosure, Segment, TranscriptRecord
from kb.core.text import plain_text, storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MAX_SEGMENTS = 20_000
# a day of speech; what is longer is no transcript of one recording
_MOST_TEXT = 1_000_000
_LONGEST = 7 * 86400
_STRETCH = 320
_PAUSE = 45.0
_FORMATS = {
    "application/json": "json", "application/srt": "srt", "application/x-subrip": "srt", "text/srt": "srt",
    "text/vtt": "vtt", "text/html": "html", "text/plain": "text",
}  # fmt: skip
_ENDINGS = {".json": "json", ".srt": "srt", ".vtt": "vtt", ".html": "html", ".htm": "html", ".txt": "text"}  # fmt: skip
_BEST = ("json", "vtt", "srt", "html", "text")
_CUE = re.compile(
    r"^[ \t]*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*[\d:.,]+.*$", re.MULTILINE
)
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]{1,200})>")
_SPEAKER = re.compile(r"^\s*(?:-\s*)?\[?([A-Z][\w.'’ -]{0,40}?)\]?:\s+(?=\S)")
_TAG = re.compile(r"<[^>]{0,300}>")
_PART = re.compile(r"<(/?(?:cite|time|p))\b[^>]{0,200}>", re.IGNORECASE)
_SENTENCE_END = (".", "?", "!", "…", "。")


def transcript_format(url: str, kind: str) -> str:
    """ "srt", "vtt", "json", "html", "text", or "" for what is none that we read; the type counts before the name."""
    said = _FORMATS.get(kind.split(";", 1)[0].strip().lower(), "")
    path = url.split("?", 1)[0].lower()
    by_name = next((name for ending, name in _ENDINGS.items() if path.endswith(ending)), "")
    return by_name if said in {"", "text"} and by_name else said


def best_first(files: Iterable[Enclosure]) -> tuple[Enclosure, ...]:
    """The transcripts that we can read, those with times and speakers first."""
    known = [f for f in files if transcript_format(f.url, f.type)]
    return tuple(sorted(known, key=lambda f: _BEST.index(transcript_format(f.url, f.type))))


def _second(value: float) -> float | None:
    """A time within a recording; JSON has infinities, and feeds have clocks that ran on."""
    return round(float(value), 2) if 0 <= value <= _LONGEST else None


def _seconds(text: str) -> float | None:
    """ "1:02:03.5" as seconds, or None."""
    try:
        parts = [float(part) for part in text[:20].replace(",", ".").split(":")]
    except ValueError:
        return None
    total = 0.0
    for part in parts[:3]:
        total = total * 60 + part
    return _second(total)


def _words(text: str) -> str:
    return " ".join(storable(_TAG.sub("", text)).split())


def _spoken(start: float | None, text: str) -> Segment:
    """A cue; who speaks stands in a voice tag, or before a colon."""
    voice = _VOICE.search(text)
    said = plain_text(_words(text))
    named = _SPEAKER.match(said) if not voice else None
    if named:
        return Segment(start, said[named.end() :].strip(), named[1].strip())
    return Segment(start, said, _words(voice[1]) if voice else "")


def _cues(text: str) -> Iterator[Segment]:
    """SubRip and WebVTT: a line with two times, then what is said until the next empty line."""
    found = list(_CUE.finditer(text))
    for at, cue in enumerate(found):
        end = found[at + 1].start() if at + 1 < len(found) else len(text)
        body = re.split(r"\n[ \t]*\n", text[cue.end() : end].lstrip("\r\n"), maxsplit=1)[0]
        hours, minutes, seconds, parts = (cue[n] or "0" for n in range(1, 5))
        start = (
            int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(parts.ljust(3, "0")) / 1000
        )
        yield _spoken(round(start, 2), body)


def _json(text: str) -> Iterator[Segment]:
    """The podcast namespace's JSON, and Whisper's, which has `start` and `text`."""
    value = json.loads(text, strict=False)
    rows = value.get("segments") if isinstance(value, dict) else value
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict):
            yield _json_row(row)


def _json_row(row: dict[str, Any]) -> Segment:
    start = row.get("startTime", row.get("start"))
    said, who = row.get("body", row.get("text")), row.get("speaker")
    return Segment(
        start=_second(start) if isinstance(start, int | float) else None,
        text=_words(said) if isinstance(said, str) else "",
        speaker=_words(who)[:100] if isinstance(who, str) else "",
    )


def _html(text: str) -> Iterator[Segment]:
    """The namespace's HTML (<cite>, <time>, <p>), else the text of the page."""
    if "<time" not in text and "<cite" not in text:
        yield from _plain(plain_text(text))
        return
    who, when = "", None
    # text and tag by turns: what follows an opening tag is its content
    pieces = _PART.split(text)
    for tag, said in zip(pieces[1::2], pieces[2::2], strict=True):
        if tag.lower() == "cite":
            who = _words(said).rstrip(":")[:100]
        elif tag.lower() == "time":
            when = _seconds(said.strip())
        elif tag.lower() == "p":
            yield Segment(when, plain_text(said), who)


def _plain(text: str) -> Iterator[Segment]:
    for paragraph in re.split(r"\n\s*\n", text):
        yield _spoken(None, paragraph)


_READERS = {"srt": _cues, "vtt": _cues, "json": _json, "html": _html, "text": _plain}


def joined(cues: Iterable[Segment]) -> Iterator[Segment]:
    """Captions as stretches: a new one where the speaker changes, after a pause, or at a sentence's end once long."""
    now: list[Segment] = []
    left = _MOST_TEXT
    for cue in cues:
        left -= len(cue.text)
        if left < 0:
            break
        if not cue.text:
            continue
        if now and _breaks(now, cue):
            yield _stretch(now)
            now = []
        now.append(cue)
    if now:
        yield _stretch(now)


def _breaks(now: Sequence[Segment], cue: Segment) -> bool:
    first, last = now[0], now[-1]
    length = sum(len(c.text) for c in now)
    if cue.start is None or first.start is None:
        return True
    if (cue.speaker and cue.speaker != first.speaker) or cue.start - first.start > _PAUSE:
        return True
    return length > _STRETCH * 2 or (length > _STRETCH and last.text.endswith(_SENTENCE_END))


def _stretch(cues: Sequence[Segment]) -> Segment:
    return Segment(cues[0].start, " ".join(c.text for c in cues), cues[0].speaker)


def parse_transcript(
    body: bytes, url: str, kind: str, headers: Mapping[str, str]
) -> TranscriptRecord:
    """A transcript file; `kind` is the type that the feed gave. What is none comes back with `ok` False."""
    form = transcript_format(url, kind) or transcript_format(url, headers.get("content-type", ""))
    text, _ = decode(body, headers.get("content-type", ""))
    text = text.lstrip("\ufeff").replace("\r\n", "\n")
    try:
        # a server that answers with its own error page is no transcript, whatever the feed calls the file
        if not form or (form != "html" and "<html" in text[:2000].lower()):
            return TranscriptRecord(ok=False, url=url, error="Not a transcript that can be read")
        segments = tuple(joined(_READERS[form](text)))[:MAX_SEGMENTS]
    except (ValueError, RecursionError, OverflowError) as error:
        return TranscriptRecord(ok=False, url=url, error=f"Not a transcript ({error})"[:300])
    if not segments:
        return TranscriptRecord(ok=False, url=url, error="The transcript is empty")
    return TranscriptRecord(ok=True, url=url, segments=segments)
