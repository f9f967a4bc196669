"""Fetching the transcripts that podcasts name: each once, newest episodes first, never at the feed's expense."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.http.request import NO_CALLBACK

from crawler.answers import plain_headers, status_line
from crawler.failures import describe
from crawler.parse.transcript import parse_transcript
from kb.core.records import TranscriptRecord

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from scrapy.http import Response

    from kb.core.records import CrawlLimits, Enclosure, EntryRecord, PlanItem

_OK = 200


def wanted_transcripts(item: PlanItem, entries: Sequence[EntryRecord], limit: int) -> list[int]:
    """Which entries (by position) name a transcript that the hub does not have yet, newest first."""
    known = frozenset(item.transcribed)
    found = [at for at, e in enumerate(entries) if e.transcripts and e.id not in known]
    found.sort(key=lambda at: entries[at].published or "", reverse=True)
    return found[:limit]


class TranscriptReader:
    """Fetches and parses transcripts; robots.txt applies, as for pages."""

    def __init__(
        self,
        limits: CrawlLimits,
        download: Callable[[Request], Awaitable[Response]],
        compute: Callable[..., Awaitable[TranscriptRecord]],
    ) -> None:
        self._limits, self._download, self._compute = limits, download, compute

    async def fill(
        self, entries: Sequence[EntryRecord], wanted: Sequence[int]
    ) -> tuple[EntryRecord, ...]:
        """The entries, those at `wanted` with their transcripts."""
        gate = asyncio.Semaphore(max(1, self._limits.per_host))

        async def one(at: int) -> tuple[int, TranscriptRecord]:
            async with gate:
                return at, await self.read(entries[at].transcripts[0])

        read = dict(await asyncio.gather(*(one(at) for at in wanted)))
        return tuple(
            replace(e, transcript=read[at]) if at in read else e for at, e in enumerate(entries)
        )

    async def read(self, file: Enclosure) -> TranscriptRecord:
        """One transcript; never raises."""
        try:
            request = Request(file.url, callback=NO_CALLBACK, dont_filter=True)
            response = await self._download(request)
            if response.status != _OK:
                said = f"The server answered {status_line(response.status)}"
                return TranscriptRecord(ok=False, url=file.url, error=said)
            return await self._compute(
                parse_transcript,
                response.body,
                file.url,
                file.type,
                plain_headers(response.headers),
            )
        except Exception as error:  # noqa: BLE001 - whatever a transcript does, its feed goes on
            return TranscriptRecord(ok=False, url=file.url, error=describe(error, self._limits))
