"""What readers keep: marks, tags, folders, mutes, what is unread of what they follow. On both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.core.items import ItemKind, item_id
from kb.errors import InputError
from kb.models import Follow, Mark, Tag, User
from kb.selectors import following
from kb.selectors import marks as kept
from kb.selectors import mutes as muted
from kb.services import folders, marks, mutes, readers
from tests.web import factories
from tests.web.factories import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(hours=1)


@pytest.fixture
def mei():
    return User.objects.create_user("mei")


@pytest.fixture
def article():
    return factories.article()


def mark(user, *articles, now=NOW, **said):
    ids = [one.pk for one in articles]
    return marks.set_marks(acting_user=user, article_ids=ids, now=now, **said)


def of(user, article):
    return kept.marks(user.pk, [article.pk])[article.pk]


def test_a_mark_is_set_and_never_toggled(mei, article):
    for _ in range(2):
        mark(mei, article, starred=True, now=NOW)
    mark(mei, article, starred=True, now=LATER)
    assert Mark.objects.get().starred_at == NOW
    mark(mei, article, read=True)
    assert of(mei, article) == kept.Marked(read=True, starred=True)
    mark(mei, article, starred=False, now=LATER)
    assert of(mei, article) == kept.Marked(read=True)
    assert Mark.objects.get().changed_at == LATER


def test_marks_are_their_readers_own(mei, article):
    other = User.objects.create_user("other")
    mark(mei, article, queued=True)
    assert of(other, article) == kept.NOTHING
    mark(other, article, queued=False)
    assert of(mei, article).queued


def test_what_readers_cannot_see_gets_no_mark(mei):
    hidden = factories.article(state="hidden")
    mark(mei, hidden, read=True)
    marks.set_marks(acting_user=mei, article_ids=[1 << 40], read=True, now=NOW)
    assert not Mark.objects.exists()


def test_many_articles_are_marked_in_a_few_queries(mei):
    made = [factories.article() for _ in range(20)]
    counts = []
    for some in (made[:5], made[5:]):
        with CaptureQueriesContext(connection) as queries:
            mark(mei, *some, read=True, starred=True)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert Mark.objects.filter(read_at=NOW, starred_at=NOW).count() == 20


def test_shelves_have_what_came_last_first(mei):
    first, second = factories.article("First"), factories.article("Second")
    mark(mei, second, queued=True)
    mark(mei, first, queued=True, now=LATER)
    rows = kept.shelf(mei.pk, "queued")
    assert [story.title for story in kept.page_of(rows, limit=5)] == ["First", "Second"]
    assert not kept.shelf(mei.pk, "starred").exists()


def test_reading_in_one_go_is_taken_back_alone(mei, article):
    other = factories.article()
    mark(mei, other, read=True)
    mark(mei, article, other, read=True, now=LATER)
    assert marks.unread_since(acting_user=mei, at=LATER) == 1
    assert of(mei, other).read
    assert not of(mei, article).read


def test_tags_file_an_article_once_whatever_their_case(mei, article):
    names = [" To  read ", "to read", "ASR/TTS", ""]
    said = marks.set_tags(acting_user=mei, article_id=article.pk, names=names, now=NOW)
    assert said == ("ASR TTS", "To read")
    assert of(mei, article).tags == said
    marks.set_tags(acting_user=mei, article_id=article.pk, names=["TO READ"], now=NOW)
    assert of(mei, article).tags == ("To read",)
    assert [(card.name, card.count) for card in kept.tags(mei.pk)] == [
        ("ASR TTS", 0),
        ("To read", 1),
    ]
    with pytest.raises(InputError):
        marks.set_tags(acting_user=mei, article_id=1 << 40, names=["x"], now=NOW)


def test_a_tag_that_takes_another_name_becomes_one_with_it(mei, article):
    other = factories.article()
    marks.set_tags(acting_user=mei, article_id=article.pk, names=["a"], now=NOW)
    marks.set_tags(acting_user=mei, article_id=other.pk, names=["b"], now=NOW)
    assert marks.rename_tag(acting_user=mei, name="a", to="B") == "b"
    assert kept.tagged(mei.pk, "b").count() == 2
    assert marks.rename_tag(acting_user=mei, name="b", to="c") == "c"
    assert Tag.objects.get().name == "c"


def test_a_removed_tag_comes_back_with_its_articles(mei, article):
    marks.set_tags(acting_user=mei, article_id=article.pk, names=["a", "b"], now=NOW)
    filed = marks.remove_tag(acting_user=mei, name="a")
    assert of(mei, article).tags == ("b",)
    marks.restore_tag(acting_user=mei, name="a", article_ids=filed, now=NOW)
    assert of(mei, article).tags == ("a", "b")
    with pytest.raises(InputError):
        marks.remove_tag(acting_user=User.objects.create_user("other"), name="a")


def test_what_was_kept_of_a_copy_is_kept_of_what_it_became_part_of(mei, article):
    copy, other = factories.article(), User.objects.create_user("other")
    mark(mei, copy, starred=True, queued=True)
    mark(mei, article, read=True, queued=True, now=LATER)
    marks.set_tags(acting_user=mei, article_id=copy.pk, names=["a"], now=NOW)
    mark(other, copy, read=True)
    factories.merged(article, copy)
    assert of(mei, article) == kept.Marked(read=True, starred=True, queued=True, tags=("a",))
    assert Mark.objects.get(user=mei, article=article).queued_at == LATER
    assert of(other, article).read


def test_folders_are_made_moved_deleted_and_brought_back(mei):
    source = factories.source()
    one, two, three = (folders.add_folder(acting_user=mei, name=n) for n in ("one", "two", "three"))
    assert folders.add_folder(acting_user=mei, name=" ONE ") == one
    folders.move_folder(acting_user=mei, folder_id=three.pk, by=-1)
    folders.move_folder(acting_user=mei, folder_id=one.pk, by=-1)
    names = [folder.name for folder in following.folders(mei.pk)]
    assert names == ["one", "three", "two"]
    follow = readers.follow(acting_user=mei, source_id=source.pk)
    assert follow
    folders.place_follows(acting_user=mei, follow_ids=[follow.pk], folder_id=three.pk)
    removed = folders.remove_folder(acting_user=mei, folder_id=three.pk)
    assert Follow.objects.get().folder is None
    folders.restore_folder(acting_user=mei, removed=removed)
    assert Follow.objects.get().folder.name == "three"
    assert [folder.name for folder in following.folders(mei.pk)] == ["one", "three", "two"]
    with pytest.raises(InputError):
        folders.rename_folder(acting_user=mei, folder_id=two.pk, name="One")
    other = User.objects.create_user("other")
    with pytest.raises(InputError):
        folders.remove_folder(acting_user=other, folder_id=two.pk)
    folders.place_follows(acting_user=other, follow_ids=[follow.pk], folder_id=None)
    assert Follow.objects.get().folder


def brought(user, now=NOW, **more):
    cards = following.followed(user.pk)
    found = following.unread(user.pk, cards, now, **more)
    return {card.title: sorted(found[card.id]) for card in cards}


def test_each_kind_that_is_followed_brings_what_belongs_to_it(mei):
    source, other = factories.source("A source"), factories.source("Carrier")
    concept, topic = factories.concept("CTC"), factories.topic("Models")
    below = factories.topic("Streaming", parent=topic)
    article = factories.article(
        "One", of=source, carried_by=[other], authors=["Łukasz  Kaiser", "Ada"]
    )
    second = factories.article("Two", authors=["Ada B."])
    factories.mention(article, concept)
    factories.label(second.pk, below)
    factories.label(article.pk, topic, refused=True)
    listed = factories.reading_list("A list", second)
    for kind, row in (
        (ItemKind.CONCEPT, concept),
        (ItemKind.TOPIC, topic),
        (ItemKind.LIST, listed),
    ):
        readers.follow(acting_user=mei, item=item_id(kind, row.pk))
    readers.follow(acting_user=mei, source_id=other.pk)
    readers.follow(acting_user=mei, person="łukasz kaiser")
    readers.follow(acting_user=mei, person="ADA")
    assert brought(mei) == {
        "CTC": [article.pk], "Models": [second.pk], "A list": [second.pk], "Carrier": [article.pk],
        "łukasz kaiser": [article.pk], "ADA": [article.pk],
    }  # fmt: skip


def test_what_is_read_muted_hidden_or_old_is_not_unread(mei):
    source = factories.source("S")
    readers.follow(acting_user=mei, source_id=source.pk)
    made = {
        name: factories.article(name, of=source, gist="")
        for name in ("left", "read", "A Kaggle contest", "hidden")
    }
    factories.article("old", of=source, at=NOW - dt.timedelta(days=31))
    made["hidden"].state = "hidden"
    made["hidden"].save()
    mark(mei, made["read"], read=True)
    mutes.add_mute(acting_user=mei, words="kaggle", now=NOW)
    assert brought(mei) == {"S": [made["left"].pk]}
    assert brought(mei, until=NOW - dt.timedelta(seconds=1)) == {"S": []}


def test_of_too_much_the_last_is_unread(mei, monkeypatch):
    monkeypatch.setattr(following, "MOST", 2)
    source = factories.source("S")
    readers.follow(acting_user=mei, source_id=source.pk)
    made = [factories.article(of=source).pk for _ in range(3)]
    assert brought(mei) == {"S": made[1:]}


def test_unread_is_found_in_as_many_queries_for_twice_as_much(mei):
    counts = []
    mutes.add_mute(acting_user=mei, words="x", now=NOW)
    for _ in range(2):
        for _ in range(4):
            concept = factories.concept(f"Concept {Follow.objects.count()}")
            topic, source = factories.topic(f"T {concept.pk}"), factories.source()
            article = factories.article(of=source, authors=["Ada"])
            factories.mention(article, concept)
            factories.label(article.pk, topic)
            readers.follow(acting_user=mei, item=item_id(ItemKind.CONCEPT, concept.pk))
            readers.follow(acting_user=mei, item=item_id(ItemKind.TOPIC, topic.pk))
            listed = factories.reading_list("L", article)
            readers.follow(acting_user=mei, item=item_id(ItemKind.LIST, listed.pk))
            readers.follow(acting_user=mei, source_id=source.pk)
            readers.follow(acting_user=mei, person=f"Ada {concept.pk}")
        with CaptureQueriesContext(connection) as queries:
            brought(mei)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_mutes_count_what_they_hide_of_a_week(mei):
    factories.article("A KAGGLE contest", gist="")
    factories.article("Kagglers meet", gist="at kaggle")
    factories.article("kaggle", at=NOW - dt.timedelta(days=8))
    assert mutes.add_mute(acting_user=mei, words="  Kaggle ", now=NOW) == "kaggle"
    mutes.add_mute(acting_user=mei, words="kaggle", now=NOW)
    assert [(card.words, card.hides) for card in muted.mutes(mei.pk, NOW)] == [("kaggle", 2)]
    for wrong in ("", " – ", "x" * 300):
        with pytest.raises(InputError):
            mutes.add_mute(acting_user=mei, words=wrong, now=NOW)
    mutes.remove_mute(acting_user=mei, words="kaggle")
    with pytest.raises(InputError):
        mutes.remove_mute(acting_user=mei, words="kaggle")
