"""The hub in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from kb.models import (
    Article,
    Change,
    Entry,
    Generation,
    Label,
    Mention,
    Merge,
    Passage,
    ReadingList,
    Source,
    Story,
)
from kb.selectors.progress import embedding_pace, embedding_progress


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts. `embedded` counts passages that have a vector in the space asked for, `indexed` the
    passages of the newest generation, `pending` the passages and articles that wait for either, `uncut` the articles
    among those, which have no passages yet; `mentions` counts articles that speak of a concept, once for each, `proposals`
    labels that no person said, `queued` articles that wait for a curator. `pace` is how many passages were encoded a second in the last minutes,
    `seconds_left` how long the rest takes at that; None when idle."""

    sources: int
    entries: int
    articles: int
    passages: int
    embedded: int
    indexed: int
    pending: int
    uncut: int
    failing: int
    generation: int
    lists: int
    stories: int
    merges: int
    mentions: int
    proposals: int
    queued: int
    pace: float | None
    seconds_left: float | None


def overview(space: str) -> Overview:
    """Count everything. Passages are looked up one by one: cache it where pages need it."""
    generation = Generation.objects.order_by("-number").first()
    passages, embedded = embedding_progress(space)
    pace = embedding_pace(space)
    waiting = Change.objects.values("item").distinct().count()
    uncut = Article.objects.filter(cut_at__isnull=True).count()
    return Overview(
        sources=Source.objects.exclude(state__in=(Source.State.GONE, Source.State.MOVED)).count(),
        entries=Entry.objects.count(),
        articles=Article.objects.filter(state=Article.State.PUBLISHED).count(),
        passages=passages,
        embedded=embedded,
        indexed=generation.vectors if generation else 0,
        pending=passages - embedded + waiting + uncut,
        uncut=uncut,
        failing=Source.objects.filter(state=Source.State.ACTIVE, failures__gt=0).count(),
        generation=generation.number if generation else 0,
        stories=Story.objects.count(),
        merges=Merge.objects.filter(undone_at=None).count(),
        mentions=Mention.objects.count(),
        proposals=Label.objects.filter(origin=Label.Origin.PROPOSED).count(),
        queued=Article.objects.filter(state=Article.State.QUEUED).count(),
        lists=ReadingList.objects.filter(published_at__isnull=False).count(),
        pace=pace,
        seconds_left=(passages - embedded) / pace if pace and embedded < passages else None,
    )


def current_space() -> str:
    """The space of the newest passage that has a vector; empty before the first. A new model begins with the newest."""
    encoded = Passage.objects.exclude(encoded_in="").order_by("-pk")
    return encoded.values_list("encoded_in", flat=True).first() or ""


def is_reachable() -> bool:
    """Ask the database for anything at all; raises what the database raises."""
    Source.objects.exists()
    return True


def newest_change() -> int:
    """The number of the newest change that the index is told of: another one means that something else can be found."""
    return Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
