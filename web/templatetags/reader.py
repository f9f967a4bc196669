"""What a signed-in reader sees beside an article; nothing for everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

if TYPE_CHECKING:
    from django.template import Context

    from web.pages.story import StoryRow
    from web.reader import Reader

register = template.Library()
BUTTONS = "web/part/marks.html"
_ANY = 897_932_384_626_433  # stands for an article's number; no hub has so many


@register.simple_tag(takes_context=True)
def muted(context: Context, story: StoryRow) -> bool:
    """Whether the reader does not want this row; never on a page of what they chose themselves."""
    reader: Reader | None = context.get("reader")
    return reader is not None and not context.get("chosen") and reader.mutes(story)


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
