"""Sanitised HTML made fit for a page of ours, or for a feed."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import nh3
from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from kb.core.text import plain_text
from kb.services.images import image_name, known_size

if TYPE_CHECKING:
    from collections.abc import Iterable

_MATH = {
    "math", "mrow", "mi", "mo", "mn", "ms", "mtext", "mspace", "msup", "msub", "msubsup", "mfrac",
    "msqrt", "mroot", "mover", "munder", "munderover", "mtable", "mtr", "mtd", "mpadded",
    "mphantom", "mstyle", "mmultiscripts", "semantics",
}  # fmt: skip
# landmarks inside a text would confuse whoever moves from landmark to landmark
_NEVER = {"map", "area", "center", "hgroup", "nav", "header", "footer", "aside", "article"}
_TAGS = (nh3.ALLOWED_TAGS - _NEVER) | _MATH
_ATTRIBUTES = {
    "a": {"href", "hreflang", "title"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start", "reversed"},
    "time": {"datetime"},
    "math": {"display"},
    "img": {"src", "alt", "width", "height", "loading", "decoding"},
    "*": {"lang", "dir"},
}
_CLASSES = {"a": {"image"}, "span": {"image"}}
_IMAGES = "/images/"
_SCHEMES = {"http", "https", "mailto"}
_TINY = 3  # pixels; what is no larger counts readers
_SIDE = re.compile(r"\s*(\d{1,5})(?:px)?\s*", re.ASCII)
# nh3 closes what it opens, and no paragraph stands in another
_PARAGRAPH = re.compile(r"(<p(?: [^>]*)?>)(.*?)</p>", re.DOTALL)
# longer alternative text is a paragraph of its own that nobody meant as a label
_ALT = 200


class _Pictures(HTMLParser):
    """Pictures come through our proxy, or become words with a link, since a page loads nothing from other hosts; formulas
    drawn as pictures become their TeX. The first heading of a page is ours, so theirs move down."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.out: list[str] = []
        self.links = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.out.append(self._picture({name: value or "" for name, value in attrs}))
            return
        self.links += tag == "a"
        text = self.get_starttag_text() or ""
        self.out.append("<h2>" if tag == "h1" else text)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.links -= tag == "a" and self.links > 0
        self.out.append("</h2>" if tag == "h1" else f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        self.out.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.out.append(f"&#{name};")

    def _picture(self, attrs: dict[str, str]) -> str:
        alt = " ".join(attrs.get("alt", "").split())[:_ALT]
        src = attrs.get("src", "") or attrs.get("srcset", "").split(",")[0].split(" ")[0]
        if alt and ("latex" in attrs.get("class", "") + src or alt.startswith("\\")):
            return f"<code>{escape(alt)}</code>"
        label = escape(_("Image: %(alt)s") % {"alt": alt} if alt else _("Image"))
        web = src.startswith(("http://", "https://"))
        if web and settings.IMAGES == "proxy":
            # a link needs a name
            return _proxied(src, alt or (_("Image") if self.links else ""), attrs)
        if self.links or not web:
            return f'<span class="image">{label}</span>'
        return f'<a class="image" href="{escape(src)}">{label}</a>'


def _proxied(src: str, alt: str, attrs: dict[str, str]) -> str:
    """A picture from our own host, with its size where anybody knows it, so that nothing moves when it comes."""
    said = [_SIDE.fullmatch(attrs.get(name, "")) for name in ("width", "height")]
    sides = [int(found[1]) for found in said if found]
    size = (sides[0], sides[1]) if len(sides) == len(said) and all(sides) else known_size(src)
    if size and max(size) < _TINY:
        return ""
    room = f' width="{size[0]}" height="{size[1]}"' if size else ""
    path = reverse("image", args=image_name(src))
    return f'<img src="{path}" alt="{escape(alt)}"{room} loading="lazy" decoding="async">'


def _ours(tag: str, name: str, value: str) -> str | None:
    """The last word on pictures: whatever the parsers before made of the text, none comes from elsewhere."""
    return None if (tag, name) == ("img", "src") and not value.startswith(_IMAGES) else value


def for_page(html: str) -> SafeString:
    """HTML for the reading view: no ids or styles, pictures from our own host or none; headings below ours."""
    pictures = _Pictures()
    pictures.feed(html)
    pictures.close()
    return mark_safe(  # noqa: S308 - nh3 has just cleaned it
        nh3.clean(
            "".join(pictures.out),
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            allowed_classes=_CLASSES,
            attribute_filter=_ours,
            url_schemes=_SCHEMES,
            link_rel="noopener noreferrer",
        )
    )


def with_notes(page: SafeString, notes: Iterable[tuple[str, SafeString]]) -> tuple[SafeString, int]:
    """HTML that `for_page` gave, each note (sentence, HTML) at the head of the first paragraph that holds its sentence, and
    how many found one. Notes of one paragraph stand together."""
    places = [(m.end(1), " ".join(plain_text(m[2]).split())) for m in _PARAGRAPH.finditer(page)]
    found: dict[int, list[SafeString]] = {}
    for sentence, note in notes:
        words = sentence.strip("… ")
        at = next((at for at, text in places if words and words in text), None)
        if at is not None:
            found.setdefault(at, []).append(note)
    pieces, last = [], 0
    for at in sorted(found):
        beside = format_html(
            '<span class="beside">{}</span>',
            format_html_join(", ", "{}", ((note,) for note in found[at])),
        )
        pieces += [page[last:at], beside]
        last = at
    told = "".join([*pieces, page[last:]])
    return mark_safe(told), sum(map(len, found.values()))  # noqa: S308 - clean pieces, and notes of ours


def for_feed(html: str, base: str) -> str:
    """HTML for other readers: pictures stay, everything active goes, addresses are whole."""
    return nh3.clean(
        html,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
        url_relative=("rewrite_with_base", base),
    )
