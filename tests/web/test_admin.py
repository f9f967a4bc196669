"""The panel opens for every table, and its buttons go through the services."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from kb.core.items import ItemKind, item_id
from kb.models import (
    Article,
    AuditEntry,
    Change,
    Clue,
    Embedding,
    Generation,
    Highlight,
    Host,
    Lease,
    LinkCheck,
    Mention,
    Merge,
    Passage,
    Push,
    ReadingList,
    ReadingListItem,
    SavedSearch,
    Source,
    Story,
    StoryRule,
    Subscription,
    TopicModel,
    User,
)
from kb.services import (
    accounts,
    concepts,
    facets,
    folders,
    impressions,
    lists,
    marks,
    mutes,
    preferences,
    questions,
    readers,
    resources,
    topics,
)
from kb.services.authors import credit_authors
from tests.web import factories
from tests.web.factories import NOW

if TYPE_CHECKING:
    from django.db.models import Model
    from django.test import Client

HUB = [model for model in admin.site._registry if model._meta.app_label == "kb"]
MACHINE = {
    "articleauthor",
    "articlemap",
    "linkcheck",
    "push",
    "subscription",
    "check",
    "crawl",
    "entry",
    "passage",
    "embedding",
    "generation",
    "change",
    "lease",
    "auditentry",
    "merge",
    "clue",
    "story",
    "storyrule",
    "savedsearch",
    "revision",
    "label",
    "mention",
    "topicmodel",
    "oldslug",
    "listedition",
    "prerequisite",
    "conceptresource",
    "follow",
    "known",
    "progress",
    "folder",
    "tag",
    "mark",
    "mute",
    "highlight",
    "preferences",
    "invitation",
    "readinglistitem",
}


@pytest.fixture
def filled(db):
    """A row in every table."""
    from kb.models import Crawl
    from kb.services import audit

    source = factories.source()
    article = factories.article(of=source)
    factories.check(source, crawl=Crawl.objects.create(started_at=NOW, spool="a.jsonl"))
    factories.reading_list("A list", article)
    Passage.objects.create(item=article.pk, ordinal=0, text="x", hash="h", encoded_in="m")
    credit_authors([(article.pk, ["Ada King"])])
    factories.map_of("2026-08", article)
    Embedding.objects.create(hash="h", space="m", vector=b"\0")
    Generation.objects.create(
        number=1, space="m", items=1, vectors=1, last_change=1, seconds=1, created_at=NOW
    )
    Change.objects.create(item=article.pk)
    Lease.objects.create(name="index", holder="me", until=NOW)
    other = factories.article("Another", of=source)
    Merge.objects.create(winner=article, loser=other, reason="same arXiv id", at=NOW)
    Clue.objects.create(article=article, key="n:arxiv:2401.00001")
    Story.objects.create(lead=article, created_at=NOW, updated_at=NOW)
    StoryRule.objects.create(kind="apart", first=article, second=other, at=NOW)
    Host.objects.create(name="h.example", blocked_until=NOW, reason="429")
    LinkCheck.objects.create(url="https://h.example/", checked_at=NOW, error="404")
    Push.objects.create(source=source, received_at=NOW, file="push-1")
    Subscription.objects.create(
        source=source, hub="https://hub.example/", topic="t", token="t", secret="s", next_at=NOW
    )
    SavedSearch.objects.create(
        user=User.objects.create_user("keeper"), name="Beams", query="q=beam", token="t",
        created_at=NOW, looked_at=NOW,
    )  # fmt: skip
    audit.record(action="try", subject="it", user=None)
    written(article, User.objects.get(username="keeper"))


def written(article, reader):
    """A row in every table of what people write, and of what is kept about it."""
    topic = topics.add_topic(name="Decoding 1", acting_user=None)
    book = resources.add_resource(
        title="Book 1", kind="book", url="https://b.example/", acting_user=None
    )
    first = concepts.add_concept(name="Softmax 1", acting_user=None)
    second = concepts.add_concept(
        name="CTC 1", acting_user=None, needs=[first.pk], resources=[concepts.Chosen(book.pk, "1")]
    )
    concepts.publish_concept(concept_id=second.pk, acting_user=None)
    concepts.update_concept(concept_id=second.pk, acting_user=None, slug="ctc", note="1")
    item = item_id(ItemKind.CONCEPT, second.pk)
    facets.say_labels(item=item, names=[f"topic:{topic.slug}"], acting_user=None)
    impressions.add_impression(resource_id=book.pk, verdict="Good.", acting_user=None)
    questions.ask_question(title="Is it? 1", acting_user=reader)
    readers.follow(acting_user=reader, item=item)
    readers.set_known(acting_user=reader, concept_id=second.pk, known=True)
    made = lists.create_list(
        title="Top 1", kind="top", readings=[lists.Reading(item=item)], acting_user=None
    )
    lists.publish_list(list_id=made.pk, acting_user=None)
    readers.set_progress(acting_user=reader, list_slug=made.slug, done=[made.items.get().pk])
    marks.set_tags(acting_user=reader, article_id=article.pk, names=["1"], now=NOW)
    mutes.add_mute(acting_user=reader, words="1", now=NOW)
    folders.add_folder(acting_user=reader, name="1")
    preferences.set_preferences(acting_user=reader, newest_first=True, language="")
    Highlight.objects.create(
        user=reader, article=article, note="hidden-word", created_at=NOW, updated_at=NOW
    )
    accounts.invite(acting_user=None, now=NOW)
    Mention.objects.create(article=article, concept=second, name="CTC", sentence="1")
    TopicModel.objects.create(name="relevance", version=1, space="m", made_at=NOW, weights=b"")


def test_every_table_is_in_the_panel_but_what_readers_keep_for_themselves():
    from django.apps import apps

    from kb.models import Import, SavedLink

    own = {Import, SavedLink}
    assert set(apps.get_app_config("kb").get_models()) - set(HUB) == own


@pytest.mark.parametrize("model", HUB, ids=lambda m: m._meta.model_name)
def test_list_search_and_one_row_open(model, panel, filled):
    name = f"admin:kb_{model._meta.model_name}"
    listed = panel.get(reverse(f"{name}_changelist"))
    assert listed.status_code == 200
    if admin.site._registry[model].search_fields:
        assert panel.get(reverse(f"{name}_changelist"), {"q": "1"}).status_code == 200
    row = model._default_manager.first()
    assert panel.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200


@pytest.mark.parametrize("model", HUB, ids=lambda m: m._meta.model_name)
def test_people_add_only_what_people_make(model, panel):
    name = model._meta.model_name
    expected = 403 if name in MACHINE | {"article"} else 200
    assert panel.get(reverse(f"admin:kb_{name}_add")).status_code == expected


@pytest.mark.parametrize("model", HUB, ids=lambda m: m._meta.model_name)
def test_lists_of_rows_need_no_query_a_row(model, panel, filled, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        panel.get(reverse(f"admin:kb_{model._meta.model_name}_changelist"))


def test_a_hubs_secret_stays_out_of_sight(panel, filled):
    Subscription.objects.update(secret="hidden-word", token="hidden-word")
    row = Subscription.objects.get()
    page = panel.get(reverse("admin:kb_subscription_change", args=[row.pk]))
    assert b"hidden-word" not in page.content


def test_sources_that_need_a_person_are_listed(panel, filled):
    factories.source("Well heard")
    factories.source("Broken one", failures=5, failing_since=NOW, last_error="no answer")
    factories.source("Kept out", robots_since=NOW)
    page = panel.get(reverse("admin:kb_source_changelist"), {"attention": "wanted"})
    text = page.content.decode()
    assert "Broken one" in text
    assert "Kept out" in text
    assert "Well heard" not in text


def test_first_page_shows_counts_and_trouble(panel, filled, settings):
    settings.UNFOLD = {"DASHBOARD_CALLBACK": "web.admin.dashboard.callback"}
    factories.source("Broken one", failures=5, last_error="no answer")
    page = panel.get(reverse("admin:index")).content.decode()
    assert "Broken one" in page
    assert "No answer." in page
    assert re.search(r"1 of \d passages embedded", page)


def test_first_page_tells_the_pace_of_encoding_and_its_end(panel, filled, settings):
    settings.UNFOLD = {"DASHBOARD_CALLBACK": "web.admin.dashboard.callback"}
    article, now = Article.objects.first(), timezone.now()
    for number in range(601):
        Passage.objects.create(item=article.pk, ordinal=50 + number, text="x", hash=f"w{number}")
    for at in (20, 10):
        Embedding.objects.bulk_create(
            Embedding(
                hash=f"{at}-{n}", space="m", vector=b"", encoded_at=now - dt.timedelta(seconds=at)
            )
            for n in range(20)
        )
    page = panel.get(reverse("admin:index")).content.decode()
    assert "2.0 passages a second of late; the rest takes about 5" in page.replace("\xa0", " ")


def test_visitors_are_asked_to_sign_in(client, db):
    assert client.get(reverse("admin:index")).status_code == 302


def test_new_source_comes_in_through_the_service(panel):
    answer = panel.post(
        reverse("admin:kb_source_add"),
        {
            "url": "blog.example/feed.xml",
            "custom_title": "A blog",
            "category": "",
            "full_text": "on",
        },
    )
    assert answer.status_code == 302
    made = Source.objects.get()
    assert made.url == "https://blog.example/feed.xml"
    assert AuditEntry.objects.filter(action="add source", user__username="curator").exists()


def test_address_that_is_none_is_told_beside_its_field(panel):
    answer = panel.post(
        reverse("admin:kb_source_add"), {"url": "javascript://x", "full_text": "on"}
    )
    assert answer.status_code == 200
    assert "Give a web address" in answer.content.decode()
    assert not Source.objects.exists()


def test_changing_an_address_forgets_what_the_old_server_gave(panel):
    source = factories.source(etag='"1"', body_hash="x")
    data = {
        "url": "https://new.example/feed",
        "custom_title": "",
        "category": "",
        "full_text": "on",
    }
    assert panel.post(reverse("admin:kb_source_change", args=[source.pk]), data).status_code == 302
    source.refresh_from_db()
    assert (source.etag, source.body_hash) == ("", "")
    assert AuditEntry.objects.filter(action="change source").exists()


def _act(panel: Client, model: str, action: str, *rows: Model, **more: object) -> Any:
    data = {"action": action, "_selected_action": [row.pk for row in rows]} | more
    return panel.post(reverse(f"admin:kb_{model}_changelist"), data)


def test_sources_are_paused_resumed_and_checked(panel):
    source = factories.source()
    _act(panel, "source", "pause", source)
    source.refresh_from_db()
    assert source.state == "paused"
    _act(panel, "source", "resume", source)
    Source.objects.update(next_check_at=NOW + dt.timedelta(days=400))
    assert _act(panel, "source", "check_now", source).status_code == 302
    source.refresh_from_db()
    assert source.state == "active"
    assert source.next_check_at < NOW + dt.timedelta(days=400)


def test_hiding_asks_why_first(panel):
    article = factories.article()
    asked = _act(panel, "article", "hide", article)
    assert b"Reason" in asked.content
    assert Article.objects.get().state == "published"
    _act(panel, "article", "hide", article, confirmed="1", reason="spam")
    hidden = Article.objects.get()
    assert (hidden.state, hidden.hidden_reason) == ("hidden", "spam")
    _act(panel, "article", "show", article)
    assert Article.objects.get().state == "published"


def test_what_a_curator_hides_as_not_about_the_field_says_so_for_good(panel):
    article = factories.article()
    _act(panel, "article", "not_field", article)
    hidden = Article.objects.get()
    assert (hidden.state, hidden.hidden_reason) == ("hidden", "not about the field")
    assert hidden.state_is_said


def test_merging_in_the_panel_can_be_undone_there(panel):
    one, two = (factories.article(title) for title in ("One", "Two"))
    _act(panel, "article", "merge", one, two)
    merge = Merge.objects.get()
    assert (merge.winner, merge.loser, str(merge.user)) == (one, two, "curator")
    _act(panel, "merge", "undo", merge)
    two.refresh_from_db()
    assert two.state == "published"
    assert two.entries.count() == 1


def test_stories_are_joined_and_split_in_the_panel(panel):
    one, two, three = (factories.article(title) for title in ("One", "Two", "Three"))
    _act(panel, "article", "join_story", one, two)
    assert Story.objects.get().articles.count() == 2
    _act(panel, "article", "join_story", three)
    assert Story.objects.count() == 1
    _act(panel, "article", "split_story", two)
    two.refresh_from_db()
    assert two.story is None
    assert StoryRule.objects.get(kind="apart").second == two


def test_articles_are_put_into_a_chosen_list(panel):
    made = factories.reading_list("Drafted", published_at=None)
    articles = [factories.article(title) for title in ("One", "Two")]
    assert b"Drafted" in _act(panel, "article", "add_to_list", *articles).content
    _act(
        panel,
        "article",
        "add_to_list",
        *articles,
        confirmed="1",
        reading_list=made.pk,
        commentary="Read *this*.",
    )
    assert list(made.items.order_by("position").values_list("article__title", flat=True)) == [
        "One",
        "Two",
    ]
    assert AuditEntry.objects.filter(action="add to list").count() == 2


def test_list_is_written_published_and_withdrawn(panel):
    rows: dict[str, object] = {"items-TOTAL_FORMS": "1", "items-INITIAL_FORMS": "0"}
    article = factories.article()
    rows |= {
        "items-0-position": "0",
        "items-0-article": article.pk,
        "items-0-url": "",
        "items-0-commentary": "Yes.",
    }
    data = {
        "title": "First steps",
        "slug": "first-steps",
        "kind": "collection",
        "summary": "Some *words*.",
    } | rows
    assert panel.post(reverse("admin:kb_readinglist_add"), data).status_code == 302
    made = ReadingList.objects.get()
    assert made.published_at is None
    assert str(made.curator) == "curator"
    assert ReadingListItem.objects.get().commentary == "Yes."
    _act(panel, "readinglist", "publish", made)
    made.refresh_from_db()
    assert ReadingList.objects.get().published_at is not None
    _act(panel, "readinglist", "withdraw", made)
    assert ReadingList.objects.get().published_at is None


def test_passwords_never_reach_the_audit_log(panel):
    data = {
        "username": "new",
        "password1": "a-long-Pass-93",
        "password2": "a-long-Pass-93",
        "usable_password": "true",
    }
    assert panel.post(reverse("admin:kb_user_add"), data).status_code == 302
    row = AuditEntry.objects.get(action="add user")
    assert "Pass" not in str(row.detail)
