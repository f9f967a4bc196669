"""Accounts and groups, in the panel's looks."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from kb.models import SavedSearch, User
from web.admin.base import Panel, ReadOnly

admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, Panel):  # type: ignore[type-arg]  # generic only to the type checker
    """People with an account."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "is_staff", "is_superuser", "last_login")


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, Panel):  # type: ignore[misc]  # the class it is mixed into carries no types
    """Sets of permissions."""


@admin.register(SavedSearch)
class SavedSearchAdmin(ReadOnly):
    """Searches that people keep; the address of a feed is its owner's secret."""

    list_display = ("name", "user", "query", "alert", "looked_at")
    list_select_related = ("user",)
    search_fields = ("name", "query", "user__username")
    fields = ("name", "user", "query", "alert", "created_at", "looked_at", "removed_at")
