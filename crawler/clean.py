"""HTML that is safe to show: an allow-list, absolute links, bounded cost; nh3 always has the last word.

nh3 is quadratic in nesting depth and in attributes (200,000 nested elements, or 60,000 attributes, take minutes), so
libxml2 reads first: it is linear, stops at 255 levels, and gives back markup that holds no surprises for nh3.
"""

from __future__ import annotations

import html as entities
import re
import threading
from typing import TYPE_CHECKING

import nh3

from crawler.addresses import is_inner_host
from crawler.allowed import ATTRIBUTES, MATH, READING, WITH_CONTENT
from crawler.tree import cut, drop, fragment, inner_html
from kb.core.text import plain_text, storable
from kb.core.urls import absolute_url, host_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement

MAX_HTML = 256 * 1024
LINK_REL = "noopener noreferrer nofollow"

_NUMBERS = frozenset({"width", "height", "colspan", "rowspan", "span", "start"})
_LANGUAGE = re.compile(r"(?:language|lang|highlight-source)-([\w+#.-]{1,30})$")
_LAZY = ("data-src", "data-original", "data-lazy-src", "data-actualsrc", "data-hi-res-src")
_HIDDEN = re.compile(r"(?:width|height)\s*:\s*[01]px|display\s*:\s*none")
_KEPT = frozenset().union(*ATTRIBUTES.values())
_PIXEL_HOSTS = re.compile(
    r"//(?:feeds\.feedburner\.com/~[rf]/|feedproxy\.google\.com/~|pixel\.|stats\.wordpress\.com|pixel\.wp\.com"
    r"|ad\.doubleclick\.net|www\.google-analytics\.com|[\w.-]*feedsportal\.com|medium\.com/_/stat)",
    re.IGNORECASE,
)


def _prepare(image: HtmlElement) -> bool:
    """Bring lazy sources forward; False for a tracking pixel or an image without a source."""
    source = image.get("src", "").strip()
    if not source or source.lower().startswith("data:"):
        source = next((image.get(name, "").strip() for name in _LAZY if image.get(name)), "")
        image.set("src", source)
    if not image.get("srcset") and image.get("data-srcset"):
        image.set("srcset", image.get("data-srcset", ""))
    tiny = any(
        image.get(side, "").strip().removesuffix("px") in {"0", "1"} for side in ("width", "height")
    )
    hidden = _HIDDEN.search(image.get("style", ""))
    image.set("loading", "lazy")
    return bool(
        (source or image.get("srcset"))
        and not tiny
        and not hidden
        and not _PIXEL_HOSTS.search(source)
    )


def _prune(tree: HtmlElement) -> None:
    """Take out what goes with its content, useless images, and attributes nobody reads (nh3 is quadratic in them)."""
    for element in list(tree.iter()):
        if (
            not isinstance(element.tag, str)
            or element.tag in WITH_CONTENT
            or (element.tag == "img" and not _prepare(element))
        ):
            drop(element)
        else:
            for name in set(element.keys()) - _KEPT:
                del element.attrib[name]


def _srcset(value: str, resolve: Callable[[str], str]) -> str | None:
    kept = []
    for candidate in re.split(r",\s+|,(?=https?:)", value[:4000]):
        url, _, size = candidate.strip().partition(" ")
        if (target := resolve(url)) and re.fullmatch(r"\s*(?:[\d.]{1,8}[wx])?\s*", size):
            kept.append(f"{target} {size.strip()}".strip())
    return ", ".join(kept) or None


def _outer(url: str) -> str:
    """`url`, unless a reader's browser would be sent into the reader's own network for it."""
    host = host_of(url)
    return "" if host and is_inner_host(host) else url


class _Links(threading.local):
    """What makes the links of the markup absolute that this thread is cleaning."""

    resolve: Callable[[str], str]


_LINKS = _Links()


def _keep(tag: str, name: str, value: str) -> str | None:
    """nh3's attribute filter: gives the value to keep, or None."""
    if name in {"href", "cite"}:
        return (_mail(value) if name == "href" else None) or _LINKS.resolve(value) or None
    if name in {"src", "poster"}:
        return _outer(_LINKS.resolve(value)) or None
    if name == "srcset":
        return _srcset(value, lambda url: _outer(_LINKS.resolve(url)))
    return _plain(tag, name, value)


def _mail(value: str) -> str | None:
    """A mailto: address, or None."""
    value = value.strip()
    return value if value.lower().startswith("mailto:") and "@" in value else None


def _plain(tag: str, name: str, value: str) -> str | None:
    """An attribute that is no address: code languages and sizes in the forms that we know."""
    if name == "class":
        found = [m[1] for word in value.split() if (m := _LANGUAGE.match(word))]
        return f"language-{found[0]}" if found else None
    if name in _NUMBERS and tag != "mspace":
        return value if re.fullmatch(r"\d{1,5}%?", value.strip()) else None
    return value


def paragraphs(text: str) -> str:
    """Plain text as HTML: one <p> a block, line breaks kept."""
    blocks = (block.strip() for block in re.split(r"\n{2,}", text))
    return "".join(
        f"<p>{entities.escape(b, quote=False).replace(chr(10), '<br>')}</p>" for b in blocks if b
    )


# made once: what is allowed is as long as many an entry
_CLEANER = nh3.Cleaner(
    tags=set(READING | MATH),
    clean_content_tags=set(WITH_CONTENT),
    attributes=ATTRIBUTES,
    attribute_filter=_keep,
    link_rel=LINK_REL,
    url_schemes={"http", "https", "mailto"},
    strip_comments=True,
)


def clean_tree(tree: HtmlElement, resolve: Callable[[str], str]) -> str:
    """`clean_html` for a parsed fragment, which it changes; `resolve` gives an absolute web address or ""."""
    _prune(tree)
    _LINKS.resolve = resolve
    return _CLEANER.clean(inner_html(tree)).strip()


def clean_with(html: str, resolve: Callable[[str], str]) -> str:
    """`clean_html` with links resolved by `resolve`: it gives an absolute web address, or "" to drop the link."""
    if "<" not in html and "&" not in html:
        return entities.escape(storable(html).strip(), quote=False)
    html = cut(storable(html), MAX_HTML)
    tree = fragment(html)
    return paragraphs(plain_text(html)) if tree is None else clean_tree(tree, resolve)


def clean_html(html: str, base_url: str) -> str:
    """Sanitised HTML with links made absolute against `base_url` ("" leaves relative ones as they are).

    Keeps reading markup, tables, code, figures, basic MathML, http(s) images and media; drops everything that runs,
    loads, tracks or styles. Input is cut at 256 KiB; deeper than 256 levels becomes plain paragraphs. Never raises.
    """
    return clean_with(html, lambda link: absolute_url(base_url, link))
