"""How gunicorn runs the site."""

from __future__ import annotations

# the thousand characters of the search box, escaped
limit_request_line = 8190


def post_worker_init(_: object) -> None:
    """Load the model and the titles behind the first pages, so that nobody waits for them."""
    from kb.selectors import search, suggestions  # noqa: PLC0415 - needs the application, which is loaded by now

    search.warm()
    suggestions.warm()
