"""Text out of HTML, titles that fit a line, and strings that every database takes."""

from __future__ import annotations

import html as entities
import re

TITLE_LIMIT = 500
_LONG_TEASER = 4000  # characters
_TEASER_WORDS = 120
_ARTICLE_WORDS = 250
_BLOCKS = frozenset(
    {
        "address",
        "article",
        "aside",
        "blockquote",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
    }
    | {
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
    }
    | {
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
        "br",
        "caption",
        "title",
    }
)
# written out for what they begin with: the engine looks for that several times as fast as for a repeated set
_RUNS = re.compile(r"  +")
_RUNS_WITH_TABS = re.compile(r"[ \t]{2,}")
_GAPS = re.compile(r"\n\n\n+")
_OPENING = re.compile(r"<([/!?]?)([a-zA-Z\[-][^\s/<>]{0,60})")
_CELLS = frozenset({"td", "th"})
_DROPPED = frozenset({"script", "style", "noscript", "template", "iframe", "object", "svg", "head"})
# What tags without attributes turn into; most tags of clean HTML are among them.
_INLINE = (
    "a", "abbr", "b", "cite", "code", "del", "em", "i", "img", "ins", "kbd", "mark", "q", "s", "small", "span",
    "strong", "sub", "sup", "u",
)  # fmt: skip
_MEANING = dict.fromkeys(_INLINE, "") | dict.fromkeys(_BLOCKS, "\n") | dict.fromkeys(_CELLS, " ")
_BARE = {f"<{slash}{name}>": text for name, text in _MEANING.items() for slash in ("", "/")}
_BARE_SIZE = max(map(len, _BARE))
# C0 and C1 controls but tab, newline and return; also the code points that are never characters.
_UNSTORABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff\ufdd0-\ufdef]"
)
# Overrides and isolates can make a title read as another one.
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
# Known names only: "List<T>" in a title is text.
_TAG = re.compile(
    r"</?(?:a|abbr|acronym|address|article|audio|b|big|blockquote|body|br|button|center|cite|code|dd|del|dfn|div|dl|dt"
    r"|em|embed|font|form|h[1-6]|head|html|hr|i|iframe|img|input|ins|kbd|label|li|link|mark|math|meta|noscript|object"
    r"|ol|p|pre|q|s|samp|script|section|select|small|span|strike|strong|style|sub|sup|svg|table|tbody|td|template"
    r"|textarea|th|thead|time|title|tr|tt|u|ul|var|video|wbr|xmp)(?=[\s/>])[^<>]*>|<!--.{0,2000}?-->",
    re.DOTALL | re.IGNORECASE,
)
_ABBREVIATIONS = frozenset(
    {
        "e.g",
        "i.e",
        "etc",
        "vs",
        "cf",
        "al",
        "fig",
        "figs",
        "eq",
        "eqs",
        "sec",
        "ch",
        "no",
        "nos",
        "vol",
        "pp",
        "p",
    }
    | {
        "dr",
        "mr",
        "mrs",
        "ms",
        "prof",
        "st",
        "jr",
        "sr",
        "inc",
        "ltd",
        "co",
        "corp",
        "approx",
        "resp",
        "dept",
        "est",
    }
    | {
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "ref",
        "refs",
        "tab",
        "ed",
    }
    | {
        "u.s",
        "u.k",
        "a.k.a",
        "ph.d",
        "m.sc",
        "b.sc",
        "a.m",
        "p.m",
        "viz",
        "incl",
        "max",
        "min",
        "w.r.t",
        "alg",
    }
)
ENDS = re.compile(r"[.!?。！？…]+[\"'”’)\]]*(?=\s|$)|[。！？]")


def storable(s: str) -> str:
    """`s` without NUL, control characters (tab and newlines stay), lone surrogates and non-characters."""
    return _UNSTORABLE.sub("", s) if s else ""


def _tag_end(html: str, at: int) -> int:
    """Where the tag that opens at `at` ends (the index of its ">"), minding quoted values; -1 when it never does."""
    end = html.find(">", at)
    for mark in "\"'":
        opened = html.find("=" + mark, at, end)
        if end != -1 and opened != -1 and html.count(mark, opened, end) % 2:
            closed = html.find(mark, end)
            end = html.find(">", closed) if closed != -1 else end
    return end


