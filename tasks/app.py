"""The Celery application: every stage of the pipeline as a task that can run twice without harm."""

from __future__ import annotations

import os

import django
from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")
django.setup()

from kb.selectors.queues import QUEUES, broker_url  # noqa: E402 - needs the settings

HARD_LIMIT = (
    3000  # seconds; below the broker's visibility timeout, so no task is ever given out twice
)
VISIBILITY = 3600

app = Celery(
    "earshot",
    include=[
        f"tasks.{name}"
        for name in ("schedule", "crawl", "ingest", "embed", "index", "stories", "understanding")
    ],
)
app.conf.update(
    broker_url=broker_url() or None,
    broker_connection_retry_on_startup=True,
    # RabbitMQ knows by itself when a worker is gone; Redis and Valkey give a task out again after a time
    broker_transport_options=(
        {"visibility_timeout": VISIBILITY, "socket_keepalive": True}
        if broker_url().startswith("redis")
        else {}
    ),
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_time_limit=HARD_LIMIT,
    task_default_queue="crawl",
    task_create_missing_queues=True,
    task_routes={
        **{f"tasks.{name}.*": {"queue": name} for name in QUEUES},
        "tasks.schedule.run_errands": {"queue": "crawl"},
        "tasks.schedule.*": {"queue": "ingest"},
        "tasks.stories.*": {"queue": "ingest"},
        "tasks.understanding.*": {"queue": "ingest"},
    },
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=500,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_hijack_root_logger=False,
    timezone="UTC",
    beat_schedule={
        "check due sources": {"task": "tasks.schedule.check_due", "schedule": crontab()},
        "run errands": {"task": "tasks.schedule.run_errands", "schedule": crontab(minute="*/10")},
        "keep up with readers": {
            "task": "tasks.schedule.keep_up",
            "schedule": crontab(minute="*/5"),
        },
        "learn from corrections": {
            "task": "tasks.understanding.teach",
            "schedule": crontab(hour="3", minute="20"),
        },
        "draw maps": {"task": "tasks.understanding.draw_maps", "schedule": crontab(minute="40")},
        "pick up what was left": {"task": "tasks.schedule.resume", "schedule": crontab()},
    },
)


@setup_logging.connect
def _keep_logging(**_: object) -> None:
    """Celery must not replace Django's logging."""
