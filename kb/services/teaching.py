"""Models taught by what curators say, and put to use only where they do better than what they replace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from kb.core.items import ItemKind, item_id, split
from kb.core.labels import FACETS, NOT_FIELD, RELEVANCE
from kb.core.logistic import log_loss, sigmoid
from kb.core.teaching import Lesson, Taught, apply, teach
from kb.models import Article, Label, TopicModel
from kb.selectors.judge import PREFIX, Judge, active_models, build_judge, read_contents
from kb.services.audit import record
from kb.services.labelling import forget_labels
from kb.services.leases import lease

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from kb.core.labels import Content, Guess

UNSAID = 1000  # articles that nobody has judged, the newest
NEW = 10  # sayings since the last version; fewer are not worth another
SILENT = 0.5  # how much it counts that a curator who said the topics of an article left one out
ENOUGH = 10  # sayings that the last version has not seen, to compare it by


@dataclass(frozen=True, slots=True)
class Saying:
    """What was said of one label of one article, how much it counts, and when, where that is known."""

    truth: bool
    count: float = 1.0
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of teaching one label: the version made, whether it is in use now, and a sentence that says why."""

    name: str
    version: int
    used: bool
    why: str


def sayings() -> dict[str, dict[int, Saying]]:
    """Label -> article -> what curators said: labels and refusals, and whether an article is about the field.

    Who said the topics of an article said all of them: the others count as refused, a little less. An article that a
    person published is about the field; one that a person hid as not about it is not; other reasons say nothing.
    """
    found: dict[str, dict[int, Saying]] = {}
    people: dict[int, set[str]] = {}
    first = item_id(ItemKind.LIST, 0)  # articles come before all other kinds
    rows = Label.objects.filter(origin=Label.Origin.CURATOR, item__lt=first)
    for row in rows.iterator():
        pk = split(row.item)[1]
        found.setdefault(row.name, {})[pk] = Saying(not row.refused, at=row.at)
        if row.user_id and row.name.startswith(PREFIX):
            people.setdefault(pk, set()).add(row.name)
    topics = [name for name in found if name.startswith(PREFIX)]
    for pk in people:
        for name in topics:
            found[name].setdefault(pk, Saying(truth=False, count=SILENT))
    said = Article.objects.filter(state_is_said=True)
    shown = said.filter(state=Article.State.PUBLISHED).values_list("pk", flat=True)
    hidden = said.filter(state=Article.State.HIDDEN, hidden_reason__startswith=NOT_FIELD)
    found[RELEVANCE] = dict.fromkeys(shown, Saying(truth=True)) | dict.fromkeys(
        hidden.values_list("pk", flat=True), Saying(truth=False)
    )
    return found


def teach_models(*, space: str, on_label: Callable[[str], object] | None = None) -> list[Outcome]:
    """Teach each label of which enough was said since its last version; returns what came of it. [] while somebody else
    is at it. Where a model was put to use, all articles wait to be labelled anew."""
    with lease("teach") as held:
        if held is None:
            return []
        said, judge = sayings(), build_judge(space).without_models()
        due = {
            name: told
            for name, told in said.items()
            if _is_due(name, len(told)) and _is_known(name, judge)
        }
        if not due:
            return []
        pks = sorted({pk for told in due.values() for pk in told} | set(_unsaid(due)))
        rows = _Rows(read_contents(pks, space), judge)
        outcomes = []
        for name, told in sorted(due.items()):
            if on_label:
                on_label(name)
            if outcome := _teach(name, told, rows, space):
                outcomes.append(outcome)
            held.renew()
        if any(outcome.used for outcome in outcomes):
            forget_labels()
        return outcomes


def _is_known(name: str, judge: Judge) -> bool:
    return name == RELEVANCE or name.partition(":")[0] in FACETS or name in judge.themes.names


def _is_due(name: str, count: int) -> bool:
    last = TopicModel.objects.filter(name=name).order_by("-version").first()
    return count >= (last.examples if last else 0) + NEW


def _unsaid(due: Mapping[str, Mapping[int, Saying]]) -> Sequence[int]:
    said = {pk for told in due.values() for pk in told}
    newest = Article.objects.filter(labelled_at__isnull=False, state=Article.State.PUBLISHED)
    pks = newest.order_by("-pk").values_list("pk", flat=True)[: UNSAID + len(said)]
    return [pk for pk in pks if pk not in said][:UNSAID]


