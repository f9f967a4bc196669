"""A feed before it has a format."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

# XML 1.0 cannot carry these at all, not even escaped; nor can it lone surrogates
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# an empty feed needs a date too, and one that stays
LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Item:
    """One entry. `link` is our page of it, `original` where it was published; `html` is clean."""

    id: str
    title: str
    link: str
    original: str
    summary: str
    html: str
    published: dt.datetime
    updated: dt.datetime
    authors: tuple[str, ...]
    language: str
    source: str
    source_link: str
    source_feed: str


@dataclass(frozen=True, slots=True)
class Document:
    """A feed. Addresses are whole."""

    id: str
    title: str
    subtitle: str
    link: str
    items: tuple[Item, ...]
    changed: dt.datetime = LONG_AGO

    @property
    def updated(self) -> dt.datetime:
        """When anything in it last changed."""
        return max((item.updated for item in self.items), default=self.changed)


def absolute(path: str) -> str:
    """A whole address of ours; addresses elsewhere stay. SITE_URL, since a feed travels."""
    return path if path.startswith(("http://", "https://")) else f"{settings.SITE_URL}{path}"


def tag(kind: str, key: object) -> str:
    """An id that outlives titles and slugs (RFC 4151)."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return f"tag:{host},2026:{kind}/{key}"


def clean(text: str) -> str:
    """Text without the characters that would make a document of XML unreadable."""
    return _FORBIDDEN.sub("", text)
