"""The plan of a run, read with errors that say what is wrong with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from crawler.addresses import AddressPolicy
from kb.core.records import Plan, read_plan
from kb.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def load_plan(path: Path) -> Plan:
    """The plan in a JSON file. Raises InputError with a sentence for a person."""
    try:
        plan = read_plan(json.loads(path.read_text("utf-8")))
        AddressPolicy.of(plan.limits.allowed_networks)
    except OSError as error:
        raise InputError(f"The plan {path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"The plan {path} is not a plan: {error}") from error
    return plan
