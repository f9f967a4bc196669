"""Pictures of articles, fetched for readers by the guarded crawler and kept in a bounded folder."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from kb.core.pictures import HEAD, picture_size, picture_type
from kb.core.urls import is_web_url
from kb.services.program import CrawlerError, run_crawler, usual_limits

SALT = "kb.images"
MOST_BYTES = 8 * 1024 * 1024  # of one picture
SECONDS = 10.0  # that it may take, all redirects together
FOLDER_BYTES = 512 * 1024 * 1024
LEFT = 0.8  # of the folder, after it was cleared
PRUNE_EVERY = 32 * 1024 * 1024  # bytes written by this process
FAILED_SECONDS = 600  # before a picture that could not be had is asked for again
WAIT_SECONDS = 1.0  # for a turn; a page with many pictures must not hold all threads of the server
# half of the server's threads stay free for pages, whatever pictures do
_TURNS = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 2))
_pruning = threading.Lock()
_written = 0


class Busy(Exception):  # noqa: N818 - a state, not a fault
    """All turns are taken; the picture can be had in a moment."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's bytes and media type."""

    data: bytes
    type: str


def image_name(url: str) -> tuple[str, str]:
    """(signature, encoded address): what names a picture in addresses of ours, so that nobody can have us fetch others."""
    encoded = base64.urlsafe_b64encode(url.encode("utf-8", "replace")).decode().rstrip("=")
    return _signature(encoded), encoded


def image_url(signature: str, encoded: str) -> str | None:
    """The address that `image_name` signed; None for any other."""
    if not constant_time_compare(signature, _signature(encoded)):
        return None
    try:
        url = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    return url if is_web_url(url) else None


def load_image(url: str) -> Picture | None:
    """The picture at an address, from the folder or from where it is; None where there is none that may be shown.

    One that failed is asked for again after FAILED_SECONDS. Raises Busy when no turn comes in time.
    """
    path = _path(url)
    if (kept := _kept(path)) is not None:
        return kept if kept.data else None
    if not _TURNS.acquire(timeout=WAIT_SECONDS):
        raise Busy
    try:
        kept = _kept(path) or _store(path, _fetch(url))
    finally:
        _TURNS.release()
    return kept if kept.data else None


def known_size(url: str) -> tuple[int, int] | None:
    """Width and height of a picture that is in the folder."""
    try:
        with _path(url).open("rb") as file:
            return picture_size(file.read(HEAD))
    except OSError:
        return None


def prune(most: int = FOLDER_BYTES) -> int:
    """Delete the pictures that were asked for longest ago until the folder is below its bound; returns how many."""
    files = []
    for path in Path(settings.IMAGE_DIR).glob("*/*"):
        try:
            said = path.stat()
        except FileNotFoundError:  # another process prunes too
            continue
        files.append((said.st_mtime, said.st_size, path))
    total, gone = sum(size for _, size, _ in files), 0
    if total <= most:
        return 0
    for _, size, path in sorted(files):
        if total <= most * LEFT:
            break
        path.unlink(missing_ok=True)
        total, gone = total - size, gone + 1
    return gone


def _signature(encoded: str) -> str:
    return salted_hmac(SALT, encoded, algorithm="sha256").hexdigest()[:32]


def _path(url: str) -> Path:
    name = hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()
    return Path(settings.IMAGE_DIR) / name[:2] / name


def _kept(path: Path) -> Picture | None:
    """What the folder has, its data empty for a picture that failed not long ago; None where it must be asked for."""
    try:
        data, at = path.read_bytes(), path.stat().st_mtime
    except FileNotFoundError:
        return None
    now = time.time()
    if not data:
        return Picture(b"", "") if now - at < FAILED_SECONDS else None
    if now - at > FAILED_SECONDS:
        os.utime(path)  # so that pruning knows what is looked at
    return Picture(data, picture_type(data))


def _fetch(url: str) -> bytes:
    """What an address answers, empty where that is no picture; SVG and HTML are none, whatever they are called."""
    folder = Path(settings.IMAGE_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    out, limits = folder / f".{uuid.uuid4().hex}", usual_limits()
    options = {"user-agent": limits.user_agent, "timeout": SECONDS, "delay": 0, "max-bytes": MOST_BYTES, "out": out}  # fmt: skip
    arguments = [f"--{name}={value}" for name, value in options.items()]
    arguments += [f"--allow-network={network}" for network in limits.allowed_networks]
    try:
        run_crawler("image", url, *arguments, seconds=SECONDS + 5)
        data = out.read_bytes()
    except (CrawlerError, FileNotFoundError):
        return b""
    finally:
        out.unlink(missing_ok=True)
    return data if picture_type(data) else b""


def _store(path: Path, data: bytes) -> Picture:
    global _written  # noqa: PLW0603 - counts for this process
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{uuid.uuid4().hex}")
    aside.write_bytes(data)
    aside.replace(path)
    _written += len(data)
    if _written > PRUNE_EVERY and _pruning.acquire(blocking=False):
        try:
            _written = 0
            prune()
        finally:
            _pruning.release()
    return Picture(data, picture_type(data))
