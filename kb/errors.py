"""The root of every error that Earshot raises on purpose, in every package."""

from __future__ import annotations


class EarshotError(Exception):
    """Something went wrong in a way we foresaw; its text tells a person what to do."""


class InputError(EarshotError):
    """What was given cannot be used; nothing was stored."""


class ModelError(EarshotError):
    """The embedding model is missing, foreign or broken."""


class IndexUnavailable(EarshotError):  # noqa: N818 - a state one asks about, not a fault
    """There is no usable index (yet); words or the database must answer instead."""


class IndexBusy(EarshotError):  # noqa: N818 - a state one asks about, not a fault
    """Another process is writing the index; the batch was not applied and can be tried again."""
