"""Names that libraries give to papers, found in addresses and in running text.

An identifier is "arxiv:2401.12345", "doi:10.1145/1", "acl:2021.naacl-main.159", "openreview:rJl-b3RcF7" or
"isca:interspeech_2020/gulati20". Version suffixes do not count. The ACL Anthology registers its ids as DOIs below
10.18653/v1, so both spellings give the same "acl:" name.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from kb.core.urls import canonical_url

_ACL = r"[A-Z]\d{2}-\d{4}|\d{4}\.[a-z0-9]+-[a-z0-9]+\.\d+"
_ACL_PATH = re.compile(
    rf"^/(?:anthology/|papers/)?(?:[a-z]/[a-z]\d{{2}}/)?({_ACL})(?:v\d+)?(?:\.pdf|\.bib)?/?$",
    re.IGNORECASE,
)
_ACL_DOI = re.compile(rf"^doi:10\.(?:18653/v1|3115/v1)/({_ACL})$", re.IGNORECASE)
# ".../gulati20_interspeech.pdf": who, two digits of the year, a letter where there are several, then the series
_ISCA_PATH = re.compile(
    r"^/(?:archive/)?(?:pdfs/)?([a-z0-9-]+_\d{4}\w*/[\w-]*?[a-z]\d{2}[a-z]{0,2})(?:_[a-z]+)?(?:\.(?:html|pdf))?$"
)
# how publishers' platforms (ACM, Wiley, Sage, Science …) and Springer put a DOI into an address
_DOI_PATH = re.compile(
    r"^/(?:doi|article|chapter|content/pdf)/(?:abs/|full/|pdf/|epdf/|pdfdirect/)?(10\.\d{4,9}/[^/]+?)(?:\.pdf)?$"
)
_ADDRESS = re.compile(
    r"(?:https?://)?(?:www\.|dx\.)?(?:(?:export\.)?arxiv\.org/|ar5iv\.(?:labs\.arxiv\.)?org/|aclanthology\.org/"
    r"|aclweb\.org/anthology/|doi\.org/10\.|openreview\.net/|huggingface\.co/papers/|hf\.co/papers/"
    r"|isca-archive\.org/|isca-speech\.org/archive/)[^\s\"'<>()\[\]{}|\\]{3,200}",
    re.IGNORECASE,
)
_BARE = re.compile(r"\barxiv:\s?\d{4}\.\d{4,5}", re.IGNORECASE)
_SCANNED = 200_000  # characters


def identify(url: str) -> str:
    """The paper that an address, or a name as people write it, leads to; "" for anything else."""
    name = canonical_url(url)
    if found := _ACL_DOI.match(name):
        return "acl:" + found[1].lower()
    if name.startswith(("arxiv:", "doi:")):
        return name
    parts = urlsplit(name)
    host = parts.hostname or ""
    if host in {"aclanthology.org", "aclweb.org"} and (found := _ACL_PATH.match(parts.path)):
        return "acl:" + found[1].lower()
    if host == "openreview.net" and parts.path in {"/forum", "/pdf", "/attachment"}:
        named = parse_qs(parts.query).get("id") or parse_qs(urlsplit(url).query).get("id")
        return f"openreview:{named[0]}" if named else ""
    return _in_path(host, parts.path.lower())


def _in_path(host: str, path: str) -> str:
    if host in {"isca-archive.org", "isca-speech.org"} and (found := _ISCA_PATH.match(path)):
        return "isca:" + found[1]
    if found := _DOI_PATH.match(path):
        return identify("doi:" + found[1])
    return ""


def mentioned(text: str) -> frozenset[str]:
    """Every paper that a text or an HTML fragment names or links to, in its first 200,000 characters."""
    head = text[:_SCANNED]
    raw = _ADDRESS.findall(head) + _BARE.findall(head)
    names = (identify(_whole(piece.rstrip(".,;:"))) for piece in raw)
    return frozenset(name for name in names if name)


def kind(identifier: str) -> str:
    """What gave the name: "arxiv", "doi", "acl", "openreview" or "isca"."""
    return identifier.partition(":")[0]


def _whole(piece: str) -> str:
    if piece.lower().startswith(("http://", "https://", "arxiv:")):
        return piece
    return "https://" + piece
