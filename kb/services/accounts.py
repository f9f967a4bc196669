"""People with accounts."""

from __future__ import annotations

import datetime as dt
import secrets

from django.db import transaction

from kb.errors import InputError
from kb.models import AuditEntry, Invitation, Question, User
from kb.selectors.accounts import open_invitations
from kb.selectors.moderation import LEFT
from kb.services.audit import record


@transaction.atomic
def first_admin() -> tuple[str, str] | None:
    """Make the first administrator and return its name and password; None when there is one already."""
    if User.objects.filter(is_superuser=True).exists():
        return None
    password = secrets.token_urlsafe(12)
    user = User.objects.create_superuser("admin", password=password)
    record(action="create administrator", subject=user, user=None)
    return user.username, password


@transaction.atomic
def invite(
    *, acting_user: User | None, email: str = "", days: int = 14, now: dt.datetime
) -> Invitation:
    """Make an invitation for one account, good for so many days. InputError where that is none."""
    if not 1 <= days <= 365:  # noqa: PLR2004 - a year
        raise InputError("an invitation lasts 1 to 365 days")
    made = Invitation.objects.create(
        token=secrets.token_urlsafe(24),
        email=email.strip().lower(),
        made_by=acting_user,
        made_at=now,
        expires_at=now + dt.timedelta(days=days),
    )
    record(action="invite", subject=made, user=acting_user, days=days)
    return made


@transaction.atomic
def accept_invitation(*, token: str, user: User, now: dt.datetime) -> None:
    """Use an invitation up. InputError where it is used, too old, or for another address."""
    given = open_invitations(now).filter(token=token, email__in=("", user.email.lower()))
    if not given.update(used_by=user, used_at=now):
        raise InputError("this invitation is used already, too old, or for another address")
    record(action="accept invitation", subject=user, user=user)


@transaction.atomic
def delete_account(*, acting_user: User) -> None:
    """Delete a person's account with all that is theirs, at once and for good.

    Questions that nobody answered go too. What they wrote for everybody as a curator stays, and nobody's name stands
    beside it any more; the log keeps what was done without who did it. InputError for the only administrator, without whom nobody could run the hub.
    """
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=acting_user.pk)
    if acting_user.is_superuser and not others.exists():
        raise InputError("you are the only administrator; make somebody else one first")
    # rows about the person themselves name them, and so does their invitation
    names = {str(acting_user)[:300], acting_user.email} - {""}
    AuditEntry.objects.filter(subject__in=names).update(subject="an account")
    Invitation.objects.filter(used_by=acting_user).delete()
    acts = list(AuditEntry.objects.filter(user=acting_user))
    for act in acts:
        act.detail = {**act.detail, **LEFT}
    AuditEntry.objects.bulk_update(acts, ["detail"], batch_size=500)
    record(action="delete account", subject="an account", user=None)
    Question.objects.filter(asked_by=acting_user).exclude(state=Question.State.ANSWERED).delete()
    acting_user.delete()
