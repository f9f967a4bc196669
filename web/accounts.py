"""How accounts are made and entered: what allauth asks of a site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import SignupForm
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django import forms
from django.conf import settings
from django.db import transaction
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kb.errors import InputError
from kb.selectors.accounts import is_invited
from kb.services.accounts import accept_invitation
from web.views import access

if TYPE_CHECKING:
    from django.http import HttpRequest

_NO_MATCH = _("That did not match. Check the address and the password.")


def invitation(request: HttpRequest) -> str:
    """The token that came with the address or the form."""
    return (request.POST.get("invite") or request.GET.get("invite") or "")[:64]


class Accounts(DefaultAccountAdapter):
    """Who may sign up, where one may be sent afterwards, and what is said when it fails."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _NO_MATCH,
        "username_password_mismatch": _NO_MATCH,
        "too_many_login_attempts": _(
            "Too many tries that failed. Wait five minutes; the right password will not work before."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """By the setting SIGNUP; with `invite`, for who brings an invitation that is still good."""
        if settings.SIGNUP == "invite":
            return is_invited(invitation(request), timezone.now())
        return bool(settings.SIGNUP == "open")

    def is_safe_url(self, url: str | None) -> bool:
        """Only a path of ours."""
        return access.is_ours(url or "")


class SignUpForm(SignupForm):
    """Address and password; the invitation travels along, and is used up with the account."""

    invite = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["invite"].initial = invitation(context.request)
        self.fields["email"].label = _("E-mail")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)

    def clean_email(self) -> str:
        """An invitation may be for one address."""
        email: str = super().clean_email()
        token = self.data.get("invite", "")
        if settings.SIGNUP == "invite" and not is_invited(token, timezone.now(), email):
            raise forms.ValidationError(_("The invitation is for another address."))
        return email

    def save(self, request: HttpRequest) -> Any:
        """The account; with `invite` only together with its invitation, which two may try to use at once."""
        if settings.SIGNUP != "invite":
            return super().save(request)
        try:
            with transaction.atomic():
                user = super().save(request)
                accept_invitation(token=self.cleaned_data["invite"], user=user, now=timezone.now())
        except InputError as error:
            raise ImmediateHttpResponse(redirect("account_signup")) from error
        return user
