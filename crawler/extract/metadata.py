"""What a page says about itself in its head: title, canonical address, language, image, date."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from crawler.parse.dates import parse_date
from kb.core.text import clean_title
from kb.core.urls import absolute_url, canonical_url, host_of, is_web_url

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_SHORTEST_HEAD = 4
_SEPARATORS = re.compile(r"\s+(?:[|·•»«–—]|-{1,2}|::|\\)\s+")
_EDGES = " |·•»«–—-:\\"
_DATES: tuple[str, ...] = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "citation_publication_date",
)
_DATES += (
    "citation_date",
    "dc.date",
    "dc.date.issued",
    "dcterms.created",
    "parsely-pub-date",
    "sailthru.date",
)
_AUTHOR_NAMES = ("citation_author", "dc.creator", "dcterms.creator")


class Head:
    """The metadata of a parsed page."""

    def __init__(self, tree: HtmlElement, url: str) -> None:
        """`url` is where the page came from, or ""."""
        self._tree = tree
        self.url = url
        self.metas: dict[str, str] = {}
        self.authors: list[str] = []
        for meta in tree.iter("meta"):
            name = (
                (meta.get("property") or meta.get("name") or meta.get("itemprop") or "")
                .strip()
                .lower()
            )
            content = (meta.get("content") or "").strip()[:4000]
            if name and content:
                self.metas.setdefault(name, content)
                if name in _AUTHOR_NAMES:
                    self.authors.append(content)

    @property
    def base(self) -> str:
        """The address that relative links start from: <base>, else the page's own, else its canonical one."""
        declared = next((b.get("href", "") for b in self._tree.iter("base") if b.get("href")), "")
        if not declared:
            return self.url or self.canonical
        return urljoin(self.url, declared.strip()) if self.url or is_web_url(declared) else ""

    @property
    def canonical(self) -> str:
        """The address that the page wants to be known by; "" when it points at another site or at the front page."""
        for link in [*self._links("canonical"), self.metas.get("og:url", "")]:
            target = absolute_url(self.url, link) if link else ""
            if is_web_url(target) and self._plausible(target):
                return target
        return ""

    def _links(self, relation: str) -> list[str]:
        found = (
            link
            for link in self._tree.iter("link")
            if relation in link.get("rel", "").lower().split()
        )
        return [link.get("href", "") for link in found]

    def _plausible(self, target: str) -> bool:
        if not self.url:
            return True
        here, there = (
            host_of(canonical_url(self.url) or self.url),
            host_of(canonical_url(target) or target),
        )
        if here != there and not here.endswith("." + there) and not there.endswith("." + here):
            return False
        return bool(urlsplit(target).path.strip("/")) or not urlsplit(self.url).path.strip("/")

    @property
    def language(self) -> str:
        """Like "en" or "pt-BR", or ""."""
        said = (
            self._tree.get("lang")
            or self._tree.get("{http://www.w3.org/XML/1998/namespace}lang")
            or ""
        )
        said = said or self.metas.get("og:locale", "") or self.metas.get("content-language", "")
        found = re.match(r"[a-zA-Z]{2,3}(?:[-_][a-zA-Z0-9]{2,8})*", said.strip())
        return found[0].replace("_", "-") if found else ""

    @property
    def image(self) -> str:
        """The picture meant for previews."""
        return absolute_url(
            self.base, self.metas.get("og:image") or self.metas.get("twitter:image", "")
        )

    @property
    def published(self) -> str | None:
        """The date that the head states, with its time where it has one."""
        said = (parse_date(self.metas[name]) for name in _DATES if name in self.metas)
        return next((date for date in said if date), None)

    @property
    def title(self) -> str:
        """The article's title without the site's name around it."""
        heads = [
            t
            for h in self._tree.iter("h1")
            if (t := clean_title(" ".join("".join(h.itertext()).split())))
        ]
        named = clean_title(next((t.text_content() for t in self._tree.iter("title")), ""))
        shown = (
            clean_title(self.metas.get("og:title") or self.metas.get("twitter:title", "")) or named
        )
        for head in heads:
            if (
                len(head) >= _SHORTEST_HEAD
                and not self._is_site(head)
                and (head.lower() in shown.lower() or head.lower() in named.lower())
            ):
                return head
        return self._without_site(shown) or (heads[0] if heads else "")

    def _is_site(self, text: str) -> bool:
        """Whether a piece of a title is the site's name."""
        squeezed = re.sub(r"\W", "", text.lower())
        host = host_of(self.url).removeprefix("www.").split(".")[0].replace("-", "")
        site = clean_title(self.metas.get("og:site_name", "")).lower()
        return text.lower() == site or bool(
            host and squeezed and (squeezed in host or host in squeezed[:40])
        )

    def _without_site(self, title: str) -> str:
        parts = _SEPARATORS.split(title)
        if len(parts) < 2:  # noqa: PLR2004 - nothing was split off
            return title
        for at in (-1, 0):
            if self._is_site(parts[at]):
                rest = title[: title.rindex(parts[at])] if at else title[len(parts[0]) :]
                return rest.strip(_EDGES)
        return title
