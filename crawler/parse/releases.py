"""Releases of software: the version in the title, whatever the feed called it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kb.core.records import EntryRecord, FeedRecord

_VERSIONED = (
    re.compile(r"^/(?P<name>[^/]+/[^/]+)/releases/tag/(?P<version>[^/]+)/?$"),
    re.compile(r"^/project/(?P<name>[^/]+)/(?P<version>[^/]+)/?$"),
    re.compile(r"^/(?P<name>.+?)/-/(?:releases|tags)/(?P<version>[^/]+)/?$"),
)
_BEFORE = re.compile(
    r"(?:\d|[-_.])(?:a|b|c|rc|alpha|beta|dev|pre|preview|nightly|canary)[-_.]?\d*(?:$|\W)",
    re.IGNORECASE,
)


def name_and_version(link: str) -> tuple[str, str]:
    """("icefall", "v1.2") from a release's address on GitHub, GitLab or in a package index; ("", "") from any other."""
    path = unquote(urlsplit(link).path)
    for rule in _VERSIONED:
        if found := rule.match(path):
            return found["name"].rsplit("/", 1)[-1], found["version"]
    return "", ""


def is_prerelease(version: str) -> bool:
    """Whether a version calls itself unfinished (1.0rc1, v2-beta.3)."""
    return bool(_BEFORE.search(version))


def _plain(version: str) -> str:
    return version.strip().lower().removeprefix("v")


def release_title(title: str, name: str, version: str) -> str:
    """ "Bug fixes" -> "icefall v1.2: Bug fixes"; what names its software and version already stays."""
    said = title.strip()
    if not version:
        return said
    if _plain(said) in {"", _plain(version), name.lower()}:
        return f"{name} {version}"
    versioned = re.search(rf"(?<![\d.]){re.escape(_plain(version))}(?![\d])", said.lower())
    if versioned:
        return said if name.lower() in said.lower() else f"{name} {said}"
    return f"{name} {version}: {said}"


def _as_release(entry: EntryRecord) -> EntryRecord:
    name, version = name_and_version(entry.link)
    return replace(entry, kind="release", title=release_title(entry.title, name, version))


def as_releases(feed: FeedRecord, options: Mapping[str, Any]) -> FeedRecord:
    """A feed of releases with the version in every title; `prereleases: false` leaves out unfinished ones."""
    kept = [
        entry
        for entry in feed.entries
        if options.get("prereleases") is not False
        or not is_prerelease(name_and_version(entry.link)[1] or entry.title)
    ]
    return replace(feed, entries=tuple(_as_release(entry) for entry in kept))
