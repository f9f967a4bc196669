"""What people write: Markdown with tables, footnotes, formulas and links by name, never raw HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import nh3
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from kb.selectors.prose import grammar
from web import maths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

    from kb.selectors.wiki import Resolver, Target

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "code", "del", "dd", "dl", "dt", "em", "h2", "h3", "h4",
    "hr", "i", "li", "ol", "p", "pre", "s", "strong", "sub", "sup", "table", "tbody", "td", "th",
    "thead", "tr", "ul",
} | maths.TAGS  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title", "id", "aria-label"},
    "ol": {"start"},
    "th": {"scope"},
    "sup": {"class"},
} | maths.ATTRIBUTES


def _nowhere(_name: str) -> None:
    """Where no names are looked up, links by name are words."""


@dataclass(frozen=True, slots=True)
class Note:
    """A footnote: `id` is where it stands, `ref` where it was called."""

    id: str
    ref: str
    number: int
    html: SafeString


@dataclass(frozen=True, slots=True)
class Written:
    """Rendered text and its notes, which a page may set beside it."""

    html: SafeString
    notes: tuple[Note, ...]


def render(text: str, *, name: str = "1", links: Resolver = _nowhere) -> Written:
    """Markdown as clean HTML; `name` keeps footnote ids apart where a page shows several texts, `links` says where
    `[[name]]` leads (`kb.selectors.wiki.resolver`): one that leads nowhere is words."""
    env: dict[str, Any] = {"docId": name, "links": links}
    tokens = _MARKDOWN.parse(text, env)
    kinds = [token.type for token in tokens]
    end = kinds.index("footnote_block_open") if "footnote_block_open" in kinds else len(tokens)
    return Written(html=_html(tokens[:end], env), notes=tuple(_notes(tokens[end:], env, name)))


def render_whole(text: str, *, name: str = "1", links: Resolver = _nowhere) -> SafeString:
    """Markdown as one piece of HTML, the notes below it: for feeds."""
    written = render(text, name=name, links=links)
    notes = format_html_join("", "<li>{}</li>", ((note.html,) for note in written.notes))
    return format_html("{}<hr><ol>{}</ol>", written.html, notes) if notes else written.html


def troubles(text: str) -> list[str]:
    """What is wrong with the formulas of a text, a line each, for whoever writes it."""
    found = []
    for kind, tex in _formulas(_MARKDOWN.parse(text)):
        if wrong := maths.trouble(tex, display=kind != "math_inline"):
            found.append(_("%(formula)s: %(wrong)s") % {"formula": tex, "wrong": wrong})
    return found


def _formulas(tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    for token in tokens:
        if token.type.startswith("math_"):
            yield token.type, token.content
        yield from _formulas(token.children or ())


def _notes(tokens: Sequence[Token], env: dict[str, Any], name: str) -> list[Note]:
    notes: list[Note] = []
    inside: list[Token] = []
    for token in tokens:
        if token.type == "footnote_open":
            inside = []
        elif token.type == "footnote_close":
            number = len(notes) + 1
            notes.append(Note(f"n{name}-{number}", f"r{name}-{number}", number, _html(inside, env)))
        elif token.type != "footnote_anchor":
            inside.append(token)
    return notes


def _html(tokens: Sequence[Token], env: dict[str, Any]) -> SafeString:
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, env)
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        allowed_classes=maths.CLASSES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    return mark_safe(clean)  # noqa: S308 - nh3 has just cleaned it


def _reference(
    _self: object, tokens: Sequence[Token], index: int, _options: object, env: dict[str, Any]
) -> str:
    """The raised number. A second call of the same note links to it, but the note links back to the first."""
    meta = tokens[index].meta
    number = meta["id"] + 1
    label = _("Note %(number)d") % {"number": number}
    name = env["docId"]
    own = f'id="r{name}-{number}" ' if meta.get("subId", 0) == 0 else ""
    return (
        f'<sup class="ref"><a {own}href="#n{name}-{number}" aria-label="{label}">{number}</a></sup>'
    )


def _heading(
    _self: object, tokens: Sequence[Token], index: int, _options: object, _env: object
) -> str:
    """Headings start below the title that the page gives a text."""
    token = tokens[index]
    level = min(int(token.tag[1]) + 1, 4)
    return f"</h{level}>\n" if token.nesting < 0 else f"<h{level}>"


def _picture(
    _self: object, tokens: Sequence[Token], index: int, _options: object, _env: object
) -> str:
    """A picture becomes a link, since a page loads nothing from other hosts."""
    token = tokens[index]
    label = _("Image: %(alt)s") % {"alt": token.content}
    return format_html('<a href="{}">{}</a>', str(token.attrs.get("src", "")), label)


def _wiki_link(
    _self: object, tokens: Sequence[Token], index: int, _options: object, env: dict[str, Any]
) -> str:
    meta = tokens[index].meta
    target: Target | None = env["links"](meta["link"].name)
    if target is None:
        return escape(meta["link"].plain)
    words = target.called(meta["link"], starts=meta["starts"])
    return format_html('<a href="{}">{}</a>', target.path, words)


def _formula(
    _self: object, tokens: Sequence[Token], index: int, _options: object, _env: object
) -> str:
    token = tokens[index]
    return maths.mathml(token.content.strip(), display=token.type != "math_inline")


def _markdown() -> MarkdownIt:
    made = grammar()
    made.add_render_rule("footnote_ref", _reference)
    made.add_render_rule("heading_open", _heading)
    made.add_render_rule("heading_close", _heading)
    made.add_render_rule("image", _picture)
    made.add_render_rule("wiki_link", _wiki_link)
    for kind in ("math_inline", "math_inline_double", "math_block"):
        made.add_render_rule(kind, _formula)
    return made


_MARKDOWN = _markdown()
