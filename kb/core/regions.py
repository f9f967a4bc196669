"""Names for the regions of a map: what the articles of each have in common, and others have not."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

from kb.core.usual import GENERAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FEWEST = 3  # articles that must share what names them
SHARE = 0.2  # of a region's articles
WORDS = 2  # of a name made of words
_WORD = re.compile(r"[^\W\d_][\w-]{2,}")


def name_regions(
    regions: Sequence[int], tags: Sequence[Iterable[str]], titles: Sequence[str]
) -> dict[int, str]:
    """Region -> its name, for those that have one; `regions`, `tags` and `titles` are parallel, an article each.

    A tag (concept or topic) names a region by how many of its articles have it, times the log of how much more often that is
    than everywhere (its part of the Kullback-Leibler divergence). Where no tag is shared by enough of them, two words of
    their titles do. No two regions have one name.
    """
    size = Counter(regions)
    found: dict[int, str] = {}
    by_tag = _scores(regions, [set(own) for own in tags])
    by_word = _scores(regions, [_words(title) for title in titles])
    for region, number in size.most_common():
        enough = max(FEWEST, SHARE * number)
        free = [tag for tag, n in by_tag.get(region, ()) if n >= enough and tag not in found.values()]  # fmt: skip
        if free:
            found[region] = free[0]
            continue
        words = [word for word, n in by_word.get(region, ()) if n >= FEWEST][:WORDS]
        name = ", ".join(words)
        if name and name not in found.values():
            found[region] = name
    return found


def _scores(
    regions: Sequence[int], marks: Sequence[set[str]]
) -> Mapping[int, list[tuple[str, int]]]:
    """Region -> (mark, articles that have it), the most telling first."""
    everywhere = Counter(mark for own in marks for mark in own)
    total = len(regions)
    here: dict[int, Counter[str]] = {}
    for region, own in zip(regions, marks, strict=True):
        here.setdefault(region, Counter()).update(own)
    size = Counter(regions)

    def telling(region: int, mark: str, number: int) -> float:
        usual = everywhere[mark] / total
        return number * math.log((number / size[region]) / usual)

    return {
        region: sorted(
            counts.items(), key=lambda pair: (-telling(region, pair[0], pair[1]), pair[0])
        )
        for region, counts in here.items()
    }


def _words(title: str) -> set[str]:
    return {word for word in map(str.casefold, _WORD.findall(title)) if word not in GENERAL}
