"""What articles are labelled by, as it is now: topics, cues, where concepts are filed, and the models in use."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings

from kb.core.items import ItemKind, item_id, split
from kb.core.labels import RELEVANCE, Content, Cues, Guess, Theme, Themes, chance, read_cues
from kb.core.teaching import apply
from kb.models import Article, Label, Mention, Topic, TopicModel
from kb.selectors.prose import plain
from kb.selectors.vectors import mean_vectors

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

PREFIX = "topic:"


@dataclass(frozen=True, slots=True)
class Model:
    """A model in use: its row, and its weights (kb.core.teaching)."""

    id: int
    version: int
    weights: Vector


@dataclass(frozen=True, slots=True)
class Verdict:
    """One label's chance for an article, its cold guess, and the model that had the last word."""

    guess: Guess
    chance: float
    model: Model | None


@dataclass(frozen=True, slots=True)
class Told:
    """All there is to judge of one article, and every label's verdict, relevance included."""

    content: Content
    verdicts: Mapping[str, Verdict]


class Judge:
    """Labels articles. Holds the topics and models of one moment."""

    def __init__(self, themes: Themes, cues: Cues, models: Mapping[str, Model]) -> None:
        self.themes, self._cues, self._models = themes, cues, models

    def guesses(self, content: Content) -> list[Guess]:
        """Every label's cold guess."""
        topics = self.themes.guess(content)
        return [*topics, self.themes.relevance(content, topics), *self._cues.guess(content.text)]

    def without_models(self) -> Judge:
        """The cold start alone."""
        return Judge(self.themes, self._cues, {})

    def tell(self, content: Content) -> Told:
        """Every label's verdict: the cold guess, or what the model in use makes of it."""
        verdicts = (self._verdict(guess, content.vector) for guess in self.guesses(content))
        return Told(content, {v.guess.name: v for v in verdicts})

    def _verdict(self, guess: Guess, vector: Vector | None) -> Verdict:
        model = self._models.get(guess.name)
        if model is None or vector is None or len(model.weights) != len(vector) + 2:
            return Verdict(guess, chance(guess.margin), None)
        margins = apply(model.weights, vector[None], np.array([guess.margin], np.float32))
        return Verdict(guess, chance(float(margins[0])), model)


def build_judge(space: str) -> Judge:
    """The judge as topics and models in this space are now. Raises InputError where the bundled cues cannot be read."""
    topics = list(Topic.objects.all())
    vectors = mean_vectors([item_id(ItemKind.TOPIC, t.pk) for t in topics], space)
    themes = [
        Theme(
            f"{PREFIX}{t.slug}",
            f"{t.name} {plain(t.summary)} {plain(t.about)}",
            vectors.get(item_id(ItemKind.TOPIC, t.pk)),
        )
        for t in topics
    ]
    return Judge(Themes(themes), bundled_cues(), active_models(space))


@lru_cache(maxsize=1)
def bundled_cues() -> Cues:
    """Phrases that speak for facets, from the bundled list."""
    return read_cues((settings.BASE_DIR / "starter" / "facets.toml").read_text("utf-8"))


def active_models(space: str) -> dict[str, Model]:
    """Label -> the model in use."""
    rows = TopicModel.objects.filter(active=True, space=space)
    return {r.name: Model(r.pk, r.version, np.frombuffer(bytes(r.weights), "<f4")) for r in rows}


def read_contents(article_ids: Collection[int], space: str) -> dict[int, Content]:
    """What these articles are judged by."""
    rows = Article.objects.filter(pk__in=article_ids).select_related("source")
    articles = list(rows.only("title", "text", "source__category", "source__kind"))
    vectors = mean_vectors([a.pk for a in articles], space)
    concepts = _concepts_in(article_ids)
    filed = _filing({concept for found in concepts.values() for concept in found})
    topics = dict(Topic.objects.values_list("name", "slug"))
    found = {}
    for article in articles:
        about = concepts[article.pk]
        category = article.source.category if article.source else ""
        home = frozenset({f"{PREFIX}{topics[category]}"}) if category in topics else frozenset()
        found[article.pk] = Content(
            text=f"{article.title}\n\n{article.text}",
            vector=vectors.get(article.pk),
            concepts=len(about),
            filed=Counter(name for concept in about for name in filed[concept]),
            source=home,
        )
    return found


def _concepts_in(article_ids: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    rows = Mention.objects.filter(article__in=article_ids).order_by("pk")
    for article, concept in rows.values_list("article", "concept"):
        found[article].append(concept)
    return found


def _filing(concepts: set[int]) -> dict[int, list[str]]:
    """Concept -> the labels of topics that it stands under."""
    items = [item_id(ItemKind.CONCEPT, pk) for pk in concepts]
    rows = Label.objects.filter(item__in=items, refused=False, name__startswith=PREFIX)
    found: dict[int, list[str]] = defaultdict(list)
    for item, name in rows.values_list("item", "name"):
        found[split(item)[1]].append(name)
    return found


def parents() -> dict[str, list[str]]:
    """Topic label -> those of the topics above it, the nearest first."""
    rows = {pk: (slug, up) for pk, slug, up in Topic.objects.values_list("pk", "slug", "parent")}
    found: dict[str, list[str]] = {}
    for slug, up in rows.values():
        chain, at = [], up
        while at is not None:
            above, at = rows[at]
            chain.append(f"{PREFIX}{above}")
        found[f"{PREFIX}{slug}"] = chain
    return found


def relevance_of(told: Told) -> Verdict:
    """How sure it is that the article is about the field."""
    return told.verdicts[RELEVANCE]


def explain(told: Told, name: str, themes: Themes, nearest: Sequence[str]) -> dict[str, object]:
    """Why a label is proposed, for people: the nearest topics, the words that counted, concepts, the source, the model."""
    verdict = told.verdicts[name]
    why: dict[str, object] = {
        "model": f"version {verdict.model.version}" if verdict.model else "cold start"
    }
    if name.startswith(PREFIX):
        why |= {"nearest": list(nearest), "words": themes.told(told.content, name)}
        if count := (told.content.filed or {}).get(name):
            why["concepts"] = count
        if name in told.content.source:
            why["source"] = True
    else:
        why["words"] = sorted(verdict.guess.features, key=lambda w: -verdict.guess.features[w])[:6]
    return why
