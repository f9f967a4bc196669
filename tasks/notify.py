"""Asking the workers for something from a page or a command."""

from __future__ import annotations

import logging

from kombu.exceptions import OperationalError

from kb.selectors.queues import broker_url

log = logging.getLogger(__name__)


def check_soon() -> bool:
    """Have due sources checked now rather than at the next minute. False without a broker: the clock will do it."""
    return _send("check_due")


def index_soon() -> bool:
    """Have the index take up changes now."""
    return _send("resume")


def push_soon(push_id: int) -> bool:
    """Have a hub's delivery read now rather than at the next minute."""
    return _send("take_push", push_id)


def keep_up_soon() -> bool:
    """Have what a reader brought or changed taken up now rather than within minutes."""
    return _send("keep_up")


def _send(name: str, *ids: int) -> bool:
    if not broker_url():
        return False
    from tasks import schedule  # noqa: PLC0415 - Celery is not needed where there is no broker

    try:
        getattr(schedule, name).apply_async(ids, retry=False)
    except OperationalError as error:
        log.warning("no broker: %s", error)
        return False
    return True
