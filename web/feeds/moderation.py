"""The feed of the public log of moderation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from kb.selectors import moderation
from web.feeds.build import SIZE
from web.feeds.document import Document, Item, absolute, clean, tag
from web.pages.moderation import did

if TYPE_CHECKING:
    from kb.selectors.moderation import Act


def log() -> Document:
    """The newest acts."""
    return Document(
        id=tag("feed", "moderation"),
        title=_("Moderation · %(site)s") % {"site": settings.SITE_NAME},
        subtitle=_("What curators hid, joined, parted, published and removed"),
        link=absolute(reverse("moderation")),
        items=tuple(_item(act) for act in moderation.acts(limit=SIZE)),
    )


def _item(act: Act) -> Item:
    title = clean(": ".join(part for part in (did(act.action), act.subject) if part))
    reason = clean(act.reason)
    return Item(
        id=tag("act", act.id),
        title=title,
        link=absolute(f"{reverse('moderation')}#act-{act.id}"),
        original="",
        summary=reason,
        html=format_html("<p>{}</p>", reason) if reason else "",
        published=act.at,
        updated=act.at,
        authors=(),
        language="",
        source="",
        source_link="",
        source_feed="",
    )
