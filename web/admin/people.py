"""Accounts and groups, in the panel's looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.admin import EmailAddressAdmin as AllauthEmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa.admin import AuthenticatorAdmin as AllauthAuthenticatorAdmin
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from kb.models import Invitation, SavedSearch, User
from web.admin.base import Panel, ReadOnly

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest

admin.site.unregister([Group, EmailAddress, Authenticator])


@admin.register(User)
class UserAdmin(DjangoUserAdmin, Panel):  # type: ignore[type-arg]  # generic only to the type checker
    """People with an account."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "is_staff", "is_superuser", "last_login")


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


@admin.register(EmailAddress)
class EmailAddressAdmin(AllauthEmailAddressAdmin, Panel):
    """Addresses that people sign in with."""

    list_select_related = ("user",)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnly, AllauthAuthenticatorAdmin):
    """Second factors and passkeys. For somebody who has lost them all, delete them; their secrets are not shown."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email")
    exclude = ("data",)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - Django gives it so
        return bool(request.user.is_superuser)


@admin.register(Invitation)
class InvitationAdmin(ReadOnly):
    """Links with which people may make an account; `manage.py invite` makes one."""

    list_display = ("email", "made_by", "made_at", "expires_at", "used_by", "used_at")
    list_display_links = ("made_at",)
    list_select_related = ("made_by", "used_by")
    search_fields = ("email", "used_by__username")
    exclude = ("token",)
