from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

from celery.signals import worker_process_init

from kb.services.pipeline import embed_all, load_model
from tasks.app import app
from tasks.index import index
from tasks.stories import assign
from tasks.understanding import link

if TYPE_CHECKING:
    from collections.abc import Callable


@worker_process_init.connect
def prepare(load: Callable[[], object] = load_model, **_: object) -> None:
    """Have the model loading before the first article needs it, in a process that encodes; a task that comes meanwhile
    waits for it. In a thread: a pool gives a new process four seconds to report."""
    if "embed" in app.amqp.queues.consume_from:
        Thread(target=load, name="load-model", daemon=True).start()


@app.task
def embed() -> None:
    """Encode what is pending. Takes no ids: what is pending stands in the database, and is done once."""
    if embed_all(on_batch=lambda _: index.delay()):
        assign.delay()
        link.delay()
