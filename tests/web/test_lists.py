"""The services and counts behind lists and the overview."""

from __future__ import annotations

from dataclasses import fields

import pytest

from kb.errors import InputError
from kb.models import AuditEntry, Change, Generation, Passage, ReadingList
from kb.selectors.overview import Overview, current_space, overview
from kb.services import lists
from tests.web import factories
from tests.web.factories import NOW

pytestmark = pytest.mark.django_db


def test_list_is_made_filled_published_and_emptied():
    user = factories.superuser()
    made = lists.create_list(title=" First steps ", acting_user=user)
    assert (made.slug, made.title, made.published_at) == ("first-steps", "First steps", None)
    article = factories.article()
    item, new = lists.add_to_list(
        list_id=made.pk, article_id=article.pk, commentary="Why", acting_user=user
    )
    again, second = lists.add_to_list(
        list_id=made.pk, article_id=article.pk, commentary="No", acting_user=user
    )
    assert (new, second, again.pk, again.commentary) == (True, False, item.pk, "Why")
    assert lists.publish_list(list_id=made.pk, acting_user=user, now=NOW).published_at == NOW
    assert lists.publish_list(list_id=made.pk, acting_user=user).published_at == NOW
    lists.remove_item(item_id=item.pk, acting_user=user)
    lists.remove_item(item_id=item.pk, acting_user=user)
    actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert actions == ["create list", "add to list", "publish list", "remove from list"]


def test_items_follow_each_other():
    made = lists.create_list(title="A", acting_user=None)
    items = [
        lists.add_to_list(list_id=made.pk, article_id=factories.article().pk, acting_user=None)[0]
        for _ in range(3)
    ]
    assert [item.position for item in items] == [0, 1, 2]


def test_same_titles_get_addresses_of_their_own():
    slugs = [lists.create_list(title="语音", acting_user=None).slug for _ in range(3)]
    assert slugs == ["list", "list-2", "list-3"]


def test_what_cannot_be_is_refused_and_nothing_is_stored():
    made = lists.create_list(title="A", acting_user=None)
    other = lists.create_list(title="B", acting_user=None)
    for act in (
        lambda: lists.create_list(title=" ", acting_user=None),
        lambda: lists.update_list(list_id=made.pk, slug=other.slug, acting_user=None),
        lambda: lists.add_to_list(list_id=made.pk, article_id=0, acting_user=None),
        lambda: lists.publish_list(list_id=0, acting_user=None),
    ):
        with pytest.raises(InputError):
            act()
    assert ReadingList.objects.count() == 2


def test_overview_counts_what_there_is(django_assert_max_num_queries):
    article = factories.article()
    factories.article(state="hidden")
    factories.source(failures=1)
    factories.reading_list()
    factories.reading_list(published_at=None)
    for number, space in enumerate(("old", "new", "")):
        Passage.objects.create(
            item=article.pk, ordinal=number, text="x", hash=str(number), encoded_in=space
        )
    Generation.objects.create(
        number=4, space="new", items=9, vectors=9, last_change=1, seconds=1, created_at=NOW
    )
    for _ in range(2):
        Change.objects.create(item=article.pk)
    with django_assert_max_num_queries(len(fields(Overview))):  # one a count
        counts = overview(current_space())
    assert (counts.sources, counts.entries, counts.articles, counts.lists) == (3, 2, 1, 1)
    assert (counts.passages, counts.embedded, counts.indexed) == (3, 1, 9)
    assert (counts.pending, counts.failing, counts.generation) == (5, 1, 4)


def test_only_curators_see_which_links_are_broken(client, db):
    from kb.models import LinkCheck, ReadingListItem

    made = factories.reading_list("A list", factories.article())
    url = "https://gone.example/page"
    ReadingListItem.objects.create(reading_list=made, url=url, title="Gone", position=9)
    LinkCheck.objects.create(
        url=url, checked_at=factories.NOW, broken_since=factories.NOW, status=404,
        error="The server answered 404 Not Found",
    )  # fmt: skip
    path = made.get_absolute_url()
    assert b"404 Not Found" not in client.get(path).content
    client.force_login(factories.superuser())
    page = client.get(path)
    assert b"404 Not Found" in page.content
    assert "Cookie" in page.headers["Vary"]
