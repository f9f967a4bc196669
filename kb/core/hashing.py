"""One hash for "has what it says changed?", stable across new fields, key order and Python versions."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_JSON = json.JSONEncoder(sort_keys=True, ensure_ascii=True, separators=(",", ":"))
_CONTAINERS = (str, bytes, list, tuple, dict, set, frozenset)


def _plain(value: object) -> object:
    """Containers without their empty parts, sets in order, everything else as JSON or text."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items() if not _empty(v)}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(v) for v in value), key=repr)
    if isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _empty(value: object) -> bool:
    """None, "", and empty containers; 0 and False say something."""
    return not value and (value is None or isinstance(value, _CONTAINERS))


def content_hash(version: int, fields: Mapping[str, object]) -> str:
    """SHA-256 in hex of the fields that say anything, led by `version` ("1:9f86…").

    Empty fields (None, "", empty containers) do not count, so that adding a field to a record does not touch the hash
    of every row that lacks it. The order of keys does not count; the order inside lists does.
    """
    # strings, which nearly all are, need no look inside
    said = {str(k): v if type(v) is str else _plain(v) for k, v in fields.items() if not _empty(v)}
    text = _JSON.encode(said)
    return f"{version}:{hashlib.sha256(text.encode('ascii')).hexdigest()}"