def _skip(html: str, at: int) -> tuple[str, int]:
    """What the markup at "<" turns into, and where reading goes on."""
    if html.startswith("<!--", at):
        end = html.find("-->", at + 2)
        return "", len(html) if end == -1 else end + 3
    found = _OPENING.match(html, at)
    if found is None:
        return "<", at + 1
    end = _tag_end(html, at)
    if end == -1:
        return "", len(html)
    name = found[2].lower()
    if name in _DROPPED and not found[1] and html[end - 1] != "/":
        closing = re.compile(rf"</{name}\b[^>]{{0,40}}>", re.IGNORECASE).search(html, end)
        return "", closing.end() if closing else len(html)
    return ("\n" if name in _BLOCKS else " " if name in _CELLS else ""), end + 1


def plain_text(html: str) -> str:
    """The words of an HTML fragment: block elements become line breaks, scripts and styles go, entities are decoded.

    One pass whatever the input is: the standard parser is quadratic in unclosed markup, which hostile pages use.
    """
    if "<" not in html and "&" not in html:
        return _tidy(html)
    html = " ".join(html.split())
    pieces: list[str] = []
    at = 0
    while (mark := html.find("<", at)) != -1:
        pieces.append(html[at:mark])
        end = html.find(">", mark, mark + _BARE_SIZE) + 1
        piece = _BARE.get(html[mark:end]) if end else None
        if piece is None:
            piece, end = _skip(html, mark)
        pieces.append(piece)
        at = end
    pieces.append(html[at:])
    return _tidy(entities.unescape("".join(pieces)))


def _tidy(text: str) -> str:
    text = storable(text).replace("\xa0", " ").replace("\r\n", "\n").replace("\r", "\n")
    lines = (line.strip() for line in text.split("\n"))
    runs = _RUNS_WITH_TABS if "\t" in text else _RUNS
    return _GAPS.sub("\n\n", runs.sub(" ", "\n".join(lines))).strip()


def clean_title(s: str) -> str:
    """One line without tags, entities, control and direction marks; at most 500 characters, cut at a word."""
    # Cut first: a title of megabytes costs nothing, and tags inside it are short.
    text = entities.unescape(_TAG.sub("", s[: TITLE_LIMIT * 20]))
    if "<" in text:
        text = _TAG.sub("", text)
    text = " ".join(_BIDI.sub("", storable(text)).split())
    if len(text) <= TITLE_LIMIT:
        return text
    head = text[: TITLE_LIMIT - 1]
    return (head.rsplit(" ", 1)[0] if " " in head[-80:] else head).rstrip() + "…"


def is_summary_only(summary_html: str, content_html: str) -> bool:
    """Whether a feed entry seems to carry a teaser instead of the article, so that its page is worth reading.

    True without content, unless the summary itself is long (feeds that put the article into the description), and when
    the content says hardly more than the summary does.
    """
    content, summary = plain_text(content_html), plain_text(summary_html)
    body = content if len(content) >= len(summary) else summary
    if re.search(
        r"(?:\[(?:…|\.\.\.|&hellip;)\]|(?:…|\.\.\.)|read more\W*|continue reading\W*)$",
        body[-80:],
        re.IGNORECASE,
    ):
        return len(body) < _LONG_TEASER
    if content and content != summary:
        return len(content.split()) < _TEASER_WORDS
    return len(body.split()) < _ARTICLE_WORDS


def ends_sentence(text: str, at: int, end: int) -> bool:
    """Whether the mark at `at` closes a sentence instead of an abbreviation, an initial or a number."""
    if text[at] != "." or text[at:end].startswith(".."):
        return True
    word = re.split(r"[\s(\[]", text[max(0, at - 20) : at])[-1].lower()
    if word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha()):
        return False
    following = text[end : end + 2].strip()
    return not following or not following[0].islower()


def first_sentence(text: str, words: int = 30) -> str:
    """The gist of plain text: its first sentence, or its first `words` words and "…" when that is longer.

    Abbreviations ("e.g.", "et al.") and initials do not end a sentence; no word is cut.
    """
    line = " ".join(storable(text[: words * 200]).split())
    for mark in ENDS.finditer(line):
        if ends_sentence(line, mark.start(), mark.end()):
            line = line[: mark.end()]
            break
    parts = line.split(" ")
    if len(parts) <= words:
        return line
    return " ".join(parts[:words]).rstrip(",;:–-. ") + "…"
