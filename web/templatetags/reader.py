"""What a signed-in reader sees beside an article; nothing for everybody else."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

if TYPE_CHECKING:
    from django.template import Context

    from web.pages.story import StoryRow
    from web.reader import Reader

register = template.Library()
BUTTONS = "web/part/marks.html"
_MARKS = "<!--marks-->"
_ANY = 897_932_384_626_433  # stands for an article's number; no hub has so many


@register.simple_tag(takes_context=True)
def row(context: Context, story: StoryRow) -> str:
    """A story among others, with its buttons for who is signed in. What they do not want to see is nothing, but for a page of what
    they chose themselves.

    All but the buttons is the same for everybody, and rendered once while the story stays as it is.
    """
    reader: Reader | None = context.get("reader")
    if reader and not context.get("chosen") and reader.mutes(story):
        return ""
    before, after = _rendered(story, get_language())
    return format_html("{}{}{}", before, marks(context, story.id), after)


@lru_cache(2000)
def _rendered(story: StoryRow, language: str) -> tuple[SafeString, SafeString]:
    """A row in a language: what stands before the buttons, and after them."""
    del language  # the one that is active: a part of what is remembered
    before, _, after = render_to_string("web/part/story.html", {"story": story}).partition(_MARKS)
    return mark_safe(before), mark_safe(after)  # noqa: S308 - two halves of a template's output


@register.simple_tag(takes_context=True)
def marks(context: Context, article: int | None, *, open: bool = False) -> str:  # noqa: A002 - what the template calls it
    """The buttons for an article: read, star, later, tags. `open` is the page of the article itself,
    which marks it as read when it is opened, and never again for who takes that back.

    On one page the buttons of two articles that the reader did the same with differ in nothing but the article, so that
    each kind is rendered once.
    """
    reader: Reader | None = context.get("reader")
    if reader is None or article is None:
        return ""
    marked = reader.marked(article, context.get("page"))
    if (marked, open) not in reader.buttons:
        said = {
            "article": _ANY,
            "marked": marked,
            "open": open,
            "opening": open,
            "next": context.get("here"),
        }
        reader.buttons[marked, open] = render_to_string(BUTTONS, said, context.get("request"))
    return mark_safe(reader.buttons[marked, open].replace(str(_ANY), str(article)))  # noqa: S308 - a template's output and a number
