"""One line a record, whatever is in it."""

from __future__ import annotations

import logging


class LineFormatter(logging.Formatter):
    """`time level logger message`; line breaks in hostile values cannot forge a record."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The record's line, with control characters made visible."""
        line = super().formatMessage(record)
        return "".join(c if c.isprintable() else repr(c)[1:-1] for c in line)
