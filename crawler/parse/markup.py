"""Repairs a feed document before any parser sees it: bounded depth, bounded entries, references that resolve.

Works on text in one pass each, so that no input costs more than its length.
"""

from __future__ import annotations

import html.entities
import re

from crawler.parse.dates import parse_date

MAX_DEPTH = 256
_ITEM_DEPTH = 8
_CONTAINERS = frozenset({"item", "entry"})
_MARK = re.compile(r"<(?:(!\[CDATA\[)|(!--)|(/?)([A-Za-z_][\w:.-]*))")
_XML_CHARACTERS = (range(0x20, 0xD800), range(0xE000, 0xFFFE), range(0x10000, 0x110000))
_NUMERIC = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,8})|(\d{1,9}));?")
_REFERENCE = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos);|#\d{1,7};|#x[0-9a-fA-F]{1,6};)(?:([A-Za-z][\w.-]{0,40});)?"
)
_PROLOG = re.compile(r"^\s*(?:<\?xml[^>]{0,300}\?>\s*)?")
_ITEM = re.compile(r"<(?:item|entry)(?=[\s>])|<(!\[CDATA\[)|<(!--)", re.IGNORECASE)
_LAST = re.compile(r"</(?:item|entry)\s*>", re.IGNORECASE)
_DATE = re.compile(
    r"<(?:pubDate|published|updated|dc:date|issued|modified)\b[^>]{0,100}>([^<]{4,80})<",
    re.IGNORECASE,
)


def _after(text: str, mark: str, at: int) -> int:
    end = text.find(mark, at)
    return len(text) if end == -1 else end + len(mark)


def _is_xml(code: int) -> bool:
    """Whether XML 1.0 allows the character, and PostgreSQL stores it."""
    return code in {9, 10, 13} or any(code in span for span in _XML_CHARACTERS)


def _number(match: re.Match[str]) -> str:
    code = int(match[1], 16) if match[1] else int(match[2])
    return f"&#{code};" if _is_xml(code) else ""


def _repair(piece: str, own: frozenset[str]) -> str:
    """Character data outside CDATA: HTML's named entities as numbers, bare ampersands escaped."""

    def fix(match: re.Match[str]) -> str:
        name = match[1]
        if not name:
            return "&amp;"
        if name in own:
            return match[0]
        code = html.entities.name2codepoint.get(name)
        return f"&#{code};" if code else f"&amp;{name};"

    return _REFERENCE.sub(fix, _NUMERIC.sub(_number, piece))


def repair_references(text: str) -> str:
    """The document with every reference one that an XML parser takes; CDATA and the DTD stay as they are."""
    if "&" not in text:
        return text
    start = re.search(r"<[A-Za-z_]", text)
    at = start.start() if start else 0
    own = frozenset(re.findall(r"<!ENTITY\s+([\w.-]{1,40})\s", text[: min(at, 100_000)]))
    pieces = [text[:at]]
    while at < len(text):
        opened = text.find("<![CDATA[", at)
        stop = len(text) if opened == -1 else opened
        pieces.append(_repair(text[at:stop], own))
        at = stop if opened == -1 else _after(text, "]]>", opened)
        pieces.append(text[stop:at])
    return "".join(pieces)


def flatten(text: str, limit: int = MAX_DEPTH) -> tuple[str, bool]:
    """The document without the tags that nest deeper than `limit` (their text stays), and whether there were any."""
    if text.count("<") <= limit:
        return text, False
    kept: list[str] = []
    depth, done, at = 0, 0, 0
    while found := _MARK.search(text, at):
        at = found.end()
        if found[1] or found[2]:
            at = _after(text, "]]>" if found[1] else "-->", at)
            continue
        end = _after(text, ">", at)
        closing, leaf = bool(found[3]), text[end - 2 : end - 1] == "/"
        depth -= closing and depth > 0
        if found[4] in _CONTAINERS and not closing:
            depth = min(
                depth, _ITEM_DEPTH
            )  # tags left open in one entry must not cost the next ones
        if depth >= limit and not leaf:
            kept.append(text[done : found.start()])
            done = end
        depth += not closing and not leaf
        at = end
    if not done:
        return text, False
    return "".join(kept) + text[done:], True


def without_stray_prefix(text: str) -> str:
    """The document with `rss:channel` as `channel` where that prefix stands for no namespace: some write it by hand."""
    if "<rss:" not in text or "xmlns:rss" in text:
        return text
    return text.replace("<rss:", "<").replace("</rss:", "</")


def _starts(text: str) -> list[int]:
    starts, at = [], 0
    while found := _ITEM.search(text, at):
        at = found.end()
        if found[1] or found[2]:
            at = _after(text, "]]>" if found[1] else "-->", at)
        else:
            starts.append(found.start())
    return starts


def _said_in(text: str) -> str:
    found = _DATE.search(text[:20_000])
    return (parse_date(found[1]) if found else None) or ""


def newest_items(text: str, limit: int) -> tuple[str, int]:
    """The document with at most `limit` items, those at its newer end, and how many it had."""
    if text.count("<item") + text.count("<entry") <= limit:
        return text, 0
    starts = _starts(text)
    if len(starts) <= limit:
        return text, len(starts)
    last = starts[-1]
    closing = _LAST.search(text, last)
    tail = text[closing.end() :] if closing else ""
    if _said_in(text[starts[0] :]) < _said_in(text[last:]):
        return text[: starts[0]] + text[starts[-limit] :], len(starts)
    return text[: starts[limit]] + tail, len(starts)


def with_prolog(text: str) -> bytes:
    """UTF-8 bytes that say so."""
    return _PROLOG.sub("<?xml version='1.0' encoding='utf-8'?>\n", text, count=1).encode("utf-8")
