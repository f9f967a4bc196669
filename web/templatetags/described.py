"""What the head of a page says to other programs: once in words, once as data."""

from __future__ import annotations

import json
from html import unescape
from typing import TYPE_CHECKING, Any

from django import template
from django.template.base import Node
from django.template.loader_tags import BlockNode
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.text import Truncator

from web import structured
from web.feeds.document import absolute

if TYPE_CHECKING:
    from django.template.base import NodeList, Parser, Token
    from django.template.context import Context
    from django.utils.safestring import SafeString

register = template.Library()
LONGEST = 200
# what would end the element, or an XML reader's patience, as JSON escapes
ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


class Described(Node):
    """`<title>`, the description, and both again as OpenGraph (https://ogp.me/) has them."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        said = {
            block.name: " ".join(unescape(block.render(context)).split())
            for block in self.nodelist.get_nodes_by_type(BlockNode)
            if isinstance(block, BlockNode)
        }
        about = Truncator(said["description"]).chars(LONGEST)
        site = context["site"]
        properties = {
            "title": said["title"], "description": about, "type": said["shared_as"], "url": site.canonical,
            "site_name": site.name, "image": absolute(static("web/share.png")),
        }  # fmt: skip
        title = f"{said['title']} · {site.name}"
        head = format_html('<title>{}</title>\n  <meta name="description" content="{}">', title, about)  # fmt: skip
        told = ((name, value) for name, value in properties.items() if value)
        return head + format_html_join("", '\n  <meta property="og:{}" content="{}">', told)


@register.tag
def described(parser: Parser, _token: Token) -> Described:
    """`{% described %}` holds the blocks `title`, `description` and `shared_as`, which pages fill."""
    nodelist = parser.parse(("enddescribed",))
    parser.delete_first_token()
    return Described(nodelist)


@register.simple_tag(takes_context=True)
def structured_data(context: Context) -> SafeString:
    """The page as JSON-LD: a block of data, which no policy for scripts speaks of and nothing runs."""
    page: Any = context.get("page")
    path = context["request"].path
    said = structured.graph(page, context["site"], path) if context["site"].canonical else {}
    if not said:
        return mark_safe("")
    text = json.dumps(said, ensure_ascii=False).translate(ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 - what could end the element is escaped
