"""The bundled content, loaded into the tables: what is missing is added, what nobody has touched follows its file.

A row is known by its slug, also by one that it had before. What a person changed, or deleted, is left as it is.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from kb.core.items import ItemKind, item_id
from kb.core.labels import FACETS
from kb.core.starter import FORMS, Content, Entry, read_content
from kb.errors import InputError
from kb.models import AuditEntry, OldSlug
from kb.selectors.findable import FINDABLE
from kb.services import concepts, impressions, lists, questions, resources, topics
from kb.services.facets import say_labels
from kb.services.passages import renewed_at_the_end
from kb.services.sources import add_source, asked_address, tidy_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    Step = Callable[[str, int, int], None]
    Ids = Mapping[str, Mapping[str, int]]

NOON = dt.time(12, tzinfo=dt.UTC)


@dataclass(slots=True)
class Loaded:
    """What happened to the entries of one kind; `edited` and `deleted` were left alone."""

    kind: str
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    edited: int = 0
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class _Kind:
    """How entries of one kind become rows: words for its service, made from an entry and the ids of what it names."""

    item: ItemKind
    words: Callable[[Entry, Ids], dict[str, Any]]
    add: Callable[..., Any]
    update: Callable[..., Any]
    publish: Callable[..., Any] | None = None


def read_folder(folder: Path) -> Content:
    """The bundled content below a folder, with its problems. InputError where there is no such folder."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder")
    paths = sorted(folder.rglob("*.toml"))
    return read_content({str(p.relative_to(folder).as_posix()): p.read_bytes() for p in paths})


def load_starter(*, folder: Path, on_step: Step = lambda *_: None) -> list[Loaded]:
    """Load all of a folder, a transaction a kind; `on_step` is told the kind, how many are done, and of how many.

    InputError, with a line a problem, where anything is wrong with the files: then nothing is loaded.
    """
    content = read_folder(folder)
    if content.problems:
        raise InputError("\n".join(content.problems))
    ids: dict[str, dict[str, int]] = {}
    done = []
    for kind in FORMS:
        entries = content.entries[kind]
        if kind == "source":
            done.append(_load_sources(entries, _names(content), on_step))
        else:
            ids[kind], loaded = _Run(kind, entries, ids, on_step).load()
            done.append(loaded)
    return done


@dataclass(slots=True)
class _Run:
    """Loading one kind: first all that is missing, so that entries can refer to each other, then what changed."""

    kind: str
    entries: tuple[Entry, ...]
    ids: dict[str, dict[str, int]]
    on_step: Step
    done: Loaded = field(init=False)

    def load(self) -> tuple[dict[str, int], Loaded]:
        self.done = Loaded(self.kind)
        with transaction.atomic(), renewed_at_the_end():
            self._load()
        return self.ids[self.kind], self.done

    def _load(self) -> None:
        how = KINDS[self.kind]
        rows = _rows(how.item, self.entries)
        own = self.ids[self.kind] = {slug: row.pk for slug, row in rows.items() if row}
        total, fresh = len(self.entries), set()
        for entry in _parents_first(self.entries):
            if entry.slug in rows:
                continue
            at = _moment(entry)
            dated = {"now": at} if how.publish else {}
            words = how.words(entry, self.ids) | {"starter_hash": entry.hash}
            row = self._tried(entry, how.add, acting_user=None, **dated, **words)
            rows[entry.slug], own[entry.slug] = row, row.pk
            fresh.add(entry.slug)
        for number, entry in enumerate(self.entries, 1):
            row = rows[entry.slug]
            if row is None:
                self.done.deleted += 1
            elif entry.slug in fresh:
                self._finish(how, entry, row.pk)
                self.done.added += 1
            elif row.starter_hash == entry.hash:
                self.done.unchanged += 1
            elif not row.starter_hash:
                self.done.edited += 1
            else:
                self._update(how, entry, row.pk)
                self.done.updated += 1
            self.on_step(self.kind, number, total)

    def _finish(self, how: _Kind, entry: Entry, pk: int) -> None:
        """What refers to others of its kind can be said now, and all of it shown."""
        self._update(how, entry, pk)
        if how.publish:
            at = _moment(entry)
            self._tried(entry, how.publish, **{f"{self.kind}_id": pk}, acting_user=None, now=at)

    def _update(self, how: _Kind, entry: Entry, pk: int) -> None:
        words = how.words(entry, self.ids) | {"starter_hash": entry.hash}
        self._tried(entry, how.update, **{f"{self.kind}_id": pk}, acting_user=None, **words)
        labels = _labels(entry)
        self._tried(entry, say_labels, item=item_id(how.item, pk), names=labels, acting_user=None)

    def _tried(self, entry: Entry, act: Callable[..., Any], **given: Any) -> Any:
        try:
            return act(**given)
        except InputError as error:
            raise InputError(f"{entry.place}: {error}; no {self.kind} was loaded") from error


def _rows(kind: ItemKind, entries: Iterable[Entry]) -> dict[str, Any]:
    """Slug -> its row, for those that are or were there; None for what was deleted."""
    slugs = {entry.slug for entry in entries}
    model: Any = FINDABLE[kind].model
    old = OldSlug.objects.filter(kind=kind, slug__in=slugs).values_list("slug", "pk_now")
    moved = dict(old)
    there = model.objects.in_bulk(moved.values())
    now = {row.slug: row for row in model.objects.filter(slug__in=slugs)}
    return {slug: there.get(pk) for slug, pk in moved.items()} | now


def _parents_first(entries: tuple[Entry, ...]) -> list[Entry]:
    parents = {entry.slug: entry.said.get("parent") for entry in entries}

    def depth(slug: str | None) -> int:
        return 1 + depth(parents.get(slug)) if slug else 0

    return sorted(entries, key=lambda entry: depth(entry.slug))


