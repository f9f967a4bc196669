"""What kind of thing an entry speaks of, told from where it leads and what is attached to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kb.core.urls import canonical_url, host_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kb.core.records import Enclosure, EntryKind

_VIDEO_HOSTS = frozenset(
    {"youtube.com", "www.youtube.com", "m.youtube.com", "youtu.be", "vimeo.com", "www.bilibili.com"}
)
_PAPER_HOSTS = frozenset(
    {"aclanthology.org", "www.aclanthology.org", "openreview.net", "proceedings.mlr.press", "www.isca-archive.org",
     "isca-archive.org", "papers.nips.cc", "proceedings.neurips.cc", "openaccess.thecvf.com", "ieeexplore.ieee.org"}
)  # fmt: skip
_MAYBE_PAPER = re.compile(r"[x5]iv|doi|lanl|huggingface|hf\.co|^\W*10\.", re.IGNORECASE)
_RELEASE_PATHS = (
    ("github.com", re.compile(r"^/[^/]+/[^/]+/releases/tag/.")),
    # a package's page in an index of packages
    ("", re.compile(r"^/project/[^/]+/v?\d+\.[\w.]+/?$")),
    ("", re.compile(r"/-/(?:releases|tags)/.")),
)


def is_release(link: str) -> bool:
    """Whether an address is one version of a piece of software (GitHub, GitLab, a package index)."""
    host, path = host_of(link).removeprefix("www."), urlsplit(link).path if link else ""
    return any(where in {"", host} and rule.search(path) for where, rule in _RELEASE_PATHS)


def entry_kind(link: str, enclosures: Sequence[Enclosure]) -> EntryKind:
    """The kind of an entry: what is attached counts before where it leads."""
    types = {e.type.split("/")[0] for e in enclosures}
    host = host_of(link)
    if host in _VIDEO_HOSTS or "video" in types:
        return "video"
    if "audio" in types:
        return "episode"
    if is_release(link):
        return "release"
    if host in _PAPER_HOSTS or _names_paper(link):
        return "paper"
    return "article"


def _names_paper(link: str) -> bool:
    # the sites that name papers by their addresses, before a closer look that is much more work
    may = not link.isascii() or _MAYBE_PAPER.search(link)
    return bool(may and canonical_url(link).startswith(("arxiv:", "doi:")))
