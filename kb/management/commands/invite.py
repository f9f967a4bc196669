"""Invite somebody to make an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from kb.errors import InputError
from kb.services.accounts import invite

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Print a link with which one person can make an account. Example: manage.py invite ada@example.org"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "email", nargs="?", default="", help="only for this address (default: whoever has it)"
        )
        parser.add_argument("--days", type=int, default=14, help="how long it lasts (default 14)")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            made = invite(
                acting_user=None,
                email=options["email"],
                days=options["days"],
                now=timezone.now(),
            )
        except InputError as error:
            raise CommandError(str(error)) from error
        path = reverse("account_signup")
        self.stdout.write(f"{settings.SITE_URL}{path}?invite={made.token}")
        self.stdout.write(f"Good for one account until {made.expires_at:%Y-%m-%d}.")
        if settings.SIGNUP == "closed":
            self.stderr.write("SIGNUP=closed: nobody can use it before that is `invite` or `open`.")
