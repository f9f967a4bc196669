"""Names of concepts, and what is known of them before any text is read."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.core.matcher import fold, is_acronym
from kb.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a concept. An ambiguous one means other things too; `odds` say how much likelier than other ambiguous
    names it means this one, as log-odds: what entity linking calls commonness (Milne and Witten, 2008)."""

    text: str
    ambiguous: bool = False
    odds: float = 0.0


@dataclass(frozen=True, slots=True)
class Senses:
    """What is known of names beforehand: phrases in which words are no names, and by concept (slug) and folded name how
    much likelier than others an ambiguous name is meant."""

    everyday: tuple[str, ...]
    odds: Mapping[str, Mapping[str, float]]


def read_senses(text: str) -> Senses:
    """From TOML: `everyday`, a list, and tables `odds.<slug>` of name = log-odds. Raises InputError."""
    try:
        told = tomllib.loads(text)
        odds = {
            slug: {folded_name(name): float(value) for name, value in names.items()}
            for slug, names in told.get("odds", {}).items()
        }
        return Senses(tuple(told["everyday"]), odds)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"The senses of names cannot be read: {error}") from error


def told_names(slug: str, ambiguous: Mapping[str, bool], senses: Senses) -> tuple[Name, ...]:
    """A concept's names, name -> whether it is ambiguous, with what is known of them beforehand."""
    odds = senses.odds.get(slug, {})
    return tuple(
        Name(n, a, odds.get(folded_name(n), 0.0) if a else 0.0) for n, a in ambiguous.items()
    )


def folded_name(name: str) -> str:
    """One spelling for all that the matcher takes for the same name."""
    return " ".join(fold(_singular(word)) for word in re.split(r"[\W_]+", name) if word)


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and is_acronym(word[:-1]) else word
