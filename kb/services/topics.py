"""The tree of the field's parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from django.db import transaction

from kb.core.prerequisites import cycle
from kb.errors import InputError
from kb.models import Topic
from kb.services import written
from kb.services.written import Words

if TYPE_CHECKING:
    from kb.models import User


class TopicWords(Words, total=False):
    """What a topic is made of; summary and about are Markdown."""

    name: str
    parent_id: int | None
    position: int
    summary: str
    about: str


@transaction.atomic
def add_topic(*, acting_user: User | None, **words: Unpack[TopicWords]) -> Topic:
    """A new topic, which readers see at once. InputError without a name, or below a topic that there is not."""
    slug = words.pop("slug", "") or words.get("name", "")
    return written.add(Topic(**words), slug=slug, acting_user=acting_user)


@transaction.atomic
def update_topic(
    *, topic_id: int, acting_user: User | None, note: str = "", **words: Unpack[TopicWords]
) -> Topic:
    """Change what is given. InputError where the topic would stand below itself."""
    found = written.locked(Topic, topic_id)
    parent = words.get("parent_id")
    if parent is not None:
        _check_tree(found, parent)
    written.change(found, words, acting_user=acting_user, note=note)
    return found


def _check_tree(topic: Topic, parent: int) -> None:
    parents = Topic.objects.exclude(parent=None).values_list("pk", "parent")
    if circle := cycle({pk: [above] for pk, above in parents if above}, topic.pk, parent):
        names = Topic.objects.in_bulk(circle)
        way = " → ".join(names[pk].name for pk in circle)
        raise InputError(f"{way}: a topic cannot stand below itself")
