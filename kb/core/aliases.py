"""Other names of one thing: CTC and connectionist temporal classification.

As a mapping from a name to its other names. A key in small letters is meant however it is typed; a key with capitals
only as it stands, because in small letters it is another word (PER, LAS).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from kb.errors import InputError

Aliases = Mapping[str, tuple[str, ...]]
QUESTION = 40  # words; a longer text was pasted, and says itself what its acronyms mean


def read_aliases(text: str) -> Aliases:
    """The names in a TOML text: tables `names` and `capitals` of `acronym = [long names]`.

    Every name of a thing leads to its others; those in `capitals` are meant only in capitals. Raises InputError.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"The aliases are no TOML: {error}") from error
    found: dict[str, dict[str, None]] = {}  # the inner keys: names in order, each once
    for table in ("names", "capitals"):
        for short, longs in _table(tables, table).items():
            names = [short, *longs]
            for name in names:
                key = short if name == short and table == "capitals" else name.lower()
                found.setdefault(key, {}).update(dict.fromkeys(n for n in names if n != name))
    return {key: tuple(others) for key, others in found.items()}


def _table(tables: dict[str, Any], name: str) -> dict[str, list[str]]:
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise InputError(f"The aliases: {name} must be a table of acronym = [long names].")
    for short, longs in table.items():
        if not (isinstance(longs, list) and longs and all(isinstance(n, str) for n in longs)):
            raise InputError(f"The aliases: {short} needs a list of long names.")
    return table


def spell_out(text: str, aliases: Aliases) -> str:
    """`text` with the usual long name behind each acronym it knows, for a model that reads words better than letters."""
    return " ".join(_spelled(word, aliases) for word in text.split(" "))


def _spelled(word: str, aliases: Aliases) -> str:
    bare = word.strip(".,;:?!()")
    others = aliases.get(bare) or aliases.get(bare.lower()) or ()
    longer = next((other for other in others if len(other) > len(bare)), "")
    return f"{word} ({longer})" if longer else word
