"""From a read query to the tokens to look for: pure, the engine's tokenisers are passed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kb.core.query import Query

Analyse = Callable[[str], list[str]]

_PART = 0.25  # the weight of "speed" where "high-speed" was asked
_MIN_PART = 3  # letters; the T of RNN-T says nothing alone
# In a question they only cost time: BM25 gives them next to nothing.
_STOP = frozenset(
    "a about an and are as at be been but by can could did do does for from had has have how i in into is it its me my "  # noqa: SIM905 - a list of words is read best as words
    "of on or our should so such than that the their them then there these they this those to was we were what when "
    "where which who why will with would you your".split()
)


@dataclass(frozen=True, slots=True)
class Clause:
    """Tokens that stand side by side, and how much finding them counts."""

    tokens: tuple[str, ...]
    weight: float = 1.0


Wanted = tuple[Clause, ...]  # spellings of one thing: one of them is enough


@dataclass(frozen=True, slots=True)
class Plan:
    """`all_of` must be there, `any_of` is wanted, `none_of` must not be there."""

    all_of: tuple[Wanted, ...]
    any_of: tuple[Wanted, ...]
    none_of: tuple[Wanted, ...]


def _forms(text: str, stemmed: Analyse, plain: Analyse) -> Wanted:
    tokens = dict.fromkeys((tuple(stemmed(text)), tuple(plain(text))))
    return tuple(Clause(t) for t in tokens if t)


def _all(texts: Iterable[str], stemmed: Analyse, plain: Analyse) -> tuple[Wanted, ...]:
    return tuple(filter(None, (_forms(text, stemmed, plain) for text in texts)))


def _parts(wanted: Wanted) -> list[Wanted]:
    """The single words inside a hyphenated one, at a low weight."""
    whole = wanted[0].tokens
    return [(Clause((t,), _PART),) for t in whole if len(whole) > 1 and len(t) >= _MIN_PART]


def keep_telling(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without "the" and "of", unless there is nothing else."""
    return tuple(w for w in words if w.lower() not in _STOP) or words


def plan_query(query: Query, stemmed: Analyse, plain: Analyse) -> Plan:
    """What `query` asks for in tokens. A text without any token (punctuation) asks for nothing."""
    words = _all(keep_telling(query.words), stemmed, plain)
    return Plan(
        all_of=_all(query.phrases, stemmed, plain),
        any_of=(*words, *(part for wanted in words for part in _parts(wanted))),
        none_of=_all(query.excluded, stemmed, plain),
    )
