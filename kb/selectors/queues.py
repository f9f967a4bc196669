"""The broker, as the hub sees it: where it is, and how much waits in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from kombu import Connection, Queue
from kombu.exceptions import ChannelError, OperationalError

QUEUES = ("crawl", "ingest", "embed", "index")
TIMEOUT_SECONDS = 2


def broker_url() -> str:
    """The broker's address: the one that was set, else that of the running embedded one, else ""."""
    if settings.BROKER_URL:
        return str(settings.BROKER_URL)
    file = Path(settings.BROKER_FILE)
    return file.read_text().strip() if file.exists() else ""


def queue_lengths() -> dict[str, int | None]:
    """Messages waiting in each queue; None for all when the broker does not answer."""
    url = broker_url()
    silent: dict[str, int | None] = dict.fromkeys(QUEUES)
    if not url:
        return silent
    try:
        with Connection(url, connect_timeout=TIMEOUT_SECONDS) as connection:
            connection.ensure_connection(max_retries=1, timeout=TIMEOUT_SECONDS)
            return {name: _length(connection, name) for name in QUEUES}
    except (OperationalError, OSError):
        return silent


def _length(connection: Connection, name: str) -> int:
    try:
        queue: Any = Queue(name, channel=connection.default_channel)
        declared = queue.queue_declare(passive=True)
    except ChannelError:  # nothing was ever put into it
        return 0
    return int(declared.message_count)
