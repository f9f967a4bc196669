"""The gist of a text: the one sentence of it that says best what is new.

Extractive: the sentence is the text's own. Every sentence of the opening gets points for a few things that can be seen:
words that announce (“we release”, “introducing”), figures, the words of the title (Edmundson, "New methods in automatic
extracting", 1969: cue, title and place), how early it stands and how long it is. What needs another sentence to be
understood, asks, or is not part of what is told (“subscribe”, “photo by”) loses them. A tie goes to the earlier one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kb.core.text import ENDS, ends_sentence, storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WORDS = 30
READ = 3000  # characters of the opening that are looked at
SENTENCES = 16
FEWEST = 6  # words; less is a greeting or a heading
WHOLE = 1.0  # points from which a sentence stands for the text
POOR = -2.0  # points below which no gist is better: "Comments", a list of links
_LINES = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*•#>|]|\d+[.)])\s)")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
# written without spaces between words: two signs count as a word
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0e7f]")
_OFFER = re.compile(
    r"\b(?:we|i|authors|researchers)\s+(?:\w+\s+)?(?:present|propose|introduce|show|release|describe|find|develop|"
    r"demonstrate|investigate|explore|study|train|compare|built|report|argue|open-source|aim|focus)|"
    r"\bthis (?:paper|post|article|work|tutorial|guide|talk|episode|release|study|survey|report) [a-z]+s\b|"
    r"\b(?:introducing|announc(?:e|ing)|launch(?:ed|es|ing)?|releas(?:ed|es|ing))\b",
    re.IGNORECASE,
)
_NEWS = re.compile(
    r"\b(?:outperform|achiev|state-of-the-art|now (?:support|available|run)|for the first time|new\b|novel\b|faster\b|"
    r"smaller\b|reduc|improv)",
    re.IGNORECASE,
)
_RESULT = re.compile(r"\b(?:\d+(?:[.,]\d+)?\s?(?:%|×|x|ms|[kmgt]b|hours?|languages?|parameters?)|\d+(?:\.\d+)?[bm])(?!\w)", re.IGNORECASE)  # fmt: skip
_NOISE = re.compile(
    r"\b(?:subscribe|newsletter|sign up|click|cookies?|read more|continue reading|read the full|appeared first|share this|"
    r"photo by|image credit|credit:|table of contents|all rights|copyright|posted (?:by|on|in)|published (?:by|on)|"
    r"thanks? (?:to|for)|thank you|acknowledg\w+|follow (?:me|us)|comments?|sponsor\w*|patreon|discord|join us|stay tuned|"
    r"last updated|disclaimer|bibtex)\b|^(?:fig(?:ure)?|table|left|right|top|image|video|source)\b[^.]{0,12}:|https?://|www\.|[{}<>\\|]",
    re.IGNORECASE,
)
_LEANING = re.compile(
    r"(?:it|its|this|that|these|those|they|their|he|she|his|her|however|but|and|so|then|also|moreover|furthermore|"
    r"therefore|thus|hence|finally|additionally|besides|for example|for instance|instead|such|as a result|in addition|"
    r"in other words|in particular|in summary|in short|of course|certainly|likewise|yet|still|here|there|last)\b",
    re.IGNORECASE,
)
# “this paper introduces” leans on nothing but the title above it
_ITSELF = re.compile(r"this (?:paper|post|article|work|tutorial|guide|talk|episode|release|report|study|survey|book)\b", re.IGNORECASE)  # fmt: skip
_PREFACE = re.compile(
    r"^(?:abstract[.:—–\s]+|tl;?dr\b[.:—–\s]*|summary[.:—–\s]+|(?:for this reason|therefore|thus|hence|to this end|to address "
    r"(?:this|these) \w+|here|finally|specifically),\s+|in (?:this|the present) (?:short |blog )?(?:paper|post|article|work|study|"
    r"report|tutorial|episode|talk)(?: on [^,]{1,60},|,|(?=\s+(?:we|i)\b))\s+)+",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[;:](?=\s)|,(?=\s)|\s[–—]\s|[，；：、]")
_STOP = frozenset(["the", "and", "for", "with", "from", "that", "this", "are", "was", "were", "our", "its", "into", "how", "what", "why", "when", "you", "your", "can", "not", "has", "have", "than", "more", "using", "via", "toward", "towards", "new"])  # fmt: skip


def gist_of(texts: Iterable[str], title: str = "", words: int = WORDS) -> str:
    """The best sentence of the first of `texts` that has a whole one, at most `words` words; "" for nothing but a title, and for
    what only says that there is more elsewhere.

    A longer sentence ends at the last clause that fits, else at a word, with "…". No word is ever cut.
    """
    title_words = _content(title)
    fallback = ""
    for text in texts:
        ranked = [
            (_points(sentence, place, title_words), -place, sentence)
            for place, sentence in enumerate(_sentences(text))
            if sentence.casefold().strip(" .!?…") != title.casefold().strip(" .!?…")
        ]
        if not ranked:
            continue
        points, _place, best = max(ranked)
        if points >= WHOLE:
            return shorten(best, words)
        if points >= POOR:
            fallback = fallback or shorten(best, words)
    return fallback


def shorten(sentence: str, words: int = WORDS) -> str:
    """`sentence` where it has at most `words` words, else its beginning up to a clause, or a word, and "…"."""
    if length(sentence) <= words:
        return sentence
    fits = sentence[: _reach(sentence, words)]
    clauses = [m.start() for m in _CLAUSE.finditer(fits) if length(fits[: m.start()]) >= words / 2]
    head = fits[: clauses[-1]] if clauses else fits
    return head.rstrip(" ,;:–—-.、，；：(") + "…"


def length(text: str) -> int:
    """How many words; in scripts without spaces, two signs a word."""
    dense = len(_DENSE.findall(text))
    return len(_DENSE.sub(" ", text).split()) + (dense + 1) // 2 if dense else len(text.split())


def _reach(text: str, words: int) -> int:
    """Where the first `words` words end."""
    half = 0
    for token in re.finditer(rf"{_DENSE.pattern}|(?:(?!{_DENSE.pattern})\S)+", text):
        step = 1 if _DENSE.match(token[0]) else 2
        if half + step > 2 * words:
            return token.start()
        half += step
    return len(text)


def _sentences(text: str) -> Iterator[str]:
    """The sentences of the opening, each on one line; paragraphs and items of lists end one."""
    opening = storable(text[:READ])
    cut = len(text) > READ
    found = 0
    paragraphs = _LINES.split(opening)
    for number, paragraph in enumerate(paragraphs):
        line = " ".join(paragraph.split())
        start = 0
        for mark in ENDS.finditer(line):
            if not ends_sentence(line, mark.start(), mark.end()):
                continue
            yield _tidy(line[start : mark.end()])
            start, found = mark.end(), found + 1
            if found >= SENTENCES:
                return
        rest = _tidy(line[start:])
        # what the limit cut is no sentence
        if rest and not (cut and number == len(paragraphs) - 1):
            yield rest
            found += 1


def _tidy(sentence: str) -> str:
    """Without “In this paper,” before it: where it stands is said above it already."""
    told = _PREFACE.sub("", sentence.strip(), count=1).lstrip("-*•#> ")
    return told[:1].upper() + told[1:]


def _points(sentence: str, place: int, title: frozenset[str]) -> float:
    size = length(sentence)
    points = 1.0 / (1 + 0.25 * place) - 0.04 * place
    points += 1.6 * bool(_OFFER.search(sentence)) + 0.6 * bool(_NEWS.search(sentence))
    points += 0.4 * bool(_RESULT.search(sentence))
    if title:
        points += 1.2 * len(title & _content(sentence)) / len(title)
    leans = _LEANING.match(sentence) and not _ITSELF.match(sentence)
    points -= 0.8 * bool(leans) + 3.0 * bool(_NOISE.search(sentence))
    points -= 1.0 * sentence.rstrip("\"'”’)").endswith(("?", "？"))
    points -= 1.0 * (size > WORDS) * min(1.0, (size - WORDS) / WORDS)
    points -= 1.5 * (size < FEWEST)
    # a heading, or a teaser that breaks off
    points -= 0.9 * (not ENDS.search(sentence[-3:]) or sentence.endswith(("…", "...", "[…]")))
    return points


def _content(text: str) -> frozenset[str]:
    found = (word.casefold() for word in _WORD.findall(text))
    # plural and singular meet: no more is needed here
    return frozenset(w.removesuffix("s") for w in found if len(w) > 2 and w not in _STOP)  # noqa: PLR2004 - short words say little
