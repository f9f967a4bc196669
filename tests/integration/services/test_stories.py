"""Stories: formed after encoding, growing under one id, corrected by curators for good."""

from __future__ import annotations

import datetime as dt

import pytest

from kb.core.records import EntryRecord
from kb.errors import InputError
from kb.models import Article, AuditEntry, Story, StoryRule
from kb.selectors import days
from kb.services.articles import hide_article, show_article
from kb.services.pipeline import assign_all, embed_all, finish, has_pending_stories
from kb.services.stories import join_articles, split_article
from tests.integration.conftest import NOW

pytestmark = pytest.mark.django_db

EVENT = (
    "Kestrel Voice two ships tonight with streaming diarisation, twenty one multilingual speakers and a builder for "
    "telephone agents, says Harbinger Labs in Tallinn"
)
FILLER = (
    "Sharding embeddings across accelerator pods halves collective traffic", "Prefix beam search merges hypotheses that greedy decoding drops",
    "Mel spectrogram vocoders trained adversarially sound metallic at low pitch", "Reading group notes about variational inference and score matching",
    "Compiler fusion of attention kernels on consumer graphics cards", "A museum of early isolated word recognisers opened its archive",
    "Annotating code switched Hindi interviews costs four hours per hour", "Quantised lookup tables for keyword spotting on microcontrollers",
)  # fmt: skip


def post(name: str, title: str, text: str, hours: float = 0) -> EntryRecord:
    at = NOW - dt.timedelta(days=2) + dt.timedelta(hours=hours)
    return EntryRecord(
        id=name, title=title, link=f"https://{name}.example.org/post", published=at.isoformat(), content=f"<p>{text}</p>"
    )  # fmt: skip


@pytest.fixture
def hub(new_source, visit):
    """Unrelated posts, and two that tell of one event; encoded and grouped."""
    source = new_source()
    visit(source, *(post(f"f{n}", text, f"{text}, explained.") for n, text in enumerate(FILLER)))
    visit(
        new_source("https://lab.example.org/feed"),
        post("lab", "Kestrel Voice two is here", EVENT, 1),
    )
    visit(
        new_source("https://press.example.org/feed"),
        post("press", "Harbinger ships Kestrel Voice two", f"{EVENT}. A reporter called.", 5),
    )
    embed_all()
    assign_all()
    return source


def named(name: str) -> Article:
    return Article.objects.get(key__contains=f"//{name}.")


def test_two_posts_about_one_event_are_one_story_led_by_who_spoke_first(hub):
    story = Story.objects.get()
    assert set(story.articles.all()) == {named("lab"), named("press")}
    assert (story.lead, story.lead_reason) == (named("lab"), "spoke first")
    assert not has_pending_stories()


def test_again_nothing_changes(hub):
    before = list(Article.objects.values_list("pk", "story"))
    Article.objects.update(clustered_at=None)
    assert assign_all() == len(before)
    assert list(Article.objects.values_list("pk", "story")) == before


def test_a_late_member_joins_under_the_same_id(hub, new_source, visit):
    story = Story.objects.get()
    visit(
        new_source("https://late.example.org/feed"),
        post("late", "Kestrel Voice two, first impressions", f"{EVENT}. We tried it.", 30),
    )
    embed_all()
    assign_all()
    assert Story.objects.get() == story
    assert story.articles.count() == 3


def test_the_same_words_a_month_later_are_another_event(hub, new_source, visit):
    visit(
        new_source("https://old.example.org/feed"),
        post("old", "Kestrel Voice two is here", EVENT, -24 * 30),
    )
    embed_all()
    assign_all()
    assert named("old").story is None


def test_in_a_flood_the_nearest_are_looked_at_and_nothing_new_is_passed_over(
    hub, monkeypatch, caplog
):
    Article.objects.update(story=None, clustered_at=None)
    Story.objects.all().delete()
    monkeypatch.setattr("kb.services.stories.NEIGHBOURS", 2)
    assign_all()
    assert set(Story.objects.get().articles.all()) == {named("lab"), named("press")}
    assert "only the nearest" in caplog.text


def test_two_papers_never_make_a_story(hub, new_source, visit):
    papers = [
        EntryRecord(id=i, title=f"{EVENT[:60]} {i}", link=f"https://arxiv.org/abs/2611.0000{i}", published=NOW.isoformat(), content=EVENT + i)
        for i in "12"
    ]  # fmt: skip
    Article.objects.filter(pk__in=[named("lab").pk, named("press").pk]).update(state="hidden")
    visit(new_source("https://rss.arxiv.org/x"), *papers)
    embed_all()
    assign_all()
    assert not Article.objects.filter(key__startswith="arxiv:", story__isnull=False).exists()


def test_a_split_article_stays_out_whatever_comes(hub, new_source, visit):
    split_article(article_id=named("press").pk, acting_user=None, now=NOW)
    Article.objects.update(clustered_at=None)
    assign_all()
    assert named("press").story is None
    assert AuditEntry.objects.filter(action="split story").exists()
    assert StoryRule.objects.get().kind == "apart"
    with pytest.raises(InputError):
        split_article(article_id=named("press").pk, acting_user=None, now=NOW)


def test_a_curator_joins_what_the_hub_would_not_and_it_stays(hub):
    split_article(article_id=named("press").pk, acting_user=None, now=NOW)
    story = join_articles(
        article_ids=[named("press").pk, named("f0").pk, named("lab").pk], acting_user=None, now=NOW
    )
    Article.objects.update(clustered_at=None)
    assign_all()
    assert set(story.articles.all()) == {named("press"), named("f0"), named("lab")}
    assert not StoryRule.objects.filter(kind="apart").exists()
    with pytest.raises(InputError):
        join_articles(article_ids=[named("f1").pk], acting_user=None, now=NOW)


def test_a_hidden_lead_hands_over_and_takes_its_place_again(hub):
    story, lab = Story.objects.get(), named("lab")
    hide_article(article_id=lab.pk, reason="x", acting_user=None)
    story.refresh_from_db()
    assert story.lead == named("press")
    shown = [s.id for d in days.days(days.Sorting("newest", NOW)).days for s in d.stories]
    assert named("press").pk in shown
    show_article(article_id=lab.pk, acting_user=None)
    story.refresh_from_db()
    assert story.lead == lab


@pytest.mark.django_db(transaction=True)
def test_finish_compares_encodes_groups_and_indexes(new_source, visit):
    visit(new_source(), post("a", "Kestrel Voice two is here", EVENT))
    visit(
        new_source("https://b.example.org/f"),
        post("b", "Harbinger ships Kestrel Voice two", f"{EVENT}. More."),
    )
    finish()
    assert Article.objects.filter(compared_at__isnull=True).count() == 0
    assert Story.objects.get().articles.count() == 2
