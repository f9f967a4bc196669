"""How gunicorn runs the site."""

from __future__ import annotations


def post_worker_init(_: object) -> None:
    """Load the model behind the first pages, so that the first search by meaning need not wait for it."""
    from kb.selectors.search import warm  # noqa: PLC0415 - needs the application, which is loaded by now

    warm()