class _Rows:
    """Articles with vectors, judged cold once for all labels."""

    def __init__(self, contents: Mapping[int, Content], judge: Judge) -> None:
        self.pks = [pk for pk, content in contents.items() if content.vector is not None]
        vectors = [contents[pk].vector for pk in self.pks]
        self.vectors = (
            np.stack([v for v in vectors if v is not None])
            if vectors
            else np.zeros((0, 0), np.float32)
        )
        self._guesses: list[dict[str, Guess]] = [
            {guess.name: guess for guess in judge.guesses(contents[pk])} for pk in self.pks
        ]

    def lesson(self, name: str, told: Mapping[int, Saying]) -> Lesson:
        cold = np.array([g[name].margin if name in g else 0.0 for g in self._guesses], np.float32)
        rows = [told.get(pk) for pk in self.pks]
        return Lesson(
            vectors=self.vectors,
            cold=cold,
            truth=np.array([float(bool(s and s.truth)) for s in rows], np.float32),
            said=np.array([s is not None for s in rows], bool),
            counts=np.array([s.count if s else 0.0 for s in rows], np.float32),
        )


def _teach(name: str, told: Mapping[int, Saying], rows: _Rows, space: str) -> Outcome | None:
    lesson = rows.lesson(name, told)
    taught = teach(lesson)
    if taught is None:
        return None
    last = TopicModel.objects.filter(name=name, space=space, active=True).first()
    better, why, metrics = _compare(taught, lesson, told, rows.pks, last, space)
    return _keep(name, space, taught, used=better, why=why, metrics=metrics)


def _compare(
    taught: Taught,
    lesson: Lesson,
    told: Mapping[int, Saying],
    pks: Sequence[int],
    last: TopicModel | None,
    space: str,
) -> tuple[bool, str, dict[str, float]]:
    """Whether it does better on what it has not seen than the cold start, and than the model in use on what came after
    that one."""
    metrics = {"loss": taught.loss, "cold_loss": taught.cold_loss, "auc": taught.auc}
    if taught.loss >= taught.cold_loss:
        return (
            False,
            f"no better than the cold start ({taught.loss:.3f} against {taught.cold_loss:.3f})",
            metrics,
        )
    said = np.flatnonzero(lesson.said)
    later = _said_after(last, told, [pks[int(at)] for at in said])
    if last is None or later.sum() < ENOUGH:
        return (
            True,
            f"better than the cold start ({taught.loss:.3f} against {taught.cold_loss:.3f})",
            metrics,
        )
    rows = said[later]
    weights = active_models(space)[last.name].weights
    old = log_loss(
        sigmoid(apply(weights, lesson.vectors[rows], lesson.cold[rows])), lesson.truth[rows]
    )
    new = log_loss(sigmoid(taught.unseen[later]), lesson.truth[rows])
    metrics |= {"last_loss": old, "loss_beside_last": new}
    if new > old:
        return (
            False,
            f"version {last.version} does better on what came after it ({old:.3f} against {new:.3f})",
            metrics,
        )
    return (
        True,
        f"better than version {last.version} on what came after it ({new:.3f} against {old:.3f})",
        metrics,
    )


def _said_after(
    last: TopicModel | None, told: Mapping[int, Saying], pks: Sequence[int]
) -> NDArray[np.bool_]:
    times = [told[pk].at for pk in pks]
    return np.array([bool(last and at and at > last.made_at) for at in times], bool)


@transaction.atomic
def _keep(
    name: str, space: str, taught: Taught, *, used: bool, why: str, metrics: dict[str, float]
) -> Outcome:
    newest = TopicModel.objects.filter(name=name).aggregate(newest=Max("version"))["newest"] or 0
    if used:
        TopicModel.objects.filter(name=name, active=True).update(active=False)
    made = TopicModel.objects.create(
        name=name,
        version=newest + 1,
        space=space,
        made_at=timezone.now(),
        active=used,
        examples=taught.examples,
        metrics={k: round(v, 4) for k, v in metrics.items()} | {"why": why},
        weights=taught.weights.astype("<f4").tobytes(),
    )
    record(action="teach", subject=str(made), user=None, used=used, why=why)
    return Outcome(name, made.version, used, why)