def _moment(entry: Entry) -> dt.datetime:
    return dt.datetime.combine(entry.published, NOON) if entry.published else timezone.now()


def _labels(entry: Entry) -> set[str]:
    said = entry.said
    facets = {f"{facet}:{said[facet]}" for facet in FACETS if facet in said and facet != "kind"}
    kinds = {f"kind:{said['kind']}"} if entry.kind == "resource" else set()
    # a topic is not about itself
    return facets | kinds | {f"topic:{slug}" for slug in said.get("topics", ())}


def _columns(entry: Entry, names: str) -> dict[str, Any]:
    """These fields as the file says them, stripped; one that it does not say keeps what the table takes for granted."""
    said = {name: entry.said[name] for name in ("slug", *names.split()) if name in entry.said}
    return {k: v.strip() if isinstance(v, str) else v for k, v in said.items()}


def _ids(known: Mapping[str, int], slugs: Iterable[str]) -> list[int]:
    """Row ids, sorted; without what was deleted here, or is not there yet."""
    return sorted({known[slug] for slug in slugs if slug in known})


def _topic(entry: Entry, ids: Ids) -> dict[str, Any]:
    parent = ids["topic"].get(entry.said.get("parent", ""))
    return _columns(entry, "name position summary about") | {"parent_id": parent}


def _resource(entry: Entry, _: Ids) -> dict[str, Any]:
    return _columns(entry, "kind title authors year venue licence url minutes")


def _concept(entry: Entry, ids: Ids) -> dict[str, Any]:
    said = entry.said
    unsure = set(said.get("ambiguous", ()))
    own = ids["concept"]
    return _columns(entry, "name summary body level goals open_questions") | {
        "ambiguous": said["name"] in unsure,
        "aliases": [{"name": n, "ambiguous": n in unsure} for n in said.get("aliases", ())],
        "needs": _ids(own, said.get("requires", ())),
        "related": _ids(own, said.get("related", ())),
        "resources": [
            concepts.Chosen(ids["resource"][one["resource"]], one["why"].strip())
            for one in said.get("resources", ())
            if one["resource"] in ids["resource"]
        ],
    }


def _impression(entry: Entry, ids: Ids) -> dict[str, Any]:
    names = "verdict for_whom prerequisites liked disliked notes hours level"
    return _columns(entry, names) | {"resource_id": ids["resource"].get(entry.said["resource"], 0)}


def _question(entry: Entry, ids: Ids) -> dict[str, Any]:
    said = entry.said
    return _columns(entry, "title details answer misconceptions") | {
        "related": _ids(ids["question"], said.get("related", ())),
        "concepts": _ids(ids["concept"], said.get("concepts", ())),
    }


def _list(entry: Entry, ids: Ids) -> dict[str, Any]:
    readings = [_reading(item, ids) for item in entry.said["item"]]
    return _columns(entry, "title kind summary") | {"readings": [one for one in readings if one]}


def _reading(item: Mapping[str, Any], ids: Ids) -> lists.Reading | None:
    """A place of a list; None where what it points at was deleted here, or is another list that is not there yet."""
    points: dict[str, Any] = {"url": item.get("url", "")}
    if target := item.get("target"):
        kind, _, slug = target.partition(":")
        if slug not in ids[kind]:
            return None
        points = {"item": item_id(KINDS[kind].item, ids[kind][slug])}
    return lists.Reading(
        **points,
        title=item.get("title", ""),
        section=item.get("section", ""),
        minutes=item.get("minutes"),
        commentary=item["commentary"].strip(),
    )


KINDS = {
    "topic": _Kind(ItemKind.TOPIC, _topic, topics.add_topic, topics.update_topic),
    "resource": _Kind(
        ItemKind.RESOURCE, _resource, resources.add_resource, resources.update_resource
    ),
    "concept": _Kind(
        ItemKind.CONCEPT,
        _concept,
        concepts.add_concept,
        concepts.update_concept,
        concepts.publish_concept,
    ),
    "impression": _Kind(
        ItemKind.IMPRESSION,
        _impression,
        impressions.add_impression,
        impressions.update_impression,
        impressions.publish_impression,
    ),
    "question": _Kind(
        ItemKind.QUESTION,
        _question,
        questions.add_question,
        questions.update_question,
        questions.publish_question,
    ),
    "list": _Kind(ItemKind.LIST, _list, lists.create_list, lists.update_list, lists.publish_list),
}


def _names(content: Content) -> dict[str, str]:
    return {entry.slug: entry.said["name"] for entry in content.entries["topic"]}


@transaction.atomic
def _load_sources(entries: tuple[Entry, ...], names: Mapping[str, str], on_step: Step) -> Loaded:
    """Sources by the door of all others; the first topic of each is its category.

    One that was ever added is left as it is, whatever became of it since: paused, moved, or deleted.
    """
    done = Loaded("source")
    before = AuditEntry.objects.filter(action="add source").values_list("detail__url", flat=True)
    known = set(before)
    for number, entry in enumerate(entries, 1):
        said = entry.said
        try:
            options = said.get("options", {})
            url, _ = asked_address(tidy_address(said["url"]), said["kind"], options)
            new = (
                url not in known
                and add_source(
                    url=said["url"],
                    title=said["title"],
                    home_url=said.get("home", ""),
                    category=next((names[slug] for slug in said.get("topics", ())), ""),
                    kind=said["kind"],
                    options=options,
                    language=said.get("language", ""),
                )[1]
            )
        except InputError as error:
            raise InputError(f"{entry.place}: {error}; no source was loaded") from error
        done.added += bool(new)
        done.unchanged += not new
        on_step("source", number, len(entries))
    return done
