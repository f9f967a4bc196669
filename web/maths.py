"""Formulas: TeX in, MathML Core out, on the server; a page asks nobody else to set them."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from html import escape

from math_core import LatexError, LatexToMathML

# what the converter writes, and nothing that can hold HTML, a link or an action: no annotation-xml, maction, mglyph, merror
TAGS = {
    "math", "mi", "mfrac", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom", "mprescripts", "mroot", "mrow",
    "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder", "munderover",
}  # fmt: skip
ATTRIBUTES = {
    "math": {"display"},
    "mfrac": {"linethickness", "displaystyle"},
    "mi": {"mathvariant"},
    "mo": {
        "form", "largeop", "lspace", "maxsize", "minsize", "movablelimits", "rspace", "stretchy", "symmetric",
    },
    "mover": {"accent"},
    "mspace": {"width"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mtable": {"displaystyle", "scriptlevel"},
    "munder": {"accentunder"},
    "munderover": {"accent", "accentunder"},
}  # fmt: skip
CLASSES = {"mtd": {"left", "right"}}
# the site allows no style attribute, so the side of a cell becomes a class
_SIDE = re.compile(r'style="text-align: (left|right);[^"]*"')


@lru_cache(maxsize=4096)
def mathml(tex: str, *, display: bool = False) -> str:
    """A formula as MathML that is still to be cleaned; one that cannot be set is shown as it was typed."""
    try:
        made = _converter().convert_with_local_state(tex, displaystyle=display)
    except LatexError:
        return f"<code>{escape(tex)}</code>"
    return _SIDE.sub(r'class="\1"', made)


def trouble(tex: str, *, display: bool = False) -> str:
    """What is wrong with a formula, in one line; "" where it can be set."""
    try:
        _converter().convert_with_local_state(tex, displaystyle=display)
    except LatexError as error:
        return str(error)
    return ""


@cache
def _converter() -> LatexToMathML:
    return LatexToMathML(fancy_error=False)
