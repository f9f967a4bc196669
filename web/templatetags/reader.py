"""What a signed-in reader sees beside an article; nothing for everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template

if TYPE_CHECKING:
    from django.template import Context

    from web.pages.story import StoryRow
    from web.reader import Reader

register = template.Library()


@register.simple_tag(takes_context=True)
def muted(context: Context, story: StoryRow) -> bool:
    """Whether the reader does not want this row; never on a page of what they chose themselves."""
    reader: Reader | None = context.get("reader")
    return reader is not None and not context.get("chosen") and reader.mutes(story)


@register.inclusion_tag("web/part/marks.html", takes_context=True)
def marks(context: Context, article: int | None, *, open: bool = False) -> dict[str, Any]:  # noqa: A002 - what the template calls it
    """The buttons for an article: read, star, later, tags. `open` is the page of the article itself,
    which marks it as read when it is opened, and never again for who takes that back."""
    reader: Reader | None = context.get("reader")
    if reader is None or article is None:
        return {}
    marked = reader.marked(article, context.get("page"))
    return {
        "article": article,
        "marked": marked,
        "open": open,
        "opening": open,
        "next": context.get("here"),
    }
