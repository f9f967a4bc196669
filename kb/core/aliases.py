"""Other names of one thing: CTC and connectionist temporal classification.

As a mapping from a name to its other names. A key in small letters is meant however it is typed; a key with capitals
only as it stands, because in small letters it is another word (PER, LAS).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kb.core.abbreviations import are_initials
from kb.core.matcher import is_acronym
from kb.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

Aliases = Mapping[str, tuple[str, ...]]
_WORDS = re.compile(r"[ /-]+")
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


def merge_aliases(
    listed: Aliases, concepts: Iterable[tuple[str, Iterable[tuple[str, bool]]]]
) -> Aliases:
    """`listed`, and of concepts, (name, [(alias, ambiguous), …]) each, the acronyms that their names spell.

    Other aliases say the same only nearly (a concept of metrics bears "accuracy" and "ROC curve"), which is enough to know
    an article by, and too little to look for one instead of the other. An ambiguous acronym is meant only in capitals.
    """
    found = {key: dict.fromkeys(others) for key, others in listed.items()}
    for name, aliases in concepts:
        for alias, ambiguous in aliases:
            if is_acronym(alias) and are_initials(_WORDS.split(name), alias):
                found.setdefault(alias if ambiguous else alias.lower(), {}).setdefault(name.lower())
                found.setdefault(name.lower(), {}).setdefault(alias)
    return {key: tuple(others) for key, others in found.items()}


def spell_out(text: str, aliases: Aliases) -> str:
    """`text` with the usual long name behind each acronym it knows, for a model that reads words better than letters."""
    return " ".join(_spelled(word, aliases) for word in text.split(" "))


def _spelled(word: str, aliases: Aliases) -> str:
    bare = word.strip(".,;:?!()")
    others = aliases.get(bare) or aliases.get(bare.lower()) or ()
    longer = next((other for other in others if len(other) > len(bare)), "")
    return f"{word} ({longer})" if longer else word
