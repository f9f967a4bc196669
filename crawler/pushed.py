"""A feed that a hub sent, read as if we had fetched it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crawler.parse.dates import iso
from crawler.parse.feed import parse_feed
from crawler.spool import Spool
from kb.core.records import Visit

if TYPE_CHECKING:
    from pathlib import Path


def read_pushed(file: Path, source: int, url: str, content_type: str, out: Path) -> None:
    """Append the `Visit` that a delivery stands for to a spool. Raises OSError for files that cannot be used."""
    body = file.read_bytes()
    feed = parse_feed(body, url, {"content-type": content_type})
    spool = Spool(out)
    spool.write(
        Visit(
            source,
            url,
            "new" if feed.ok else "failed",
            iso(datetime.now(UTC)) or "",
            bytes=len(body),
            error=feed.error,
            body_hash=hashlib.sha256(body).hexdigest(),
            feed=feed,
        )
    )
    spool.close()
