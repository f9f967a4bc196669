"""The panel: every table, read-only where the machine writes."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib import admin

from web.admin import (
    answers,
    articles,
    collection,
    kept,
    knowledge,
    lists,
    machine,
    people,
    stories,
)

__all__ = [
    "answers",
    "articles",
    "collection",
    "kept",
    "knowledge",
    "lists",
    "machine",
    "people",
    "stories",
]

# one door for all: whoever has a second factor is asked for it here, too
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # as allauth's manual says
