"""From a read query to the tokens to look for: pure, the engine's tokenisers are passed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from kb.core.aliases import QUESTION
from kb.index.names import Names, other_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kb.core.query import Query

Analyse = Callable[[str], list[str]]

_PART = 0.25  # the weight of "speed" where "high-speed" was asked
_PAIR = 0.1  # of two neighbouring words found side by side, on top of finding each
_NAME = 0.5  # of another name of what was asked for
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
    tokens = tuple(stemmed(text)), tuple(plain(text))
    return tuple(Clause(t) for t in dict.fromkeys((*tokens, other_number(tokens[0]))) if t)


def _all(texts: Iterable[str], stemmed: Analyse, plain: Analyse) -> tuple[Wanted, ...]:
    return tuple(filter(None, (_forms(text, stemmed, plain) for text in texts)))


def _parts(wanted: Wanted) -> list[Wanted]:
    """The single words inside a hyphenated one, at a low weight."""
    whole = wanted[0].tokens
    return [(Clause((t,), _PART),) for t in whole if len(whole) > 1 and len(t) >= _MIN_PART]


def keep_telling(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without "the" and "of", unless there is nothing else."""
    return tuple(w for w in words if w.lower() not in _STOP) or words


def _pairs(forms: Sequence[Wanted]) -> Iterator[Wanted]:
    """Neighbouring words of the query side by side; of a word's forms the first."""
    for first, second in pairwise(forms):
        if first and second:
            yield (Clause(first[0].tokens + second[0].tokens, _PAIR),)


def _wanted(words: tuple[str, ...], stemmed: Analyse, plain: Analyse, names: Names) -> list[Wanted]:
    """Each telling word with its forms and other names, other names of several words together, and pairs."""
    tell = set(keep_telling(words))
    forms = [_forms(word, stemmed, plain) if word in tell else () for word in words]
    pairs = list(_pairs(forms))
    more: list[Wanted] = []
    asked = words if len(words) <= QUESTION else ()
    for match in names.find(asked, [tuple(stemmed(word)) for word in asked]):
        others = tuple(Clause(tokens, _NAME) for tokens in match.others)
        if match.end - match.first == 1:
            forms[match.first] += others
        else:
            more.append(others)
    wanted = list(filter(None, forms))
    return [*wanted, *more, *(part for found in wanted for part in _parts(found)), *pairs]


def plan_query(query: Query, stemmed: Analyse, plain: Analyse, names: Names | None = None) -> Plan:
    """What `query` asks for in tokens. A text without any token (punctuation) asks for nothing."""
    names = names or Names({}, stemmed)
    return Plan(
        all_of=_all(query.phrases, stemmed, plain),
        any_of=tuple(_wanted(query.words, stemmed, plain, names)),
        none_of=_all(query.excluded, stemmed, plain),
    )
