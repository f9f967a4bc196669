"""Bytes to text, when the header, the prolog and the bytes disagree."""

from __future__ import annotations

import codecs
import re

from kb.core.text import storable

_BOMS = (
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
# How "<?" or "<r" looks in the encodings that are not ASCII underneath.
_SHAPES = (
    (re.compile(rb"\x00\x00\x00<"), "utf-32-be"),
    (re.compile(rb"<\x00\x00\x00"), "utf-32-le"),
    (re.compile(rb"\x00<\x00[^\x00]"), "utf-16-be"),
    (re.compile(rb"<\x00[^\x00]\x00"), "utf-16-le"),
    (re.compile(rb"\x4c\x6f\xa7\x94"), "cp037"),
)
_PROLOG = re.compile(rb"""^\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{1,40})["']""")
_META = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
# Codecs that Python has and the web does not; some of them are quadratic.
_FOREIGN = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
)
# What a label means on the web (WHATWG): browsers read these as their supersets.
_SUPERSETS = {
    "iso8859-1": "windows-1252",
    "ascii": "windows-1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}
_STATEFUL = ("iso2022", "hz", "utf-7")
_ESCAPES = re.compile(rb"[\x80-\xff]")


def _known(label: str) -> str:
    """Python's name for an encoding label, "" for what is none."""
    label = label.strip().lower()
    label = {"x-sjis": "shift_jis", "x-gbk": "gbk", "unicode": "utf-16", "utf8mb4": "utf-8"}.get(
        label, label
    )
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return ""
    return "" if name in _FOREIGN else _SUPERSETS.get(name, name)


def _try(body: bytes, name: str) -> str | None:
    try:
        # Surrogates written out in UTF-8 are a common generator bug, not another encoding; they are dropped later.
        return body.decode(name, "surrogatepass" if name == "utf-8" else "strict")
    except (UnicodeError, LookupError, ValueError):
        return None


def _shaped(body: bytes) -> tuple[str, int]:
    """The encoding that the first bytes give away, and how many of them are its mark."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return name, len(mark)
    for shape, name in _SHAPES:
        if shape.match(body):
            return name, 0
    return "", 0


def _mostly_utf8(body: bytes) -> str | None:
    """UTF-8 with a few broken bytes, as cutting a string at a byte count leaves it."""
    text = body.decode("utf-8", "replace")
    good = sum(1 for c in text if c > "\x7f" and c != "\ufffd")
    return text if good > 4 * text.count("\ufffd") else None


def _declared(body: bytes, content_type: str) -> list[str]:
    labels = [m[1] for m in [_CHARSET.search(content_type)] if m]
    labels += [
        m[1].decode("ascii", "ignore")
        for m in (_PROLOG.match(body), _META.search(body[:4096]))
        if m
    ]
    return [name for label in labels if (name := _known(label))]


def decode(body: bytes, content_type: str) -> tuple[str, str]:
    """The text of a document without characters that cannot be stored, and a warning or "".

    A byte order mark wins; then UTF-8 wherever the bytes are valid UTF-8 (no other encoding is so by accident), then
    what the HTTP header and the document declare, then Windows-1252. Never raises.
    """
    shape, skip = _shaped(body)
    if shape:
        return storable(body[skip:].decode(shape, "replace")), ""
    names = _declared(body, content_type)
    if not _ESCAPES.search(body):
        stateful = next(
            (n for n in names if n.replace("_", "").startswith(_STATEFUL) or n == "cp037"), ""
        )
        return storable((_try(body, stateful) if stateful else None) or body.decode("ascii")), ""
    text = _try(body, "utf-8")
    if text is not None and not (names and names[0].startswith(("utf-16", "utf-32"))):
        warn = f"declared as {names[0]}, is UTF-8" if names and names[0] != "utf-8" else ""
        return storable(text), warn
    for name in names:
        if name != "utf-8" and (text := _try(body, name)) is not None:
            return storable(text), ""
    text = _mostly_utf8(body)
    if text is not None:
        return storable(text), "some characters are not valid UTF-8"
    return storable(
        body.decode("windows-1252", "replace")
    ), "encoding unclear, read as Windows-1252"
