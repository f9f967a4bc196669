"""What can be followed at an address: the crawler looks, a person or a rule chooses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from kb.core.urls import is_web_url
from kb.errors import InputError
from kb.services.sources import tidy_address

# longer than the crawler gives itself, so that it ends by its own clock
PATIENCE_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that can be followed, and what it held when we looked. `newest` is ISO 8601 or None."""

    url: str
    kind: str = "feed"
    title: str = ""
    format: str = ""
    entries: int = 0
    newest: str | None = None
    sample: tuple[str, ...] = ()
    why: str = ""
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found at an address, the best first. `reached` is whether anything answered there at all."""

    url: str
    candidates: tuple[Candidate, ...] = ()
    error: str = ""
    reached: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """What to follow; `note` tells a person when it is a guess."""

    candidate: Candidate
    note: str = ""


def checked_address(url: str) -> str:
    """A web address as people type it, with its scheme. Raises InputError."""
    url = tidy_address(url)
    if not is_web_url(url):
        raise InputError(f"{url[:200]!r} is not a web address; give one like https://example.org/")
    return url


def discover(*, url: str) -> Discovery:
    """Look at an address through the guarded crawler. Takes up to a minute. InputError for what is no web address."""
    url = checked_address(url)
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            _command(url),
            cwd=settings.BASE_DIR,
            env=os.environ | {k: v for k, v in settings.CRAWLER_PROXIES.items() if v},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Discovery(url, error=f"Took longer than {PATIENCE_SECONDS:g} s")
    if done.returncode or not done.stdout.strip():
        return Discovery(url, error=f"The crawler ended early (exit status {done.returncode})")
    return _read(url, json.loads(done.stdout.splitlines()[0]))


def _command(url: str) -> list[str]:
    command = [
        sys.executable,
        "-m",
        "crawler",
        "discover",
        url,
        f"--user-agent={settings.CRAWLER_USER_AGENT}",
        f"--timeout={settings.CRAWLER_TIMEOUT}",
        f"--delay={settings.CRAWLER_DELAY}",
    ]
    return command + [f"--allow-network={net}" for net in settings.CRAWLER_ALLOWED_NETWORKS]


def _read(url: str, line: dict[str, Any]) -> Discovery:
    found = tuple(Candidate(**c | {"sample": tuple(c["sample"])}) for c in line["candidates"])
    return Discovery(url, found, line["error"], line["reached"])


def choose(found: Discovery, number: int = 1) -> Choice:
    """The candidate of this number, counted from 1; the address itself where nobody answered.

    A source that is down today may be up tomorrow, so it is followed as given. InputError for an address that answers
    with nothing to follow, and for a number that there is not.
    """
    if found.candidates:
        if not 1 <= number <= len(found.candidates):
            raise InputError(f"there is no candidate {number}; {len(found.candidates)} were found")
        return Choice(found.candidates[number - 1])
    if found.reached:
        raise InputError(f"nothing to follow at {found.url}: {found.error}")
    note = f"It could not be looked at ({found.error}); followed as a feed, as given."
    return Choice(Candidate(found.url), note)
