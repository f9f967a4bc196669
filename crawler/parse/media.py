"""What feeds say of sound and film: how long it is, and where its transcripts are."""

from __future__ import annotations

import re
from typing import Any

from crawler.parse.transcript import best_first
from kb.core.records import Enclosure

_LONGEST = 7 * 86400
_CLOCK = re.compile(r"^\s*(?:(\d{1,3}):)?(\d{1,4}):(\d{1,2})(?:\.\d+)?\s*$")
_SECONDS = re.compile(r"^\s*(\d{1,9})(?:\.\d+)?\s*$")
_ISO = re.compile(
    r"^\s*PT(?:(\d{1,3})H)?(?:(\d{1,4})M)?(?:(\d{1,6})(?:\.\d+)?S)?\s*$", re.IGNORECASE
)


def parse_duration(said: object) -> int | None:
    """Seconds from "3723", "1:02:03", "62:03" or "PT1H2M3S"; None for nothing, zero, garbage and above a week."""
    text = str(said) if isinstance(said, str | int | float) else ""
    if found := _SECONDS.match(text):
        seconds = int(found[1])
    elif found := _CLOCK.match(text) or _ISO.match(text):
        hours, minutes, rest = (int(part or 0) for part in found.groups())
        seconds = hours * 3600 + minutes * 60 + rest
    else:
        return None
    return seconds if 0 < seconds <= _LONGEST else None


def duration_of(entry: Any) -> int | None:
    """An entry's length as feedparser gives it: itunes:duration, else what media:content says."""
    media = dict.get(entry, "media_content") or []
    said = [dict.get(entry, "itunes_duration"), *(dict.get(m, "duration") for m in media)]
    return next((seconds for one in said if (seconds := parse_duration(one))), None)


def transcripts_of(files: list[dict[str, Any]]) -> tuple[Enclosure, ...]:
    """The podcast:transcript elements of an entry, those that we read best first; addresses as written."""
    named = [
        Enclosure(str(f["url"]).strip(), str(f.get("type") or "")[:100].lower())
        for f in files[:20]
        if f.get("url")
    ]
    # captions for the eye alone are the same words again
    return best_first({f.url: f for f in named}.values())
