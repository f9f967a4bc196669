"""HTML pages to articles. The only importer of trafilatura, which finds the main text.

It is asked twice, for precision and for recall, and where its answers differ, two readers of another kind are the
judges (`choice`): readability, and the small reader in `fallback`, which also helps where nothing is found.
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING

from lxml import etree
from trafilatura import extract, extract_metadata
from trafilatura.readability_lxml import Document

from crawler.clean import clean_html, paragraphs
from crawler.extract.choice import choose
from crawler.extract.fallback import holder, linked_data_text, main_element
from crawler.extract.metadata import Head
from crawler.parse.dates import parse_date
from crawler.parse.encoding import decode
from crawler.parse.entries import author_name
from crawler.tree import cut, document, inner_html
from kb.core.records import PageRecord
from kb.core.text import clean_title, plain_text, storable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.html import HtmlElement

MAX_PAGE = 3 * 1024 * 1024
MAX_ELEMENTS = 20_000  # the extractor is quadratic in places
_SHORT_TEXT = 200
_AUTHORS = re.compile(r"\s*;\s*")
_VENDOR_ERRORS = (
    etree.LxmlError,
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
    IndexError,
    RecursionError,
)


def _text(tree: HtmlElement, url: str, *, precise: bool) -> str:
    try:
        found = extract(
            copy.deepcopy(tree),
            url=url or None,
            favor_precision=precise,
            favor_recall=not precise,
            include_comments=False,
            include_tables=True,
        )
    except _VENDOR_ERRORS:  # the extractor's own, on odd trees; the next way is tried
        return ""
    return storable(found or "").strip()


def _html(tree: HtmlElement, url: str, *, precise: bool) -> str:
    try:
        found = extract(
            copy.deepcopy(tree),
            url=url or None,
            output_format="html",
            favor_precision=precise,
            favor_recall=not precise,
            include_comments=False,
            include_tables=True,
            include_images=True,
            include_links=True,
            include_formatting=True,
        )
    except _VENDOR_ERRORS:
        return ""
    body = re.search(r"<body[^>]*>(.*)</body>", found or "", re.DOTALL)
    return body[1] if body else found or ""


def _is_huge(tree: HtmlElement) -> bool:
    return sum(1 for _ in tree.iter()) > MAX_ELEMENTS


def _simple(tree: HtmlElement) -> tuple[str, str]:
    """(text, raw HTML) by the small reader."""
    element = main_element(copy.deepcopy(tree))
    markup = inner_html(element) if element is not None else ""
    return plain_text(markup), markup


def _readability(tree: HtmlElement) -> str:
    """The text that readability finds."""
    try:
        return plain_text(Document(copy.deepcopy(tree)).summary())
    except _VENDOR_ERRORS:
        return ""


def _article(tree: HtmlElement, url: str) -> tuple[str, bool]:
    """(text, whether it is the precise reading) of a page of ordinary size."""
    precise, generous = (_text(tree, url, precise=p) for p in (True, False))
    # The judges take as long as a reading; on most pages they are not needed.
    judges = [] if precise == generous else [_readability(tree), _simple(tree)[0]]
    text = choose(precise, generous, judges)
    return text, text == precise


def _main(tree: HtmlElement, url: str) -> tuple[str, str, str]:
    """(text, raw HTML, warning) of the main part."""
    if _is_huge(tree):
        return *_simple(tree), "a very large page, its largest text was taken"
    text, precise = _article(tree, url)
    if len(text) < _SHORT_TEXT:
        written = plain_text(linked_data_text(tree))
        simple, markup = _simple(tree)
        if len(written) > max(len(text), len(simple)):
            return written, paragraphs(written), "text taken from the page's linked data"
        if not text and simple:
            return simple, markup, "no article found, the page's largest text was taken"
    # The extractor's own HTML loses code, formulas and tables; the element that its text came from has them.
    element = holder(copy.deepcopy(tree), text)
    return (
        text,
        inner_html(element) if element is not None else _html(tree, url, precise=precise),
        "",
    )


def _said(tree: HtmlElement, url: str) -> tuple[list[str], str | None]:
    """(authors, date) as trafilatura finds them in the page."""
    try:
        # The extensive search is a guess (a copyright year, a date in the running text), and seconds at its first.
        found = extract_metadata(copy.deepcopy(tree), default_url=url or None, extensive=False)
    except _VENDOR_ERRORS:
        return [], None
    author, date = getattr(found, "author", None), getattr(found, "date", None)
    return _AUTHORS.split(author) if author else [], parse_date(date) if date else None


def _page_text(html: bytes | str, headers: Mapping[str, str]) -> tuple[str, list[str]]:
    warnings = []
    if isinstance(html, bytes):
        kind = next((v for k, v in headers.items() if k.lower() == "content-type"), "")
        html, odd = decode(html, kind)
        warnings += [odd] if odd else []
    html = storable(html)
    if len(html) > MAX_PAGE:
        html = cut(html, MAX_PAGE)
        warnings.append(f"only the first {MAX_PAGE} characters were read")
    # An encoding named in the text would be taken for the truth although it is text already.
    return re.sub(r"^\s*<\?xml[^>]{0,300}\?>", "", html), warnings


def extract_page(html: bytes | str, url: str, headers: Mapping[str, str]) -> PageRecord:
    """The article on a page fetched from `url` ("" when unknown), with the answer's `headers`.

    `text` is plain; `html` is sanitised, keeps images, tables, code and links, made absolute. A page without text has
    `ok` False and says why. Never raises for what a page contains.
    """
    text, warnings = _page_text(html, headers)
    if not text.strip():
        return PageRecord(ok=False, url=url, error="The page is empty", warnings=tuple(warnings))
    tree = document(text)
    if tree is None:
        return PageRecord(
            ok=False, url=url, error="Not a page that can be read", warnings=tuple(warnings)
        )
    head = Head(tree, url)
    body, markup, warning = _main(tree, url)
    authors, date = ([], None) if _is_huge(tree) else _said(tree, url)
    names = dict.fromkeys(n for said in head.authors or authors if (n := author_name(said)))
    return PageRecord(
        ok=bool(body),
        url=url,
        error="" if body else "No text was found on the page",
        canonical=head.canonical,
        title=head.title,
        authors=tuple(names)[:50],
        published=head.published or date,
        language=clean_title(head.language),
        text=body,
        html=clean_html(markup, head.base),
        image=head.image,
        warnings=tuple(warnings + ([warning] if warning else [])),
    )
