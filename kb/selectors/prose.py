"""The grammar of what people write: Markdown with tables, footnotes, maths and links by name.

The site renders it (web.markdown), search reads it as plain text, and both must agree on what is code, maths or a link.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from kb.core.text import plain_text
from kb.core.wiki import Link, begins_sentence, link_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token


def grammar() -> MarkdownIt:
    """A parser; tokens beside those of Markdown and its plugins are `wiki_link`, with `link` and `starts` in its meta."""
    made = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    made.use(footnote_plugin)
    # a price has a space before the second dollar
    made.use(dollarmath_plugin, allow_labels=False, allow_space=False, double_inline=True)
    made.inline.ruler.before("link", "wiki_link", _wiki_link)
    return made


def _wiki_link(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the parser's signature
    found = link_at(state.src, state.pos)
    if not found or found[1] > state.posMax:
        return False
    link, end = found
    if not silent:
        token = state.push("wiki_link", "", 0)
        token.content = link.plain
        token.meta = {"link": link, "starts": begins_sentence(state.src[: state.pos])}
    state.pos = end
    return True


def links_in(texts: Iterable[str]) -> list[Link]:
    """The links by name in these texts, in order; what looks like one in code is none."""
    found = (_links(_reader().parse(text)) for text in texts if "[[" in text)
    return [link for links in found for link in links]


def _links(tokens: Sequence[Token]) -> Iterator[Link]:
    for token in tokens:
        if token.type == "wiki_link":
            yield token.meta["link"]
        yield from _links(token.children or ())


def plain(text: str, words: Mapping[str, str] | None = None) -> str:
    """What a text says without marks: links as words (`words`: those of names that lead somewhere), maths within a line as
    it is typed, set-off maths not at all, since nobody searches for it."""
    return plain_text(_reader().render(text, {"words": words or {}}))


@cache
def _reader() -> MarkdownIt:
    made = grammar()
    made.add_render_rule("wiki_link", _as_words)
    made.add_render_rule("math_inline", _as_typed)
    for kind in ("math_block", "math_inline_double"):
        made.add_render_rule(kind, lambda *_: "\n")
    made.add_render_rule("footnote_anchor", lambda *_: "")
    return made


def _as_words(
    _self: object, tokens: Sequence[Token], index: int, _options: object, env: Mapping[str, Any]
) -> str:
    link: Link = tokens[index].meta["link"]
    return escapeHtml(link.words or env["words"].get(link.name) or link.plain)


def _as_typed(
    _self: object, tokens: Sequence[Token], index: int, _options: object, _env: object
) -> str:
    return escapeHtml(tokens[index].content.replace("\\", " ").replace("{", "").replace("}", ""))
